"""What remains to be done when AWS has taken an endpoint into service."""

from .endpoints import describe_endpoint, tags_of
from .hosting import EXPIRY_TAG
from .job_request import tag_list
from .removal import configs_of, delete_once, models_of
from .scaling import start_scaling


def settle_endpoint(client, scaling, spec):
    """Lets the endpoint scale, tags it as what it serves, and deletes what it serves no more.

    Args:
        client, scaling: boto3 clients of sagemaker and application-autoscaling.
        spec: endpoint_name, config_name and model_name, which are in use, tags and, where it is
            to scale, what `scaling_requests` reads.
    """
    endpoint = describe_endpoint(client, spec["endpoint_name"])
    if spec.get("max_instance_count"):
        start_scaling(scaling, endpoint, spec)
    tag_endpoint(client, endpoint["arn"], spec.get("tags") or {})
    for name in configs_of(client, spec["endpoint_name"]):
        if name != spec["config_name"]:
            delete_once(client.delete_endpoint_config, {"EndpointConfigName": name})
    for name in models_of(client, spec["endpoint_name"]):
        if name != spec["model_name"]:
            delete_once(client.delete_model, {"ModelName": name})
    return {}


def tag_endpoint(client, arn, tags):
    """Adds the tags. One that was set before stays, but for a time to live that was taken back."""
    current = tags_of(client, arn)
    changed = [tag for tag in tag_list(tags) if current.get(tag["Key"]) != tag["Value"]]
    if changed:
        client.add_tags(ResourceArn=arn, Tags=changed)
    if EXPIRY_TAG in current and EXPIRY_TAG not in tags:
        client.delete_tags(ResourceArn=arn, TagKeys=[EXPIRY_TAG])
