"""Finding script calls in a query's tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ..sql.called import called_name, whole_call
from ..sql.statements import Script


@dataclass
class ScriptCall:
    """A call of a UDF in a SELECT.

    Attributes:
        node: what stands in the tree: the call, or schema.call.
        script: the script that is called.
        arguments: without the ORDER BY that may stand behind the last one.
        order: the items of that ORDER BY.
        emits: the text between the parentheses of EMITS in the query, or None.
        view_owner: whose view the call stands in, or None.
    """

    node: exp.Expression
    script: Script
    arguments: list[exp.Expression]
    order: list[exp.Ordered]
    emits: str | None
    view_owner: str | None

    @property
    def emits_rows(self) -> bool:
        return self.script.returns == "EMITS"

    @property
    def is_set(self) -> bool:
        return self.script.kind == "SET"

    @property
    def full_name(self) -> str:
        return f"{self.script.name.schema}.{self.script.name.name}"


def find_calls(session, tree: exp.Expression) -> list[ScriptCall]:
    """All calls of UDFs in a tree, in the order of the text."""
    known = {name.name for name in session.catalog.programs.script_names()}
    if not known:
        return []
    calls = []
    for node in tree.find_all(exp.Anonymous, bfs=False):
        name = called_name(node)
        if name.name not in known:
            continue
        script = session.catalog.programs.script(name)
        if script is not None and script.is_udf:
            calls.append(_call(whole_call(node), node, script))
    return calls


def own_calls(session, select: exp.Select) -> list[ScriptCall]:
    """The calls that stand in this SELECT itself, not in a query inside it."""
    return [
        call
        for call in find_calls(session, select)
        if call.node.find_ancestor(exp.Select) is select
    ]


def _call(whole: exp.Expression, node: exp.Anonymous, script: Script) -> ScriptCall:
    arguments, order = [], []
    for argument in node.expressions:
        # what follows ORDER BY has been read into the argument before it
        if isinstance(argument, exp.Order):
            order = argument.expressions
            argument = argument.this
        arguments.append(argument)
    emits, view_owner = node.args.get("emits"), node.meta.get("view_owner")
    return ScriptCall(whole, script, arguments, order, emits, view_owner)


def selects_innermost_first(node: exp.Expression) -> Iterator[exp.Select]:
    """Every SELECT after those that it reads from, CTEs before the query that they belong to."""
    with_ = node.args.get("with_")
    children = [with_, *(child for child in node.iter_expressions() if child is not with_)]
    for child in children:
        if child is not None:
            yield from selects_innermost_first(child)
    if isinstance(node, exp.Select):
        yield node


def visible_ctes(select: exp.Select) -> list[exp.CTE]:
    """The common table expressions that `select` may read, outermost first."""
    found: list[exp.CTE] = []
    inside: exp.Expression | None = None
    node: exp.Expression | None = select
    while node is not None:
        with_ = node.args.get("with_")
        if with_ is not None:
            before = []
            for cte in with_.expressions:
                if inside is with_ and _contains(cte, select):
                    break
                before.append(cte)
            found = before + found
        inside, node = node, node.parent
    by_name: dict[str, exp.CTE] = {cte.alias: cte for cte in found}
    return list(by_name.values())


def _contains(ancestor: exp.Expression, node: exp.Expression | None) -> bool:
    while node is not None and node is not ancestor:
        node = node.parent
    return node is ancestor
