"""A data folder stays usable when the embedded stack has been upgraded."""

import duckdb

from sme_helper.local.exasol.catalog import bootstrap


def test_an_older_database_gets_the_parameters_that_it_lacks_and_keeps_its_own():
    connection = duckdb.connect()
    bootstrap.create(connection)
    parameters = f"{bootstrap.INTERNAL}.PARAMETERS"
    connection.execute(f"DELETE FROM {parameters} WHERE PARAMETER = 'PROFILE'")
    connection.execute(f"UPDATE {parameters} SET VALUE = '60' WHERE PARAMETER = 'QUERY_TIMEOUT'")
    bootstrap.create(connection)
    found = dict(connection.execute(f"SELECT PARAMETER, VALUE FROM {parameters}").fetchall())
    assert found == {**bootstrap.SYSTEM_PARAMETERS, "QUERY_TIMEOUT": "60"}
    connection.close()
