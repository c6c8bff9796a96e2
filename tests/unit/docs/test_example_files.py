"""What pages show as files of the example projects is in these files, which other tests run."""

import re
from pathlib import Path

import yaml

from ...pages import blocks

ROOT = Path(__file__).parents[3]
FILE = re.compile(r"```\w+\n(?:--|#) (\S+\.(?:sql|yml))\n(.*?)```", re.S)


def test_every_file_that_the_page_shows_holds_what_it_shows():
    page = (ROOT / "docs" / "declarative-models.md").read_text()
    shown = FILE.findall(page)
    assert len(shown) == 5
    for name, text in shown:
        held = (ROOT / "integration_tests" / name).read_text()
        assert text.strip() in held, name


def data_tests(properties: str) -> dict[str, list]:
    """The tests of each model and of each table of a source."""
    read = yaml.safe_load(properties)
    tables = [table for source in read["sources"] for table in source["tables"]]
    return {node["name"]: node.get("data_tests") for node in [*read["models"], *tables]}


def test_the_gates_of_the_page_are_those_of_the_tutorial():
    (page,) = blocks("docs/gates.md", "yaml")
    tutorial = data_tests((ROOT / "integration_tests/scania/models/scania.yml").read_text())
    shown = data_tests(page)
    assert set(shown) == {"aps_model", "test"}
    assert shown == {name: tutorial[name] for name in shown}
