"""docs/embedded-stack.md claims no difference that a test does not show."""

import re

import pytest

from ...pages import ROOT

SECTION = re.compile(r"^## Known differences: (\w+)\n(.*?)(?=^## )", re.M | re.S)
TABLES = dict(SECTION.findall((ROOT / "docs" / "embedded-stack.md").read_text()))
FILES = list((ROOT / "tests" / "unit").rglob("test_*.py"))
TESTS = {path.name for path in FILES}
for path in FILES:
    TESTS.update(re.findall(r"^def (test_\w+)\(", path.read_text(), re.M))


@pytest.mark.parametrize(("side", "least"), [("Exasol", 25), ("AWS", 25)])
def test_every_known_difference_names_tests_that_exist(side, least):
    rows = [line for line in TABLES[side].splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= least
    for row in rows:
        named = re.findall(r"`(test_\w+(?:\.py)?)(?:\[[^`]*\])?`", row.rsplit(" | ", 1)[1])
        assert named, f"no test shows: {row}"
        for name in named:
            assert name in TESTS, name
