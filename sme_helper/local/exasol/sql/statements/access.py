"""Users, roles, connections and privileges."""

from __future__ import annotations

from dataclasses import dataclass

from .names import Name


@dataclass(frozen=True)
class CreateConnection:
    name: str
    address: str
    user: str | None
    password: str | None
    session_token: str | None
    or_replace: bool

    def __repr__(self) -> str:
        return f"CreateConnection({self.name!r})"  # never the password


@dataclass(frozen=True)
class AlterConnection:
    name: str
    address: str
    user: str | None
    password: str | None
    session_token: str | None

    def __repr__(self) -> str:
        return f"AlterConnection({self.name!r})"


@dataclass(frozen=True)
class CreateUser:
    name: str
    password: str | None

    def __repr__(self) -> str:
        return f"CreateUser({self.name!r})"


@dataclass(frozen=True)
class AlterUser:
    name: str
    password: str

    def __repr__(self) -> str:
        return f"AlterUser({self.name!r})"


@dataclass(frozen=True)
class CreateRole:
    name: str


@dataclass(frozen=True)
class Grant:
    """GRANT, or REVOKE when `revoke` is set.

    privileges: names in upper case; for roles and connections, their names.
    kind: SYSTEM, ROLE, CONNECTION, OBJECT or CONNECTION ACCESS.
    target: the object that an OBJECT or CONNECTION ACCESS privilege is on.
    target_kind: TABLE, VIEW, SCHEMA, SCRIPT as written, or '' where not written.
    restriction: FOR SCRIPT s / FOR SCHEMA s of a CONNECTION ACCESS, as (kind, name).
    """

    revoke: bool
    kind: str
    privileges: tuple[str, ...]
    grantees: tuple[str, ...]
    target: Name | None = None
    target_kind: str = ""
    restriction: tuple[str, Name] | None = None
    admin_option: bool = False
