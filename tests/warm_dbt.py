"""Lets dbt parse a project on import, so that what is forked from this process starts warm.

dbt makes classes, schemas and grammars when it first needs them: most of a short command's time.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import dbt.adapters.exasol  # noqa: F401
from dbt.cli.main import cli

from .dbt_project import copy_project

# No command of dbt connects before it has to.
ADDRESS = {f"EXASOL_{part}": "none" for part in ("DSN", "USER", "PASSWORD")}

before = os.getcwd()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(copy_project(Path(folder) / "project"))
    os.environ.update(ADDRESS)
    with contextlib.suppress(SystemExit):
        # The static parser has threads, which a fork does not have.
        cli(["--quiet", "--no-static-parser", "parse"])
    os.chdir(before)
