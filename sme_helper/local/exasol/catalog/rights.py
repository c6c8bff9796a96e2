"""What a user or role may do: the privileges held, its own and those of the roles it holds."""

from __future__ import annotations

from dataclasses import dataclass

from ..sql.statements import Name

_OF_ALL_TABLES = {"SELECT", "INSERT", "UPDATE", "DELETE", "ALTER"}


@dataclass(frozen=True)
class Rights:
    """Everything that counts when a statement is checked.

    Attributes:
        grantees: the user's name and those of all roles that it holds, PUBLIC among them.
        system: system privileges.
        objects: (privilege, schema, object); on a whole schema, the object is None.
        grantable: (kind, privilege) of what was granted WITH ADMIN OPTION.
    """

    grantees: frozenset[str]
    system: frozenset[str] = frozenset()
    objects: frozenset[tuple[str, str, str | None]] = frozenset()
    grantable: frozenset[tuple[str, str]] = frozenset()

    @property
    def are_all(self) -> bool:
        return "DBA" in self.grantees

    def has(self, system_privilege: str) -> bool:
        return self.are_all or system_privilege in self.system

    def owns(self, owner: str | None) -> bool:
        return self.are_all or owner in self.grantees

    def on(self, privilege: str, name: Name, owner: str | None, kind: str = "TABLE") -> bool:
        """Whether an object may be used so; `owner` is that of its schema.

        Args:
            kind: SCRIPT, FUNCTION, or TABLE (views, too).
        """
        return (
            self.owns(owner)
            or f"{privilege} ANY {kind}" in self.system
            or (privilege, name.schema, name.name) in self.objects
            or (privilege, name.schema, None) in self.objects
        )

    def use(self, schema: str, owner: str | None) -> bool:
        """Whether names in a schema may be used at all."""
        return (
            self.owns(owner)
            or "USE ANY SCHEMA" in self.system
            or ("USAGE", schema, None) in self.objects
        )

    def pass_on_select(self, owner: str | None) -> bool:
        """Whether others may read through a view what its owner may read."""
        return self.owns(owner) or "SELECT ANY TABLE" in self.system

    def create(self, kind: str, owner: str | None) -> bool:
        """Whether a TABLE, VIEW or SCRIPT may be made in a schema of `owner`."""
        return self.has(f"CREATE ANY {kind}") or (self.has(f"CREATE {kind}") and self.owns(owner))

    def drop(self, kind: str, owner: str | None) -> bool:
        return self.has(f"DROP ANY {kind}") or self.owns(owner)

    def grant(self, kind: str, privilege: str) -> bool:
        """Whether a SYSTEM privilege, ROLE or CONNECTION may be granted and revoked."""
        everything = {
            "SYSTEM": "GRANT ANY PRIVILEGE",
            "ROLE": "GRANT ANY ROLE",
            "CONNECTION": "GRANT ANY CONNECTION",
        }
        return self.has(everything[kind]) or (kind, privilege) in self.grantable

    @property
    def see_every_table(self) -> bool:
        """Whether EXA_ALL_TABLES and its like show all tables and views."""
        return self.has("SELECT ANY DICTIONARY") or any(
            f"{privilege} ANY TABLE" in self.system for privilege in _OF_ALL_TABLES
        )

    @property
    def see_every_script(self) -> bool:
        return self.has("SELECT ANY DICTIONARY") or "EXECUTE ANY SCRIPT" in self.system
