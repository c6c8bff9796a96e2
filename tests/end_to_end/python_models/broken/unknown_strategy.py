def model(dbt, session):
    dbt.config(materialized="python_table", incremental_strategy="overwrite")
    return dbt.ref("people")
