"""Functions that choose between values, or tell of the database."""

from __future__ import annotations

from . import builders
from .kinds import TEXT, Function, any_number, built, one

CONDITIONS = {
    "COALESCE": any_number("coalesce", "$*"),
    "NVL": Function({2: "coalesce($1, $2)"}, "$*"),
    "NVL2": Function({3: "CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END"}, "$2"),
    "NULLIF": one("nullif($1, $2)", "$1"),
    "IF": Function({3: "CASE WHEN $1 THEN $2 ELSE $3 END"}, "$2"),
    "DECODE": built(builders.decode, *range(3, 60), result="$3"),
    "GREATEST": built(builders.extreme("GREATEST"), *range(1, 60), result="$*"),
    "LEAST": built(builders.extreme("LEAST"), *range(1, 60), result="$*"),
}

DATABASE = {
    "IPROC": Function({0: "CAST(0 AS BIGINT)"}, "DECIMAL(18,0)"),
    "NPROC": Function({0: "CAST(1 AS BIGINT)"}, "DECIMAL(18,0)"),
    "VALUE2PROC": one("CASE WHEN $1 IS NULL THEN 0 ELSE 0 END", "DECIMAL(18,0)"),
    "DBTIMEZONE": Function({0: "'UTC'"}, TEXT),
    "SESSIONTIMEZONE": Function({0: "'UTC'"}, TEXT),
    "TYPEOF": built(builders.type_name, 1, result="VARCHAR(40)"),
    # Where a window function may stand; `rownum` has put it elsewhere before.
    "ROWNUM": Function({0: "row_number() OVER ()"}, "DECIMAL(18,0)"),
}

# What the session must answer; `translate` puts a literal in their place.
SESSION_FUNCTIONS = {
    "CURRENT_USER": "VARCHAR(128)",
    "USER": "VARCHAR(128)",
    "SCOPE_USER": "VARCHAR(128)",
    "CURRENT_SCHEMA": "VARCHAR(128)",
    "CURRENT_SESSION": "DECIMAL(20,0)",
    "CURRENT_STATEMENT": "DECIMAL(9,0)",
    "SESSION_PARAMETER": TEXT,
}

# Of which SESSION_PARAMETER gives a number.
NUMBER_PARAMETERS = ("NLS_FIRST_DAY_OF_WEEK", "QUERY_TIMEOUT")
