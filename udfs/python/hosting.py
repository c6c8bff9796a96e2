"""What is asked of AWS to serve a candidate: models, configurations and endpoints. Pure."""

import hashlib

from .job_request import tag_list, tag_text

RESPONSE_KEYS = ("predicted_label", "probability", "probabilities", "labels")
OWNER_TAG = "sme:endpoint"
EXPIRY_TAG = "sme:expires-at"


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
        spec: endpoint_name, job_name, role, what `capacity` reads and what `resource_tags` reads.
        candidate: a candidate as DescribeAutoMLJobV2 gives it.

    Returns:
        model, config, endpoint (keyword arguments of boto3) and response_keys. Model and
        configuration names follow from what they hold, so that a repeated deployment
        finds what an interrupted one has made.
    """
    containers, response_keys = containers_with_response_keys(candidate["InferenceContainers"])
    endpoint_name = spec["endpoint_name"]
    model_name = resource_name(endpoint_name, spec["job_name"], candidate["CandidateName"])
    config_name = resource_name(endpoint_name, model_name, *size_key(spec))
    tags = tag_list(resource_tags(spec))
    # Every answer names the variant that gave it, and so the model: see Endpoint.check_model.
    variant = {"VariantName": model_name, "ModelName": model_name, **capacity(spec)}
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


def capacity(spec):
    """What a production variant runs on: serverless, or instances of a type."""
    if spec.get("serverless_memory_mb"):
        serverless = {
            "MemorySizeInMB": int(spec["serverless_memory_mb"]),
            "MaxConcurrency": int(spec["serverless_max_concurrency"]),
        }
        return {"ServerlessConfig": serverless}
    return {
        "InstanceType": spec["instance_type"],
        "InitialInstanceCount": int(spec["instance_count"]),
    }


def size_key(spec):
    """What tells one capacity from another. Bounds of scaling do not: they change in place."""
    if spec.get("max_instance_count"):
        return (spec["instance_type"], "scaled")
    return tuple(sorted(capacity(spec).items(), key=lambda item: item[0]))


def resource_tags(spec):
    """Tags of the user, and those by which sme knows its own and says what asked for it."""
    return {
        **(spec.get("tags") or {}),
        OWNER_TAG: spec["endpoint_name"],
        "sme:job": spec["job_name"],
        **{
            f"sme:{name}": tag_text(spec[name])
            for name in ("model", "schema", "version")
            if spec.get(name) is not None
        },
        **({EXPIRY_TAG: spec["expires_at"]} if spec.get("expires_at") else {}),
    }
