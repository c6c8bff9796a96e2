"""`sme container`: build a language container, upload it, activate it, see how it is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich import progress

from sme_helper.commands.options import (
    Site,
    given_arguments,
    json_option,
    macro_options,
    with_site,
)
from sme_helper.commands.output import messages, results
from sme_helper.container import bucketfs
from sme_helper.container.build import build as build_container
from sme_helper.container.build import build_local
from sme_helper.container.probe import probe, wait_until_ready
from sme_helper.errors import USAGE, HelperError
from sme_helper.macros import described

ACTIVATION = described("activate_container").arguments
A_WHILE = 600  # seconds; unpacking on all nodes takes minutes


@click.group()
def container() -> None:
    """Language containers: a Python of your own for the UDFs of sme."""


@container.command()
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("sme-container.tar.gz"),
    show_default=True,
    help="File to write.",
)
@click.option(
    "--local",
    is_flag=True,
    help="For the embedded stack: it stands for a Python environment of this machine.",
)
@click.option(
    "--python",
    "interpreter",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(sys.executable),
    help="The Python of that environment. Default: the one that runs sme.",
)
def build(target: Path, local: bool, interpreter: Path) -> None:
    """Build the container with Exasol's tooling, which needs Docker."""
    written = build_local(target, interpreter) if local else build_container(target)
    results.print(f"{written} ({written.stat().st_size:,} bytes)", markup=False)
    results.print(f"Next: sme container upload {written}", markup=False)


def with_place(command: Callable) -> Callable:
    """Adds the options that name a bucket; the command gets `place`."""

    def run(**given: Any) -> Any:
        return command(place=_place(given), **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__click_params__ = getattr(command, "__click_params__", [])
    for add in reversed(PLACE_OPTIONS):
        run = add(run)
    return run


PLACE_OPTIONS = [
    click.option(
        "--bucketfs-url", envvar="BUCKETFS_URL", help="BucketFS with its port. [env: BUCKETFS_URL]"
    ),
    click.option(
        "--bucketfs-user",
        envvar="BUCKETFS_USER",
        default="w",
        help="Whom it lets write. Default: w. [env: BUCKETFS_USER; password: BUCKETFS_PASSWORD]",
    ),
    click.option("--bucketfs-name", default="bfsdefault", show_default=True, help="Its service."),
    click.option("--bucket", default="default", show_default=True, help="Its bucket."),
    click.option(
        "--bucketfs-ca-file",
        envvar="BUCKETFS_CA_BUNDLE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Certificate to trust. [env: BUCKETFS_CA_BUNDLE]",
    ),
    click.option(
        "--saas-url",
        envvar="SAAS_HOST",
        default="https://cloud.exasol.com",
        show_default=True,
        help="Of Exasol SaaS. [env: SAAS_HOST; token: SAAS_PAT]",
    ),
    click.option("--saas-account-id", envvar="SAAS_ACCOUNT_ID", help="[env: SAAS_ACCOUNT_ID]"),
    click.option("--saas-database-id", envvar="SAAS_DATABASE_ID", help="[env: SAAS_DATABASE_ID]"),
]


@container.command()
@with_place
@click.option(
    "--path", "folder", default="container", show_default=True, help="Folder in the bucket."
)
@click.argument("file", type=click.Path(path_type=Path))
def upload(place: bucketfs.Place, folder: str, file: Path) -> None:
    """Upload FILE to BucketFS, of a database of your own or of Exasol SaaS.

    Password and token come from the environment, or are asked for.
    """
    bucketfs.check_file(file)
    with (
        progress.Progress(
            *progress.Progress.get_default_columns(),
            progress.DownloadColumn(),
            console=messages,
            disable=not messages.is_terminal,
        ) as shown,
        shown.open(file, "rb", description=file.name) as content,
    ):
        path = bucketfs.upload(place, folder, file.name, content)
    found = bucketfs.container_of(place, path)
    results.print(f"{file.name} is in BucketFS, and unpacked there as {found}", markup=False)
    results.print(f"Next: sme container activate --container {found} --level system", markup=False)


@container.command()
@with_site
@macro_options(ACTIVATION)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=A_WHILE,
    show_default=True,
    help="Seconds to wait until it is unpacked.",
)
@click.option("--print", "print_sql", is_flag=True, help="Change nothing; write the SQL.")
def activate(site: Site, print_sql: bool, timeout: float, **given: Any) -> None:
    """Make an uploaded container a script language, beside all that there are.

    For the system, once it is seen to run UDFs; or for a session: then the statement is written,
    for the session that wants it.
    """
    arguments = given_arguments(given)
    level = arguments.pop("level", "session")
    with site.database() as database:
        operations = site.operations_on(database, say=_say)
        client = arguments.get("udf_client", "exaudfclient")
        alias = operations.run("_container_alias", arguments.get("script_language"))
        statement = operations.run("_activation", arguments.get("container"), alias, level, client)
        if print_sql or level == "session":
            click.echo(f"{statement['sql']};" if statement else "-- It is active already.")
            return
        # For this session first: all others get it once it is seen to run.
        quiet = site.operations_on(database, say=lambda line: None)
        quiet.run("activate_container", **arguments)
        found = wait_until_ready(database.execute, alias, timeout)
        operations.run("activate_container", **arguments, level=level)
        results.print(_versions(alias, found), markup=False)


@container.command()
@with_site
@macro_options([argument for argument in ACTIVATION if argument.name == "script_language"])
@json_option
def status(site: Site, as_json: bool, **given: Any) -> None:
    """Say which container the language is, and whether UDFs run in it; exit code 1 if not."""
    with site.database() as database:
        operations = site.operations_on(database, say=_say)
        alias = operations.run("_container_alias", given["script_language"])
        operations.run("_activate_own_container")
        languages = operations.run("_script_languages", "system").split()
        address = next((e.partition("=")[2] for e in languages if e.startswith(f"{alias}=")), None)
        found: dict[str, Any] = {"language": alias, "address": address, "error": None}
        try:
            found |= probe(database.execute, alias)
        except HelperError as error:
            found["error"] = str(error)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        results.print(f"{alias} is {address or 'no language of the system'}", markup=False)
        line = found["error"] or _versions(alias, found)
        results.print(line, markup=False)
    raise SystemExit(1 if found["error"] else 0)


def _place(given: dict[str, Any]) -> bucketfs.Place:
    """Takes what names the bucket out of the options."""
    url, user = given.pop("bucketfs_url"), given.pop("bucketfs_user")
    service, bucket = given.pop("bucketfs_name"), given.pop("bucket")
    ca_file = given.pop("bucketfs_ca_file")
    saas_url = given.pop("saas_url")
    account, database = given.pop("saas_account_id"), given.pop("saas_database_id")
    if account and database:
        token = _secret("SAAS_PAT", "Personal access token of Exasol SaaS")
        return bucketfs.Saas(saas_url, account, database, token)
    if account or database or not url:
        raise HelperError(
            "E-SME-174: No BucketFS is named. Give --bucketfs-url (or BUCKETFS_URL) of a database "
            "of your own, or --saas-account-id and --saas-database-id of Exasol SaaS.",
            USAGE,
        )
    password = _secret("BUCKETFS_PASSWORD", f"Write password of bucket {bucket}")
    return bucketfs.OnPremises(url, user, password, service, bucket, ca_file)


def _secret(variable: str, title: str) -> str:
    """A secret from the environment, or asked for: the argument list is open to everybody."""
    if os.environ.get(variable):
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise HelperError(
            f"E-SME-174: {title} is missing. Set {variable}, or start this where it can be asked "
            "for.",
            USAGE,
        )
    return click.prompt(title, hide_input=True, err=True)


def _versions(alias: str, found: dict[str, Any]) -> str:
    return f"{alias} runs UDFs: Python {found['python']} with boto3 {found['boto3']}"


def _say(line: str) -> None:
    results.print(line, markup=False)
