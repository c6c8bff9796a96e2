import pandas as pd


def model(dbt, session):
    dbt.config(
        materialized="python_table",
        incremental_strategy="append",
        meta={"sme": {"read_this": True}},
    )
    if not dbt.is_incremental:
        return_rows = [(1, False, None)]
    else:
        return_rows = [(int(session.this["ID"].max()) + 1, True, len(session.this))]
    frame = pd.DataFrame(return_rows, columns=["id", "incremental", "seen"])
    return frame.astype({"seen": "Int64"})
