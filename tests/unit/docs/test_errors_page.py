"""docs/errors.md lists exactly the codes that the sources raise."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"\bE-SME-\d+\b")
SOURCES = ("udfs/**/*.py", "udfs/**/*.lua", "macros/**/*.sql", "sme_helper/**/*.py")


def codes_in_sources() -> set[str]:
    texts = (path.read_text() for pattern in SOURCES for path in ROOT.glob(pattern))
    return {code for text in texts for code in CODE.findall(text)}


def test_every_code_is_explained_once_and_none_is_stale():
    rows = re.findall(r"^\| (E-SME-\d+) \|", (ROOT / "docs" / "errors.md").read_text(), re.M)
    assert sorted(rows) == sorted(set(rows)), "a code has two rows"
    assert set(rows) == codes_in_sources()


def test_every_code_that_a_page_names_is_explained():
    known = codes_in_sources()
    for page in (ROOT / "docs").rglob("*.md"):
        named = set(CODE.findall(page.read_text()))
        assert named <= known, (page.name, named - known)
