"""The door through which Lua scripts call AWS: one request in, one answer out, as JSON."""

import json
import platform

import boto3

from .aws import client_of, explained
from .candidates import list_candidates, with_best_so_far
from .deployment import check_deployment, prepare_deployment, start_deployment
from .doctor import (
    check_bucket,
    check_endpoint,
    check_quota,
    check_reading,
    check_role,
    check_service,
)
from .endpoints import describe_endpoint, wait_for_endpoint
from .errors import SmeError
from .explanations import read_feature_importance
from .holdings import delete_config, delete_model, delete_scaling_target, holdings
from .inventory import list_endpoints
from .removal import delete_endpoint
from .settling import settle_endpoint
from .stopping import stop_job
from .storage import delete_prefix
from .training import check_export, check_training, describe_job, find_job, start_job, wait_for_job
from .transform import (
    check_transform,
    clean_transform,
    start_transform,
    stop_transform,
    transform_output,
    wait_for_transform,
)

# For what nothing else needs, and a private network may have no way to: asked once.
ONCE = {"mode": "standard", "max_attempts": 1}


def answer_request(exa, action, connection, region, request):
    """Carries out one action with the keys of a CONNECTION.

    Args:
        action: a key of ACTIONS.
        connection: name of the CONNECTION, region: of AWS.
        request: JSON text, what the action needs.

    Returns:
        JSON text: {"answer": ...} or {"error": "E-SME-n: ..."}. An error is an answer and
        no exception, so that the user reads a sentence and no traceback.
    """
    try:
        spec = json.loads(request)
        answer = ACTIONS[action](exa, connection, region, spec)
        return json.dumps({"answer": answer})
    except SmeError as error:
        return json.dumps({"error": str(error)})
    except Exception as error:
        return json.dumps({"error": str(explained(error))})


def _sagemaker(exa, connection, region):
    return client_of(exa, connection, region, "sagemaker")


def _scaling(exa, connection, region):
    return client_of(exa, connection, region, "application-autoscaling")


def _hosting(exa, connection, region, spec):
    """The clients of an endpoint: the second one, which takes a while to make, where it scales."""
    scales = spec.get("is_scaled") or spec.get("max_instance_count")
    scaling = _scaling(exa, connection, region) if scales else None
    return _sagemaker(exa, connection, region), scaling


def _probe(exa, connection, region, spec):
    client = boto3.session.Session(region_name="us-east-1").client(
        "sagemaker", aws_access_key_id="none", aws_secret_access_key="none"
    )
    return {
        "python": platform.python_version(),
        "boto3": boto3.__version__,
        "pandas": _pandas_version(),
        "knows_automl_v2": hasattr(client, "create_auto_ml_job_v2"),
    }


def _pandas_version():
    try:
        import pandas
    except ImportError:
        return None
    return pandas.__version__


def _check_service(exa, connection, region, spec):
    return check_service(_sagemaker(exa, connection, region))


def _check_bucket(exa, connection, region, spec):
    return check_bucket(client_of(exa, connection, region, "s3"), spec["bucket"])


def _check_reading(exa, connection, region, spec):
    return check_reading(client_of(exa, connection, region, "s3"), spec["bucket"], spec["key"])


def _check_role(exa, connection, region, spec):
    iam = client_of(exa, connection, region, "iam", retries=ONCE)
    return check_role(client_of(exa, connection, region, "sts"), iam, spec["role"])


def _check_quota(exa, connection, region, spec):
    client = client_of(exa, connection, region, "service-quotas", retries=ONCE)
    return check_quota(client, spec["instance_type"])


def _check_endpoint(exa, connection, region, spec):
    runtime = client_of(exa, connection, region, "sagemaker-runtime")
    return check_endpoint(
        _sagemaker(exa, connection, region), runtime, spec["endpoint_name"], spec["column_count"]
    )


def _check_training(exa, connection, region, spec):
    return check_training(exa, _sagemaker(exa, connection, region), spec)


def _check_export(exa, connection, region, spec):
    return check_export(client_of(exa, connection, region, "s3"), spec)


def _start_job(exa, connection, region, spec):
    return start_job(_sagemaker(exa, connection, region), spec)


def _find_job(exa, connection, region, spec):
    return {"known_job": find_job(_sagemaker(exa, connection, region), spec["job_name"])}


def _describe_job(exa, connection, region, spec):
    client = _sagemaker(exa, connection, region)
    return with_best_so_far(client, describe_job(client, spec["job_name"]))


def _wait_for_job(exa, connection, region, spec):
    client = _sagemaker(exa, connection, region)
    summary = wait_for_job(client, spec["job_name"], spec["known"], float(spec["seconds"]))
    return with_best_so_far(client, summary)


def _stop_job(exa, connection, region, spec):
    return stop_job(_sagemaker(exa, connection, region), spec["job_name"])


def _list_candidates(exa, connection, region, spec):
    return list_candidates(_sagemaker(exa, connection, region), spec["job_name"])


def _read_feature_importance(exa, connection, region, spec):
    s3 = client_of(exa, connection, region, "s3")
    return read_feature_importance(_sagemaker(exa, connection, region), s3, spec)


def _check_deployment(exa, connection, region, spec):
    return check_deployment(*_hosting(exa, connection, region, spec), spec)


def _prepare_deployment(exa, connection, region, spec):
    return prepare_deployment(_sagemaker(exa, connection, region), spec)


def _start_deployment(exa, connection, region, spec):
    return start_deployment(*_hosting(exa, connection, region, spec), spec)


def _settle_endpoint(exa, connection, region, spec):
    return settle_endpoint(*_hosting(exa, connection, region, spec), spec)


def _list_endpoints(exa, connection, region, spec):
    return list_endpoints(_sagemaker(exa, connection, region))


def _describe_endpoint(exa, connection, region, spec):
    client = _sagemaker(exa, connection, region)
    return describe_endpoint(client, spec["endpoint_name"], spec.get("account"))


def _wait_for_endpoint(exa, connection, region, spec):
    client = _sagemaker(exa, connection, region)
    name, seconds = spec["endpoint_name"], float(spec["seconds"])
    return wait_for_endpoint(client, name, spec["known"], seconds, spec.get("account"))


def _delete_endpoint(exa, connection, region, spec):
    return delete_endpoint(*_hosting(exa, connection, region, spec), spec)


def _check_transform(exa, connection, region, spec):
    return check_transform(exa, _sagemaker(exa, connection, region), spec)


def _start_transform(exa, connection, region, spec):
    s3 = client_of(exa, connection, region, "s3")
    return start_transform(_sagemaker(exa, connection, region), s3, spec)


def _wait_for_transform(exa, connection, region, spec):
    client = _sagemaker(exa, connection, region)
    name, seconds = spec["transform_job_name"], float(spec["seconds"])
    return wait_for_transform(client, name, spec["known"], seconds, spec.get("account"))


def _stop_transform(exa, connection, region, spec):
    return stop_transform(_sagemaker(exa, connection, region), spec["transform_job_name"])


def _transform_output(exa, connection, region, spec):
    return transform_output(client_of(exa, connection, region, "s3"), spec)


def _clean_transform(exa, connection, region, spec):
    s3 = client_of(exa, connection, region, "s3")
    return clean_transform(_sagemaker(exa, connection, region), s3, spec)


def _holdings(exa, connection, region, spec):
    s3 = client_of(exa, connection, region, "s3")
    scaling = _scaling(exa, connection, region) if spec["scaled_endpoints"] else None
    return holdings(_sagemaker(exa, connection, region), scaling, s3, spec)


def _delete_scaling_target(exa, connection, region, spec):
    return delete_scaling_target(_scaling(exa, connection, region), spec["name"])


def _delete_config(exa, connection, region, spec):
    return delete_config(_sagemaker(exa, connection, region), spec["name"])


def _delete_model(exa, connection, region, spec):
    return delete_model(_sagemaker(exa, connection, region), spec["name"])


def _delete_prefix(exa, connection, region, spec):
    return delete_prefix(client_of(exa, connection, region, "s3"), spec["bucket"], spec["prefix"])


ACTIONS = {
    "probe": _probe,
    "check_service": _check_service,
    "check_bucket": _check_bucket,
    "check_reading": _check_reading,
    "check_role": _check_role,
    "check_quota": _check_quota,
    "check_endpoint": _check_endpoint,
    "check_training": _check_training,
    "check_export": _check_export,
    "start_job": _start_job,
    "find_job": _find_job,
    "describe_job": _describe_job,
    "wait_for_job": _wait_for_job,
    "stop_job": _stop_job,
    "list_candidates": _list_candidates,
    "read_feature_importance": _read_feature_importance,
    "check_deployment": _check_deployment,
    "prepare_deployment": _prepare_deployment,
    "start_deployment": _start_deployment,
    "settle_endpoint": _settle_endpoint,
    "list_endpoints": _list_endpoints,
    "describe_endpoint": _describe_endpoint,
    "wait_for_endpoint": _wait_for_endpoint,
    "delete_endpoint": _delete_endpoint,
    "delete_prefix": _delete_prefix,
    "holdings": _holdings,
    "delete_scaling_target": _delete_scaling_target,
    "delete_config": _delete_config,
    "delete_model": _delete_model,
    "check_transform": _check_transform,
    "start_transform": _start_transform,
    "wait_for_transform": _wait_for_transform,
    "stop_transform": _stop_transform,
    "transform_output": _transform_output,
    "clean_transform": _clean_transform,
}
