"""The functions of Exasol that the stand-in knows, each as a piece of DuckDB SQL.

A template's `$1`, `$2`, ... are the arguments. Text functions whose result may be empty are
marked with `text=True`: the empty string is NULL in Exasol. What is not in `FUNCTIONS` is
refused by name; nothing reaches DuckDB unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..types import ExaType
from . import formats
from . import function_builders as builders
from .templates import fill

TEXT = "VARCHAR(2000000)"


@dataclass(frozen=True)
class Function:
    """How a function is written in DuckDB, and the type of its result.

    Attributes:
        templates: DuckDB SQL by number of arguments; key -1 stands for any number.
        result: an Exasol type, '$n' for the type of argument n, '$*' for the common type of
            all, or None where DuckDB's own result type says it.
        text: whether an empty result becomes NULL.
        build: makes the tree instead of the templates, from arguments and their types.
    """

    templates: dict[int, str]
    result: str | None = None
    text: bool = False
    build: Callable[[list[exp.Expression], list[ExaType | None]], exp.Expression] | None = None


def _one(template: str, result: str | None = None, text: bool = False) -> Function:
    """A function with as many arguments as its template mentions."""
    count = sum(f"${n}" in template for n in range(1, 6))
    return Function({count: template}, result, text)


def _same(name: str, *counts: int, result: str | None = None, text: bool = False) -> Function:
    """A function that DuckDB has under the name `name`."""
    templates = {n: f"{name}({', '.join(f'${i + 1}' for i in range(n))})" for n in counts}
    return Function(templates, result, text)


def _any_number(name: str, result: str | None, text: bool = False) -> Function:
    return Function({-1: name}, result, text)


def _built(build, *counts: int, result: str | None = None, text: bool = False) -> Function:
    return Function(dict.fromkeys(counts, ""), result, text, build)


_ZERO = "CASE WHEN $2 = 0 THEN error('data exception - division by zero') ELSE $2 END"

_BACKWARDS = f"error('{unsupported('a search that starts before position 1').text}')"

_EQUAL_BOUNDS = unsupported("WIDTH_BUCKET with two equal bounds").text

_STRING = {
    "ASCII": _one("ascii($1)", "DECIMAL(3,0)"),
    "UNICODE": _one("unicode($1)", "DECIMAL(9,0)"),
    "BIT_LENGTH": _one("8 * strlen($1)", "DECIMAL(9,0)"),
    "OCTET_LENGTH": _one("strlen($1)", "DECIMAL(9,0)"),
    "CHARACTER_LENGTH": _one("length($1)", "DECIMAL(9,0)"),
    "CHAR_LENGTH": _one("length($1)", "DECIMAL(9,0)"),
    "LENGTH": _one("length(CAST($1 AS VARCHAR))", "DECIMAL(9,0)"),
    "CHR": _one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "CHAR": _one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "UNICODECHR": _one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "CONCAT": _any_number("concat", TEXT, text=True),
    "INSERT": _one("concat(substr($1, 1, $2 - 1), $4, substr($1, $2 + $3))", TEXT, text=True),
    "INSTR": Function(
        {
            2: "instr($1, $2)",
            3: f"CASE WHEN $3 < 1 THEN {_BACKWARDS} WHEN instr(substr($1, $3), $2) = 0 THEN 0"
            " ELSE instr(substr($1, $3), $2) + $3 - 1 END",
        },
        "DECIMAL(9,0)",
    ),
    "LOCATE": Function(
        {
            2: "instr($2, $1)",
            3: f"CASE WHEN $3 < 1 THEN {_BACKWARDS} WHEN instr(substr($2, $3), $1) = 0 THEN 0"
            " ELSE instr(substr($2, $3), $1) + $3 - 1 END",
        },
        "DECIMAL(9,0)",
    ),
    "LCASE": _one("lower($1)", "$1"),
    "LOWER": _one("lower($1)", "$1"),
    "UCASE": _one("upper($1)", "$1"),
    "UPPER": _one("upper($1)", "$1"),
    "LEFT": _one("left(CAST($1 AS VARCHAR), $2)", "$1", text=True),
    "RIGHT": _one("right(CAST($1 AS VARCHAR), $2)", "$1", text=True),
    "LPAD": Function({2: "lpad($1, $2, ' ')", 3: "lpad($1, $2, $3)"}, TEXT, text=True),
    "RPAD": Function({2: "rpad($1, $2, ' ')", 3: "rpad($1, $2, $3)"}, TEXT, text=True),
    "LTRIM": Function({1: "ltrim($1, ' ')", 2: "ltrim($1, $2)"}, "$1", text=True),
    "RTRIM": Function({1: "rtrim($1, ' ')", 2: "rtrim($1, $2)"}, "$1", text=True),
    "MID": _same("substr", 2, 3, result="$1", text=True),
    "SUBSTR": _same("substr", 2, 3, result="$1", text=True),
    "SUBSTRING": _same("substr", 2, 3, result="$1", text=True),
    "REPEAT": _one("repeat($1, CAST($2 AS BIGINT))", TEXT, text=True),
    # NULL (also: '') as the replacement takes the text away, as the search text finds nothing.
    "REPLACE": Function(
        {
            2: "CASE WHEN $2 IS NULL THEN $1 ELSE replace($1, $2, '') END",
            3: "CASE WHEN $2 IS NULL THEN $1 ELSE replace($1, $2, coalesce($3, '')) END",
        },
        TEXT,
        text=True,
    ),
    "REVERSE": _one("reverse($1)", "$1"),
    "SPACE": _one("repeat(' ', CAST($1 AS BIGINT))", TEXT, text=True),
    "TRANSLATE": _one("translate($1, $2, coalesce($3, ''))", TEXT, text=True),
    "EDIT_DISTANCE": _one("levenshtein($1, $2)", "DECIMAL(9,0)"),
    "REGEXP_INSTR": _one(
        "CASE WHEN NOT regexp_matches($1, $2) THEN 0 ELSE instr($1, regexp_extract($1, $2)) END",
        "DECIMAL(9,0)",
    ),
    "REGEXP_REPLACE": Function(
        {
            2: "regexp_replace($1, $2, '', 'g')",
            3: "regexp_replace($1, $2, coalesce($3, ''), 'g')",
        },
        TEXT,
        text=True,
    ),
    # From a position, and the n-th match.
    "REGEXP_SUBSTR": Function(
        {
            2: "regexp_extract($1, $2)",
            3: "regexp_extract(substr($1, $3), $2)",
            4: "list_extract(regexp_extract_all(substr($1, $3), $2), CAST($4 AS INTEGER))",
        },
        TEXT,
        text=True,
    ),
    **{
        f"{prefix}_{name}": _built(
            builders.hashed(digest),
            *range(1, 60),
            result=result.format(bytes=size, digits=2 * size),
        )
        for prefix, result in [("HASH", "CHAR({digits}) ASCII"), ("HASHTYPE", "HASHTYPE({bytes})")]
        for name, digest, size in [
            ("MD5", "md5", 16),
            ("SHA", "sha1", 20),
            ("SHA1", "sha1", 20),
            ("SHA256", "sha256", 32),
        ]
    },
    "TO_CHAR": _built(formats.to_char, 1, 2, result=TEXT, text=True),
    "TO_NUMBER": _built(formats.to_number, 1, 2, result="DOUBLE"),
    "TO_DATE": _built(formats.to_date, 1, 2, result="DATE"),
    "TO_TIMESTAMP": _built(formats.to_timestamp, 1, 2, result="TIMESTAMP"),
    "IS_NUMBER": _one("TRY_CAST($1 AS DOUBLE) IS NOT NULL", "BOOLEAN"),
    "IS_BOOLEAN": _one("TRY_CAST($1 AS BOOLEAN) IS NOT NULL", "BOOLEAN"),
    "IS_DATE": _one("TRY_CAST($1 AS DATE) IS NOT NULL", "BOOLEAN"),
    "IS_TIMESTAMP": _one("TRY_CAST($1 AS TIMESTAMP) IS NOT NULL", "BOOLEAN"),
}

_NUMERIC = {
    **{
        name: _same(name.lower(), 1, result="DOUBLE")
        for name in [
            "ACOS",
            "ASIN",
            "ATAN",
            "COS",
            "COSH",
            "COT",
            "DEGREES",
            "EXP",
            "LN",
            "RADIANS",
            "SIN",
            "SINH",
            "SQRT",
            "TAN",
            "TANH",
        ]
    },
    "ABS": _one("abs($1)", "$1"),
    "ATAN2": _one("atan2($1, $2)", "DOUBLE"),
    "CEIL": _one("ceil($1)"),
    "CEILING": _one("ceil($1)"),
    "FLOOR": _one("floor($1)"),
    "DIV": _one(f"$1 // {_ZERO}"),
    "MOD": _one(f"$1 % {_ZERO}", "$1"),
    "LOG": _one("ln($2) / ln($1)", "DOUBLE"),
    "LOG10": _one("log10($1)", "DOUBLE"),
    "LOG2": _one("log2($1)", "DOUBLE"),
    "PI": Function({0: "pi()"}, "DOUBLE"),
    "POWER": _one("power($1, $2)", "DOUBLE"),
    "RAND": Function({0: "random()", 2: "$1 + random() * ($2 - $1)"}, "DOUBLE"),
    "RANDOM": Function({0: "random()", 2: "$1 + random() * ($2 - $1)"}, "DOUBLE"),
    "ROUND": Function({1: "round($1)", 2: "round($1, CAST($2 AS INTEGER))"}),
    "SIGN": _one("sign($1)", "DECIMAL(1,0)"),
    "TRUNC": _built(builders.trunc, 1, 2),
    "TRUNCATE": _built(builders.trunc, 1, 2),
    "BIT_AND": _one("CAST($1 AS BIGINT) & CAST($2 AS BIGINT)"),
    "BIT_OR": _one("CAST($1 AS BIGINT) | CAST($2 AS BIGINT)"),
    "BIT_XOR": _one("xor(CAST($1 AS BIGINT), CAST($2 AS BIGINT))"),
    "MIN_SCALE": _built(builders.refuse("function MIN_SCALE"), 1),
    "WIDTH_BUCKET": _one(
        f"CASE WHEN $2 = $3 THEN error('{_EQUAL_BOUNDS}')"
        " WHEN ($1 - $2) * sign($3 - $2) < 0 THEN 0"
        " WHEN ($1 - $3) * sign($3 - $2) >= 0 THEN $4 + 1"
        " ELSE CAST(floor(($1 - $2) / ($3 - $2) * $4 + 1) AS BIGINT) END",
        "DECIMAL(18,0)",
    ),
    "NULLIFZERO": _one("CASE WHEN $1 = 0 THEN NULL ELSE $1 END", "$1"),
    "ZEROIFNULL": _one("coalesce($1, 0)", "$1"),
}

_CONDITIONAL = {
    "COALESCE": _any_number("coalesce", "$*"),
    "NVL": Function({2: "coalesce($1, $2)"}, "$*"),
    "NVL2": Function({3: "CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END"}, "$2"),
    "NULLIF": _one("nullif($1, $2)", "$1"),
    "IF": Function({3: "CASE WHEN $1 THEN $2 ELSE $3 END"}, "$2"),
    "DECODE": _built(builders.decode, *range(3, 60), result="$3"),
    "GREATEST": _built(builders.extreme("GREATEST"), *range(1, 60), result="$*"),
    "LEAST": _built(builders.extreme("LEAST"), *range(1, 60), result="$*"),
}

_DATE = {
    "ADD_DAYS": _built(builders.add_interval("DAY"), 2, result="$1"),
    "ADD_WEEKS": _built(builders.add_interval("DAY", 7), 2, result="$1"),
    "ADD_MONTHS": _built(builders.add_interval("MONTH"), 2, result="$1"),
    "ADD_YEARS": _built(builders.add_interval("YEAR"), 2, result="$1"),
    "ADD_HOURS": _built(builders.add_interval("HOUR"), 2, result="TIMESTAMP"),
    "ADD_MINUTES": _built(builders.add_interval("MINUTE"), 2, result="TIMESTAMP"),
    "ADD_SECONDS": _built(
        lambda arguments, types: fill(
            "$1 + to_microseconds(CAST(round($2 * 1000000) AS BIGINT))",
            [builders.as_moment(arguments[0], types[0]), arguments[1]],
        ),
        2,
        result="TIMESTAMP",
    ),
    "DAYS_BETWEEN": _built(builders.between("date_diff('day', $2, $1)"), 2, result="DECIMAL(9,0)"),
    "HOURS_BETWEEN": _built(builders.between("date_diff('microsecond', $2, $1) / 3600000000.0"), 2),
    "MINUTES_BETWEEN": _built(builders.between("date_diff('microsecond', $2, $1) / 60000000.0"), 2),
    "SECONDS_BETWEEN": _built(builders.between("date_diff('microsecond', $2, $1) / 1000000.0"), 2),
    "MONTHS_BETWEEN": _built(builders.months_between(1), 2, result="DOUBLE"),
    "YEARS_BETWEEN": _built(builders.months_between(12), 2, result="DOUBLE"),
    **{
        name: _one(f"{name.lower()}(CAST($1 AS TIMESTAMP))", "DECIMAL(4,0)")
        for name in ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE"]
    },
    "SECOND": _one(
        "CAST(date_part('microsecond', CAST($1 AS TIMESTAMP)) / 1000000.0 AS DECIMAL(5,3))",
        "DECIMAL(5,3)",
    ),
    "DATE_TRUNC": _built(builders.date_trunc, 2, result="$2"),
    "LAST_DAY": _one("last_day($1)", "DATE"),
    "POSIX_TIME": Function(
        {
            0: "epoch(CAST(get_current_timestamp() AS TIMESTAMP))",
            1: "epoch(CAST($1 AS TIMESTAMP))",
        },
        "DOUBLE",
    ),
    "FROM_POSIX_TIME": _one("make_timestamp(CAST(round($1 * 1000000) AS BIGINT))", "TIMESTAMP"),
    "CURDATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    "CURRENT_DATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    "SYSDATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    "CURRENT_TIMESTAMP": Function({0: "CAST(get_current_timestamp() AS TIMESTAMP)"}, "TIMESTAMP"),
    "LOCALTIMESTAMP": Function({0: "CAST(get_current_timestamp() AS TIMESTAMP)"}, "TIMESTAMP"),
    "SYSTIMESTAMP": Function({0: "CAST(get_current_timestamp() AS TIMESTAMP)"}, "TIMESTAMP"),
    "NOW": Function({0: "CAST(get_current_timestamp() AS TIMESTAMP)"}, "TIMESTAMP"),
}

AGGREGATES = {
    "COUNT": _same("count", 1, result="DECIMAL(18,0)"),
    "SUM": _same("sum", 1),
    "AVG": _same("avg", 1, result="DOUBLE"),
    "MIN": _same("min", 1, result="$1"),
    "MAX": _same("max", 1, result="$1"),
    "MEDIAN": _same("median", 1, result="DOUBLE"),
    "STDDEV": _same("stddev_samp", 1, result="DOUBLE"),
    "STDDEV_SAMP": _same("stddev_samp", 1, result="DOUBLE"),
    "STDDEV_POP": _same("stddev_pop", 1, result="DOUBLE"),
    "VARIANCE": _same("var_samp", 1, result="DOUBLE"),
    "VAR_SAMP": _same("var_samp", 1, result="DOUBLE"),
    "VAR_POP": _same("var_pop", 1, result="DOUBLE"),
    "CORR": _same("corr", 2, result="DOUBLE"),
    "COVAR_POP": _same("covar_pop", 2, result="DOUBLE"),
    "COVAR_SAMP": _same("covar_samp", 2, result="DOUBLE"),
    "ANY": _same("bool_or", 1, result="BOOLEAN"),
    "SOME": _same("bool_or", 1, result="BOOLEAN"),
    "EVERY": _same("bool_and", 1, result="BOOLEAN"),
    "APPROXIMATE_COUNT_DISTINCT": _same("approx_count_distinct", 1, result="DECIMAL(18,0)"),
    "PERCENTILE_CONT": _same("quantile_cont", 1, result="DOUBLE"),
    "PERCENTILE_DISC": _same("quantile_disc", 1),
    "FIRST_VALUE": _same("first_value", 1, result="$1"),
    "LAST_VALUE": _same("last_value", 1, result="$1"),
    "NTH_VALUE": _same("nth_value", 2, result="$1"),
    "LAG": _same("lag", 1, 2, 3, result="$1"),
    "LEAD": _same("lead", 1, 2, 3, result="$1"),
    "ROW_NUMBER": _same("row_number", 0, result="DECIMAL(18,0)"),
    "RANK": _same("rank", 0, result="DECIMAL(18,0)"),
    "DENSE_RANK": _same("dense_rank", 0, result="DECIMAL(18,0)"),
    "PERCENT_RANK": _same("percent_rank", 0, result="DOUBLE"),
    "CUME_DIST": _same("cume_dist", 0, result="DOUBLE"),
    "NTILE": _same("ntile", 1, result="DECIMAL(18,0)"),
}

_CLUSTER = {
    "IPROC": Function({0: "CAST(0 AS BIGINT)"}, "DECIMAL(18,0)"),
    "NPROC": Function({0: "CAST(1 AS BIGINT)"}, "DECIMAL(18,0)"),
    "VALUE2PROC": _one("CASE WHEN $1 IS NULL THEN 0 ELSE 0 END", "DECIMAL(18,0)"),
    # Where a window function may stand; `rownum` has put it elsewhere before.
    "ROWNUM": Function({0: "row_number() OVER ()"}, "DECIMAL(18,0)"),
}

FUNCTIONS: dict[str, Function] = {
    **_STRING,
    **_NUMERIC,
    **_CONDITIONAL,
    **_DATE,
    **AGGREGATES,
    **_CLUSTER,
}

# What the session must answer; `translate` puts a literal in their place.
SESSION_FUNCTIONS = {
    "CURRENT_USER": "VARCHAR(128)",
    "SCOPE_USER": "VARCHAR(128)",
    "CURRENT_SCHEMA": "VARCHAR(128)",
    "CURRENT_SESSION": "DECIMAL(20,0)",
    "CURRENT_STATEMENT": "DECIMAL(9,0)",
    "SESSION_PARAMETER": TEXT,
}


def call(name: str, arguments: list[exp.Expression], types: list[ExaType | None]):
    """The DuckDB tree of a function call.

    Args:
        types: the Exasol types of the arguments, as far as they are known.
    Raises:
        SqlError: the function is not known, or has another number of arguments.
    """
    function = FUNCTIONS.get(name)
    if not function:
        raise unsupported(f"function {name}")
    if -1 in function.templates:
        tree = exp.Anonymous(this=function.templates[-1], expressions=arguments)
    elif len(arguments) not in function.templates:
        raise SqlError(f"wrong number of arguments for function {name}")
    elif function.build:
        tree = function.build(arguments, types)
    else:
        tree = fill(function.templates[len(arguments)], arguments)
    return fill("nullif($1, '')", [tree]) if function.text else tree
