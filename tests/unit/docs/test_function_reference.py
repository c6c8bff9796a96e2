"""docs/reference/sql-functions.md says which SQL functions the embedded stack knows."""

from pathlib import Path

from sme_helper import function_reference
from sme_helper.local.exasol.sql.functions import FUNCTIONS, SESSION_FUNCTIONS

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_the_table_gives():
    written = (ROOT / function_reference.PAGE).read_text()
    assert written == function_reference.page(), "run: python -m sme_helper.function_reference"


def test_every_function_has_a_row():
    page = function_reference.page()
    for name in [*FUNCTIONS, *SESSION_FUNCTIONS]:
        assert f"\n| {name} |" in page, name
