import pandas as pd


def model(dbt, session):
    dbt.config(materialized="python_table", meta={"unit": "EUR", "threshold": 0.5})
    people = dbt.ref("people")
    again = dbt.source("models", "people")
    assert people.equals(again)
    kinds = [f"{name}:{dtype}" for name, dtype in people.dtypes.items()]
    return pd.DataFrame(
        {
            "names": [", ".join(sorted(people["NAME"]))],
            "threshold": [dbt.config.meta_get("threshold")],
            "unit": [dbt.config.get("meta")["unit"]],
            "this": [f"{dbt.this} {dbt.this.schema} {dbt.this.identifier}"],
            "incremental": [dbt.is_incremental],
            "kinds": [", ".join(kinds)],
        }
    )
