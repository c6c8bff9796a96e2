"""The tokenizer for Exasol's own statements."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.sql.statements import Name
from sme_helper.local.exasol.sql.tokens import Cursor, split_list, tokenize


def test_comments_are_no_tokens():
    assert [t.text for t in tokenize("/* a; */ b -- c\n d")] == ["b", "d"]


def test_unquoted_identifiers_fold_and_quoted_ones_keep_their_case():
    assert Cursor('abc."De""f"').name() == Name("ABC", 'De"f')
    assert Cursor("[lower Case]").identifier() == "lower Case"


def test_of_a_three_part_name_the_last_two_count():
    assert Cursor("db.s.t").name() == Name("S", "T")


def test_string_literals_keep_their_text_and_double_quotes_collapse():
    assert Cursor("'it''s /* no comment */'").string() == "it's /* no comment */"


def test_parenthesized_text_ends_at_its_own_partner():
    cursor = Cursor("(a, f(b), ')') rest")
    assert cursor.parenthesized() == "a, f(b), ')'"
    assert cursor.rest() == "rest"


def test_lists_split_only_at_outer_commas():
    assert split_list("a DECIMAL(1,2), b, 'x,y'") == ["a DECIMAL(1,2)", "b", "'x,y'"]


def test_an_unexpected_token_is_named_with_its_place():
    cursor = Cursor("CREATE\n  SCHEMA 1")
    cursor.expect("CREATE", "SCHEMA")
    with pytest.raises(SqlError, match=r"unexpected '1'.*line 2, column 10"):
        cursor.identifier()


def test_a_text_behind_the_cursor_is_not_read():
    cursor = Cursor("AS\nprint('unbalanced")
    cursor.expect("AS")
    assert cursor.sql[cursor.position :] == "\nprint('unbalanced"
