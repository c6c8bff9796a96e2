import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table", meta={"sme": {"contract": True}})
    return pd.DataFrame({"id": [1], "extra": [2]})
