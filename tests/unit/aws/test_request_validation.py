"""Requests are checked against the service model, in AWS's words."""

import pytest

from sme_helper.local.aws import validation
from sme_helper.local.aws.app import OPERATIONS
from sme_helper.local.aws.errors import AwsError


def problems(operation: str, request: dict) -> str:
    described = validation.service_model().operation_model(operation)
    with pytest.raises(AwsError) as caught:
        validation.check_request(described, request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_names_a_missing_member_as_aws_does():
    assert problems("DescribeModel", {}) == (
        "1 validation error detected: Value null at 'modelName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_names_the_pattern_that_a_text_does_not_match():
    assert problems("DescribeAutoMLJobV2", {"AutoMLJobName": "a_b"}) == (
        "1 validation error detected: Value 'a_b' at 'autoMLJobName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
        "^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}"
    )


def test_counts_all_violations():
    message = problems("ListEndpoints", {"SortBy": "Size", "MaxResults": 101})
    assert message == (
        "2 validation errors detected: Value 'Size' at 'sortBy' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Name, CreationTime, Status]; Value '101' at "
        "'maxResults' failed to satisfy constraint: Member must have value less than or equal "
        "to 100"
    )


def test_finds_violations_inside_lists():
    message = problems("AddTags", {"ResourceArn": "arn:aws:x", "Tags": [{"Key": "a"}]})
    assert "Value null at 'tags.1.member.value'" in message


def test_refuses_a_member_that_the_operation_does_not_have():
    message = problems("DescribeModel", {"ModelName": "m", "Colour": "red"})
    assert "'colour'" in message and "Unknown member" in message


@pytest.mark.parametrize("value", [5, True, ["m"], {"m": 1}])
def test_a_value_of_another_json_type_is_a_serialization_error(value):
    described = validation.service_model().operation_model("DescribeModel")
    with pytest.raises(AwsError) as caught:
        validation.check_request(described, {"ModelName": value})
    assert caught.value.code == "SerializationException"


def test_true_is_not_a_number():
    described = validation.service_model().operation_model("ListEndpoints")
    with pytest.raises(AwsError, match="SerializationException"):
        validation.check_request(described, {"MaxResults": True})


def input_patterns(shape, seen: set[str]):
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if "pattern" in shape.metadata:
        yield shape.metadata["pattern"]
    members = list(getattr(shape, "members", {}).values())
    for part in ("member", "key", "value"):
        if hasattr(shape, part):
            members.append(getattr(shape, part))
    for member in members:
        yield from input_patterns(member, seen)


def test_understands_the_patterns_of_every_operation_that_it_serves():
    seen: set[str] = set()
    patterns = {
        pattern
        for service, operations in OPERATIONS.items()
        for name in operations
        for pattern in input_patterns(
            validation.service_model(service).operation_model(name).input_shape, seen
        )
    }
    assert len(patterns) > 20
    for pattern in patterns:
        validation.python_pattern(pattern)


@pytest.mark.parametrize("text", ["Größe", "a b:/=+-@_.9", ""])
def test_letters_of_any_language_match_the_pattern_of_tags(text):
    assert validation.python_pattern(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$").fullmatch(text)


@pytest.mark.parametrize("text", ["a!b", "a\nb"])
def test_other_characters_do_not_match_the_pattern_of_tags(text):
    assert not validation.python_pattern(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$").fullmatch(text)


def test_answers_hold_only_what_the_service_model_knows():
    shape = validation.service_model().operation_model("DescribeModel").output_shape
    answer = {"ModelName": "m", "Secret": 1, "VpcConfig": None, "Containers": [{"Image": "i"}]}
    assert validation.shape_response(shape, answer) == {
        "ModelName": "m",
        "Containers": [{"Image": "i"}],
    }
