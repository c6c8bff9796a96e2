def total_of(frame):
    return frame["NOPE"].sum()


def model(dbt, session):
    dbt.config(materialized="python_table")
    # The line after this one is the one that the traceback shows.
    return total_of(dbt.ref("people"))
