"""The page on plain SQL, statement by statement."""

import json
import re

from .. import pages
from .conftest import fresh_name


def test_the_page_on_plain_sql_goes_through_the_life_of_a_model(sme, sagemaker):
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.PATIENTS AS "
        f"SELECT ROW_NUMBER() OVER (ORDER BY WORST_AREA) AS PATIENT_ID, t.* "
        f"FROM {sme.data_schema}.TRAINING t"
    )
    model = fresh_name("Diagnosis")
    options = ("s3_bucket_uri", "s3_connection_name", "s3_output_path")
    place = {n: v for n, v in sme.training_arguments().items() if n in options}
    names = {
        "SME.SME_": f"{sme.schema}.SME_",
        "CLINIC": sme.data_schema,
        '"s3_bucket_uri": "s3://my-bucket", "s3_output_path": "sme",': json.dumps(place)[1:-1]
        + ",",
        "arn:aws:iam::123456789012:role/autopilot": sme.account.role,
        '"SME_AWS"': f'"{sme.aws_connection}"',
        "eu-central-1": sme.region,
        "Diagnosis": model,
    }
    answers = {}
    for statement in pages.blocks("docs/plain-sql.md", "sql"):
        for name, replacement in names.items():
            statement = statement.replace(name, replacement)
        answer = sme.connection.execute(statement)
        rows = [dict(zip(answer.col_names, row, strict=True)) for row in answer.fetchall()]
        script = re.search(r"SME_(\w+?)_(?:WITH_)?SAGEMAKER_AUTOPILOT(\w*)", statement)
        answers["".join(script.groups()) if script else "SELECT"] = rows
    assert list(answers) == [
        "TRAIN",
        "POLL_JOB",
        "WAIT_JOB",
        "LIST_CANDIDATES",
        "READ_FEATURE_IMPORTANCE",
        "SELECT",
        "STOP_JOB",
        "PROMOTE_MODEL",
        "DEPLOY_MODEL",
        "WAIT_ENDPOINT",
        "DROP_ENDPOINT",
    ]
    assert answers["TRAIN"][0]["ROW_COUNT"] == "500"
    assert answers["WAIT_JOB"][-1]["JOB_STATUS"] == "Completed"
    assert len(answers["LIST_CANDIDATES"]) == 1
    assert len(answers["READ_FEATURE_IMPORTANCE"]) == 4
    assert answers["STOP_JOB"][0]["DONE"] == "had ended before"
    assert answers["PROMOTE_MODEL"][0]["PROMOTED_VERSION"] == "1"
    assert answers["WAIT_ENDPOINT"][-1]["STATUS"] == "InService"
    assert len(answers["SELECT"]) == 500
    assert {row["PREDICTIONS"] for row in answers["SELECT"]} == {"malignant", "benign"}
    assert answers["DROP_ENDPOINT"][0]["STATUS"] in ("Deleting", "Deleted")
    assert sagemaker.list_models(NameContains=model)["Models"] == []


def test_in_sql_waiting_for_an_endpoint_that_is_not_there_fails_as_that_of_dbt_does(sme):
    arguments = {
        "endpoint_name": "NoSuchEndpoint",
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
    }
    error = sme.error("SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT", json.dumps(arguments))
    assert "E-SME-9: Endpoint NoSuchEndpoint does not exist" in error
