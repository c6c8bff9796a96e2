"""A request held against the description of the service that botocore has, before any export.

boto3 itself looks at types and names only, and leaves patterns and lengths to AWS.
"""

import re

from .errors import SmeError

# Of Java, in the patterns of tags, which allow `_` as well.
CHARACTER_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s"}


def check_limits(client, operation, request):
    """Raises E-SME-64 with every value that AWS would refuse for its form."""
    found = list(
        refusals(client.meta.service_model.operation_model(operation).input_shape, request)
    )
    if found:
        raise SmeError("E-SME-64", f"AWS would refuse this: {', '.join(found)}.")


def refusals(shape, value, name=""):
    """One clause for each limit of a shape that a value does not keep."""
    limits = shape.metadata
    if shape.type_name == "structure":
        for member, inner in value.items():
            if member in shape.members:
                yield from refusals(shape.members[member], inner, member)
    elif shape.type_name == "list":
        yield from size_refusals(limits, len(value), f"the number of {name} is {len(value)}")
        for inner in value:
            yield from refusals(shape.member, inner, name)
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from refusals(shape.key, key, name)
            yield from refusals(shape.value, inner, name)
    elif shape.type_name == "string":
        yield from size_refusals(limits, len(value), f"{name} {value} has {len(value)} characters")
        if limits.get("enum") and value not in limits["enum"]:
            yield f"{name} is {value}, but can be {', '.join(limits['enum'])}"
        elif not matches(limits.get("pattern"), value):
            yield f"{name} is {value}, but must look like {limits['pattern']}"
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from size_refusals(limits, value, f"{name} is {value}")


def size_refusals(limits, size, clause):
    """A clause where a size is below the least or above the most."""
    if "min" in limits and size < limits["min"]:
        yield f"{clause}, but must be at least {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"{clause}, but can be {limits['max']} at the most"


def matches(pattern, value):
    """Whether a value has the form. A form that only Java can read is left to AWS."""
    if pattern is None:
        return True
    for java, python in CHARACTER_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True
