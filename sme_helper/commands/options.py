"""Options that commands share: the login to the database, and arguments of the package's macros."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml

from sme_helper.database import Database
from sme_helper.errors import NO_DATABASE, USAGE, HelperError
from sme_helper.macros import Argument
from sme_helper.operations import Operations, option, spoken
from sme_helper.settings import (
    SETTINGS,
    Login,
    ProfileChoice,
    login,
    names_database,
    project_at,
    settings_of,
)

DEFAULT_PORT = 8563
# Arguments that make sense in dbt only.
OF_DBT = ("fingerprint", "new_keys_only")


class Site:
    """Where a command works.

    Attributes:
        settings: `vars: sme:` of the dbt project, if there is one.
    """

    def __init__(self, way: dict[str, Any], choice: ProfileChoice, folder: Path):
        project = project_at(folder)
        self._known = (way, choice, project)
        self.settings = settings_of(project)

    @property
    def names_database(self) -> bool:
        return names_database(*self._known)

    @functools.cached_property
    def login(self) -> Login:
        """The login, with a password that is asked for where it is nowhere else."""
        found = login(*self._known)
        return found if found.is_complete else _with_password(found)

    def database(self) -> Database:
        """A session, to be used with `with`."""
        return Database(self.login)

    def operations_on(self, database: Database, **options: Any) -> Operations:
        """The operations of the package in a session."""
        schema = self.login.schema
        return Operations(database.execute, self.settings, default_schema=schema, **options)


def with_site(command: Callable) -> Callable:
    """Adds the options of the login; the command gets `site`."""

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        return command(site=Site(*_taken_out(given)), **given)

    taken = {name for option in run.__click_params__ for name in option.opts}
    # As dbt calls it, but where `target` is the column to learn.
    names = ["--profile-target", *({"--target"} - taken)]
    run = click.option(*names, "profile_target", help="Its target. Default: its own.")(run)
    for add in reversed(LOGIN_OPTIONS):
        run = add(run)
    return run


LOGIN_OPTIONS = [
    click.option("--dsn", help="Address of the database. [env: EXASOL_DSN]"),
    click.option("--host", help="Its host, instead of --dsn."),
    click.option("--port", type=int, help=f"The port of --host. Default: {DEFAULT_PORT}."),
    click.option("--user", help="Whom to log in. [env: EXASOL_USER; password: EXASOL_PASSWORD]"),
    click.option(
        "--pass",
        "password",
        hidden=True,
        expose_value=False,
        callback=lambda context, parameter, value: _refuse_password(value),
    ),
    click.option("--fingerprint", help="SHA-256 fingerprint of the database's certificate."),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Certificate of the authority that signed the database's.",
    ),
    click.option(
        "--certificate-check/--no-certificate-check",
        default=None,
        help="Whether only a trusted certificate will do. Default: yes.",
    ),
    click.option("--profile", help="Profile of dbt that has the login. Default: the project's."),
    click.option(
        "--profiles-dir",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of profiles.yml. Default: as dbt has it.",
    ),
    click.option(
        "--project-dir",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        help="Folder of a dbt project, for its profile and `vars: sme:`. Default: this one.",
    ),
]
json_option = click.option("--json", "as_json", is_flag=True, help="Results as JSON.")


def macro_options(
    arguments: list[Argument], required: tuple[str, ...] = ()
) -> Callable[[Callable], Callable]:
    """Adds an option for each argument of a macro, as the package describes it."""

    def add(command: Callable) -> Callable:
        for argument in reversed(arguments):
            if argument.name not in OF_DBT:
                command = macro_option(argument, argument.name in required)(command)
        return command

    return add


def macro_option(argument: Argument, required: bool) -> Callable[[Callable], Callable]:
    """The option of one argument."""
    name = option(argument.name)
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": int},
        "float": {"type": float},
        "bool": {"default": None},
        "list[string]": {"multiple": True},
    }
    kind = kinds.get(argument.type, {"type": str if argument.type in TEXTS else YamlValue()})
    declared = f"{name}/--no-{name[2:]}" if argument.type == "bool" else name
    variable = f"SME_{argument.name.upper()}" if argument.name in SETTINGS else None
    text = spoken(argument.description) + (" Can be repeated." if "multiple" in kind else "")
    return click.option(
        declared, argument.name, help=text, required=required, envvar=variable, **kind
    )


TEXTS = ("string", "relation")


class YamlValue(click.ParamType):
    """A list, a mapping or a number as --args of dbt has it; anything else is text."""

    name = "value"

    def convert(self, value: Any, parameter: Any, context: Any) -> Any:
        try:
            read = yaml.safe_load(value) if isinstance(value, str) else value
        except yaml.YAMLError:
            return value
        return read if isinstance(read, (list, dict, int, float)) else value


def given_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """The arguments for a macro: what was given of the options."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None and value != ()
    }


def _taken_out(given: dict[str, Any]) -> tuple[dict[str, Any], ProfileChoice, Path]:
    """Takes what is about the login out of the options."""
    choice = ProfileChoice(
        given.pop("profile"), given.pop("profile_target"), given.pop("profiles_dir")
    )
    dsn, host, port = given.pop("dsn"), given.pop("host"), given.pop("port")
    if dsn and host:
        raise click.UsageError("--dsn and --host both name the database: give one of them.")
    if port and not host:
        raise click.UsageError("--port goes with --host; a --dsn holds its own port.")
    dsn = f"{host}:{port or DEFAULT_PORT}" if host else dsn
    way = {
        "dsn": dsn,
        "user": given.pop("user"),
        "ca_file": given.pop("ca_file"),
        "fingerprint": given.pop("fingerprint"),
        "checks_certificate": given.pop("certificate_check"),
    }
    return way, choice, given.pop("project_dir")


def _with_password(found: Login) -> Login:
    """The login with its password, asked for where somebody is there to ask."""
    if not sys.stdin.isatty():
        raise HelperError(
            f"E-SME-151: No password for {found.user}. Set EXASOL_PASSWORD, give a dbt profile "
            "by --profile, or start this where it can be asked for.",
            NO_DATABASE,
        )
    password = click.prompt(f"Password of {found.user}", hide_input=True, err=True)
    return dataclasses.replace(found, password=password)


def _refuse_password(value: str | None) -> None:
    if value is not None:
        raise HelperError(
            "E-SME-150: A password in the argument list can be read by everybody on this machine. "
            "Leave --pass out: it is asked for, or taken from EXASOL_PASSWORD or a dbt profile.",
            USAGE,
        )
