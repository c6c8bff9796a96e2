"""Details in which DuckDB's own answer is another than Exasol's."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

FRACTION = "2020-01-01 00:00:00.987654"


@pytest.mark.parametrize(
    ("cast", "microseconds"),
    [
        (f"CAST('{FRACTION}' AS TIMESTAMP(0))", 0),
        (f"CAST('{FRACTION}' AS TIMESTAMP(1))", 900_000),
        (f"CAST('{FRACTION}' AS TIMESTAMP(3))", 987_000),
        (f"CAST('{FRACTION}' AS TIMESTAMP)", 987_000),
        (f"CONVERT(TIMESTAMP, '{FRACTION}')", 987_000),
        (f"CAST('{FRACTION}' AS TIMESTAMP WITH LOCAL TIME ZONE)", 987_000),
        (f"CAST('{FRACTION}' AS TIMESTAMP(6))", 987_654),
        ("CAST('1960-01-01 00:00:00.987654' AS TIMESTAMP(4))", 987_600),
        (f"TIMESTAMP '{FRACTION}'", 987_654),
    ],
)
def test_a_timestamp_has_no_more_digits_than_its_type(value, cast, microseconds):
    assert value(cast).microsecond == microseconds


def test_a_column_has_no_more_digits_than_its_type(session):
    session.execute("CREATE SCHEMA IF NOT EXISTS s")
    session.execute("CREATE OR REPLACE TABLE s.t (a TIMESTAMP(1), b TIMESTAMP)")
    session.execute(f"INSERT INTO s.t VALUES ('{FRACTION}', '{FRACTION}')")
    row = session.execute("SELECT a, b FROM s.t").table.to_pylist()[0]
    assert [moment.microsecond for moment in row.values()] == [900_000, 987_000]


@pytest.mark.parametrize("now", ["CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "SYSTIMESTAMP", "NOW()"])
def test_the_present_is_told_in_milliseconds(value, now):
    assert value(now).microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("DAY, DD. MONTH", "MONDAY, 16. DECEMBER"),
        ("Day, DD. Month", "Monday, 16. December"),
        ("day, DD. month", "monday, 16. december"),
        ("DY Dy dy MON Mon mon", "MON Mon mon DEC Dec dec"),
        ("HH12 AM", "12 AM"),
        ("HH12 am", "12 am"),
    ],
)
def test_names_in_a_date_have_the_case_of_their_element(value, format_, text):
    assert value(f"TO_CHAR(DATE '2013-12-16', '{format_}')") == text


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("TO_CHAR(DATE '2013-12-16', 'DaY')", "element 'DaY' of a datetime format"),
        ("GREATEST(10, '9')", "GREATEST of numbers and texts"),
        ("LEAST('9', 10)", "LEAST of numbers and texts"),
        ("COALESCE(1, '2')", "COALESCE of numbers and texts"),
        ("NVL(1e0, 'x')", "NVL of numbers and texts"),
        ("NVL2(0, 1, '2')", "NVL2 of numbers and texts"),
        ("DECODE(1, 1, 2, '3')", "DECODE of numbers and texts"),
        ("CASE WHEN 1 = 1 THEN TRUE ELSE 'x' END", "CASE of numbers and texts"),
        ("DATE_TRUNC('isoyear', DATE '2020-01-01')", "DATE_TRUNC to 'isoyear'"),
        ("DATE_TRUNC('century', DATE '2020-01-01')", "DATE_TRUNC to 'century'"),
        ("DATE_TRUNC('d' || 'ay', DATE '2020-01-01')", "DATE_TRUNC to "),
        ("INTERVAL '5' MONTH", "an INTERVAL that is not added"),
        ("INTERVAL '5' DAY + DATE '2020-01-01'", "an INTERVAL that is not added"),
        ("INTERVAL '5' MONTH > INTERVAL '4' MONTH", "an INTERVAL that is not added"),
        ("1 + INTERVAL '1' DAY", "an INTERVAL that is added to a DECIMAL"),
        ("DATE '2020-01-01' + INTERVAL '1.5' DAY", "INTERVAL '1.5' DAY"),
        ("DATE '2020-01-01' + INTERVAL 'x' MONTH", "INTERVAL 'x' MONTH"),
        ("SESSION_PARAMETER(1 + 1, 'TIME_ZONE')", "SESSION_PARAMETER of a session"),
    ],
)
def test_what_exasol_does_not_document_is_refused_by_name(value, sql, problem):
    with pytest.raises(SqlError, match=f"embedded stack: {problem}") as error:
        value(sql)
    assert error.value.code == "0A000"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("COALESCE(1, '')", Decimal(1)),
        ("CASE WHEN 1 = 2 THEN DATE '2020-01-01' ELSE '' END", None),
        ("1 + ''", None),
        ("(n - 2) * CASE (-2.22) WHEN 1 THEN (-0.63) END FROM (SELECT 1.55 AS n)", None),
        ("CASE 'a' WHEN 'a' THEN 1 END", 1),
        ("NVL2('a', 1, 2)", 1),
        ("DECODE('b', 'a', 1, 'b', 2)", 2),
        ("DATE_TRUNC('WEEK', DATE '2024-01-06')", date(2023, 12, 31)),
        ("DATE_TRUNC('week', TIMESTAMP '2024-01-07 12:00:00')", datetime(2024, 1, 7)),
        ("DATE_TRUNC('month', '2020-05-17')", datetime(2020, 5, 1)),
        ("DATE '2020-01-31' - INTERVAL '-5' MONTH", date(2020, 6, 30)),
        ("INSTR('abcabcabc', 'cab')", 3),
        ("LOCATE('cab', 'abcabcabc')", 3),
        ("INSTR('abcabc', 'c', 4)", 6),
        ("INSTR('abcabc', 'c', 1, 2)", 6),
        ("INSTR('abcabc', 'c', 1, 3)", 0),
        ("INSTR('abcabc', 'c', -2)", 3),
        ("INSTR('aaa', 'aa', 1, 2)", 2),
        ("INSTR('abcabc', '', 1, 2)", None),
        ("INSTR(i, 'b', p, o) FROM (SELECT 'abcabc' AS i, 1 AS p, 2 AS o)", 5),
        ("SESSION_PARAMETER(CURRENT_SESSION, 'NLS_FIRST_DAY_OF_WEEK') - 5", 2),
        ("SESSION_PARAMETER(1, 'TIME_ZONE')", None),
    ],
)
def test_details_that_exasol_documents(value, sql, expected):
    assert value(sql) == expected


def test_the_present_is_a_timestamp_without_time_zone(value):
    assert value("TYPEOF(CURRENT_TIMESTAMP)") == "TIMESTAMP(3)"


def test_a_date_language_other_than_english_is_refused(session):
    session.execute("ALTER SESSION SET NLS_DATE_LANGUAGE = 'ENG'")
    with pytest.raises(SqlError, match="embedded stack: NLS_DATE_LANGUAGE 'DEU'"):
        session.execute("ALTER SESSION SET NLS_DATE_LANGUAGE = 'DEU'")


@pytest.mark.parametrize("day", ["0", "8", "12", "x", ""])
def test_a_first_day_that_no_week_has_is_refused(session, day):
    with pytest.raises(SqlError, match=f"invalid value '{day}' of parameter NLS_FIRST_DAY_OF_WEEK"):
        session.execute(f"ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = '{day}'")


def test_a_week_begins_on_the_first_day_of_the_session(session, value):
    session.execute("ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = '1'")
    try:
        assert value("DATE_TRUNC('week', DATE '2024-01-07')") == date(2024, 1, 1)
    finally:
        session.execute("ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = '7'")


def test_the_parameters_of_other_sessions_need_the_right_to_see_the_dictionary(session, value):
    session.execute('CREATE USER u IDENTIFIED BY "p"')
    session.execute("GRANT CREATE SESSION TO u")
    other = Session(session.database, "U")
    try:
        other.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'")
        question = "SESSION_PARAMETER({}, 'NLS_DATE_FORMAT')"
        assert value(question.format(other.id)) == "DD.MM.YYYY"
        assert value(question.format("CURRENT_SESSION")) == "YYYY-MM-DD"
        with pytest.raises(SqlError, match="SELECT ANY DICTIONARY") as error:
            other.execute(f"SELECT {question.format(session.id)}")
        assert error.value.code == "42500"
        own = other.execute(f"SELECT {question.format(other.id)}")
        assert own.table.column(0)[0].as_py() == "DD.MM.YYYY"
    finally:
        other.close()
