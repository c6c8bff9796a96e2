"""Exasol's own block comments in scripts."""

import pytest

from sme_helper.local.exasol.lua.values import without_block_comments


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a /* x */ b", "a   b"),
        ("a /* x\ny\n*/ b", "a \n\n b"),
        ("s = '/* no */'", "s = '/* no */'"),
        ('s = "\\"/* no */"', 's = "\\"/* no */"'),
        ("s = [[/* no */]] /* yes */", "s = [[/* no */]]  "),
        ("s = [==[ ]] /* no */ ]==]", "s = [==[ ]] /* no */ ]==]"),
        ("-- it's /* no */\nx", "-- it's /* no */\nx"),
        ("--[[ '\n/* no */ ]] x /* ' */", "--[[ '\n/* no */ ]] x  "),
    ],
)
def test_only_comments_are_taken_out_and_lines_stay(code, expected):
    assert without_block_comments(code) == expected
