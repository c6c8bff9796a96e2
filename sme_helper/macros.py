"""Runs macros of the dbt package without dbt: the same files, rendered by the same Jinja.

So that people without dbt get what people with dbt get, statement by statement and word by word,
the command line has no statements of its own. What dbt gives to macros and these macros use is
given here: `run_query`, `var`, `return`, `log` and a few more.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, NamedTuple

import jinja2
import yaml

# Without generic tests; and of the materializations, only the macros that they share.
FOLDERS = ("internal", "scripts", "lifecycle", "predict", "materializations")
# The extensions are those of dbt.
ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
DEFINITION = re.compile(r"^\{%-? macro (\w+)\(", re.MULTILINE)


def macros_folder() -> Path:
    """The macros of the package: in a wheel beside this file, else in the source tree."""
    inside = Path(__file__).parent / "macros"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "macros"


class MacroError(Exception):
    """What a macro refused: E-SME-n, and a sentence."""


class Table(NamedTuple):
    """The result of a query, as far as macros look into the one that dbt gives them."""

    column_names: tuple[str, ...] = ()
    rows: Sequence[tuple] = ()

    @property
    def columns(self) -> list[Column]:
        return [Column(row[i] for row in self.rows) for i in range(len(self.column_names))]

    @property
    def dictionaries(self) -> list[dict[str, Any]]:
        """The rows, by names in lower case."""
        names = [name.lower() for name in self.column_names]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


class Column(tuple):
    """The values of a column."""

    def values(self) -> tuple:
        return self


class _Return(Exception):
    """How `return` ends a macro with a value that is no text."""


class Package:
    """The macros of the package, over one way to run statements.

    Args:
        execute: runs a statement and gives its result.
        settings: what `vars: sme:` holds in a project of dbt.
        say: is told each line that dbt would log.
        default_schema: where a relation is that is named without its schema.
        context: more of what dbt gives to macros, or something else for it.
    """

    def __init__(
        self,
        execute: Callable[[str], Table],
        settings: Mapping[str, Any],
        say: Callable[[str], None],
        default_schema: str | None = None,
        context: Mapping[str, Any] | None = None,
    ):
        self._macros: dict[str, Callable] = {}
        self._globals = ENVIRONMENT.make_globals(
            {
                "sme": _Namespace(self._macro),
                "execute": True,
                "flags": SimpleNamespace(WHICH="run-operation", EMPTY=False),
                "graph": SimpleNamespace(nodes={}, sources={}),
                "target": SimpleNamespace(schema=default_schema),
                "invocation_id": None,
                "modules": SimpleNamespace(re=re, datetime=datetime),
                "exceptions": SimpleNamespace(raise_compiler_error=_raise),
                "return": _return,
                "var": lambda name, default=None: {"sme": settings}.get(name, default),
                "log": lambda text, info=False: say(text.removeprefix("sme: ")),
                "run_query": execute,
                "fromjson": json.loads,
                "tojson": json.dumps,
                "zip": zip,
                **(context or {}),
            }
        )

    def call(self, macro: str, *arguments: Any, **named: Any) -> Any:
        """What a macro returns or renders.

        Raises:
            MacroError: it refuses.
        """
        return self._macro(macro)(*arguments, **named)

    def _macro(self, name: str) -> Callable:
        if name not in self._macros:
            code = _compiled(_files()[name])
            template = jinja2.Template.from_code(ENVIRONMENT, code, self._globals)
            self._macros.update(_macros_of(template))
        return self._macros[name]


class _Namespace:
    """The macros as attributes, as those of a package are in dbt."""

    def __init__(self, macro: Callable[[str], Callable]):
        self._macro = macro

    def __getattr__(self, name: str) -> Callable:
        return self._macro(name)


@functools.cache
def _files() -> dict[str, Path]:
    """The file of each macro."""
    paths = (path for folder in FOLDERS for path in (macros_folder() / folder).glob("*.sql"))
    return {name: path for path in paths for name in DEFINITION.findall(path.read_text())}


@functools.cache
def _compiled(path: Path) -> CodeType:
    return ENVIRONMENT.compile(path.read_text())


def _macros_of(template: jinja2.Template) -> dict[str, Callable]:
    # The module of a template hides names with an underscore; its context has them.
    context = template.new_context()
    for _ in template.root_render_func(context):
        pass
    return {name: _returning(macro) for name, macro in context.vars.items()}


def _returning(macro: Callable) -> Callable:
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return macro(*arguments, **named)
        except _Return as result:
            return result.args[0]

    return call


def _return(value: Any) -> None:
    raise _Return(value)


def _raise(message: str) -> None:
    raise MacroError(message)


class Argument(NamedTuple):
    """An argument of a public macro, as the package documents it."""

    name: str
    type: str
    description: str


class Documented(NamedTuple):
    """A public macro, as the package documents it."""

    description: str
    arguments: list[Argument]


@functools.cache
def described(macro: str) -> Documented:
    """What the properties beside a public macro say of it."""
    entry = _properties()[macro]
    return Documented(
        entry["description"].strip(),
        [
            Argument(given["name"], given["type"], given["description"].strip())
            for given in entry.get("arguments", [])
        ],
    )


@functools.cache
def _properties() -> dict[str, dict]:
    # The one in C, unless PyYAML was built without it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = (yaml.load(path.read_text(), loader) for path in _properties_files())
    return {entry["name"]: entry for file in files for entry in file["macros"]}


def _properties_files() -> list[Path]:
    return [path for folder in FOLDERS for path in (macros_folder() / folder).glob("_*.yml")]
