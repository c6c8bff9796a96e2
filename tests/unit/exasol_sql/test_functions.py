"""Every known function, evaluated: what Exasol documents as its result."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.sql.functions import FUNCTIONS


@pytest.fixture(scope="module")
def session():
    database = Database()
    session = Session(database, "SYS")
    yield session
    session.close()
    database.close()


def value(session: Session, sql: str):
    return session.execute(f"SELECT {sql}").table.column(0)[0].as_py()


# What is looked at: function name -> (expression, value).
EXPECTED = {
    "ASCII": ("ASCII('A')", 65),
    "UNICODE": ("UNICODE('A')", 65),
    "BIT_LENGTH": ("BIT_LENGTH('äb')", 24),
    "OCTET_LENGTH": ("OCTET_LENGTH('äb')", 3),
    "CHARACTER_LENGTH": ("CHARACTER_LENGTH('äb')", 2),
    "CHAR_LENGTH": ("CHAR_LENGTH('ab')", 2),
    "LENGTH": ("LENGTH('abc')", 3),
    "CHR": ("CHR(65)", "A"),
    "CHAR": ("CHAR(65)", "A"),
    "UNICODECHR": ("UNICODECHR(228)", "ä"),
    "CONCAT": ("CONCAT('a', NULL, 'b')", "ab"),
    "INSERT": ("INSERT('abc', 2, 1, 'XY')", "aXYc"),
    "INSTR": ("INSTR('abcabc', 'b', 3)", 5),
    "LOCATE": ("LOCATE('b', 'abc')", 2),
    "LCASE": ("LCASE('AB')", "ab"),
    "LOWER": ("LOWER('AB')", "ab"),
    "UCASE": ("UCASE('ab')", "AB"),
    "UPPER": ("UPPER('ab')", "AB"),
    "LEFT": ("LEFT('abc', 2)", "ab"),
    "RIGHT": ("RIGHT('abc', 2)", "bc"),
    "LPAD": ("LPAD('a', 3, 'x')", "xxa"),
    "RPAD": ("RPAD('a', 3)", "a  "),
    "LTRIM": ("LTRIM('xxa', 'x')", "a"),
    "RTRIM": ("RTRIM('a  ')", "a"),
    "MID": ("MID('abcd', 2, 2)", "bc"),
    "SUBSTR": ("SUBSTR('abcd', 2)", "bcd"),
    "SUBSTRING": ("SUBSTRING('abcd', 2, 1)", "b"),
    "REPEAT": ("REPEAT('ab', 2)", "abab"),
    "REPLACE": ("REPLACE('abcb', 'b', '')", "ac"),
    "REVERSE": ("REVERSE('abc')", "cba"),
    "SPACE": ("SPACE(2) || 'x'", "  x"),
    "TRANSLATE": ("TRANSLATE('abc', 'ab', 'xy')", "xyc"),
    "EDIT_DISTANCE": ("EDIT_DISTANCE('abc', 'abd')", 1),
    "REGEXP_INSTR": ("REGEXP_INSTR('ab12', '[0-9]')", 3),
    "REGEXP_REPLACE": ("REGEXP_REPLACE('a1b2', '[0-9]', 'x')", "axbx"),
    "REGEXP_SUBSTR": ("REGEXP_SUBSTR('ab 12 34', '[0-9]+', 1, 2)", "34"),
    "HASH_MD5": ("HASH_MD5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
    "HASH_SHA": ("HASH_SHA('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    "HASH_SHA1": ("HASH_SHA1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    "HASH_SHA256": ("LEFT(HASH_SHA256('abc'), 8)", "ba7816bf"),
    "HASHTYPE_MD5": ("HASHTYPE_MD5('a', NULL, 'bc')", "900150983cd24fb0d6963f7d28e17f72"),
    "HASHTYPE_SHA": ("HASHTYPE_SHA('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    "HASHTYPE_SHA1": ("HASHTYPE_SHA1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    "HASHTYPE_SHA256": ("LEFT(HASHTYPE_SHA256('abc'), 8)", "ba7816bf"),
    "TO_CHAR": ("TO_CHAR(DATE '2020-02-03', 'DD.MM.YYYY')", "03.02.2020"),
    "TO_NUMBER": ("TO_NUMBER('1.5')", 1.5),
    "TO_DATE": ("TO_DATE('03.02.2020', 'DD.MM.YYYY')", date(2020, 2, 3)),
    "TO_TIMESTAMP": (
        "TO_TIMESTAMP('2020-02-03 04:05:06', 'YYYY-MM-DD HH24:MI:SS')",
        datetime(2020, 2, 3, 4, 5, 6),
    ),
    "IS_NUMBER": ("IS_NUMBER('x')", False),
    "IS_BOOLEAN": ("IS_BOOLEAN('true')", True),
    "IS_DATE": ("IS_DATE('2020-02-03')", True),
    "IS_TIMESTAMP": ("IS_TIMESTAMP('x')", False),
    "ACOS": ("ACOS(1)", 0.0),
    "ASIN": ("ASIN(0)", 0.0),
    "ATAN": ("ATAN(0)", 0.0),
    "COS": ("COS(0)", 1.0),
    "COSH": ("COSH(0)", 1.0),
    "COT": ("ROUND(COT(PI() / 4), 6)", 1.0),
    "DEGREES": ("DEGREES(PI())", 180.0),
    "EXP": ("EXP(0)", 1.0),
    "LN": ("LN(1)", 0.0),
    "RADIANS": ("RADIANS(0)", 0.0),
    "SIN": ("SIN(0)", 0.0),
    "SINH": ("SINH(0)", 0.0),
    "SQRT": ("SQRT(4)", 2.0),
    "TAN": ("TAN(0)", 0.0),
    "TANH": ("TANH(0)", 0.0),
    "ABS": ("ABS(-1.5)", Decimal("1.5")),
    "ATAN2": ("ATAN2(0, 1)", 0.0),
    "CEIL": ("CEIL(2.1)", 3),
    "CEILING": ("CEILING(2.1)", 3),
    "FLOOR": ("FLOOR(-2.1)", -3),
    "DIV": ("DIV(7, 2)", 3),
    "MOD": ("MOD(7, 3)", 1),
    "LOG": ("LOG(2, 8)", 3.0),
    "LOG10": ("LOG10(100)", 2.0),
    "LOG2": ("LOG2(8)", 3.0),
    "PI": ("ROUND(PI(), 2)", 3.14),
    "POWER": ("POWER(2, 3)", 8.0),
    "RAND": ("RAND() < 1", True),
    "RANDOM": ("RANDOM(5, 6) >= 5", True),
    "ROUND": ("ROUND(2.567, 1)", Decimal("2.6")),
    "SIGN": ("SIGN(-3)", -1),
    "TRUNC": ("TRUNC(DATE '2020-05-17', 'MM')", date(2020, 5, 1)),
    "TRUNCATE": ("TRUNCATE(2.9)", 2),
    "BIT_AND": ("BIT_AND(6, 3)", 2),
    "BIT_OR": ("BIT_OR(6, 3)", 7),
    "BIT_XOR": ("BIT_XOR(6, 3)", 5),
    "WIDTH_BUCKET": ("WIDTH_BUCKET(0.5, 0, 1, 2)", 2),
    "NULLIFZERO": ("NULLIFZERO(0)", None),
    "ZEROIFNULL": ("ZEROIFNULL(CAST(NULL AS INT))", 0),
    "COALESCE": ("COALESCE(NULL, '', 'a')", "a"),
    "NVL": ("NVL('', 'a')", "a"),
    "NVL2": ("NVL2(1, 'a', 'b')", "a"),
    "NULLIF": ("NULLIF(1, 1)", None),
    "IF": ("CASE WHEN TRUE THEN 1 ELSE 2 END", 1),
    "DECODE": ("DECODE(NULL, 1, 'a', NULL, 'b', 'c')", "b"),
    "GREATEST": ("GREATEST(1, NULL, 2)", None),
    "LEAST": ("LEAST(3, 1, 2)", 1),
    "ADD_DAYS": ("ADD_DAYS(DATE '2020-02-28', 2)", date(2020, 3, 1)),
    "ADD_WEEKS": ("ADD_WEEKS(DATE '2020-01-01', 1)", date(2020, 1, 8)),
    "ADD_MONTHS": ("ADD_MONTHS(DATE '2020-01-31', 1)", date(2020, 2, 29)),
    "ADD_YEARS": ("ADD_YEARS(DATE '2020-02-29', 1)", date(2021, 2, 28)),
    "ADD_HOURS": ("ADD_HOURS(TIMESTAMP '2020-01-01 00:00:00', 25)", datetime(2020, 1, 2, 1)),
    "ADD_MINUTES": (
        "ADD_MINUTES(TIMESTAMP '2020-01-01 00:00:00', -1)",
        datetime(2019, 12, 31, 23, 59),
    ),
    "ADD_SECONDS": (
        "ADD_SECONDS(TIMESTAMP '2020-01-01 00:00:00', 1.5)",
        datetime(2020, 1, 1, 0, 0, 1, 500000),
    ),
    "DAYS_BETWEEN": ("DAYS_BETWEEN(DATE '2020-03-01', DATE '2020-02-01')", 29),
    "HOURS_BETWEEN": (
        "HOURS_BETWEEN(TIMESTAMP '2020-01-01 01:30:00', TIMESTAMP '2020-01-01 00:00:00')",
        1.5,
    ),
    "MINUTES_BETWEEN": (
        "MINUTES_BETWEEN(TIMESTAMP '2020-01-01 00:00:30', TIMESTAMP '2020-01-01 00:00:00')",
        0.5,
    ),
    "SECONDS_BETWEEN": (
        "SECONDS_BETWEEN(TIMESTAMP '2020-01-01 00:00:01', TIMESTAMP '2020-01-01 00:00:02')",
        -1.0,
    ),
    "MONTHS_BETWEEN": (
        "MONTHS_BETWEEN(DATE '2000-01-01', DATE '1999-12-15')",
        0.548387096774194,
    ),
    "YEARS_BETWEEN": (
        "YEARS_BETWEEN(DATE '1989-07-14', DATE '1961-03-02')",
        28.36559139784946,
    ),
    "YEAR": ("YEAR(DATE '2020-02-03')", 2020),
    "QUARTER": ("QUARTER(DATE '2020-05-03')", 2),
    "MONTH": ("MONTH(DATE '2020-02-03')", 2),
    "WEEK": ("WEEK(DATE '2020-01-06')", 2),
    "DAY": ("DAY(DATE '2020-02-03')", 3),
    "HOUR": ("HOUR(TIMESTAMP '2020-01-01 04:05:06')", 4),
    "MINUTE": ("MINUTE(TIMESTAMP '2020-01-01 04:05:06')", 5),
    "SECOND": ("SECOND(TIMESTAMP '2020-01-01 04:05:06.5')", Decimal("6.500")),
    "DATE_TRUNC": ("DATE_TRUNC('month', DATE '2020-05-17')", date(2020, 5, 1)),
    "LAST_DAY": ("LAST_DAY(DATE '2020-02-03')", date(2020, 2, 29)),
    "POSIX_TIME": ("POSIX_TIME(TIMESTAMP '1970-01-01 00:01:00')", 60.0),
    "FROM_POSIX_TIME": ("FROM_POSIX_TIME(1.5)", datetime(1970, 1, 1, 0, 0, 1, 500000)),
    "CURDATE": ("CURDATE() = CURRENT_DATE", True),
    "CURRENT_DATE": ("CURRENT_DATE > DATE '2020-01-01'", True),
    "SYSDATE": ("SYSDATE = CURRENT_DATE", True),
    "CURRENT_TIMESTAMP": ("CURRENT_TIMESTAMP >= CURRENT_DATE", True),
    "LOCALTIMESTAMP": ("LOCALTIMESTAMP = CURRENT_TIMESTAMP", True),
    "SYSTIMESTAMP": ("SYSTIMESTAMP = CURRENT_TIMESTAMP", True),
    "NOW": ("NOW() = CURRENT_TIMESTAMP", True),
    "COUNT": ("COUNT(*) FROM VALUES (1), (2) AS t (x)", 2),
    "SUM": ("SUM(x) FROM VALUES (1), (2) AS t (x)", 3),
    "AVG": ("AVG(x) FROM VALUES (1), (2) AS t (x)", 1.5),
    "MIN": ("MIN(x) FROM VALUES (1), (2) AS t (x)", 1),
    "MAX": ("MAX(x) FROM VALUES (1), (2) AS t (x)", 2),
    "MEDIAN": ("MEDIAN(x) FROM VALUES (1), (2) AS t (x)", 1.5),
    "STDDEV": ("STDDEV(x) FROM VALUES (1), (3) AS t (x)", 2**0.5),
    "STDDEV_SAMP": ("STDDEV_SAMP(x) FROM VALUES (1), (3) AS t (x)", 2**0.5),
    "STDDEV_POP": ("STDDEV_POP(x) FROM VALUES (1), (3) AS t (x)", 1.0),
    "VARIANCE": ("VARIANCE(x) FROM VALUES (1), (3) AS t (x)", 2.0),
    "VAR_SAMP": ("VAR_SAMP(x) FROM VALUES (1), (3) AS t (x)", 2.0),
    "VAR_POP": ("VAR_POP(x) FROM VALUES (1), (3) AS t (x)", 1.0),
    "CORR": ("CORR(x, y) FROM VALUES (1, 2), (2, 4) AS t (x, y)", 1.0),
    "COVAR_POP": ("COVAR_POP(x, y) FROM VALUES (1, 2), (3, 4) AS t (x, y)", 1.0),
    "COVAR_SAMP": ("COVAR_SAMP(x, y) FROM VALUES (1, 2), (3, 4) AS t (x, y)", 2.0),
    "ANY": ("ANY(x = 1) FROM VALUES (1), (2) AS t (x)", True),
    "SOME": ("SOME(x = 1) FROM VALUES (1), (2) AS t (x)", True),
    "EVERY": ("EVERY(x = 1) FROM VALUES (1), (2) AS t (x)", False),
    "APPROXIMATE_COUNT_DISTINCT": (
        "APPROXIMATE_COUNT_DISTINCT(x) FROM VALUES (1), (1) AS t (x)",
        1,
    ),
    "PERCENTILE_CONT": (
        "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) FROM VALUES (1), (2) AS t (x)",
        1.5,
    ),
    "PERCENTILE_DISC": (
        "PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY x) FROM VALUES (1), (2) AS t (x)",
        1,
    ),
    "FIRST_VALUE": ("FIRST_VALUE(x) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 7),
    "LAST_VALUE": ("LAST_VALUE(x) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 7),
    "NTH_VALUE": ("NTH_VALUE(x, 1) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 7),
    "LAG": ("LAG(x, 1, 0) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 0),
    "LEAD": ("LEAD(x) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", None),
    "ROW_NUMBER": ("ROW_NUMBER() OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 1),
    "RANK": ("RANK() OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 1),
    "DENSE_RANK": ("DENSE_RANK() OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 1),
    "PERCENT_RANK": ("PERCENT_RANK() OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 0.0),
    "CUME_DIST": ("CUME_DIST() OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 1.0),
    "NTILE": ("NTILE(2) OVER (ORDER BY x) FROM VALUES (7) AS t (x)", 1),
    "IPROC": ("IPROC()", 0),
    "NPROC": ("NPROC()", 1),
    "VALUE2PROC": ("VALUE2PROC('a')", 0),
    "ROWNUM": ("MAX(n) FROM (SELECT ROWNUM AS n FROM VALUES (1), (2) AS t (x))", 2),
}
REFUSED = {"MIN_SCALE"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_function(session, name):
    sql, expected = EXPECTED[name]
    result = value(session, sql)
    assert result == pytest.approx(expected) if isinstance(expected, float) else result == expected


def test_every_known_function_is_looked_at():
    assert set(EXPECTED) | REFUSED == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CAST(1.50 AS VARCHAR(9))", "1.5"),
        ("CAST(100.00 AS VARCHAR(9))", "100"),
        ("CAST(CAST(1 AS DOUBLE) AS VARCHAR(9))", "1"),
        ("CAST(CAST(0.1 AS DOUBLE) AS VARCHAR(9))", "0.1"),
        ("CAST(1 = 1 AS VARCHAR(9))", "TRUE"),
        ("'x' || (1 = 2)", "xFALSE"),
        ("CAST(DATE '2020-02-03' AS VARCHAR(10))", "2020-02-03"),
        ("TO_CHAR(TIMESTAMP '2020-02-03 04:05:06.5')", "2020-02-03 04:05:06.500000"),
        (
            "TO_CHAR(TIMESTAMP '2020-02-03 04:05:06.5', 'YYYYMMDD HH24MISSFF3')",
            "20200203 040506500",
        ),
        ("TRIM(BOTH 'x' FROM 'xax')", "a"),
        ("RTRIM('a\u00a0 ')", "a\u00a0"),
        ("EXTRACT(YEAR FROM DATE '2020-02-03') || ''", "2020"),
    ],
)
def test_text_forms(session, sql, text):
    assert value(session, sql) == text


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("CAST(999.4 AS DECIMAL(3,0))", 999),
        ("CAST(2.5e0 AS DECIMAL(3,0))", 3),
        ("CAST('-999' AS DECIMAL(3,0))", -999),
        ("CAST(CAST(7 AS DECIMAL(3,0)) AS DECIMAL(9,0))", 7),
        ("CAST(TRUE AS DECIMAL(1,0))", 1),
        ("CAST(CAST(NULL AS DOUBLE) AS DECIMAL(1,0))", None),
    ],
)
def test_numbers_that_fit_are_cast_to_whole_ones(session, sql, number):
    assert value(session, sql) == number


@pytest.mark.parametrize(
    ("later", "earlier", "months"),
    [
        ("TIMESTAMP '2000-01-01 12:00:00'", "TIMESTAMP '1999-06-01 00:00:00'", 7),
        ("DATE '2021-02-28'", "DATE '2020-12-31'", 2),
        ("DATE '2020-12-31'", "DATE '2021-02-28'", -2),
        ("DATE '2021-03-30'", "DATE '2021-02-28'", 1 + 2 / 31),
    ],
)
def test_months_between_counts_days_only_and_whole_months_from_last_to_last(
    session, later, earlier, months
):
    assert value(session, f"MONTHS_BETWEEN({later}, {earlier})") == pytest.approx(months)


@pytest.mark.parametrize(
    ("arguments", "bucket"),
    [
        ("-0.1, 0, 1, 2", 0),
        ("0, 0, 1, 2", 1),
        ("0.49, 0, 1, 2", 1),
        ("1, 0, 1, 2", 3),
        ("1.1, 1, 0, 2", 0),
        ("1, 1, 0, 2", 1),
        ("0.1, 1, 0, 2", 2),
        ("0, 1, 0, 2", 3),
        ("NULL, 0, 1, 2", None),
    ],
)
def test_buckets_of_both_directions(session, arguments, bucket):
    assert value(session, f"WIDTH_BUCKET({arguments})") == bucket


def test_text_becomes_a_hash_if_it_has_its_digits(session):
    assert value(session, "CAST('01AB-cdef' AS HASHTYPE(4 BYTE))") == "01abcdef"
    for text in ["'01ab'", "'01abcdeg'"]:
        with pytest.raises(SqlError, match="invalid value for HASHTYPE"):
            value(session, f"CAST({text} AS HASHTYPE(4 BYTE))")


@pytest.mark.parametrize(
    "sql", ["TRIM('  ')", "REPLACE('a', 'a', '')", "SUBSTR('abc', 9)", "'' || ''", "CONCAT('', '')"]
)
def test_an_empty_result_is_null(session, sql):
    assert value(session, f"({sql}) IS NULL") is True


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("1 / 0", "22012"),
        ("MOD(1, 0)", "22012"),
        ("CAST('abc' AS VARCHAR(2))", "22001"),
        ("CAST('x' AS INT)", "22018"),
        ("CAST(12345 AS DECIMAL(3,0))", "22003"),
        ("CAST(999.5 AS DECIMAL(3,0))", "22003"),
        ("CAST(12345 * 1e0 AS DECIMAL(3,0))", "22003"),
        ("CAST(COUNT(*) + 99 AS DECIMAL(2,0)) FROM VALUES (1) AS t (x)", "22003"),
        ("CAST(12345 AS DECIMAL(5,2))", "22003"),
        ("INSTR('abcabc', 'c', -1)", "0A000"),
        ("LOCATE('c', 'abcabc', -1)", "0A000"),
        ("TO_CHAR(1, 'L99')", "0A000"),
        ("TO_DATE('x', 'Q')", "0A000"),
        ("SOUNDEX('x')", "0A000"),
        ("HASH_MD5(1)", "0A000"),
        ("WIDTH_BUCKET(1, 2, 2, 3)", "0A000"),
    ],
)
def test_errors_have_exasols_codes(session, sql, code):
    with pytest.raises(SqlError) as error:
        value(session, sql)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ('\'["neg", "p\\"os"]\', \'$[1]\'', 'p"os'),
        ("'[0.25, 1e-05]', '$[0]'", "0.25"),
        ("'[0.25, 1e-05]', '$[1]' RETURNING DOUBLE", 1e-05),
        ('\'{"Validation": {"F 1": 0.5}}\', \'$.Validation."F 1"\' RETURNING DOUBLE', 0.5),
        ("'[0.25]', '$[1]'", None),
        ("'[[1]]', '$[0]'", None),
        ("'no JSON', '$[0]'", None),
        ("'[\"x\"]', '$[0]' RETURNING DOUBLE", None),
        ("'[\"\"]', '$[0]'", None),
        ("CAST(NULL AS VARCHAR(9)), '$[0]'", None),
    ],
)
def test_json_value_gives_single_values_and_null_for_all_else(session, arguments, result):
    assert value(session, f"JSON_VALUE({arguments})") == result


@pytest.mark.parametrize(
    "arguments",
    ["'[1]', '$[*]'", "'[1]', '$[-1]'", "'[1]', '$' || '[0]'", "'[1]', '$[0]' RETURNING DATE"],
)
def test_json_value_refuses_what_it_does_not_know(session, arguments):
    with pytest.raises(SqlError) as error:
        value(session, f"JSON_VALUE({arguments})")
    assert error.value.code == "0A000"
