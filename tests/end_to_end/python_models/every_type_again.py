def model(dbt, session):
    dbt.config(materialized="python_table")
    return dbt.ref("every_type")
