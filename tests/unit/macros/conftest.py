"""The macros that build and decide, rendered by Jinja alone, without dbt and a database."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import re
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import jinja2
import pytest

ROOT = Path(__file__).parents[3]
MACRO = re.compile(r"(\{%-?\s*macro\s+)")
PREFIX = "dbt_macro__"


class Returned(Exception):
    """What `return` of dbt does: ends the macro with a value."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Refused(Exception):
    """An error that a macro raises for its user."""


ENVIRONMENT = jinja2.Environment(
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], undefined=jinja2.StrictUndefined
)


@functools.cache
def compiled() -> list[CodeType]:
    """The files with macros, compiled."""
    folders = (ROOT / "macros" / name for name in ("internal", "materializations", "predict"))
    texts = [path.read_text() for folder in folders for path in sorted(folder.glob("*.sql"))]
    # Named as dbt names them, since Jinja keeps names with an underscore in front private.
    return [
        ENVIRONMENT.compile(MACRO.sub(rf"\1{PREFIX}", text))
        for text in texts
        if "{% materialization" not in text
    ]


class Package:
    """The macros of the package as `sme.<name>(...)`; `context` is what dbt would give them."""

    def __init__(self, **context: Any) -> None:
        given = {
            "sme": self,
            "return": self._return,
            "exceptions": SimpleNamespace(raise_compiler_error=self._refuse),
            "modules": SimpleNamespace(re=re, datetime=datetime),
            "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),
            "tojson": lambda value, sort_keys=False: json.dumps(value, sort_keys=sort_keys),
            "fromjson": json.loads,
            "var": lambda _name, default=None: default,
            **context,
        }
        self._macros: dict[str, Any] = {}
        for code in compiled():
            template = jinja2.Template.from_code(ENVIRONMENT, code, ENVIRONMENT.make_globals(given))
            module = vars(template.module)
            self._macros |= {n: macro for n, macro in module.items() if n.startswith(PREFIX)}

    def _return(self, value: Any) -> None:
        raise Returned(value)

    def _refuse(self, message: str) -> None:
        raise Refused(message)

    def __getattr__(self, name: str) -> Any:
        macro = self.__dict__["_macros"][PREFIX + name]

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return str(macro(*arguments, **named))
            except Returned as returned:
                return returned.value

        return call


@pytest.fixture
def refused() -> type[Exception]:
    """The error that a macro raises for its user."""
    return Refused


@pytest.fixture
def package() -> type[Package]:
    """The package, to be made with what dbt would give: `package(graph=...)`."""
    return Package
