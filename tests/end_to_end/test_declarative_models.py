"""A model and its endpoint as nodes of dbt: what is trained, accepted and served, and what is not.

One project goes through a life: each step is one start of dbt, and AWS's log tells what it did.
"""

import itertools
import json
import re
import shutil
import signal
import subprocess

import pytest

from ..conftest import make_dbt_project

pytestmark = pytest.mark.embedded("what AWS is asked for, by its log of requests")

MODEL = "models/breast_cancer_model.sql"
ENDPOINT = "models/breast_cancer_endpoint.sql"
GATE = "tests/newest_version_has_a_good_metric.sql"
ARRIVALS = "seeds/arrivals.csv"

PREDICTED_ONCE = """
{{ config(materialized='incremental', unique_key='patient_id') }}
select * from {{ sme.predict(
    ref('breast_cancer_endpoint'), ref('arrivals'), keys=['patient_id'], new_keys_only=true
) }}
"""

NEW_IN_BATCH = """
{{ config(materialized='incremental', unique_key='patient_id') }}
select * from {{ sme.predict_batch(model_name=ref('breast_cancer_model'), relation=ref('arrivals'),
    keys=['patient_id'], new_keys_only=true) }}
"""
EITHER_CANDIDATE = """
select 'best' as candidate, b.* from {{ sme.predict_batch(model_name=ref('breast_cancer_model'),
    relation=ref('arrivals'), keys=['patient_id'], candidate_name='BEST') }} b
union all
select 'other' as candidate, o.* from {{ sme.predict_batch(model_name=ref('breast_cancer_model'),
    relation=ref('arrivals'), keys=['patient_id'], candidate_name='OTHER') }} o
"""

NO_FEATURES = """
{{ config(materialized='autopilot_model', meta={'sme': {'target': 'diagnosis'}}) }}
select cast(null as double) as nothing, diagnosis from {{ ref('breast_cancer_training') }}
"""

SERVERLESS = """
{{ config(materialized='autopilot_endpoint', meta={'sme': {
    'serverless_memory_mb': 2048, 'serverless_max_concurrency': 3, 'lifetime': 'ephemeral'
}}) }}
select * from {{ ref('breast_cancer_model') }}
"""
PREDICTED_SERVERLESS = """
{{ config(persist_docs={'columns': true}) }}
select * from {{ sme.predict(ref('serverless'), ref('breast_cancer_test'), keys=['patient_id']) }}
"""

DESCRIBED = """
models:
  - {name: predicted_serverless, columns: [{name: predictions, description: What's likely}]}
"""
PACKAGE_FIRST = """
dispatch: [{macro_namespace: dbt, search_order: [sme_integration_tests, sme, dbt]}]

vars:
"""

SCALED_FOR_A_WHILE = """
    'time_to_live_hours': 8, 'max_instance_count': 3, 'target_invocations_per_instance': 100
"""


class Life:
    """The project, and what each step printed, asked of AWS and left in tables."""

    def __init__(self, stack, project, request_log):
        self.stack, self.project, self.request_log = stack, project, request_log
        self.printed, self.requests, self.seen = {}, {}, {}

    def step(self, name, *arguments, exit_code=0):
        begin = self.request_log.stat().st_size
        self.printed[name] = self.project.run(*arguments, exit_code=exit_code)
        self.requests[name] = self.requests_since(begin)
        self.seen[name] = {
            "versions": self.rows("SELECT VERSION, STATUS FROM BREAST_CANCER_MODEL ORDER BY 1"),
            "served": self.rows("SELECT VERSION, STATUS FROM BREAST_CANCER_ENDPOINT"),
            "options": self.rows(
                "SELECT MIN_INSTANCE_COUNT, MAX_INSTANCE_COUNT, EXPIRES_AT > SYSTIMESTAMP "
                "FROM BREAST_CANCER_ENDPOINT"
            ),
            "predicted": self.rows("SELECT PREDICTIONS FROM PREDICTED_ONCE"),
        }

    def all_requests_since(self, begin):
        """What AWS was asked for since then."""
        with self.request_log.open() as log:
            log.seek(begin)
            return [json.loads(line) for line in log]

    def requests_since(self, begin):
        """What AWS was asked for since then, but for the data in S3."""
        return [entry for entry in self.all_requests_since(begin) if entry["service"] != "s3"]

    def calls(self, step, operation):
        return sum(entry["operation"] == operation for entry in self.requests[step])

    def changes(self, step):
        """Operations that were to make, change or delete something, also those that AWS refused."""
        changing = re.compile("Create|Update|Delete|Stop|Add")
        return [
            entry["operation"]
            for entry in self.requests[step]
            if changing.match(entry["operation"])
        ]

    def named(self, step, operation):
        """The names of what an operation was asked for."""
        return [e["name"] for e in self.requests[step] if e["operation"] == operation]

    def said(self, step):
        return re.findall(r"sme: (.*)", self.printed[step])

    def rows(self, query):
        with self.stack.connect(schema=self.project.schema) as connection:
            return connection.execute(query).fetchall()

    def execute(self, statement):
        with self.stack.connect(schema=self.project.schema) as connection:
            connection.execute(statement)

    def edit(self, file, old, new):
        text = (self.project.path / file).read_text()
        assert old in text
        self.project.write(file, text.replace(old, new))

    def arrive(self, patients):
        lines = (self.project.path / "seeds/breast_cancer_test.csv").read_text().splitlines()
        self.project.write(ARRIVALS, "\n".join(lines[: patients + 1]) + "\n")


def only_look(life):
    """Everything that must not reach AWS."""
    life.printed["only looking"] = life.project.run_together(
        "--warn-error parse --no-partial-parse",
        "ls",
        "seed",
        "run --empty",
        "build --empty --resource-type model",
        "build --resource-type seed",
        "compile",
        "docs generate",
        "ls -s state:modified --state target",
    )
    shutil.copytree(life.project.path / "target", life.project.path / "state")


def kill_in_the_middle(life):
    """A full refresh whose dbt is killed when its job has been started."""
    dbt = subprocess.Popen(
        ["dbt", "--no-use-colors", "run", "-s", "breast_cancer_model", "--full-refresh"],
        cwd=life.project.path,
        env={**life.project.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in dbt.stdout:
        if "is InProgress" in line:
            dbt.send_signal(signal.SIGKILL)
            break
    dbt.communicate(timeout=60)
    assert dbt.returncode == -signal.SIGKILL


def predict_in_batch(life):
    """With what the endpoint has predicted before as a table of the model that is incremental."""
    sagemaker = life.stack.aws_client("sagemaker")
    candidates = sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName=life.rows("SELECT JOB_NAME FROM BREAST_CANCER_MODEL")[0][0],
        SortBy="FinalObjectiveMetricValue",
        SortOrder="Descending",
    )["Candidates"]
    best, other = (candidate["CandidateName"] for candidate in candidates)
    either = EITHER_CANDIDATE.replace("BEST", best).replace("OTHER", other)
    models = {"new_in_batch": NEW_IN_BATCH, "either_candidate": either}
    for name, text in models.items():
        life.project.write(f"models/{name}.sql", text)
    life.execute(
        "CREATE TABLE NEW_IN_BATCH AS SELECT * FROM PREDICTED_ONCE WHERE PREDICTIONS = 'before'"
    )
    life.step("in batch", "run", "-s", *models)
    for name in models:
        (life.project.path / f"models/{name}.sql").unlink()


def roll_back(life):
    sme = life.project.sme_schema
    life.execute(f"""EXECUTE SCRIPT {sme}.SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL('{{
        "model_name": "BreastCancer"}}')""")


def forget_that_it_started(life):
    """The registry as a build leaves it that is killed before AWS has answered."""
    life.execute(
        f"UPDATE {life.project.sme_schema}.SME_METADATA_AUTOPILOT_JOBS "
        "SET STATUS = 'Starting', SESSION_ID = 1 WHERE MODEL_NAME = 'BreastCancer' AND VERSION = 3"
    )


@pytest.fixture(scope="module")
def life(stack, request_log, tmp_path_factory):
    project = make_dbt_project(stack, tmp_path_factory.mktemp("declarative") / "project")
    life = Life(stack, project, request_log)
    life.edit(ENDPOINT, "'lifetime': 'ephemeral'", SCALED_FOR_A_WHILE)
    project.write("models/predicted_once.sql", PREDICTED_ONCE)
    project.write("models/no_features.sql", NO_FEATURES)
    life.arrive(40)
    begin = request_log.stat().st_size
    only_look(life)
    life.requests["only looking"] = life.all_requests_since(begin)

    life.step("first", "build", "--exclude", "no_features")
    life.execute("UPDATE PREDICTED_ONCE SET PREDICTIONS = 'before'")
    life.arrive(69)
    life.step("second", "build", "--exclude", "no_features")
    predict_in_batch(life)

    life.edit(MODEL, "select *", "select distinct *")
    life.edit(GATE, "< 0.9", "< 1.1")
    life.step("gate fails", "build", "-s", "state:modified+", "--state", "state", exit_code=1)
    life.step(
        *("no tests", "build", "--resource-type", "model"),
        *("-s", "breast_cancer_endpoint", "predicted_once"),
    )
    life.edit(GATE, "< 1.1", "< 0.9")
    life.project.write("models/serverless.sql", SERVERLESS)
    life.project.write("models/predicted_serverless.sql", PREDICTED_SERVERLESS)
    life.project.write("models/predicted_serverless.yml", DESCRIBED)
    life.edit("dbt_project.yml", "\nvars:\n", PACKAGE_FIRST)
    life.step("gate passes", "build", "-s", "breast_cancer_model+")
    roll_back(life)
    life.step(
        *("rolled back", "build", "-s", "breast_cancer_model", "breast_cancer_endpoint"),
        "no_features",
        exit_code=1,
    )
    begin = request_log.stat().st_size
    kill_in_the_middle(life)
    life.requests["full refresh"] = life.requests_since(begin)
    life.edit(MODEL, "'max_candidates'", "'wait': false, 'max_candidates'")
    life.step("killed", "run", "-s", "breast_cancer_model")
    forget_that_it_started(life)
    life.edit(MODEL, "'wait': false, ", "")
    life.step("killed early", "run", "-s", "breast_cancer_model", "no_features", exit_code=1)
    life.project.operation("delete_endpoint", endpoint_name="BreastCancer")
    return life


def test_parsing_listing_compiling_documenting_and_empty_runs_reach_nothing_in_aws(life):
    assert life.requests["only looking"] == []
    assert "training of model BreastCancer skipped: --empty" in life.printed["only looking"]
    assert "deployment of endpoint BreastCancer skipped: --empty" in life.printed["only looking"]


def test_in_batch_a_node_is_the_model_and_only_keys_that_are_new_are_predicted(life):
    assert any(": 29 rows, candidate" in line for line in life.said("in batch"))
    count = "SELECT COUNT(*), COUNT(DISTINCT PATIENT_ID) FROM NEW_IN_BATCH"
    assert life.rows(count) == [(69, 69)]
    assert life.rows(f"{count} WHERE PREDICTIONS = 'before'") == [(40, 40)]


def test_two_calls_for_candidates_of_one_model_keep_apart(life):
    counts = "SELECT COUNT(*) FROM EITHER_CANDIDATE GROUP BY CANDIDATE"
    assert life.rows(counts) == [(69,), (69,)]
    differ = (
        "SELECT COUNT(*) FROM EITHER_CANDIDATE a JOIN EITHER_CANDIDATE b "
        "ON a.PATIENT_ID = b.PATIENT_ID AND a.CANDIDATE < b.CANDIDATE "
        "WHERE a.PROBABILITIES <> b.PROBABILITIES"
    )
    assert life.rows(differ)[0][0] > 30


def test_the_first_build_trains_serves_and_predicts(life):
    assert "model BreastCancer is trained: it has no version yet" in life.said("first")
    assert life.calls("first", "CreateAutoMLJobV2") == life.calls("first", "CreateEndpoint") == 1
    assert life.seen["first"]["versions"] == [(1, "Completed")]
    assert life.seen["first"]["served"] == [(1, "InService")]
    assert len(life.seen["first"]["predicted"]) == 40


def test_an_endpoint_node_scales_and_expires_also_after_an_update_in_place(life):
    for step in ("first", "gate passes"):
        assert life.seen[step]["options"] == [(1, 3, True)]
        assert life.calls(step, "RegisterScalableTarget") == 1


def test_the_second_build_trains_nothing_changes_nothing_and_says_so(life):
    said = "\n".join(life.said("second"))
    assert re.search(
        r"model BreastCancer is not trained: version 1 \(job BreastCancer-v1-\w+\) is Completed, "
        "and neither its query nor its settings have changed",
        said,
    )
    assert "endpoint BreastCancer was serving version 1 already: nothing has changed" in said
    # The time to live begins again, which a tag says.
    assert life.changes("second") == ["AddTags"]


def test_an_incremental_model_sends_only_new_keys(life):
    before = ("before",)
    assert life.seen["second"]["predicted"].count(before) == 40
    assert len(life.seen["second"]["predicted"]) == 69
    # No key is new any more.
    assert life.calls("no tests", "InvokeEndpoint") == 0
    assert life.seen["no tests"]["predicted"].count(before) == 40


def test_a_gate_that_fails_leaves_the_version_serving_that_passed_it(life):
    assert "model BreastCancer is trained: since version 1 the query has changed" in life.said(
        "gate fails"
    )
    assert life.seen["gate fails"]["versions"] == [(1, "Completed"), (2, "Completed")]
    assert re.search(r"SKIP relation \w+\.breast_cancer_endpoint", life.printed["gate fails"])
    assert life.seen["gate fails"]["served"] == [(1, "InService")]
    assert life.changes("gate fails") == ["CreateAutoMLJobV2"]


def test_without_its_tests_in_the_run_a_version_is_not_served(life):
    (line,) = [line for line in life.said("no tests") if "not accepted" in line]
    assert line.startswith(
        "version 2 of model BreastCancer is not accepted, since this run is with"
    )
    assert "newest_version_has_a_good_metric" in line
    assert life.seen["no tests"]["served"] == [(1, "InService")]
    assert life.changes("no tests") == ["AddTags"]


def test_a_version_that_passes_its_tests_is_promoted_and_served_in_place(life):
    assert any("version 2 of model BreastCancer is promoted" in s for s in life.said("gate passes"))
    assert life.seen["gate passes"]["served"] == [(2, "InService")]
    assert life.calls("gate passes", "UpdateEndpoint") == 1
    assert life.calls("gate passes", "CreateAutoMLJobV2") == 0
    assert life.named("gate passes", "CreateEndpoint") == ["serverless"]


def test_a_serverless_endpoint_node_serves_predicts_and_is_gone_at_the_end_of_the_run(life):
    size = life.rows("SELECT SERVERLESS_MEMORY_MB, SERVERLESS_MAX_CONCURRENCY FROM SERVERLESS")
    assert size == [(2048, 3)]
    assert life.named("gate passes", "DeleteEndpoint") == ["serverless"]
    predicted = life.rows("SELECT PATIENT_ID, PREDICTIONS, PROBABILITY FROM PREDICTED_SERVERLESS")
    assert len({row[0] for row in predicted}) == 69
    assert {row[1] for row in predicted} == {"benign", "malignant"}
    assert all(0.5 <= row[2] <= 1 for row in predicted)


def test_persisted_docs_of_predictions_are_written_without_a_second_prediction(life, statement_log):
    comments = life.rows(
        "SELECT COLUMN_COMMENT FROM EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = CURRENT_SCHEMA "
        "AND COLUMN_TABLE = 'PREDICTED_SERVERLESS' AND COLUMN_NAME = 'PREDICTIONS'"
    )
    assert comments == [("What's likely",)]
    statements = [json.loads(line)["sql"] for line in statement_log.read_text().splitlines()]
    assert sum('"serverless"(' in sql and "GROUP BY IPROC()" in sql for sql in statements) == 1


def test_a_rollback_holds_in_the_builds_that_follow(life):
    assert not any("is promoted" in line for line in life.said("rolled back"))
    assert life.seen["rolled back"]["served"] == [(1, "InService")]


def jobs_started(life, step, prefix):
    return [name for name in life.named(step, "CreateAutoMLJobV2") if prefix in name]


def test_a_job_that_fails_is_a_node_that_fails_and_the_next_build_trains_again(life):
    for step, version, reason in (
        ("rolled back", 1, "it has no version yet"),
        ("killed early", 2, "version 1 is Failed, "),
    ):
        assert f"model no_features is trained: {reason}" in life.printed[step]
        assert (
            f"E-SME-25: Version {version} of model no_features ended as Failed: "
            in (life.printed[step])
        )
        assert len(jobs_started(life, step, f"no-features-v{version}")) == 1
    assert life.rows("SELECT VERSION, STATUS FROM NO_FEATURES ORDER BY 1") == [
        (1, "Failed"),
        (2, "Failed"),
    ]


def test_a_build_after_a_killed_one_goes_on_with_its_job_and_starts_none(life):
    for step, status in (("killed", "InProgress"), ("killed early", "(InProgress|Completed)")):
        assert jobs_started(life, step, "BreastCancer") == []
        told = rf"not trained: version 3 \(job [\w-]+\) is {status}, and"
        assert re.search(told, life.printed[step]), life.printed[step]
    interrupted = "the start of version 3 was interrupted and is finished now"
    assert interrupted in life.printed["killed early"]
    assert life.seen["killed early"]["versions"][-1] == (3, "Completed")


def test_a_full_refresh_trains_once_whatever_has_changed(life):
    assert len(jobs_started(life, "full refresh", "BreastCancer")) == 1
    assert life.changes("full refresh") == ["CreateAutoMLJobV2"]


def test_without_waiting_the_node_shows_how_far_the_job_is(life):
    job = re.search(r"job BreastCancer-v3-\w+ is (\w+)", life.printed["killed"])
    assert life.seen["killed"]["versions"][-1] == (3, job[1])


def test_the_documentation_has_the_lineage_and_every_column_with_description_and_type(life):
    manifest, catalog = (
        json.loads((life.project.path / "state" / f"{artifact}.json").read_text())
        for artifact in ("manifest", "catalog")
    )
    names = ["training", "model", "endpoint", "predictions"]
    chain = [f"model.sme_integration_tests.breast_cancer_{name}" for name in names]
    for parent, child in itertools.pairwise(chain):
        assert parent in manifest["parent_map"][child]
    for unique_id in chain:
        described = manifest["nodes"][unique_id]["columns"]
        table = unique_id.rsplit(".", 1)[1].upper()
        columns = life.rows(
            "SELECT LOWER(COLUMN_NAME), COLUMN_TYPE FROM EXA_ALL_COLUMNS "
            f"WHERE COLUMN_SCHEMA = '{life.project.schema}' AND COLUMN_TABLE = '{table}'"
        )
        assert {name for name, _ in columns} == {
            name for name, column in described.items() if column["description"]
        }
        documented = catalog["nodes"][unique_id]["columns"].values()
        assert {column["name"].lower() for column in documented} == {name for name, _ in columns}
        assert all(column["type"] for column in documented)
