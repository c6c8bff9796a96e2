"""Regression and multiclass problems, from a table to predictions, each with a bar that a
constant prediction fails.

Binary problems are in test_life_of_a_model.py, texts and series in test_texts_and_forecasts.py.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits, make_friedman1

from .batch_calls import Batch
from .conftest import fresh_name


def predicted_from_a_table(sme, data: pd.DataFrame, target_type: str, **training) -> pd.DataFrame:
    """Trains on the first 500 rows, predicts the rest; TRUTH and PREDICTIONS, one row a key.

    A batch prediction must give the same columns, types and values as the endpoint.
    `data`: numbers in columns X0, X1, ..., and TARGET.
    """
    features = [name for name in data.columns if name != "TARGET"]
    columns = ", ".join(f"{name} DOUBLE" for name in features)
    table = fresh_name("PROBLEM")
    held_out = f"{table}_HELD_OUT"
    data = data.assign(ROW_KEY=range(len(data)))[["ROW_KEY", *features, "TARGET"]]
    for name, rows in ((table, data[:500]), (held_out, data[500:])):
        sme.connection.execute(
            f"CREATE TABLE {sme.data_schema}.{name} "
            f"(ROW_KEY DECIMAL(9,0), {columns}, TARGET {target_type})"
        )
        sme.connection.import_from_pandas(rows, (sme.data_schema, name))
    job_name = sme.train(
        input_table_or_view_name=table,
        target_attribute_name="TARGET",
        key_columns=["ROW_KEY"],
        max_candidates=2,
        **training,
    )
    job = sme.wait_for_job(job_name)
    assert job["JOB_STATUS"] == "Completed", job
    endpoint = fresh_name("Problem")
    sme.deploy(job_name, endpoint)
    assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    predictions = sme.connection.export_to_pandas(
        f'SELECT "KEY_1" AS ROW_KEY, PREDICTIONS FROM (SELECT {sme.data_schema}."{endpoint}"'
        f"(ROW_KEY, {', '.join(features)}) FROM {sme.data_schema}.{held_out})"
    )
    statement = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(ROW_KEY, {", ".join(features)}) '
        f"FROM {sme.data_schema}.{held_out} ORDER BY 1"
    )
    columns, rows = Batch(sme, job_name).predict(
        input_table_or_view_name=held_out, key_columns=["ROW_KEY"]
    )
    assert list(columns.values()) == list(statement.columns().values())
    assert rows == statement.fetchall()
    sme.delete(endpoint)
    truth = data[500:].rename(columns={"TARGET": "TRUTH"})[["ROW_KEY", "TRUTH"]]
    return truth.merge(predictions, on="ROW_KEY", validate="one_to_one")


def test_a_regression_explains_most_of_what_the_mean_does_not(sme):
    features, target = make_friedman1(n_samples=700, n_features=6, noise=0.5, random_state=3)
    data = pd.DataFrame(features, columns=[f"X{i}" for i in range(6)]).assign(TARGET=target)
    answer = predicted_from_a_table(
        sme, data, "DOUBLE", problem_type="Regression", objective="RMSE"
    )
    assert len(answer) == 200
    unexplained = np.square(answer.TRUTH - answer.PREDICTIONS).sum()
    about_the_mean = np.square(answer.TRUTH - answer.TRUTH.mean()).sum()
    assert 1 - unexplained / about_the_mean > 0.7


def test_ten_handwritten_digits_are_told_apart(sme):
    digits = load_digits()
    data = pd.DataFrame(digits.data, columns=[f"X{i}" for i in range(64)])
    data = data.assign(TARGET=digits.target).sample(frac=1, random_state=5)[:900]
    answer = predicted_from_a_table(
        sme, data, "DECIMAL(2,0)", problem_type="MulticlassClassification", objective="Accuracy"
    )
    assert len(answer) == 400
    most_frequent = answer.TRUTH.value_counts(normalize=True).max()
    assert most_frequent < 0.2
    assert (answer.TRUTH == answer.PREDICTIONS).mean() > 0.85
