"""Every test that a page of docs/ names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMED_TEST = re.compile(r"`((?:unit|end_to_end)/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_a_page_names_exists():
    named = [
        (path, name)
        for page in (ROOT / "docs").rglob("*.md")
        for path, name in NAMED_TEST.findall(page.read_text())
    ]
    assert len(named) >= 10
    for path, name in named:
        assert f"def {name}(" in (ROOT / "tests" / path).read_text(), (path, name)
