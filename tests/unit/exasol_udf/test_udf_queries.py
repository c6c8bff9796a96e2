"""Script calls in queries, through a session."""

import pytest

from sme_helper.local.exasol.errors import SqlError

ECHO = """
def default_output_columns():
    columns = exa.meta.input_columns
    return ", ".join(f'"c{c.name}" {c.sql_type}' for c in columns)

def run(ctx):
    while True:
        ctx.emit(*[ctx[i] for i in range(exa.meta.input_column_count)])
        if not ctx.next():
            break
"""


@pytest.fixture(autouse=True)
def scripts(udf):
    udf("SCALAR SCRIPT TWICE(X INT) RETURNS INT", "def run(ctx): return ctx.X and 2 * ctx.X")
    udf(
        "SET SCRIPT TOTAL(X DOUBLE) RETURNS DOUBLE",
        "def run(ctx):\n"
        "    total = 0\n"
        "    while True:\n"
        "        total += ctx.X or 0\n"
        "        if not ctx.next(): return total",
    )
    udf("SET SCRIPT ECHO(...) EMITS (...)", ECHO)
    udf(
        "SCALAR SCRIPT REPEATED(T VARCHAR(10), N INT) EMITS (PART VARCHAR(10), I INT)",
        "def run(ctx):\n    for i in range(ctx.N): ctx.emit(ctx.T, i)",
    )
    udf(
        'SET SCRIPT "first one"(X INT, Y VARCHAR(10)) EMITS (X INT, Y VARCHAR(10), N INT)',
        "def run(ctx): ctx.emit(ctx.X, ctx.Y, ctx.size())",
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT TWICE(3)", [(6,)]),
        ("SELECT TWICE(A) FROM T", [(2,), (4,), (6,), (8,)]),
        ("SELECT B, S.TWICE(A) + 1 FROM T WHERE A > 2 ORDER BY A DESC", [("y", 9), (None, 7)]),
        ("SELECT *, TWICE(A) FROM T WHERE TWICE(A) > 4 AND A < 4", [(3, None, 1.25, 6)]),
        ("SELECT TWICE(TWICE(A)) FROM T WHERE A = 3", [(12,)]),
        ("SELECT B, SUM(TWICE(A)) FROM T GROUP BY B ORDER BY 1", [("x", 2), ("y", 12), (None, 6)]),
        ("SELECT B, TWICE(SUM(A)) FROM T GROUP BY B HAVING COUNT(*) > 1", [("y", 12)]),
        ("SELECT TWICE(A), COUNT(*) FROM T WHERE A < 2 GROUP BY TWICE(A)", [(2, 1)]),
        ("SELECT A FROM T WHERE A IN (SELECT TWICE(A) FROM T)", [(2,), (4,)]),
        ("SELECT MAX(TWICE(A)) FROM T", [(8,)]),
        ("SELECT A FROM T ORDER BY TWICE(A) DESC LIMIT 1", [(4,)]),
    ],
)
def test_a_scalar_script_returns_a_value_wherever_a_value_may_stand(rows, sql, expected):
    assert rows(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT TOTAL(D) FROM T", [(5.75,)]),
        ("SELECT B, TOTAL(D) FROM T GROUP BY B ORDER BY B", [("x", 0.5), ("y", 4), (None, 1.25)]),
        ("SELECT TOTAL(D) + 1 FROM T GROUP BY B HAVING TOTAL(D) > 2", [(5,)]),
        ("SELECT B || 'z' FROM T GROUP BY B || 'z' HAVING TOTAL(D) = 0.5", [("xz",)]),
        (
            "SELECT TOTAL(D), TOTAL(A) FROM T GROUP BY B || 'z' ORDER BY 2",
            [(0.5, 1), (1.25, 3), (4, 6)],
        ),
    ],
)
def test_a_set_script_returns_a_value_for_every_group(rows, sql, expected):
    assert rows(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT ECHO(A, B) FROM T WHERE A < 3", [(1, "x"), (2, "y")]),
        (
            "SELECT ECHO(A, B ORDER BY A DESC) EMITS (P INT, Q VARCHAR(10) UTF8) FROM T",
            [(4, "y"), (3, None), (2, "y"), (1, "x")],
        ),
        (
            'SELECT "first one"(A, B ORDER BY A DESC) FROM T GROUP BY B ORDER BY X',
            [(1, "x", 1), (3, None, 1), (4, "y", 2)],
        ),
        (
            "SELECT S.ECHO(A) EMITS (P INT) FROM T GROUP BY IPROC(), MOD(ROWNUM, 2) ORDER BY P",
            [(1,), (2,), (3,), (4,)],
        ),
        (
            "SELECT Z.P, T.D FROM (SELECT ECHO(A) EMITS (P INT) FROM T) Z JOIN T ON Z.P = T.A "
            "WHERE P > 3",
            [(4, 4.0)],
        ),
        (
            "WITH W AS (SELECT ECHO(A) EMITS (P INT) FROM T), V AS (SELECT TWICE(P) K FROM W) "
            "SELECT * FROM V WHERE K > 6",
            [(8,)],
        ),
        ("SELECT A, REPEATED(B, A), D FROM T WHERE A = 2", [(2, "y", 0, None), (2, "y", 1, None)]),
        ("SELECT REPEATED('a', TWICE(A)) FROM T WHERE A = 1", [("a", 0), ("a", 1)]),
    ],
)
def test_a_script_emits_rows(rows, sql, expected):
    assert rows(sql) == expected


def test_rownum_numbers_the_input_rows_from_one(rows, udf):
    body = "def run(ctx): ctx.emit(ctx.X)"
    udf("SET SCRIPT FIRST_ROW(X INT) EMITS (X INT)", body)
    sql = "SELECT FIRST_ROW(R ORDER BY R) FROM (SELECT ROWNUM R FROM T) GROUP BY MOD(R, 3)"
    assert sorted(rows(sql)) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT TWICE(A) FROM T WHERE 1 = 0",
        "SELECT TOTAL(D) FROM T WHERE 1 = 0",
        "SELECT ECHO(A) FROM T WHERE 1 = 0",
        "SELECT REPEATED(B, A) FROM T WHERE 1 = 0",
    ],
)
def test_without_input_a_script_gives_no_rows(rows, sql):
    assert rows(sql) == []


def test_result_columns_have_the_scripts_names_and_types(session):
    columns = session.execute("SELECT ECHO(A, B, D) FROM T").columns
    assert [(c.name, c.type.sql) for c in columns] == [
        ("c0", "DECIMAL(18,0)"),
        ("c1", "VARCHAR(10) UTF8"),
        ("c2", "DOUBLE"),
    ]
    columns = session.execute("SELECT TWICE(A), TWICE(A) AS Z FROM T").columns
    assert [c.name for c in columns] == ["TWICE(A)", "Z"]


def test_views_and_tables_are_made_from_script_calls(session, rows):
    call = "SELECT ECHO(A, B) EMITS (P INT, Q VARCHAR(10)) FROM T"
    session.execute(f"CREATE VIEW V AS {call}")
    session.execute(f"CREATE TABLE N AS {call}")
    session.execute(f"INSERT INTO N {call}")
    session.execute("DELETE FROM T WHERE A > 1")
    assert rows("SELECT * FROM V") == [(1, "x")]
    assert rows("SELECT COUNT(*), SUM(P) FROM N") == [(8, 20)]


def test_a_view_is_described_without_running_its_script(session, udf):
    udf("SET SCRIPT FAILS(X INT) EMITS (Y INT)", "def run(ctx): raise ValueError('run')")
    session.execute("CREATE VIEW V AS SELECT FAILS(A) FROM T")
    with pytest.raises(SqlError, match="ValueError: run"):
        session.execute("SELECT * FROM V")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT TWICE(A, B) FROM T", "script S.TWICE: expected 1, got 2"),
        ("SELECT TWICE('abc')", "invalid character value"),
        ("SELECT A, ECHO(A) FROM T", "SET script S.ECHO emits rows: no other expressions"),
        ("SELECT ECHO(A) + 1 FROM T", "S.ECHO emits rows and is only allowed as a whole item"),
        ("SELECT A FROM T WHERE REPEATED('a', 1) = 1", "only allowed as a whole item"),
        ("SELECT D, TOTAL(D) FROM T GROUP BY B", "not a GROUP BY expression"),
        ("SELECT TWICE(A ORDER BY A) FROM T", "ORDER BY is only allowed in calls of SET scripts"),
        ("SELECT TWICE(A) EMITS (X INT) FROM T", "EMITS is not allowed"),
        ("SELECT REPEATED(B, A) EMITS (X INT) FROM T", "static return arguments"),
        ("UPDATE T SET A = TWICE(A)", "S.TWICE called outside a SELECT"),
        ("SELECT NO_SUCH_SCRIPT(A) FROM T", "NO_SUCH_SCRIPT"),
    ],
)
def test_a_wrong_call_is_refused_by_name(session, sql, message):
    with pytest.raises(SqlError, match=message):
        session.execute(sql)


def test_dynamic_output_columns_must_come_from_somewhere(session, udf):
    udf("SET SCRIPT VARYING_(...) EMITS (...)", "def run(ctx): pass")
    with pytest.raises(SqlError, match="has dynamic return arguments"):
        session.execute("SELECT VARYING_(A) FROM T")


def test_a_language_must_be_python(session):
    session.execute("CREATE JAVA SCALAR SCRIPT J() RETURNS INT AS\nclass J {}\n/")
    with pytest.raises(SqlError, match="script language JAVA=builtin_java"):
        session.execute("SELECT J()")


def test_a_failing_script_leaves_the_transaction_as_it_was(session, rows, udf):
    udf("SCALAR SCRIPT FAILS(X INT) RETURNS INT", "def run(ctx): raise ValueError(ctx.X)")
    session.autocommit = False
    session.execute("INSERT INTO T (A) VALUES (5)")
    with pytest.raises(SqlError, match="ValueError: 1"):
        session.execute("INSERT INTO T (A) SELECT FAILS(A) FROM T")
    session.execute("COMMIT")
    session.autocommit = True
    assert rows("SELECT COUNT(*) FROM T") == [(5,)]


def test_many_rows_are_sorted_by_group_and_stay_whole(session, rows, udf):
    udf(
        "SET SCRIPT DESCENDING(X INT, Y VARCHAR(20)) EMITS (N INT, ARE_IN_ORDER BOOLEAN)",
        "def run(ctx):\n"
        "    rows = ctx.get_dataframe('all')\n"
        "    are_whole = (rows.Y == 't' + rows.X.astype(str)).all()\n"
        "    ctx.emit(len(rows), bool(are_whole and rows.X.is_monotonic_decreasing))",
    )
    joined = ", ".join(f"T AS T{number}" for number in range(8))
    session.execute(f"CREATE TABLE MANY AS SELECT ROWNUM AS I FROM {joined}")
    groups = rows("SELECT DESCENDING(I, 't' || I ORDER BY I DESC) FROM MANY GROUP BY MOD(I, 3)")
    assert groups == [(21_845, True), (21_846, True), (21_845, True)]
