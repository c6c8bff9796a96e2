"""What a prediction looks like where nothing is asked of AWS: its columns, and no rows."""

from types import SimpleNamespace

import pytest

FEATURES = [{"name": "X"}, {"name": "Y"}]


@pytest.mark.parametrize(
    ("problem_type", "target_type", "keys", "columns"),
    [
        (
            "Regression",
            "DECIMAL(9,2)",
            ["id"],
            'rows_to_predict."ID", CAST(NULL AS DOUBLE) AS "PREDICTIONS"',
        ),
        (
            "Regression",
            "DOUBLE",
            [],
            'rows_to_predict."X", rows_to_predict."Y", CAST(NULL AS DOUBLE) AS "PREDICTIONS"',
        ),
        (
            "BinaryClassification",
            "VARCHAR(9)",
            [],
            'rows_to_predict."X", rows_to_predict."Y", CAST(NULL AS DOUBLE) AS "PROBABILITY", '
            'CAST(NULL AS VARCHAR(9)) AS "PREDICTIONS"',
        ),
    ],
)
def test_they_are_those_of_the_problem(package, problem_type, target_type, keys, columns):
    sme = package()
    target = {"problem_type": problem_type, "type": target_type, "features": FEATURES}
    query = sme._no_predictions("rows", keys, sme._line_type("fail"), target)
    assert f"SELECT {columns}\n" in query
    assert "WHERE FALSE" in query


def test_with_empty_no_row_is_sent_even_of_a_relation_that_is_a_text(package):
    """dbt limits refs and sources only."""
    empty = package(flags=SimpleNamespace(EMPTY=True))
    assert empty._rows_to_predict("S.T", ["id"], False) == "(SELECT * FROM S.T WHERE FALSE)"
    built = package(flags=SimpleNamespace(EMPTY=False))
    assert built._rows_to_predict("S.T", ["id"], False) == "S.T"
