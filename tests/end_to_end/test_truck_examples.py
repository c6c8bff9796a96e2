"""The examples about trucks in README.md and docs/, in one project: as a reader would go through
them, with the names of the backend for those of a site."""

import os
import re
import shlex

import numpy as np
import pandas as pd
import pytest
import yaml

from sme_helper.local import environment as env

from .. import pages
from ..backends import MARK, account_of
from ..conftest import PROGRAMS, sme_settings
from ..dbt_process import run_dbt
from ..dbt_project import ROOT, link_package
from .conftest import fresh_name

BATCH = "docs/batch-prediction.md"
ENDPOINT = f"APSPredictor{MARK}"
HEAD = "name: trucks\nprofile: sme_integration_tests\n"


def trucks() -> pd.DataFrame:
    """Trucks, of which those with a low pressure fail."""
    random = np.random.default_rng(11)
    pressure = random.normal(8, 2, 600).round(3)
    failing = pressure + random.normal(0, 0.3, 600) < 6.5
    return pd.DataFrame(
        {
            "truck_id": range(1, 601),
            "mileage": random.integers(1_000, 900_000, 600),
            "pressure": pressure,
            "class": np.where(failing, "pos", "neg"),
        }
    )


class Site:
    """A project with the files of the README, in schemas of its own."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self.schema, self.sme_schema = fresh_name("TRUCKS_"), fresh_name("SME_TRUCKS_")
        self.environment = {
            **env.merged(os.environ, stack.environment, PROGRAMS),
            "DBT_SCHEMA": self.schema,
        }
        self.account = account_of(stack)
        settings = yaml.safe_load(HEAD + pages.files("README.md")["dbt_project.yml"])
        settings["vars"]["sme"] |= sme_settings(self.account, self.sme_schema)
        self.write("dbt_project.yml", yaml.safe_dump(settings, sort_keys=False))
        self.write("profiles.yml", (ROOT / "integration_tests" / "profiles.yml").read_text())
        link_package(folder)
        rows = trucks()
        self.write("seeds/trucks.csv", rows[:530].to_csv(index=False))
        self.write("seeds/aps_test.csv", rows[530:].to_csv(index=False))

    def as_here(self, text: str) -> str:
        """What a page says, with the names of this site."""
        exports = self.account.s3_connection or self.account.connection
        for there, here in {
            r'"schema_name": "SME"': f'"schema_name": "{self.sme_schema}"',
            r"\bSME\.SME_": f"{self.sme_schema}.SME_",
            r'("result_table_name": .*?),': rf'\1, "s3_connection_name": "{exports}",',
            r"\bSME_AWS\b": self.account.connection,
            r"\beu-central-1\b": self.account.region,
            r"\bCLINIC\b": self.schema,
            r"\b(APSClassifier|Diagnosis|Trucks)\b": f"APSClassifier{MARK}",
            r"\bAPSPredictor\b": ENDPOINT,
            r"\bpatients\b": "aps_test",
            r"\bPATIENTS\b": "APS_TEST",
            r"\bpatient_id\b": "truck_id",
            r"\bPATIENT_ID\b": "TRUCK_ID",
        }.items():
            text = re.sub(there, here, text)
        return text

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def dbt(self, *commands: str) -> str:
        """Run commands of a page in one start of dbt; all have to succeed."""
        split = [shlex.split(self.as_here(command))[1:] for command in commands]
        ended_with, printed = run_dbt(split, self.folder, self.environment)
        assert ended_with == 0, printed
        return printed

    def rows(self, sql: str) -> list[tuple]:
        with self.stack.connect(schema=self.schema) as connection:
            return connection.execute(sql).fetchall()

    def script(self, statement: str) -> list[dict]:
        """The rows that a script of a page returns, by names."""
        with self.stack.connect() as connection:
            result = connection.execute(self.as_here(statement))
            return [dict(zip(result.col_names, row, strict=True)) for row in result]


@pytest.fixture(scope="module")
def site(stack, tmp_path_factory):
    """A site on which the steps of the README were done, but for the deletion."""
    site = Site(stack, tmp_path_factory.mktemp("trucks"))
    sql = pages.blocks("README.md", "sql")
    (table,) = [block for block in sql if "materialized='table'" in block]
    training = pages.files("README.md")["models/aps_train.sql"]
    site.write("models/aps_train.sql", site.as_here(training))
    site.write("models/aps_predictions.sql", site.as_here(table))
    *steps, site.deletion = [
        command
        for command in pages.commands("README.md")
        if command.startswith("dbt ") and command != "dbt deps"
    ]
    site.dbt("dbt seed", *steps)
    return site


def test_the_steps_of_the_readme_end_with_a_prediction_for_each_truck(site):
    right = (
        "SELECT COUNT(*) FROM APS_PREDICTIONS p JOIN APS_TEST t ON p.TRUCK_ID = t.TRUCK_ID "
        'WHERE p.PREDICTIONS = t."CLASS"'
    )
    assert site.rows("SELECT COUNT(DISTINCT TRUCK_ID) FROM APS_PREDICTIONS") == [(70,)]
    assert site.rows(right)[0][0] >= 60


def test_the_examples_on_decisions_build(site):
    columns, costs, threshold, decided, in_batch = pages.blocks("docs/decisions.md", "sql")
    truth = "join {{ ref('aps_test') }} truth on truth.truck_id = predicted.truck_id"
    models = {
        "aps_validated": "select predicted.*, truth.class from "
        f"({columns.split('--')[0]}) predicted {truth}",
        "by_costs": costs,
        "aps_threshold": threshold,
        "decided": decided,
        "in_batch": in_batch,
    }
    for name, text in models.items():
        site.write(f"models/{name}.sql", site.as_here(text))
    site.dbt(f"dbt run -s {' '.join(models)}")

    listed = columns.split("--")[1].strip().split(", ")
    validated = site.rows(
        "SELECT COLUMN_NAME FROM EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = CURRENT_SCHEMA "
        "AND COLUMN_TABLE = 'APS_VALIDATED' ORDER BY COLUMN_ORDINAL_POSITION"
    )
    assert [name for (name,) in validated] == [*listed, "CLASS"]
    alarms = [
        site.rows(f"SELECT COUNT(*) FROM {table} WHERE DECISION = 'pos'")[0][0]
        for table in ("BY_COSTS", "DECIDED", "IN_BATCH")
    ]
    failing = site.rows("SELECT COUNT(*) FROM APS_TEST WHERE \"CLASS\" = 'pos'")[0][0]
    assert all(failing * 0.8 <= count < 70 for count in alarms), (failing, alarms)


def test_the_examples_on_batch_prediction_predict_each_truck(site):
    (model, statements) = pages.blocks(BATCH, "sql")
    site.write("models/in_a_model.sql", site.as_here(model))
    site.dbt("dbt run -s in_a_model", *pages.commands(BATCH))
    start, wait, fetch = re.findall(r"^EXECUTE SCRIPT .*?\}'\)$", statements, re.M | re.S)
    compared = "SELECT TRUCK_ID, PREDICTIONS FROM {} ORDER BY 1"
    by_operation = site.rows(compared.format("PREDICTIONS"))
    name = site.script(start)[0]["TRANSFORM_JOB_NAME"]
    while site.script(wait.replace("...", name))[0]["STATUS"] in ("InProgress", "Stopping"):
        pass
    site.script(fetch.replace("...", name))
    assert len(by_operation) == 70
    assert by_operation == site.rows(compared.format("IN_A_MODEL"))
    assert by_operation == site.rows(compared.format("PREDICTIONS"))


def test_the_examples_on_endpoints_deploy_list_and_are_deleted(site):
    deploy, listing = pages.blocks("docs/endpoints.md", "sql")
    site.write(
        "dbt_project.yml",
        (site.folder / "dbt_project.yml").read_text()
        + pages.files("docs/endpoints.md")["dbt_project.yml"],
    )
    site.dbt(*pages.commands("docs/endpoints.md"), "dbt run -s aps_train")
    listed = {row["ENDPOINT_NAME"]: row["STATUS"] for row in site.script(listing)}
    assert listed[ENDPOINT] == "InService"
    other = f"APSForADay{MARK}"
    deployed = site.script(deploy.replace("APSPredictor", other))
    assert deployed[0]["STATUS"] == "Creating"
    site.dbt(site.deletion, site.deletion.replace("APSPredictor", other))
    left = {row["ENDPOINT_NAME"]: row["STATUS"] for row in site.script(listing)}
    assert {left.get(ENDPOINT), left.get(other)} <= {None, "Deleting"}


# The last one: its endpoint goes, and the view of its predictions with it.
@pytest.mark.embedded("names of nodes, without a mark")
def test_the_nodes_of_the_readme_build_from_the_training_to_the_predictions(site):
    shown = pages.blocks("README.md", "sql")
    *_, model, endpoint, predictions = shown
    for text in (model, endpoint, predictions):
        site.write(re.match(r"-- (\S+\.sql)", text)[1], text)
    printed = site.dbt("dbt build -s aps_model aps_endpoint aps_predictions")
    assert re.search(r"model aps_model is trained", printed)
    assert site.rows("SELECT COUNT(DISTINCT TRUCK_ID) FROM APS_PREDICTIONS") == [(70,)]
    assert site.rows('SELECT STATUS, "VERSION" FROM APS_ENDPOINT') == [("InService", 1)]
    site.dbt(site.deletion.replace("APSPredictor", "aps-endpoint"))
