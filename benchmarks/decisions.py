"""What decisions cost on real machine failures, by three thresholds: PATH is ai4i2020.csv.

    python -m benchmarks.decisions PATH

AI4I 2020 Predictive Maintenance (S. Matzka, UCI Machine Learning Repository): 10,000 machines, 339
of which failed. Three of five learn, one chooses the threshold, one is decided on; a missed failure
costs 500, a false alarm 10. The endpoint is the embedded stack's own.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas

from sme_helper.local.stack import Stack

from .end_to_end import Dbt, make_project

COSTS = {"false_negative": 500, "false_positive": 10}
KINDS_OF_FAILURE = ["TWF", "HDF", "PWF", "OSF", "RNF"]  # they give the target away
COLUMNS = {
    "UID": "DECIMAL(9,0)",
    "TYPE": "VARCHAR(1)",
    "AIR_TEMPERATURE": "DOUBLE",
    "PROCESS_TEMPERATURE": "DOUBLE",
    "ROTATIONAL_SPEED": "DOUBLE",
    "TORQUE": "DOUBLE",
    "TOOL_WEAR": "DOUBLE",
    "FAILURE": "DECIMAL(1,0)",
}
MODELS = {
    "predictions": """
select p.uid, p.predictions, p.probability_1, p.probabilities, p.labels, m.failure, m.part
from {{ sme.predict('Bench', source('bench', 'MACHINES'), keys=['UID'],
    probability_columns=['0', '1']) }} p
join {{ source('bench', 'MACHINES') }} m on m.uid = p.uid
where m.part <> 'learn'
""",
    "threshold": f"""
{{% set validated = "(select * from " ~ ref('predictions') ~ " where part = 'choose')" %}}
select * from {{{{ sme.best_threshold(validated, 'failure', 'probability_1', '1', {COSTS}) }}}}
""",
    "decided": f"""
select a.uid, a.failure, a.predictions as at_a_half, b.decision as by_costs, a.decision as by_best
from {{{{ sme.decide(ref('predictions'), positive='1', threshold=ref('threshold')) }}}} a
join {{{{ sme.decide(ref('predictions'), positive='1', costs={COSTS}) }}}} b on b.uid = a.uid
where a.part = 'decide'
""",
}
SOURCES = """
version: 2
sources: [{name: bench, schema: BENCH, tables: [{name: MACHINES}]}]
"""


def machines(path: Path) -> pandas.DataFrame:
    """The file under names of our own, with the part that each machine plays."""
    rows = pandas.read_csv(path).drop(columns=["Product ID", *KINDS_OF_FAILURE])
    rows.columns = list(COLUMNS)
    # Neighbours in the file are alike: they are not to be on both sides.
    places = rows.sample(frac=1, random_state=1).index
    parts = {0: "decide", 1: "choose"}
    rows.loc[places, "PART"] = [parts.get(i % 5, "learn") for i in range(len(rows))]
    return rows


def load(connection, rows: pandas.DataFrame) -> None:
    columns = ", ".join(f"{name} {sql_type}" for name, sql_type in COLUMNS.items())
    connection.execute("CREATE SCHEMA BENCH")
    connection.execute(f"CREATE TABLE BENCH.MACHINES ({columns}, PART VARCHAR(6))")
    connection.import_from_pandas(rows, ("BENCH", "MACHINES"))


def cost(connection, schema: str, column: str) -> tuple[int, int]:
    """(false alarms, missed failures) of a column of decisions."""
    mistakes = connection.execute(
        f"SELECT COUNT(CASE WHEN {column} = 1 AND FAILURE = 0 THEN 1 END), "
        f"COUNT(CASE WHEN {column} = 0 AND FAILURE = 1 THEN 1 END) FROM {schema}.DECIDED"
    )
    return mistakes.fetchone()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    given = parser.parse_args()
    with Stack.start() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder)
        (folder / "models/sources.yml").write_text(SOURCES)
        for model, text in MODELS.items():
            config = "{{ config(materialized='table') }}\n"
            (folder / f"models/{model}.sql").write_text(config + text)
        dbt = Dbt(folder, stack)
        with stack.connect() as connection:
            load(connection, machines(given.path))
            dbt.operation("install")
            learn = f"SELECT {', '.join(COLUMNS)} FROM BENCH.MACHINES WHERE PART = 'learn'"
            problem = {"problem_type": "BinaryClassification", "objective": "AUC"}
            job = {"job_name": "Bench", "query": learn, "target": "FAILURE", "keys": ["UID"]}
            dbt.operation("train", **job, **problem, max_candidates=1)
            dbt.operation("wait", job_name="Bench")
            instance = {"instance_type": "ml.m5.large", "instance_count": 1}
            dbt.operation("deploy_endpoint", job_name="Bench", endpoint_name="Bench", **instance)
            dbt("run")
            for column in ("AT_A_HALF", "BY_COSTS", "BY_BEST"):
                alarms, missed = cost(connection, dbt.schema, column)
                total = COSTS["false_positive"] * alarms + COSTS["false_negative"] * missed
                print(f"{column.lower():10} cost {total} (FP {alarms}, FN {missed})")


if __name__ == "__main__":
    main()
