"""The package's macros, run without dbt."""

import runpy
import sys
from types import ModuleType

import pytest

from sme_helper import macros
from sme_helper.macros import MacroError, Package, Table


def package(execute=lambda sql: Table(), **settings) -> Package:
    return Package(execute, settings, lambda line: None, default_schema="MINE")


def test_a_macro_gives_what_it_returns():
    assert package().call("_identifier", 'a "b"') == '"a ""b"""'


def test_a_refusal_is_raised_with_its_code():
    with pytest.raises(MacroError, match=r"^E-SME-29: timeout is soon"):
        package().call("_seconds", "timeout", "soon")


def test_settings_are_those_of_the_vars_and_a_given_value_goes_first():
    assert package(region="eu-west-1").call("_setting", "region") == "eu-west-1"
    assert package(region="eu-west-1").call("_setting", "region", "us-east-1") == "us-east-1"
    assert package().call("_setting", "schema") == "SME"


def test_a_relation_without_schema_is_in_the_schema_of_the_login():
    assert package().call("_resolve_relation", "rows") == {"schema": "MINE", "name": "ROWS"}


def test_every_public_operation_can_be_rendered_without_dbt():
    """What a macro uses of dbt is given to it, or it would fail to compile or to be found."""
    asked = []

    def execute(sql: str) -> Table:
        asked.append(sql)
        if "EXA_ALL_SCRIPTS" in sql:
            return Table(("SCRIPT_NAME",), [("SME_AUTOPILOT_REQUEST_UDF",)])
        return Table(("JOB_STATUS", "STATUS"), [("Completed", "InService")])

    site = {"connection": "AWS", "region": "eu-central-1", "role": "r", "bucket": "b"}
    calls = {
        "train": {"job_name": "j", "relation": "t", "target": "y", "keys": ["k"]},
        "poll": {"job_name": "j"},
        "wait": {"model_name": "m", "version": 2},
        "stop": {"job_name": "j"},
        "candidates": {"job_name": "j"},
        "deploy_endpoint": {"job_name": "j", "endpoint_name": "e"},
        "wait_endpoint": {"endpoint_name": "e"},
        "endpoints": {},
        "delete_endpoint": {"endpoint_name": "e"},
    }
    rendering = package(execute, **site)
    for macro, arguments in calls.items():
        rendering.call(macro, **arguments)
        assert any(sql.startswith("EXECUTE SCRIPT") for sql in asked), macro
        asked.clear()


def test_what_a_macro_documents_is_read_from_the_properties_beside_it():
    wait = macros.described("wait")
    assert wait.description.startswith("Waits until a job has ended")
    assert ("timeout", "integer") in [(given.name, given.type) for given in wait.arguments]


def test_the_wheel_carries_every_macro_that_may_be_run(monkeypatch):
    packed = {}
    setuptools = ModuleType("setuptools")
    setuptools.find_packages = lambda include: []
    setuptools.setup = packed.update
    monkeypatch.setitem(sys.modules, "setuptools", setuptools)
    root = macros.macros_folder().parent
    runpy.run_path(str(root / "setup.py"))
    folder = root / packed["package_dir"]["sme_helper.macros"]
    patterns = packed["package_data"]["sme_helper.macros"]
    carried = {path for pattern in patterns for path in folder.glob(pattern)}
    needed = {path for path in folder.rglob("*") if path.suffix in (".sql", ".yml")}
    assert needed and needed <= carried
