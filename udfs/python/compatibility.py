"""The four UDFs of the predecessor, under its names and signatures."""

from .aws import client_of
from .deployment import check_deployment, prepare_deployment, start_deployment
from .removal import delete_endpoint
from .training import describe_job, start_job


def run_training(exa, ctx):
    """SME_AUTOPILOT_TRAINING_UDF: starts a job on what lies at the S3 path."""
    uri = ctx.s3_bucket_uri.rstrip("/") + "/" + ctx.s3_output_path.strip("/")
    spec = {
        "job_name": ctx.job_name,
        "role": ctx.role,
        "s3_input_uri": uri + "/",
        "s3_output_uri": uri + "-output",
        "target": ctx.target_attribute_name,
        "problem_type": ctx.problem_type,
        "objective": ctx.objective,
        "max_candidates": ctx.max_candidates,
        "max_runtime_for_automl_job_in_seconds": ctx.max_runtime_for_automl_job_in_seconds,
        "max_runtime_per_training_job_in_seconds": ctx.max_runtime_per_training_job_in_seconds,
    }
    start_job(client_of(exa, ctx.aws_s3_connection, ctx.aws_region, "sagemaker"), spec)
    ctx.emit(ctx.job_name)


def run_polling(exa, ctx):
    """SME_AUTOPILOT_JOB_STATUS_POLLING_UDF: status and secondary status of a job."""
    client = client_of(exa, ctx.aws_s3_connection, ctx.aws_region, "sagemaker")
    job = describe_job(client, ctx.job_name)
    ctx.emit(job["status"], job["secondary_status"])


def run_deployment(exa, ctx):
    """SME_AUTOPILOT_ENDPOINT_DEPLOYMENT_UDF: deploys the best candidate of a job."""
    client = client_of(exa, ctx.aws_s3_connection, ctx.aws_region, "sagemaker")
    job = client.describe_auto_ml_job_v2(AutoMLJobName=ctx.job_name)
    spec = {
        "job_name": ctx.job_name,
        "endpoint_name": ctx.endpoint_name,
        "role": job["RoleArn"],
        "instance_type": ctx.instance_type,
        "instance_count": ctx.instance_count,
    }
    checked = check_deployment(client, None, spec)
    prepare_deployment(client, spec)
    start_deployment(client, None, spec)
    ctx.emit(checked["problem_type"])


def run_deletion(exa, ctx):
    """SME_AUTOPILOT_ENDPOINT_DELETION_UDF: deletes an endpoint and what it is made of."""
    client = client_of(exa, ctx.aws_s3_connection, ctx.aws_region, "sagemaker")
    delete_endpoint(client, None, {"endpoint_name": ctx.endpoint_name})
    ctx.emit(ctx.endpoint_name)
