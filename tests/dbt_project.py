"""Copies of integration_tests, in which a test may change and run what it likes."""

import shutil
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
LEFT_BY_RUNS = ("target", "logs", "dbt_packages", "__pycache__", ".user.yml")


def copy_project(path: Path) -> Path:
    """Copy integration_tests to that path, with this package as `dbt deps` installs it."""
    shutil.copytree(ROOT / "integration_tests", path, ignore=shutil.ignore_patterns(*LEFT_BY_RUNS))
    link_package(path)
    return path


def link_package(path: Path) -> None:
    """What `dbt deps` makes of this package in a project, without its four seconds."""
    packages = {"packages": [{"local": str(ROOT)}]}
    (path / "packages.yml").write_text(yaml.safe_dump(packages))
    (path / "dbt_packages").mkdir()
    (path / "dbt_packages" / "sme").symlink_to(ROOT, target_is_directory=True)
