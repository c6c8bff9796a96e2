"""What is asked of AWS to serve a candidate: models, configurations and endpoints. Pure."""

import hashlib

from .job_request import tag_list

RESPONSE_KEYS = ("predicted_label", "probability", "probabilities", "labels")
OWNER_TAG = "sme:endpoint"


def containers_with_response_keys(containers):
    """The inference containers, asked for every response key that they support.

    Autopilot answers with predicted_label only unless SAGEMAKER_INFERENCE_OUTPUT names
    more, and each container of a pipeline reads what the one before it wrote.

    Returns:
        (containers for CreateModel, the keys of the response in their order)
    """
    prepared, previous = [], []
    for container in containers:
        environment = dict(container.get("Environment") or {})
        supported = environment.get("SAGEMAKER_INFERENCE_SUPPORTED", "")
        offered = [key.strip() for key in supported.split(",")]
        keys = [key for key in RESPONSE_KEYS if key in offered]
        if keys:
            environment["SAGEMAKER_INFERENCE_OUTPUT"] = ",".join(keys)
            if previous:
                environment["SAGEMAKER_INFERENCE_INPUT"] = ",".join(previous)
            previous = keys
        prepared.append(
            {
                "Image": container["Image"],
                "ModelDataUrl": container["ModelDataUrl"],
                "Environment": environment,
            }
        )
    return prepared, previous or ["predicted_label"]


def resource_name(endpoint_name, *parts):
    """A name for a model or a configuration: the same for the same parts, at most 63 long."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:10]
    return f"{name_stem(endpoint_name)}-{digest}"


def name_stem(endpoint_name):
    """What the names of all models and configurations of an endpoint begin with."""
    return endpoint_name[:52].rstrip("-")


def deployment_requests(spec, candidate):
    """The three requests that serve a candidate, in the order in which they are sent.

    Args:
        spec: endpoint_name, job_name, role, instance_type, instance_count.
        candidate: a candidate as DescribeAutoMLJobV2 gives it.

    Returns:
        model, config, endpoint (keyword arguments of boto3) and response_keys. Model and
        configuration names follow from what they hold, so that a repeated deployment
        finds what an interrupted one has made.
    """
    containers, response_keys = containers_with_response_keys(candidate["InferenceContainers"])
    endpoint_name = spec["endpoint_name"]
    model_name = resource_name(endpoint_name, spec["job_name"], candidate["CandidateName"])
    tags = tag_list({OWNER_TAG: endpoint_name, "sme:job": spec["job_name"]})
    variant = {
        # Every answer names the variant that gave it, and so the model: see Endpoint.check_model.
        "VariantName": model_name,
        "ModelName": model_name,
        "InstanceType": spec["instance_type"],
        "InitialInstanceCount": int(spec["instance_count"]),
    }
    config_name = resource_name(endpoint_name, variant)
    return {
        "model": {
            "ModelName": model_name,
            "ExecutionRoleArn": spec["role"],
            "Containers": containers,
            "Tags": tags,
        },
        "config": {
            "EndpointConfigName": config_name,
            "ProductionVariants": [variant],
            "Tags": tags,
        },
        "endpoint": {
            "EndpointName": endpoint_name,
            "EndpointConfigName": config_name,
            "Tags": tags,
        },
        "response_keys": response_keys,
    }
