"""The output of a Python model: which column types of Exasol hold what a DataFrame holds."""

import datetime
import decimal
import numbers

import pandas

from .errors import SmeError

MOST_DIGITS = 36
# As wide as a VARCHAR can be: a type must not change because a later run has a longer text.
TEXT = "VARCHAR(2000000)"


def column_type(name, series):
    """The type of a column, from its dtype or, where that is object, from its values.

    Raises:
        SmeError: E-SME-114, no type of Exasol holds them.
    """
    if isinstance(series.dtype, pandas.CategoricalDtype):
        series = series.astype(series.dtype.categories.dtype)
    types = pandas.api.types
    if types.is_bool_dtype(series.dtype):
        return "BOOLEAN"
    if types.is_integer_dtype(series.dtype):
        return whole_number_type(series.dropna())
    if types.is_float_dtype(series.dtype):
        if series.isin([float("inf"), float("-inf")]).any():
            raise unfit(name, "holds infinity", "replace it by a number or by None")
        return "DOUBLE"
    if types.is_datetime64_any_dtype(series.dtype):
        present = series.dropna()
        # The dtype that a DATE arrives with, and still without a time of day.
        is_date = present.dtype == "datetime64[s]" and (present.dt.normalize() == present).all()
        return "DATE" if is_date else "TIMESTAMP"
    if series.dtype == object or types.is_string_dtype(series.dtype):
        return type_of_values(name, series.dropna())
    raise unfit(name, f"has the type {series.dtype}", "turn it into numbers or texts")


def whole_number_type(values):
    """DECIMAL(18,0), or for larger numbers the widest there is."""
    largest = max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0
    return "DECIMAL(18,0)" if largest < 10**18 else f"DECIMAL({MOST_DIGITS},0)"


def type_of_values(name, values):
    """The type of a column of Python objects, none of them missing."""
    found = set(values.map(type))
    if not found or all(issubclass(kind, str) for kind in found):
        return TEXT
    if all(is_boolean(kind) for kind in found):
        return "BOOLEAN"
    if any(is_boolean(kind) for kind in found):
        raise mixed(name, found)
    if all(issubclass(kind, numbers.Integral) for kind in found):
        return whole_number_type(values)
    if all(issubclass(kind, (numbers.Integral, decimal.Decimal)) for kind in found):
        return decimal_type(name, values)
    if all(issubclass(kind, (numbers.Real, decimal.Decimal)) for kind in found):
        return column_type(name, values.astype(float))
    if all(issubclass(kind, datetime.datetime) for kind in found):
        return "TIMESTAMP"
    if all(issubclass(kind, datetime.date) for kind in found):
        return "DATE" if not any(issubclass(k, datetime.datetime) for k in found) else "TIMESTAMP"
    raise mixed(name, found)


def is_boolean(kind):
    """Whether a type is the bool of Python or that of numpy."""
    return kind.__name__ in ("bool", "bool_")


def decimal_type(name, values):
    """A DECIMAL with as many digits behind the point as the longest of the values has."""
    parts = [decimal.Decimal(int(v) if not hasattr(v, "as_tuple") else v) for v in values]
    if not all(part.is_finite() for part in parts):
        raise unfit(name, "holds infinity", "replace it by a number or by None")
    scale = max(0, max(-part.as_tuple().exponent for part in parts))
    whole = max(max(0, part.adjusted() + 1) for part in parts)
    if whole + scale > MOST_DIGITS:
        raise unfit(
            name,
            f"needs {whole + scale} digits, and a DECIMAL has at most {MOST_DIGITS}",
            "round it, or make it float",
        )
    return f"DECIMAL({MOST_DIGITS if whole + scale > 18 else 18},{scale})"


def mixed(name, found):
    """E-SME-114 for values of types that one column cannot hold."""
    names = ", ".join(sorted(kind.__name__ for kind in found))
    return unfit(name, f"holds values of type {names}", "turn them into one type, such as text")


def unfit(name, cause, cure):
    """E-SME-114: a column of the returned frame that no type of Exasol holds."""
    return SmeError(
        "E-SME-114", f"Column {name} {cause}, which no column of a table can hold: {cure}."
    )
