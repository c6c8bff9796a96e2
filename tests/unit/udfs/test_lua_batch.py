"""The statements and names of batch predictions."""

import pytest


@pytest.fixture
def data(lua):
    return lua.load("batch_data")


@pytest.fixture
def features(lua):
    def make(*types):
        columns = [
            {"name": f"C{i}", "type": sql_type, "text_sql": f'T("C{i}")'}
            for i, sql_type in enumerate(types, start=1)
        ]
        return lua.table_from(columns)

    return make


def test_rows_are_numbered_with_keys_and_the_texts_of_the_training(lua, data, features):
    source = lua.table_from({"from": '"S"."T"'})
    statement = data.rows_statement("R", source, lua.table_from(['K"1']), features("DOUBLE"))
    assert statement == (
        'CREATE OR REPLACE TABLE R AS SELECT ROWNUM AS ROW_NUMBER, "K""1" AS "KEY_1", '
        'T("C1") AS "TEXT_1" FROM "S"."T"'
    )


def test_keys_stay_in_the_database(data):
    statement = data.export_statement("R", 2, "CONN", "p/", 2)
    assert statement == (
        'EXPORT (SELECT ROW_NUMBER, "TEXT_1", "TEXT_2" FROM R) INTO CSV AT "CONN" '
        "FILE 'p/part-0001.csv' FILE 'p/part-0002.csv'"
    )


def test_texts_that_a_line_cannot_hold_are_counted(data, features):
    statement = data.profile_statement("R", features("DOUBLE", "VARCHAR(9) UTF8", "DATE"))
    assert 'INSTR("TEXT_2", CHR(10)) > 0 OR INSTR("TEXT_2", CHR(13)) > 0' in statement
    assert "TEXT_1" not in statement and "TEXT_3" not in statement
    assert data.profile_statement("R", features("DOUBLE", "DATE")) == "SELECT COUNT(*), 0 FROM R"


def test_an_only_column_must_not_be_empty(data, features):
    assert '"TEXT_1" IS NULL' in data.profile_statement("R", features("DOUBLE"))


def row(**changes):
    described = {
        "RESULT_SCHEMA": "S",
        "RESULT_TABLE": "T",
        "KEY_COLUMNS": '["ID"]',
        "HAS_KEYS": True,
        "PROBLEM_TYPE": "BinaryClassification",
        "TARGET_TYPE": "BOOLEAN",
        "RESPONSE_KEYS": '["predicted_label"]',
        "ROW_COUNT": 1,
    }
    return {**described, **changes}


def columns_of(statement):
    """What stands between SELECT and FROM, by name."""
    selected = statement.split(" AS SELECT ")[1].split(" FROM ")[0]
    return [column.rpartition(" AS ")[2] for column in selected.split(", ")]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["ID", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"]),
        ({"PROBLEM_TYPE": "Regression"}, ["ID", "PREDICTIONS"]),
        ({"HAS_KEYS": False}, ["ID", "PROBABILITY", "PREDICTIONS"]),
        (
            {"HAS_KEYS": False, "KEY_COLUMNS": '["PREDICTIONS", "PREDICTIONS_"]'},
            ["PREDICTIONS", "PREDICTIONS_", "PROBABILITY", "PREDICTIONS__"],
        ),
    ],
)
def test_the_result_has_the_columns_of_sme_predict(lua, data, changes, names):
    statement = data.result_statement(lua.table_from(row(**changes)), "R", "A")
    assert columns_of(statement) == [f'"{name}"' for name in names]


def test_predictions_have_the_type_of_the_target_and_of_a_regression_are_doubles(lua, data):
    statement = data.result_statement(lua.table_from(row()), "R", "A")
    assert (
        'EMITS (ROW_NUMBER DECIMAL(18,0), "PREDICTIONS" BOOLEAN, "PROBABILITY" DOUBLE' in statement
    )
    regression = row(PROBLEM_TYPE="Regression", TARGET_TYPE="DECIMAL(9,2)")
    statement = data.result_statement(lua.table_from(regression), "R", "A")
    assert 'EMITS (ROW_NUMBER DECIMAL(18,0), "PREDICTIONS" DOUBLE)' in statement


def test_the_name_of_a_transform_job_fits_aws_and_differs_by_moment_and_session(lua):
    start = lua.load("batch_start")
    names = {
        start.transform_job_name("J" * 32, stamp, session)
        for stamp in ("20240229010203004", "20240229010203005")
        for session in ("1700000000000000001", "1700000000000000002")
    }
    assert len(names) == 4
    assert all(len(name) <= 63 and name.replace("-", "").isalnum() for name in names)
