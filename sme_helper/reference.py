"""docs/reference/operations.md: every operation with its arguments, defaults and errors.

Written from what cannot drift: the macros and their descriptions, the options that the scripts
enforce, and the errors that can be reached from each. Write it anew with
`python -m sme_helper.reference` in the package's root folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from lupa import lua54

from .call_graph import CallGraph

PAGE = Path("docs") / "reference" / "operations.md"
MACRO = re.compile(r"\{%-?\s*(?:macro|test)\s+([a-z]\w*)\s*\(([^{}]*?)\)\s*-?%\}", re.DOTALL)
GATE = "test_"  # dbt puts it in front of the name of a generic test
ARGUMENT = re.compile(r"(\w+)\s*(?:=\s*('[^']*'|\[[^]]*\]|[^,\s]+))?\s*(?:,|$)")
CODE = re.compile(r"E-SME-\d+")

REQUIRED = re.compile(r"(?:_require\(|_require_of_gate\(|_site\(|set required =)[^{%]*\{([^}]*)\}")
REQUIRED_WITHOUT = re.compile(r"if (\w+) is none %\}\{% do required\.update\(\{'(\w+)'")
SET_BY_DBT = {"dbt_invocation_id"}
# What dbt cannot meet: the macros write the JSON of the scripts.
ONLY_IN_SQL = {"E-SME-5"}

HEAD = """# Operations

<!-- Written by `python -m sme_helper.reference` from the macros. Change those, not this page. -->

Every operation of dbt: `dbt run-operation sme.<name> --args '{<argument>: <value>}'`, or in a
model `{{ sme.<name>(...) }}`. Gates are tests: they stand under `data_tests:`, with their arguments
under `arguments:` (see [gates](../gates.md)). What stands behind an error is in
[errors by code](../errors.md).
An argument with a dash for a default can be left out. *Setting* means the value of that name under
`vars: sme:`, and in brackets the default of the setting.
"""


PLAIN_SQL = """## Plain SQL

Everything also works by `EXECUTE SCRIPT <schema>.<script>(...)`; [plain SQL](../plain-sql.md) goes
through the life of a model. A script with the parameter `json_str` takes one JSON object. Its keys
are the arguments above under their names, but for these:
"""

NAMES_IN_JSON = {
    "aws_credentials_connection_name": "connection",
    "s3_connection_name": "s3_connection",
    "aws_region": "region",
    "iam_sagemaker_role": "role",
    "s3_bucket_uri": "bucket",
    "s3_output_path": "output_path",
    "input_schema_name": "relation",
    "input_table_or_view_name": "relation",
    "input_query": "query",
    "validation_schema_name": "validation_relation",
    "validation_table_or_view_name": "validation_relation",
    "target_attribute_name": "target",
    "key_columns": "keys",
    "schema_name": "udf_schema",
    "result_schema_name": "into",
    "result_table_name": "into",
}
"""Keys of the JSON argument that have another name in dbt."""


ALLOWED = {
    "job_name": "1 to 32 letters, digits and hyphens, with a letter or digit at both ends",
    "timeout": "whole seconds, 0 or more",
    "on_error": "`fail`, `row`",
    "parallelism": "1 or more",
    "instance_count": "1 or more",
    "endpoint_name": "1 to 63 letters, digits and hyphens, with a letter or digit at both ends",
    "region": "an AWS region, such as `eu-central-1`",
    "bucket": "`s3://name`",
    "schema": "a schema",
    "udf_schema": "a schema",
    "script_language": "an alias of SCRIPT_LANGUAGES",
    "container": "`service/bucket/path`",
    "level": "`session`, `system`",
    "udf_client": "`exaudfclient`, `exaudfclient_py3`",
    "connection": "a CONNECTION",
    "s3_connection": "a CONNECTION",
    "role": "the ARN of a role",
    "query": "a SELECT",
    "relation": "a relation",
    "validation_relation": "a relation",
    "target": "a column",
    "sample_weight_column": "a column",
    "text_column": "a column",
    "item_column": "a column",
    "time_column": "a column",
    "keys": "columns",
    "include_columns": "columns",
    "exclude_columns": "columns",
    "objective": "see the description",
    "algorithms": "see the description",
    "forecast_frequency": "`Y`, `1M` to `11M`, `1W` to `4W`, `1D` to `6D`, `1H` to `23H`, "
    "`1min` to `59min`",
    "forecast_quantiles": "up to 5 of `p1` to `p99`",
    "holiday_country": "two capital letters",
}
"""What arguments can be that no table of options knows."""

ALLOWED_TYPES = {
    "bool": "`true`, `false`",
    "integer": "a whole number",
    "float": "a number",
    "list[string]": "a list",
    "dict[string, string]": "names and values",
}
"""What an argument of a type can be, where nothing more is known of it."""


def plain_sql(graph: CallGraph, tables: dict[str, dict[str, Any]]) -> str:
    """What a user without dbt needs: the scripts with their parameters."""
    lines = [PLAIN_SQL, "| key in JSON | argument in dbt |", "|---|---|"]
    lines += [f"| `{key}` | `{name}` |" for key, name in NAMES_IN_JSON.items()]
    lines += ["", "| script | parameters | keys in JSON | what it does | errors |"]
    lines += ["|---|---|---|---|---|"]
    for name, script in graph.scripts.items():
        if script["language"] == "lua":
            takes_json = script["parameters"] == ["json_str"]
            keys = options_of(f"script:{name}", graph, tables).keys() if takes_json else set()
            cells = [
                f"`{name}`",
                ", ".join(script["parameters"]),
                ", ".join(f"`{key}`" for key in sorted(keys - SET_BY_DBT)),
                one_line(script["description"]),
                ", ".join(graph.errors(f"script:{name}")),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def macro_defaults(text: str) -> dict[str, dict[str, str]]:
    """Default of every argument of every public macro in a file; no default is an empty text."""
    return {
        name: {
            argument: "" if default in ("", "none") else default.strip("'")
            for argument, default in ARGUMENT.findall(arguments)
        }
        for name, arguments in MACRO.findall(text)
    }


def required_arguments(text: str) -> dict[str, str]:
    """The arguments that a macro does not go on without, and on what that depends."""
    found = {}
    for names in REQUIRED.findall(text):
        found |= dict.fromkeys(re.findall(r"'(\w+)':", names), "required")
    found |= {name: f"required without `{other}`" for other, name in REQUIRED_WITHOUT.findall(text)}
    return found


def shown_default(name: str, default: str, required: str, settings: dict[str, Any]) -> str:
    """A cell of the page."""
    if default:
        return f"`{default}`"
    if name in settings:
        return f"setting `{name}`" + (f" (`{settings[name]}`)" if settings[name] else "")
    return required or "-"


OPTION_TABLE = re.compile(r"^M\.(\w*OPTIONS) =", re.MULTILINE)


def enforced_options(root: Path) -> dict[str, dict[str, Any]]:
    """The tables of options that the scripts check, by their nodes in the call graph."""
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().package.path = f"{root}/udfs/lua/?.lua"
    runtime.execute("package.preload['cjson'] = function() return {} end")
    tables = {}
    for path in sorted((root / "udfs" / "lua").glob("*.lua")):
        for name in OPTION_TABLE.findall(path.read_text()):
            table = runtime.eval(f"(require('{path.stem}')).{name}")
            tables[f"lua:{path.stem}.{name}"] = {key: table[key] for key in table}
    return tables


def options_of(start: str, graph: CallGraph, tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The options that a macro or a script takes by their names in JSON."""
    found: dict[str, Any] = {}
    for node in graph.reached(start) & tables.keys():
        found |= tables[node]
    return found


def bounds(option: Any) -> str:
    """What an option can be, in words."""
    kind, most = option["is"], option["most"]
    words = ""
    if option["values"]:
        words = ", ".join(f"`{value}`" for value in option["values"].values())
    elif kind == "fraction":
        words = "above 0 and below 1"
    elif kind == "whole number":
        words = f"{option['least']} to {most}" if most else f"{option['least']} or more"
    elif kind in ("list", "object") and most:
        words = f"up to {most} {'names' if kind == 'list' else 'names and values'}"
    elif option["longest"]:
        words = f"up to {option['longest']} characters"
    return words


def allowed(name: str, kind: str, options: dict[str, Any]) -> str:
    """A cell of the page."""
    json_names = [key for key, other in NAMES_IN_JSON.items() if other == name] or [name]
    known = [options[key] for key in json_names if key in options]
    enforced = next(filter(None, map(bounds, known)), "")
    words = ALLOWED.get(name) or enforced or ALLOWED_TYPES.get(kind, "text")
    if known and known[0]["kinds"]:
        words += f", of {' and '.join(known[0]['kinds'].values())} trainings"
    return words


def section(
    macro: dict[str, Any], file: Path, graph: CallGraph, tables: dict[str, dict[str, Any]]
) -> str:
    """One operation as Markdown."""
    root = file.parents[2]
    text = file.read_text()
    settings = yaml.safe_load((root / "dbt_project.yml").read_text())["vars"]["sme"]
    scripts = [
        name
        for name in graph.called_scripts(f"macro:{macro['name']}")
        if graph.scripts[name]["language"] == "lua"
    ]
    checked = options_of(f"macro:{macro['name']}", graph, tables)
    name = macro["name"].removeprefix(GATE)
    defaults = macro_defaults(text)[name]
    if "_job_site(" in text:
        text += (root / "macros" / "internal" / "jobs.sql").read_text()
    required = required_arguments(text)
    mark = " (gate)" if name != macro["name"] else ""
    lines = [f"## sme.{name}{mark}", "", one_line(macro["description"]), ""]
    if macro.get("arguments"):
        lines += [
            "| argument | type | default | allowed values | description |",
            "|---|---|---|---|---|",
        ]
    for argument in macro.get("arguments", []):
        name, kind = argument["name"], argument["type"]
        cells = [
            f"`{name}`",
            kind,
            shown_default(name, defaults.get(name, ""), required.get(name, ""), settings),
            allowed(name, kind, checked),
            one_line(argument["description"]),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if scripts:
        named = ((macro.get("config") or {}).get("meta") or {}).get("scripts", scripts)
        lines += ["", "In plain SQL: " + ", ".join(f"`{name}`" for name in named) + "."]
    codes = [code for code in graph.errors(f"macro:{macro['name']}") if code not in ONLY_IN_SQL]
    if codes:
        lines += ["", "Errors: " + ", ".join(codes) + "."]
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    return " ".join(text.split())


def page(root: Path) -> str:
    """The whole page."""
    graph, tables = CallGraph(root), enforced_options(root)
    sections = []
    for description in sorted((root / "macros").rglob("_*.yml")):
        for macro in yaml.safe_load(description.read_text()).get("macros", []):
            file = description.parent / f"{macro['name'].removeprefix(GATE)}.sql"
            if not file.name.startswith("_") and file.exists():
                sections.append(section(macro, file, graph, tables))
    return HEAD + "\n" + "\n".join([*sections, plain_sql(graph, tables)])


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(Path.cwd()))
