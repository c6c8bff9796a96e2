"""What a Python model's rows do to a table that is there already, and how its types are chosen."""

import pytest


def columns(lua, *names):
    return lua.table_from([{"name": name, "type": "DOUBLE", "wanted": "DOUBLE"} for name in names])


@pytest.mark.parametrize(
    ("on_schema_change", "written", "clauses"),
    [("ignore", ["A"], []), ("append_new_columns", ["A", "B"], ['ADD COLUMN "B" DOUBLE'])],
)
def test_new_columns_are_left_out_or_added(lua, on_schema_change, written, clauses):
    load = lua.load("table_load")
    found = load.changed_columns(columns(lua, "A", "B"), columns(lua, "A"), on_schema_change, "m")
    assert [column["name"] for column in found[0].values()] == written
    assert list(found[1].values()) == clauses


def test_new_columns_fail_where_that_is_asked_for_and_missing_ones_always(lua, lua_error):
    changed = lua.load("table_load").changed_columns
    two, one = columns(lua, "A", "B"), columns(lua, "A")
    assert 'E-SME-116: The DataFrame of Python model m has the columns "B"' in lua_error(
        changed, two, one, "fail", "m"
    )
    assert 'E-SME-116: The DataFrame of Python model m lacks the columns "B"' in lua_error(
        changed, one, two, "ignore", "m"
    )


def test_a_declared_type_is_cast_to_and_a_timestamp_keeps_its_digits_on_the_way(lua):
    found = lua.table_from(
        [{"name": "A", "type": "DOUBLE"}, {"name": "T", "type": "TIMESTAMP"}],
    )
    declared = lua.table_from(
        [{"name": "A", "type": "decimal(9,2)"}, {"name": "T", "type": "timestamp(6)"}]
    )
    wanted = lua.load("table_load").wanted_columns(found, declared)
    assert [(c["type"], c["wanted"]) for c in wanted.values()] == [
        ("DOUBLE", "decimal(9,2)"),
        ("timestamp(6)", "timestamp(6)"),
    ]
