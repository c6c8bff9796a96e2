"""The repository as a dbt package: what dbt Hub and `dbt deps` make of it."""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from ..conftest import ROOT
from ..dbt_process import run_dbt

PROFILE = {
    "site": {
        "target": "dev",
        "outputs": {
            "dev": {
                "type": "exasol",
                "dsn": "localhost:8563",
                "user": "nobody",
                "password": "none",
                "dbname": "DB",
                "schema": "S",
            }
        },
    }
}


def test_a_project_installs_the_package_by_git_and_parses_without_a_warning(tmp_path: Path):
    repository, project = tmp_path / "sme", tmp_path / "site"
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, repository / name)
    who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"], ["tag", "v0.0.1"]):
        subprocess.run(["git", *who, *command], cwd=repository, check=True)

    files = {
        "dbt_project.yml": {"name": "site", "version": "1.0.0", "profile": "site"},
        "packages.yml": {"packages": [{"git": repository.as_uri(), "revision": "v0.0.1"}]},
        "profiles.yml": PROFILE,
    }
    (project / "models").mkdir(parents=True)
    for name, content in files.items():
        (project / name).write_text(yaml.safe_dump(content))
    (project / "models" / "predictions.sql").write_text(
        "{{ config(materialized='table') }} "
        "select * from {{ sme.predict('Endpoint', target.schema ~ '.T', keys=['id']) }}"
    )
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    ended_with, printed = run_dbt([["deps"], ["--warn-error", "parse"]], project, environment)
    assert ended_with == 0, printed
    assert "WARN" not in printed.upper().replace("WARN-ERROR", "")


def test_the_root_has_what_dbt_hub_needs():
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    assert settings["name"] == "sme" and settings["require-dbt-version"]
    assert (ROOT / "README.md").is_file() and "MIT" in (ROOT / "LICENSE").read_text()
    assert "packages.yml" in (ROOT / "README.md").read_text()
