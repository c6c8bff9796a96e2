"""What AWS holds that one registry has made: found by its tags, and in S3 by its prefixes."""

import datetime

from botocore.exceptions import ClientError

from .accounts import account_of
from .aws import error_code, is_missing
from .endpoints import tags_of
from .hosting import OWNER_TAG
from .job_request import tag_text
from .removal import delete_once
from .scaling import stop_scaling
from .transform import TRANSFORM_TAG

SCHEMA_TAG = "sme:schema"
YOUNG = datetime.timedelta(hours=1)


def holdings(client, scaling, s3, spec):
    """All that is charged or in the way, of one registry schema.

    Args:
        client, scaling, s3: boto3 clients of sagemaker, application-autoscaling and s3.
        spec: schema, scaled_endpoints (that sme ever let scale), places (account, bucket and the
            path below which its trainings lie), needed_prefixes and known_prefixes (that the
            registry needs, and that it names).

    Returns:
        account: the one that the keys lead to, or None where no job was ever trained in it.
        endpoints, configs, models, transform_jobs and training_jobs (those that run), each a list
        of dictionaries with name and is_young, scaling_targets: names of those whose endpoint is
        gone, and prefixes: a list of bucket and prefix.
    """
    schema, account = tag_text(spec["schema"]), account_of(client)
    endpoints = client.get_paginator("list_endpoints").paginate()
    configs = client.get_paginator("list_endpoint_configs").paginate()
    models = client.get_paginator("list_models").paginate()
    transforms = client.get_paginator("list_transform_jobs").paginate(StatusEquals="InProgress")
    trainings = client.get_paginator("list_auto_ml_jobs").paginate(StatusEquals="InProgress")
    return {
        "account": account,
        "endpoints": [
            {**entry, "config_name": config_of(client, entry["name"])}
            for entry in owned(client, schema, endpoints, "Endpoints", "Endpoint")
        ],
        "configs": [
            {**entry, "models": models_in(client, entry["name"])}
            for entry in owned(client, schema, configs, "EndpointConfigs", "EndpointConfig")
        ],
        "models": owned(client, schema, models, "Models", "Model"),
        "transform_jobs": owned(
            client, schema, transforms, "TransformJobSummaries", "TransformJob"
        ),
        "training_jobs": owned(client, schema, trainings, "AutoMLJobSummaries", "AutoMLJob"),
        "scaling_targets": lone_scaling_targets(client, scaling, spec["scaled_endpoints"]),
        "prefixes": [
            found
            for place in spec["places"]
            if place.get("account") in (None, account)
            for found in unneeded_prefixes(client, s3, place, spec)
        ],
    }


def owned(client, schema, pages, member, kind):
    """The resources of a kind that carry the tag of the schema."""
    now = datetime.datetime.now(datetime.timezone.utc)
    found = []
    for page in pages:
        for entry in page[member]:
            tags = tags_if_there(client, entry[f"{kind}Arn"])
            if tags.get(SCHEMA_TAG) == schema:
                found.append(
                    {
                        "name": entry[f"{kind}Name"],
                        "endpoint_name": tags.get(OWNER_TAG),
                        "transform_job_name": tags.get(TRANSFORM_TAG),
                        "is_young": now - entry["CreationTime"] < YOUNG,
                    }
                )
    return found


def tags_if_there(client, arn):
    """The tags of a resource, none where it was deleted meanwhile."""
    try:
        return tags_of(client, arn)
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def config_of(client, endpoint_name):
    """The configuration that an endpoint has now, or None where the endpoint is gone."""
    try:
        return client.describe_endpoint(EndpointName=endpoint_name).get("EndpointConfigName")
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def lone_scaling_targets(client, scaling, endpoint_names):
    """What still scales an endpoint that is gone. AWS is asked only if sme ever let one scale."""
    if not endpoint_names:
        return []
    pages = scaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace="sagemaker"
    )
    names = [target["ResourceId"] for page in pages for target in page["ScalableTargets"]]
    return [
        name
        for name in names
        if endpoint_of(name) in endpoint_names and config_of(client, endpoint_of(name)) is None
    ]


def endpoint_of(resource_id):
    """The endpoint that a scaling target, endpoint/NAME/variant/NAME, belongs to."""
    return resource_id.split("/")[1]


def models_in(client, config_name):
    """The models that a configuration serves."""
    try:
        config = client.describe_endpoint_config(EndpointConfigName=config_name)
    except ClientError as error:
        if is_missing(error):
            return []
        raise
    return [variant["ModelName"] for variant in config["ProductionVariants"]]


def unneeded_prefixes(client, s3, place, spec):
    """The prefixes of trainings and batch predictions that no row of the registry needs.

    S3 prefixes have no tags. A prefix belongs to this registry where the registry names it, or
    where it lies below the name of a job with the tag: AWS has each name of a job but once.
    """
    root = f"{place['path']}/" if place["path"] else ""
    needed = set(spec["needed_prefixes"])
    found = []
    for folder in folders_below(s3, place["bucket"], root):
        candidates = [p for p in folders_below(s3, place["bucket"], folder) if p not in needed]
        known = [prefix for prefix in candidates if prefix in spec["known_prefixes"]]
        if len(known) < len(candidates):
            job_name = folder[len(root) :].rstrip("/")
            known = (
                candidates if schema_of_job(client, job_name) == tag_text(spec["schema"]) else known
            )
        found += [{"bucket": place["bucket"], "prefix": prefix} for prefix in known]
    return found


def folders_below(s3, bucket, prefix):
    """The prefixes one level below a prefix, none where the bucket was deleted."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, Delimiter="/"
    )
    try:
        return [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
    except ClientError as error:
        if error_code(error) == "NoSuchBucket":
            return []
        raise


def schema_of_job(client, job_name):
    """The registry schema whose job that is, or None where AWS knows no such job."""
    try:
        job = client.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return tags_if_there(client, job["AutoMLJobArn"]).get(SCHEMA_TAG)


def delete_scaling_target(scaling, resource_id):
    """Takes a variant out of automatic scaling, content where it is out."""
    variant = {"name": resource_id.split("/")[3]}
    stop_scaling(scaling, {"endpoint_name": endpoint_of(resource_id), "variants": [variant]})
    return {}


def delete_config(client, name):
    """Deletes an endpoint configuration, content where it is gone."""
    return {"deleted": delete_once(client.delete_endpoint_config, {"EndpointConfigName": name})}


def delete_model(client, name):
    """Deletes a model, content where it is gone."""
    return {"deleted": delete_once(client.delete_model, {"ModelName": name})}
