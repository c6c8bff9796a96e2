"""Lets dbt parse a project on import, so that what is forked from this process starts warm.

dbt makes classes, schemas, grammars and templates when it first needs them: most of a short
command's time.
"""

import os
import tempfile
from pathlib import Path

import dbt.adapters.exasol  # noqa: F401
from dbt.cli.main import dbtRunner
from dbt_common.clients.jinja import template_cache

from .dbt_project import copy_project

# No command of dbt connects before it has to.
ADDRESS = {f"EXASOL_{part}": "none" for part in ("DSN", "USER", "PASSWORD")}


def parse():
    # The static parser has threads, which a fork does not have.
    return dbtRunner().invoke(["--quiet", "--no-static-parser", "parse"]).result


before = os.getcwd()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(copy_project(Path(folder) / "project"))
    os.environ.update(ADDRESS)
    parse()
    manifest = parse()  # from what the first has kept, as most commands do
    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    os.chdir(before)
