"""Application Auto Scaling of endpoint variants."""

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/sme"
PLACE = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "TargetValue": 100.0,
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    },
}


@pytest.fixture(scope="module")
def scaling(aws):
    return aws.client("application-autoscaling")


@pytest.fixture(scope="module")
def containers(trained) -> list[dict]:
    return trained["ENSEMBLING"]["BestCandidate"]["InferenceContainers"]


@pytest.fixture(scope="module")
def endpoint(aws, containers) -> str:
    aws.deploy("scaled", containers)
    return "scaled"


def place(endpoint: str, variant: str = "all") -> dict:
    return {**PLACE, "ResourceId": f"endpoint/{endpoint}/variant/{variant}"}


def error_of(call, **arguments) -> dict:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]


def config(aws, name: str, model: str, **members) -> str:
    variant = {"ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variant |= {"VariantName": "all", **members}
    variant = {key: value for key, value in variant.items() if value is not None}
    aws.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def test_a_variant_is_registered_changed_described_and_brought_inside_its_bounds(
    aws, scaling, endpoint, wait_until
):
    scaling.register_scalable_target(**place(endpoint), MinCapacity=1, MaxCapacity=2)
    scaling.put_scaling_policy(
        **place(endpoint),
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )
    scaling.register_scalable_target(**place(endpoint), MinCapacity=2, MaxCapacity=4)
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[place(endpoint)["ResourceId"]]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 4)
    (policy,) = scaling.describe_scaling_policies(**place(endpoint))["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    described = wait_until(
        lambda: aws.sagemaker.describe_endpoint(EndpointName=endpoint),
        lambda one: one["ProductionVariants"][0]["CurrentInstanceCount"] == 2,
    )
    assert described["EndpointStatus"] == "InService"

    scaling.delete_scaling_policy(**place(endpoint), PolicyName="p")
    assert scaling.describe_scaling_policies(**place(endpoint))["ScalingPolicies"] == []
    scaling.deregister_scalable_target(**place(endpoint))
    error = error_of(scaling.deregister_scalable_target, **place(endpoint))
    assert error["Code"] == "ObjectNotFoundException"


@pytest.mark.parametrize(
    ("where", "bounds", "reason"),
    [
        (place("no-one"), (1, 2), "Could not find endpoint"),
        (place("scaled", "other"), (1, 2), "Could not find production variant other"),
        ({**PLACE, "ResourceId": "endpoint/scaled"}, (1, 2), "Unsupported resource ID"),
        (place("scaled"), (3, 2), "less than minimum capacity"),
    ],
)
def test_what_is_not_there_or_not_possible_is_not_registered(
    scaling, endpoint, where, bounds, reason
):
    error = error_of(
        scaling.register_scalable_target, **where, MinCapacity=bounds[0], MaxCapacity=bounds[1]
    )
    assert error["Code"] == "ValidationException"
    assert reason in error["Message"]


def test_neither_serverless_nor_burstable_nor_starting_variants_scale(aws, scaling, containers):
    aws.create_config("unscalable", containers)
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    members = {"InstanceType": None, "InitialInstanceCount": None, "ServerlessConfig": serverless}
    configs = {
        "no instances": config(aws, "unscalable-less", "unscalable", **members),
        "ml.t2.medium": config(aws, "unscalable-t2", "unscalable", InstanceType="ml.t2.medium"),
    }
    for reason, name in configs.items():
        aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        aws.wait_for_endpoint(name)
        error = error_of(
            scaling.register_scalable_target, **place(name), MinCapacity=1, MaxCapacity=2
        )
        assert reason in error["Message"]


def test_an_update_changes_the_model_of_a_registered_variant_but_not_its_type(
    aws, scaling, containers
):
    aws.deploy("bound", containers)
    scaling.register_scalable_target(**place("bound"), MinCapacity=1, MaxCapacity=2)
    aws.create_config("bound-model", containers)
    larger = config(aws, "bound-type", "bound", InstanceType="ml.m5.xlarge")
    renamed = config(aws, "bound-name", "bound", VariantName="another")
    update = aws.sagemaker.update_endpoint
    for name in (larger, renamed):
        error = error_of(update, EndpointName="bound", EndpointConfigName=name)
        assert "Deregister it before" in error["Message"]
    update(EndpointName="bound", EndpointConfigName="bound-model")
    aws.wait_for_endpoint("bound")
    scaling.deregister_scalable_target(**place("bound"))
    update(EndpointName="bound", EndpointConfigName=renamed)
    described = aws.wait_for_endpoint("bound")
    assert described["ProductionVariants"][0]["VariantName"] == "another"


def test_a_deleted_endpoint_is_registered_no_more(aws, scaling, containers):
    aws.deploy("short", containers)
    scaling.register_scalable_target(**place("short"), MinCapacity=1, MaxCapacity=2)
    aws.sagemaker.delete_endpoint(EndpointName="short")
    targets = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[place("short")["ResourceId"]]
    )
    assert targets["ScalableTargets"] == []


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"PolicyType": "StepScaling"}, "ValidationException", "PolicyType StepScaling"),
        (
            {"ResourceId": "endpoint/no-one/variant/all"},
            "ObjectNotFoundException",
            "No scalable target",
        ),
    ],
)
def test_a_policy_needs_a_registered_variant_and_a_kind_that_is_known(
    scaling, endpoint, changes, code, reason
):
    scaling.register_scalable_target(**place(endpoint), MinCapacity=1, MaxCapacity=4)
    request = {
        **place(endpoint),
        "PolicyName": "p",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": TRACKING,
    }
    error = error_of(scaling.put_scaling_policy, **{**request, **changes})
    assert error["Code"] == code
    assert reason in error["Message"]
