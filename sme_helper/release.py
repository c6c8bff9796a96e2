"""The notes of a release, if all files agree on its version.

    python -m sme_helper.release 0.1.0

Needs nothing beside Python: it runs before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+\.\d+")
# A heading of the changelog: version and date.
RELEASED = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", re.M)


def versions(root: Path) -> dict[str, str]:
    """The version that each file tells."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    dbt_project = re.search(r"^version: (\S+)$", (root / "dbt_project.yml").read_text(), re.M)
    package = re.search(
        r'^__version__ = "(\S+)"$', (root / "sme_helper" / "__init__.py").read_text(), re.M
    )
    changelog = RELEASED.search((root / "CHANGELOG.md").read_text())
    return {
        "pyproject.toml": project,
        "dbt_project.yml": dbt_project[1],
        "sme_helper/__init__.py": package[1],
        "CHANGELOG.md": changelog[1],
    }


def notes(changelog: str, version: str) -> str:
    """The section of a version.

    Raises:
        ValueError: there is none, it has no date yet, or it is empty.
    """
    headings = [*RELEASED.finditer(changelog)]
    for heading, end in zip(
        headings, [*(h.start() for h in headings[1:]), len(changelog)], strict=True
    ):
        if heading[1] == version:
            text = changelog[heading.end() : end].strip()
            if heading[2] == "unreleased" or not text:
                raise ValueError(f"CHANGELOG.md: give [{version}] its date, and say what changed.")
            return text
    raise ValueError(f"CHANGELOG.md has no section [{version}].")


def main(version: str) -> None:
    root = Path(__file__).parents[1]
    differing = [f"{file}: {told}" for file, told in versions(root).items() if told != version]
    if differing or not VERSION.fullmatch(version):
        sys.exit(f"The release is {version or 'without a version'}, but\n" + "\n".join(differing))
    try:
        print(notes((root / "CHANGELOG.md").read_text(), version))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
