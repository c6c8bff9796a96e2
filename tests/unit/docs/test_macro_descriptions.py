"""Every public macro is described with its arguments: names, order and types as dbt checks them.

dbt 1.12 warns users of a package whose descriptions drift from its macros.
"""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
MACRO = re.compile(r"\{%-?\s*(macro|test)\s+([a-z]\w*)\s*\(([^{}]*?)\)\s*-?%\}", re.S)
SIMPLE = {"str", "string", "bool", "int", "integer", "float", "any", "relation", "column"}
NESTED = re.compile(r"^(list|optional)\[(.+)\]$|^dict\[(.+), (.+)\]$")


def public_macros() -> dict[str, list[str]]:
    """Name to argument names, of every macro without an underscore in front.

    dbt calls the macro of a generic test `test_<name>`.
    """
    macros = {}
    for path in (ROOT / "macros").rglob("*.sql"):
        for kind, name, arguments in MACRO.findall(path.read_text()):
            names = re.findall(r"(?:^|,)\s*(\w+)", re.sub(r"\[[^]]*\]|'[^']*'", "x", arguments))
            macros[f"test_{name}" if kind == "test" else name] = names
    return macros


def described_macros() -> dict[str, dict]:
    return {
        macro["name"]: macro
        for path in (ROOT / "macros").rglob("*.yml")
        for macro in yaml.safe_load(path.read_text()).get("macros", [])
    }


def is_known_type(text: str) -> bool:
    if text in SIMPLE:
        return True
    match = NESTED.match(text)
    return bool(match) and all(is_known_type(part) for part in match.groups()[1:] if part)


def test_every_public_macro_is_described_with_its_arguments_in_order():
    described = {
        name: [argument["name"] for argument in macro.get("arguments", [])]
        for name, macro in described_macros().items()
        if not name.startswith("_")
    }
    public = {n: a for n, a in public_macros().items() if not n.startswith("exasol__")}
    assert described == public


def test_every_description_says_something_and_every_type_is_one_that_dbt_knows():
    for name, macro in described_macros().items():
        assert len(macro["description"]) > 20, name
        for argument in macro.get("arguments", []):
            assert len(argument["description"]) > 10, (name, argument["name"])
            assert is_known_type(argument["type"]), (name, argument)
