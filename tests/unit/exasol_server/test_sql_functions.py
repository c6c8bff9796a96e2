"""CREATE FUNCTION: what a call gives, wherever it stands, and what is refused."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

PERCENTAGE = """
CREATE OR REPLACE FUNCTION percentage (fraction DECIMAL, entirety IN DECIMAL)
RETURN VARCHAR(10)
IS
    res DECIMAL;  -- whole
BEGIN
    IF entirety = 0 THEN res := NULL;
    ELSE res := (100 * fraction) / entirety;
    END IF;
    RETURN res || ' %';
END percentage;
/
"""
SIZE_OF = """
CREATE FUNCTION size_of (n INT) RETURN VARCHAR(9) BEGIN
    IF n < 0 THEN RETURN 'negative';
    ELSEIF n < 10 THEN RETURN 'small';
    ELSIF n < 100 THEN RETURN 'medium';
    END IF;
    RETURN 'large';
END;
"""


def test_a_function_computes_with_the_types_of_its_variables(session, rows):
    session.execute(PERCENTAGE)
    assert rows("SELECT percentage(1, 3), S.percentage(2, 1), percentage(1, 0)") == [
        ("33 %", "200 %", " %")
    ]


@pytest.mark.parametrize(
    ("argument", "size"), [("-1", "negative"), ("9", "small"), ("10", "medium"), ("NULL", "large")]
)
def test_the_first_branch_whose_condition_holds_returns(session, rows, argument, size):
    session.execute(SIZE_OF)
    assert rows(f"SELECT size_of({argument})") == [(size,)]


def test_calls_work_in_every_clause_and_in_dml(session, rows):
    session.execute(SIZE_OF)
    session.execute("CREATE TABLE t (n INT)")
    session.execute("INSERT INTO t VALUES (5), (50), (7)")
    assert rows(
        "SELECT size_of(n) AS s, count(*) FROM t WHERE size_of(n) <> 'large' "
        "GROUP BY size_of(n) ORDER BY size_of(MIN(n))"
    ) == [("medium", 1), ("small", 2)]
    session.execute("UPDATE t SET n = 500 WHERE size_of(n) = 'medium'")
    session.execute("INSERT INTO t VALUES (LENGTH(size_of(500)))")
    session.execute("DELETE FROM t WHERE size_of(n) = 'large'")
    assert sorted(rows("SELECT n FROM t")) == [(5,), (5,), (7,)]


def test_a_result_column_is_named_by_the_call_and_typed_by_the_function(session):
    session.execute(SIZE_OF)
    column = session.execute("SELECT size_of(1 + 1)").columns[0]
    assert (column.name, column.type.sql) == ("SIZE_OF(1+1)", "VARCHAR(9) UTF8")


def test_views_and_functions_find_the_functions_of_their_own_schema(session, rows):
    session.execute("CREATE FUNCTION one() RETURN INT BEGIN RETURN 1; END")
    session.execute("CREATE FUNCTION two() RETURN INT BEGIN RETURN one() + one(); END")
    session.execute("CREATE VIEW v AS SELECT two() AS n")
    session.execute("CREATE SCHEMA other")
    assert rows("SELECT n, S.two() FROM S.v") == [(2, 2)]
    with pytest.raises(SqlError, match="function TWO"):
        session.execute("SELECT two()")


def test_the_dictionary_shows_functions_until_they_are_dropped(session, rows):
    session.execute("CREATE FUNCTION one() RETURN INT BEGIN RETURN 1; END")
    session.execute("COMMENT ON FUNCTION one IS 'always 1'")
    session.execute("GRANT EXECUTE ON one TO PUBLIC")
    shown = "SELECT function_schema, function_name, function_comment FROM exa_all_functions"
    assert rows(shown) == [("S", "ONE", "always 1")]
    assert rows("SELECT object_type FROM exa_user_objects WHERE object_name = 'ONE'") == [
        ("FUNCTION",)
    ]
    assert rows("SELECT object_type FROM exa_dba_obj_privs") == [("FUNCTION",)]
    session.execute("DROP FUNCTION one")
    session.execute("DROP FUNCTION IF EXISTS one")
    assert rows(shown) == rows("SELECT * FROM exa_dba_obj_privs") == []
    with pytest.raises(SqlError, match="function ONE not found"):
        session.execute("DROP FUNCTION one")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE FUNCTION f(n INT) RETURN INT BEGIN RETURN m; END", "M not found in F"),
        ("CREATE FUNCTION f(n INT) RETURN INT BEGIN m := 1; RETURN n; END", "M not found in F"),
        ("CREATE FUNCTION f(n INT) RETURN INT BEGIN n := 1; RETURN n; END", "N not found in F"),
        ("CREATE FUNCTION f() RETURN INT BEGIN RETURN f(); END", "F calls itself"),
        (
            "CREATE FUNCTION f(n INT) RETURN INT BEGIN IF n = 1 THEN RETURN 2; END IF; END",
            "F ends without RETURN",
        ),
        ("CREATE FUNCTION f() RETURN INT BEGIN RETURN no_such(1); END", "function NO_SUCH"),
        ("CREATE FUNCTION f() RETURN INT BEGIN RETURN (SELECT 1); END", "in a function"),
        (
            "CREATE FUNCTION f(n INT) RETURN INT IS i INT; BEGIN "
            "FOR i := 1 TO n DO n := 1; END FOR; RETURN i; END",
            "FOR in a function",
        ),
        ("CREATE FUNCTION f() RETURN INT BEGIN RETURN 1 END", "expecting ;"),
    ],
)
def test_a_function_that_cannot_work_is_refused_when_it_is_made(session, rows, sql, message):
    with pytest.raises(SqlError, match=message):
        session.execute(sql)
    assert rows("SELECT function_name FROM exa_all_functions") == []


def test_a_function_needs_execute_and_a_view_the_rights_of_its_owner(database, session, rows):
    session.execute("CREATE FUNCTION one() RETURN INT BEGIN RETURN 1; END")
    session.execute("CREATE VIEW v AS SELECT one() AS n")
    session.execute('CREATE USER u IDENTIFIED BY "pw"')
    session.execute("GRANT SELECT ON v TO u")
    user = Session(database, "U")
    assert rows("SELECT n FROM S.v", user) == [(1,)]
    with pytest.raises(SqlError, match="insufficient privileges for calling function"):
        user.execute("SELECT S.one()")
    with pytest.raises(SqlError, match="insufficient privileges for creating function"):
        user.execute("CREATE FUNCTION S.two() RETURN INT BEGIN RETURN 2; END")
    session.execute("GRANT EXECUTE ON one TO u")
    user.store.commit()
    assert rows("SELECT S.one()", user) == [(1,)]
    user.close()


def test_a_wrong_number_of_arguments_and_a_taken_name_are_errors(session):
    session.execute(SIZE_OF)
    with pytest.raises(SqlError, match="wrong number of arguments for function SIZE_OF"):
        session.execute("SELECT size_of(1, 2)")
    with pytest.raises(SqlError, match=r"function S\.SIZE_OF already exists"):
        session.execute(SIZE_OF)
    with pytest.raises(SqlError, match=r"script S\.SIZE_OF already exists"):
        session.execute("CREATE PYTHON3 SCALAR SCRIPT size_of(n INT) RETURNS INT AS\n")
