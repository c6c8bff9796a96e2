"""Texts of statements, and what is read from them."""

from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.sql import statements as st
from sme_helper.local.exasol.sql.classify import classify
from sme_helper.local.exasol.sql.statements import Name
from sme_helper.local.exasol.types import ExaType


@pytest.mark.parametrize(
    "sql", ["SELECT 1", " /* c */ with x as (select 1) select * from x", "(select 1)"]
)
def test_what_sqlglot_reads_is_a_query(sql):
    assert isinstance(classify(sql), st.Query)


def test_a_closing_semicolon_does_not_belong_to_the_query():
    assert classify("select 1;") == st.Query("select 1")


@pytest.mark.parametrize("sql", ["", "  ", "-- only a comment", "/* x */ ;", "FLUSH STATISTICS"])
def test_statements_without_effect(sql):
    assert isinstance(classify(sql), st.Nothing)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("EXPLAIN SELECT 1", "EXPLAIN"),
        ("CREATE CONSUMER GROUP g", "CREATE CONSUMER"),
        ("ALTER VIRTUAL SCHEMA x", "VIRTUAL"),
        ("DROP ADAPTER SCRIPT x", "ADAPTER"),
    ],
)
def test_unknown_statements_are_refused_by_name(sql, named):
    with pytest.raises(SqlError, match=named) as error:
        classify(sql)
    assert error.value.code == "0A000"


def test_create_script_takes_the_body_as_it_is():
    body = "\ndef run(ctx):\n    return 'unbalanced \" ( ; AS'\n"
    script = classify(
        'CREATE OR REPLACE PYTHON3 SCALAR SCRIPT s."Up"(x INT, "y" VARCHAR(5)) '
        f"RETURNS DOUBLE AS{body}/\n"
    ).script
    assert script.body == body
    assert script.name == Name("S", "Up")
    assert script.kind == "SCALAR"
    assert [p.name for p in script.parameters] == ["X", "y"]
    assert script.outputs[0].type == ExaType("DOUBLE")


def test_variadic_udf_has_neither_parameters_nor_outputs():
    script = classify("CREATE PYTHON3 SET SCRIPT f(...) EMITS (...) AS\npass").script
    assert script.parameters is None
    assert script.outputs is None


def test_a_comment_before_create_script_is_not_part_of_its_text():
    script = classify("/* dbt */ CREATE LUA SCRIPT s() AS\nexit()").script
    assert script.text.startswith("CREATE LUA")


def test_lua_program_keeps_the_case_of_its_parameters():
    script = classify("CREATE SCRIPT s(one, ARRAY Many) RETURNS TABLE AS exit()").script
    assert (script.language, script.kind, script.returns) == ("LUA", "", "TABLE")
    assert [(p.name, p.is_array) for p in script.parameters] == [("one", False), ("Many", True)]


def test_execute_script_arguments_become_python_values():
    statement = classify(
        "EXECUTE SCRIPT s.p('it''s', -1, 1.5, 1e2, NULL, TRUE, '', ARRAY('a', 2)) WITH OUTPUT"
    )
    assert statement.arguments == ("it's", -1, Decimal("1.5"), 100.0, None, True, None, ["a", 2])
    assert statement.with_output


def test_export_reads_query_connection_files_and_options():
    statement = classify(
        "EXPORT (SELECT ')' FROM t) INTO CSV AT conn FILE 'a.csv' FILE 'b.csv' "
        "WITH COLUMN NAMES COLUMN SEPARATOR = ';' NULL = 'x'"
    )
    assert statement.query == "SELECT ')' FROM t"
    assert statement.sources == [st.FileSource(connection="CONN", files=["a.csv", "b.csv"])]
    assert statement.options == {"WITH COLUMN NAMES": True, "COLUMN SEPARATOR": ";", "NULL": "x"}


def test_import_reads_url_public_key_and_columns():
    statement = classify(
        "IMPORT INTO s.t (a, \"b\") FROM CSV AT 'https://1.2.3.4:5' PUBLIC KEY 'sha256//x' "
        "FILE 'f' SKIP = 1"
    )
    assert (statement.table, statement.columns) == (Name("S", "T"), ["A", "b"])
    assert statement.sources[0].public_key == "sha256//x"
    assert statement.options == {"SKIP": "1"}


@pytest.mark.parametrize("text", ["INTO JDBC AT c FILE 'x'", "INTO CSV AT c FILE 'x' SORTED = 1"])
def test_unknown_export_targets_and_options_are_refused(text):
    with pytest.raises(SqlError) as error:
        classify(f"EXPORT t {text}")
    assert error.value.code == "0A000"


def test_create_table_reads_columns_and_keys():
    table = classify(
        """CREATE TABLE s.t (a DECIMAL(18,0) DEFAULT 1 + 1 NOT NULL,
        b VARCHAR(5) UTF8 COMMENT IS 'c',
        CONSTRAINT pk PRIMARY KEY (a), DISTRIBUTE BY a, b) COMMENT IS 'table'"""
    )
    assert [(c.name, c.type.sql, c.nullable, c.default) for c in table.columns] == [
        ("A", "DECIMAL(18,0)", False, "1 + 1"),
        ("B", "VARCHAR(5) UTF8", None, None),
    ]
    assert table.key == st.PrimaryKey(("A",), "PK")
    assert table.distribution == ("A", "B")
    assert table.comment == "table"


def test_create_table_as_separates_the_query_from_what_follows_it():
    table = classify("CREATE OR REPLACE TABLE t AS SELECT 'x' AS a WITH NO DATA COMMENT IS 'c'")
    assert (table.query, table.with_data, table.comment) == ("SELECT 'x' AS a", False, "c")


def test_create_view_reads_column_comments():
    view = classify("CREATE VIEW v (a COMMENT IS 'ca', \"b\") AS SELECT 1, 2 COMMENT IS 'cv'")
    assert view.columns == (("A", "ca"), ("b", None))
    assert (view.query, view.comment) == ("SELECT 1, 2", "cv")


@pytest.mark.parametrize(
    ("sql", "action"),
    [
        ("ADD COLUMN c INT", "ADD COLUMN"),
        ("ADD (c INT)", "ADD COLUMN"),
        ("DROP COLUMN IF EXISTS c", "DROP COLUMN"),
        ("MODIFY COLUMN c VARCHAR(9)", "MODIFY COLUMN"),
        ("MODIFY (c NOT NULL)", "MODIFY COLUMN"),
        ("RENAME COLUMN c TO d", "RENAME COLUMN"),
        ("ALTER COLUMN c SET DEFAULT 5", "ALTER COLUMN DEFAULT"),
        ("DISTRIBUTE BY c", "DISTRIBUTE BY"),
        ("PARTITION BY c", "PARTITION BY"),
        ("DROP DISTRIBUTION KEYS", "DROP DISTRIBUTION"),
        ("ADD CONSTRAINT pk PRIMARY KEY (c) DISABLE", "ADD KEY"),
        ("ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES u (c)", "CONSTRAINT"),
        ("MODIFY CONSTRAINT pk ENABLE", "CHANGE KEY"),
        ("DROP PRIMARY KEY", "DROP KEY"),
    ],
)
def test_alter_table_actions(sql, action):
    assert classify(f"ALTER TABLE s.t {sql}").action == action


def test_connections_never_show_their_password():
    statement = classify("CREATE CONNECTION c TO 'x' USER 'u' IDENTIFIED BY 'hush'")
    assert statement.password == "hush"
    assert "hush" not in repr(statement)
    assert "hush" not in repr(classify('CREATE USER u IDENTIFIED BY "hush"'))


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (value INT)",
        "CREATE TABLE source (a INT)",
        "CREATE VIEW v (value) AS SELECT 1",
        "CREATE SCHEMA _s",
        "DROP TABLE data",
    ],
)
def test_a_keyword_is_no_name_unless_it_is_quoted(sql):
    with pytest.raises(SqlError, match="syntax error, unexpected"):
        classify(sql)
    assert classify('CREATE TABLE "SOURCE" ([value] INT)').columns[0].name == "value"


def test_grants_are_told_apart():
    assert classify("GRANT EXPORT, CREATE TABLE TO u").kind == "SYSTEM"
    assert classify("GRANT my_role TO u WITH ADMIN OPTION").kind == "ROLE"
    assert classify("GRANT CONNECTION c TO u, v").grantees == ("U", "V")
    grant = classify("GRANT SELECT, INSERT ON TABLE s.t TO u")
    assert (grant.kind, grant.privileges, grant.target) == (
        "OBJECT",
        ("SELECT", "INSERT"),
        Name("S", "T"),
    )
    access = classify("REVOKE ACCESS ON CONNECTION c FOR SCRIPT s.f FROM u")
    assert (access.revoke, access.restriction) == (True, ("SCRIPT", Name("S", "F")))
    with pytest.raises(SqlError, match="unexpected ON_, expecting ',' or TO_"):
        classify("GRANT my_role ON s.t TO u")
