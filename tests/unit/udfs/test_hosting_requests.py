"""What is sent to create a model, a configuration and an endpoint."""

import botocore.session
import pytest
from botocore.validate import validate_parameters

from udfs.python.deployment import check_serverless, check_state
from udfs.python.errors import SmeError
from udfs.python.hosting import containers_with_response_keys, deployment_requests, resource_name
from udfs.python.scaling import scaling_requests

ALL_KEYS = "predicted_label,probability,probabilities,labels"
SPEC = {
    "endpoint_name": "APSPredictor",
    "job_name": "APSClassifier",
    "role": "arn:aws:iam::123456789012:role/sagemaker-execution",
    "instance_type": "ml.m5.large",
    "instance_count": 1,
}


def container(**environment):
    return {"Image": "image", "ModelDataUrl": "s3://bucket/model", "Environment": environment}


def candidate(*containers):
    return {"CandidateName": "candidate-1", "InferenceContainers": list(containers)}


def test_an_ensemble_is_asked_for_all_keys_that_it_supports():
    containers, keys = containers_with_response_keys(
        [container(SAGEMAKER_INFERENCE_SUPPORTED=ALL_KEYS)]
    )
    assert keys == ["predicted_label", "probability", "probabilities", "labels"]
    assert containers[0]["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] == ALL_KEYS
    assert "SAGEMAKER_INFERENCE_INPUT" not in containers[0]["Environment"]


def test_each_container_of_a_pipeline_reads_what_the_one_before_writes():
    containers, keys = containers_with_response_keys(
        [
            container(AUTOML_TRANSFORM_MODE="feature-transform"),
            container(SAGEMAKER_INFERENCE_SUPPORTED="predicted_label,probability,probabilities"),
            container(SAGEMAKER_INFERENCE_SUPPORTED=ALL_KEYS),
        ]
    )
    assert "SAGEMAKER_INFERENCE_OUTPUT" not in containers[0]["Environment"]
    assert containers[0]["Environment"]["AUTOML_TRANSFORM_MODE"] == "feature-transform"
    second, third = (c["Environment"] for c in containers[1:])
    assert second["SAGEMAKER_INFERENCE_OUTPUT"] == "predicted_label,probability,probabilities"
    assert third["SAGEMAKER_INFERENCE_INPUT"] == second["SAGEMAKER_INFERENCE_OUTPUT"]
    assert third["SAGEMAKER_INFERENCE_OUTPUT"] == ALL_KEYS
    assert keys == ALL_KEYS.split(",")


def test_a_regression_answers_with_the_label_alone():
    _, keys = containers_with_response_keys([container(), container()])
    assert keys == ["predicted_label"]


def test_the_requests_are_valid_and_refer_to_each_other():
    requests = deployment_requests(SPEC, candidate(container()))
    model = botocore.session.get_session().get_service_model("sagemaker")
    for operation, request in [
        ("CreateModel", requests["model"]),
        ("CreateEndpointConfig", requests["config"]),
        ("CreateEndpoint", requests["endpoint"]),
    ]:
        validate_parameters(request, model.operation_model(operation).input_shape)
    variant = requests["config"]["ProductionVariants"][0]
    # The variant is named in every answer, and tells which model gave it.
    assert variant["VariantName"] == variant["ModelName"] == requests["model"]["ModelName"]
    assert requests["endpoint"]["EndpointConfigName"] == requests["config"]["EndpointConfigName"]


def test_the_same_deployment_has_the_same_names_and_another_one_has_others():
    first = deployment_requests(SPEC, candidate(container()))
    assert deployment_requests(SPEC, candidate(container())) == first
    larger = deployment_requests({**SPEC, "instance_count": 2}, candidate(container()))
    assert larger["model"]["ModelName"] == first["model"]["ModelName"]
    assert larger["config"]["EndpointConfigName"] != first["config"]["EndpointConfigName"]


def test_names_fit_what_aws_takes():
    for endpoint_name in ("a", "x" * 63, "x" * 51 + "-" + "y" * 11):
        name = resource_name(endpoint_name, "job", "candidate")
        assert len(name) <= 63
        assert "--" not in name


def test_a_serverless_variant_has_memory_and_concurrency_and_no_instances():
    spec = {**SPEC, "serverless_memory_mb": 2048, "serverless_max_concurrency": 5}
    config = deployment_requests(spec, candidate(container()))["config"]
    (variant,) = config["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert "InstanceType" not in variant
    model = botocore.session.get_session().get_service_model("sagemaker")
    validate_parameters(config, model.operation_model("CreateEndpointConfig").input_shape)


def test_other_bounds_of_scaling_are_no_other_configuration():
    bounds = {"min_instance_count": 1, "max_instance_count": 4}
    first, second, fixed = (
        deployment_requests({**SPEC, **scaling}, candidate(container()))["config"]
        for scaling in (bounds, {**bounds, "max_instance_count": 9, "instance_count": 3}, {})
    )
    assert first["EndpointConfigName"] == second["EndpointConfigName"]
    assert first["EndpointConfigName"] != fixed["EndpointConfigName"]


def test_everything_that_is_made_is_tagged_with_what_asked_for_it():
    spec = {
        **SPEC,
        "tags": {"team": "a"},
        "model": "Trucks' brakes!",
        "schema": "SME",
        "expires_at": "2024-02-29T01:02:03Z",
    }
    requests = deployment_requests(spec, candidate(container()))
    for request in (requests["model"], requests["config"], requests["endpoint"]):
        assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == {
            "team": "a",
            "sme:endpoint": "APSPredictor",
            "sme:job": "APSClassifier",
            "sme:model": "Trucks_ brakes_",
            "sme:schema": "SME",
            "sme:expires-at": "2024-02-29T01:02:03Z",
        }


def test_the_requests_of_scaling_are_valid_and_name_the_variant():
    spec = {
        "min_instance_count": 1,
        "max_instance_count": 4,
        "target_invocations_per_instance": 100,
    }
    requests = scaling_requests("Ends", "Ends-1", spec)
    model = botocore.session.get_session().get_service_model("application-autoscaling")
    for operation, request in (
        ("RegisterScalableTarget", requests["target"]),
        ("PutScalingPolicy", requests["policy"]),
    ):
        validate_parameters(request, model.operation_model(operation).input_shape)
        assert request["ResourceId"] == "endpoint/Ends/variant/Ends-1"


def endpoint_in(status, reason=None):
    return {"endpoint_name": "Ends", "status": status, "failure_reason": reason}


@pytest.mark.parametrize(
    ("status", "is_current", "code"),
    [
        ("InService", False, None),
        ("Creating", True, None),
        ("Updating", True, None),
        ("Creating", False, "E-SME-80"),
        ("Updating", False, "E-SME-80"),
        ("RollingBack", False, "E-SME-80"),
        ("Deleting", True, "E-SME-80"),
        ("Failed", True, "E-SME-81"),
        ("UpdateRollbackFailed", False, "E-SME-81"),
    ],
)
def test_an_endpoint_is_deployed_to_where_aws_takes_it_or_does_it_already(status, is_current, code):
    if code is None:
        check_state(endpoint_in(status), is_current)
    else:
        with pytest.raises(SmeError, match=f"{code}: Endpoint Ends is {status}"):
            check_state(endpoint_in(status), is_current)


def test_a_pipeline_and_an_endpoint_on_instances_become_no_serverless_endpoint():
    with pytest.raises(SmeError, match=r"E-SME-82: .*pipeline of 3 containers"):
        check_serverless(candidate(container(), container(), container()), None)
    instances = {**endpoint_in("InService"), "variants": [{"serverless_memory_mb": None}]}
    with pytest.raises(SmeError, match="E-SME-83: Endpoint Ends runs on instances"):
        check_serverless(candidate(container()), instances)
    serverless = {**endpoint_in("InService"), "variants": [{"serverless_memory_mb": 1024}]}
    check_serverless(candidate(container()), serverless)
