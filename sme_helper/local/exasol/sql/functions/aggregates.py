"""Aggregates and window functions."""

from __future__ import annotations

from .kinds import one, same

_ONLY_OVER = "syntax error, RATIO_TO_REPORT needs an OVER clause"

AGGREGATES = {
    "COUNT": same("count", 1, result="DECIMAL(18,0)"),
    "SUM": same("sum", 1),
    "AVG": same("avg", 1, result="DOUBLE"),
    "MIN": same("min", 1, result="$1"),
    "MAX": same("max", 1, result="$1"),
    "MEDIAN": one("median(CAST($1 AS DOUBLE))", "DOUBLE"),
    "STDDEV": same("stddev_samp", 1, result="DOUBLE"),
    "STDDEV_SAMP": same("stddev_samp", 1, result="DOUBLE"),
    "STDDEV_POP": same("stddev_pop", 1, result="DOUBLE"),
    "VARIANCE": same("var_samp", 1, result="DOUBLE"),
    "VAR_SAMP": same("var_samp", 1, result="DOUBLE"),
    "VAR_POP": same("var_pop", 1, result="DOUBLE"),
    "MUL": same("product", 1, result="DOUBLE"),
    "CORR": same("corr", 2, result="DOUBLE"),
    "COVAR_POP": same("covar_pop", 2, result="DOUBLE"),
    "COVAR_SAMP": same("covar_samp", 2, result="DOUBLE"),
    **{
        f"REGR_{name}": same(f"regr_{name.lower()}", 2, result=result)
        for name, result in {
            "AVGX": "DOUBLE",
            "AVGY": "DOUBLE",
            "COUNT": "DECIMAL(18,0)",
            "INTERCEPT": "DOUBLE",
            "R2": "DOUBLE",
            "SLOPE": "DOUBLE",
            "SXX": "DOUBLE",
            "SXY": "DOUBLE",
            "SYY": "DOUBLE",
        }.items()
    },
    "GROUPING": same("grouping", *range(1, 9), result="DECIMAL(9,0)"),
    "GROUPING_ID": same("grouping", *range(1, 9), result="DECIMAL(9,0)"),
    "ANY": same("bool_or", 1, result="BOOLEAN"),
    "SOME": same("bool_or", 1, result="BOOLEAN"),
    "EVERY": same("bool_and", 1, result="BOOLEAN"),
    "APPROXIMATE_COUNT_DISTINCT": same("approx_count_distinct", 1, result="DECIMAL(18,0)"),
    "PERCENTILE_CONT": same("quantile_cont", 1, result="DOUBLE"),
    "PERCENTILE_DISC": same("quantile_disc", 1),
    # `translate` has put it elsewhere, where it stands over a window.
    "RATIO_TO_REPORT": one(f"error('{_ONLY_OVER}')", "DOUBLE"),
    "FIRST_VALUE": same("first_value", 1, result="$1"),
    "LAST_VALUE": same("last_value", 1, result="$1"),
    "NTH_VALUE": same("nth_value", 2, result="$1"),
    "LAG": same("lag", 1, 2, 3, result="$1"),
    "LEAD": same("lead", 1, 2, 3, result="$1"),
    "ROW_NUMBER": same("row_number", 0, result="DECIMAL(18,0)"),
    "RANK": same("rank", 0, result="DECIMAL(18,0)"),
    "DENSE_RANK": same("dense_rank", 0, result="DECIMAL(18,0)"),
    "PERCENT_RANK": same("percent_rank", 0, result="DOUBLE"),
    "CUME_DIST": same("cume_dist", 0, result="DOUBLE"),
    "NTILE": same("ntile", 1, result="DECIMAL(18,0)"),
}
