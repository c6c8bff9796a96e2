"""Checks requests and shapes answers by botocore's own description of the service."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from .errors import AwsError, validation

# What Java's \p{..} classes stand for inside a [...] of Python's re. `\w` is letters,
# digits and `_`; every pattern that names \p{L} or \p{N} allows `_` as well.
_UNICODE_CLASSES = {
    "L": r"\w",
    "N": r"\w",
    "Alnum": "a-zA-Z0-9",
    "M": "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u20d0-\u20ff",
    "Print": " -~",
    "P": r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u206f\u3001-\u303f",
    "S": r"!-/:-@\[-`{-~\u00a1-\u00bf\u00d7\u00f7\u2030-\u2bff",
    "Z": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
_SURROGATE_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"
_SUPPLEMENTARY_PLANES = r"\U00010000-\U0010ffff"

_JSON_NAMES = {
    str: "STRING_VALUE",
    bool: "BOOLEAN_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}


# What botocore calls a service that signs by another name.
_SIGNS_AS = {"servicequotas": "service-quotas"}


@functools.cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """botocore's description of a service, by the name that it signs with."""
    return botocore.session.get_session().get_service_model(_SIGNS_AS.get(service, service))


@functools.cache
def python_pattern(java_pattern: str) -> re.Pattern[str]:
    """The same regular expression for Python's `re`."""
    pattern = java_pattern.replace(_SURROGATE_PAIRS, _SUPPLEMENTARY_PLANES)
    pattern = re.sub(r"^(\\p\{\w+\})", r"[\1]", pattern)  # a class that stands alone
    pattern = re.sub(r"\\p\{(\w+)\}", lambda found: _UNICODE_CLASSES[found[1]], pattern)
    pattern = re.sub(r"\$\{\d+,\d+\}$", "$", pattern)  # a length after the end: no meaning
    return re.compile(pattern)


def check_request(operation: OperationModel, request: Any) -> None:
    """Raises the error that AWS answers a malformed request with; a good one passes."""
    shape = operation.input_shape
    if shape is None:
        return
    found = list(violations(shape, request, ""))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise validation(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yields one sentence for every constraint of `shape` that `value` does not keep.

    Raises:
        AwsError: SerializationException, when a value is not of the shape's JSON type.
    """
    _check_type(shape, value, path)
    kind = shape.type_name
    if kind == "structure":
        yield from _structure_violations(shape, value, path)
        return
    constraints = shape.metadata
    if kind == "list":
        yield from _range_violations(value, len(value), "length", constraints, path)
        for position, element in enumerate(value, start=1):
            yield from violations(shape.member, element, f"{path}.{position}.member")
    elif kind == "map":
        yield from _range_violations(value, len(value), "length", constraints, path)
        for key, element in value.items():
            yield from violations(shape.key, key, f"{path}.{key}.key")
            yield from violations(shape.value, element, f"{path}.{key}.member")
    elif kind == "string":
        yield from _string_violations(value, constraints, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _range_violations(value, value, "value", constraints, path)


def _check_type(shape: Shape, value: Any, path: str) -> None:
    expected = _PYTHON_TYPES.get(shape.type_name, (object,))
    is_boolean = isinstance(value, bool)
    if isinstance(value, expected) and (not is_boolean or bool in expected):
        return
    received = _JSON_NAMES.get(type(value), "NULL")
    raise AwsError(
        "SerializationException",
        f"{received} at '{path}' can not be converted to a {shape.type_name.capitalize()}",
    )


def _structure_violations(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield (
                f"Value null at '{prefix}{_lower_first(name)}' failed to satisfy constraint: "
                "Member must not be null"
            )
    for name, element in value.items():
        member_path = f"{prefix}{_lower_first(name)}"
        if name not in shape.members:
            yield f"Value at '{member_path}' failed to satisfy constraint: Unknown member"
        elif element is not None:
            yield from violations(shape.members[name], element, member_path)


def _string_violations(value: str, constraints: dict[str, Any], path: str) -> Iterator[str]:
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: "
    enum = constraints.get("enum")
    if enum and value not in enum:
        yield f"{failed}Member must satisfy enum value set: [{', '.join(enum)}]"
    yield from _range_violations(value, len(value), "length", constraints, path)
    pattern = constraints.get("pattern")
    if pattern and not python_pattern(pattern).fullmatch(value):
        yield f"{failed}Member must satisfy regular expression pattern: {pattern}"


def _range_violations(
    value: Any, size: float, noun: str, constraints: dict[str, Any], path: str
) -> Iterator[str]:
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have {noun} "
    if "min" in constraints and size < constraints["min"]:
        yield f"{failed}greater than or equal to {constraints['min']}"
    if "max" in constraints and size > constraints["max"]:
        yield f"{failed}less than or equal to {constraints['max']}"


def shape_response(shape: Shape | None, value: Any) -> Any:
    """Keeps what the service's model knows, and drops None. Times are epoch seconds."""
    if shape is None:
        return {}
    kind = shape.type_name
    if kind == "structure":
        return {
            name: shape_response(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [shape_response(shape.member, element) for element in value]
    if kind == "map":
        return {key: shape_response(shape.value, element) for key, element in value.items()}
    return value


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
