import datetime

import pandas as pd


def model(dbt, session):
    dbt.config(
        materialized="python_table",
        meta={"sme": {"contract": True}},
        distribute_by_config="id",
        persist_docs={"relation": True, "columns": True},
    )
    moment = datetime.datetime(2024, 2, 29, 1, 2, 3, 4005)
    return pd.DataFrame({"moment": [moment], "born": [moment], "name": ["ann"], "id": [1]})
