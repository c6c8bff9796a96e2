"""The fenced blocks of README.md and docs/: what readers copy, and tests run.

A test that reads `blocks("docs/cost.md", "sql")` runs all of them, but for those with a line
above them that says that they are not run.
"""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(
    r"(?P<not_run>^\*Not run by a test: [^*]+\*\n\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


class Block(NamedTuple):
    page: str
    language: str
    text: str
    is_run: bool


def all_blocks() -> list[Block]:
    """All fenced blocks of all pages."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [block for page in pages for block in _blocks_of(str(page.relative_to(ROOT)))]


def blocks(page: str, *languages: str) -> list[str]:
    """The texts of a page's blocks in these languages, but for those that cannot be run here."""
    return [b.text for b in _blocks_of(page) if b.language in languages and b.is_run]


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks, each with its continuations."""
    return [line for text in blocks(page, "sh") for line in command_lines(text)]


def command_lines(text: str) -> list[str]:
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def files(page: str) -> dict[str, str]:
    """The files that a page shows: their names stand in the first line, as a comment."""
    named = r"(?:--|#) (\S+\.(?:sql|yml|py))\b.*\n"
    shown = [(re.match(named, text), text) for text in blocks(page, "sql", "yaml", "python")]
    return {match[1]: text for match, text in shown if match}


def _blocks_of(page: str) -> list[Block]:
    found = FENCE.finditer((ROOT / page).read_text())
    return [Block(page, f["language"], f["text"], f["not_run"] is None) for f in found]
