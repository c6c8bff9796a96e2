"""docs/reference/operations.md says what the macros and the training script really take."""

from pathlib import Path

import pytest
import yaml
from lupa import lua54

from sme_helper import reference

ROOT = Path(__file__).parents[3]
SET_BY_DBT = {"dbt_invocation_id"}


def lua_module(name):
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().package.path = f"{ROOT}/udfs/lua/?.lua"
    runtime.execute("package.preload['cjson'] = function() return {} end")
    return runtime.eval(f"(require('{name}'))")


def described_arguments(name):
    described = yaml.safe_load((ROOT / "macros/lifecycle/_lifecycle.yml").read_text())
    (macro,) = [macro for macro in described["macros"] if macro["name"] == name]
    return {argument["name"]: argument["description"] for argument in macro["arguments"]}


@pytest.fixture(scope="module")
def options():
    return lua_module("options")


@pytest.fixture(scope="module")
def train():
    return described_arguments("train")


@pytest.fixture(scope="module")
def page():
    return reference.page(ROOT)


def test_the_page_is_what_the_sources_give(page):
    written = (ROOT / reference.PAGE).read_text()
    assert written == page, "run: python -m sme_helper.reference"


def test_defaults_are_read_from_the_macro():
    text = "{% macro f(a, b='x y', c=[], d=none,\n    e=4) %}"
    assert reference.macro_defaults(text) == {
        "f": {"a": "", "b": "x y", "c": "[]", "d": "", "e": "4"}
    }


def test_every_option_of_the_training_script_is_an_argument_of_dbt_and_the_other_way(
    options, train
):
    from_script = {reference.NAMES_IN_JSON.get(name, name) for name in options.OPTIONS} - SET_BY_DBT
    assert from_script | {"schema"} == set(train)


def test_every_legal_value_stands_in_the_description(options, train):
    for name in options.PROBLEM_TYPES.values():
        assert name in train["problem_type"]
        assert f"{name}: {', '.join(options.OBJECTIVES[name].values())}." in train["objective"]
    for name, legal in options.ALGORITHMS.items():
        assert f"{name}: {', '.join(legal.values())}." in train["algorithms"]
    assert ", ".join(options.MODES.values()) in train["mode"]
    assert ", ".join(options.OPTIONS["compression"]["values"].values()) in train["compression"]


def test_every_code_on_the_page_is_explained(page):
    explained = (ROOT / "docs" / "errors.md").read_text()
    for code in reference.CODE.findall(page):
        assert f"| {code} |" in explained


def test_every_option_of_the_deployment_script_is_an_argument_of_dbt_and_the_other_way():
    options = lua_module("endpoint_options").OPTIONS
    from_script = {reference.NAMES_IN_JSON.get(name, name) for name in options} - SET_BY_DBT
    assert from_script | {"schema", "wait", "timeout"} == set(
        described_arguments("deploy_endpoint")
    )


@pytest.mark.parametrize(
    "cells",
    [
        # enforced by the options of the script
        "| `max_candidates` | integer | - | 1 to 750 |",
        "| `mode` | string | - | `AUTO`, `ENSEMBLING`, `HYPERPARAMETER_TUNING`, of tabular ",
        "| `sample_fraction` | float | - | above 0 and below 1, of tabular and text trainings |",
        "| `vpc_subnets` | list[string] | - | up to 16 names |",
        # asked for by the macro, or by its settings
        "| `endpoint_name` | string | required | 1 to 63 letters,",
        "| `relation` | string | required without `query` |",
        "| `job_name` | string | required without `model_name` | 1 to 32 letters,",
        "| `output_path` | string | setting `output_path` (`sme`) |",
        "| `region` | string | setting `region` | an AWS region",
        # written in the macro
        "| `timeout` | integer | `86400` | whole seconds, 0 or more |",
        "| `wait` | bool | `true` | `true`, `false` |",
    ],
)
def test_defaults_and_allowed_values_are_those_of_the_sources(page, cells):
    assert cells in page


def test_a_script_with_json_names_its_keys_and_no_other_script_does(page):
    rows = [row for row in page.splitlines() if row.startswith("| `SME_")]
    cells = {row.split(" | ")[0].strip("| `"): row.split(" | ") for row in rows}
    assert cells["SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL"][2] == "`model_name`"
    assert "`timeout`" in cells["SME_WAIT_SAGEMAKER_AUTOPILOT_JOB"][2]
    assert "`timeout`" not in cells["SME_POLL_SAGEMAKER_AUTOPILOT_JOB"][2]
    assert cells["SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS"][2] == ""
