"""`sme deploy`: what `sme.install` does in dbt."""

from __future__ import annotations

import re
from typing import Any

import click

from sme_helper.commands.options import Site, given_arguments, macro_options, with_site
from sme_helper.commands.output import messages, results
from sme_helper.macros import Table, described
from sme_helper.operations import Operations

PROGRESS = re.compile(r"\d+ of \d+ OK ")


@click.command()
@with_site
@macro_options(described("install").arguments)
@click.option("--print", "print_sql", is_flag=True, help="Run nothing; write the SQL, for a DBA.")
def deploy(site: Site, print_sql: bool, **given: Any) -> None:
    """Install the scripts of sme in the database, or bring them up to date.

    With --print, the SQL is for a DBA to run. That needs no database; where one is named, it is
    asked what it has, so that the SQL also brings an older installation up to date.

    \b
    Examples:
        sme deploy --dsn db.example.com:8563 --user dba --schema SME
        sme deploy --schema SME --print > sme.sql
    """
    arguments = given_arguments(given)
    if print_sql and not site.names_database:
        _print_plan(Operations(lambda sql: Table(), site.settings, _tell), arguments)
        return
    with site.database() as database:
        operations = site.operations_on(database, say=_tell)
        if print_sql:
            _print_plan(operations, arguments)
        else:
            operations.run("install", **arguments)


def _tell(line: str) -> None:
    (messages if PROGRESS.match(line) else results).print(line, markup=False)


def _print_plan(operations: Operations, arguments: dict[str, str]) -> None:
    place = operations.run(
        "_install_place", arguments.get("schema"), arguments.get("script_language")
    )
    existing = operations.run("_existing_registry", place["schema"])
    for step in operations.run("_install_plan", place, existing):
        click.echo(statement(step))


def statement(step: dict[str, str]) -> str:
    """A step as EXAplus and other SQL clients take it: a script ends at a slash of its own."""
    is_script = " SCRIPT " in step["sql"].partition("\n")[0]
    return f"-- {step['name']}\n{step['sql'].rstrip()}" + ("\n/\n" if is_script else ";\n")
