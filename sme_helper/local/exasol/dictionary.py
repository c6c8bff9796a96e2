"""The system views as a session sees them: its own objects, and what it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .catalog.system_views import ALL_VIEWS, ROLE_VIEWS, SESSION_VIEWS, VIEWS
from .live_views import LIVE_VIEWS, SCHEMAS, query, schema_of
from .privileges import denied
from .sql.resolve import Target
from .sql.statements import Name
from .table_sizes import ROW_COUNTS, SIZES, with_row_counts, with_sizes

__all__ = ["SCHEMAS", "schema_of", "view"]

if TYPE_CHECKING:
    from .catalog import Rights
    from .session import Session


def view(
    session: Session, name: str, view_owner: str | None, tree: exp.Expression
) -> Target | None:
    """A view of the schema SYS, as the query of this tree needs it, or None.

    Raises:
        SqlError: EXA_DBA_* without the right to read it.
    """
    if name not in VIEWS and name not in LIVE_VIEWS:
        return None
    rights = session.catalog.access.rights(view_owner or session.user)
    if name.startswith("EXA_DBA_") and not rights.has("SELECT ANY DICTIONARY"):
        raise denied(f": SELECT on table {name}")
    return Target(Name("SYS", name), _query(session, name, rights, tree))


def _query(
    session: Session, name: str, rights: Rights, tree: exp.Expression
) -> exp.Expression | None:
    if name in LIVE_VIEWS:
        return query(session, rights, LIVE_VIEWS[name])
    if name == "EXA_PARAMETERS":
        return _parameters(session.parameters)
    seen = _seen(session, name, rights)
    # All tables are read for these columns, which most queries of the views leave out.
    if name.endswith("_TABLES") and _asks_for(tree, ROW_COUNTS):
        return with_row_counts(session, name, seen or _everything(name))
    if name.endswith("_OBJECT_SIZES") and _asks_for(tree, SIZES):
        return with_sizes(session, name, seen or _everything(name))
    return seen


def _asks_for(tree: exp.Expression, columns: tuple[str, ...]) -> bool:
    names = (column.name for column in tree.find_all(exp.Column))
    return tree.find(exp.Star) is not None or any(name in columns for name in names)


def _seen(session: Session, name: str, rights: Rights) -> exp.Select | None:
    """What of a view a session sees; None for all of it."""
    if name in SESSION_VIEWS:
        mine = _column(SESSION_VIEWS[name]).eq(exp.Literal.string(session.user))
        return _everything(name).where(mine)
    if name in ROLE_VIEWS:
        return _everything(name).where(_one_of("GRANTEE", rights.grantees - {session.user}))
    if name in ALL_VIEWS and not rights.has("SELECT ANY DICTIONARY"):
        return _everything(name).where(_visible(name, rights))
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
