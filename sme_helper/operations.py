"""The operations of the package for people without dbt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sme_helper.errors import HelperError, error_of
from sme_helper.macros import MacroError, Package, Table

RUN_OPERATION = re.compile(r"dbt run-operation sme\.(\w+)(?: --args '\{(.*?)\}')?")
MENTIONED = re.compile(r"\bsme\.(?=[a-z])(\w+)")
ARGUMENT = re.compile(r"(\w+) \(argument(?:, or vars: sme: \w+)?\)")
HOW_TO_GIVE = re.compile(r" Give arguments as --args '.*'\.$")


class Operations:
    """Runs operations over one way to execute statements.

    Attributes:
        rows: what the last script returned, by lower-case names.
    """

    def __init__(
        self,
        execute: Callable[[str], Table],
        settings: Mapping[str, Any],
        say: Callable[[str], None],
        default_schema: str | None = None,
        see: Callable[[list[dict[str, Any]]], None] = lambda rows: None,
    ):
        """`say` is told each line, and `see` the rows of each script when they come."""
        self.rows: list[dict[str, Any]] = []
        self._execute = execute
        self._see = see
        self._package = Package(
            self._execute_and_look, settings, lambda line: say(spoken(line)), default_schema
        )

    def run(self, macro: str, *arguments: Any, **named: Any) -> Any:
        """What a macro returns or renders.

        Raises:
            HelperError: the macro, a script or the database refused.
        """
        try:
            return self._package.call(macro, *arguments, **named)
        except MacroError as error:
            raise error_of(spoken(str(error))) from None
        except HelperError as error:
            raise HelperError(spoken(str(error)), error.exit_code) from None

    def quoted(self, relation: str) -> str:
        """The name of a table or view as it stands in SQL, of what a user wrote."""
        found = self.run("_resolve_relation", relation)
        return ".".join(self.run("_identifier", found[part]) for part in ("schema", "name"))

    def require_free(self, relation: str) -> None:
        """Raises E-SME-156 where there is a table or view of that name."""
        found = self.run("_resolve_relation", relation)
        schema, name = (self.run("_literal", found[part]) for part in ("schema", "name"))
        rows = self._execute(relation_query(schema, name)).rows
        if rows:
            raise HelperError(
                f"E-SME-156: {found['schema']}.{found['name']} is a {rows[0][0].lower()} already. "
                "Give another name, or --replace to replace a table."
            )

    def create_table(self, table: str, query: str) -> int:
        """Makes a table of a query, in the place of one that there may be. Returns how many rows
        it has."""
        self._execute(table_statement(table, query))
        return self._execute(count_query(table)).rows[0][0]

    def _execute_and_look(self, sql: str) -> Table:
        table = self._execute(sql)
        if sql.startswith("EXECUTE SCRIPT"):
            self.rows = table.dictionaries
            self._see(self.rows)
        return table


def relation_query(schema: str, name: str) -> str:
    """Whether there is a table or view: its kind. Schema and name are literals."""
    return (
        f"SELECT OBJECT_TYPE FROM SYS.EXA_ALL_OBJECTS WHERE ROOT_NAME = {schema} "
        f"AND OBJECT_NAME = {name} AND OBJECT_TYPE IN ('TABLE', 'VIEW')"
    )


def table_statement(table: str, query: str) -> str:
    return f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {query.strip()}"


def count_query(table: str) -> str:
    return f"SELECT COUNT(*) FROM {table}"


def spoken(message: str) -> str:
    """A message of the package, with commands of `sme` where it names those of dbt."""
    message = HOW_TO_GIVE.sub("", RUN_OPERATION.sub(_command, message))
    message = ARGUMENT.sub(lambda match: option(match[1]), message)
    return MENTIONED.sub(lambda match: f"sme {command_name(match[1])}", message)


def command_name(macro: str) -> str:
    """The command that runs an operation."""
    return {"install": "deploy"}.get(macro, macro.replace("_", "-"))


def option(argument: str) -> str:
    """The option that gives an argument."""
    return "--" + argument.replace("_", "-")


def _command(match: re.Match) -> str:
    given = re.findall(r"(\w+): ([^,}]+)", match[2] or "")
    options = (f"{option(name)} {value.strip()}" for name, value in given)
    return " ".join(["sme", command_name(match[1]), *options])
