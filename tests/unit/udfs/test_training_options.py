"""Options of a training: what is refused before the database or AWS is asked, and why."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lupa import lua54

from .conftest import LUA_SOURCES, plain

REQUIRED = {
    "job_name": "Job1",
    "aws_credentials_connection_name": "AWS",
    "aws_region": "eu-central-1",
    "iam_sagemaker_role": "role",
    "s3_bucket_uri": "s3://b",
    "s3_output_path": "p",
    "input_schema_name": "S",
    "input_table_or_view_name": "T",
    "target_attribute_name": "C",
}
FORECAST = {
    "problem_type": "TimeSeriesForecasting",
    "item_column": "I",
    "time_column": "D",
    "forecast_frequency": "1D",
    "forecast_horizon": 7,
}


def read(lua, **options):
    arguments = {k: v for k, v in {**REQUIRED, **options}.items() if v is not None}
    return plain(lua.load("options").read(json.dumps(arguments)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"problem_type": "Regression"}, "E-SME-55: .* together .* MSE, MAE, R2, RMSE"),
        ({"objective": "F1"}, "E-SME-55: .* together"),
        ({"problem_type": "Regression", "objective": "F1"}, "E-SME-55: .* has: MSE, MAE"),
        ({"problem_type": "TextClassification"}, "E-SME-6: .*text_column"),
        ({"problem_type": "Clustering", "objective": "F1"}, "E-SME-54: .*MulticlassClass"),
        ({"mode": "FAST"}, "E-SME-54: mode is FAST.*AUTO, ENSEMBLING, HYPERPARAMETER_TUNING"),
        ({"algorithms": ["xgboost"]}, "E-SME-54: algorithms .* needs mode ENSEMBLING"),
        ({"mode": "ENSEMBLING", "algorithms": ["mlp"]}, "E-SME-54: .*catboost"),
        ({"sample_weight_column": "W"}, "E-SME-54: .*ENSEMBLING only"),
        ({"sample_weight_column": "W", "mode": "AUTO"}, "E-SME-54: .*mode is AUTO"),
        ({"max_candidates": 751}, "E-SME-54: .* 750 at the most"),
        ({"max_candidates": 0}, "E-SME-29: max_candidates is 0"),
        ({"parallelism": 1001}, "E-SME-54: .* 1000 at the most"),
        ({"model_name": "ü" * 101}, "E-SME-54: .* at most 100 characters"),
        (
            {
                "max_runtime_for_automl_job_in_seconds": 60,
                "max_runtime_per_training_job_in_seconds": 61,
            },
            "E-SME-54: .*larger",
        ),
        ({"validation_fraction": 1}, "E-SME-54: .*between 0 and 1"),
        (
            {
                "validation_fraction": 0.5,
                "validation_schema_name": "S",
                "validation_table_or_view_name": "V",
            },
            "E-SME-54: .*exclude each other",
        ),
        ({"validation_schema_name": "S"}, "E-SME-54: .*together"),
        ({"vpc_subnets": ["a"]}, "E-SME-54: vpc_security_group_ids and vpc_subnets"),
        ({"vpc_subnets": ["a"] * 17, "vpc_security_group_ids": ["b"]}, "E-SME-54: .*at most 16"),
        ({"input_query": "SELECT 1"}, "E-SME-54: input_query and input_table_or_view_name"),
        ({"include_columns": ["A"], "exclude_columns": ["B"]}, "E-SME-54: .*exclude each other"),
        ({"key_columns": {"a": "b"}}, "E-SME-54: key_columns .*list"),
        ({"compression": "zip"}, "E-SME-54: .*none, gzip"),
        ({"tags": {"aws:mine": "x"}}, "E-SME-54: tags"),
        ({"tags": ["a"]}, "E-SME-54: tags .*object"),
        ({"encrypt_inter_container_traffic": "yes"}, "E-SME-54: .*true or false"),
        ({"forecast_horizon": 3}, "E-SME-54: forecast_horizon does not belong"),
        ({"max_candidate": 3}, "E-SME-60: There is no option max_candidate.*max_candidates"),
        ({"job_name": None}, "E-SME-6: .*missing: job_name"),
        ({"job_name": None, "model_name": "x" * 101}, "E-SME-54: .*100 characters"),
        ({**FORECAST, "forecast_frequency": "25H"}, "E-SME-54: forecast_frequency is 25H"),
        ({**FORECAST, "forecast_horizon": 501}, "E-SME-54: .*500"),
        ({**FORECAST, "forecast_quantiles": ["0.5"]}, "E-SME-54: .*p1 to p99"),
        ({**FORECAST, "objective": "MSE"}, "E-SME-55: .*AverageWeightedQuantileLoss"),
        ({**FORECAST, "holiday_country": "Germany"}, "E-SME-54: .*country code"),
        ({**FORECAST, "fill_methods": {"C": {"middle": "zero"}}}, "E-SME-54: .*frontfill"),
        ({**FORECAST, "fill_methods": {"C": {"middlefill": "most"}}}, "E-SME-54: .*zero, value"),
        ({**FORECAST, "fill_methods": {"C": {"backfill": "value"}}}, "E-SME-54: .*backfill_value"),
        (
            {**FORECAST, "fill_methods": {"C": {"backfill": "value", "backfill_value": "x"}}},
            "E-SME-54: .*backfill_value must be a number",
        ),
        ({**FORECAST, "fill_methods": {"c": {"futurefill": "zero"}}}, "E-SME-54: .*no futurefill"),
        ({**FORECAST, "fill_methods": {"X": {"frontfill": "none"}}}, "E-SME-54: .*only the target"),
        ({**FORECAST, "aggregation": {"C": "median"}}, "E-SME-54: .*sum, avg"),
        ({**FORECAST, "aggregation": {"X": "sum"}}, "E-SME-54: .*only the values of the target"),
        ({**FORECAST, "forecast_quantiles": ["p5", "p5"]}, "E-SME-54: .*each once"),
        ({**FORECAST, "compression": "gzip"}, "E-SME-54: compression gzip"),
        ({**FORECAST, "sample_fraction": 0.5}, "E-SME-54: sample_fraction .*tabular and text"),
        (
            {"problem_type": "TextClassification", "text_column": "T", "include_columns": ["A"]},
            "E-SME-54: include_columns does not belong .*TextClassification",
        ),
        ({**FORECAST, "mode": "AUTO"}, "E-SME-54: mode does not belong"),
        ({**FORECAST, "item_column": None}, "E-SME-6: .*item_column"),
    ],
)
def test_what_is_not_legal_is_refused_with_what_is(lua, lua_error, options, words):
    arguments = {k: v for k, v in {**REQUIRED, **options}.items() if v is not None}
    error = lua_error(lua.load("options").read, json.dumps(arguments))
    assert re.match(words, error, re.S), error


def test_a_name_is_as_long_as_its_characters_not_as_their_bytes(lua):
    name = "ü€" * 50
    assert read(lua, model_name=name)["model_name"] == name


def test_every_problem_type_goes_with_each_of_its_objectives(lua):
    objectives = plain(lua.load("options").OBJECTIVES)
    for problem_type in ("Regression", "BinaryClassification", "MulticlassClassification"):
        for objective in objectives[problem_type]:
            given_ = read(lua, problem_type=problem_type, objective=objective)
            assert given_["objective"] == objective


def test_a_forecast_and_a_text_with_all_their_options_are_legal(lua):
    forecast = read(
        lua,
        **FORECAST,
        grouping_columns=["REGION"],
        forecast_quantiles=["p10", "p50", "p90"],
        fill_methods={"C": {"middlefill": "zero", "backfill": "value", "backfill_value": "2"}},
        aggregation={"C": "sum"},
        holiday_country="DE",
        algorithms=["prophet"],
        objective="WAPE",
    )
    assert forecast["forecast_horizon"] == 7
    assert read(lua, problem_type="TextClassification", text_column="REVIEW")["text_column"]


def test_weights_are_numbers(lua, lua_error):
    def choose(sql_type):
        columns = [
            {"name": name, "type": kind}
            for name, kind in (("A", "DOUBLE"), ("W", sql_type), ("C", "BOOLEAN"))
        ]
        options = {"target_attribute_name": "C", "sample_weight_column": "W"}
        arguments = (lua.table_from(columns), lua.table_from(options), "tabular", "S.T")
        return lua.load("roles").choose, *arguments

    choose_numbers, *arguments = choose("DECIMAL(9,2)")
    chosen, _ = choose_numbers(*arguments)
    assert [column["role"] for column in plain(chosen)] == ["feature", "weight", "target"]
    error = lua_error(*choose("VARCHAR(10) UTF8"))
    assert error.startswith("E-SME-62: sample_weight_column W is VARCHAR(10)")


def chosen_columns(lua, **options):
    columns = [{"name": name, "type": "DOUBLE"} for name in ("KEY", "A", "B", "T")]
    arguments = {"target_attribute_name": "T", **options}
    return lua.load("roles").choose(
        lua.table_from(columns), lua.table_from(arguments), "tabular", "S.R"
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"include_columns": ["A", "KEY"], "key_columns": ["key"]}, "include_columns and key_col"),
        ({"key_columns": ["KEY"], "exclude_columns": ["B", "KEY"]}, "key_columns and exclude_col"),
        ({"target_attribute_name": "KEY", "key_columns": ["KEY"]}, "target_attribute_name and key"),
        ({"sample_weight_column": "T"}, "target_attribute_name and sample_weight_column"),
    ],
)
def test_a_column_with_two_roles_is_refused_with_both_options(lua, lua_error, options, named):
    error = lua_error(lambda: chosen_columns(lua, **options))
    assert re.match(f"E-SME-52: Column (KEY|T) is named by both {named}", error)


def test_included_columns_may_hold_the_target_and_leave_out_what_is_a_key(lua):
    columns, keys = chosen_columns(lua, include_columns=["A", "T"], key_columns=["KEY"])
    assert [column.name for column in columns.values()] == ["A", "T"]
    assert list(keys.values()) == ["KEY"]


@pytest.mark.parametrize(
    ("problem_type", "target_type", "values", "rows", "words"),
    [
        ("BinaryClassification", "DOUBLE", 3, 500, "has 3 values, but BinaryClass.* needs 2."),
        ("MulticlassClassification", "BOOLEAN", 2, 500, "has 2 values, but .* needs 3 or more"),
        ("MulticlassClassification", "DECIMAL(9,0)", 251, 501, "has 251 values, .* only 501 rows"),
        ("TextClassification", "VARCHAR(9) UTF8", 300, 500, "has 300 values, .* only 500 rows"),
        (
            "MulticlassClassification",
            "DOUBLE",
            101,
            9000,
            "has 101 values, but is DOUBLE, .* Regression",
        ),
        ("TextClassification", "DECIMAL(9,2)", 101, 9000, r"has 101 values, but is DECIMAL\(9,2\)"),
    ],
)
def test_a_target_that_has_no_labels_of_the_problem_type_is_refused(
    lua, lua_error, problem_type, target_type, values, rows, words
):
    error = lua_error(check_labels, lua, problem_type, target_type, values, rows)
    assert re.match(f"E-SME-53: Target T of S.R {words}", error)


@pytest.mark.parametrize(
    ("problem_type", "target_type", "values", "rows"),
    [
        ("BinaryClassification", "DOUBLE", 2, 500),
        ("MulticlassClassification", "DOUBLE", 100, 500),
        ("MulticlassClassification", "DECIMAL(9,0)", 250, 500),
        ("MulticlassClassification", "VARCHAR(9) UTF8", 3000, 9000),
        ("TextClassification", "BOOLEAN", 2, 500),
        ("Regression", "DOUBLE", 500, 500),
        (None, "DOUBLE", 500, 500),
    ],
)
def test_as_many_labels_as_can_be_learnt_are_legal(lua, problem_type, target_type, values, rows):
    check_labels(lua, problem_type, target_type, values, rows)


def check_labels(lua, problem_type, target_type, values, rows):
    profile = lua.table(distinct_targets=values, with_target=rows)
    target = lua.table(name="T", type=target_type)
    given_options = lua.table(problem_type=problem_type)
    lua.load("training_data").check_labels(profile, target, given_options, "S.R")


@pytest.mark.parametrize(
    "target_type",
    [
        "INTERVAL DAY(2) TO SECOND(3)",
        "INTERVAL YEAR(2) TO MONTH",
        "GEOMETRY(4326)",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
    ],
)
def test_a_target_of_a_type_that_no_prediction_has_is_refused(lua, lua_error, target_type):
    target = lua.table(name="T", type=target_type)
    error = lua_error(lua.load("training_data").check_target_type, target, "S.R")
    assert f"E-SME-136: Target T of S.R is {target_type}," in error


def test_one_name_is_a_list_of_one_and_tags_of_the_predecessor_are_tags(lua):
    assert read(lua, key_columns="ID")["key_columns"] == ["ID"]
    assert read(lua, aws_tags={"a": "b"})["tags"] == {"a": "b"}


RUNTIME = lua54.LuaRuntime(unpack_returned_tuples=True)
RUNTIME.globals().package.path = f"{LUA_SOURCES}/?.lua"
RUNTIME.execute("package.preload['cjson'] = function() return {} end")
VERSIONS = RUNTIME.eval("(require('versions'))")


@given(
    model=st.text(min_size=1, max_size=100).filter(lambda text: "\x00" not in text),
    version=st.integers(1, 9999),
    stamp=st.datetimes().map(lambda time: f"{time.year:04d}" + time.strftime("%m%d%H%M%S%f")[:-3]),
)
def test_a_job_name_made_for_any_model_is_one_that_aws_takes(model, version, stamp):
    name = VERSIONS.job_name(model, version, stamp)
    assert name != VERSIONS.job_name(model, version, str(int(stamp) + 1))
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}", name), name
    assert f"-v{version}-" in name
