"""The CONNECTIONs that sme needs, for each kind of credentials that docs/security.md has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sme_helper.errors import HelperError
from sme_helper.quoting import identifier, literal

TEMPORARY = "ASIA"  # how the ids of keys begin that end


@dataclass(frozen=True)
class Keys:
    """Keys of AWS. They show in no repr, and so in no trace."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> list[str]:
        return [text for text in (self.secret, self.token) if text]


class Role(NamedTuple):
    """The role that UDFs assume with the keys."""

    arn: str
    external_id: str | None = None
    duration_seconds: int | None = None

    @property
    def options(self) -> str:
        given = {
            "role_arn": self.arn,
            "external_id": self.external_id,
            "duration_seconds": self.duration_seconds,
        }
        return "".join(f";{name}={value}" for name, value in given.items() if value)


class Connection(NamedTuple):
    """One CONNECTION; `purpose` is what it is for."""

    name: str
    purpose: str
    address: str
    keys: Keys
    is_for_udfs: bool

    @property
    def statement(self) -> str:
        keys, token = self.keys, ""
        password = keys.secret
        if keys.token and self.is_for_udfs:
            # UDFs cannot read the clause SESSION TOKEN, and EXPORT knows no such option.
            password = f"{keys.secret};session_token={keys.token}"
        elif keys.token:
            token = f" SESSION TOKEN {literal(keys.token)}"
        return (
            f"CREATE OR REPLACE CONNECTION {identifier(self.name)} TO {literal(self.address)} "
            f"USER {literal(keys.key_id)} IDENTIFIED BY {literal(password)}{token}"
        )


def connections(
    name: str, s3_name: str | None, bucket: str, region: str, keys: Keys, role: Role | None = None
) -> list[Connection]:
    """One CONNECTION to the bucket for all, or one for UDFs and one for EXPORT where the
    credentials cannot be written in one way for both.

    Raises:
        HelperError: E-SME-164, two are needed and the second has no name.
    """
    plain_bucket = bucket.removeprefix("s3://").strip("/")
    address = f"https://{plain_bucket}.s3.{region}.amazonaws.com"
    if not s3_name and not role and not keys.token:
        return [Connection(name, "for UDFs, EXPORT and IMPORT", address, keys, True)]
    if not s3_name:
        raise HelperError(
            "E-SME-164: Temporary keys and roles need two CONNECTIONs: EXPORT cannot read the one "
            "for UDFs. Give --s3-connection, the name of the one to the bucket."
        )
    return [
        Connection(name, "for UDFs", f"aws{role.options if role else ''}", keys, True),
        Connection(s3_name, "for EXPORT and IMPORT", address, keys, False),
    ]


def checked(keys: Keys) -> Keys:
    """The keys as AWS has them.

    Raises:
        HelperError: E-SME-165, one of them is missing, or belongs to no others.
    """
    keys = replace(keys, key_id=keys.key_id.strip(), secret=keys.secret.strip())
    if not keys.key_id or not keys.secret:
        raise HelperError("E-SME-165: Access key id and secret access key are both needed.")
    if keys.key_id.startswith(TEMPORARY) and not keys.token:
        raise HelperError(
            "E-SME-165: The key is a temporary one (ASIA...), and its session token is missing."
        )
    return keys


def without_secrets(text: str, keys: Keys) -> str:
    """A message of the database, which may repeat parts of a statement."""
    for secret in keys.secrets:
        text = text.replace(secret, "***").replace(literal(secret)[1:-1], "***")
    return text
