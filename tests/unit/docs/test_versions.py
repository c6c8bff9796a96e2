"""dbt_project.yml, pyproject.toml, the package and the changelog tell one version."""

import re
import tomllib
from pathlib import Path

import yaml

import sme_helper

ROOT = Path(__file__).parents[3]


def test_all_files_tell_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    dbt_project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["version"]
    changelog = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert {project, dbt_project, changelog, sme_helper.__version__} == {project}


def test_default_settings_are_those_that_dbt_project_documents():
    documented = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["sme"]
    macro = (ROOT / "macros" / "internal" / "settings.sql").read_text()
    body = re.search(r"do return\(\{(.*?)\}\)", macro, re.S)[1]
    pairs = re.findall(r"'(\w+)': (none|'[^']*')", body)
    defaults = {name: None if value == "none" else value[1:-1] for name, value in pairs}
    assert defaults == documented
