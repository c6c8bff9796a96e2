"""Calls of SQL functions (CREATE FUNCTION) become the expressions that they stand for.

A function's steps are run on expressions instead of values: an IF becomes a CASE of what
both ways return, and every value is cast to the type of the variable that takes it.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..types import ExaType
from .called import called_name, whole_call
from .naming import output_name
from .statements import Assign, Function, Name, Return, Step
from .type_rules import data_type

# The function of a name as it is called, or None; whose rights count inside a view.
Find = Callable[[Name, str | None], Function | None]
# The tree of a query's text.
Parse = Callable[[str], exp.Expression]
Values = dict[str, exp.Expression]

_MAX_DEPTH = 32


def inline_functions(tree: exp.Expression, find: Find, parse: Parse) -> exp.Expression:
    """The tree with calls of SQL functions replaced; changes the tree it is given.

    Raises:
        SqlError: a wrong number of arguments, or a function that calls itself.
    """
    return _Inliner(find, parse).replace_calls(tree, schema=None, depth=0)


class _Inliner:
    def __init__(self, find: Find, parse: Parse):
        self._find = find
        self._parse = parse

    def replace_calls(self, tree: exp.Expression, schema: str | None, depth: int) -> exp.Expression:
        """`schema` is where the functions are whose calls name none."""
        for call in reversed(list(tree.find_all(exp.Anonymous, bfs=False))):
            name = called_name(call)
            full_name = Name(name.schema or schema, name.name)
            function = self._find(full_name, call.meta.get("view_owner"))
            if function is None:
                continue
            if depth > _MAX_DEPTH:
                raise SqlError(f"function {function.name.name} calls itself")
            whole = whole_call(call)
            _keep_output_name(whole)
            value = exp.Paren(this=self._value_of(function, call.expressions, depth))
            if whole is tree:
                return value
            whole.replace(value)
        return tree

    def _value_of(self, function: Function, arguments: list[exp.Expression], depth: int):
        if len(arguments) != len(function.parameters):
            raise SqlError(f"wrong number of arguments for function {function.name.name}")
        values: Values = {
            parameter.name: _cast(argument, parameter.type)
            for parameter, argument in zip(function.parameters, arguments, strict=True)
        }
        values |= {v.name: _cast(exp.Null(), v.type) for v in function.variables}
        return self._result(function, function.steps, values, depth)

    def _result(self, function: Function, steps: tuple[Step, ...], values: Values, depth: int):
        """What the steps return, given the values of parameters and variables."""
        if not steps:
            raise SqlError(f"function {function.name.name} ends without RETURN")
        step, rest = steps[0], steps[1:]
        if isinstance(step, Return):
            value = self._expression(function, step.value, values, depth)
            return _cast(value, function.returns)
        if isinstance(step, Assign):
            type_ = next((v.type for v in function.variables if v.name == step.variable), None)
            if type_ is None:
                raise SqlError(f"variable {step.variable} not found in {function.name.name}")
            value = self._expression(function, step.value, values, depth)
            return self._result(
                function, rest, {**values, step.variable: _cast(value, type_)}, depth
            )
        condition = self._expression(function, step.condition, values, depth)
        then = self._result(function, step.then + rest, values, depth)
        otherwise = self._result(function, step.otherwise + rest, values, depth)
        return exp.Case().when(condition, then, copy=False).else_(otherwise, copy=False)

    def _expression(self, function: Function, text: str, values: Values, depth: int):
        tree = self._parse(f"SELECT {text}")
        if tree.find(exp.From, exp.Subquery) or len(tree.expressions) != 1:
            raise unsupported(f"in a function: {text}")
        value = self.replace_calls(tree.expressions[0].pop(), function.name.schema, depth + 1)

        def put(node: exp.Expression) -> exp.Expression:
            if not isinstance(node, exp.Column):
                return node
            if node.table or node.name not in values:
                raise SqlError(f"object {node.name} not found in {function.name.name}")
            return values[node.name].copy()

        return value.transform(put, copy=False)


def _cast(value: exp.Expression, type_: ExaType) -> exp.Cast:
    return exp.Cast(this=value.copy(), to=data_type(type_))


def _keep_output_name(call: exp.Expression) -> None:
    """Gives the select item around a call the name that it has by its text."""
    item = call
    while item.parent is not None and not isinstance(item.parent, exp.Select):
        item = item.parent
    is_item = item.parent is not None and item.arg_key == "expressions"
    if is_item and not isinstance(item, exp.Alias):
        alias = exp.Alias(alias=exp.to_identifier(output_name(item), quoted=True))
        item.replace(alias)
        alias.set("this", item)
