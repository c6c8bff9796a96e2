"""Replaces the script calls of a query by tables that hold their results.

Innermost SELECT first: the arguments, group keys and whatever else the SELECT needs are
computed by a plain query, the script runs over its rows, and the SELECT is rewritten to
read from the registered result.
"""

from __future__ import annotations

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..results import Column
from .calls import ScriptCall, find_calls, own_calls, selects_innermost_first
from .emitting import expand_scalar_emits, expand_set_emits
from .returning import expand_scalar_returns, expand_set_returns
from .source import Reader, is_part_of


def has_udf_call(session, tree: exp.Expression) -> bool:
    """Whether a UDF is called in the tree (in which views have been put in already)."""
    return bool(find_calls(session, tree))


def expand(session, tree: exp.Expression) -> exp.Expression:
    """The tree with every UDF call evaluated; without such calls, the same tree.

    Raises:
        SqlError: a script failed (22002), or a call stands where Exasol allows none.
    """
    return _expand(Reader(session), tree)


def output_columns(session, tree: exp.Expression) -> list[Column]:
    """The columns of a query with UDF calls, found without running these."""
    expanded = _expand(Reader(session, describe_only=True), tree.copy())
    return session.run(_without_rows(expanded)).columns


def _expand(reader: Reader, tree: exp.Expression) -> exp.Expression:
    if not has_udf_call(reader.session, tree):
        return tree
    for select in list(selects_innermost_first(tree)):
        # a call whose arguments hold calls has its turn after these
        while calls := own_calls(reader.session, select):
            expanded = _expand_select(reader, select, calls)
            if select is tree:
                tree = expanded
            elif expanded is not select:
                select.replace(expanded)
            select = expanded
    for call in find_calls(reader.session, tree):
        raise unsupported(f"script {call.full_name} called outside a SELECT")
    return tree


def _expand_select(reader: Reader, select: exp.Select, calls: list[ScriptCall]) -> exp.Select:
    for call in calls:
        _check_place(select, call)
    ready = [call for call in calls if not _holds_a_call(call, calls)]
    returning = [call for call in ready if not call.emits_rows]
    sets = [call for call in returning if call.is_set]
    if sets:
        if len(sets) < len(calls):
            raise unsupported("a SET script beside other scripts in one SELECT")
        return expand_set_returns(reader, select, sets)
    if returning:
        return expand_scalar_returns(reader, select, returning)
    return _expand_emitting(reader, select, ready)


def _holds_a_call(call: ScriptCall, calls: list[ScriptCall]) -> bool:
    return any(other is not call and is_part_of(other.node, call.node) for other in calls)


def _expand_emitting(reader: Reader, select: exp.Select, calls: list[ScriptCall]) -> exp.Select:
    call = calls[0]
    if len(calls) > 1:
        raise SqlError("only one script that emits rows is allowed in a select list")
    if not call.is_set:
        return expand_scalar_emits(reader, select, call)
    if len(select.expressions) > 1:
        raise SqlError(
            f"SET script {call.full_name} emits rows: no other expressions are allowed in the "
            "select list"
        )
    return expand_set_emits(reader, select, call)


def _check_place(select: exp.Select, call: ScriptCall) -> None:
    if call.emits_rows and not any(call.node is item for item in select.expressions):
        raise SqlError(
            f"script {call.full_name} emits rows and is only allowed as a whole item of the "
            "select list"
        )
    if call.emits is not None and not call.emits_rows:
        raise SqlError(f"script {call.full_name} returns a value; EMITS is not allowed")
    if call.order and not call.is_set:
        raise SqlError(f"ORDER BY is only allowed in calls of SET scripts: {call.full_name}")
    if isinstance(call.node.find_ancestor(exp.Join, exp.Select), exp.Join):
        raise unsupported("script calls in the ON clause of a join")


def _without_rows(tree: exp.Expression) -> exp.Expression:
    alias = exp.TableAlias(this=exp.to_identifier("DESCRIBED", quoted=True))
    return exp.select("*").from_(exp.Subquery(this=tree, alias=alias)).limit(0)
