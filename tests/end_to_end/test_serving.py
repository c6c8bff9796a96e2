"""Deploying, predicting and deleting by SQL."""

import json
import re

import pyexasol
import pytest

from .conftest import FEATURES, fresh_name

FEATURE_LIST = ", ".join(FEATURES)


def test_the_typed_call_gives_the_training_columns_probability_and_predictions(sme, endpoint):
    statement = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"({FEATURE_LIST}) FROM {sme.data_schema}.HELD_OUT'
    )
    assert statement.col_names == [*FEATURES, "PROBABILITY", "PREDICTIONS"]
    types = [column["type"] for column in statement.columns().values()]
    assert types == ["DOUBLE", "DOUBLE", "DOUBLE", "DECIMAL", "DOUBLE", "VARCHAR"]
    rows = statement.fetchall()
    assert len(rows) == 69
    assert {row[-1] for row in rows} <= {"malignant", "benign"}


def test_keys_in_front_come_back_beside_their_own_prediction(sme, endpoint):
    call = f'SELECT {sme.data_schema}."{endpoint}"({{}}) FROM {sme.data_schema}.HELD_OUT'
    keyed = sme.connection.execute(call.format(f"PATIENT_ID, {FEATURE_LIST}"))
    assert keyed.col_names == ["KEY_1", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"]
    by_key = {row[0]: row[1] for row in keyed.fetchall()}
    truth = dict(
        sme.connection.execute(
            f"SELECT PATIENT_ID, DIAGNOSIS FROM {sme.data_schema}.HELD_OUT"
        ).fetchall()
    )
    assert by_key.keys() == truth.keys()
    right = sum(by_key[key] == truth[key] for key in truth)
    assert right / len(truth) >= 0.85


def test_probability_belongs_to_the_predicted_label(sme, endpoint):
    rows = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, {FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT"
    ).fetchall()
    for _, prediction, probability, probabilities, labels in rows:
        chances = dict(zip(json.loads(labels), json.loads(probabilities), strict=True))
        assert chances[prediction] == probability
        assert sum(chances.values()) == pytest.approx(1)


def test_the_typed_call_and_sme_predict_send_the_model_the_same_values(sme, endpoint):
    project = sme.dbt
    project.write(
        "models/predicted.sql",
        f"select * from {{{{ sme.predict('{endpoint}', source('data', 'HELD_OUT'), "
        "keys=['patient_id']) }}",
    )
    project.write(
        "models/sources.yml",
        f"version: 2\nsources:\n  - name: data\n    schema: {sme.data_schema}\n"
        "    tables:\n      - name: HELD_OUT\n",
    )
    project.run("run", "-s", "predicted")
    typed = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, {FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT ORDER BY 1"
    ).fetchall()
    predicted = sme.connection.execute(
        "SELECT PATIENT_ID, PREDICTIONS, PROBABILITY, PROBABILITIES, LABELS "
        f"FROM {project.schema}.PREDICTED ORDER BY 1"
    ).fetchall()
    assert predicted == typed


def predicted_by(sme, name, arguments):
    """Columns and rows, in the order of their first column, of a model of one sme.predict."""
    sme.dbt.write(f"models/{name}.sql", f"select * from {{{{ sme.predict({arguments}) }}}}")
    sme.dbt.run("run", "-s", name)
    (sme.dbt.path / "models" / f"{name}.sql").unlink()
    statement = sme.connection.execute(f"SELECT * FROM {sme.dbt.schema}.{name} ORDER BY 1, 2")
    return statement.col_names, statement.fetchall()


def test_on_error_row_adds_a_message_that_is_null_for_rows_that_are_right(sme, endpoint):
    relation = f"'{sme.data_schema}.HELD_OUT'"
    names, rows = predicted_by(
        sme, "by_row", f"'{endpoint}', {relation}, keys=['patient_id'], on_error='row'"
    )
    _, failing = predicted_by(
        sme, "failing", f"'{endpoint}', {relation}, keys=['patient_id'], parallelism=3"
    )
    assert names[-1] == "ERROR_MESSAGE"
    assert [row[:-1] for row in rows] == failing
    assert {row[-1] for row in rows} == {None}


def test_a_row_that_the_model_refuses_gets_its_reason_and_the_others_their_predictions(
    sme, endpoint
):
    """As sme.predict with on_error='row' calls the UDF, but with a line that lacks fields."""
    line = (
        "CASE WHEN PATIENT_ID = GUILTY THEN '1,2' ELSE MEAN_RADIUS || ',' || WORST_TEXTURE || ',' "
        "|| WORST_CONCAVE_POINTS || ',' || WORST_AREA END || CHR(10)"
    )
    rows = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, CAST({line} AS VARCHAR(1999998))) '
        f"FROM {sme.data_schema}.HELD_OUT, "
        f"(SELECT MAX(PATIENT_ID) AS GUILTY FROM {sme.data_schema}.HELD_OUT) ORDER BY 1"
    ).fetchall()
    typed = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, {FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT ORDER BY 1"
    ).fetchall()
    assert [row[:-1] for row in rows[:-1]] == typed[:-1]
    assert {row[-1] for row in rows[:-1]} == {None}
    key, *answers, message = rows[-1]
    assert (key, set(answers)) == (typed[-1][0], {None})
    assert message.startswith("E-SME-23: The model refused the row: ")


def test_no_rows_give_no_predictions_in_the_same_columns(sme, endpoint):
    call = f"'{endpoint}', '(select * from {sme.data_schema}.HELD_OUT{{}})', keys=['patient_id']"
    names, _ = predicted_by(sme, "all_of_them", call.format(""))
    assert predicted_by(sme, "none_of_them", call.format(" where false")) == (names, [])


def test_without_keys_the_training_columns_come_back_as_they_are(sme, endpoint):
    names, rows = predicted_by(sme, "keyless", f"'{endpoint}', '{sme.data_schema}.HELD_OUT'")
    typed = sme.connection.execute(
        f'SELECT * FROM (SELECT {sme.data_schema}."{endpoint}"({FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT) ORDER BY 1, 2"
    )
    assert names == typed.col_names
    assert rows == typed.fetchall()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("on_error='ignore'", "on_error is 'ignore', but it can be 'fail'"),
        ("parallelism=0", "parallelism is 0, but it can only be a whole number from 1 on"),
        ("parallelism='many'", "parallelism is many"),
    ],
)
def test_impossible_arguments_of_sme_predict_are_refused(sme, endpoint, argument, message):
    relation = f"'{sme.data_schema}.HELD_OUT'"
    sme.dbt.write(
        "models/refused.sql",
        f"select * from {{{{ sme.predict('{endpoint}', {relation}, {argument}) }}}}",
    )
    printed = sme.dbt.run("run", "-s", "refused", exit_code=1)
    (sme.dbt.path / "models" / "refused.sql").unlink()
    assert f"E-SME-29: {message}" in printed


def test_too_few_columns_are_refused_with_the_names_that_are_due(sme, endpoint):
    with pytest.raises(pyexasol.ExaQueryError, match="E-SME-21") as raised:
        sme.connection.execute(
            f'SELECT {sme.data_schema}."{endpoint}"(MEAN_RADIUS) FROM {sme.data_schema}.HELD_OUT'
        )
    assert "WORST_CONCAVE_POINTS" in raised.value.message


def test_null_features_are_predicted_too(sme, endpoint):
    rows = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, MEAN_RADIUS, '
        f"CAST(NULL AS DOUBLE), WORST_CONCAVE_POINTS, CAST(NULL AS DECIMAL(9,0))) "
        f"FROM {sme.data_schema}.HELD_OUT"
    ).fetchall()
    assert len(rows) == 69
    assert all(row[1] in ("malignant", "benign") for row in rows)


def test_groups_spread_over_processes_give_every_row_once(sme, endpoint):
    rows = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, {FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT GROUP BY IPROC(), MOD(ROWNUM, 3)"
    ).fetchall()
    assert len(rows) == len({row[0] for row in rows}) == 69


def test_a_running_job_cannot_be_deployed(sme):
    job_name = sme.train()
    error = sme.error(*sme.deployment(job_name, fresh_name("Early")))
    assert f"E-SME-10: Job {job_name} is still InProgress" in error
    assert "sme.wait" in error


def test_a_failed_job_cannot_be_deployed_and_its_reason_is_told(sme):
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.NO_FEATURES AS "
        f"SELECT CAST(NULL AS DOUBLE) AS MEAN_RADIUS, DIAGNOSIS "
        f"FROM {sme.data_schema}.TRAINING"
    )
    job_name = sme.train(input_table_or_view_name="NO_FEATURES")
    job = sme.wait_for_job(job_name)
    assert job["JOB_STATUS"] == "Failed"
    assert job["FAILURE_REASON"]
    error = sme.error(*sme.deployment(job_name, fresh_name("Never")))
    assert f"E-SME-10: Job {job_name} is Failed: {job['FAILURE_REASON']}" in error
    assert sme.job_row(job_name)["FAILURE_REASON"] == job["FAILURE_REASON"]


def test_a_stopped_job_cannot_be_deployed(sme, sagemaker):
    job_name = sme.train(max_candidates=3)
    sagemaker.stop_auto_ml_job(AutoMLJobName=job_name)
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Stopped"
    assert "is Stopped" in sme.error(*sme.deployment(job_name, fresh_name("Never")))


def test_an_unknown_job_cannot_be_deployed(sme):
    assert "E-SME-8: Job NoSuchJob" in sme.error(*sme.deployment("NoSuchJob", "Nobody"))


@pytest.mark.parametrize("name", ["has_underscore", "x" * 64, "-x"])
def test_an_endpoint_name_that_aws_would_refuse_is_named_itself(sme, completed_job, name):
    error = sme.error(*sme.deployment(completed_job, name))
    assert f"E-SME-11: Invalid endpoint name {name}" in error


def test_an_unknown_schema_is_refused(sme, completed_job):
    error = sme.error(*sme.deployment(completed_job, "Nobody", schema_name="NO_SUCH_SCHEMA"))
    assert "E-SME-14: Schema NO_SUCH_SCHEMA" in error


@pytest.mark.parametrize("count", [0, -1])
def test_an_impossible_instance_count_is_refused(sme, completed_job, count):
    error = sme.error(*sme.deployment(completed_job, "Nobody", instance_count=count))
    assert f"E-SME-29: instance_count is {count}" in error


def test_what_is_refused_creates_nothing_in_aws_and_no_row(sme, completed_job, sagemaker):
    sme.error(*sme.deployment(completed_job, "Refused", schema_name="NO_SUCH_SCHEMA"))
    sme.error(*sme.deployment("NoSuchJob", "Refused"))
    assert sme.endpoint_row("Refused") is None
    assert sagemaker.list_models(NameContains="Refused")["Models"] == []


def test_an_instance_type_that_aws_refuses_is_on_record_and_leaves_nothing_else(sme, completed_job):
    name = fresh_name("Wrong")
    error = sme.error(*sme.deployment(completed_job, name, instance_type="ml.nonsense"))
    assert "E-SME-16: AWS refused CreateEndpointConfig: ValidationException" in error
    assert sme.endpoint_row(name)["STATUS"] == "NotDeployed"
    for view, column in (("SCRIPTS", "SCRIPT_NAME"), ("CONNECTIONS", "CONNECTION_NAME")):
        left = sme.connection.execute(
            f"SELECT COUNT(*) FROM EXA_ALL_{view} WHERE UPPER({column}) LIKE '%{name.upper()}'"
        ).fetchval()
        assert left == 0, view
    assert sme.delete(name)["STATUS"] == "Deleted"


def test_a_script_of_another_owner_is_not_overwritten(sme, completed_job):
    sme.connection.execute(
        f'CREATE OR REPLACE PYTHON3 SCALAR SCRIPT {sme.data_schema}."Mine"() RETURNS INTEGER AS\n'
        "def run(ctx):\n    return 7\n"
    )
    assert "E-SME-13" in sme.error(*sme.deployment(completed_job, "Mine"))
    assert sme.connection.execute(f'SELECT {sme.data_schema}."Mine"()').fetchval() == 7


def test_an_endpoint_of_another_owner_is_not_touched(sme, completed_job, endpoint, sagemaker):
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    sagemaker.create_endpoint(EndpointName="Foreign", EndpointConfigName=config)
    error = sme.error(
        "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT", "Foreign", sme.aws_connection, sme.region
    )
    assert "E-SME-13: Endpoint Foreign exists" in error
    assert "E-SME-13: Endpoint Foreign exists" in sme.error(
        *sme.deployment(completed_job, "Foreign")
    )
    sme.wait_for_endpoint("Foreign")
    sagemaker.delete_endpoint(EndpointName="Foreign")


def test_deploying_twice_makes_one_endpoint_and_sends_nothing_that_creates(
    sme, completed_job, sagemaker, request_log
):
    name = fresh_name("Twice")
    first = sme.deploy(completed_job, name)
    begin = len(request_log.read_text().splitlines())
    second = sme.deploy(completed_job, name)
    sme.wait_for_endpoint(name)
    third = sme.deploy(completed_job, name)
    asked = [json.loads(line) for line in request_log.read_text().splitlines()[begin:]]
    asked = {entry["operation"] for entry in asked if entry["service"] == "sagemaker"}
    assert {operation for operation in asked if not re.match("Describe|List", operation)} == set()
    assert third["STATUS"] == "InService"
    assert first["CANDIDATE_NAME"] == second["CANDIDATE_NAME"]
    assert len(sagemaker.list_endpoints(NameContains=name)["Endpoints"]) == 1
    assert len(sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]) == 1
    assert len(sagemaker.list_models(NameContains=name)["Models"]) == 1
    sme.delete(name)


@pytest.fixture(scope="module")
def second_job(sme):
    """Another completed job, trained on the same columns in another order."""
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.REORDERED AS SELECT DIAGNOSIS, WORST_AREA, "
        f"MEAN_RADIUS, WORST_TEXTURE, WORST_CONCAVE_POINTS FROM {sme.data_schema}.TRAINING"
    )
    job_name = sme.train(input_table_or_view_name="REORDERED")
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    return job_name


def test_another_job_on_an_endpoint_replaces_it_and_deletion_finds_all_that_was_made(
    sme, completed_job, second_job, sagemaker
):
    name = fresh_name("Replaced")
    sme.deploy(completed_job, name)
    sme.wait_for_endpoint(name)
    sme.deploy(second_job, name)
    assert len(sagemaker.list_models(NameContains=name)["Models"]) == 2
    assert sme.wait_for_endpoint(name, known="Updating")["STATUS"] == "InService"
    assert len(sagemaker.list_models(NameContains=name)["Models"]) == 1
    statement = sme.connection.execute(
        f'SELECT {sme.data_schema}."{name}"(WORST_AREA, MEAN_RADIUS, WORST_TEXTURE, '
        f"WORST_CONCAVE_POINTS) FROM {sme.data_schema}.HELD_OUT"
    )
    assert statement.col_names[0] == "WORST_AREA"
    sme.delete(name)
    assert sagemaker.list_models(NameContains=name)["Models"] == []
    assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == []


def test_a_deployment_that_aws_refuses_leaves_what_serves_as_it_is(sme, endpoint, second_job):
    before = sme.endpoint_row(endpoint)
    error = sme.error(*sme.deployment(second_job, endpoint, instance_type="ml.nonsense"))
    assert "E-SME-16" in error
    assert len(error) < 1500
    assert sme.endpoint_row(endpoint) == before
    rows = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"({FEATURE_LIST}) FROM {sme.data_schema}.HELD_OUT'
    ).fetchall()
    assert {row[-1] for row in rows} == {"malignant", "benign"}


def test_a_script_made_under_the_name_of_a_deleted_endpoint_is_left_alone(sme, completed_job):
    name = fresh_name("Reused")
    sme.deploy(completed_job, name)
    sme.wait_for_endpoint(name)
    sme.delete(name)
    sme.connection.execute(
        f'CREATE PYTHON3 SCALAR SCRIPT {sme.data_schema}."{name}"() RETURNS INTEGER AS\n'
        "def run(ctx):\n    return 7\n"
    )
    assert sme.delete(name)["DELETED"] == "nothing was left to delete"
    assert "E-SME-13" in sme.error(*sme.deployment(completed_job, name))
    assert sme.connection.execute(f'SELECT {sme.data_schema}."{name}"()').fetchval() == 7


def test_another_spelling_of_an_endpoint_is_the_same_endpoint(sme, completed_job):
    name = fresh_name("Spelled")
    sme.deploy(completed_job, name)
    sme.wait_for_endpoint(name)
    error = sme.error(*sme.deployment(completed_job, name.upper()))
    assert f"E-SME-13: Endpoint {name} exists" in error
    assert sme.delete(name.lower())["ENDPOINT_NAME"] == name
    assert sme.wait_for_endpoint(name, known="Deleting")["STATUS"] == "Deleted"
    sme.deploy(completed_job, name.upper())
    rows = sme.connection.execute(
        f"SELECT ENDPOINT_NAME FROM {sme.schema}.SME_METADATA_AUTOPILOT_ENDPOINTS "
        f"WHERE UPPER(ENDPOINT_NAME) = '{name.upper()}'"
    ).fetchcol()
    assert rows == [name.upper()]
    sme.wait_for_endpoint(name.upper())
    sme.delete(name.upper())


def test_predicting_from_an_endpoint_that_was_deleted_behind_our_back_says_so(
    sme, completed_job, sagemaker
):
    name = fresh_name("Gone")
    sme.deploy(completed_job, name)
    sme.wait_for_endpoint(name)
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    with pytest.raises(pyexasol.ExaQueryError, match="E-SME-20"):
        sme.connection.execute(
            f'SELECT {sme.data_schema}."{name}"({FEATURE_LIST}) FROM {sme.data_schema}.HELD_OUT'
        )
    # Deletion then finds the configuration and the model by what the registry remembers.
    deleted = sme.delete(name)["DELETED"]
    assert f"configuration {name}-" in deleted
    assert f"model {name}-" in deleted
    assert sagemaker.list_models(NameContains=name)["Models"] == []


def test_deleting_what_never_was_is_a_friendly_no_op(sme):
    row = sme.delete("NeverWas")
    assert row["STATUS"] == "Deleted"
    assert row["DELETED"] == "unknown to AWS and to the registry, so nothing to delete"
    assert sme.endpoint_row("NeverWas") is None


def test_an_unknown_endpoint_is_an_error_for_sme_predict(sme):
    sme.dbt.write(
        "models/unknown_endpoint.sql",
        "select * from {{ sme.predict('NoSuchEndpoint', ref('breast_cancer_test')) }}",
    )
    printed = sme.dbt.run("run", "-s", "unknown_endpoint", exit_code=1)
    (sme.dbt.path / "models" / "unknown_endpoint.sql").unlink()
    assert "E-SME-9: Endpoint NoSuchEndpoint is not in the registry" in printed
