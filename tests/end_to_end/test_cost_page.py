"""docs/cost.md: its queries find all that is charged, and its commands end it."""

import re

import pytest

from .. import pages
from .batch_calls import Batch
from .conftest import fresh_name


def shown_by_the_page(sme):
    """The names in the first columns of its queries."""
    (text,) = pages.blocks("docs/cost.md", "sql")
    queries = text.replace("SME.", f"{sme.schema}.").split(";")[:-1]
    return {row[0] for query in queries for row in sme.connection.execute(query).fetchall()}


@pytest.fixture
def charged(sme, completed_job):
    """All that can be charged, under the names of the page: {name on the page: name here}."""
    endpoint = fresh_name("Diagnosis")
    sme.deploy(completed_job, endpoint)
    prediction = Batch(sme, completed_job).start()["TRANSFORM_JOB_NAME"]
    training = sme.train(job_name=fresh_name("Diagnosis"), max_candidates=3)
    return {"endpoint": endpoint, "prediction": prediction, "training": training}


def test_the_queries_show_what_is_charged_and_the_commands_end_it(sme, charged, sagemaker, s3):
    assert shown_by_the_page(sme) >= set(charged.values())
    refused = sme.dbt.operation("uninstall", exit_code=1)
    assert "E-SME-28: What sme has started may still run and be charged" in refused
    for kind in ("endpoint", "prediction", "training"):
        assert f"{kind} {charged[kind]}" in refused

    prefix = sme.job_row(charged["training"])["S3_PREFIX"]
    lines = []
    for command in pages.commands("docs/cost.md"):
        kind = "prediction" if "stop_batch" in command else None
        kind = kind or ("endpoint" if "endpoint_name" in command else "training")
        lines.append(re.sub(r"Diagnosis(-batch-1)?", charged[kind], command))
    assert len(lines) == 6
    sme.dbt.run_together(*(line.removeprefix("dbt ") for line in lines))
    endpoints = sagemaker.list_endpoints(NameContains=charged["endpoint"])["Endpoints"]
    assert [e for e in endpoints if e["EndpointStatus"] != "Deleting"] == []
    training = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=charged["training"])
    assert training["AutoMLJobStatus"] in ("Stopped", "Completed")
    prediction = sagemaker.describe_transform_job(TransformJobName=charged["prediction"])
    assert prediction["TransformJobStatus"] in ("Stopped", "Completed")
    assert s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=prefix)["KeyCount"] == 0
    assert shown_by_the_page(sme).isdisjoint(charged.values())
