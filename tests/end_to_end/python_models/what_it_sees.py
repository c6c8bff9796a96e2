import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table", meta={"threshold": 0.5})
    people = dbt.ref("people")
    assert people.equals(dbt.source("models", "people"))
    threshold = dbt.config.meta_get("threshold")
    materialized = dbt.config.get("materialized")
    kinds = [f"{name}:{dtype}" for name, dtype in people.dtypes.items()]
    return pd.DataFrame(
        {
            "names": [", ".join(sorted(people["NAME"]))],
            "threshold": [threshold],
            "materialized": [materialized],
            "this": [f"{dbt.this} {dbt.this.schema} {dbt.this.identifier}"],
            "incremental": [dbt.is_incremental],
            "kinds": [", ".join(kinds)],
        }
    )
