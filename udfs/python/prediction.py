"""The code behind every endpoint UDF: rows in, the predictions of the endpoint out."""

import ast
import datetime
import decimal
import json

from botocore.exceptions import BotoCoreError, ClientError

from .aws import client_of, connection_of, error_code, error_text, explained
from .errors import SmeError
from .text import csv_line, csv_rows, field_text

# Far below the 6 MB that real-time endpoints take, so that an answer comes within their 60 s.
MAX_REQUEST_BYTES = 1_000_000
KEY_COLUMN = "KEY_"
TEXT_COLUMN = "VARCHAR(2000000) UTF8"


class Endpoint:
    """One endpoint and its UDF.

    A call with exactly the training columns gives these columns, [PROBABILITY,] and
    PREDICTIONS. A call with further columns in front takes these as keys: it gives
    KEY_1, KEY_2, ... untouched, then PREDICTIONS and, for classification, PROBABILITY,
    PROBABILITIES and LABELS.

    Args:
        exa: the module of that name that Exasol gives.
        definition: JSON text with endpoint_name, model_connection, columns (name and type
            of each training column but the target, in order), target (name and type),
            problem_type and response_keys.
    """

    def __init__(self, exa, definition):
        self.exa = exa
        self.definition = json.loads(definition)
        self.name = self.definition["endpoint_name"]
        self.client = None

    def default_output_columns(self):
        """The EMITS clause of a call, as Exasol asks for it before the query runs."""
        columns = self.output_columns(self.exa.meta.input_columns)
        return ", ".join(f"{quoted(name)} {sql_type}" for name, sql_type in columns)

    def output_columns(self, inputs):
        """Names and types of what a call with these input columns gives.

        Raises:
            SmeError: E-SME-21, fewer columns than the model was trained on.
        """
        features = self.definition["columns"]
        keys = len(inputs) - len(features)
        if keys < 0:
            names = ", ".join(column["name"] for column in features)
            raise SmeError(
                "E-SME-21",
                f"Endpoint {self.name} takes {len(features)} columns in this order, with keys in "
                f"front of them if you like, but got {len(inputs)}: {names}",
            )
        prediction = ("PREDICTIONS", prediction_type(self.definition))
        details = [("PROBABILITY", "DOUBLE")] if self.is_classification else []
        if keys:
            passed = [(f"{KEY_COLUMN}{i + 1}", inputs[i].sql_type) for i in range(keys)]
            if self.is_classification:
                details += [("PROBABILITIES", TEXT_COLUMN), ("LABELS", TEXT_COLUMN)]
            return [*passed, prediction, *details]
        passed = [
            (feature["name"], column.sql_type)
            for feature, column in zip(features, inputs, strict=True)
        ]
        return without_collisions([*passed, *details, prediction])

    @property
    def is_classification(self):
        return self.definition["problem_type"] != "Regression"

    def run(self, ctx):
        """Sends the rows of a group in batches and emits each with its prediction."""
        if ctx.size() == 0:
            return
        inputs = self.exa.meta.input_columns
        keys = len(inputs) - len(self.definition["columns"])
        batch, size = [], 0
        while True:
            row = [ctx[i] for i in range(len(inputs))]
            fields = [field_text(row[i], inputs[i].sql_type) for i in range(keys, len(row))]
            line = csv_line(fields)
            size += len(line.encode())
            batch.append((row, line))
            more = ctx.next()
            if size >= MAX_REQUEST_BYTES or not more:
                for (row, _), answer in zip(batch, self.answers(batch), strict=True):
                    self.emit(ctx, row, keys, answer)
                batch, size = [], 0
            if not more:
                return

    def emit(self, ctx, row, keys, answer):
        """Emits one row in the order of output_columns."""
        prediction = typed_label(answer["predicted_label"], prediction_type(self.definition))
        probability = [answer["probability"]] if self.is_classification else []
        classes = [answer["probabilities"], answer["labels"]] if self.is_classification else []
        if keys:
            ctx.emit(*row[:keys], prediction, *probability, *classes)
        else:
            ctx.emit(*row, *probability, prediction)

    def answers(self, batch):
        """One answer a row. An answer of another length is an error, never a shift."""
        body = "".join(line for _, line in batch)
        rows = csv_rows(self.invoke(body))
        if len(rows) != len(batch):
            raise SmeError(
                "E-SME-22",
                f"Endpoint {self.name} answered {len(rows)} rows for {len(batch)}. Nothing of this "
                "answer is used. Try again, and look at the log of the endpoint.",
            )
        response_keys = self.definition["response_keys"]
        if any(len(row) != len(response_keys) for row in rows):
            raise SmeError(
                "E-SME-22",
                f"Endpoint {self.name} did not answer with {', '.join(response_keys)}. Deploy it "
                "again, so that its model is asked for these.",
            )
        return [row_answer(row, response_keys) for row in rows]

    def invoke(self, body):
        """Sends CSV lines and returns the CSV text of the answer."""
        try:
            response = self.runtime().invoke_endpoint(
                EndpointName=self.name, ContentType="text/csv", Accept="text/csv", Body=body
            )
            return response["Body"].read().decode("utf-8")
        except ClientError as error:
            raise invocation_error(self.name, error) from None
        except BotoCoreError as error:
            raise explained(error) from None

    def runtime(self):
        """The client, made once a process from the two CONNECTION objects."""
        if self.client is None:
            model = json.loads(connection_of(self.exa, self.definition["model_connection"]).address)
            self.client = client_of(
                self.exa, model["aws_s3_connection"], model["aws_region"], "sagemaker-runtime"
            )
        return self.client


def quoted(identifier):
    """An identifier for SQL."""
    return chr(34) + identifier.replace(chr(34), chr(34) * 2) + chr(34)


def without_collisions(columns):
    """Renames an output column that has the name of a training column: it gets a `_`."""
    taken, renamed = set(), []
    for name, sql_type in columns:
        while name in taken:
            name += "_"
        taken.add(name)
        renamed.append((name, sql_type))
    return renamed


def prediction_type(definition):
    """The type of PREDICTIONS: the target type, or DOUBLE for a regression."""
    if definition["problem_type"] == "Regression":
        return "DOUBLE"
    return definition["target"]["type"]


def typed_label(label, sql_type):
    """The text of a label as a value of the target type.

    Raises:
        SmeError: E-SME-31, the text is no such value.
    """
    kind = sql_type.upper().split("(")[0].strip()
    try:
        if label == "":
            return None
        if kind == "DOUBLE":
            return float(label)
        if kind == "DECIMAL":
            return decimal_label(label, sql_type)
        if kind == "BOOLEAN":
            return {"TRUE": True, "1": True, "1.0": True, "FALSE": False, "0": False, "0.0": False}[
                label.strip().upper()
            ]
        if kind == "DATE":
            return datetime.date.fromisoformat(label.strip()[:10])
        if kind.startswith("TIMESTAMP"):
            return datetime.datetime.fromisoformat(label.strip())
        return label
    except (ValueError, KeyError, decimal.InvalidOperation):
        raise SmeError(
            "E-SME-31", f"The model answered with {label!r}, which is no {sql_type} like the target"
        ) from None


def decimal_label(label, sql_type):
    """An int for DECIMAL(p,0), else a Decimal of the scale of the type."""
    scale = int(sql_type.rstrip(")").split(",")[1]) if "," in sql_type else 0
    value = decimal.Decimal(label.strip())
    if scale == 0:
        return int(value.to_integral_exact())
    return value.quantize(decimal.Decimal(1).scaleb(-scale))


def row_answer(row, response_keys):
    """One CSV row of the response as a dictionary.

    `probability` becomes the probability of the predicted label for every training mode:
    an HPO model answers with that of the positive class, so it is looked up among
    probabilities and labels wherever the model gives them.
    """
    answer = dict(zip(response_keys, row, strict=True))
    probability = answer.get("probability")
    answer["probability"] = float(probability) if probability else None
    probabilities = list_of(answer.get("probabilities"))
    labels = [str(label) for label in list_of(answer.get("labels"))]
    if probabilities and answer["predicted_label"] in labels:
        answer["probability"] = float(probabilities[labels.index(answer["predicted_label"])])
    answer["probabilities"] = json.dumps(probabilities) if probabilities else None
    answer["labels"] = json.dumps(labels) if labels else None
    return answer


def list_of(text):
    """The Python list that the containers print, or an empty one."""
    return list(ast.literal_eval(text)) if text else []


def invocation_error(endpoint_name, error):
    """What a failed invocation means to the user."""
    code, message = error_code(error), error_text(error)
    if code in ("ValidationError", "ValidationException") and "not found" in message:
        return SmeError(
            "E-SME-20",
            f"Endpoint {endpoint_name} is not in service: it was deleted, or it is still being "
            "created. See its status with sme.wait_endpoint, or deploy it (sme.deploy_endpoint).",
        )
    if code == "ModelError":
        return SmeError("E-SME-23", f"The model behind {endpoint_name} refused the rows: {message}")
    return explained(error)
