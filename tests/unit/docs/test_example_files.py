"""What docs/declarative-models.md shows as files of the example project is in these files."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILE = re.compile(r"```\w+\n(?:--|#) (\S+\.(?:sql|yml))\n(.*?)```", re.S)


def test_every_file_that_the_page_shows_holds_what_it_shows():
    page = (ROOT / "docs" / "declarative-models.md").read_text()
    shown = FILE.findall(page)
    assert len(shown) == 5
    for name, text in shown:
        held = (ROOT / "integration_tests" / name).read_text()
        assert text.strip() in held, name
