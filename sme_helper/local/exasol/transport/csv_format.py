"""The file options of EXPORT and IMPORT, read into one description."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..errors import SqlError, unsupported
from ..sql.statements import FileColumns

_ROW_SEPARATORS = {"LF": "\n", "CR": "\r", "CRLF": "\r\n"}
_NAMED_CHARACTERS = {"TAB": "\t", "LF": "\n", "CR": "\r", "CRLF": "\r\n", "NONE": ""}
_HEXADECIMAL = re.compile(r"0x(?:[0-9a-f]{2})+", re.IGNORECASE)


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is written.

    Attributes:
        column_separator, delimiter, row_separator: `delimiter` encloses values.
        null: the text that stands for NULL.
        encoding: a name that Python's codecs know.
        delimit: ALWAYS, NEVER or AUTO.
        booleans: the texts for true and for false.
        header: whether the first line holds the columns' names (EXPORT).
        skip: lines to skip at the start (IMPORT).
        trim: '', TRIM, LTRIM or RTRIM (IMPORT).
    """

    column_separator: str = ","
    delimiter: str = '"'
    row_separator: str = "\n"
    null: str = ""
    encoding: str = "utf-8"
    delimit: str = "AUTO"
    booleans: tuple[str, str] = ("1", "0")
    header: bool = False
    skip: int = 0
    trim: str = ""

    @classmethod
    def from_options(cls, options: dict[str, str | bool]) -> CsvFormat:
        """Reads options such as {'COLUMN SEPARATOR': ';', 'WITH COLUMN NAMES': True}.

        Raises:
            SqlError: an option has a value that it may not have.
        """
        row_separator = str(options.get("ROW SEPARATOR", "LF")).upper()
        if row_separator not in _ROW_SEPARATORS:
            raise unsupported(f"ROW SEPARATOR = {row_separator!r}")
        delimit = str(options.get("DELIMIT", "AUTO")).upper()
        if delimit not in ("ALWAYS", "NEVER", "AUTO"):
            raise SqlError(f"syntax error, DELIMIT must be ALWAYS, NEVER or AUTO, not {delimit!r}")
        return cls(
            column_separator=_character(str(options.get("COLUMN SEPARATOR", ","))),
            delimiter=_character(str(options.get("COLUMN DELIMITER", '"'))),
            row_separator=_ROW_SEPARATORS[row_separator],
            null=str(options.get("NULL", "")),
            encoding=_encoding(str(options.get("ENCODING", "UTF-8"))),
            delimit=delimit,
            booleans=_booleans(str(options.get("BOOLEAN", "1/0"))),
            header=bool(options.get("WITH COLUMN NAMES")),
            skip=_count(str(options.get("SKIP", "0"))),
            trim=next((name for name in ("TRIM", "LTRIM", "RTRIM") if name in options), ""),
        )


def _character(text: str) -> str:
    if _HEXADECIMAL.fullmatch(text):
        return bytes.fromhex(text[2:]).decode("utf-8")
    return _NAMED_CHARACTERS.get(text.upper(), text)


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise SqlError(f"unknown encoding {name!r}") from None


def _booleans(text: str) -> tuple[str, str]:
    true, slash, false = text.partition("/")
    if not slash or not true or not false:
        raise SqlError(f"syntax error, BOOLEAN must be like '1/0', not {text!r}")
    return true, false


def _count(text: str) -> int:
    if not text.isdigit():
        raise SqlError(f"syntax error, SKIP must be a number, not {text!r}")
    return int(text)


def column_formats(file_columns: list[FileColumns]) -> list[str | None]:
    """The format of every column of a file, in their order."""
    return [
        columns.format for columns in file_columns for _ in range(columns.first, columns.last + 1)
    ]


def check_width(file_columns: list[FileColumns], width: int) -> None:
    """Refuses a list behind FILE that has another number of columns than the table."""
    if file_columns and file_columns[-1].last != width:
        raise SqlError(f"{file_columns[-1].last} columns behind FILE for {width} columns")
