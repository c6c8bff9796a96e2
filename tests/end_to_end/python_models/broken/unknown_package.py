def model(dbt, session):
    dbt.config(materialized="python_table", packages=["pandas", "no-such-package"])
    return dbt.ref("people")
