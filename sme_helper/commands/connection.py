"""`sme connection`: the keys of AWS into CONNECTIONs of the database."""

from __future__ import annotations

import os
import shlex
import sys

import click

from sme_helper.commands.options import Site, with_site
from sme_helper.commands.output import results
from sme_helper.connections import TEMPORARY, Keys, Role, checked, connections, without_secrets
from sme_helper.database import Database
from sme_helper.errors import HelperError
from sme_helper.macros import Table
from sme_helper.operations import Operations, option

PLACEHOLDERS = Keys("<access key id>", "<secret access key>")
TEMPORARY_PLACEHOLDERS = Keys("<access key id>", "<secret access key>", "<session token>")


@click.group()
def connection() -> None:
    """The CONNECTIONs through which the database uses AWS."""


@connection.command()
@with_site
@click.option("--connection", "name", envvar="SME_CONNECTION", help="Name of the CONNECTION.")
@click.option(
    "--s3-connection",
    "s3_name",
    envvar="SME_S3_CONNECTION",
    help="Name of a CONNECTION of its own for EXPORT. Temporary keys and roles need one.",
)
@click.option("--bucket", envvar="SME_BUCKET", help="The bucket, as s3://name.")
@click.option("--region", envvar="SME_REGION", help="The region of AWS.")
@click.option("--aws-profile", help="Take the keys of this profile of the AWS tools.")
@click.option("--assume-role", metavar="ARN", help="Role that UDFs assume with the keys.")
@click.option("--external-id", help="What the trust policy of the role asks for.")
@click.option("--duration-seconds", type=int, help="How long a session of the role lasts.")
@click.option("--temporary", is_flag=True, help="With --print: for keys with a session token.")
@click.option("--print", "print_sql", is_flag=True, help="Run nothing; SQL with placeholders.")
def create(
    site: Site,
    name: str | None,
    s3_name: str | None,
    bucket: str | None,
    region: str | None,
    aws_profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    duration_seconds: int | None,
    temporary: bool,
    print_sql: bool,
) -> None:
    """Create the CONNECTIONs, or replace them with new keys.

    The keys come from --aws-profile, from AWS_ACCESS_KEY_ID and its companions, or are asked for.
    They go to the database over TLS and nowhere else: no argument, file, log or message has them.

    \b
    Examples:
        sme connection create --aws-profile exasol --bucket s3://my-bucket --region eu-central-1
        sme connection create --print --bucket s3://my-bucket --region eu-central-1
    """
    if (external_id or duration_seconds) and not assume_role:
        raise click.UsageError("--external-id and --duration-seconds go with --assume-role.")
    settings = Operations(lambda sql: Table(), site.settings, lambda line: None)
    given = {"connection": name, "s3_connection": s3_name, "bucket": bucket, "region": region}
    place = {setting: settings.run("_setting", setting, value) for setting, value in given.items()}
    required = {setting: place[setting] for setting in ("connection", "bucket", "region")}
    settings.run("_require", "connection create", required)
    names = [
        settings.run("_folded", place[setting]) if place[setting] else None
        for setting in ("connection", "s3_connection")
    ]
    role = Role(assume_role, external_id, duration_seconds) if assume_role else None

    if print_sql:
        keys = TEMPORARY_PLACEHOLDERS if temporary else PLACEHOLDERS
        for made in connections(*names, place["bucket"], place["region"], keys, role):
            click.echo(f"-- {made.purpose}\n{made.statement};\n")
        return
    login = site.login
    keys = checked(_keys(aws_profile))
    wanted = connections(*names, place["bucket"], place["region"], keys, role)
    with Database(login) as database:
        for made in wanted:
            try:
                database.execute(made.statement)
            except HelperError as error:
                raise HelperError(without_secrets(str(error), keys)) from None
            results.print(f"CONNECTION {made.name} created, {made.purpose}", markup=False)
    same = [part for setting, value in given.items() if value for part in (option(setting), value)]
    results.print(f"Check it:  {shlex.join(['sme', 'doctor', *same])}", markup=False)


def _keys(aws_profile: str | None) -> Keys:
    """The keys of a profile, of the environment, or of who is asked."""
    if aws_profile:
        return _profile_keys(aws_profile)
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        key_id, secret, token = (os.environ.get(name, "") for name in names)
        return Keys(key_id, secret, token or None)
    if not sys.stdin.isatty():
        raise HelperError(
            "E-SME-165: No keys of AWS. Give --aws-profile, set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or start this where they can be asked for."
        )
    key_id = click.prompt("AWS access key id", err=True)
    secret = click.prompt("AWS secret access key", hide_input=True, err=True)
    token = None
    if key_id.startswith(TEMPORARY):
        token = click.prompt("AWS session token", hide_input=True, err=True)
    return Keys(key_id, secret, token)


def _profile_keys(name: str) -> Keys:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = boto3.session.Session(profile_name=name).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except (BotoCoreError, ClientError) as error:
        raise HelperError(f"E-SME-165: Profile {name} of the AWS tools: {error}") from None
    if frozen is None:
        raise HelperError(f"E-SME-165: Profile {name} of the AWS tools has no keys.")
    return Keys(frozen.access_key, frozen.secret_key, frozen.token)
