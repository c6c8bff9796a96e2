"""The macros that build and decide, rendered by Jinja alone, without dbt and a database."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from sme_helper.macros import MacroError, Package, Table


class Rendered:
    """The macros of the package as methods; `context` is what dbt would give them."""

    def __init__(self, **context: Any) -> None:
        given = {
            "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),
            "tojson": lambda value, sort_keys=False: json.dumps(value, sort_keys=sort_keys),
            "var": lambda _name, default=None: default,
            **context,
        }
        self._package = Package(_no_query, {}, print, context=given)

    def __getattr__(self, name: str) -> Callable:
        return lambda *arguments, **named: self._package.call(name, *arguments, **named)


def _no_query(statement: str) -> Table:
    raise AssertionError(f"a macro that only builds has run {statement}")


@pytest.fixture
def refused() -> type[Exception]:
    """The error that a macro raises for its user."""
    return MacroError


@pytest.fixture
def package() -> type[Rendered]:
    """The package, to be made with what dbt would give: `package(graph=...)`."""
    return Rendered
