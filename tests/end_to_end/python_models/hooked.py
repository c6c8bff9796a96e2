import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table")
    return pd.DataFrame({"a": [1]})
