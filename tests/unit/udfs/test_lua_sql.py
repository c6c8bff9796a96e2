"""The SQL that the Lua scripts build: quoted whatever a name holds, and idempotent."""

import json

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

names = st.text(
    alphabet=st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), min_size=1
)
any_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@any_fixture
@given(names)
def test_an_identifier_keeps_its_name_whatever_it_holds(lua, name):
    quoted = lua.load("sql").identifier(name)
    parsed = sqlglot.parse_one(f"SELECT {quoted}", read="exasol").expressions[0]
    assert parsed.name == name


@any_fixture
@given(names)
def test_a_literal_keeps_its_text_whatever_it_holds(lua, text):
    literal = lua.load("sql").literal(text)
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text


def test_literals_of_other_kinds(lua):
    literal = lua.load("sql").literal
    assert literal(None) == "NULL"
    assert literal(lua.globals().null) == "NULL"
    assert literal(True) == "TRUE"
    assert literal(2) == "2"
    assert literal(2.0) == "2"
    assert literal(0.25) == "0.25"


@any_fixture
@given(names)
def test_a_python_literal_keeps_its_text_whatever_it_holds(lua, text):
    source = lua.load("sql").python_literal(text.replace("\r", ""))
    assert eval(source) == text.replace("\r", "")
    assert source.count("'") == 2


@pytest.mark.parametrize(
    ("schema", "reference"),
    [("SME", "SME.LIB"), ("my schema", '"my schema"."LIB"'), ("sme", '"sme"."LIB"')],
)
def test_a_script_reference_is_quoted_only_where_it_has_to_be(lua, schema, reference):
    assert lua.load("sql").script_reference(schema, "LIB") == reference


@pytest.mark.parametrize(
    ("sql_type", "expression"),
    [
        ("VARCHAR(10) UTF8", '"C"'),
        ("CHAR(3) ASCII", 'RTRIM("C")'),
        ("DECIMAL(9,0)", 'CAST("C" AS VARCHAR(2000))'),
        ("DECIMAL(9,2)", "REPLACE(CAST(\"C\" AS VARCHAR(2000)), ',', '.')"),
        ("DECIMAL(20,10)", "REPLACE(CAST(\"C\" AS VARCHAR(2000)), ',', '.')"),
        ("DOUBLE", "REPLACE(CAST(\"C\" AS VARCHAR(2000)), ',', '.')"),
        ("INTERVAL DAY(2) TO SECOND(3)", 'CAST("C" AS VARCHAR(2000))'),
        ("BOOLEAN", "CASE WHEN \"C\" THEN 'TRUE' WHEN NOT \"C\" THEN 'FALSE' END"),
        ("DATE", "TO_CHAR(\"C\", 'YYYY-MM-DD')"),
        ("TIMESTAMP(3)", "TO_CHAR(\"C\", 'YYYY-MM-DD HH24:MI:SS.FF6')"),
        ("HASHTYPE(16 BYTE)", 'CAST("C" AS VARCHAR(2000))'),
        ("GEOMETRY(4326)", 'CAST("C" AS VARCHAR(2000000))'),
    ],
)
def test_each_type_has_its_text_expression(lua, sql_type, expression):
    column = lua.table(name="C", type=sql_type)
    assert lua.load("dictionary").text_expression(column) == expression


def test_the_registry_is_written_by_merge_on_its_key(lua):
    registry = lua.load("registry")
    values = lua.table(STATUS="it's", UPDATED_AT=registry.NOW, FAILURE_REASON=registry.NULL)
    statement = registry.merge_statement("SME", registry.JOBS, "Job1", values)
    merge = sqlglot.parse_one(statement, read="exasol")
    assert isinstance(merge, sqlglot.exp.Merge)
    assert "'it''s'" in statement
    assert 'T."UPDATED_AT" = SYSTIMESTAMP' in statement
    assert 'T."FAILURE_REASON" = NULL' in statement
    assert 'T."JOB_NAME" = S."JOB_NAME"' in statement


def test_the_export_writes_several_files_below_its_own_prefix(lua):
    selection = {
        "columns": [{"name": "A", "type": "DOUBLE", "text_sql": 'CAST("A" AS VARCHAR(2000))'}],
        "connection": "AWS",
        "prefix": "p/training/",
        "files": 2,
        "ending": "csv",
    }
    statement = lua.load("training_data").export_statement(
        lua.table_from({"from": '"S"."my table"'}), lua.table_from(selection)
    )
    assert statement == (
        'EXPORT (SELECT CAST("A" AS VARCHAR(2000)) AS "A" FROM "S"."my table") INTO CSV AT "AWS" '
        "FILE 'p/training/part-0001.csv' FILE 'p/training/part-0002.csv' WITH COLUMN NAMES"
    )


@pytest.mark.parametrize("path", ["sme", "/sme/", "sme/"])
def test_a_training_has_a_prefix_of_its_own_that_ends_with_a_slash(lua, path):
    given_arguments = lua.table(s3_bucket_uri="s3://b", s3_output_path=path)
    storage = lua.load("train").storage(given_arguments, "J", "stamp")
    assert storage.input_uri == "s3://b/sme/J/stamp/training/"
    assert storage.output_uri == "s3://b/sme/J/stamp/output"
    assert storage.bucket == "b"


def test_an_empty_output_path_means_the_root_of_the_bucket(lua):
    given_arguments = lua.table(s3_bucket_uri="s3://b", s3_output_path="/")
    assert lua.load("train").storage(given_arguments, "J", "stamp").prefix == "J/stamp/"


def test_the_endpoint_udf_is_three_lines_and_knows_its_columns(lua):
    objects = lua.load("endpoint_objects")
    endpoint = lua.table_from(
        {
            "name": "Ends'Here",
            "features": [{"name": 'a "b"', "type": "DOUBLE"}],
            "target": {"name": "T", "type": "BOOLEAN"},
            "problem_type": "BinaryClassification",
            "response_keys": ["predicted_label"],
            "model_name": "Ends-1234567890",
        },
    )
    definition = objects.definition(endpoint)
    statement = objects.udf_statement("OUT", "Ends", definition)
    header, *body = statement.strip().split("\n")
    assert (
        header == 'CREATE OR REPLACE @SCRIPT_LANGUAGE@ SET SCRIPT "OUT"."Ends"(...) EMITS (...) AS'
    )
    assert len(body) == 3
    received = []

    class Library:
        @staticmethod
        def Endpoint(exa, text):
            received.append(json.loads(text))
            return type("E", (), {"default_output_columns": 1, "run": 2})

    class Exa:
        @staticmethod
        def import_script(name):
            assert name == "SME.SME_AUTOPILOT_PREDICTION_LIBRARY"
            return Library

    namespace = {"exa": Exa}
    exec("\n".join(body), namespace)
    assert received[0]["columns"] == [{"name": 'a "b"', "type": "DOUBLE"}]
    assert received[0]["target"] == {"name": "T", "type": "BOOLEAN"}
    assert received[0]["model_name"] == "Ends-1234567890"
    assert namespace["run"] == 2


def test_the_rows_of_a_key_are_replaced_in_statements_of_limited_length(lua):
    details = lua.load("details")
    rows = lua.table_from([["it's", i / 2] for i in range(401)])
    key = lua.table(JOB_NAME="J'1", CANDIDATE_NAME="c")
    columns = lua.table("NAME", "VALUE", "MISSING")
    statements = list(details.replace_statements("S", "T", key, columns, rows).values())
    assert statements[0] == (
        """DELETE FROM "S"."T" WHERE "CANDIDATE_NAME" = 'c' AND "JOB_NAME" = 'J''1'"""
    )
    inserts = [sqlglot.parse_one(statement, read="exasol") for statement in statements[1:]]
    assert [len(insert.expression.expressions) for insert in inserts] == [200, 200, 1]
    assert statements[3] == """INSERT INTO "S"."T" ("NAME", "VALUE", "MISSING") VALUES """ + (
        "('it''s', 200, NULL)"
    )


def test_a_moment_of_aws_is_read_by_its_format_whatever_the_session_has(lua):
    moment = lua.load("registry").moment
    assert moment(None) is None
    assert moment("2024-02-29 01:02:03.000004").sql == (
        "TO_TIMESTAMP('2024-02-29 01:02:03.000004', 'YYYY-MM-DD HH24:MI:SS.FF6')"
    )
