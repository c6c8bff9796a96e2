"""The command `sme`: its groups of commands, each in a module of sme_helper/commands/."""

import click

from sme_helper import __version__
from sme_helper.commands.bundle import bundle
from sme_helper.commands.local import local


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sme")
def main() -> None:
    """SageMaker Autopilot for dbt on Exasol: what runs beside dbt."""


for command in (local, bundle):
    main.add_command(command)
