"""What sqlglot reads and Exasol does not have: refused by name, before DuckDB sees it."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.sql.dialect import parse


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("SELECT i FROM t TABLESAMPLE 10", "TABLESAMPLE"),
        ("SELECT s FROM t WHERE s ILIKE 'A%'", "ILIKE"),
        ("SELECT s FROM t WHERE s SIMILAR TO 'a'", "SIMILAR TO"),
        ("SELECT s FROM t WHERE s GLOB 'a'", "GLOB"),
        ("SELECT * EXCLUDE (i) FROM t", r"EXCLUDE behind \*"),
        ("SELECT * REPLACE (1 AS i) FROM t", r"REPLACE behind \*"),
        ("SELECT SUM(i) FILTER (WHERE i > 1) FROM t", "FILTER"),
        ("SELECT i FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT DISTINCT ON (i) i FROM t", "DISTINCT ON"),
        ("SELECT i FROM t WHERE i BETWEEN SYMMETRIC 3 AND 1", "BETWEEN SYMMETRIC"),
        ("SELECT i FROM t FETCH FIRST 1 ROWS ONLY", "FETCH"),
        ("SELECT i % 2 FROM t", "the operator %"),
        ("SELECT i FROM t SEMI JOIN u ON t.i = u.i", "SEMI JOIN"),
        ("SELECT i FROM t ASOF JOIN u ON t.i = u.i", "ASOF JOIN"),
        ("SELECT i FROM t CONNECT BY PRIOR i = n", "CONNECT BY"),
        ("SELECT CURRENT_TIME FROM t", "CURRENT_TIME"),
        ("SELECT {'a': 1} FROM t", "STRUCT"),
        ("SELECT 1 FROM t PIVOT (sum(a) FOR b IN (1))", "PIVOT"),
    ],
)
def test_what_exasol_does_not_have_is_refused_by_name(sql, construct):
    with pytest.raises(
        SqlError, match=f"not supported by the embedded stack: {construct}$"
    ) as error:
        parse(sql)
    assert error.value.code == "0A000"


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a (x) AS (SELECT 1) SELECT DISTINCT x, CURRENT_USER FROM a LEFT JOIN b USING (x) "
        "WHERE x NOT IN (SELECT 1) GROUP BY CUBE (x, y) HAVING COUNT(*) > 1 ORDER BY 1 LIMIT 2, 1",
        "SELECT SUM(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) "
        "FROM a NATURAL JOIN b QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1",
        "SELECT FIRST_VALUE(x) IGNORE NULLS OVER (ORDER BY y) FROM a, b WHERE s REGEXP_LIKE 'a' "
        "UNION ALL SELECT s.f(1) FROM VALUES (1), (2) AS t (x) WHERE NOT EXISTS (SELECT 1)",
        "MERGE INTO t USING u ON t.i = u.i WHEN MATCHED THEN UPDATE SET n = 1 WHERE u.i > 1 "
        "WHEN NOT MATCHED THEN INSERT (i) VALUES (u.i) WHERE u.i < 9",
        "INSERT INTO t (i) VALUES (1), (DEFAULT)",
        "UPDATE t SET i = u.i FROM t, u WHERE t.i = u.i",
        "DELETE FROM t WHERE i > ALL (SELECT 1) OR i = ANY (SELECT 2)",
    ],
)
def test_what_exasol_has_is_read(sql):
    parse(sql)
