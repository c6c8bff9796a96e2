"""The code behind SME_AUTOPILOT_FORECAST_UDF: the past of a group in and the next steps out."""

import csv
import io
import json

from botocore.exceptions import BotoCoreError, ClientError

from .aws import client_of, explained
from .errors import SmeError

# AWS takes an item and five grouping columns, and gives five quantiles and the mean.
MOST_KEYS = 6
MOST_VALUES = 6


def run_forecast(exa, ctx):
    """Sends the rows of a group in one request and emits the forecast of each series in it.

    The group holds whole series. Every row has the same definition: JSON text with
    endpoint_name, aws_s3_connection, aws_region, columns (of the training, in the order of
    the lines), key_count and value_count. Emits MOST_KEYS keys, the time and MOST_VALUES values.

    Raises:
        SmeError: E-SME-4, E-SME-16, E-SME-17 or E-SME-22 (an answer of another form).
    """
    definition = json.loads(ctx.definition)
    lines = [ctx.line]
    while ctx.next():
        lines.append(ctx.line)
    body = forecast_request(definition["columns"], lines)
    answer = invoke_forecast(exa, definition, body)
    for row in forecast_rows(answer, definition):
        ctx.emit(*row)


def forecast_request(columns, lines):
    """CSV with a header, as forecasts take it, of lines that end without a line break."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(columns)
    return header.getvalue() + "\n".join(lines) + "\n"


def invoke_forecast(exa, definition, body):
    """The CSV text that the endpoint answers."""
    client = client_of(
        exa, definition["aws_s3_connection"], definition["aws_region"], "sagemaker-runtime"
    )
    try:
        response = client.invoke_endpoint(
            EndpointName=definition["endpoint_name"],
            ContentType="text/csv",
            Accept="text/csv",
            Body=body.encode(),
        )
        return response["Body"].read().decode()
    except (ClientError, BotoCoreError) as error:
        raise explained(error) from None


def forecast_rows(answer, definition):
    """The rows of an answer, as wide as the UDF emits them.

    An answer has a header: keys, time, one column for each quantile, and the mean.
    """
    key_count, value_count = definition["key_count"], definition["value_count"]
    header, *rows = csv.reader(io.StringIO(answer))
    if len(header) != key_count + 1 + value_count:
        raise SmeError(
            "E-SME-22",
            f"Endpoint {definition['endpoint_name']} answered with {', '.join(header)} instead of "
            f"{key_count} keys, the time and {value_count} values. Nothing of it is used: look at "
            "the log of the endpoint.",
        )
    return [
        [
            *padded(row[:key_count], MOST_KEYS),
            row[key_count],
            *padded([float(value) for value in row[key_count + 1 :]], MOST_VALUES),
        ]
        for row in rows
    ]


def padded(values, width):
    """The values, followed by None up to a width."""
    return [*values, *[None] * (width - len(values))]
