def model(dbt, session):
    dbt.config(materialized="python_table")
    return [1, 2]
