"""One client's session: its state, and the way of a statement from text to result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from sqlglot import exp

from . import ddl, dml, query
from .catalog import Catalog
from .database import Database
from .errors import SqlError, aborted, unsupported
from .lua import execute_script
from .privileges import require_use
from .results import Column, Result
from .sql import classify, statements
from .sql.context import Context
from .sql.dialect import parse
from .sql.translate import translate
from .statistics import Statement
from .transport import run_export, run_import


@dataclass(frozen=True)
class Client:
    """What is known of a client; EXA_DBA_SESSIONS shows it."""

    name: str = ""
    driver: str = ""
    os_user: str = ""
    os_name: str = ""
    host: str | None = None
    encrypted: bool | None = None


class Session:
    """A logged-in user's session. One thread executes at a time; `abort` may come from another.

    Attributes:
        autocommit: whether every client statement is a transaction of its own.
        is_busy: whether a statement of the client is running.
        statement: the running one, or the last one that ran.
        aborted: set while the running statement is to stop; long-running parts look at it.
        abort_hooks: called by `abort`, e.g. to end a UDF process that works for this session.
        on_kill: called by KILL SESSION; ends the client's connection.
    """

    def __init__(self, database: Database, user: str, client: Client = Client()):
        self.database = database
        self.user = user
        self.client = client
        self.login_time = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        self.id = database.next_session_id()
        self.schema: str | None = None
        self.statement_number = 0
        self.statement: Statement | None = None
        self.autocommit = True
        self.is_busy = False
        self.store = database.open_store(self.id)
        self.catalog = Catalog(self.store, self)
        self.parameters: dict[str, str] = query.system_parameters(self.store)
        self.store.commit()
        self.aborted = threading.Event()
        self.abort_hooks: list[Callable[[], None]] = []
        self.on_kill: Callable[[], None] = lambda: None
        database.sessions[self.id] = self

    # --- statements

    def execute(self, sql: str) -> Result:
        """Runs one statement from the client, as a transaction if autocommit is on.

        Raises:
            SqlError: the statement failed, and nothing of it remains.
        """
        return self._as_transaction(lambda: self._run_statement(sql, nested=False))

    def execute_tree(self, sql: str, tree: exp.Expression) -> Result:
        """Like `execute`, for a prepared statement whose parameters are bound."""

        def run() -> Result:
            self.database.log_statement(self.id, self.user, False, sql)
            return self._counted(sql, lambda: self.run_tree(tree))

        return self._as_transaction(run)

    def _as_transaction(self, run: Callable[[], Result]) -> Result:
        self.is_busy = True
        try:
            result = run()
            if self.autocommit:
                self.store.commit()
                self.statement_number += 1  # in Exasol that is a statement, too
            return result
        except BaseException:
            if self.autocommit:
                self.store.rollback()
            raise
        finally:
            self.aborted.clear()
            self.store.release()
            self.is_busy = False

    def execute_nested(self, sql: str) -> Result:
        """Runs a statement from inside a Lua script: in the transaction of that script."""
        return self._run_statement(sql, nested=True)

    def _run_statement(self, sql: str, nested: bool) -> Result:
        self.database.log_statement(self.id, self.user, nested, sql)
        if self.aborted.is_set():
            raise aborted()
        return self._counted(sql, lambda: self._dispatch(classify.classify(sql)))

    def _counted(self, sql: str, run: Callable[[], Result]) -> Result:
        """Runs a statement, which gets the next number and, with PROFILE, is kept."""
        self.statement_number += 1
        statement = self.statement = Statement(self.id, self.user, self.statement_number, sql)
        result = None
        try:
            result = self._undone_if_it_fails(run)
            return result
        finally:
            statement.end(result)
            if self.parameters["PROFILE"].upper() == "ON":
                self.database.profiles.append(statement)

    def _undone_if_it_fails(self, run: Callable[[], Result]) -> Result:
        savepoint, schema = self.store.savepoint(), self.schema
        try:
            return run()
        except BaseException as error:
            self.schema = schema
            if isinstance(error, SqlError) and error.code == "40001":
                self.store.rollback()  # a collision costs the whole transaction
            else:
                self.store.restore(savepoint)
            raise

    def _dispatch(self, statement) -> Result:
        match statement:
            case statements.Query():
                tree = self.parse(statement.sql)
                return self.run_tree(tree)
            case statements.Nothing():
                return Result()
            case statements.Commit():
                self.store.commit()
                return Result()
            case statements.Rollback():
                self.store.rollback()
                return Result()
            case statements.SetParameter():
                query.set_parameter(self, statement)
                return Result()
            case statements.OpenSchema():
                self.open_schema(statement.schema)
                return Result()
            case statements.KillSession():
                self._kill(statement.session)
                return Result()
            case statements.ExecuteScript():
                return execute_script(self, statement)
            case statements.Export():
                self.catalog.access.require_system_privilege("EXPORT")
                return run_export(self, statement)
            case statements.Import():
                self.catalog.access.require_system_privilege("IMPORT")
                return run_import(self, statement)
        return ddl.execute(self, statement)

    def run_tree(self, tree: exp.Expression) -> Result:
        """Runs a parsed SELECT or DML statement, UDF calls included."""
        if isinstance(tree, exp.Query):
            return query.run(self, tree)
        if isinstance(tree, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
            return dml.run(self, tree)
        raise unsupported(f"statement {tree.key.upper()}")

    # --- state

    def open_schema(self, schema: str | None) -> None:
        """OPEN SCHEMA, or CLOSE SCHEMA with None."""
        if schema:
            self.catalog.require_schema(schema)
            require_use(self, schema)
        self.schema = schema

    def set_autocommit(self, on: bool) -> None:
        """Switching autocommit on commits the open transaction."""
        if on and not self.autocommit:
            self.store.commit()
        self.autocommit = on

    def _kill(self, session_id: int | None) -> None:
        """KILL SESSION: rolls back and ends the connection of that session."""
        victim = self.database.sessions.get(self.id if session_id is None else session_id)
        if victim is None:
            raise SqlError(f"session {session_id} does not exist")
        if victim.user != self.user:
            self.catalog.access.require_system_privilege("KILL ANY SESSION")
        victim.abort()
        victim.on_kill()

    def abort(self) -> None:
        """Stops the running statement; called from the thread that reads from the client."""
        self.aborted.set()
        self.store.interrupt()
        for hook in list(self.abort_hooks):
            hook()

    def close(self) -> None:
        """Rolls back and lets go of everything that the session holds."""
        self.abort()
        self.store.close()
        self.database.sessions.pop(self.id, None)

    # --- building blocks, also for UDFs, Lua scripts and the transport

    def parse(self, sql: str) -> exp.Expression:
        """A query's or DML statement's tree; identifiers are folded like Exasol, and quoted."""
        names = self.catalog.programs.script_names() | self.catalog.programs.function_names()
        return parse(sql, {name.name for name in names})

    def translate(self, tree: exp.Expression) -> str:
        """DuckDB SQL for a query tree without UDF calls; names are resolved, views inlined."""
        return query.prepare(self, tree)[0]

    def translate_annotated(self, tree: exp.Expression) -> str:
        """DuckDB SQL for a tree whose names are resolved and whose types are noted."""
        return translate(tree, self.context())

    def context(self) -> Context:
        """What translation must know of the session."""
        return Context(
            user=self.user,
            schema=self.schema,
            session_id=self.id,
            statement_number=self.statement_number,
            parameters=dict(self.parameters),
            parameters_of=self._parameters_of,
        )

    def _parameters_of(self, session_id: int) -> dict[str, str] | None:
        """The parameters of another session, which not everybody may see."""
        other = self.database.sessions.get(session_id)
        if other is None:
            return None
        self.catalog.access.require_system_privilege("SELECT ANY DICTIONARY")
        return dict(other.parameters)

    def run(self, tree: exp.Expression) -> Result:
        """Runs a query tree without UDF calls; gives Exasol's column names and types."""
        return query.run_plain(self, tree)

    def duckdb_table(self, sql: str) -> pa.Table:
        """The rows of a DuckDB query.

        Raises:
            SqlError: DuckDB refused it or failed.
        """
        return self.store.query(sql)

    def duckdb_run(self, sql: str) -> int:
        """Runs a DuckDB statement; gives the number of affected rows.

        Raises:
            SqlError: DuckDB refused it or failed.
        """
        return self.store.run(sql)

    def register(self, table: pa.Table, columns: list[Column] | None = None) -> str:
        """Makes an Arrow table visible to DuckDB until the outermost statement ends.

        Args:
            columns: Exasol types of its columns, where Arrow's say too little.
        Returns:
            its fresh name, to be used without a schema.
        """
        return self.store.register(table, columns)
