"""Arguments of the scripts: what is refused before anything else happens."""

import json

import pytest

TRAINING = {
    "job_name": "Job1",
    "aws_credentials_connection_name": "AWS",
    "aws_region": "eu-central-1",
    "iam_sagemaker_role": "role",
    "s3_bucket_uri": "s3://b",
    "s3_output_path": "p",
    "input_schema_name": "S",
    "input_table_or_view_name": "T",
    "target_attribute_name": "C",
}


def test_all_missing_arguments_are_named_at_once(lua, lua_error):
    given = json.dumps({k: v for k, v in TRAINING.items() if k not in ("aws_region", "job_name")})
    error = lua_error(lua.load("options").read, given)
    assert error.startswith("E-SME-6: Required arguments are missing: job_name, aws_region.")


@pytest.mark.parametrize("text", ["{", "", "7", "not json"])
def test_text_that_is_no_json_object_is_refused(lua, lua_error, text):
    assert lua_error(lua.load("arguments").read_json, text).startswith("E-SME-5: ")


def test_null_means_not_given(lua):
    given = json.dumps({**TRAINING, "objective": None, "max_candidates": 2})
    arguments = lua.load("options").read(given)
    assert arguments.objective is None
    assert arguments.max_candidates == 2


@pytest.mark.parametrize("name", ["a", "A1", "a-b", "a--b", "x" * 32])
def test_names_that_aws_takes_pass(lua, name):
    lua.load("arguments").check_name("job", name, 32)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a b", "ä", "x" * 33])
def test_names_that_aws_refuses_are_refused_by_their_own_name(lua, lua_error, name):
    error = lua_error(lua.load("arguments").check_name, "job", name, 32)
    assert error.startswith(f"E-SME-11: Invalid job name {name}:")
    assert "32" in error


@pytest.mark.parametrize("value", [0, -1, 1.5, "many"])
def test_limits_are_whole_positive_numbers(lua, lua_error, value):
    given = json.dumps({**TRAINING, "max_candidates": value})
    error = lua_error(lua.load("options").read, given)
    assert error.startswith(f"E-SME-29: max_candidates is {value}")


def test_a_failed_step_is_undone_and_its_error_is_kept(lua, lua_error):
    undone = []
    errors = lua.load("errors")

    def fail():
        errors["raise"]("E-SME-15", "the export failed")

    def undo(reason):
        undone.append(reason)
        errors["raise"]("E-SME-99", "undoing failed too")

    assert lua_error(errors.with_cleanup, fail, undo).startswith("E-SME-15: the export failed")
    assert undone[0].startswith("E-SME-15")


def test_the_target_is_not_sent_to_the_endpoint(lua):
    columns = lua.table_from([{"name": "A"}, {"name": "T"}, {"name": "B"}])
    features, target = lua.load("registry").split_target(columns, "T")
    assert [column.name for column in features.values()] == ["A", "B"]
    assert target.name == "T"
