"""Every group of options of a training: what AWS is asked for, what is exported or refused."""

import gzip
import json

import pytest

from .conftest import FEATURES, fresh_name

KEY = "arn:aws:kms:eu-central-1:123456789012:key/of-mine"


@pytest.fixture(scope="module", autouse=True)
def many_patients(sme):
    """A view of 1000 rows with a number for each, and one row that validates."""
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.MANY AS "
        f"SELECT ROW_NUMBER() OVER (ORDER BY WORST_AREA) AS PATIENT, t.* FROM ("
        f"SELECT * FROM {sme.data_schema}.TRAINING UNION ALL "
        f"SELECT * FROM {sme.data_schema}.TRAINING) t"
    )
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.VALIDATION AS "
        f"SELECT DIAGNOSIS, WORST_AREA, MEAN_RADIUS, WORST_TEXTURE, WORST_CONCAVE_POINTS "
        f"FROM {sme.data_schema}.TRAINING"
    )


def lines_of(s3, sme, row, channel="training"):
    """The header of the exported files, and all other lines."""
    prefix = row["S3_PREFIX"] + channel + "/"
    headers, lines = set(), []
    bucket = sme.account.bucket
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        data = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        text = (gzip.decompress(data) if entry["Key"].endswith(".gz") else data).decode()
        header, *rest = text.splitlines()
        headers.add(header)
        lines += rest
    assert len(headers) == 1
    return headers.pop().split(","), lines


def described(sagemaker, job_name):
    return sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)


@pytest.mark.parametrize(
    "choice",
    [
        {"include_columns": ["mean_radius", "WORST_AREA"]},
        {"exclude_columns": ["WORST_TEXTURE", "WORST_CONCAVE_POINTS", "PATIENT"]},
    ],
)
def test_columns_are_included_or_excluded_and_the_target_always_stays(sme, s3, choice):
    job_name = sme.train(input_table_or_view_name="MANY", **choice)
    header, _ = lines_of(s3, sme, sme.job_row(job_name))
    assert header == ["MEAN_RADIUS", "WORST_AREA", "DIAGNOSIS"]


def test_keys_stay_out_of_the_training_and_in_the_registry(sme, s3):
    job_name = sme.train(input_table_or_view_name="MANY", key_columns=["PATIENT"])
    row = sme.job_row(job_name)
    assert lines_of(s3, sme, row)[0] == [*FEATURES, "DIAGNOSIS"]
    assert json.loads(row["KEY_COLUMNS"]) == ["PATIENT"]


def test_a_query_is_trained_on_recorded_and_leaves_no_view(sme, s3):
    query = (
        f"SELECT MEAN_RADIUS * 2 AS \"twice 'r'\", WORST_AREA, DIAGNOSIS "
        f"FROM {sme.data_schema}.TRAINING WHERE MEAN_RADIUS > 0 -- all; really"
    )
    job_name = sme.train(
        input_query=query + "\n; -- done", input_schema_name=None, input_table_or_view_name=None
    )
    row = sme.job_row(job_name)
    assert row["INPUT_QUERY"] == query
    assert row["INPUT_RELATION"] is None
    assert row["ROW_COUNT"] == 500
    header, lines = lines_of(s3, sme, row)
    assert header == ["twice 'r'", "WORST_AREA", "DIAGNOSIS"]
    assert len(lines) == 500
    views = sme.connection.execute(
        "SELECT VIEW_NAME FROM EXA_ALL_VIEWS WHERE VIEW_NAME LIKE 'SME_TRAINING%'"
    )
    assert views.fetchall() == []


def test_a_query_that_the_database_cannot_read_is_refused_with_its_words(sme):
    error = sme.training_error(
        input_query="SELECT NO_SUCH FROM DUAL",
        input_schema_name=None,
        input_table_or_view_name=None,
    )
    assert "E-SME-56: input_query cannot be read" in error
    assert "NO_SUCH" in error


@pytest.mark.parametrize("query", [" ", "-- SELECT 1", "SELECT 1 AS A; SELECT 2 AS A"])
def test_a_query_that_is_no_single_statement_is_refused_before_anything_starts(sme, query):
    job_name = fresh_name("Refused")
    error = sme.training_error(
        job_name=job_name,
        input_query=query,
        input_schema_name=None,
        input_table_or_view_name=None,
    )
    assert "E-SME-135: input_query " in error
    assert sme.job_row(job_name) is None


def test_a_row_limit_and_a_random_sample_are_exact(sme, s3):
    all_rows = {"input_table_or_view_name": "MANY"}
    limited = sme.job_row(sme.train(**all_rows, row_limit=600))
    sampled = sme.job_row(sme.train(**all_rows, sample_fraction=0.55))
    both = sme.job_row(sme.train(**all_rows, sample_fraction=0.55, row_limit=501))
    assert [row["ROW_COUNT"] for row in (limited, sampled, both)] == [600, 550, 501]
    exported = [lines_of(s3, sme, row)[1] for row in (limited, sampled, both)]
    assert [len(set(lines)) for lines in exported] == [600, 550, 501]
    assert set(exported[1]) != set(exported[0])


def test_a_sample_of_fewer_than_500_rows_is_refused(sme):
    error = sme.training_error(input_table_or_view_name="MANY", sample_fraction=0.4)
    assert "E-SME-7" in error
    assert "400 rows to export, of 1000" in error


def test_a_compressed_export_is_gzip_and_trains(sme, s3, sagemaker):
    job_name = sme.train(compression="gzip")
    _, lines = lines_of(s3, sme, sme.job_row(job_name))
    assert len(lines) == 500
    channel = described(sagemaker, job_name)["AutoMLJobInputDataConfig"][0]
    assert channel["CompressionType"] == "Gzip"
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"


def test_parallelism_is_the_number_of_files(sme, s3):
    row = sme.job_row(sme.train(parallelism=2))
    prefix = row["S3_PREFIX"] + "training/"
    objects = s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=prefix)
    assert len(objects["Contents"]) == 2


def test_a_validation_relation_is_a_channel_in_the_order_of_the_training(sme, s3, sagemaker):
    job_name = sme.train(
        validation_schema_name=sme.data_schema, validation_table_or_view_name="VALIDATION"
    )
    row = sme.job_row(job_name)
    training, _ = lines_of(s3, sme, row)
    validation, lines = lines_of(s3, sme, row, "validation")
    assert validation == training
    assert len(lines) == 500
    channels = described(sagemaker, job_name)["AutoMLJobInputDataConfig"]
    assert [channel["ChannelType"] for channel in channels] == ["training", "validation"]
    assert channels[1]["DataSource"]["S3DataSource"]["S3Uri"].endswith("/validation/")
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"


def test_a_validation_relation_without_a_column_of_the_training_is_refused(sme):
    error = sme.training_error(
        input_table_or_view_name="MANY",
        validation_schema_name=sme.data_schema,
        validation_table_or_view_name="VALIDATION",
    )
    assert "E-SME-61" in error
    assert "PATIENT DECIMAL" in error


def test_mode_algorithms_limits_and_split_reach_aws(sme, sagemaker):
    job_name = sme.train(
        mode="ENSEMBLING",
        algorithms=["xgboost", "lightgbm"],
        max_runtime_for_automl_job_in_seconds=600,
        max_runtime_per_training_job_in_seconds=60,
        validation_fraction=0.3,
    )
    job = described(sagemaker, job_name)
    tabular = job["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["Mode"] == "ENSEMBLING"
    generation = tabular["CandidateGenerationConfig"]
    assert generation["AlgorithmsConfig"] == [{"AutoMLAlgorithms": ["xgboost", "lightgbm"]}]
    assert tabular["CompletionCriteria"] == {
        "MaxCandidates": 1,
        "MaxAutoMLJobRuntimeInSeconds": 600,
        "MaxRuntimePerTrainingJobInSeconds": 60,
    }
    assert job["DataSplitConfig"] == {"ValidationFraction": 0.3}


@pytest.mark.embedded("keys of encryption and networks that no account has")
def test_keys_of_encryption_network_and_tags_reach_aws(sme, sagemaker):
    job_name = sme.train(
        output_kms_key=KEY,
        volume_kms_key=KEY,
        encrypt_inter_container_traffic=True,
        vpc_security_group_ids=["sg-1"],
        vpc_subnets=["subnet-1", "subnet-2"],
        tags={"team": "research", "cost center": "47"},
    )
    job = described(sagemaker, job_name)
    assert job["OutputDataConfig"]["KmsKeyId"] == KEY
    assert job["SecurityConfig"] == {
        "VolumeKmsKeyId": KEY,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
    }
    tags = sagemaker.list_tags(ResourceArn=job["AutoMLJobArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "team": "research",
        "cost center": "47",
        "sme:job": job_name,
        "sme:version": "1",
        "sme:model": job_name,
        "sme:schema": sme.schema,
    }


def training_twice(sme) -> str:
    """The training rows two times: enough for a target that is NULL in some of them."""
    rows = f"SELECT * FROM {sme.data_schema}.TRAINING"
    return f"({rows} UNION ALL {rows})"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("CAST(NULL AS VARCHAR(9))", "is missing: it is NULL in all 1000 rows"),
        ("'same'", "is constant"),
        ("CASE WHEN MEAN_RADIUS > 12 THEN 'same' END", "is constant"),
        ("TO_CHAR(FLOOR(MEAN_RADIUS))", "values, but BinaryClassification needs 2"),
    ],
)
def test_a_target_that_teaches_nothing_is_refused(sme, expression, words):
    error = sme.training_error(
        input_query=f"SELECT MEAN_RADIUS, {expression} AS TOLD FROM {training_twice(sme)}",
        input_schema_name=None,
        input_table_or_view_name=None,
        target_attribute_name="TOLD",
        problem_type="BinaryClassification",
        objective="F1",
    )
    assert "E-SME-53: Target TOLD" in error
    assert words in error


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("DIAGNOSIS", 1000),
        ("MEAN_RADIUS > 15", 1000),
        ("CASE WHEN ROWNUM = 1 THEN '1,5' WHEN ROWNUM > 9 THEN '-.5e3' END", 1),
    ],
)
def test_a_regression_on_what_is_no_number_is_refused(sme, expression, count):
    error = sme.training_error(
        input_query=f"SELECT WORST_AREA, {expression} AS TOLD FROM {training_twice(sme)}",
        input_schema_name=None,
        input_table_or_view_name=None,
        target_attribute_name="TOLD",
        problem_type="Regression",
        objective="RMSE",
    )
    assert "E-SME-65: Target TOLD of the query is" in error
    assert f"{count} of its values are no numbers, but Regression predicts numbers" in error


def test_a_regression_on_text_that_is_all_numbers_trains(sme):
    job_name = sme.train(
        input_query=f"SELECT WORST_AREA, TO_CHAR(ROWNUM) || '.5e-1' AS TOLD "
        f"FROM {sme.data_schema}.TRAINING",
        input_schema_name=None,
        input_table_or_view_name=None,
        target_attribute_name="told",
        problem_type="Regression",
        objective="RMSE",
    )
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"


def test_a_validation_relation_without_rows_is_refused(sme):
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.NOTHING LIKE {sme.data_schema}.TRAINING"
    )
    error = sme.training_error(
        validation_schema_name=sme.data_schema, validation_table_or_view_name="NOTHING"
    )
    assert "E-SME-61" in error
    assert "NOTHING cannot validate: it has no row with a value in DIAGNOSIS" in error


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"key_columns": ["DIAGNOSIS"]},
            "E-SME-52: Column DIAGNOSIS is named by both target_attribute_name and key_columns",
        ),
        ({"key_columns": list(FEATURES)}, "E-SME-52: No column"),
        ({"exclude_columns": ["NO_SUCH"]}, "E-SME-3: Column NO_SUCH"),
    ],
)
def test_columns_that_cannot_be_chosen_so_are_refused_before_anything_starts(sme, changes, words):
    job_name = fresh_name("Refused")
    assert words in sme.training_error(job_name=job_name, **changes)
    assert sme.job_row(job_name) is None


@pytest.mark.embedded("keys of encryption and networks that no account has")
def test_dbt_passes_every_option_on_and_the_registry_keeps_what_was_trained_on(
    sme, project, sagemaker
):
    model = fresh_name("ByDbt")
    query = f"SELECT m.*, MEAN_RADIUS AS TRUST FROM {sme.data_schema}.MANY m"
    options = {
        "mode": "ENSEMBLING",
        "algorithms": ["xgboost"],
        "problem_type": "BinaryClassification",
        "objective": "AUC",
        "max_candidates": 1,
        "max_runtime_for_automl_job_in_seconds": 900,
        "max_runtime_per_training_job_in_seconds": 300,
        "validation_fraction": 0.25,
        "row_limit": 700,
        "sample_fraction": 0.9,
        "compression": "gzip",
        "parallelism": 3,
        "tags": {"team": "research"},
        "output_kms_key": KEY,
        "volume_kms_key": KEY,
        "encrypt_inter_container_traffic": True,
        "vpc_security_group_ids": ["sg-1"],
        "vpc_subnets": ["subnet-1"],
        "output_path": "by/dbt",
    }
    printed = project.operation(
        "train",
        model_name=model,
        version=1,
        query=query,
        target="diagnosis",
        keys=["patient"],
        exclude_columns=["worst_area"],
        sample_weight_column="trust",
        **options,
    )
    assert f"version 1 of model {model}, job {model}-v1-" in printed
    row = sme.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{model}'")
    settings = json.loads(row["SETTINGS"])
    assert settings["s3_output_path"] == options.pop("output_path")
    assert {name: settings[name] for name in options} == options
    assert (row["INPUT_QUERY"], row["ROW_COUNT"], row["SCRIPT_USER"]) == (query, 700, "SYS")
    assert [(c["name"], c["type"], c["role"]) for c in json.loads(row["COLUMNS"])] == [
        ("MEAN_RADIUS", "DOUBLE", "feature"),
        ("WORST_TEXTURE", "DOUBLE", "feature"),
        ("WORST_CONCAVE_POINTS", "DOUBLE", "feature"),
        ("DIAGNOSIS", "VARCHAR(20) UTF8", "target"),
        ("TRUST", "DOUBLE", "weight"),
    ]
    assert json.loads(row["KEY_COLUMNS"]) == ["PATIENT"]
    assert row["DATETIME"] is not None
    assert len(row["DBT_INVOCATION_ID"]) == 36
    tabular = described(sagemaker, row["JOB_NAME"])["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["SampleWeightAttributeName"] == "TRUST"
