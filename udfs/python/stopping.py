"""Stopping a job."""

from botocore.exceptions import ClientError

from .training import describe_job

RUNNING = ("InProgress", "Stopping")


def stop_job(client, job_name):
    """Asks AWS to stop a job. A job that has ended stays as it is, which is no error.

    Returns:
        The summary of the job after that, with `was_running`.

    Raises:
        SmeError: E-SME-8, AWS does not know the job.
    """
    before = describe_job(client, job_name)
    if before["status"] not in RUNNING:
        return {**before, "was_running": False}
    try:
        client.stop_auto_ml_job(AutoMLJobName=before["job_name"])
    except ClientError:
        after = describe_job(client, job_name)
        if after["status"] in RUNNING:
            raise
        # it ended between the two calls
        return {**after, "was_running": False}
    return {**describe_job(client, job_name), "was_running": True}
