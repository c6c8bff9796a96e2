"""Values as the text that the model was trained on, a whole column at a time.

The training export makes this text in SQL (dictionary.lua), and sme.predict sends that
same text as one line a row. These functions are for typed calls of an endpoint, and give
the same text.
"""

import numpy
import pandas

QUOTE = chr(34)
QUOTED_KINDS = ("VARCHAR", "CHAR", "GEOMETRY")
# Above this, a double does not hold every whole number.
EXACT_IN_DOUBLE = 2**53


def kind_of(sql_type):
    """The first word of a type: VARCHAR, DECIMAL, TIMESTAMP, ..."""
    return sql_type.upper().split("(")[0].split()[0]


def scale_of(sql_type):
    """The digits after the point of a DECIMAL type."""
    return int(sql_type.split(")")[0].split(",")[1]) if "," in sql_type else 0


def precision_of(sql_type):
    """The digits of a DECIMAL type."""
    return int(sql_type.split("(")[1].split(")")[0].split(",")[0]) if "(" in sql_type else 18


def csv_lines(frame, sql_types):
    """One CSV line a row, each with its line break.

    Text is quoted always, everything else never, and NULL is the empty field.

    Args:
        frame: a DataFrame as ctx.get_dataframe gives it.
        sql_types: the types of its columns, as in exa.meta.
    """
    columns = [column_fields(frame.iloc[:, i], sql_type) for i, sql_type in enumerate(sql_types)]
    if len(columns) == 1:
        # an empty line would be read as no row at all
        return [(field or QUOTE * 2) + "\n" for field in columns[0]]
    return [line + "\n" for line in map(",".join, zip(*columns, strict=True))]


def column_fields(series, sql_type):
    """The values of a column as CSV fields."""
    kind, values = kind_of(sql_type), series.to_numpy()
    family = values.dtype.kind
    if family in "iu":
        return list(map(str, values.tolist()))
    if family == "b":
        return ["TRUE" if value else "FALSE" for value in values.tolist()]
    if kind == "DOUBLE":
        return double_fields(values.astype(float))
    if family == "f":
        # whole numbers among which there are NULLs
        return ["" if value != value else str(int(value)) for value in values.tolist()]
    if family == "M":
        return moment_fields(values, "D" if kind == "DATE" else "us")
    if kind in QUOTED_KINDS:
        return [quoted_field(value, kind) for value in values]
    return [value_field(value) for value in values]


def double_fields(values):
    """Doubles in their shortest form, whole ones without `.0`, as the SQL of the export has them.

    Formatting is what costs, so that values which repeat are formatted once.
    """
    codes, distinct = pandas.factorize(values)
    if len(distinct) > len(values) // 2:
        return shortest(values.tolist())
    fields = numpy.array([*shortest(distinct.tolist()), ""], dtype=object)
    return fields[codes].tolist()


def shortest(numbers):
    """The texts of a list of floats. All at once: str of a list formats them in C."""
    if not numbers:
        return []
    text = str(numbers)[1:-1].replace(", ", ",") + ","
    return text.replace(".0,", ",").replace("nan,", ",")[:-1].split(",")


def moment_fields(values, unit):
    """Dates or timestamps of a datetime64 column."""
    texts = numpy.datetime_as_string(values, unit=unit).tolist()
    return ["" if text == "NaT" else text.replace("T", " ") for text in texts]


def quoted_field(value, kind="VARCHAR"):
    """A text in quotes, NULL as the empty field. CHAR loses its padding."""
    if value is None or value != value:
        return ""
    text = value.rstrip(" ") if kind == "CHAR" else value
    return QUOTE + text.replace(QUOTE, QUOTE * 2) + QUOTE if text else ""


def value_field(value):
    """A value that needs no quotes: bool, int, Decimal, date, datetime, interval, hash."""
    if value is None or value != value:
        return ""
    if value is True or value is False:
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    if hasattr(value, "as_tuple"):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if hasattr(value, "hour"):
        return value.isoformat(sep=" ", timespec="microseconds")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
