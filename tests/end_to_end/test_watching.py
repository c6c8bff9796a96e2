"""Watching jobs: polling, stopping, candidates and what weighs in them."""

import json

import pytest

from .conftest import FEATURES, fresh_name


def arguments(sme, job_name, **others):
    given = {
        "job_name": job_name,
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
    }
    return json.dumps({**given, **others})


def rows_of(sme, table, job_name):
    statement = sme.connection.execute(
        f"SELECT * FROM \"{sme.schema}\".{table} WHERE JOB_NAME = '{job_name}'"
    )
    return [dict(zip(statement.col_names, row, strict=True)) for row in statement.fetchall()]


@pytest.fixture(scope="module")
def tried_job(sme):
    """A completed job with three candidates."""
    job_name = sme.train(job_name=fresh_name("Tried"), max_candidates=3)
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    return job_name


def test_poll_tells_status_reason_elapsed_time_and_the_best_metric(sme, tried_job):
    job = sme.poll(tried_job)
    assert list(job) == [
        "JOB_STATUS",
        "JOB_SECONDARY_STATUS",
        "FAILURE_REASON",
        "ELAPSED_SECONDS",
        "BEST_CANDIDATE",
        "BEST_METRIC_NAME",
        "BEST_METRIC_VALUE",
        "PROBLEM_TYPE",
        "JOB_NAME",
        "MAX_RUNTIME_SECONDS",
    ]
    assert int(job["ELAPSED_SECONDS"]) >= 0
    assert job["BEST_METRIC_NAME"] == "F1"
    assert 0.8 < float(job["BEST_METRIC_VALUE"]) <= 1
    assert job["PROBLEM_TYPE"] == "BinaryClassification"


def test_every_candidate_is_listed_with_all_that_aws_knows(sme, sagemaker, tried_job):
    listed = sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", arguments(sme, tried_job))
    answer = sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName=tried_job)["Candidates"]
    expected = {candidate["CandidateName"]: candidate for candidate in answer}
    best = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=tried_job)["BestCandidate"]

    rows = {row["CANDIDATE_NAME"]: row for row in listed}
    assert rows.keys() == expected.keys()
    assert len(rows) == 3
    assert listed[0]["CANDIDATE_NAME"] == best["CandidateName"]
    assert [row["IS_BEST"] for row in listed] == ["TRUE", "FALSE", "FALSE"]

    kept = {
        r["CANDIDATE_NAME"]: r for r in rows_of(sme, "SME_METADATA_AUTOPILOT_CANDIDATES", tried_job)
    }
    measured = rows_of(sme, "SME_METADATA_AUTOPILOT_CANDIDATE_METRICS", tried_job)
    assert kept.keys() == expected.keys()
    for name, candidate in expected.items():
        objective = candidate["FinalAutoMLJobObjectiveMetric"]
        assert kept[name]["METRIC_NAME"] == objective["MetricName"]
        assert kept[name]["METRIC_VALUE"] == pytest.approx(objective["Value"])
        assert kept[name]["IS_BEST"] is (name == best["CandidateName"])
        assert json.loads(kept[name]["MODEL_URIS"]) == [
            container["ModelDataUrl"] for container in candidate["InferenceContainers"]
        ]
        wanted = {
            (metric["StandardMetricName"], metric["Set"]): metric["Value"]
            for metric in candidate["CandidateProperties"]["CandidateMetrics"]
        }
        assert {
            (metric["METRIC_NAME"], metric["DATA_SET"]): metric["METRIC_VALUE"]
            for metric in measured
            if metric["CANDIDATE_NAME"] == name
        } == pytest.approx(wanted)


def test_addresses_of_candidates_lead_to_objects_in_s3(sme, s3, tried_job):
    sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", arguments(sme, tried_job))
    for row in rows_of(sme, "SME_METADATA_AUTOPILOT_CANDIDATES", tried_job):
        uris = json.loads(row["MODEL_URIS"])
        if row["IS_BEST"]:
            uris += [row["EXPLAINABILITY_URI"], row["MODEL_INSIGHTS_URI"]]
        for uri in uris:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            assert s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] > 0


def test_listing_again_replaces_the_rows_of_the_job_and_of_no_other(sme, completed_job, tried_job):
    for job_name in (completed_job, tried_job, tried_job):
        sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", arguments(sme, job_name))
    table = "SME_METADATA_AUTOPILOT_CANDIDATES"
    assert len(rows_of(sme, table, tried_job)) == 3
    assert len(rows_of(sme, table, completed_job)) == 1


def test_the_run_operation_prints_a_line_for_each_candidate(sme, tried_job):
    printed = sme.dbt.operation("candidates", job_name=tried_job)
    assert f"sme: job {tried_job} has 3 candidates" in printed
    assert printed.count(f"{tried_job}-") == 3
    assert printed.count("the best") == 1


def test_feature_importance_covers_every_feature_and_finds_the_one_that_decides(sme, stack):
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.DECIDED AS SELECT MEAN_RADIUS, WORST_TEXTURE, "
        "CASE WHEN MEAN_RADIUS > 13 THEN 'large' ELSE 'small' END AS DIAGNOSIS "
        f"FROM {sme.data_schema}.TRAINING"
    )
    job_name = sme.train(input_table_or_view_name="DECIDED")
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    shown = sme.script("SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE", arguments(sme, job_name))
    assert [row["FEATURE_NAME"] for row in shown] == ["MEAN_RADIUS", "WORST_TEXTURE"]
    kept = rows_of(sme, "SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE", job_name)
    weights = {row["FEATURE_NAME"]: row["IMPORTANCE"] for row in kept}
    assert weights["MEAN_RADIUS"] > 2 * weights["WORST_TEXTURE"]
    assert {row["FEATURE_NAME"]: row["IMPORTANCE_RANK"] for row in kept} == {
        "MEAN_RADIUS": 1,
        "WORST_TEXTURE": 2,
    }


def test_the_run_operation_names_the_weightiest_features(sme, completed_job):
    script = "SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE"
    sme.script(script, arguments(sme, completed_job))
    printed = sme.dbt.operation("feature_importance", job_name=completed_job)
    assert f"of job {completed_job} looks most at " in printed
    kept = rows_of(sme, "SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE", completed_job)
    assert sorted(row["FEATURE_NAME"] for row in kept) == sorted(FEATURES)


def test_a_candidate_without_a_report_or_of_no_such_name_is_told(sme, tried_job):
    listed = sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", arguments(sme, tried_job))
    script = "SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE"
    other = listed[-1]["CANDIDATE_NAME"]
    error = sme.error(script, arguments(sme, tried_job, candidate_name=other))
    assert f"E-SME-71: Candidate {other} of job {tried_job} has no explainability" in error
    error = sme.error(script, arguments(sme, tried_job, candidate_name="nobody"))
    assert f"E-SME-70: Job {tried_job} has no candidate nobody" in error
    assert other in error


@pytest.mark.parametrize(
    "script",
    [
        "SME_POLL_SAGEMAKER_AUTOPILOT_JOB",
        "SME_WAIT_SAGEMAKER_AUTOPILOT_JOB",
        "SME_STOP_SAGEMAKER_AUTOPILOT_JOB",
        "SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES",
        "SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE",
    ],
)
def test_unknown_jobs_and_missing_arguments_are_told(sme, script):
    assert "E-SME-8: Job NoSuchJob does not exist" in sme.error(script, arguments(sme, "NoSuchJob"))
    assert "E-SME-6: Required arguments are missing: job_name" in sme.error(
        script, arguments(sme, None)
    )
    assert "E-SME-60: There is no option job" in sme.error(script, arguments(sme, "J", job="J"))
    assert "E-SME-54: job_name and model_name exclude" in sme.error(
        script, arguments(sme, "J", model_name="M")
    )


def test_in_sql_a_wait_gives_a_row_for_each_change_until_the_job_has_ended(sme):
    job_name = sme.train(job_name=fresh_name("Waited"))
    script = "SME_WAIT_SAGEMAKER_AUTOPILOT_JOB"
    rows = sme.script(script, arguments(sme, job_name, timeout=120))
    seen = [(row["JOB_STATUS"], row["JOB_SECONDARY_STATUS"]) for row in rows]
    assert seen[-1] == ("Completed", "Completed")
    assert len(set(seen)) == len(seen)
    assert {row["JOB_NAME"] for row in rows} == {job_name}
    assert sme.job_row(job_name)["STATUS"] == "Completed"


def test_in_sql_a_wait_fails_as_that_of_dbt_does(sme):
    job_name = sme.train(job_name=fresh_name("Waited"), max_candidates=10)
    script = "SME_WAIT_SAGEMAKER_AUTOPILOT_JOB"
    error = sme.error(script, arguments(sme, job_name, timeout=0))
    assert f"E-SME-24: Job {job_name} is still InProgress after 0 s" in error
    sme.script("SME_STOP_SAGEMAKER_AUTOPILOT_JOB", arguments(sme, job_name))
    error = sme.error(script, arguments(sme, job_name, timeout=120))
    assert f"E-SME-25: Job {job_name} ended as Stopped" in error


def test_a_job_that_runs_is_stopped_and_says_so_until_it_has(sme, sagemaker):
    job_name = sme.train(job_name=fresh_name("Stop"), max_candidates=10)
    row = sme.script("SME_STOP_SAGEMAKER_AUTOPILOT_JOB", arguments(sme, job_name))[0]
    assert row["JOB_STATUS"] in ("Stopping", "Stopped")
    assert row["DONE"] == "stop requested"
    assert f"job {job_name} is Stopped" in sme.dbt.operation("stop", job_name=job_name)
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    assert job["AutoMLJobStatus"] == "Stopped"
    assert sme.job_row(job_name)["STATUS"] == "Stopped"


def test_stopping_a_job_that_has_ended_is_a_friendly_no_op(sme, completed_job):
    row = sme.script("SME_STOP_SAGEMAKER_AUTOPILOT_JOB", arguments(sme, completed_job))[0]
    assert (row["JOB_STATUS"], row["DONE"]) == ("Completed", "had ended before")
    assert sme.job_row(completed_job)["STATUS"] == "Completed"


def test_a_model_is_watched_by_its_name_and_its_newest_version_is_meant(sme):
    model = fresh_name("Watched model ")
    training = json.dumps(sme.training_arguments(job_name=None, model_name=model))
    script = "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT"
    jobs = [sme.script(script, training)[0]["JOB_NAME"] for _ in range(2)]
    assert jobs[0] != jobs[1]
    assert f"job {jobs[1]} is Completed" in sme.dbt.operation("wait", model_name=model)
    in_sql = json.loads(arguments(sme, None, model_name=model.upper(), version=1))
    poll = "SME_POLL_SAGEMAKER_AUTOPILOT_JOB"
    assert sme.script(poll, json.dumps(in_sql))[0]["JOB_NAME"] == jobs[0]
    assert sme.script(poll, json.dumps({**in_sql, "version": None}))[0]["JOB_NAME"] == jobs[1]
    printed = sme.dbt.operation("poll", exit_code=1, model_name=model, version=3)
    assert f"E-SME-73: Model {model} has no version 3" in printed
