"""docs/reference/models.md: every model of the package with its columns.

Written from the descriptions in models/. Write it anew with `python -m sme_helper.model_reference`
in the package's root folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PAGE = Path("docs") / "reference" / "models.md"

HEAD = """# Models of the package

<!-- Written by `python -m sme_helper.model_reference` from models/. Change that, not this page. -->

None of these is built unless a project asks for it under `vars: sme:` of its dbt_project.yml:
`models: registry` for views on the registry, which `sme.install` makes, and `models: aws` also for
tables of what AWS says. Building the latter asks AWS, but not with `--empty`. They are ordinary
models: `ref('sme', 'sme_jobs')`, `dbt build -s package:sme`, and `models: sme: +schema: ...` says
where they go.
"""


def section(model: dict[str, Any], folder: Path) -> str:
    """One model as Markdown. Those in SQL are views, those in Python tables."""
    kind = "view" if (folder / f"{model['name']}.sql").exists() else "table"
    lines = [
        f"## {model['name']}",
        "",
        f"A {kind}, with `models: {folder.name}`. {one_line(model['description'])}",
        "",
        "| column | description |",
        "|---|---|",
    ]
    lines += [f"| `{c['name']}` | {one_line(c['description'])} |" for c in model["columns"]]
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(root: Path) -> str:
    """The whole page."""
    sections = [
        section(model, description.parent)
        for description in sorted((root / "models").rglob("_*.yml"), reverse=True)
        for model in yaml.safe_load(description.read_text()).get("models", [])
    ]
    return HEAD + "\n" + "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(Path.cwd()))
