"""UDFs need nothing that an Exasol built-in container does not hold."""

import ast
import sys
from pathlib import Path

SOURCES = sorted((Path(__file__).parents[3] / "udfs" / "python").glob("*.py"))
IN_EVERY_CONTAINER = {"boto3", "botocore", "urllib3", "pandas", "numpy"}


def imported_packages(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(), feature_version=(3, 10))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def test_udfs_import_only_what_every_built_in_container_holds():
    assert SOURCES
    allowed = IN_EVERY_CONTAINER | set(sys.stdlib_module_names)
    foreign = {path.name: imported_packages(path) - allowed for path in SOURCES}
    assert {name: names for name, names in foreign.items() if names} == {}


def test_no_udf_touches_the_environment():
    """Keys in os.environ are every library's to read, and stay for who comes next."""
    names = {"environ", "putenv", "getenv", "environb"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            used = {getattr(node, "attr", None), getattr(node, "id", None)}
            assert not used & names, path.name
