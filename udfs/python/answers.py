"""Answers of an endpoint as columns: typed predictions, and the probabilities behind them."""

import ast
import datetime
import decimal
import io
import itertools
import json

import numpy
import pandas

from .errors import SmeError
from .text import kind_of, precision_of, scale_of

PREDICTION, PROBABILITY, PROBABILITIES, LABELS = (
    "predicted_label",
    "probability",
    "probabilities",
    "labels",
)
DIGITS = decimal.Context(prec=40)
DIGITS_IN_64_BITS = 18
BOOLEAN_LABELS = {"TRUE": True, "1": True, "1.0": True, "FALSE": False, "0": False, "0.0": False}


class WrongAnswer(Exception):
    """An answer that does not fit its request. Nothing of it is used."""


def answer_columns(body, rows, response_keys, target_type):
    """The columns of an answer: PREDICTIONS typed, PROBABILITY as float64, the others as JSON.

    Args:
        body: CSV as the endpoint sent it.
        rows: how many rows were asked for.
        response_keys: what the columns of the answer are.
        target_type: the SQL type of PREDICTIONS.

    Returns:
        A DataFrame with the columns predicted_label, probability, probabilities and labels.

    Raises:
        WrongAnswer: another number of rows or columns.
        SmeError: E-SME-31, a label is no value of the type.
    """
    return answer_frame(read_fields(body, rows, response_keys), target_type)


def answer_frame(fields, target_type):
    """As answer_columns, from the fields as text, {response key: array}."""
    rows = len(fields[PREDICTION])
    columns = {PREDICTION: typed_labels(fields[PREDICTION], target_type)}
    if PROBABILITIES in fields and LABELS in fields:
        columns.update(class_columns(fields))
    else:
        columns.update({PROBABILITY: nothing(rows, float), PROBABILITIES: None, LABELS: None})
    if PROBABILITY in fields:
        unknown = numpy.flatnonzero(numpy.isnan(columns[PROBABILITY]))
        columns[PROBABILITY][unknown] = numbers_of(fields[PROBABILITY][unknown])
    return pandas.DataFrame(columns)


def no_answers(rows, target_type):
    """The columns of rows that have no prediction."""
    return pandas.DataFrame(
        {
            PREDICTION: nothing(rows, float if kind_of(target_type) == "DOUBLE" else object),
            PROBABILITY: nothing(rows, float),
            PROBABILITIES: nothing(rows, object),
            LABELS: nothing(rows, object),
        }
    )


def nothing(rows, dtype):
    return numpy.full(rows, None, dtype=dtype)


def read_fields(body, rows, response_keys):
    """The fields of an answer as text, {response key: array}. Raises WrongAnswer."""
    try:
        frame = pandas.read_csv(
            io.BytesIO(body),
            header=None,
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            encoding="utf-8",
        )
    except pandas.errors.EmptyDataError:
        frame = pandas.DataFrame()
    except (pandas.errors.ParserError, UnicodeDecodeError) as error:
        raise WrongAnswer(f"an answer that is no CSV ({error})") from None
    if len(frame) != rows:
        raise WrongAnswer(f"{len(frame)} rows for {rows}")
    if frame.shape[1] != len(response_keys):
        raise WrongAnswer(f"{frame.shape[1]} columns where {', '.join(response_keys)} are due")
    return {key: frame.iloc[:, i].to_numpy() for i, key in enumerate(response_keys)}


def numbers_of(texts):
    """Texts as float64, empty ones as NaN. Raises WrongAnswer."""
    try:
        return numpy.where(texts == "", "nan", texts).astype(float)
    except ValueError as error:
        raise WrongAnswer(f"a number that is none ({error})") from None


def typed_labels(texts, sql_type):
    """The texts of labels as values of the target type. Labels repeat: each is read once."""
    if kind_of(sql_type) == "DOUBLE":
        try:
            return numbers_of(texts)
        except WrongAnswer:
            raise no_value(texts[0], sql_type) from None
    codes, distinct = pandas.factorize(texts)
    values = nothing(len(distinct), object)
    for i, text in enumerate(distinct):
        values[i] = typed_label(text, sql_type)
    return values[codes]


def typed_label(label, sql_type):
    """The text of a label as a value of the target type.

    Raises:
        SmeError: E-SME-31, the text is no such value.
    """
    kind, text = kind_of(sql_type), label.strip()
    try:
        if label == "":
            return None
        if kind == "DOUBLE":
            return float(text)
        if kind == "DECIMAL":
            return decimal_label(text, scale_of(sql_type), precision_of(sql_type))
        if kind == "BOOLEAN":
            return BOOLEAN_LABELS[text.upper()]
        if kind == "DATE":
            return datetime.date.fromisoformat(text[:10])
        if kind == "TIMESTAMP":
            # Exasol emits no datetime from a DataFrame, but pandas has a type of its own
            return pandas.Timestamp(datetime.datetime.fromisoformat(text))
        return label
    except (ValueError, KeyError, decimal.InvalidOperation):
        raise no_value(label, sql_type) from None


def no_value(label, sql_type):
    return SmeError(
        "E-SME-31", f"The model answered with {label!r}, which is no {sql_type} like the target"
    )


def decimal_label(text, scale, precision):
    """An int for whole numbers that 64 bits hold, else a Decimal of the scale of the type."""
    value = DIGITS.create_decimal(text).quantize(decimal.Decimal(1).scaleb(-scale), context=DIGITS)
    return int(value) if scale == 0 and precision <= DIGITS_IN_64_BITS else value


def class_columns(fields):
    """Probability of the predicted label, probabilities and labels.

    A tuned model answers in `probability` with that of the positive class, so it is looked up
    among probabilities and labels for every model. It is NaN where labels do not hold the
    prediction.

    Args:
        fields: {response key: array of text}.
    """
    probabilities = fields[PROBABILITIES].copy()
    probability = nothing(len(probabilities), float)
    codes, distinct = pandas.factorize(fields[LABELS])
    labels = nothing(len(distinct), object)
    for i, text in enumerate(distinct):
        names = [str(name) for name in list_of(text)]
        labels[i] = json.dumps(names) if names else None
        where = numpy.flatnonzero(codes == i)
        table, texts = probability_table(probabilities[where], len(names))
        probabilities[where] = texts
        if table is None:
            continue
        places, predicted = pandas.factorize(fields[PREDICTION][where])
        order = numpy.array([names.index(p) if p in names else -1 for p in predicted])[places]
        found = numpy.flatnonzero(order >= 0)
        probability[where[found]] = table[found, order[found]]
    return {PROBABILITY: probability, PROBABILITIES: probabilities, LABELS: labels[codes]}


def probability_table(texts, classes):
    """Lists of numbers as a table of rows x classes, and as JSON. (None, texts) without classes."""
    if not classes:
        return None, nothing(len(texts), object)
    try:
        rows = json.loads("[" + ",".join(texts) + "]")
    except ValueError:
        rows = [list_of(text) for text in texts]
        texts = numpy.array([json.dumps(row) for row in rows], dtype=object)
    if len(rows) != len(texts) or set(map(len, rows)) != {classes}:
        raise WrongAnswer(f"probabilities that are not {classes} numbers in each row")
    numbers = itertools.chain.from_iterable(rows)
    return numpy.fromiter(numbers, float, len(rows) * classes).reshape(len(rows), classes), texts


def list_of(text):
    """The Python list that the containers print, or an empty one."""
    try:
        return list(ast.literal_eval(text)) if text else []
    except (ValueError, SyntaxError, TypeError):
        raise WrongAnswer(f"{text[:100]!r} where a list is due") from None
