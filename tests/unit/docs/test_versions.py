"""dbt_project.yml, pyproject.toml, the package and the changelog tell one version."""

import re
from pathlib import Path

import pytest
import yaml

import sme_helper
from sme_helper import release

ROOT = Path(__file__).parents[3]


def test_all_files_tell_the_same_version():
    told = release.versions(ROOT)
    assert len(told) == 4
    assert {*told.values()} == {sme_helper.__version__}


def test_the_notes_of_a_release_are_its_section_of_the_changelog():
    changelog = (
        "# Changelog\n\n## [0.2.0] - 2027-01-02\n\n- new\n\n## [0.1.0] - 2026-12-01\n\n- old\n"
    )
    assert release.notes(changelog, "0.2.0") == "- new"
    assert release.notes(changelog, "0.1.0") == "- old"


@pytest.mark.parametrize(
    ("changelog", "words"),
    [
        ("## [0.1.0] - unreleased\n\n- new\n", "its date"),
        ("## [0.1.0] - 2026-12-01\n", "say what changed"),
        ("## [0.2.0] - 2026-12-01\n\n- new\n", "no section"),
    ],
)
def test_a_release_without_date_or_notes_is_refused(changelog, words):
    with pytest.raises(ValueError, match=words):
        release.notes(changelog, "0.1.0")


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## .*$", text, re.M)
    dated = r"## \[\d+\.\d+\.\d+\] - (unreleased|\d{4}-\d\d-\d\d)"
    assert headings and all(re.fullmatch(dated, heading) for heading in headings)
    kinds = {*re.findall(r"^### (.*)$", text, re.M)}
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_default_settings_are_those_that_dbt_project_documents():
    documented = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["sme"]
    macro = (ROOT / "macros" / "internal" / "settings.sql").read_text()
    body = re.search(r"do return\(\{(.*?)\}\)", macro, re.S)[1]
    pairs = re.findall(r"'(\w+)': (none|'[^']*')", body)
    defaults = {name: None if value == "none" else value[1:-1] for name, value in pairs}
    assert defaults == documented
