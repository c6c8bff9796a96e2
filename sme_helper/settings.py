"""Where settings come from: the login to the database, and what `vars: sme:` holds for dbt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jinja2
import yaml

from sme_helper.errors import NO_DATABASE, HelperError

# The settings that commands take as options.
SETTINGS = ("schema", "connection", "s3_connection", "region", "role", "bucket", "output_path")
# What dbt has in a profile to make another type of a text.
TYPE_FILTERS = ("as_text", "as_bool", "as_number", "as_native")


@dataclass(frozen=True)
class Login:
    """A way into the database.

    Attributes:
        dsn: as pyexasol takes it: hosts, an optional fingerprint, port.
        schema: where relations are that are named without one.
        password: None while it has to be asked for.
        access_token, refresh_token: of OpenID, in the place of a password.
        ca_file: certificates to trust beside those of the system.
        checks_certificate: False trusts whoever answers.
    """

    dsn: str
    user: str
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    schema: str | None = None
    ca_file: Path | None = None
    checks_certificate: bool = True
    encryption: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether there is all that the database asks for."""
        return any((self.password, self.access_token, self.refresh_token))


@dataclass(frozen=True)
class ProfileChoice:
    """Which dbt profile is asked for; nothing of it, where all are None."""

    profile: str | None = None
    target: str | None = None
    folder: Path | None = None

    @property
    def is_asked_for(self) -> bool:
        return any((self.profile, self.target, self.folder))


def names_database(
    given: Mapping[str, Any],
    choice: ProfileChoice,
    project: Mapping[str, Any],
    environment: Mapping[str, str] = os.environ,
) -> bool:
    """Whether there is a login to be found."""
    address = given["dsn"] or environment.get("EXASOL_DSN")
    return bool(address or choice.profile or project.get("profile"))


def login(
    given: Mapping[str, Any],
    choice: ProfileChoice,
    project: Mapping[str, Any],
    environment: Mapping[str, str] = os.environ,
) -> Login:
    """The login from one place: a profile that was asked for, options and environment, or the
    profile of the dbt project. Options that are given replace what a profile says, and with
    another user its password is not used.

    Args:
        given: dsn, user, fingerprint, ca_file, checks_certificate, each None where not given.
        project: what dbt_project.yml holds, or nothing.

    Raises:
        HelperError: E-SME-151 (no database named), E-SME-155 (the profile).
    """
    dsn = given["dsn"] or environment.get("EXASOL_DSN")
    password = environment.get("EXASOL_PASSWORD") or None
    user = given["user"] or environment.get("EXASOL_USER")
    if choice.is_asked_for or not dsn:
        profile_name = choice.profile or project.get("profile")
        if not profile_name:
            raise HelperError(
                "E-SME-151: No database is named. Give --dsn (or --host and --port) or EXASOL_DSN, "
                "a dbt profile by --profile, or go to the folder of a dbt project.",
                NO_DATABASE,
            )
        found = profile_login(profile_name, choice, environment)
        if given["dsn"]:
            found = replace(found, dsn=given["dsn"])
        if given["user"] and given["user"] != found.user:
            found = replace(
                found, user=given["user"], password=password, access_token=None, refresh_token=None
            )
    elif not user:
        raise HelperError("E-SME-151: No user is named. Give --user or EXASOL_USER.", NO_DATABASE)
    else:
        found = Login(dsn, user, password)
    if given["fingerprint"]:
        found = replace(found, dsn=with_fingerprint(found.dsn, given["fingerprint"]))
    if given["ca_file"]:
        found = replace(found, ca_file=given["ca_file"])
    if given["checks_certificate"] is not None:
        found = replace(found, checks_certificate=given["checks_certificate"])
    return found


def profile_login(name: str, choice: ProfileChoice, environment: Mapping[str, str]) -> Login:
    """The login that a profile of dbt has.

    Raises:
        HelperError: E-SME-155.
    """
    path = profiles_folder(choice.folder, environment) / "profiles.yml"
    profiles = _read_yaml(path)
    if name not in profiles:
        raise _profile_error(f"{path} has no profile {name}. It has: {', '.join(profiles)}.")
    outputs = profiles[name].get("outputs", {})
    target = choice.target or _rendered(profiles[name].get("target", "default"), environment, path)
    if target not in outputs:
        raise _profile_error(
            f"Profile {name} of {path} has no target {target}. It has: {', '.join(outputs)}."
        )
    output = {key: _rendered(value, environment, path) for key, value in outputs[target].items()}
    tokens = {kind: output.get(kind) or None for kind in ("access_token", "refresh_token")}
    is_named = output.get("dsn") and (output.get("user") or any(tokens.values()))
    if output.get("type") != "exasol" or not is_named:
        raise _profile_error(
            f"Target {target} of profile {name} in {path} is not of type exasol with dsn and user."
        )
    return Login(
        dsn=str(output["dsn"]),
        user=str(output.get("user") or ""),
        password=output.get("password") or output.get("pass") or None,
        **tokens,
        schema=output.get("schema"),
        checks_certificate=_is_true(output.get("validate_server_certificate", True)),
        encryption=_is_true(output.get("encryption", True)),
    )


def profiles_folder(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The folder with profiles.yml, looked for where dbt does."""
    if given:
        return given
    if environment.get("DBT_PROFILES_DIR"):
        return Path(environment["DBT_PROFILES_DIR"])
    return Path() if Path("profiles.yml").exists() else Path.home() / ".dbt"


def project_at(folder: Path) -> dict[str, Any]:
    """What the dbt_project.yml of a folder holds; nothing where there is none."""
    path = folder / "dbt_project.yml"
    return _read_yaml(path) if path.exists() else {}


def settings_of(project: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a dbt project."""
    return (project.get("vars") or {}).get("sme") or {}


def with_fingerprint(dsn: str, fingerprint: str) -> str:
    """The DSN with the fingerprint of the certificate between hosts and port."""
    parts = []
    for part in dsn.split(","):
        hosts, colon, port = part.partition(":")
        parts.append(f"{hosts.partition('/')[0]}/{fingerprint}{colon}{port}")
    return ",".join(parts)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(path.read_text()) or {}
    except FileNotFoundError:
        raise _profile_error(f"There is no {path}. Name its folder with --profiles-dir.") from None
    except (OSError, yaml.YAMLError) as error:
        raise _profile_error(f"{path} cannot be read: {error}.") from None


def _rendered(value: Any, environment: Mapping[str, str], path: Path) -> Any:
    """A value of a profile, with env_var() filled in as dbt does; always text."""
    if not isinstance(value, str) or "{{" not in value:
        return value

    def env_var(name: str, default: str | None = None) -> str:
        if name not in environment and default is None:
            raise _profile_error(f"{path} needs the environment variable {name}.")
        return environment.get(name, default)

    try:
        jinja = jinja2.Environment()
        jinja.filters |= dict.fromkeys(TYPE_FILTERS, str)
        return jinja.from_string(value).render(env_var=env_var)
    except jinja2.TemplateError as error:
        # The value itself may be a secret.
        raise _profile_error(f"{path} has a value that is no Jinja: {error}.") from None


def _is_true(value: Any) -> bool:
    """A yes or no of a profile: YAML's own, or the text that Jinja has made."""
    return str(value).lower() == "true"


def _profile_error(text: str) -> HelperError:
    return HelperError(f"E-SME-155: {text}", NO_DATABASE)
