import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table", incremental_strategy="delete+insert", unique_key="id")
    ids, run = ([2, 3], "run 2") if dbt.is_incremental else ([1, 2], "run 1")
    return pd.DataFrame({"id": ids, "run": run})
