"""What the predecessor did, as a UDF: 100 rows, one request, wait, emit; pandas and boto3."""

UDF = """
import io

import boto3
import pandas

connection = exa.get_connection("KEYS")
client = boto3.session.Session(
    aws_access_key_id=connection.user,
    aws_secret_access_key=connection.password,
    region_name="eu-central-1",
).client("sagemaker-runtime")


def default_output_columns():
    columns = [f'"C{i}" {column.sql_type}' for i, column in enumerate(exa.meta.input_columns)]
    return ", ".join([*columns, '"PROBABILITY" DOUBLE', '"PREDICTIONS" VARCHAR(100)'])


def run(ctx):
    while True:
        rows = ctx.get_dataframe(num_rows=100)
        if rows is None:
            return
        response = client.invoke_endpoint(
            EndpointName="Predictor",
            ContentType="text/csv",
            Body=rows.to_csv(header=False, index=False),
        )
        answer = pandas.read_csv(io.BytesIO(response["Body"].read()), header=None)
        ctx.emit(rows.assign(PROBABILITY=answer[1], PREDICTIONS=answer[0]))
"""
