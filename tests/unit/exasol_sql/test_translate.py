"""Each step of the translation alone: Exasol's SQL in, DuckDB's SQL out."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.sql import translate as t
from sme_helper.local.exasol.sql.dialect import parse
from sme_helper.local.exasol.sql.statements import Name
from sme_helper.local.exasol.sql.types_of import annotate
from sme_helper.local.exasol.types import ExaType

COLUMNS = {
    "S": "VARCHAR(10)",
    "N": "DECIMAL(9,2)",
    "I": "DECIMAL(18,0)",
    "F": "DOUBLE",
    "B": "BOOLEAN",
    "D": "DATE",
    "TS": "TIMESTAMP",
}


def lookup(name: Name):
    return [(column, ExaType.parse(type_)) for column, type_ in COLUMNS.items()]


def step(change, sql: str, context: t.Context = t.Context()) -> str:  # noqa: B008
    """What one step makes of an expression over a table with COLUMNS."""
    tree = parse(f"SELECT {sql} FROM t")
    annotate(tree, lookup)
    return change(tree, context).sql("duckdb").removeprefix("SELECT ").removesuffix(' FROM "T"')


@pytest.mark.parametrize("sql", ["CAST(n AS VARCHAR(9))", "TO_CHAR(f)", "n || s"])
def test_numbers_have_the_decimal_character_of_the_session(sql):
    german = t.Context(parameters={"NLS_NUMERIC_CHARACTERS": ",."})
    tree = parse(f"SELECT {sql} FROM t")
    annotate(tree, lookup)
    assert "REPLACE(" in t.translate(tree, german)
    assert "REPLACE(" not in t.translate(tree, t.Context())


def test_unnamed_outputs_get_exasols_names():
    assert step(t.name_outputs, "count(*), i+1, 'Ab', current_date, s") == (
        'COUNT(*) AS "COUNT(*)", "I" + 1 AS "I+1", \'Ab\' AS "\'Ab\'", '
        'CURRENT_DATE() AS "CURRENT_DATE", "S"'
    )


def test_the_empty_string_is_null():
    assert step(t.empty_strings, "'' , 'x'") == "CAST(NULL AS TEXT), 'x'"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CAST(b AS VARCHAR(9))", "'TRUE'"),
        ("CAST(f AS VARCHAR(9))", "SUFFIX"),
        ("CAST(s AS VARCHAR(9))", "right truncation"),
        ("CAST(s AS CHAR(12))", "RPAD"),
        ("CAST(s AS DECIMAL(5,1))", "DECIMAL(5, 1)"),
        ("CAST(s AS INT)", "BIGINT"),
        ("CAST(i AS BOOLEAN)", "invalid value for BOOLEAN"),
    ],
)
def test_casts_follow_the_source_type(sql, expected):
    assert expected in step(t.casts, sql)


def test_a_cast_to_a_longer_varchar_needs_no_check():
    assert "error" not in step(t.casts, "CAST(s AS VARCHAR(10))").lower()


LINE = "CONCAT(REPLACE(CAST(f AS VARCHAR(30)), ',', '.'), ';', s)"  # 30 + 1 + 10 characters


@pytest.mark.parametrize(
    ("sql", "is_checked"),
    [
        (f"CAST({LINE} AS VARCHAR(41))", False),
        (f"CAST({LINE} AS VARCHAR(40))", True),
        ("CAST(REPLACE(s, 'a', 'bc') AS VARCHAR(10))", True),
        ("CAST(REPLACE(s, i, '') AS VARCHAR(10))", True),
        ("CAST(CONCAT(s, UPPER(s)) AS VARCHAR(20))", False),
    ],
)
def test_a_text_is_checked_only_where_it_can_be_too_long(sql, is_checked):
    assert ("right truncation" in step(t.casts, sql)) == is_checked


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CONCAT(s, ';')", "CONCAT(\"S\", ';')"),
        ("CONCAT(s, s)", 'NULLIF(CONCAT("S", "S"), \'\')'),
        ("REPLACE(s, ',', '.')", "REPLACE(\"S\", ',', '.')"),
        ("REPLACE(s, ',')", "NULLIF(REPLACE(\"S\", ',', ''), '')"),
    ],
)
def test_what_cannot_be_empty_is_not_asked_whether_it_is(sql, expected):
    assert step(t.calls, sql) == expected


def test_concatenation_ignores_null_and_makes_no_empty_string():
    assert step(t.concatenations, "s || 'x'").startswith("NULLIF(CONCAT(")


def test_days_are_added_to_dates_and_the_result_stays_a_date():
    assert step(t.date_arithmetic, "d + 1") == 'CAST("D" + TO_DAYS(CAST(1 AS INT)) AS DATE)'
    assert step(t.date_arithmetic, "i + 1") == '"I" + 1'


def test_division_by_zero_is_an_error():
    assert "division by zero" in step(t.divisions, "i / n")
    assert step(t.divisions, "i / 2") == '"I" / 2'


def test_like_has_exasols_escape_character():
    assert step(t.likes, "s LIKE 'a'") == "\"S\" LIKE 'a' ESCAPE '\\'"
    assert step(t.likes, "s LIKE 'a' ESCAPE '!'") == "\"S\" LIKE 'a' ESCAPE '!'"


def test_group_concat_keeps_order_distinct_and_separator():
    sql = step(t.group_concats, "GROUP_CONCAT(DISTINCT s ORDER BY s SEPARATOR ';')")
    assert 'ELSE STRING_AGG(DISTINCT CAST("S" AS TEXT), \';\' ORDER BY "S")' in sql


def test_session_values_become_literals():
    context = t.Context(user="U", schema=None, session_id=7, parameters={"NLS_DATE_FORMAT": "Y"})
    sql = "current_user, current_schema, session_parameter(current_session, 'NLS_DATE_FORMAT')"
    assert step(t.calls, sql, context) == "'U', NULL, 'Y'"


def test_an_unknown_function_is_refused_by_name():
    with pytest.raises(SqlError, match="function SOUNDEX") as error:
        step(t.calls, "SOUNDEX(s)")
    assert error.value.code == "0A000"


def test_a_known_function_with_a_wrong_number_of_arguments_is_an_error():
    with pytest.raises(SqlError, match="wrong number of arguments for function UPPER"):
        step(t.calls, "UPPER(s, s)")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1 AS value", r"unexpected VALUE_ \[line 1, column 13\]"),
        ("SELECT t.day FROM t", "unexpected DAY_"),
        ("WITH source AS (SELECT 1 AS a) SELECT a FROM source", "unexpected SOURCE_"),
        ("SELECT i\nFROM _t", r"unexpected '_' \[line 2, column 6\]"),
    ],
)
def test_what_is_no_identifier_must_be_quoted(sql, message):
    with pytest.raises(SqlError, match=f"syntax error, {message}"):
        parse(sql)


def test_quoted_keywords_are_identifiers_and_units_are_no_names():
    assert parse('SELECT "value", [day], EXTRACT(DAY FROM d) FROM "_t"').named_selects == [
        "value",
        "day",
        "",
    ]


def test_functions_of_duckdb_are_not_within_reach():
    with pytest.raises(SqlError):
        step(t.calls, "read_text('/etc/hostname')")


def whole(sql: str) -> str:
    tree = parse(sql)
    annotate(tree, lookup)
    return t.translate(tree, t.Context())


def test_rownum_in_where_numbers_the_rows_that_other_conditions_leave():
    sql = whole("SELECT i FROM t WHERE ROWNUM <= 2 AND i > 5")
    assert 'FROM "T" WHERE "I" > 5) AS "T" WHERE "T"."EXA$ROWNUM" <= 2' in sql


def test_rownum_in_group_by_is_numbered_below():
    sql = whole("SELECT count(*) FROM t GROUP BY MOD(ROWNUM, 4)")
    assert "ROW_NUMBER() OVER ()" in sql.split("GROUP BY")[0]
    assert "ROW_NUMBER" not in sql.split("GROUP BY")[1]


def test_rownum_column_is_hidden_from_stars():
    assert 'EXCLUDE ("EXA$ROWNUM")' in whole("SELECT * FROM t WHERE ROWNUM < 3")


def test_null_is_the_greatest_value_when_sorting():
    assert whole("SELECT i FROM t ORDER BY i DESC").endswith('ORDER BY "I" DESC NULLS FIRST')
    assert whole("SELECT i FROM t ORDER BY i").endswith('ORDER BY "I"')
    assert whole("SELECT i FROM t ORDER BY i DESC NULLS LAST").endswith('ORDER BY "I" DESC')


def test_translation_leaves_its_input_alone():
    tree = parse("SELECT s || '' FROM t")
    annotate(tree, lookup)
    before = tree.sql()
    t.translate(tree, t.Context())
    assert tree.sql() == before


def test_a_subscript_is_no_syntax():
    with pytest.raises(SqlError):
        whole("SELECT a[1] AS x FROM t")
