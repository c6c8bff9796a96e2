"""`sme doctor`: is everything in order between here and AWS?"""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sme_helper.commands.options import (
    Site,
    given_arguments,
    json_option,
    macro_options,
    with_site,
)
from sme_helper.commands.output import results
from sme_helper.doctor import FAILED, OK, SKIPPED, Check, checkup
from sme_helper.macros import described

MARKS = {OK: ("✓", "green"), FAILED: ("✗", "bold red"), SKIPPED: ("–", "dim")}
NAME_WIDTH = 18


@click.command("doctor")
@with_site
@macro_options(described("doctor").arguments)
@json_option
def doctor(site: Site, as_json: bool, **given: Any) -> None:
    """Check the road from here to AWS part by part, and tell the cure of what is wrong.

    What concerns AWS is asked by the database, with the keys of its CONNECTION. A row is exported
    and read back; nothing is left of it. Ends with exit code 1 where something is not in order.
    """
    found = []
    checks = checkup(
        site.database,
        lambda database: site.operations_on(database, say=lambda line: None),
        given_arguments(given),
    )
    for check in checks:
        found.append(check)
        if not as_json:
            results.print(line(check), soft_wrap=False)
    failed = [check for check in found if check.result == FAILED]
    if as_json:
        click.echo(json.dumps([check._asdict() for check in found], indent=2))
    else:
        count = f"{len(failed)} of {len(found)} checks failed"
        results.print("[bold red]" + count if failed else "[bold green]Everything is in order")
    raise SystemExit(1 if failed else 0)


def line(check: Check) -> RenderableType:
    """A line with a mark; what is wrong and what helps stands below it."""
    mark, style = MARKS[check.result]
    head = Text.assemble((mark, style), " ", (f"{check.name:<{NAME_WIDTH}}", style))
    if check.result == FAILED:
        grid = Table.grid()
        grid.add_row(head)
        grid.add_row(Padding(Text(check.message), (0, 0, 0, 4)))
        return grid
    grid = Table.grid()
    grid.add_row(head, Text(check.message, style="dim" if check.result == SKIPPED else ""))
    return grid
