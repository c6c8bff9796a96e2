"""Automatic scaling of endpoints between bounds, by Application Auto Scaling."""

from botocore.exceptions import ClientError

from .aws import error_code

POLICY_NAME = "sme-invocations-per-instance"
SCALING_METRIC = "SageMakerVariantInvocationsPerInstance"


def scalable_target(endpoint_name, variant_name):
    """What names a production variant in Application Auto Scaling."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint_name}/variant/{variant_name}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def scaling_requests(endpoint_name, variant_name, spec):
    """The two requests that let a variant scale: its bounds, and what decides within them.

    Args:
        spec: min_instance_count, max_instance_count, target_invocations_per_instance (a minute).
    """
    target = scalable_target(endpoint_name, variant_name)
    return {
        "target": {
            **target,
            "MinCapacity": int(spec["min_instance_count"]),
            "MaxCapacity": int(spec["max_instance_count"]),
        },
        "policy": {
            **target,
            "PolicyName": POLICY_NAME,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": float(spec["target_invocations_per_instance"]),
                "PredefinedMetricSpecification": {"PredefinedMetricType": SCALING_METRIC},
            },
        },
    }


def check_scaling(client):
    """Calls Application Auto Scaling, which needs rights of its own, before it is counted on."""
    client.describe_scalable_targets(ServiceNamespace="sagemaker", MaxResults=1)


def start_scaling(client, endpoint, spec):
    """Lets the variants of an endpoint scale. Repeating it changes bounds and target."""
    for variant in endpoint["variants"]:
        requests = scaling_requests(endpoint["endpoint_name"], variant["name"], spec)
        client.register_scalable_target(**requests["target"])
        client.put_scaling_policy(**requests["policy"])


def stop_scaling(client, endpoint):
    """Takes the variants out of automatic scaling, and their policies with them."""
    for variant in endpoint["variants"]:
        target = scalable_target(endpoint["endpoint_name"], variant["name"])
        try:
            client.deregister_scalable_target(**target)
        except ClientError as error:
            if error_code(error) != "ObjectNotFoundException":
                raise
