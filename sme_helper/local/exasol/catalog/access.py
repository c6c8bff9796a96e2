"""Users, roles, privileges and connections of the dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import SqlError
from ..sql.statements import Grant, Name, Script
from ..store import Store
from .bootstrap import INTERNAL, hash_password, password_matches
from .rights import Rights


@dataclass(frozen=True)
class Connection:
    """A CONNECTION; its user, password and session token never show in a repr."""

    name: str
    address: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    session_token: str = field(default="", repr=False)


class Access:
    """Who exists, and who may do what; bound to one session's transaction."""

    def __init__(self, store: Store, session):
        self._store = store
        self._session = session

    def _rows(self, sql: str, parameters: list) -> list[dict]:
        return self._store.look_up(sql, parameters)

    # --- users and roles

    def exists(self, grantee: str, is_role: bool | None = None) -> bool:
        rows = self._rows(f"SELECT IS_ROLE FROM {INTERNAL}.GRANTEES WHERE GRANTEE = ?", [grantee])
        return bool(rows) and is_role in (None, rows[0]["IS_ROLE"])

    def password_matches(self, user: str, password: str) -> bool:
        rows = self._rows(
            f"SELECT PASSWORD FROM {INTERNAL}.GRANTEES WHERE GRANTEE = ? AND NOT IS_ROLE", [user]
        )
        return bool(rows) and password_matches(rows[0]["PASSWORD"], password)

    def add_grantee(self, name: str, is_role: bool, password: str | None = None) -> None:
        if self.exists(name):
            raise SqlError(f"user or role {name} already exists", "42500")
        stored = hash_password(password) if password else None
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.GRANTEES (GRANTEE, IS_ROLE, PASSWORD) VALUES (?, ?, ?)",
            [name, is_role, stored],
        )

    def set_password(self, user: str, password: str) -> None:
        if not self.exists(user, is_role=False):
            raise SqlError(f"user {user} does not exist")
        self._store.change_dictionary(
            f"UPDATE {INTERNAL}.GRANTEES SET PASSWORD = ? WHERE GRANTEE = ?",
            [hash_password(password), user],
        )

    def remove_grantee(self, name: str) -> None:
        self._store.change_dictionary(f"DELETE FROM {INTERNAL}.GRANTEES WHERE GRANTEE = ?", [name])
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.PRIVILEGES WHERE GRANTEE = ? "
            "OR (KIND = 'ROLE' AND PRIVILEGE = ?)",
            [name, name],
        )

    def grantees_of(self, user: str) -> list[str]:
        """The user and all roles that the user holds, directly or through other roles."""
        rows = self._rows(
            f"""WITH RECURSIVE HELD (NAME) AS (
                    SELECT unnest([?, 'PUBLIC'])
                    UNION SELECT PRIVILEGE FROM {INTERNAL}.PRIVILEGES JOIN HELD ON GRANTEE = NAME
                    WHERE KIND = 'ROLE')
                SELECT NAME FROM HELD""",
            [user],
        )
        return [row["NAME"] for row in rows]

    # --- privileges

    def rights(self, grantee: str) -> Rights:
        """What a user or role may do."""
        return self._store.known(("rights", grantee), lambda: self._read_rights(grantee))

    def _read_rights(self, grantee: str) -> Rights:
        grantees = self.grantees_of(grantee)
        rows = self._rows(
            f"SELECT * FROM {INTERNAL}.PRIVILEGES WHERE list_contains(?, GRANTEE)", [grantees]
        )
        return Rights(
            frozenset(grantees),
            frozenset(row["PRIVILEGE"] for row in rows if row["KIND"] == "SYSTEM"),
            frozenset(_privilege_on(row) for row in rows if row["KIND"] == "OBJECT"),
            frozenset((row["KIND"], row["PRIVILEGE"]) for row in rows if row["ADMIN_OPTION"]),
        )

    def has_system_privilege(self, privilege: str) -> bool:
        """Whether the session's user holds a system privilege; SYS and DBA hold all."""
        return self.rights(self._session.user).has(privilege)

    def require_system_privilege(self, privilege: str) -> None:
        if not self.has_system_privilege(privilege):
            raise SqlError(f"insufficient privileges: {privilege} privilege needed", "42500")

    def _held(self, kind: str, privilege: str, grantees: list[str]) -> list[dict]:
        return self._rows(
            f"SELECT * FROM {INTERNAL}.PRIVILEGES WHERE KIND = ? AND PRIVILEGE = ? "
            "AND list_contains(?, GRANTEE)",
            [kind, privilege, grantees],
        )

    def apply(self, grant: Grant) -> None:
        """Records a GRANT, or strikes what a REVOKE names."""
        self._require_grantees(grant)
        self._require_right_to(grant)
        for grantee in grant.grantees:
            for privilege in self._privileges_of(grant):
                row = self._privilege_row(grant, privilege, grantee)
                condition = " AND ".join(f"{key} IS NOT DISTINCT FROM ?" for key in row)
                self._store.change_dictionary(
                    f"DELETE FROM {INTERNAL}.PRIVILEGES WHERE {condition}", list(row.values())
                )
                if not grant.revoke:
                    row |= {"ADMIN_OPTION": grant.admin_option, "GRANTOR": self._session.user}
                    self._store.change_dictionary(
                        f"INSERT INTO {INTERNAL}.PRIVILEGES ({', '.join(row)}) "
                        f"VALUES ({', '.join('?' * len(row))})",
                        list(row.values()),
                    )

    def _require_grantees(self, grant: Grant) -> None:
        for grantee in grant.grantees:
            if not self.exists(grantee):
                raise SqlError(f"user or role {grantee} does not exist")
        for name in grant.privileges:
            if grant.kind == "ROLE" and not self.exists(name, is_role=True):
                raise SqlError(f"role or privilege {name} does not exist")
            if grant.kind == "CONNECTION":
                self._find_connection(name)
        if grant.kind == "CONNECTION ACCESS":
            self._find_connection(grant.target.name)

    def _require_right_to(self, grant: Grant) -> None:
        rights = self.rights(self._session.user)
        if grant.kind == "OBJECT":
            schema = grant.target.schema or grant.target.name
            owner = self._rows(
                f"SELECT OWNER FROM {INTERNAL}.SCHEMAS WHERE SCHEMA_NAME = ?", [schema]
            )
            allowed = rights.has("GRANT ANY OBJECT PRIVILEGE") or any(
                rights.owns(row["OWNER"]) for row in owner
            )
        elif grant.kind.startswith("CONNECTION"):
            names = grant.privileges if grant.kind == "CONNECTION" else [grant.target.name]
            allowed = all(self.manages(rights, name, "GRANT ANY CONNECTION") for name in names)
        else:
            allowed = all(rights.grant(grant.kind, name) for name in grant.privileges)
        if not allowed:
            verb = "revoking" if grant.revoke else "granting"
            raise SqlError(f"insufficient privileges for {verb}", "42500")

    @staticmethod
    def _privileges_of(grant: Grant) -> tuple[str, ...]:
        if grant.kind == "OBJECT" and grant.privileges[0] in ("ALL", "ALL PRIVILEGES"):
            if grant.target_kind == "SCRIPT":
                return ("EXECUTE",)
            return ("ALTER", "DELETE", "INSERT", "REFERENCES", "SELECT", "UPDATE")
        return grant.privileges

    @staticmethod
    def _privilege_row(grant: Grant, privilege: str, grantee: str) -> dict:
        target = grant.target or Name(None, None)
        restriction_kind, restriction = grant.restriction or (None, Name(None, None))
        return {
            "KIND": grant.kind,
            "PRIVILEGE": privilege,
            "GRANTEE": grantee,
            "OBJECT_SCHEMA": target.schema,
            "OBJECT_NAME": target.name,
            "OBJECT_TYPE": grant.target_kind or None,
            "RESTRICTION_KIND": restriction_kind,
            "RESTRICTION_SCHEMA": restriction.schema,
            "RESTRICTION_NAME": restriction.name,
        }

    def forget_object(self, name: Name) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.PRIVILEGES WHERE KIND = 'OBJECT' "
            "AND OBJECT_SCHEMA = ? AND OBJECT_NAME = ?",
            [name.schema, name.name],
        )

    def forget_schema(self, schema: str) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.PRIVILEGES WHERE KIND = 'OBJECT' AND (OBJECT_SCHEMA = ? "
            "OR (OBJECT_TYPE = 'SCHEMA' AND OBJECT_NAME = ?))",
            [schema, schema],
        )

    def rename_object(self, old: Name, new: str) -> None:
        self._store.change_dictionary(
            f"UPDATE {INTERNAL}.PRIVILEGES SET OBJECT_NAME = ? WHERE KIND = 'OBJECT' "
            "AND OBJECT_SCHEMA = ? AND OBJECT_NAME = ?",
            [new, old.schema, old.name],
        )

    # --- connections

    def add_connection(self, connection: Connection) -> None:
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.CONNECTIONS "
            "(CONNECTION_NAME, ADDRESS, USER_NAME, PASSWORD, SESSION_TOKEN, OWNER) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                connection.name,
                connection.address,
                connection.user,
                *self._sealed_secrets(connection),
                self._session.user,
            ],
        )

    def change_connection(self, connection: Connection) -> None:
        self._find_connection(connection.name)
        self._store.change_dictionary(
            f"UPDATE {INTERNAL}.CONNECTIONS SET ADDRESS = ?, USER_NAME = ?, PASSWORD = ?, "
            "SESSION_TOKEN = ? WHERE CONNECTION_NAME = ?",
            [
                connection.address,
                connection.user,
                *self._sealed_secrets(connection),
                connection.name,
            ],
        )

    def _sealed_secrets(self, connection: Connection) -> tuple[str, str]:
        seal = self._session.database.seal
        return seal.close(connection.password), seal.close(connection.session_token)

    def require_manager(self, name: str, privilege: str) -> None:
        """Who made the connection, holds it WITH ADMIN OPTION or may change any."""
        if not self.manages(self.rights(self._session.user), name, privilege):
            raise SqlError(f"insufficient privileges for using connection {name}", "42500")

    def manages(self, rights: Rights, name: str, privilege: str) -> bool:
        _, owner = self._find_connection(name)
        return (
            rights.owns(owner) or rights.has(privilege) or ("CONNECTION", name) in rights.grantable
        )

    def connection_exists(self, name: str) -> bool:
        sql = f"SELECT 1 FROM {INTERNAL}.CONNECTIONS WHERE CONNECTION_NAME = ?"
        return bool(self._rows(sql, [name]))

    def remove_connection(self, name: str) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.CONNECTIONS WHERE CONNECTION_NAME = ?", [name]
        )
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.PRIVILEGES WHERE (KIND = 'CONNECTION' AND PRIVILEGE = ?) "
            "OR (KIND = 'CONNECTION ACCESS' AND OBJECT_NAME = ?)",
            [name, name],
        )

    def connection(self, name: str) -> Connection:
        """The CONNECTION, if the user owns it, was granted it or may use any."""
        connection, owner = self._find_connection(name)
        if not self._may_use(name, owner):
            raise SqlError(f"insufficient privileges for using connection {name}", "42500")
        return connection

    def usable_connections(self) -> list[Connection]:
        """All for which `connection` raises no error."""
        names = self._rows(
            f"SELECT CONNECTION_NAME AS NAME FROM {INTERNAL}.CONNECTIONS ORDER BY 1", []
        )
        found = [self._find_connection(row["NAME"]) for row in names]
        return [connection for connection, owner in found if self._may_use(connection.name, owner)]

    def _may_use(self, name: str, owner: str) -> bool:
        grantees = self.grantees_of(self._session.user)
        return (
            owner in grantees
            or bool(self._held("CONNECTION", name, grantees))
            or self.has_system_privilege("USE ANY CONNECTION")
        )

    def connection_for_udf(self, name: str, script: Script) -> Connection:
        """The CONNECTION, if the user was granted ACCESS that holds in this script."""
        connection, _ = self._find_connection(name)
        grantees = self.grantees_of(self._session.user)
        grants = self._held("CONNECTION ACCESS", "ACCESS", grantees)
        allowed = self.has_system_privilege("ACCESS ANY CONNECTION") or any(
            grant["OBJECT_NAME"] == name and _covers(grant, script) for grant in grants
        )
        if not allowed:
            raise SqlError(f"insufficient privileges for using connection {name}", "42500")
        return connection

    def _find_connection(self, name: str) -> tuple[Connection, str]:
        rows = self._rows(
            "SELECT CONNECTION_NAME, ADDRESS, USER_NAME, PASSWORD, SESSION_TOKEN, OWNER "
            f"FROM {INTERNAL}.CONNECTIONS WHERE CONNECTION_NAME = ?",
            [name],
        )
        if not rows:
            raise SqlError(f"connection {name} does not exist")
        row, seal = rows[0], self._session.database.seal
        secrets = (seal.open(row["PASSWORD"]), seal.open(row["SESSION_TOKEN"]))
        return Connection(name, row["ADDRESS"], row["USER_NAME"] or "", *secrets), row["OWNER"]


def _privilege_on(row: dict) -> tuple[str, str, str | None]:
    """A row of PRIVILEGES as `Rights` has it."""
    if row["OBJECT_TYPE"] == "SCHEMA":
        return row["PRIVILEGE"], row["OBJECT_NAME"], None
    return row["PRIVILEGE"], row["OBJECT_SCHEMA"], row["OBJECT_NAME"]


def _covers(grant: dict, script: Script) -> bool:
    """Whether an ACCESS grant holds in a script: everywhere, in its schema or just there."""
    if not grant["RESTRICTION_KIND"]:
        return True
    if grant["RESTRICTION_KIND"] == "SCHEMA":
        return grant["RESTRICTION_NAME"] == script.name.schema
    return grant["RESTRICTION_NAME"] == script.name.name and grant["RESTRICTION_SCHEMA"] in (
        None,
        script.name.schema,
    )
