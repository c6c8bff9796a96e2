"""What nobody needs: the registry compared with what AWS holds."""

import pytest

NOTHING_HELD = {
    "endpoints": [],
    "configs": [],
    "models": [],
    "transform_jobs": [],
    "training_jobs": [],
    "scaling_targets": [],
    "prefixes": [],
}
NOTHING_KNOWN = {
    "endpoints": {},
    "endpoint_names": [],
    "jobs": {},
    "batches": {},
    "needed_prefixes": [],
    "trainings": [],
    "leftovers": [],
}
SERVES = {"name": "Serves", "status": "InService", "config_name": "new", "is_here": True}
IN_AWS = {"name": "Serves", "config_name": "new", "is_young": False}


@pytest.fixture
def unneeded(lua):
    """(kind, name) of everything that is not needed."""

    def compare(known=None, held=None, is_busy=False):
        found = lua.load("garbage").unneeded(
            lua.table_from(NOTHING_KNOWN | (known or {})),
            lua.table_from(NOTHING_HELD | (held or {})),
            is_busy,
        )
        return [(finding["kind"], finding["name"]) for finding in found.values()]

    return compare


def endpoints(**changes):
    row = {**SERVES, **changes}
    return {"endpoints": {"SERVES": row}, "endpoint_names": ["Serves"]}


def config(name, models=(), **changes):
    entry = {"name": name, "models": list(models), "endpoint_name": "Serves", "is_young": False}
    return {**entry, **changes}


def test_what_the_registry_and_aws_agree_on_is_needed(unneeded):
    held = {"endpoints": [IN_AWS], "configs": [config("new", ["m"])], "models": [config("m")]}
    assert unneeded(endpoints(), held) == []


@pytest.mark.parametrize(
    "known",
    [
        {},
        endpoints(status="Deleted"),
        endpoints(status="NotDeployed"),
        endpoints(status="Deleting"),
        endpoints(is_expired=True),
    ],
)
def test_an_endpoint_that_should_not_be_there_goes_with_all_that_it_has(unneeded, known):
    held = {"endpoints": [IN_AWS], "configs": [config("new", ["m"])], "models": [config("m")]}
    assert unneeded(known, held) == [("endpoint", "Serves")]


def test_a_row_without_its_endpoint_is_settled_but_not_from_another_account_or_region(unneeded):
    assert unneeded(endpoints()) == [("endpoint", "Serves")]
    assert unneeded(endpoints(is_here=False)) == []
    assert unneeded(endpoints(status="Deleted")) == []


def test_an_endpoint_that_another_session_may_be_creating_is_left_alone(unneeded):
    assert unneeded(endpoints(status="Creating"), is_busy=True) == []
    assert unneeded(endpoints(status="Creating"), is_busy=False) == [("endpoint", "Serves")]


def test_configurations_and_models_of_the_past_go_and_those_to_come_stay(unneeded):
    held = {
        "endpoints": [IN_AWS],
        "configs": [config("old", ["m1"]), config("new", ["m2"]), config("next", ["m3"])],
        "models": [config("m1"), config("m2"), config("m3")],
    }
    assert unneeded(endpoints(pending_config_name="next"), held) == [
        ("configuration", "old"),
        ("model", "m1"),
    ]


def test_what_is_young_stays_while_another_session_is_at_work(unneeded):
    held = {
        "endpoints": [IN_AWS],
        "configs": [config("new"), config("next", ["m3"], is_young=True)],
        "models": [config("m3", is_young=True), config("m1")],
    }
    assert unneeded(endpoints(), held, is_busy=True) == [("model", "m1")]
    assert len(unneeded(endpoints(), held, is_busy=False)) == 3


def test_jobs_that_run_for_nobody_are_found(unneeded):
    held = {
        "training_jobs": [{"name": "Known"}, {"name": "Unknown"}],
        "transform_jobs": [{"name": "Known-batch"}, {"name": "Unknown-batch"}],
        "models": [
            {"name": "Known-batch", "transform_job_name": "Known-batch"},
            {"name": "Unknown-batch", "transform_job_name": "Unknown-batch"},
        ],
    }
    known = {"jobs": {"KNOWN": True}, "batches": {"KNOWN-BATCH": True}}
    assert sorted(unneeded(known, held)) == [
        ("model", "Unknown-batch"),
        ("training job", "Unknown"),
        ("transform job", "Unknown-batch"),
    ]


def test_a_prefix_that_got_its_row_meanwhile_is_needed(unneeded):
    held = {"prefixes": [{"bucket": "b", "prefix": "p/1/"}, {"bucket": "b", "prefix": "p/2/"}]}
    assert unneeded({"needed_prefixes": ["p/1/"]}, held) == [("S3 prefix", "s3://b/p/2/")]
