"""System views whose rows come from the server, not from the dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from .catalog.system_views import VIEWS
from .dependencies import Dependency, Object, dependencies
from .results import Column
from .sql.read_access import SYSTEM_PRIVILEGES
from .statistics import Statement
from .types import ExaType

if TYPE_CHECKING:
    from .catalog import Rights
    from .session import Session

Row = dict[str, Any]
SCHEMAS = ("SYS", "EXA_STATISTICS")


def schema_of(view: str) -> str:
    """The schema of a system view."""
    return "EXA_STATISTICS" if view.endswith("_LAST_DAY") else "SYS"


@dataclass(frozen=True)
class LiveView:
    """A system view: its columns with their types, and what gives its rows as a session sees them.

    Columns that a row lacks are NULL: nothing is measured or limited there.
    """

    columns: dict[str, str]
    rows: Callable[[Session, Rights], Iterator[Row]]


def query(session: Session, rights: Rights, view: LiveView) -> exp.Select:
    """A query that gives the rows which a view has at this moment."""
    columns = [Column(name, ExaType.parse(text)) for name, text in view.columns.items()]
    rows = list(view.rows(session, rights))
    arrays = [pa.array([row.get(c.name) for row in rows], c.type.arrow) for c in columns]
    table = pa.Table.from_arrays(arrays, [column.name for column in columns])
    registered = session.register(table, columns)
    names = [exp.column(column.name, quoted=True) for column in columns]
    return exp.select(*names).from_(exp.table_(registered, quoted=True))


# --- sessions ------------------------------------------------------------------------


def _all_sessions(session: Session, rights: Rights) -> Iterator[Row]:
    for other in list(session.database.sessions.values()):
        yield _session(other)


def _own_sessions(session: Session, rights: Rights) -> Iterator[Row]:
    return (row for row in _all_sessions(session, rights) if row["USER_NAME"] == session.user)


def _session(session: Session) -> Row:
    statement, client = session.statement, session.client
    row = {
        "SESSION_ID": session.id,
        "USER_NAME": session.user,
        "EFFECTIVE_USER": session.user,
        "STATUS": "EXECUTE SQL" if session.is_busy else "IDLE",
        "STMT_ID": session.statement_number,
        "QUERY_TIMEOUT": int(session.parameters["QUERY_TIMEOUT"]),
        "LOGIN_TIME": session.login_time,
        "CLIENT": client.name,
        "DRIVER": client.driver,
        "ENCRYPTED": client.encrypted,
        "HOST": client.host,
        "OS_USER": client.os_user,
        "OS_NAME": client.os_name,
        "SCOPE_SCHEMA": session.schema,
    }
    if statement:
        row |= {"COMMAND_NAME": statement.command, "SQL_TEXT": statement.text}
    if statement and session.is_busy:
        row["DURATION"] = int(statement.duration.total_seconds())
    return row


_STATE = {
    "STATUS": "VARCHAR(30)",
    "COMMAND_NAME": "VARCHAR(40)",
    "STMT_ID": "DECIMAL(10,0)",
    "DURATION": "DECIMAL(10,0)",
    "QUERY_TIMEOUT": "DECIMAL(6,0)",
    "ACTIVITY": "VARCHAR(100)",
    "TEMP_DB_RAM": "DECIMAL(10,1)",
    "PERSISTENT_DB_RAM": "DECIMAL(10,1)",
    "LOGIN_TIME": "TIMESTAMP",
    "CLIENT": "VARCHAR(100)",
    "DRIVER": "VARCHAR(100)",
    "ENCRYPTED": "BOOLEAN",
}
_SHARE = {"CONSUMER_GROUP": "VARCHAR(128)", "NICE": "BOOLEAN", "RESOURCES": "DECIMAL(3,0)"}
_WHO = {"SESSION_ID": "DECIMAL(20,0)", "USER_NAME": "VARCHAR(128)"}
_RESTRICTED_SESSION = {**_WHO, **_STATE, **_SHARE}
_WHOLE_SESSION = {
    **_WHO,
    "EFFECTIVE_USER": "VARCHAR(128)",
    **_STATE,
    "HOST": "VARCHAR(100)",
    "OS_USER": "VARCHAR(128)",
    "OS_NAME": "VARCHAR(100)",
    "SCOPE_SCHEMA": "VARCHAR(128)",
    **_SHARE,
    "SQL_TEXT": "VARCHAR(2000000)",
}


# --- what the session's user may do --------------------------------------------------


def _privileges(session: Session, rights: Rights) -> Iterator[Row]:
    for privilege in sorted(SYSTEM_PRIVILEGES if rights.are_all else rights.system):
        yield {"PRIVILEGE": privilege}


def _roles(session: Session, rights: Rights) -> Iterator[Row]:
    for role in sorted(rights.grantees - {session.user}):
        yield {"ROLE_NAME": role}


def _connections(session: Session, rights: Rights) -> Iterator[Row]:
    """What may be used; the address and user of those alone that may be changed."""
    for connection in session.catalog.access.usable_connections():
        row = {"CONNECTION_NAME": connection.name}
        if session.catalog.access.manages(rights, connection.name, "ALTER ANY CONNECTION"):
            row |= {"CONNECTION_STRING": connection.address, "USER_NAME": connection.user}
        yield row


# --- what views read ------------------------------------------------------------------


def _all_dependencies(session: Session, rights: Rights) -> Iterator[Row]:
    for found in dependencies(session):
        view = found.view
        if rights.has("SELECT ANY DICTIONARY") or rights.on("SELECT", view.name, view.owner):
            yield _dependency(found)


def _own_dependencies(session: Session, rights: Rights) -> Iterator[Row]:
    found = dependencies(session)
    return (_dependency(one) for one in found if one.view.owner == session.user)


def _dependency(found: Dependency) -> Row:
    return {
        **_object(found.view),
        "REFERENCE_TYPE": "VIEW",
        **{f"REFERENCED_{name}": value for name, value in _object(found.referenced).items()},
    }


def _object(object_: Object) -> Row:
    return {
        "OBJECT_SCHEMA": object_.name.schema,
        "OBJECT_NAME": object_.name.name,
        "OBJECT_TYPE": object_.kind,
        "OBJECT_OWNER": object_.owner,
        "OBJECT_ID": object_.id,
    }


_OBJECT = {
    "OBJECT_SCHEMA": "VARCHAR(128)",
    "OBJECT_NAME": "VARCHAR(128)",
    "OBJECT_TYPE": "VARCHAR(20)",
    "OBJECT_OWNER": "VARCHAR(128)",
    "OBJECT_ID": "DECIMAL(18,0)",
}
_DEPENDENCY = {
    **_OBJECT,
    "REFERENCE_TYPE": "VARCHAR(20)",
    **{f"REFERENCED_{name}": type_ for name, type_ in _OBJECT.items()},
}


# --- statistics ----------------------------------------------------------------------


def _all_profiles(session: Session, rights: Rights) -> Iterator[Row]:
    return (_profile(statement) for statement in list(session.database.profiles))


def _own_profiles(session: Session, rights: Rights) -> Iterator[Row]:
    mine = [s for s in list(session.database.profiles) if s.user == session.user]
    return (_profile(statement) for statement in mine)


def _profile(statement: Statement) -> Row:
    """A statement as the one part that is measured of it."""
    return {
        "SESSION_ID": statement.session,
        "STMT_ID": statement.number,
        "COMMAND_NAME": statement.command,
        "COMMAND_CLASS": statement.command_class,
        "PART_ID": 1,
        "IPROC": 0,
        "PART_NAME": "COMPILE / EXECUTE",
        "OUT_ROWS": statement.rows,
        "DURATION": round(statement.duration.total_seconds(), 3),
        "START_TIME": statement.started,
        "STOP_TIME": statement.stopped,
        "SQL_TEXT": statement.text,
    }


_STATEMENT = {
    "SESSION_ID": "DECIMAL(20,0)",
    "STMT_ID": "DECIMAL(10,0)",
    "COMMAND_NAME": "VARCHAR(40)",
    "COMMAND_CLASS": "VARCHAR(20)",
}
_PART = {
    "PART_ID": "DECIMAL(9,0)",
    "PART_NAME": "VARCHAR(20)",
    "PART_INFO": "VARCHAR(256)",
    "OBJECT_SCHEMA": "VARCHAR(128)",
    "OBJECT_NAME": "VARCHAR(128)",
    "OBJECT_ROWS": "DECIMAL(18,0)",
}
_MEASURED = {
    "OUT_ROWS": "DECIMAL(18,0)",
    "DURATION": "DOUBLE",
    "CPU": "DOUBLE",
    "TEMP_DB_RAM_PEAK": "DOUBLE",
    "PERSISTENT_DB_RAM_PEAK": "DOUBLE",
    "HDD_READ": "DOUBLE",
    "HDD_WRITE": "DOUBLE",
    "NET": "DOUBLE",
    "REMARKS": "VARCHAR(1000)",
}
_PROFILE = {**_STATEMENT, **_PART, **_MEASURED, "SQL_TEXT": "VARCHAR(2000000)"}
_INNER_PROFILE = {
    **_STATEMENT,
    **_PART,
    "IN_ROWS": "DECIMAL(18,0)",
    **_MEASURED,
    "MEM_PEAK": "DOUBLE",
    "START_TIME": "TIMESTAMP",
    "STOP_TIME": "TIMESTAMP",
}


def _size(session: Session, rights: Rights) -> Iterator[Row]:
    total, free = session.database.disk_space()
    yield {
        "MEASURE_TIME": datetime.now(UTC).replace(tzinfo=None),
        "COMMITTED_SIZE": total - free,
        "DEVICE_SIZE": total - free,
        "HDD_FREE": free,
        "REDUNDANCY": 1,
        "TEMP_SWAP_DATA": 0,
    }


_SIZES = ("COMMITTED_SIZE", "DEVICE_SIZE", "HDD_FREE", "REDUNDANCY", "TEMP_SWAP_DATA")


def _system_tables(session: Session, rights: Rights) -> Iterator[Row]:
    for name in sorted(VIEWS.keys() | LIVE_VIEWS.keys() - INNER_VIEWS):
        yield {"SCHEMA_NAME": schema_of(name), "OBJECT_NAME": name, "OBJECT_TYPE": "VIEW"}


LIVE_VIEWS = {
    "EXA_ALL_SESSIONS": LiveView(_RESTRICTED_SESSION, _all_sessions),
    "EXA_DBA_SESSIONS": LiveView(_WHOLE_SESSION, _all_sessions),
    "EXA_USER_SESSIONS": LiveView(_WHOLE_SESSION, _own_sessions),
    "EXA_SESSION_PRIVS": LiveView({"PRIVILEGE": "VARCHAR(128)"}, _privileges),
    "EXA_SESSION_ROLES": LiveView(
        {
            "ROLE_NAME": "VARCHAR(128)",
            "ROLE_CONSUMER_GROUP": "VARCHAR(128)",
            "ROLE_COMMENT": "VARCHAR(2000)",
        },
        _roles,
    ),
    "EXA_SESSION_CONNECTIONS": LiveView(
        {
            "CONNECTION_NAME": "VARCHAR(128)",
            "CONNECTION_STRING": "VARCHAR(2000000)",
            "USER_NAME": "VARCHAR(2000000)",
            "CREATED": "TIMESTAMP",
            "CONNECTION_COMMENT": "VARCHAR(2000)",
        },
        _connections,
    ),
    "EXA_ALL_DEPENDENCIES": LiveView(_DEPENDENCY, _all_dependencies),
    "EXA_DBA_DEPENDENCIES": LiveView(_DEPENDENCY, _all_dependencies),
    "EXA_USER_DEPENDENCIES": LiveView(_DEPENDENCY, _own_dependencies),
    "EXA_DBA_PROFILE_LAST_DAY": LiveView(_PROFILE, _all_profiles),
    "EXA_USER_PROFILE_LAST_DAY": LiveView(_PROFILE, _own_profiles),
    "$EXA_PROFILE_LAST_DAY": LiveView(_INNER_PROFILE, _own_profiles),
    "$EXA_PROFILE_DETAILS_LAST_DAY": LiveView(
        {**_INNER_PROFILE, "IPROC": "DECIMAL(9,0)"}, _own_profiles
    ),
    "$EXA_STATS_DB_SIZE": LiveView(
        {"MEASURE_TIME": "TIMESTAMP", **dict.fromkeys(_SIZES, "DECIMAL(20,0)")}, _size
    ),
    "EXA_SYSCAT": LiveView(
        {
            "SCHEMA_NAME": "VARCHAR(128)",
            "OBJECT_NAME": "VARCHAR(128)",
            "OBJECT_TYPE": "VARCHAR(20)",
            "OBJECT_COMMENT": "VARCHAR(2000)",
        },
        _system_tables,
    ),
}

# Exasol does not document these; its clients read them all the same.
INNER_VIEWS = {name for name in LIVE_VIEWS if name.startswith("$")}
