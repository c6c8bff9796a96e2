"""Options of a deployment: what is refused before anything is created, and what is kept."""

import json
import re

import pytest

from .conftest import plain

REQUIRED = {
    "job_name": "Job1",
    "endpoint_name": "Ends",
    "schema_name": "S",
    "aws_credentials_connection_name": "AWS",
    "aws_region": "eu-central-1",
}
SCALED = {"max_instance_count": 4, "target_invocations_per_instance": 100}
SERVERLESS = {"serverless_memory_mb": 2048, "serverless_max_concurrency": 5}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"job_name": None}, "E-SME-6: .*missing: job_name"),
        ({"endpoint_name": None}, "E-SME-6: .*missing: endpoint_name"),
        ({"endpoint_name": "a_b"}, "E-SME-11: Invalid endpoint name a_b"),
        ({"model_name": "M"}, "E-SME-54: job_name and model_name exclude"),
        ({"version": 2}, "E-SME-54: version .* model_name"),
        ({"instance_counts": 2}, "E-SME-60: .*instance_count, "),
        ({"instance_count": 0}, "E-SME-29: instance_count is 0"),
        ({"max_instance_count": 3}, "E-SME-54: max_instance_count and target_invoc.* together"),
        ({"min_instance_count": 3}, "E-SME-54: min_instance_count .*together"),
        ({**SCALED, "min_instance_count": 5}, "E-SME-54: .*are 5, 5 and 4"),
        ({**SCALED, "min_instance_count": 2, "instance_count": 1}, "E-SME-54: .*are 2, 1 and 4"),
        ({**SCALED, "instance_count": 5}, "E-SME-54: .*are 5, 5 and 4"),
        ({**SCALED, "instance_type": "ml.t2.medium"}, "E-SME-54: .*burstable"),
        ({"serverless_memory_mb": 1024}, "E-SME-54: .*serverless_max_concurrency .*together"),
        ({**SERVERLESS, "serverless_memory_mb": 1500}, "E-SME-54: .*1024, 2048, .*6144"),
        ({**SERVERLESS, "serverless_max_concurrency": 201}, "E-SME-54: .*200 at the most"),
        ({**SERVERLESS, "instance_type": "ml.m5.large"}, "E-SME-54: instance_type and serverless"),
        ({**SERVERLESS, **SCALED}, "E-SME-54: max_instance_count and serverless.*exclude"),
        ({"time_to_live_hours": -1}, "E-SME-29: time_to_live_hours is -1"),
        ({"time_to_live_hours": 87601}, "E-SME-54: .*87600 at the most"),
        ({"tags": {"sme:job": "x"}}, "E-SME-54: tags"),
        ({"tags": {str(n): "" for n in range(45)}}, "E-SME-54: .*44 entries"),
    ],
)
def test_what_is_not_legal_is_refused_with_what_is(lua, lua_error, options, words):
    given = {k: v for k, v in {**REQUIRED, **options}.items() if v is not None}
    check = lua.load("endpoint_options").check
    error = lua_error(check, lua.table_from(given))
    assert re.match(words, error, re.S), error


@pytest.mark.parametrize(
    ("options", "size", "text"),
    [
        ({}, {"instance_type": "ml.m5.large", "instance_count": 1}, "1 x ml.m5.large"),
        (
            {"instance_type": "ml.c5.xlarge", "instance_count": 3},
            {"instance_type": "ml.c5.xlarge", "instance_count": 3},
            "3 x ml.c5.xlarge",
        ),
        (
            {**SCALED, "instance_count": 2},
            {
                **SCALED,
                "instance_type": "ml.m5.large",
                "min_instance_count": 2,
                "instance_count": 2,
            },
            "2 to 4 x ml.m5.large",
        ),
        (SERVERLESS, SERVERLESS, "serverless, 2048 MB for up to 5 requests at a time"),
    ],
)
def test_a_new_endpoint_has_the_size_that_is_given_or_the_smallest(lua, options, size, text):
    module = lua.load("endpoint_options")
    result = module.size(module.check(lua.table_from({**REQUIRED, **options})), None)
    assert plain(result) == size
    assert module.size_text(result) == text


def test_an_endpoint_keeps_its_size_unless_something_of_it_is_given(lua):
    module = lua.load("endpoint_options")
    current = lua.table_from({**SERVERLESS})
    assert plain(module.size(lua.table_from({}), current)) == SERVERLESS
    changed = module.size(lua.table_from({"instance_count": 2}), current)
    assert plain(changed) == {"instance_type": "ml.m5.large", "instance_count": 2}


@pytest.mark.parametrize(
    ("given", "has_time_to_live", "tags", "expires_at"),
    [
        ({"cost": "42"}, False, {"team": "a", "cost": "42"}, "T"),
        ({"team": "b"}, True, {"team": "b"}, None),
        (None, False, {"team": "a"}, "T"),
    ],
)
def test_tags_are_added_to_and_the_expiry_stays_without_a_new_one(
    lua, given, has_time_to_live, tags, expires_at
):
    current = lua.table_from({"team": "a", "sme:job": "J", "sme:expires-at": "T"})
    merged = lua.load("deploy").merged_tags(
        current, lua.table_from(given) if given else None, has_time_to_live
    )
    assert (plain(merged[0]), merged[1]) == (tags, expires_at)


def listed(lua, tags, row=None):
    endpoint = {
        "endpoint_name": "Ends",
        "status": "InService",
        "is_charged": True,
        "variants": [{"current_instances": 1, "desired_instances": 2}],
        "instance_types": ["ml.m5.large"],
        "created_at": "2024-02-29 01:02:03.000000",
        "tags": tags,
    }
    row = lua.table_from(row) if row else None
    line = lua.load("inventory").line(lua.table_from(endpoint), row, "2024-03-01 00:00:00.000000")
    return plain(line)


def test_an_endpoint_of_nobody_is_listed_as_unknown_with_its_size(lua):
    line = listed(lua, {"team": "a"})
    assert (line["KNOWN_TO"], line["IS_CHARGED"], line["IS_EXPIRED"]) == ("unknown", True, False)
    sizes = (line["INSTANCE_TYPE"], line["CURRENT_INSTANCES"], line["DESIRED_INSTANCES"])
    assert sizes == ("ml.m5.large", 1, 2)
    assert json.loads(line["TAGS"]) == {"team": "a"}


def test_an_endpoint_of_another_registry_tells_by_its_tags_what_asked_for_it(lua):
    tags = {
        "sme:endpoint": "Ends",
        "sme:job": "J",
        "sme:model": "M",
        "sme:version": "3",
        "sme:schema": "OTHER",
        "sme:expires-at": "2024-02-29T23:59:59Z",
    }
    line = listed(lua, tags)
    assert line["KNOWN_TO"] == "another registry"
    told = [line[n] for n in ("JOB_NAME", "MODEL_NAME", "VERSION", "REGISTRY_SCHEMA")]
    assert told == ["J", "M", 3, "OTHER"]
    assert line["IS_EXPIRED"] is True
    assert line["EXPIRES_AT_UTC"] == "2024-02-29 23:59:59.000000"


def test_an_endpoint_of_this_registry_has_what_its_row_says(lua):
    row = {
        "JOB_NAME": "J2",
        "SCRIPT_USER": "ANN",
        "MAX_INSTANCE_COUNT": 4,
        "PENDING": {"values": {"CANDIDATE_NAME": "next"}},
    }
    line = listed(lua, {"sme:endpoint": "Ends", "sme:job": "J1"}, row)
    told = [line[n] for n in ("KNOWN_TO", "JOB_NAME", "ASKED_BY", "MAX_INSTANCES", "UPDATING_TO")]
    assert told == ["this registry", "J2", "ANN", 4, "next"]
    assert line["REGISTRY_SCHEMA"] == "SME"
