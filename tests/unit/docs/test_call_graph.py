"""Which errors an operation can end with is found by following what calls what."""

from pathlib import Path

import pytest

from sme_helper.call_graph import CallGraph, lua_nodes, macro_nodes, python_nodes

ROOT = Path(__file__).parents[3]

LUA = """
local errors = require("errors")
local aws = require("aws")

local M = {}

local READERS = {
    text = function() errors.raise("E-SME-1", "told") end,
}
READERS["number"] = function()
    errors.raise("E-SME-2",
        "told")
end

--- A comment that says errors.raise("E-SME-9") is none.
local function ask(region)
    return aws.call("find_job", region)
end

function M.main(given)
    return READERS[given](ask)
end

function M.other()
    errors.raise("E-SME-3", "M.main is only named here")
end

return M
"""
PYTHON = '''
from .aws import explained
from .errors import SmeError


def find(client):
    """E-SME-9 is named in a docstring."""
    try:
        return helper(client)
    except KeyError as error:
        raise explained(error) from None


def helper(client):
    raise SmeError("E-SME-4", "told") if client else ValueError(f"E-SME-5: {client}")
'''
MACROS = """
{% macro train(job_name) %}
  {#- sme._never_called('x') -#}
  {% do sme._checked(job_name) %}
  {% do run_query(sme._script_call('SME', 'SME_TRAIN', [job_name])) %}
{% endmacro %}

{% macro _checked(name) %}
  {% if 'SME_POLL' not in name %}{% do sme._raise('E-SME-6', 'told, see sme.install') %}{% endif %}
{% endmacro %}
"""


def test_a_function_of_lua_leads_to_what_it_calls_and_to_the_action_that_it_asks_for():
    nodes = lua_nodes("train", LUA, {"find_job": "_find_job"}, [])
    assert nodes["lua:train.main"].uses == {"lua:train.main", "lua:train.READERS", "lua:train.ask"}
    assert nodes["lua:train.READERS"].codes == {"E-SME-1", "E-SME-2"}
    assert nodes["lua:train.ask"].uses == {
        "lua:train.ask",
        "lua:aws.call",
        "python:actions._find_job",
    }
    assert nodes["lua:train.other"].codes == {"E-SME-3"}


def test_a_function_of_python_leads_to_what_it_uses():
    nodes = python_nodes("jobs", PYTHON)
    assert nodes["python:jobs.find"].uses == {"python:aws.explained", "python:jobs.helper"}
    assert nodes["python:jobs.find"].codes == set()
    assert nodes["python:jobs.helper"].codes == {"E-SME-4", "E-SME-5"}


def test_a_macro_leads_to_macros_and_to_the_scripts_that_it_executes():
    nodes = macro_nodes(MACROS, ["SME_TRAIN", "SME_POLL"])
    assert nodes["macro:train"].uses == {
        "macro:_checked",
        "macro:_script_call",
        "script:SME_TRAIN",
    }
    assert nodes["macro:_checked"].codes == {"E-SME-6"}
    assert nodes["macro:_checked"].uses == {"macro:_raise"}


@pytest.fixture(scope="module")
def graph():
    return CallGraph(ROOT)


@pytest.mark.parametrize(
    ("operation", "can", "cannot"),
    [
        ("train", {"E-SME-7", "E-SME-16", "E-SME-53"}, {"E-SME-9", "E-SME-57"}),
        ("poll", {"E-SME-1", "E-SME-8"}, {"E-SME-2", "E-SME-3", "E-SME-14", "E-SME-25"}),
        ("wait", {"E-SME-8", "E-SME-24", "E-SME-25"}, {"E-SME-2", "E-SME-11", "E-SME-14"}),
        ("stop", {"E-SME-8", "E-SME-24"}, {"E-SME-3", "E-SME-25"}),
        ("deploy_endpoint", {"E-SME-10", "E-SME-13", "E-SME-26"}, {"E-SME-2", "E-SME-12"}),
        ("decide", {"E-SME-131"}, {"E-SME-9", "E-SME-20"}),
        ("predict_batch", {"E-SME-10", "E-SME-15", "E-SME-90", "E-SME-93"}, {"E-SME-13"}),
        ("rollback", {"E-SME-57", "E-SME-59"}, {"E-SME-16", "E-SME-58"}),
        ("predict", {"E-SME-9", "E-SME-20", "E-SME-23", "E-SME-33"}, {"E-SME-8", "E-SME-40"}),
        ("uninstall", {"E-SME-28"}, {"E-SME-1", "E-SME-29"}),
    ],
)
def test_operations_lead_to_the_errors_that_they_can_end_with_and_to_no_others(
    graph, operation, can, cannot
):
    codes = set(graph.errors(f"macro:{operation}"))
    assert can <= codes
    assert not cannot & codes


def test_no_use_of_a_name_of_ours_leads_nowhere(graph):
    """It would hide errors. Names of dbt, and of what Exasol brings along, may lead nowhere."""
    assert {
        used
        for name, node in graph.nodes.items()
        for used in node.uses
        if used not in graph.nodes
        # the entry point of a Python script is looked for in each of its sources
        and not name.startswith("script:")
        and not used.startswith(("macro:", "lua:cjson."))
    } == set()
