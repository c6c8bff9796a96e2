"""The command `sme`: its groups of commands, each in a module of sme_helper/commands/."""

from typing import Any

import click

from sme_helper import __version__
from sme_helper.commands import models
from sme_helper.commands.bundle import bundle
from sme_helper.commands.connection import connection
from sme_helper.commands.container import container
from sme_helper.commands.deploy import deploy
from sme_helper.commands.doctor import doctor
from sme_helper.commands.local import local
from sme_helper.commands.output import messages
from sme_helper.commands.report import report
from sme_helper.errors import INTERRUPTED, HelperError


class Root(click.Group):
    """Turns the errors that users can cause into one sentence and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except HelperError as error:
            messages.print(f"sme: {error}", markup=False)
            raise SystemExit(error.exit_code) from None
        except KeyboardInterrupt:
            messages.print("sme: interrupted")
            raise SystemExit(INTERRUPTED) from None


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sme")
def main() -> None:
    """SageMaker Autopilot for dbt on Exasol: what runs beside dbt."""


COMMANDS = (deploy, connection, container, doctor, *models.COMMANDS, report, local, bundle)
for command in COMMANDS:
    main.add_command(command)
