"""EXPORT to and IMPORT from S3."""

import bz2
import gzip

import pytest
from botocore.httpsession import URLLib3Session

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.transport.s3 import Credentials, S3Address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://b.s3.amazonaws.com", S3Address("b", "us-east-1", "")),
        ("https://b.s3.eu-central-1.amazonaws.com/", S3Address("b", "eu-central-1", "")),
        ("https://b.s3-eu-west-1.amazonaws.com", S3Address("b", "eu-west-1", "")),
        ("https://a.b.s3.amazonaws.com/x/y", S3Address("a.b", "us-east-1", "x/y/")),
        ("s3://b", S3Address("b", "us-east-1", "")),
        ("s3://b/x/", S3Address("b", "us-east-1", "x/")),
    ],
)
def test_addresses_name_a_bucket_a_region_and_a_prefix(text, expected):
    assert S3Address.parse(text) == expected


def test_encryption_rides_in_the_password():
    found = Credentials.parse("key", "secret;sse_type=aws:kms;kms_key_id=id")
    assert (found.access_key, found.secret_key) == ("key", "secret")
    assert found.upload_options == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "id"}
    assert "secret" not in repr(found)
    with pytest.raises(SqlError, match="unknown S3 option 'colour'"):
        Credentials.parse("key", "secret;colour=red")


@pytest.fixture
def sent_tokens(session, monkeypatch):
    """The session token of every request to S3."""
    seen = []

    def send(self, request):
        seen.append(request.headers.get("X-Amz-Security-Token"))
        return original(self, request)

    original = URLLib3Session.send
    monkeypatch.setattr(URLLib3Session, "send", send)
    return seen


@pytest.mark.parametrize("make", ["CREATE CONNECTION TEMPORARY", "ALTER CONNECTION S3"])
def test_a_session_token_goes_to_s3_and_to_no_udf(session, sent_tokens, rows, make):
    session.execute(
        f"{make} TO 'https://files.s3.eu-central-1.amazonaws.com' USER 'key' "
        "IDENTIFIED BY 'secret' SESSION TOKEN 'the-token'"
    )
    name = make.split()[-1]
    session.execute(f"EXPORT T INTO CSV AT {name} FILE 'token.csv'")
    session.execute(f"IMPORT INTO T FROM CSV AT {name} FILE 'token.csv'")
    assert {token.decode() for token in sent_tokens} == {"the-token"}
    session.execute(
        "CREATE OR REPLACE PYTHON3 SCALAR SCRIPT KNOWN_OF(NAME VARCHAR(100)) "
        "RETURNS VARCHAR(2000) AS\n"
        "def run(ctx):\n    return str(vars(exa.get_connection(ctx.NAME)))\n"
    )
    shown = rows(f"SELECT KNOWN_OF('{name}')")[0][0]
    assert "secret" in shown and "the-token" not in shown


def test_a_session_token_can_stand_in_the_statement_itself(session, sent_tokens):
    session.execute(
        "EXPORT T INTO CSV AT 's3://files' USER 'k' IDENTIFIED BY 's' SESSION TOKEN 'once' "
        "FILE 'token.csv'"
    )
    assert {token.decode() for token in sent_tokens} == {"once"}


def test_a_table_is_exported_with_its_column_names(session, read):
    result = session.execute("EXPORT T INTO CSV AT S3 FILE 'a/t.csv' WITH COLUMN NAMES")
    assert result.rowcount == 2
    assert read("a/t.csv") == b"A,B\n1,one\n2,\n"


def test_a_query_is_exported_with_the_chosen_options(session, read):
    session.execute(
        "EXPORT (SELECT B, A > 1 FROM T ORDER BY A) INTO CSV AT S3 FILE 'q.csv' "
        "COLUMN SEPARATOR = ';' ROW SEPARATOR = CRLF NULL = '-' BOOLEAN = 'Y/N' DELIMIT = ALWAYS"
    )
    assert read("q.csv") == b'"one";"N"\r\n-;"Y"\r\n'


def test_chosen_columns_are_exported_to_a_given_address(session, read):
    session.execute(
        "EXPORT T(B) INTO CSV AT 's3://files/p' USER 'k' IDENTIFIED BY 's' FILE 'b.csv'"
    )
    assert read("p/b.csv") == b"one\n\n"


def test_rows_are_spread_over_all_files_each_with_a_header(session, read):
    session.execute("INSERT INTO T SELECT A + 10, B FROM T UNION ALL SELECT A + 20, B FROM T")
    session.execute(
        "EXPORT (SELECT A FROM T ORDER BY A) INTO CSV AT S3 "
        "FILE 'm1.csv' FILE 'm2.csv' FILE 'm3.csv' WITH COLUMN NAMES"
    )
    parts = [read(f"m{number}.csv").decode().splitlines() for number in (1, 2, 3)]
    assert [part[0] for part in parts] == ["A"] * 3
    assert [len(part) for part in parts] == [3, 3, 3]
    numbers = [number for part in parts for number in part[1:]]
    assert numbers == ["1", "2", "11", "12", "21", "22"]


@pytest.mark.parametrize(("ending", "unpack"), [("gz", gzip.decompress), ("bz2", bz2.decompress)])
def test_files_are_compressed_by_their_ending_and_read_back(session, read, rows, ending, unpack):
    session.execute(f"EXPORT T INTO CSV AT S3 FILE 'c.csv.{ending}'")
    assert unpack(read(f"c.csv.{ending}")) == b"1,one\n2,\n"
    session.execute("TRUNCATE TABLE T")
    assert session.execute(f"IMPORT INTO T FROM CSV AT S3 FILE 'c.csv.{ending}'").rowcount == 2
    assert rows("SELECT A, B FROM T ORDER BY A") == [(1, "one"), (2, None)]


def test_every_type_survives_the_way_out_and_back(session, rows):
    session.execute(
        "CREATE TABLE ALL_TYPES (A DECIMAL(36,0), B DECIMAL(10,2), C DOUBLE, D BOOLEAN, E DATE, "
        "F TIMESTAMP, G VARCHAR(20), H CHAR(3))"
    )
    session.execute(
        "INSERT INTO ALL_TYPES VALUES (123456789012345678901234567890, 1.50, 0.1, TRUE, "
        "'2024-02-29', '2024-02-29 01:02:03.456', 'a,\"b\"\n', 'x'), "
        "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    before = rows("SELECT * FROM ALL_TYPES ORDER BY A")
    session.execute("EXPORT ALL_TYPES INTO CSV AT S3 FILE 'types.csv'")
    session.execute("DELETE FROM ALL_TYPES")
    session.execute("IMPORT INTO ALL_TYPES FROM CSV AT S3 FILE 'types.csv'")
    assert rows("SELECT * FROM ALL_TYPES ORDER BY A") == before


def test_several_files_are_imported_into_chosen_columns(session, s3, rows):
    for number in (1, 2):
        s3.put_object(Bucket="files", Key=f"i{number}.csv", Body=f"h\nx{number}\n".encode())
    session.execute("IMPORT INTO T(B) FROM CSV AT S3 FILE 'i1.csv' FILE 'i2.csv' SKIP = 1")
    assert rows("SELECT A, B FROM T WHERE B LIKE 'x%' ORDER BY B") == [(None, "x1"), (None, "x2")]


def test_an_export_sees_the_transactions_own_changes(session, read):
    session.autocommit = False
    session.execute("DELETE FROM T WHERE A = 1")
    session.execute("EXPORT T INTO CSV AT S3 FILE 'own.csv'")
    session.execute("ROLLBACK")
    assert read("own.csv") == b"2,\n"


def test_encryption_is_asked_for(session, s3):
    session.execute(
        "EXPORT T INTO CSV AT 's3://files' USER 'k' IDENTIFIED BY 's;sse_type=AES256' FILE 'e.csv'"
    )
    assert s3.head_object(Bucket="files", Key="e.csv")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize(
    ("sql", "message", "code"),
    [
        ("EXPORT T INTO CSV AT 's3://none' USER 'k' IDENTIFIED BY 'the-secret' FILE 'a'",
         "ETL-5105: .*NoSuchBucket: The specified bucket does not exist", "42636"),
        ("EXPORT T INTO CSV AT NOWHERE FILE 'a.csv'", "connection NOWHERE does not exist", "42000"),
        ("EXPORT NOWHERE INTO CSV AT S3 FILE 'a.csv'", "NOWHERE not found", "42000"),
        ("EXPORT T(Z) INTO CSV AT S3 FILE 'a.csv'", "Z not found", "42000"),
        ("EXPORT (SELECT 1/0 FROM T) INTO CSV AT S3 FILE 'a.csv'", "division by zero", "22012"),
        ("EXPORT T INTO CSV AT 'ftp://host' FILE 'a.csv'", "files at ftp://host", "0A000"),
        ("IMPORT INTO T FROM CSV AT S3 FILE 'none.csv'", "ETL-5105: .*NoSuchKey", "42636"),
        ("IMPORT INTO NOWHERE FROM CSV AT S3 FILE 'a.csv'", "NOWHERE not found", "42000"),
        ("IMPORT INTO T(Z) FROM CSV AT S3 FILE 'a.csv'", "Z not found", "42000"),
        ("IMPORT INTO T(B, A) FROM CSV AT S3 FILE 'wrong.csv'", "ETL-3050: ", "42636"),
        ("IMPORT INTO T(A) FROM CSV AT S3 FILE 'wrong.csv'", "ETL-3003: ", "42636"),
        ("EXPORT T INTO CSV AT S3 FILE 'a.zip'", "zip files", "0A000"),
    ],
)  # fmt: skip
def test_a_failure_is_named_and_the_transaction_goes_on(session, s3, rows, sql, message, code):
    s3.put_object(Bucket="files", Key="wrong.csv", Body=b"1,one\n2,two\n")
    session.autocommit = False
    session.execute("INSERT INTO T VALUES (3, 'three')")
    with pytest.raises(SqlError, match=message) as raised:
        session.execute(sql)
    assert raised.value.code == code
    assert "the-secret" not in raised.value.text
    session.execute("COMMIT")
    assert rows("SELECT A FROM T ORDER BY A") == [(1,), (2,), (3,)]


def test_a_connection_must_be_granted(database, session, read):
    session.execute('CREATE USER GUEST IDENTIFIED BY "pw"')
    session.execute("GRANT EXPORT TO GUEST")
    session.execute("GRANT SELECT ON S.T TO GUEST")
    guest = Session(database, "GUEST")
    with pytest.raises(SqlError, match="insufficient privileges for using connection S3"):
        guest.execute("EXPORT S.T INTO CSV AT S3 FILE 'guest.csv'")
    session.execute("GRANT CONNECTION S3 TO GUEST")
    guest.execute("EXPORT S.T INTO CSV AT S3 FILE 'guest.csv'")
    guest.close()
    assert read("guest.csv") == b"1,one\n2,\n"


def test_without_a_route_to_aws_the_error_says_so():
    database = Database()
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    session.execute("CREATE TABLE T (A INT)")
    with pytest.raises(SqlError, match=r"ETL-5105: .*no route to AWS"):
        session.execute("EXPORT T INTO CSV AT 's3://files' FILE 'a.csv'")
    session.close()
    database.close()
