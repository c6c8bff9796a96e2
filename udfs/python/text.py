"""Values as the text that the model was trained on.

The training export makes this text in SQL (dictionary.lua), and sme.predict sends that
same text. These functions are for typed calls of an endpoint, and give the same text.
"""

import csv
import datetime
import decimal
import io


def field_text(value, sql_type=""):
    """A value as CSV text without quotes, None as the empty field.

    Args:
        value: what ctx gives: None, str, bool, int, Decimal, float, date or datetime.
        sql_type: the column type, as in exa.meta. CHAR values lose their padding.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.rstrip(" ") if sql_type.upper().startswith("CHAR") else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def csv_line(fields):
    """One CSV line with its newline. Fields are quoted only where they must be.

    The csv module leaves a lone carriage return unquoted, which readers take for a new row.
    """
    if list(fields) == [""]:
        return chr(34) * 2 + "\n"  # an empty line would be skipped as no row at all
    return ",".join(quoted_field(field) for field in fields) + "\n"


def quoted_field(field):
    """A field, in quotes where it holds a comma, a quote or a line break."""
    mark = chr(34)
    if any(character in field for character in (",", mark, "\n", "\r")):
        return mark + field.replace(mark, mark * 2) + mark
    return field


def csv_rows(text):
    """The rows of a CSV text, as lists of strings."""
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
