"""The statements that a report reads by. Pure.

Relations, columns and bins are SQL that is quoted already; models, jobs and labels are texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from sme_helper.quoting import identifier, literal

JOBS = "SME_METADATA_AUTOPILOT_JOBS"
MODELS = "SME_METADATA_AUTOPILOT_MODELS"
CANDIDATES = "SME_METADATA_AUTOPILOT_CANDIDATES"
METRICS = "SME_METADATA_AUTOPILOT_CANDIDATE_METRICS"
IMPORTANCE = "SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE"

MOST_POINTS = 2000
MOST_CATEGORIES = 20
CURRENT_SCHEMA = "SELECT CURRENT_SCHEMA AS S"


# --- the registry


def versions(schema: str, model: str) -> str:
    """All trainings of a model, or the one of that name, oldest first."""
    place = identifier(schema)
    return (
        "SELECT j.JOB_NAME, j.MODEL_NAME, j.VERSION AS MODEL_VERSION, j.STATUS, "
        "j.BEST_METRIC_NAME, j.BEST_METRIC_VALUE, j.DATETIME AS STARTED, j.ROW_COUNT, "
        "j.TARGET_ATTRIBUTE_NAME AS TARGET, j.INPUT_SCHEMA, j.INPUT_RELATION, "
        "COALESCE(j.RESOLVED_PROBLEM_TYPE, j.PROBLEM_TYPE) AS PROBLEM_TYPE, j.BEST_CANDIDATE, "
        "j.FAILURE_REASON, j.AWS_CREDENTIALS_CONNECTION_NAME, j.AWS_REGION, m.PROMOTED_VERSION "
        f"FROM {place}.{JOBS} j LEFT JOIN {place}.{MODELS} m ON m.MODEL_NAME = j.MODEL_NAME "
        f"WHERE {literal(model.upper())} IN (UPPER(j.MODEL_NAME), UPPER(j.JOB_NAME)) "
        "ORDER BY j.VERSION, j.DATETIME"
    )


def metrics(schema: str, job_name: str) -> str:
    return (
        "SELECT CANDIDATE_NAME, METRIC_NAME, DATA_SET, METRIC_VALUE "
        f"FROM {identifier(schema)}.{METRICS} "
        f"WHERE JOB_NAME = {literal(job_name)} AND METRIC_VALUE IS NOT NULL"
    )


def candidates(schema: str, job_name: str) -> str:
    """Those with a metric, the best first; then the others."""
    return (
        "SELECT CANDIDATE_NAME, CANDIDATE_STATUS, IS_BEST, METRIC_NAME, METRIC_TYPE, METRIC_VALUE, "
        f"TRAINING_SECONDS FROM {identifier(schema)}.{CANDIDATES} "
        f"WHERE JOB_NAME = {literal(job_name)} "
        "ORDER BY IS_BEST DESC NULLS LAST, METRIC_VALUE IS NULL, "
        "CASE METRIC_TYPE WHEN 'Minimize' THEN -METRIC_VALUE ELSE METRIC_VALUE END DESC, "
        "CANDIDATE_NAME"
    )


def importance(schema: str, job_name: str) -> str:
    """Features, the most important first; over all labels the mean."""
    return (
        "SELECT FEATURE_NAME, AVG(IMPORTANCE) AS IMPORTANCE "
        f"FROM {identifier(schema)}.{IMPORTANCE} "
        f"WHERE JOB_NAME = {literal(job_name)} AND IMPORTANCE IS NOT NULL "
        "GROUP BY FEATURE_NAME ORDER BY 2 DESC, 1"
    )


# --- predictions beside the truth


def points(relation: str, actual: str, predicted: str) -> str:
    """Numbers beside each other, no more than a picture can hold."""
    where = _neither_is_null(actual, predicted)
    return f"SELECT {actual} AS A, {predicted} AS P FROM {relation} {where} LIMIT {MOST_POINTS}"


def confusion(relation: str, actual: str, predicted: str) -> str:
    """Rows by actual and predicted label."""
    where = _neither_is_null(actual, predicted)
    return (
        f"SELECT {_as_text(actual)} AS A, {_as_text(predicted)} AS P, COUNT(*) AS N "
        f"FROM {relation} {where} GROUP BY 1, 2"
    )


def chances(relation: str, actual: str, chance: str, positive: str) -> str:
    """Positives and negatives by their probability.

    Rounded, so that a large table gives no more than 10,001 rows; no curve shows the difference.
    """
    is_positive = _is(actual, positive)
    return (
        f"SELECT ROUND({chance}, 4) AS CHANCE, SUM(CASE WHEN {is_positive} THEN 1 ELSE 0 END) AS P,"
        f" SUM(CASE WHEN {is_positive} THEN 0 ELSE 1 END) AS N "
        f"FROM {relation} {_neither_is_null(chance, actual)} GROUP BY 1"
    )


def decisions(relation: str, actual: str, chance: str, positive: str, threshold: float) -> str:
    """Rows by what was decided at the threshold and what they are, 1 or 0."""
    return (
        "SELECT DECIDED, ACTUAL, COUNT(*) AS N FROM (SELECT "
        f"CASE WHEN {chance} >= {threshold!r} THEN 1 ELSE 0 END AS DECIDED, "
        f"CASE WHEN {_is(actual, positive)} THEN 1 ELSE 0 END AS ACTUAL "
        f"FROM {relation} {_neither_is_null(chance, actual)}) d GROUP BY 1, 2"
    )


def threshold(relation: str, column: str) -> str:
    return f"SELECT {column} AS T FROM {relation}"


# --- drift


def tenths(relation: str, column: str) -> str:
    """The nine numbers between tenths of the rows."""
    bounds = ", ".join(
        f"PERCENTILE_CONT({n / 10}) WITHIN GROUP (ORDER BY {column}) AS B{n}" for n in range(1, 10)
    )
    return f"SELECT {bounds} FROM {relation}"


def number_bins(column: str, bounds: Sequence[float]) -> str:
    """The bin of a number, as an expression; NULL is a bin of its own."""
    cases = "".join(f" WHEN {column} <= {bound!r} THEN 'to {bound:.4g}'" for bound in bounds)
    over = f"over {bounds[-1]:.4g}" if bounds else "any"
    return f"CASE WHEN {column} IS NULL THEN 'no value'{cases} ELSE '{over}' END"


def categories(relation: str, column: str) -> str:
    """The most frequent values, which are bins of their own."""
    return (
        f"SELECT {_as_category(column)} AS C, COUNT(*) AS N FROM {relation} GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {MOST_CATEGORIES}"
    )


def category_bins(column: str, known: Sequence[str]) -> str:
    """The bin of any other value, as an expression."""
    text = _as_category(column)
    values = ", ".join(literal(value) for value in known)
    named = f" WHEN {text} IN ({values}) THEN {text}" if known else ""
    return f"CASE WHEN {text} IS NULL THEN 'no value'{named} ELSE 'others' END"


def counts(relation: str, bins: str) -> str:
    """Rows by bin."""
    return f"SELECT BIN, COUNT(*) AS N FROM (SELECT {bins} AS BIN FROM {relation}) b GROUP BY 1"


def columns(schema: str, name: str) -> str:
    """Names and types of the columns of a table or view."""
    return (
        "SELECT COLUMN_NAME, COLUMN_TYPE FROM SYS.EXA_ALL_COLUMNS "
        f"WHERE COLUMN_SCHEMA = {literal(schema)} AND COLUMN_TABLE = {literal(name)} "
        "ORDER BY COLUMN_ORDINAL_POSITION"
    )


def _neither_is_null(one: str, other: str) -> str:
    return f"WHERE {one} IS NOT NULL AND {other} IS NOT NULL"


def _as_text(column: str) -> str:
    return f"CAST({column} AS VARCHAR(2000))"


def _as_category(column: str) -> str:
    return f"CAST({column} AS VARCHAR(200))"


def _is(column: str, label: str) -> str:
    return f"{_as_text(column)} = {literal(label)}"
