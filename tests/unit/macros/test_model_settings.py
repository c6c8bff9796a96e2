"""When two builds of an autopilot_model train the same model, and which settings it takes."""

import json

import pytest
import yaml

from ...dbt_project import ROOT

QUERY = """select mileage, "Class", 'It''s; -- one' as note from trucks where x >= 1.5"""
SETTINGS = {"target": "class", "max_candidates": 2, "exclude_columns": ["a", "B"]}


@pytest.fixture
def fingerprint(package):
    return package()._fingerprint


@pytest.mark.parametrize(
    "query",
    [
        QUERY + ";\n",
        QUERY.replace(" from", "\n  -- the trucks\n  FROM").replace("mileage,", "MILEAGE ,"),
        "/* all\n of them */ " + QUERY,
    ],
)
def test_layout_comments_and_case_are_no_change_of_a_query(fingerprint, query):
    assert fingerprint(SETTINGS, query) == fingerprint(SETTINGS, QUERY)


@pytest.mark.parametrize(
    ("old", "new"),
    [("1.5", "1.6"), ('"Class"', '"CLASS"'), ("It''s", "it''s"), ("mileage, ", ""), (">=", ">")],
)
def test_what_a_query_says_is(fingerprint, old, new):
    assert fingerprint(SETTINGS, QUERY.replace(old, new)) != fingerprint(SETTINGS, QUERY)


@pytest.mark.parametrize(
    "written",
    [
        {"target": "CLASS"},
        {"max_candidates": "2"},
        {"exclude_columns": ["b", "A"]},
        {"wait": False, "timeout": 5, "tags": {"a": "b"}, "parallelism": 2, "role": "r"},
        {"objective": None, "mode": ""},
    ],
)
def test_another_way_to_write_a_setting_and_what_does_not_teach_are_no_change(fingerprint, written):
    assert fingerprint(SETTINGS | written, QUERY) == fingerprint(SETTINGS, QUERY)


@pytest.mark.parametrize(
    "changed",
    [
        {"target": '"class"'},
        {"max_candidates": 3},
        {"exclude_columns": "a"},
        {"region": "us-east-1"},
        {"fill_methods": {"A": {"middlefill": "zero"}}},
    ],
)
def test_what_teaches_differently_is_a_change(fingerprint, changed):
    assert fingerprint(SETTINGS | changed, QUERY) != fingerprint(SETTINGS, QUERY)


def version(fingerprint, status="Completed", **changes):
    row = {"version": 1, "status": status, "failure_reason": None, "fingerprint": fingerprint}
    return row | changes


def test_a_model_is_trained_for_a_reason_that_is_told(package, fingerprint):
    reason = package()._reason_to_train
    now = fingerprint(SETTINGS, QUERY)
    before = fingerprint(SETTINGS | {"max_candidates": 5, "mode": "AUTO"}, "select 1")
    assert reason({}, now, False) == "it has no version yet"
    assert reason(version(now), now, False) is None
    assert reason(version(now), now, True) == "--full-refresh"
    assert reason(version(before), now, False) == (
        "since version 1 max_candidates was 5 and is 2, mode was AUTO and is not given, "
        "the query has changed"
    )
    assert reason(version(None), now, False) == "version 1 was not trained by this node"
    failed = version(now, "Failed", failure_reason="no features")
    assert reason(failed, now, False) == "version 1 is Failed, no features"
    assert reason(version(now, "Stopped"), now, False) == "version 1 is Stopped"


def test_a_running_training_is_picked_up_and_one_of_something_else_goes_on(package, fingerprint):
    reason = package()._reason_to_train
    now = fingerprint(SETTINGS, QUERY)
    for status in ("InProgress", "Stopping"):
        assert reason(version(now, status), now, True) is None
    other = version(fingerprint(SETTINGS, "select 1"), "InProgress")
    assert "version 1 is InProgress and goes on (sme.stop ends it)" in reason(other, now, False)


def node(**settings):
    return {
        "name": "the_model",
        "alias": "the_model",
        "config": {"materialized": "autopilot_model", "meta": {"sme": settings}},
    }


def test_a_setting_that_there_is_not_is_refused_with_those_that_there_are(package, refused):
    with pytest.raises(refused, match=r"E-SME-120: .*setting tarrget .*, target, ") as raised:
        package()._settings_of_model(node(tarrget="class"))
    assert "max_candidates" in str(raised.value)
    with pytest.raises(refused, match=r"E-SME-120: .*the_model needs the setting target"):
        package()._settings_of_model(node(max_candidates=2))


def arguments_of(macro):
    described = yaml.safe_load((ROOT / "macros/lifecycle/_lifecycle.yml").read_text())
    (found,) = [entry for entry in described["macros"] if entry["name"] == macro]
    return {argument["name"] for argument in found["arguments"]}


def test_an_autopilot_model_takes_all_that_sme_train_takes(package):
    known = [name for names in package()._model_settings().values() for name in names]
    assert len(known) == len(set(known))
    given_by_the_node = {"job_name", "relation", "query", "version", "fingerprint"}
    of_the_node = {"wait", "timeout"}
    assert set(known) - of_the_node == arguments_of("train") - given_by_the_node


def test_an_autopilot_endpoint_takes_all_that_sme_deploy_endpoint_takes(package):
    given_by_the_node = {"job_name", "model_name", "version", "wait"}
    known = set(package()._endpoint_settings())
    assert known - {"lifetime"} == arguments_of("deploy_endpoint") - given_by_the_node


def test_a_fingerprint_says_what_it_was_made_of(fingerprint):
    made_of = json.loads(fingerprint(SETTINGS, QUERY))
    assert made_of.keys() == {"query", "target", "max_candidates", "exclude_columns"}
