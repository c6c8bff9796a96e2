"""What is sent to create a model, a configuration and an endpoint."""

import botocore.session
from botocore.validate import validate_parameters

from udfs.python.hosting import containers_with_response_keys, deployment_requests, resource_name

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
