"""docs/reference/operations.md: every operation with its arguments, defaults and errors.

Written from what cannot drift: the macros, their descriptions and the manifest of scripts. Write
it anew with `python -m sme_helper.reference` in the package's root folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

PAGE = Path("docs") / "reference" / "operations.md"
MACRO = re.compile(r"\{%-?\s*macro\s+([a-z]\w*)\s*\(([^{}]*?)\)\s*-?%\}", re.DOTALL)
ARGUMENT = re.compile(r"(\w+)\s*(?:=\s*('[^']*'|\[[^]]*\]|[^,\s]+))?\s*(?:,|$)")
SCRIPT = re.compile(r"SME_\w+_SAGEMAKER_AUTOPILOT_\w+")
CODE = re.compile(r"E-SME-\d+")

HEAD = """# Operations

<!-- Written by `python -m sme_helper.reference` from the macros. Change those, not this page. -->

Every operation of dbt: `dbt run-operation sme.<name> --args '{<argument>: <value>}'`, or in a
model `{{ sme.<name>(...) }}`. What stands behind an error is in [errors by code](../errors.md).
Arguments without a default can be left out where the description does not say otherwise.
"""


PLAIN_SQL = """## Plain SQL

Everything also works by `EXECUTE SCRIPT <schema>.<script>(...)`. A script with the parameter
`json_str` takes one JSON object, such as

```sql
EXECUTE SCRIPT SME.SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT('{
    "model_name": "Diagnosis", "input_query": "SELECT * FROM CLINIC.PATIENTS",
    "target_attribute_name": "DIAGNOSIS", "key_columns": ["PATIENT_ID"],
    "aws_credentials_connection_name": "SME_AWS", "aws_region": "eu-central-1",
    "iam_sagemaker_role": "arn:aws:iam::123456789012:role/autopilot",
    "s3_bucket_uri": "s3://my-bucket", "s3_output_path": "sme"}')
```

Its keys are the arguments above under their names, but for these:
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


def plain_sql(manifest: dict[str, Any]) -> str:
    """What a user without dbt needs: the scripts with their parameters."""
    lines = [PLAIN_SQL, "| key in JSON | argument in dbt |", "|---|---|"]
    lines += [f"| `{key}` | `{name}` |" for key, name in NAMES_IN_JSON.items()]
    lines += ["", "| script | parameters | what it does |", "|---|---|---|"]
    for name, script in manifest.items():
        if script["language"] == "lua":
            parameters = ", ".join(script["parameters"])
            lines.append(f"| `{name}` | {parameters} | {one_line(script['description'])} |")
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


def scripts_of(text: str, manifest: dict[str, Any]) -> list[str]:
    """The scripts that a macro calls, in the order of the manifest."""
    named = set(SCRIPT.findall(text))
    return [name for name in manifest if name in named]


def errors_of(root: Path, text: str, scripts: list[str], manifest: dict[str, Any]) -> list[str]:
    """The codes that a macro, and the Lua of its scripts, can end with."""
    codes = set(CODE.findall(text))
    for script in scripts:
        for source in manifest[script]["sources"]:
            codes |= set(CODE.findall((root / "udfs" / "lua" / source).read_text()))
    return sorted(codes, key=lambda code: int(code.rsplit("-", 1)[1]))


def section(
    macro: dict[str, Any], defaults: dict[str, str], scripts: list[str], codes: list[str]
) -> str:
    """One operation as Markdown."""
    lines = [f"## sme.{macro['name']}", "", one_line(macro["description"]), ""]
    lines += ["| argument | type | default | description |", "|---|---|---|---|"]
    for argument in macro.get("arguments", []):
        name, default = argument["name"], defaults.get(argument["name"], "")
        shown = f"`{default}`" if default else ""
        kind = argument["type"].replace("|", "\\|")
        lines.append(f"| `{name}` | {kind} | {shown} | {one_line(argument['description'])} |")
    if scripts:
        lines += ["", "In plain SQL: " + ", ".join(f"`{name}`" for name in scripts) + "."]
    if codes:
        lines += ["", "Errors: " + ", ".join(codes) + "."]
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(root: Path) -> str:
    """The whole page."""
    manifest = yaml.safe_load((root / "udfs" / "scripts.yml").read_text())["scripts"]
    sections = []
    for description in sorted((root / "macros").rglob("_*.yml")):
        for macro in yaml.safe_load(description.read_text()).get("macros", []):
            file = description.parent / f"{macro['name']}.sql"
            if macro["name"].startswith("_") or not file.exists():
                continue
            text = file.read_text()
            scripts = scripts_of(text, manifest)
            declared = ((macro.get("config") or {}).get("meta") or {}).get("errors", [])
            codes = errors_of(root, text + " ".join(declared), scripts, manifest)
            defaults = macro_defaults(text)[macro["name"]]
            sections.append(section(macro, defaults, scripts, codes))
    return HEAD + "\n" + "\n".join([*sections, plain_sql(manifest)])


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(Path.cwd()))
