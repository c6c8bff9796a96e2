"""The system views as a session sees them: its own objects, what it may use, who is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .catalog.system_views import ALL_VIEWS, SESSION_VIEWS, VIEWS
from .privileges import denied
from .sql.read_access import SYSTEM_PRIVILEGES
from .sql.resolve import Target
from .sql.statements import Name

if TYPE_CHECKING:
    from .catalog import Rights
    from .session import Session


def view(session: Session, name: str, view_owner: str | None) -> Target | None:
    """A view of the schema SYS, or None.

    Raises:
        SqlError: EXA_DBA_* without the right to read it.
    """
    if name not in VIEWS:
        return None
    rights = session.catalog.access.rights(view_owner or session.user)
    if name.startswith("EXA_DBA_") and not rights.has("SELECT ANY DICTIONARY"):
        raise denied(f": SELECT on table {name}")
    return Target(Name("SYS", name), _query(session, name, rights))


def _query(session: Session, name: str, rights: Rights) -> exp.Expression | None:
    if name in SESSION_VIEWS:
        mine = _column(SESSION_VIEWS[name]).eq(exp.Literal.string(session.user))
        return _everything(name.replace("EXA_USER_", "EXA_DBA_")).where(mine)
    if name in ALL_VIEWS and not rights.has("SELECT ANY DICTIONARY"):
        return _everything(name).where(_visible(name, rights))
    if name == "EXA_SESSION_PRIVS":
        return _list("PRIVILEGE", sorted(SYSTEM_PRIVILEGES if rights.are_all else rights.system))
    if name == "EXA_SESSION_ROLES":
        return _list("ROLE", sorted(rights.grantees - {session.user}))
    if name == "EXA_PARAMETERS":
        return _parameters(session.parameters)
    if name in ("EXA_ALL_SESSIONS", "EXA_DBA_SESSIONS", "EXA_USER_SESSIONS"):
        sessions = list(session.database.sessions.values())
        if name == "EXA_USER_SESSIONS":
            sessions = [other for other in sessions if other.user == session.user]
        return _sessions(sessions, with_client=name != "EXA_ALL_SESSIONS")
    return None


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _everything(view: str) -> exp.Select:
    return exp.select("*").from_(exp.table_(view, db="SYS", quoted=True))


def _visible(view: str, rights: Rights) -> exp.Expression:
    """EXA_ALL_*: what belongs to the user, or what any privilege was granted for."""
    owner, schema, name = ALL_VIEWS[view]
    visible = [_one_of(owner, rights.grantees)]
    if view == "EXA_ALL_OBJ_PRIVS":
        return exp.or_(*visible, _one_of("GRANTEE", rights.grantees))
    for _, in_schema, object_ in sorted(rights.objects, key=str):
        condition = _one_of(schema, [in_schema])
        if object_ is not None:
            condition = exp.and_(condition, _one_of(name, [object_]))
        visible.append(condition)
    if view in ("EXA_ALL_OBJECTS", "EXA_ALL_OBJECT_SIZES"):
        kinds = ["SCHEMA"] + ["TABLE", "VIEW"] * rights.see_every_table
        visible.append(_one_of("OBJECT_TYPE", kinds + ["SCRIPT"] * rights.see_every_script))
    elif rights.see_every_script if view == "EXA_ALL_SCRIPTS" else rights.see_every_table:
        visible.append(exp.true())
    return exp.or_(*visible)


def _one_of(column: str, values) -> exp.Expression:
    return _column(column).isin(*[exp.Literal.string(value) for value in sorted(values)])


def _list(column: str, values: list[str]) -> exp.Expression:
    """A view of one column."""
    rows = [exp.select(exp.alias_(exp.Literal.string(v), column, quoted=True)) for v in values]
    if not rows:
        rows = [exp.select(exp.alias_(exp.Literal.string("-"), column, quoted=True)).where("FALSE")]
    return _all_of(rows)


def _all_of(rows: list[exp.Select]) -> exp.Expression:
    return exp.union(*rows, distinct=False) if len(rows) > 1 else rows[0]


def _parameters(parameters: dict[str, str]) -> exp.Expression:
    """EXA_PARAMETERS: the session's values beside the system's."""
    session_value = exp.Case(this=_column("PARAMETER_NAME"))
    for name, value in parameters.items():
        session_value = session_value.when(
            exp.Literal.string(name), exp.Literal.string(value), copy=False
        )
    everything = exp.table_("EXA_PARAMETERS", db="SYS", quoted=True)
    return exp.select(
        _column("PARAMETER_NAME"),
        exp.alias_(session_value, "SESSION_VALUE", quoted=True),
        _column("SYSTEM_VALUE"),
    ).from_(everything)


def _sessions(sessions: list[Session], with_client: bool) -> exp.Expression:
    """EXA_*_SESSIONS: who is connected, and whether a statement is running."""
    return _all_of([_session(session, with_client) for session in sessions])


def _session(session: Session, with_client: bool) -> exp.Select:
    number = exp.Literal.number(session.id)
    text = exp.Literal.string
    values: dict[str, exp.Expression] = {
        "SESSION_ID": exp.cast(number, "DECIMAL(20,0)"),
        "USER_NAME": text(session.user),
        "STATUS": text("EXECUTE SQL" if session.is_busy else "IDLE"),
        "STMT_ID": exp.Literal.number(session.statement_number),
        "LOGIN_TIME": exp.cast(text(session.login_time), "TIMESTAMP"),
    }
    if with_client:
        client = session.client
        values |= {
            "CLIENT": text(client.name),
            "DRIVER": text(client.driver),
            "OS_USER": text(client.os_user),
            "OS_NAME": text(client.os_name),
            "SCOPE_SCHEMA": text(session.schema or ""),
        }
    return exp.select(*[exp.alias_(value, name, quoted=True) for name, value in values.items()])
