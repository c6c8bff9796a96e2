"""The `exa` object of Exasol's Python UDFs: metadata, connections, imported scripts."""

from __future__ import annotations

import datetime
import decimal
import functools
import re
import sys
import types
from collections.abc import Callable

from ..types import ExaType


class ExaUDFError(Exception):
    """What a UDF's failure is reported as; its text has Exasol's error code."""


# asks the server: (question, name) -> answer, which holds an 'error' text if it failed
Ask = Callable[[str, str], dict]


def python_type(exa_type: ExaType) -> type:
    """The Python type in which a UDF sees values of an Exasol type."""
    if exa_type.name == "DECIMAL":
        return int if exa_type.scale == 0 else decimal.Decimal
    if exa_type.name.startswith("TIMESTAMP"):
        return datetime.datetime
    return {"DOUBLE": float, "BOOLEAN": bool, "DATE": datetime.date}.get(exa_type.name, str)


class ExaColumn:
    """One entry of exa.meta.input_columns and output_columns."""

    def __init__(self, name: str, exa_type: ExaType):
        self.name = name
        self.type = python_type(exa_type)
        self.sql_type = exa_type.sql
        is_decimal = exa_type.name == "DECIMAL"
        self.precision = exa_type.precision if is_decimal else None
        self.scale = exa_type.scale if is_decimal else None
        self.length = (exa_type.size or 0) if self.type is str else None


class ExaMeta:
    """exa.meta: where and as what the UDF runs, and its columns."""

    def __init__(
        self, settings: dict, code: str, kind: str, returns: bool, inputs: list, outputs: list
    ):
        for name, value in settings.items():
            setattr(self, name, value)
        self.script_code = code
        self.script_language = "Python {}.{}.{}".format(*sys.version_info[:3])
        self.input_type = kind
        self.output_type = "RETURN" if returns else "EMIT"
        self.input_columns = [ExaColumn(*column) for column in inputs]
        self.output_columns = [ExaColumn(*column) for column in outputs]
        self.input_column_count = len(inputs)
        self.output_column_count = len(outputs)
        self.input_column_name = [column.name for column in self.input_columns]


class ConnectionInformation:
    """What exa.get_connection gives; printing it does not show the password."""

    def __init__(self, type: str, address: str, user: str, password: str):
        self.type = type
        self.address = address
        self.user = user
        self.password = password

    def __str__(self) -> str:
        return (
            f'{{"type":"{self.type}","address":"{self.address}",'
            f'"user":"{self.user}","password":<omitted!>}}'
        )


class Exa:
    """The global `exa` of a UDF."""

    ConnectionInformation = ConnectionInformation

    def __init__(self, meta: ExaMeta, ask: Ask):
        self.meta = meta
        self._ask = ask
        self._modules: dict[str, types.ModuleType] = {}

    def get_connection(self, name: str) -> ConnectionInformation:
        """Raises ImportError if there is no such connection or it may not be used."""
        answer = self._ask("connection", str(name))
        if "error" in answer:
            raise ImportError(
                f"F-UDF-CL-SL-PYTHON-1121: get_connection for connection name {name} "
                f"failed: {answer['error']}"
            )
        return ConnectionInformation("password", **answer["connection"])

    def import_script(self, script: str) -> types.ModuleType:
        """The module that another script's code makes; the same code runs only once."""
        name = str(script)
        answer = self._ask("script", name)
        if "error" in answer:
            raise ImportError(
                f"F-UDF-CL-SL-PYTHON-1119: Importing module {name} failed: {answer['error']}"
            )
        code = answer["code"]
        if code not in self._modules:
            module = types.ModuleType(name)
            module.__file__ = f"<{name}>"
            module.__dict__["exa"] = self
            try:
                exec(compiled(code, name), module.__dict__)
            except BaseException as error:
                raise ExaUDFError(
                    f"F-UDF-CL-SL-PYTHON-1120: Importing module {name} failed: "
                    f"{type(error).__name__}: {error}"
                ) from error
            self._modules[code] = module
        return self._modules[code]


_OPTION_LINE = re.compile(r"^[ \t]*%(\w+)[ \t]+(.*?)[ \t]*;?[ \t]*$", re.MULTILINE)


@functools.lru_cache(maxsize=16)
def compiled(code: str, name: str) -> types.CodeType:
    """A script as Python runs it; once a process, since long ones are called again and again.

    Raises:
        SyntaxError: as Python says it.
    """
    return compile(without_options(code), name, "exec")


def without_options(code: str) -> str:
    """The code with its `%env ...` lines emptied, so that line numbers stay."""
    return _OPTION_LINE.sub(lambda match: "" if match[1] == "env" else match[0], code)


def environment_options(code: str) -> dict[str, str]:
    """The variables that `%env NAME=value;` lines set."""
    assignments = [match[2] for match in _OPTION_LINE.finditer(code) if match[1] == "env"]
    return {name.strip(): value for name, _, value in (a.partition("=") for a in assignments)}
