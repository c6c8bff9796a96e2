LIMIT = 1 / 0


def model(dbt, session):
    dbt.config(materialized="python_table")
    return LIMIT
