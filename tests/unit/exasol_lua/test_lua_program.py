"""Scripting programs: statements, results, errors, transactions, the sandbox."""

import datetime
import threading
from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError

# --- arguments and results -----------------------------------------------------------


def test_arguments_arrive_as_variables(output):
    code = "output(a .. #b .. b[2] .. tostring(c == NULL) .. tostring(d) .. e)"
    arguments = "'x', ARRAY('p', 'q'), NULL, TRUE, -2.5"
    assert output(code, arguments, "a, ARRAY b, c, d, e") == ["x2qtruetrue-2.5"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("", "expected 1, got 0"), ("1, 2", "expected 1, got 2"), ("ARRAY(1)", "a single value")],
)
def test_wrong_arguments_are_refused(output, arguments, message):
    with pytest.raises(SqlError, match=message):
        output("", arguments, "a")


def test_a_table_is_returned_with_its_column_definitions(execute):
    code = """
        local rows = {{1, 'a', NULL}, {decimal('2.55', 5, 2), 'b', '2024-02-29'}}
        return rows, 'ID DECIMAL(5,1), "n" VARCHAR(2), D DATE'
    """
    result = execute(code, returns="RETURNS TABLE")
    assert [(c.name, c.type.sql) for c in result.columns] == [
        ("ID", "DECIMAL(5,1)"),
        ("n", "VARCHAR(2) UTF8"),
        ("D", "DATE"),
    ]
    assert [tuple(row.values()) for row in result.table.to_pylist()] == [
        (Decimal("1.0"), "a", None),
        (Decimal("2.6"), "b", datetime.date(2024, 2, 29)),
    ]


def test_a_querys_result_is_returned_as_it_is(execute):
    code = "exit(query([[SELECT 1 AS X, 'q' AS Y FROM DUAL]]))"
    result = execute(code, returns="RETURNS TABLE")
    assert [column.name for column in result.columns] == ["X", "Y"]
    assert [tuple(row.values()) for row in result.table.to_pylist()] == [(1, "q")]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("return {{1}}", "column definitions of the returned table are missing"),
        ("return {{'abc'}}, 'A VARCHAR(2)'", "column A: text of 3 characters is too long"),
        ("return {{1, 2}}, 'A INT'", "2 values for 1 columns"),
        ("return {{'x'}}, 'A INT'", "column A: 'x' is no value of type DECIMAL"),
        ("return 5, 'A INT'", "must return a table"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(execute, code, message):
    with pytest.raises(SqlError, match=message):
        execute(code, returns="RETURNS TABLE")


def test_a_row_count_is_returned(execute):
    assert execute("exit({rows_affected = 7})").rowcount == 7
    assert execute("local x = 1").rowcount == 0


def test_exit_ends_the_script_also_inside_pcall(execute):
    code = "pcall(function() exit({rows_affected = 1}) end) exit({rows_affected = 2})"
    assert execute(code).rowcount == 1


# --- statements ----------------------------------------------------------------------


def test_rows_are_read_by_number_and_by_name(output):
    code = """
        query([[CREATE TABLE ::t (A INT, "b" VARCHAR(10), C DOUBLE)]], {t = quote('my t')})
        local done = query([[INSERT INTO ::t VALUES (:x, :y, 0.5), (2, NULL, NULL)]],
                           {t = '"my t"', x = 1, y = "it's"})
        output(done.rows_inserted)
        local r = query('SELECT * FROM "my t" ORDER BY A')
        output(#r .. ' ' .. #r[1] .. ' ' .. r[1].b .. ' ' .. r[1][2])
        output(tostring(r[2].b == null) .. tostring(r[1].B) .. tostring(r[1].C + 1))
        output(r.statement_text)
    """
    shown = ["2", "2 3 it's it's", "truenil1.5", 'SELECT * FROM "my t" ORDER BY A']
    assert output(code) == shown


def test_decimals_are_exasols_own_type(output):
    code = """
        local d = query([[SELECT 7, CAST(1.50 AS DECIMAL(5,2)) FROM DUAL]])[1]
        output(type(d[1]) .. ' ' .. tostring(d[1]) .. ' ' .. tostring(d[2]))
        output(tostring(d[1] == 7) .. tostring(tonumber(d[1]) == 7) .. tostring(d[1] > 6))
        output(tostring(d[1] + 1) .. ' ' .. tostring(d[2] * 2) .. ' ' .. tostring(d[1] / 2))
        output(tostring(decimal(5.5)) .. ' ' .. tostring(d[1] == decimal('7')))
        output(tostring(d[2]:round()) .. tostring((-d[2]):abs()))
    """
    assert output(code) == ["userdata 7 1.5", "falsetruetrue", "8 3 3.5", "6 true", "21.5"]


@pytest.mark.parametrize("expression", ["NULL + 1", "NULL < 1", "'a' .. NULL"])
def test_null_is_no_operand(output, expression):
    with pytest.raises(SqlError, match="with NULL"):
        output(f"output({expression})")


def test_a_failing_statement_ends_the_script_or_is_looked_at(output):
    code = """
        local success, failure = pquery([[SELECT * FROM NOWHERE]])
        output(tostring(success) .. failure.error_code .. tostring(#failure.error_message > 0))
        success, failure = pcall(query, [[SELECT * FROM NOWHERE]])
        output(tostring(success) .. tostring(failure.error_message == tostring(failure)))
    """
    assert output(code) == ["false42000true", "falsetrue"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("\nerror('boom')", '"boom" caught in script "S"."P" at line 2'),
        ("local x\n\nx.y = 1", "\"attempt to index a nil value \\(local 'x'\\)\" .* at line 3"),
        ("error({message = 'from a table'})", '"from a table" caught in script'),
        ("error({error_message = 'own'})", '"own" caught in script'),
        ("syntax error", '"syntax error near \'error\'" caught in script "S"."P" at line 1'),
        ("/* two\nlines */ error('boom')", '"boom" caught in script "S"."P" at line 2'),
        ("local f = function()\nerror('deep')\nend\nf()", '"deep" .* at line 2'),
    ],
)
def test_an_error_says_what_and_where(execute, code, message):
    with pytest.raises(SqlError, match=message) as raised:
        execute(code)
    assert raised.value.code == "43000"


def test_an_error_of_a_statement_keeps_its_code(execute):
    with pytest.raises(SqlError, match=r'NOWHERE.*caught in script "S"."P" at line 2') as raised:
        execute("\nquery('SELECT * FROM NOWHERE')")
    assert raised.value.code == "42000"


# --- transactions --------------------------------------------------------------------


def exists(session, table: str) -> bool:
    sql = f"SELECT COUNT(*) FROM EXA_ALL_TABLES WHERE TABLE_NAME = '{table}'"
    return session.execute(sql).table.column(0)[0].as_py() == 1


def test_a_failing_script_leaves_nothing_behind(session, execute):
    with pytest.raises(SqlError):
        execute("query('CREATE TABLE GONE (A INT)') error('x')")
    assert not exists(session, "GONE")


def test_what_a_script_has_committed_stays(session, execute):
    with pytest.raises(SqlError):
        execute(
            "query('CREATE TABLE KEPT (A INT)') query('COMMIT') "
            "query('CREATE TABLE GONE (A INT)') error('x')"
        )
    assert exists(session, "KEPT")
    assert not exists(session, "GONE")


def test_a_failure_that_pquery_catches_undoes_only_its_statement(session, execute):
    execute("query('CREATE TABLE KEPT (A INT)') pquery('SELECT * FROM NOWHERE')")
    assert exists(session, "KEPT")


# --- the rest of the language --------------------------------------------------------


def test_meta_says_where_the_script_runs(session, output):
    code = """
        local m = exa.meta
        output(table.concat({m.script_schema, m.script_name, m.current_user, m.current_schema,
                             type(m.session_id), m.session_id, m.node_count}, ' '))
    """
    assert output(code) == [f"S P SYS S string {session.id} 1"]


def test_another_script_is_imported(session, output):
    code = "function hello(name) return 'hello ' .. name end"
    session.execute(f"CREATE LUA SCRIPT LIB() AS\n{code}\n/")
    code = "import('LIB', 'l') import('S.LIB') output(l.hello('a')) output(LIB.hello('b'))"
    assert output(code) == ["hello a", "hello b"]
    with pytest.raises(SqlError, match="script NOWHERE not found"):
        output("import('NOWHERE')")


def test_bundled_modules_are_required_from_package_preload(output):
    code = """
        package.preload['own.module'] = function() return {value = 42} end
        output(require('own.module').value)
    """
    assert output(code) == ["42"]


@pytest.mark.parametrize(
    "name",
    [
        "io", "debug", "dofile", "loadfile", "python", "os.execute", "os.getenv", "os.remove",
        "package.loadlib", "package.searchers", "string.dump", "query.__globals__ == nil and nil",
    ],
)  # fmt: skip
def test_the_way_out_of_the_sandbox_is_closed(output, name):
    if name.startswith("query"):
        with pytest.raises(SqlError, match="attempt to index a function value"):
            output(f"output(tostring({name}))")
    else:
        assert output(f"output(tostring({name}))") == ["nil"]


def test_what_lua_brings_is_there(output):
    code = """
        output(string.format('%05.1f', math.pi) .. #table.pack(1, 2) .. utf8.char(228))
        output(tostring(os.time() > 1e9) .. os.date('%Y', 0) .. tostring(load('return 1 + 1')()))
    """
    assert output(code) == ["003.12ä", "true19702"]


def test_byte_code_is_not_loaded(output):
    assert output("output(tostring(load('\\27Lua')))") == ["nil"]


def test_an_endless_script_is_stopped_by_abort(session, execute):
    timer = threading.Timer(0.3, session.abort)
    timer.start()
    with pytest.raises(SqlError, match="Client requested execution abort"):
        execute("while true do pcall(function() while true do end end) end")
    timer.join()


def test_a_script_that_does_not_exist_is_named(session):
    with pytest.raises(SqlError, match=r"script S\.NOWHERE not found"):
        session.execute("EXECUTE SCRIPT NOWHERE()")
