"""Which errors an operation can end with, found by following what calls what.

A node is a macro of dbt, or a top-level name of a file in udfs/: `macro:train`, `lua:train.main`,
`python:training.start_job`. An edge leads to each name that the text of a node uses; macros and
Lua lead on to the scripts that they name in full, and Lua to the actions that it asks AWS for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MACRO = re.compile(r"\{%-?\s*(macro|test)\s+(\w+)\s*\(.*?\{%-?\s*end\1", re.DOTALL)
MACRO_CALL = re.compile(r"\bsme\.(\w+)\(")
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
# The code of sme._raise, or the beginning of a text that SQL raises.
RAISED_BY_MACRO = re.compile(r"'(E-SME-\d+)(?:'|: )")

LUA_COMMENT = re.compile(r"--.*")
LUA_REQUIRE = re.compile(r'^local (\w+) = require\("(\w+)"\)', re.MULTILINE)
LUA_DEFINES = re.compile(r"(?:local )?(?:function )?((?:M\.)?\w+(?:, (?:M\.)?\w+)*)")
RAISED_BY_LUA = re.compile(r'errors\.raise\(\s*"(E-SME-\d+)"')
NAME = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?")

# A script that is called, not one whose presence is asked for.
SCRIPT = re.compile(r"\bSME_\w+\b(?!' (?:not )?in\b)")
# An error text of Python; a docstring that names a code begins otherwise.
RAISED_BY_PYTHON = re.compile(r"(E-SME-\d+)(?:: |$)")

ACTIONS = "python:actions.ACTIONS"
# What no text names: the UDF of an endpoint has the name of the endpoint.
CALLS_ENDPOINT = {"macro:_prediction_query": "python:prediction.Endpoint"}


@dataclass
class Node:
    """What the text of one node raises itself and what it uses."""

    codes: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)


class CallGraph:
    """The nodes of a package, by name."""

    def __init__(self, root: Path):
        self.manifest: dict[str, Any] = yaml.safe_load((root / "udfs" / "scripts.yml").read_text())
        self.scripts: dict[str, Any] = self.manifest["scripts"]
        self.nodes: dict[str, Node] = {}
        for path in sorted((root / "udfs" / "python").glob("*.py")):
            self.nodes |= python_nodes(path.stem, path.read_text())
        actions = action_names((root / "udfs" / "python" / "actions.py").read_text())
        for path in sorted((root / "udfs" / "lua").glob("*.lua")):
            self.nodes |= lua_nodes(path.stem, path.read_text(), actions, self.scripts)
        for path in sorted((root / "macros").rglob("*.sql")):
            if path.parent.name != "scripts":
                self.nodes |= macro_nodes(path.read_text(), self.scripts)
        for name, script in self.scripts.items():
            self.nodes[f"script:{name}"] = Node(uses=set(entries(script)))

    def reached(self, start: str) -> set[str]:
        """All nodes that can be reached from one, itself included."""
        seen, left = set(), [start]
        while left:
            name = left.pop()
            # The door to AWS holds all actions: whoever calls it names the one that is meant.
            if name in self.nodes and name not in seen and name != ACTIONS:
                seen.add(name)
                left += self.nodes[name].uses
        return seen

    def errors(self, start: str) -> list[str]:
        """The codes that can be raised from a node, in their order."""
        codes = set().union(*(self.nodes[name].codes for name in self.reached(start)))
        return sorted(codes, key=lambda code: int(code.rsplit("-", 1)[1]))

    def called_scripts(self, start: str) -> list[str]:
        """The scripts that a macro executes, in the order of the manifest."""
        reached = self.reached(start)
        return [name for name in self.scripts if f"script:{name}" in reached]


def entries(script: dict[str, Any]) -> Iterator[str]:
    """The nodes that the entry point of a script uses."""
    modules = [Path(source).stem for source in script["sources"]]
    for name in NAME.findall(script["main"]):
        if script["language"] == "lua":
            yield f"lua:{name}"
        else:
            yield from (f"python:{module}.{name}" for module in modules)


def macro_nodes(text: str, scripts: Iterable[str]) -> dict[str, Node]:
    """The macros of a file. dbt calls the macro of a generic test `test_<name>`."""
    text = JINJA_COMMENT.sub("", text)
    nodes = {}
    for found in MACRO.finditer(text):
        prefix = "test_" if found[1] == "test" else ""
        name, body = f"macro:{prefix}{found[2]}", found[0]
        called = {f"macro:{macro}" for macro in MACRO_CALL.findall(body)}
        called |= {f"script:{script}" for script in SCRIPT.findall(body) if script in scripts}
        called |= {CALLS_ENDPOINT[name]} if name in CALLS_ENDPOINT else set()
        nodes[name] = Node(set(RAISED_BY_MACRO.findall(body)), called)
    return nodes


def lua_nodes(
    module: str, text: str, actions: Iterable[str], scripts: Iterable[str]
) -> dict[str, Node]:
    """The top-level names of a Lua module, as those that require it write them."""
    required = dict(LUA_REQUIRE.findall(text))
    chunks = list(lua_chunks(LUA_COMMENT.sub("", text)))
    own = {name for names, _ in chunks for name in names}
    nodes = {f"lua:{module}.{name.removeprefix('M.')}": Node() for name in own}
    for names, chunk in chunks:
        used = set()
        for name in NAME.findall(chunk):
            head, _, tail = name.partition(".")
            if name in own or head in own:
                local = name if name in own else head
                used.add(f"lua:{module}.{local.removeprefix('M.')}")
            elif head in required and tail:
                used.add(f"lua:{required[head]}.{tail}")
        literals = set(re.findall(r'"(\w+)"', chunk))
        used |= {f"python:actions.{actions[name]}" for name in literals & set(actions)}
        used |= {f"script:{name}" for name in literals & set(scripts)}
        for name in names:
            node = nodes[f"lua:{module}.{name.removeprefix('M.')}"]
            node.codes |= set(RAISED_BY_LUA.findall(chunk))
            node.uses |= used
    return nodes


def lua_chunks(text: str) -> Iterator[tuple[list[str], str]]:
    """The statements at the top level of a module, each with the names that it defines."""
    starts = [found.start() for found in re.finditer(r"^(?!end\b)[A-Za-z]", text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[start:end]
        if not LUA_REQUIRE.match(chunk) and not chunk.startswith("return"):
            yield LUA_DEFINES.match(chunk)[1].split(", "), chunk


def python_nodes(module: str, text: str) -> dict[str, Node]:
    """The top-level names of a Python module."""
    tree = ast.parse(text)
    names = {
        alias.asname or alias.name: f"python:{statement.module}.{alias.name}"
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.level == 1
        for alias in statement.names
    }
    defined = [(name, statement) for statement in tree.body for name in defined_names(statement)]
    names |= {name: f"python:{module}.{name}" for name, _ in defined}
    nodes = {}
    for name, statement in defined:
        node = nodes[f"python:{module}.{name}"] = Node()
        for part in ast.walk(statement):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                raised = RAISED_BY_PYTHON.match(part.value)
                node.codes |= {raised[1]} if raised else set()
            elif isinstance(part, ast.Name) and part.id in names and part.id != name:
                node.uses.add(names[part.id])
    return nodes


def defined_names(statement: ast.stmt) -> list[str]:
    """What a top-level statement of Python defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        parts = (part for target in statement.targets for part in ast.walk(target))
        return [part.id for part in parts if isinstance(part, ast.Name)]
    return []


def action_names(text: str) -> dict[str, str]:
    """The function of each action that Lua can ask for."""
    for statement in ast.parse(text).body:
        if defined_names(statement) == ["ACTIONS"]:
            table = statement.value
            return {
                key.value: value.id for key, value in zip(table.keys, table.values, strict=True)
            }
    raise ValueError("actions.py has no ACTIONS")
