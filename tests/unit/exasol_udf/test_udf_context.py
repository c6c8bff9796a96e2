"""ctx: reading rows by cell and by frame."""

import datetime
from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError

ALL_ROWS = """
def run(ctx):
    while True:
        ctx.emit({expression})
        if not ctx.next():
            break
"""


@pytest.mark.parametrize("expression", ["ctx.X", "ctx['X']", "ctx[0]", "ctx.x"])
def test_a_column_is_read_by_name_and_by_index(run, expression):
    assert run(ALL_ROWS.format(expression=expression)) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        ("DECIMAL(18,0)", 5, "int 5"),
        ("DECIMAL(36,0)", Decimal(10**30), f"int {10**30}"),
        ("DECIMAL(10,2)", Decimal("1.50"), "Decimal 1.50"),
        ("DOUBLE", 0.5, "float 0.5"),
        ("BOOLEAN", True, "bool True"),
        ("VARCHAR(5)", "ä;\n", "str ä;\n"),
        ("DATE", datetime.date(2024, 2, 29), "date 2024-02-29"),
        (
            "TIMESTAMP",
            datetime.datetime(2024, 2, 29, 1, 2, 3, 456000),
            "datetime 2024-02-29 01:02:03.456000",
        ),
        ("VARCHAR(5)", None, "NoneType None"),
    ],
)
def test_values_arrive_in_the_python_type_of_their_sql_type(run, type_, value, shown):
    code = "def run(ctx): ctx.emit(type(ctx[0]).__name__ + ' ' + str(ctx[0]))"
    columns = {"X": (type_, [value])}
    assert run(code, columns, outputs=[("R", "VARCHAR(100)")]) == [(shown,)]


def test_reset_starts_the_group_again_and_size_counts_it(run):
    code = """
def run(ctx):
    while ctx.next():
        pass
    ctx.reset()
    ctx.emit(ctx.X * 100 + ctx.size())
"""
    assert run(code, {"X": ("INT", [1, 2, 3, 4, 5])}, group_sizes=[2, 3]) == [(102,), (303,)]


def test_groups_may_be_longer_than_what_travels_at_once(run):
    code = """
def run(ctx):
    total = count = 0
    while True:
        total, count = total + ctx.X, count + 1
        if not ctx.next():
            break
    ctx.emit(total, count)
"""
    values = list(range(30_000))
    result = run(
        code,
        {"X": ("INT", values)},
        group_sizes=[1, 29_998, 1],
        outputs=[("S", "INT"), ("N", "INT")],
    )
    assert result == [(0, 1), (sum(range(1, 29_999)), 29_998), (29_999, 1)]


def test_the_end_of_a_group_cannot_be_read(run):
    code = "def run(ctx):\n    while ctx.next(): pass\n    ctx.emit(ctx.X)"
    with pytest.raises(SqlError, match="E-UDF-CL-SL-PYTHON-1084: Iteration finished"):
        run(code)


@pytest.mark.parametrize(("expression", "code"), [("ctx['Z']", 1082), ("ctx.Z", 1085)])
def test_an_unknown_column_is_named(run, expression, code):
    with pytest.raises(SqlError, match=rf"PYTHON-{code}: .*'Z'"):
        run(ALL_ROWS.format(expression=expression))


def test_get_dataframe_gives_pieces_then_none_then_an_error(run):
    code = """
def run(ctx):
    sizes = []
    while True:
        frame = ctx.get_dataframe(2)
        if frame is None:
            break
        sizes.append(str(len(frame)))
    try:
        ctx.get_dataframe(2)
    except RuntimeError as error:
        ctx.emit(','.join(sizes) + ' ' + str(error))
"""
    shown = "2,1 E-UDF-CL-SL-PYTHON-1106: Iteration finished"
    assert run(code, outputs=[("R", "VARCHAR(100)")]) == [(shown,)]


def test_get_dataframe_takes_the_rest_of_the_group_from_a_column_on(run):
    code = """
def run(ctx):
    ctx.next()
    frame = ctx.get_dataframe('all', start_col=1)
    kinds = ' '.join(f'{name}:{dtype}' for name, dtype in frame.dtypes.items())
    ctx.emit(f'{len(frame)} {kinds}')
"""
    columns = {
        "I": ("INT", [1, 2, 3]),
        "T": ("VARCHAR(3)", ["a", None, "c"]),
        "D": ("DECIMAL(5,1)", [Decimal("1.5")] * 3),
        "N": ("INT", [1, 2, 3]),
        "F": ("DOUBLE", [0.5, None, 1.5]),
        "TS": ("TIMESTAMP", [datetime.datetime(2024, 1, 1)] * 3),
    }
    [(shown,)] = run(code, columns, outputs=[("R", "VARCHAR(200)")])
    assert shown.startswith("2 T:object D:object N:int64 F:float64 TS:datetime64")


@pytest.mark.parametrize(
    ("arguments", "code"), [("0", 1103), ("'x'", 1103), ("1, -1", 1104), ("1, 2", 1105)]
)
def test_get_dataframe_checks_its_arguments(run, arguments, code):
    with pytest.raises(SqlError, match=f"PYTHON-{code}"):
        run(f"def run(ctx): ctx.get_dataframe({arguments})")


@pytest.mark.parametrize("action", ["ctx.next()", "ctx.reset()"])
def test_a_scalar_script_cannot_iterate(run, action):
    with pytest.raises(SqlError, match=r"PYTHON-1107: .*not allowed in scalar context"):
        run(f"def run(ctx): {action}", kind="SCALAR", returns=True)


def test_a_returning_script_cannot_emit(run):
    with pytest.raises(SqlError, match="PYTHON-1107"):
        run("def run(ctx): ctx.emit(1)", returns=True)


def test_a_scalar_script_runs_once_for_every_row(run):
    assert run("def run(ctx): return ctx.X + 1", kind="SCALAR", returns=True) == [(2,), (3,), (4,)]
