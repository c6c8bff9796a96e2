import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table", packages=["numpy", "pandas"])
    return pd.DataFrame({"a": [1, 2], "b": ["x", None]})
