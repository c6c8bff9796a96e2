"""Parameters of query() and pquery()."""

from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.lua.binding import bind, literal


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("SELECT :a", {"a": "it's"}, "SELECT 'it''s'"),
        ("SELECT :a, :ab", {"a": 1, "ab": 2}, "SELECT 1, 2"),
        ("SELECT * FROM ::t", {"t": "MY_T"}, "SELECT * FROM MY_T"),
        ("SELECT * FROM ::t", {"t": '"a ""b"'}, 'SELECT * FROM "a ""b"'),
        ("SELECT * FROM ::t", {"t": '"s"."t"'}, 'SELECT * FROM "s"."t"'),
        ("SELECT * FROM ::s.::t", {"s": "A", "t": "B"}, "SELECT * FROM A.B"),
        ("SELECT ':a', \":a\", :a", {"a": 1}, "SELECT ':a', \":a\", 1"),
        ("SELECT 1 -- :a\n, :a", {"a": 1}, "SELECT 1 -- :a\n, 1"),
        ("SELECT /* :a */ :a", {"a": 1}, "SELECT /* :a */ 1"),
        ("SELECT ':a''' || :a", {"a": 1}, "SELECT ':a''' || 1"),
    ],
)
def test_parameters_are_put_in_where_they_are_meant(sql, values, expected):
    assert bind(sql, values) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (5, "5"),
        (5.0, "5"),
        (0.1, "0.1"),
        (Decimal("1.50"), "1.50"),
        (":b", "':b'"),
    ],
)
def test_values_become_literals(value, text):
    assert literal(value) == text


def test_a_bound_value_is_not_read_again():
    assert bind("SELECT :a, :b", {"a": ":b", "b": 2}) == "SELECT ':b', 2"


@pytest.mark.parametrize(
    ("sql", "values", "message"),
    [
        ("SELECT :a", {}, "no value given for parameter :a"),
        ("SELECT ::t", {}, "no value given for parameter ::t"),
        ("SELECT ::t", {"t": "a; DROP TABLE b"}, "value of ::t is no identifier"),
        ("SELECT ::t", {"t": 'a" b'}, "value of ::t is no identifier"),
        ("SELECT ::t", {"t": 5}, "value of ::t is no identifier"),
    ],
)
def test_a_missing_or_impossible_value_is_named(sql, values, message):
    with pytest.raises(SqlError, match=message):
        bind(sql, values)
