"""The code behind every endpoint UDF: rows in, the predictions of the endpoint out."""

import gc
import json

import pandas

from .answers import LABELS, PREDICTION, PROBABILITIES, PROBABILITY
from .aws import client_of, connection_of
from .batching import MOST_IN_FLIGHT, REQUEST_BYTES, Pace
from .delivery import ERROR_MESSAGE, Batch, Delivery
from .errors import SmeError
from .flight import in_order
from .reading import GroupReader
from .text import EXACT_IN_DOUBLE, csv_lines, kind_of

KEY_COLUMN = "KEY_"
TEXT_COLUMN = "VARCHAR(2000000) UTF8"
ERROR_COLUMN = "VARCHAR(2000) UTF8"
# default_output_columns() sees only the types of a call. A last column of one of these widths,
# which no other column should have, is a line of CSV that SQL has made (_prediction_line.sql
# has the same two), and says what becomes of a row that the model refuses: the query fails,
# or the row gets a message.
LINE_TYPES = {"VARCHAR(1999999)": "fail", "VARCHAR(1999998)": "row"}


class Endpoint:
    """One endpoint and its UDF.

    A call with exactly the training columns gives these columns, [PROBABILITY,] and
    PREDICTIONS. A call with further columns in front takes these as keys: it gives
    KEY_1, KEY_2, ... untouched, then PREDICTIONS and, for classification, PROBABILITY,
    PROBABILITIES and LABELS. A call by line has one column behind its keys, of one of the
    LINE_TYPES, and may give ERROR_MESSAGE at the end.

    Args:
        exa: the module of that name that Exasol gives.
        definition: JSON text with endpoint_name, model_connection, columns (name and type
            of each training column but the target, in order), target (name and type),
            problem_type, response_keys and model_name. It may have limits: most_bytes of a
            request, read_timeout in seconds, and those of delivery.LIMITS.
    """

    def __init__(self, exa, definition):
        self.exa = exa
        self.definition = json.loads(definition)
        self.name = self.definition["endpoint_name"]
        self.limits = self.definition.get("limits", {})
        self.pace = Pace(int(self.limits.get("most_bytes", REQUEST_BYTES)))
        self.has_answered = False

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
        keys, on_error = self.shape(inputs)
        prediction = ("PREDICTIONS", prediction_type(self.definition))
        details = [("PROBABILITY", "DOUBLE")] if self.is_classification else []
        if keys or on_error:
            passed = [(f"{KEY_COLUMN}{i + 1}", inputs[i].sql_type) for i in range(keys)]
            if self.is_classification:
                details += [("PROBABILITIES", TEXT_COLUMN), ("LABELS", TEXT_COLUMN)]
            if on_error == "row":
                details.append(("ERROR_MESSAGE", ERROR_COLUMN))
            return [*passed, prediction, *details]
        passed = [
            (feature["name"], column.sql_type)
            for feature, column in zip(features, inputs, strict=True)
        ]
        return without_collisions([*passed, *details, prediction])

    def shape(self, inputs):
        """(number of keys in front, `fail` or `row` for a call by line and None for a typed one).

        Raises:
            SmeError: E-SME-21, fewer columns than the model was trained on.
        """
        on_error = LINE_TYPES.get(inputs[-1].sql_type.split(" ")[0].upper()) if inputs else None
        if on_error:
            return len(inputs) - 1, on_error
        features = self.definition["columns"]
        if len(inputs) < len(features):
            names = ", ".join(column["name"] for column in features)
            raise SmeError(
                "E-SME-21",
                f"Endpoint {self.name} takes {len(features)} columns in this order, with keys in "
                f"front of them if you like, but got {len(inputs)}: {names}",
            )
        return len(inputs) - len(features), None

    @property
    def is_classification(self):
        return self.definition["problem_type"] != "Regression"

    def run(self, ctx):
        """Sends the rows of a group in batches and emits them with their predictions, in order."""
        if ctx.size() == 0:
            return
        inputs = self.exa.meta.input_columns
        keys, on_error = self.shape(inputs)
        delivery = Delivery(
            self.name,
            self.sender(),
            self.pace,
            self.definition["response_keys"],
            prediction_type(self.definition),
            by_row=on_error == "row",
            key_count=keys,
            limits=self.limits,
        )
        if not gc.get_freeze_count():
            # What is imported stays: looking through it for garbage takes a twentieth of a second.
            gc.freeze()
        answer_columns = self.answer_columns(is_keyed=bool(keys or on_error), on_error=on_error)
        batches = self.batches(GroupReader(ctx, inputs), inputs, keys, on_error)
        for batch, answers in in_order(batches, delivery, self.pace):
            ctx.emit(output_frame(batch.kept, answers[answer_columns]))

    def batches(self, reader, inputs, keys, on_error):
        """Yields a Batch after the other over all rows of a group."""
        types = [column.sql_type for column in inputs]
        while (frame := reader.read(self.pace.rows(reader.remaining))) is not None:
            if on_error:
                lines = frame.iloc[:, -1].tolist()
            else:
                lines = csv_lines(frame.iloc[:, keys:], types[keys:])
            kept = frame.iloc[:, :keys] if keys or on_error else frame
            batch = Batch(lines, emittable(kept, types))
            self.pace.weighed(len(batch), len(batch.body))
            yield batch

    def answer_columns(self, is_keyed, on_error):
        """The columns of the answers that leave the UDF, in the order of output_columns."""
        if not self.is_classification:
            columns = [PREDICTION]
        elif is_keyed:
            columns = [PREDICTION, PROBABILITY, PROBABILITIES, LABELS]
        else:
            columns = [PROBABILITY, PREDICTION]
        return [*columns, ERROR_MESSAGE] if on_error == "row" else columns

    def sender(self):
        """What sends the body of one request and gives the body of its answer.

        The client follows from the two CONNECTION objects. It does not try again itself:
        Delivery does, and knows when that helps.
        """
        model = json.loads(connection_of(self.exa, self.definition["model_connection"]).address)
        client = client_of(
            self.exa,
            model["aws_s3_connection"],
            model["aws_region"],
            "sagemaker-runtime",
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=MOST_IN_FLIGHT,
            read_timeout=self.limits.get("read_timeout", 70),
        )

        def send(body):
            response = client.invoke_endpoint(
                EndpointName=self.name, ContentType="text/csv", Accept="text/csv", Body=body
            )
            self.check_model(response.get("InvokedProductionVariant"))
            return response["Body"].read()

        return send

    def check_model(self, variant):
        """Lets no other model answer than the one that this UDF was made for.

        While an endpoint is updated, first the old model answers and then the new one. The two
        may read other columns, and a table must not hold predictions of both. Deployment names
        a variant as its model, so other instances for the same model change nothing.

        Raises:
            SmeError: E-SME-35, another model after answers of the right one, or E-SME-36.
        """
        model = self.definition.get("model_name")
        # Half an answer may end within the name. It is noticed when its rows are counted.
        if model is None or model.startswith(variant or ""):
            self.has_answered = True
            return
        if self.has_answered:
            raise SmeError(
                "E-SME-35",
                f"Endpoint {self.name} was updated while the query ran: model {model} answered "
                f"first, then {variant} did. Nothing of it is used. Run the query again when the "
                "endpoint is in service (sme.wait_endpoint).",
            )
        raise SmeError(
            "E-SME-36",
            f"Endpoint {self.name} answers with model {variant}, but its UDF was made for {model}. "
            "Either an update is under way, so wait for its end (sme.wait_endpoint), or somebody "
            "has updated the endpoint without sme, so deploy it again (sme.deploy_endpoint).",
        )


def output_frame(kept, answers):
    """Kept columns and answers side by side, row by row."""
    columns = [kept.iloc[:, i].array for i in range(kept.shape[1])]
    columns += [answers.iloc[:, i].array for i in range(answers.shape[1])]
    return pandas.DataFrame(dict(enumerate(columns)))


def emittable(frame, sql_types):
    """The columns that pass through, such that Exasol emits the very values.

    Emitting goes through one array of a common type: whole numbers beside doubles would become
    doubles, so large ones travel as objects. Datetimes that pandas could not take travel as
    its own timestamps.
    """
    columns = {}
    for i in range(frame.shape[1]):
        series = frame.iloc[:, i]
        values = series.to_numpy()
        if values.dtype.kind in "iu" and (abs(values) >= EXACT_IN_DOUBLE).any():
            series = series.astype(object)
        elif values.dtype.kind == "O" and kind_of(sql_types[i]) == "TIMESTAMP":
            series = pandas.Series([as_timestamp(value) for value in values], dtype=object)
        columns[i] = series.array
    return pandas.DataFrame(columns, index=range(len(frame)))


def as_timestamp(value):
    return None if value is None or value != value else pandas.Timestamp(value)


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
