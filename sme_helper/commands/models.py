"""The life of a model for people without dbt: train, watch, deploy, predict, delete."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from sme_helper import tables
from sme_helper.commands.options import (
    Site,
    given_arguments,
    json_option,
    macro_options,
    with_site,
)
from sme_helper.commands.output import messages, results
from sme_helper.database import Database
from sme_helper.errors import ENDED_BADLY, GOES_ON
from sme_helper.macros import described
from sme_helper.operations import Operations, command_name, spoken
from sme_helper.watch import JobDisplay

Rows = list[dict[str, Any]]
A_DAY = 86400  # as sme.wait has it


def job_exit_code(rows: Rows) -> int:
    """0 where the job has completed; what else there can be is in sme_helper/errors.py."""
    status = rows[0]["job_status"]
    return {"Completed": 0, "InProgress": GOES_ON, "Stopping": GOES_ON}.get(status, ENDED_BADLY)


def operation(macro: str, exit_code: Callable[[Rows], int] = lambda rows: 0) -> click.Command:
    """The command that runs an operation of the package, and says what dbt would log.

    `exit_code` is made of the rows of the script.
    """
    documented = described(macro)

    @click.command(command_name(macro), help=spoken(documented.description))
    @with_site
    @macro_options(documented.arguments)
    @json_option
    def run(site: Site, as_json: bool, **given: Any) -> None:
        with site.database() as database:
            operations = site.operations_on(database, say=_say(as_json))
            operations.run(macro, **given_arguments(given))
        _finish(operations, as_json)
        raise SystemExit(exit_code(operations.rows))

    return run


CANDIDATES = described("candidates")


@click.command("candidates", help=spoken(CANDIDATES.description))
@with_site
@macro_options(CANDIDATES.arguments)
@json_option
def candidates(site: Site, as_json: bool, **given: Any) -> None:
    with site.database() as database:
        operations = site.operations_on(database, say=_nothing)
        operations.run("candidates", **given_arguments(given))
    if not as_json:
        _print_table("candidate", operations.rows, tables.CANDIDATES)
    _finish(operations, as_json)


ENDPOINTS = described("endpoints")


@click.command("endpoints")
@with_site
@macro_options(ENDPOINTS.arguments)
@json_option
def endpoints(site: Site, as_json: bool, **given: Any) -> None:
    """List every endpoint that AWS has in the region, whoever made it.

    The same is kept in the table SME_METADATA_AUTOPILOT_RUNNING_ENDPOINTS. What nobody waited for
    is brought up to date on the way.
    """
    with site.database() as database:
        operations = site.operations_on(database, say=_nothing)
        operations.run("endpoints", **given_arguments(given))
    if not as_json:
        lines = [
            tables.endpoint_line(row, operations.run("_endpoint_size", row))
            for row in operations.rows
        ]
        _print_table("endpoint", lines, tables.ENDPOINTS)
    _finish(operations, as_json)


WAIT = described("wait")


@click.command("wait", help=spoken(WAIT.description))
@with_site
@macro_options(WAIT.arguments)
@json_option
def wait(site: Site, as_json: bool, **given: Any) -> None:
    arguments = given_arguments(given)
    with site.database() as database:
        operations = site.operations_on(database, say=_say(as_json))
        if as_json or not results.is_terminal:
            operations.run("wait", **arguments)
        else:
            operations = _wait_with_display(site, database, arguments)
    _finish(operations, as_json)


def _wait_with_display(site: Site, database: Database, arguments: dict[str, Any]) -> Operations:
    beside = site.operations_on(database, say=_nothing)
    timeout = beside.run("_seconds", "timeout", arguments.get("timeout", A_DAY))
    job = {name: value for name, value in arguments.items() if name != "timeout"}

    def listed() -> Rows:
        beside.run("candidates", **job)
        return beside.rows

    with JobDisplay(results, timeout, listed) as display:
        operations = site.operations_on(database, say=_nothing, see=display.show)
        operations.run("wait", **arguments)
    return operations


PREDICT = described("predict")


@click.command("predict")
@with_site
@macro_options(PREDICT.arguments, required=("endpoint", "relation"))
@click.option("--into", required=True, help="Table for the predictions, as schema.table.")
@click.option("--replace", is_flag=True, help="Replace the table, if it is there.")
@json_option
def predict(
    site: Site, as_json: bool, relation: str, into: str, replace: bool, **given: Any
) -> None:
    """Make a table of predictions: the rows of a relation, sent to an endpoint.

    \b
    Example:
        sme predict --endpoint MyEndpoint --relation SALES.CUSTOMERS --keys CUSTOMER_ID \\
            --into SALES.CHURN
    """
    with site.database() as database:
        operations = site.operations_on(database, say=_nothing)
        source, table = operations.quoted(relation), operations.quoted(into)
        if not replace:
            operations.require_free(into)
        query = operations.run("predict", relation=source, **given_arguments(given))
        count = operations.create_table(table, query)
    if as_json:
        click.echo(json.dumps({"table": table, "row_count": count}, indent=2))
    else:
        results.print(f"{count} rows of {relation} predicted, now in {table}", markup=False)


def _say(as_json: bool) -> Callable[[str], None]:
    console = messages if as_json else results
    return lambda line: console.print(line, markup=False)


def _nothing(line: str) -> None:
    pass


def _print_table(kind: str, rows: Rows, columns: Mapping[str, str]) -> None:
    title = f"{len(rows)} {kind}{'' if len(rows) == 1 else 's'}"
    results.print(tables.shown(title, rows, columns) if rows else title)


def _finish(operations: Operations, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(operations.rows, indent=2, default=str))


COMMANDS = [
    operation("train"),
    operation("poll", exit_code=job_exit_code),
    wait,
    operation("stop"),
    candidates,
    operation("deploy_endpoint"),
    operation("wait_endpoint"),
    predict,
    endpoints,
    operation("delete_endpoint"),
]
