"""Batch predictions as a SQL user makes them."""

import json

from .conftest import fresh_name

START = "SME_START_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION"
WAIT = "SME_WAIT_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION"
FETCH = "SME_FETCH_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION"
STOP = "SME_STOP_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION"
RUNNING = ("Starting", "InProgress", "Stopping")


class Batch:
    """Calls of the scripts, for a completed job."""

    def __init__(self, sme, job_name):
        self.sme = sme
        self.job_name = job_name

    def arguments(self, **changes):
        arguments = {
            "job_name": self.job_name,
            "input_schema_name": self.sme.data_schema,
            "input_table_or_view_name": "HELD_OUT",
            "key_columns": ["PATIENT_ID"],
            "result_schema_name": self.sme.data_schema,
            "result_table_name": fresh_name("BATCH_"),
            "instance_type": "ml.m5.large",
            "aws_credentials_connection_name": self.sme.aws_connection,
            "aws_region": self.sme.region,
            "s3_connection_name": self.sme.account.s3_connection,
            **changes,
        }
        return json.dumps({name: value for name, value in arguments.items() if value is not None})

    def start(self, **changes):
        return self.sme.script(START, self.arguments(**changes))[0]

    def error(self, **changes):
        return self.sme.error(START, self.arguments(**changes))

    def call(self, script, name, **more):
        return self.sme.script(script, json.dumps({"transform_job_name": name, **more}))[0]

    def wait(self, name):
        """The last status of a batch prediction."""
        row = self.call(WAIT, name, seconds=30)
        while row["STATUS"] in RUNNING:
            row = self.call(WAIT, name, seconds=30)
        return row

    def predict(self, **changes):
        """The names of the columns of the result, and its rows by their first column."""
        started = self.start(**changes)
        assert self.wait(started["TRANSFORM_JOB_NAME"])["STATUS"] == "Completed"
        fetched = self.call(FETCH, started["TRANSFORM_JOB_NAME"])
        statement = self.sme.connection.execute(
            f"SELECT * FROM {fetched['RESULT_SCHEMA']}.{fetched['RESULT_TABLE']} ORDER BY 1"
        )
        return statement.columns(), statement.fetchall()

    def row(self, name):
        return self.sme.row(
            f"SME_METADATA_AUTOPILOT_TRANSFORM_JOBS WHERE TRANSFORM_JOB_NAME = '{name}'"
        )

    def leftovers(self, name, s3, sagemaker):
        """What a batch prediction still has: in S3, its model, and its tables."""
        prefix = self.row(name)["S3_PREFIX"]
        objects = s3.list_objects_v2(Bucket=self.sme.account.bucket, Prefix=prefix).get(
            "Contents", []
        )
        models = sagemaker.list_models(NameContains=name)["Models"]
        tables = self.sme.connection.execute(
            "SELECT TABLE_NAME FROM EXA_ALL_TABLES WHERE TABLE_NAME LIKE 'SME!_BATCH!_%"
            f"{name.upper().replace('-', '!_')}' ESCAPE '!'"
        ).fetchcol()
        return [o["Key"] for o in objects] + [m["ModelName"] for m in models] + tables
