"""A query that a user gave: one statement, whatever literals, names and comments hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

hiding = st.sampled_from(
    ["'a; -- b'", "'it''s;'", '"x;""/*"', "-- a; 'b\n", "/* a; -- '\n */", "A", " ", "(", "1 - 2"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(hiding), st.sampled_from(["", ";", " ;\n", "; -- done; really", ";;/* ' */;"]))
def test_only_what_ends_the_statement_is_taken_off(lua, parts, ending):
    query = "SELECT " + " ".join(parts)
    assert lua.load("query_text").statement(query + "\n" + ending) == query.rstrip()


@pytest.mark.parametrize("text", [" ", "\n\t", ";", "-- SELECT 1", "/* SELECT 1 */ ; -- 2"])
def test_a_query_without_a_statement_is_refused(lua, lua_error, text):
    error = lua_error(lua.load("query_text").statement, text)
    assert error.startswith("E-SME-135: input_query is empty")


@pytest.mark.parametrize(
    "text", ["SELECT 1; DROP TABLE T", "SELECT ';' FROM T; /* */ 'x'", "; SELECT 1"]
)
def test_several_statements_are_refused(lua, lua_error, text):
    error = lua_error(lua.load("query_text").statement, text)
    assert error.startswith("E-SME-135: input_query holds more than one statement")


@pytest.mark.parametrize("text", ["SELECT 'never; closed", "SELECT /* never;", 'SELECT "; a'])
def test_what_does_not_close_is_left_to_the_database(lua, text):
    assert lua.load("query_text").statement(text) == text
