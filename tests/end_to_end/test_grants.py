"""The GRANTs in docs/security.md are enough, each for what it says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sme_helper.connections import Connection

from ..backends import keys_of
from ..conftest import DbtProject
from .batch_calls import Batch
from .conftest import FEATURES, Sme, fresh_name

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()


def grants(who: str, **names: str) -> list[str]:
    """The statements for one kind of user, with the names of this test in them."""
    (text,) = re.findall(rf"<!-- grants: {who} -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
    for name, replacement in names.items():
        text = re.sub(rf"\b{name}\b", replacement, text)
    return [statement.strip() for statement in text.split(";") if statement.strip()]


@contextmanager
def user_with_grants(sme: Sme, stack, who: str, **names: str) -> Iterator[Sme]:
    """`sme` as a user who has exactly the rights of the page."""
    user = fresh_name("USER_")
    places = {"SME": sme.schema, "MODELS": sme.data_schema, "DATA": sme.data_schema}
    exports = sme.account.s3_connection or sme.aws_connection
    connections = {"SME_AWS": sme.aws_connection, "SME_S3": exports}
    sme.connection.execute(f'CREATE USER {user} IDENTIFIED BY "pw"')
    names = {**places, **connections, who.upper().replace(" ", "_"): user, **names}
    for grant in grants(who, **names):
        sme.connection.execute(grant)
    with stack.connect(user, "pw") as connection:
        yield replace(sme, connection=connection)
    sme.connection.execute(f"DROP USER {user}")


@pytest.fixture
def s3_connection(sme, stack) -> Iterator:
    """Makes a CONNECTION to a bucket that TRAINER is granted by the page; gives its name."""
    made = []

    def make(bucket: str) -> str:
        made.append(fresh_name("S3_"))
        address = f"https://{bucket}.s3.{sme.region}.amazonaws.com"
        connection = Connection(made[-1], "for EXPORT", address, keys_of(stack), is_for_udfs=False)
        sme.connection.execute(connection.statement)
        return made[-1]

    yield make
    for name in made:
        sme.connection.execute(f"DROP CONNECTION {name}")


def test_who_trains_needs_the_s3_connection_for_the_export_only(sme, stack, s3_connection):
    """The UDFs cannot read that CONNECTION, so where it leads shows after the export."""
    good = s3_connection(sme.account.bucket)
    with user_with_grants(sme, stack, "trainer", SME_S3=good) as trainer:
        assert trainer.job_row(trainer.train(s3_connection_name=good))["STATUS"] == "InProgress"
        with pytest.raises(Exception, match="insufficient privileges for using connection"):
            trainer.connection.execute(
                f"EXPORT {sme.data_schema}.TRAINING INTO CSV AT {sme.aws_connection} FILE 'a.csv'"
            )


@pytest.mark.embedded("makes buckets")
def test_an_export_to_another_bucket_is_found_where_its_connection_cannot_be_read(
    sme, stack, s3_connection
):
    stack.aws_client("s3").create_bucket(
        Bucket="sme-elsewhere", CreateBucketConfiguration={"LocationConstraint": sme.region}
    )
    other = s3_connection("sme-elsewhere")
    with user_with_grants(sme, stack, "trainer", SME_S3=other) as trainer:
        message = trainer.training_error(s3_connection_name=other)
    assert (
        f"E-SME-19: CONNECTION {other} exports to another bucket than {sme.account.bucket}"
        in message
    )


def test_who_deploys_and_who_predicts_need_no_more_than_the_page_grants(sme, stack, completed_job):
    endpoint = fresh_name("Granted")
    with user_with_grants(sme, stack, "deployer") as deployer:
        deployer.deploy(completed_job, endpoint)
        assert deployer.wait_for_endpoint(endpoint)["STATUS"] == "InService"
        connection = "SME_SAGEMAKER_AUTOPILOT_ENDPOINT_CONNECTION_"
        named = {f"{connection}MYENDPOINT": f"{connection}{endpoint.upper()}"}
        with user_with_grants(sme, stack, "predictor", **named) as predictor:
            rows = predictor.connection.execute(
                f'SELECT "{sme.data_schema}"."{endpoint}"({", ".join(FEATURES)}) '
                f'FROM "{sme.data_schema}".HELD_OUT'
            ).fetchall()
        assert len(rows) == 69
        assert deployer.delete(endpoint)["STATUS"] in ("Deleted", "Deleting")
        # The doctor of other tests looks at what is not yet on record as gone.
        assert deployer.wait_for_endpoint(endpoint, known="Deleting")["STATUS"] == "Deleted"


@pytest.fixture
def batch_of(completed_job):
    """Batch predictions of a user into a new schema of their own; gives the name of that, too."""

    def batch_of(user):
        schema = fresh_name("RESULTS_")
        user.connection.execute(f"CREATE SCHEMA {schema}")
        return Batch(user, completed_job), schema

    return batch_of


def test_who_predicts_in_batch_needs_no_more_than_the_page_grants(
    sme, stack, s3_connection, batch_of
):
    good = s3_connection(sme.account.bucket)
    with user_with_grants(sme, stack, "batch_predictor", SME_S3=good) as user:
        batch, schema = batch_of(user)
        columns, rows = batch.predict(result_schema_name=schema, s3_connection_name=good)
        assert len(rows) == 69 and "PREDICTIONS" in columns
        user.connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.embedded("makes buckets")
def test_a_batch_export_to_another_bucket_is_found_where_its_connection_cannot_be_read(
    sme, stack, s3_connection, batch_of, s3, sagemaker
):
    s3.create_bucket(
        Bucket="sme-batch", CreateBucketConfiguration={"LocationConstraint": sme.region}
    )
    other = s3_connection("sme-batch")
    with user_with_grants(sme, stack, "batch_predictor", SME_S3=other) as user:
        batch, schema = batch_of(user)
        message = batch.error(result_schema_name=schema, s3_connection_name=other)
        assert f"E-SME-19: CONNECTION {other} exports to another bucket than" in message
        row = sme.row(f"SME_METADATA_AUTOPILOT_TRANSFORM_JOBS WHERE RESULT_SCHEMA = '{schema}'")
        assert row["STATUS"] == "NotStarted"
        assert batch.leftovers(row["TRANSFORM_JOB_NAME"], s3, sagemaker) == []
        user.connection.execute(f"DROP SCHEMA {schema} CASCADE")


@contextmanager
def dbt_with_grants(sme: Sme, stack, dbt: DbtProject, who: str) -> Iterator[DbtProject]:
    """The project as a user who has exactly the rights of the page."""
    with user_with_grants(sme, stack, who) as user:
        name = user.connection.options["user"]
        login = {"EXASOL_USER": name, "EXASOL_PASSWORD": "pw"}
        yield replace(dbt, environment={**dbt.environment, **login})
        for schema in (dbt.schema, dbt.sme_schema):
            user.connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def test_who_installs_needs_no_more_than_the_page_grants(sme, stack, dbt):
    with dbt_with_grants(sme, stack, dbt, "installer") as installer:
        assert "installed in schema" in installer.operation("install")


DOUBLED = """
def model(dbt, session):
    dbt.config(materialized="python_table")
    patients = dbt.ref("patients")
    return patients[["PATIENT_ID"]].assign(DOUBLED=patients["MEAN_RADIUS"] * 2)
"""


def test_who_uses_dbt_does_the_whole_life_of_a_model_with_what_the_page_grants(sme, stack, dbt):
    dbt.write("models/patients.sql", "select * from {{ ref('breast_cancer_test') }}")
    view = "{{ config(materialized='view') }} select * from {{ ref('patients') }}"
    dbt.write("models/older_patients.sql", view)
    dbt.write("models/doubled.py", DOUBLED)
    dbt.rename("BreastCancer", fresh_name("Dbt"))
    with dbt_with_grants(sme, stack, dbt, "dbt user") as user:
        printed = user.run_together(
            "build -s +breast_cancer_predictions patients older_patients doubled",
            "run -s patients older_patients doubled",
        )
        with stack.connect(schema=dbt.schema) as connection:
            counted = "SELECT COUNT(*) FROM {}".format
            for table in ("BREAST_CANCER_PREDICTIONS", "DOUBLED"):
                assert connection.execute(counted(table)).fetchval() == 69
    for told in ("is InService", "is Deleted", "installed in schema"):
        assert told in printed
