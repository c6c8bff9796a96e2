"""Names as users write them, through the macros that read and quote them: no name is changed."""

from types import SimpleNamespace

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Rendered

# No macro changes anything in the package, so that all examples can share it.
SME = Rendered(graph=SimpleNamespace(nodes={}, sources={}), target=SimpleNamespace(schema="home"))
CHARACTERS = st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",))
names = st.text("\"'.;$ aZ_ß", min_size=1) | st.text(CHARACTERS, min_size=1)
regular_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]*", fullmatch=True)


@given(names)
def test_a_quoted_name_is_read_back_as_it_is(name):
    quoted = SME._identifier(name)
    assert sqlglot.parse_one(f"SELECT {quoted}", read="exasol").expressions[0].name == name
    assert SME._folded(quoted) == name
    assert SME._column(quoted) == quoted


@given(regular_names)
def test_a_regular_name_folds_to_upper_case_as_in_sql(name):
    assert SME._folded(name) == SME._folded(f" {name}\n") == name.upper()


@given(names)
def test_a_text_is_one_literal_that_reads_back_as_it_is(text):
    literal = SME._literal(text)
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text


@given(names, names)
def test_a_relation_with_quoted_names_is_found_by_exactly_these(schema, name):
    written = f"{SME._identifier(schema)}.{SME._identifier(name)}"
    assert SME._resolve_relation(written) == {"schema": schema, "name": name}


@given(regular_names, names)
def test_a_relation_can_have_one_quoted_and_one_regular_name(regular, quoted):
    identifier = SME._identifier(quoted)
    assert SME._resolve_relation(f"{regular}.{identifier}") == {
        "schema": regular.upper(),
        "name": quoted,
    }
    assert SME._resolve_relation(f"{identifier}.{regular}") == {
        "schema": quoted,
        "name": regular.upper(),
    }
    assert SME._resolve_relation(identifier) == {"schema": "HOME", "name": quoted}


@pytest.mark.parametrize("name", ["two words", "über", "1st", "Mixed-Case"])
def test_a_name_that_needs_quotes_and_has_none_is_taken_as_it_is(name):
    assert SME._folded(name) == name
