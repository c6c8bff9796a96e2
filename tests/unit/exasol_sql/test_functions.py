"""Every known function, evaluated: what Exasol documents as its result."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.sql.dialect import OWN_GRAMMAR
from sme_helper.local.exasol.sql.functions import FUNCTIONS
from sme_helper.local.exasol.sql.functions.conditions import SESSION_FUNCTIONS
from sme_helper.local.exasol.sql.functions.examples import EXAMPLES, OTHER_EXAMPLES, UNKNOWN

ALL_EXAMPLES = EXAMPLES | OTHER_EXAMPLES


@pytest.mark.parametrize("name", sorted(ALL_EXAMPLES))
def test_function(value, name):
    sql, expected = ALL_EXAMPLES[name]
    result = value(sql)
    assert result == pytest.approx(expected) if isinstance(expected, float) else result == expected


def test_every_known_function_is_looked_at():
    assert set(EXAMPLES) == set(FUNCTIONS)
    assert set(OTHER_EXAMPLES) == {"CASE", *OWN_GRAMMAR, *SESSION_FUNCTIONS}


@pytest.mark.parametrize("name", UNKNOWN)
def test_functions_that_are_not_known_are_refused_by_name(value, name):
    with pytest.raises(SqlError, match=f"embedded stack: function {name}$") as error:
        value(f"{name}('x')")
    assert error.value.code == "0A000"


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
def test_text_forms(value, sql, text):
    assert value(sql) == text


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
def test_numbers_that_fit_are_cast_to_whole_ones(value, sql, number):
    assert value(sql) == number


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DIV(-7, 2)", -3),
        ("DIV(7.5, 2)", 3),
        ("DIV(999999999999999999, 1)", 999999999999999999),
        ("BIT_LROTATE(BIT_NOT(0), 63)", 2**64 - 1),
        ("BIT_RROTATE(1, 0)", 1),
        ("BIT_LSHIFT(3, 63)", 2**63),
        ("INITCAP('o''neil-ärger')", "O'Neil-Ärger"),
        ("ADD_MONTHS(DATE '2006-01-30', 1)", date(2006, 2, 28)),
        ("ADD_MONTHS(TIMESTAMP '2006-04-30 12:00:00', -1)", datetime(2006, 3, 31, 12)),
        ("ADD_YEARS(DATE '2023-02-28', 1)", date(2024, 2, 29)),
        ("DATE '2023-02-28' + INTERVAL '1' MONTH", date(2023, 3, 31)),
        ("DATE '2023-03-31' - INTERVAL '1' MONTH", date(2023, 2, 28)),
        ("TIMESTAMP '2023-02-28 01:00:00' + INTERVAL '1' YEAR", datetime(2024, 2, 29, 1)),
        ("TIMESTAMP '2023-02-28 01:00:00' - INTERVAL '2' HOUR", datetime(2023, 2, 27, 23)),
        ("DATE '2023-03-01' - DATE '2023-02-28'", 1),
        ("TO_DSINTERVAL('-1 2:3:4.56789')", "-000000001 02:03:04.567000000"),
        ("TO_DSINTERVAL('')", None),
        ("ROUND(TIMESTAMP '2006-12-31 12:34:58', 'MI')", datetime(2006, 12, 31, 12, 35)),
        ("ROUND(DATE '2006-12-15', 'MM')", date(2006, 12, 1)),
        ("ROUND(DATE '2006-06-30', 'YYYY')", date(2006, 1, 1)),
    ],
)
def test_borders_of_functions(value, sql, expected):
    assert value(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("MOD(TRUNC(CAST(4.1234 AS DECIMAL(18,4)), 1), 3)", "1.1"),
        ("TRUNC(12345678901234567890.129, 2)", "12345678901234567890.12"),
        ("TRUNC(-12345678901234567, -2)", "-12345678901234500"),
        ("CEIL(12345678901234567)", "12345678901234567"),
        ("FLOOR(12345678901234567)", "12345678901234567"),
        ("MOD(CEIL(CAST(851 AS DECIMAL(3,0))) * GREATEST(851, 723.04), 2)", "1"),
    ],
)
def test_cutting_a_decimal_loses_no_digits(value, sql, expected):
    result = value(sql)
    assert not isinstance(result, float)
    assert result == Decimal(expected)


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
    value, later, earlier, months
):
    assert value(f"MONTHS_BETWEEN({later}, {earlier})") == pytest.approx(months)


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
def test_buckets_of_both_directions(value, arguments, bucket):
    assert value(f"WIDTH_BUCKET({arguments})") == bucket


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("1234567890 * 1000000", "1234567890000000"),
        ("2147483647 + 1", "2147483648"),
        ("CAST(999999999999999999 AS DECIMAL(18,0)) * 10", "9999999999999999990"),
        ("CAST(9999999999.99 AS DECIMAL(12,2)) * 9999999999.99", "99999999999800000000.0001"),
        ("9999999999999999.99 + 9999999999999999.99", "19999999999999999.98"),
    ],
)
def test_arithmetic_of_decimals_has_room_for_36_digits(value, sql, expected):
    assert value(sql) == Decimal(expected)


@pytest.mark.parametrize(
    ("operation", "type_"),
    [
        ("DECIMAL(12,0) * DECIMAL(15,3)", "DECIMAL(27,3)"),
        ("DECIMAL(12,0) * DECIMAL(15,9)", "DECIMAL(27,9)"),
        ("DECIMAL(18,3) * DECIMAL(18,9)", "DECIMAL(36,12)"),
        ("DECIMAL(12,0) + DECIMAL(15,9)", "DECIMAL(22,9)"),
        ("DECIMAL(15,3) + DECIMAL(15,9)", "DECIMAL(22,9)"),
    ],
)
def test_arithmetic_of_decimals_has_the_type_that_exasol_documents(session, operation, type_):
    left, sign, right = operation.rsplit(" ", 2)
    result = session.execute(f"SELECT CAST(1 AS {left}) {sign} CAST(1 AS {right})")
    assert result.columns[0].type.sql == type_


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SUBSTR('abcdef', -3)", "def"),
        ("SUBSTR('abcdef', 7)", None),
        ("SUBSTR('abcdef', -7)", None),
        ("SUBSTR('abcdef', 0, 2)", "ab"),
        ("SUBSTR('abcdef', n, 2) FROM (SELECT 0 AS n)", "ab"),
        ("REGEXP_INSTR('xab ab', '\\bab')", 5),
        ("REGEXP_INSTR('abcabc', 'b', 3)", 5),
        ("REGEXP_INSTR('abcabc', 'b', 1, 2, 1)", 6),
        ("REGEXP_INSTR('abc', 'b', 1, 2)", 0),
        ("REGEXP_REPLACE('aaa', 'a', 'b', 2)", "abb"),
        ("REGEXP_REPLACE('aaa', 'a', 'b', 2, 1)", "aba"),
        ("MEDIAN(x) FROM VALUES (-1.25), (1.5) AS t (x)", 0.125),
        (
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) FROM VALUES (-1.25), (1.5) AS t (x)",
            0.125,
        ),
        ("FROM_POSIX_TIME(1234567890)", datetime(2009, 2, 13, 23, 31, 30)),
        ("TIMESTAMP '2020-01-31 12:00:00' + 1.5", datetime(2020, 2, 2, 12)),
        ("ADD_MONTHS('2020-01-31', 1)", datetime(2020, 2, 29)),
        ("NUMTODSINTERVAL(-1, 'DAY')", "-000000001 00:00:00.000000000"),
        ("RATIO_TO_REPORT(x) OVER () FROM VALUES (3) AS t (x)", 1.0),
        ("CAST('ab' AS CHAR(5)) = 'ab'", True),
        ("CAST('ab' AS CHAR(5)) IN ('x', 'ab')", True),
        ("CAST('ab' AS CHAR(5)) BETWEEN 'ab' AND 'ab'", True),
        ("CAST('ab' AS CHAR(5)) = CAST('ab' AS CHAR(3))", True),
        ("'ab' = 'ab '", False),
    ],
)
def test_details_of_functions_and_operators(value, sql, expected):
    assert value(sql) == expected


def test_the_result_of_timestamps_can_be_days_and_their_fractions(value, session):
    session.execute("ALTER SESSION SET TIMESTAMP_ARITHMETIC_BEHAVIOR = 'DOUBLE'")
    try:
        assert value("TIMESTAMP '2020-01-02 12:00:00' - DATE '2020-01-01'") == 1.5
        later = value("TIMESTAMP '2020-01-01 00:00:00' + 1.5")
        assert later == datetime(2020, 1, 2, 12)
    finally:
        session.execute("ALTER SESSION SET TIMESTAMP_ARITHMETIC_BEHAVIOR = 'INTERVAL'")


def test_text_becomes_a_hash_if_it_has_its_digits(value):
    assert value("CAST('01AB-cdef' AS HASHTYPE(4 BYTE))") == "01abcdef"
    for text in ["'01ab'", "'01abcdeg'"]:
        with pytest.raises(SqlError, match="invalid value for HASHTYPE"):
            value(f"CAST({text} AS HASHTYPE(4 BYTE))")


@pytest.mark.parametrize(
    "sql", ["TRIM('  ')", "REPLACE('a', 'a', '')", "SUBSTR('abc', 9)", "'' || ''", "CONCAT('', '')"]
)
def test_an_empty_result_is_null(value, sql):
    assert value(f"({sql}) IS NULL") is True


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
        ("INSTR('abcabc', 'c', 0)", "0A000"),
        ("INSTR('abcabc', 'c', 1, 0)", "0A000"),
        ("TO_CHAR(1, 'L99')", "0A000"),
        ("TO_DATE('x', 'Q')", "0A000"),
        ("SOUNDEX('x')", "0A000"),
        ("LEFT('abc', -1)", "0A000"),
        ("SUBSTR('abc', 1, -1)", "0A000"),
        ("REGEXP_REPLACE('aa', 'a', 'b', 1, 2)", "0A000"),
        ("'1' + 1", "0A000"),
        ("(1 = 1) * 2", "0A000"),
        ("1e308 * 10", "22003"),
        ("RATIO_TO_REPORT(1)", "42000"),
        ("NUMTODSINTERVAL(1, 'YEAR')", "42000"),
        ("LISTAGG(REPEAT('x', 1500000), ',') FROM VALUES (1), (2) AS t (x)", "22001"),
        ("TO_DSINTERVAL('3 24:00:00')", "22000"),
        ("TO_YMINTERVAL('3-12')", "22000"),
        ("CURRENT_DATE + TO_DSINTERVAL('1 00:00:00')", "0A000"),
        ("DATE '2020-01-01' + INTERVAL '1:30' HOUR TO MINUTE", "0A000"),
        ("CURRENT_TIMESTAMP - DATE '2020-01-01'", "0A000"),
        ("HASH_MD5(1)", "0A000"),
        ("WIDTH_BUCKET(1, 2, 2, 3)", "0A000"),
    ],
)
def test_errors_have_exasols_codes(value, sql, code):
    with pytest.raises(SqlError) as error:
        value(sql)
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
def test_json_value_gives_single_values_and_null_for_all_else(value, arguments, result):
    assert value(f"JSON_VALUE({arguments})") == result


@pytest.mark.parametrize(
    "arguments",
    ["'[1]', '$[*]'", "'[1]', '$[-1]'", "'[1]', '$' || '[0]'", "'[1]', '$[0]' RETURNING DATE"],
)
def test_json_value_refuses_what_it_does_not_know(value, arguments):
    with pytest.raises(SqlError) as error:
        value(f"JSON_VALUE({arguments})")
    assert error.value.code == "0A000"
