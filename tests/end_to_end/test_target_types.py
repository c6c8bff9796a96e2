"""A prediction has the type of the target, for every type that a target can have."""

import math

import pytest

from .conftest import fresh_name

TARGETS = {
    "VARCHAR(20)": ("'large, \"very\"'", "'it''s small'"),
    "CHAR(4)": ("'ab'", "'c'"),
    "BOOLEAN": ("TRUE", "FALSE"),
    "DECIMAL(20,0)": ("12345678901234567890", "0"),
    "DECIMAL(9,2)": ("1.50", "0.25"),
    "DOUBLE": ("0.5", "2.0"),
    "DATE": ("DATE '2024-02-29'", "DATE '1999-12-31'"),
    "TIMESTAMP(3)": ("TIMESTAMP '2024-02-29 01:02:03.004'", "TIMESTAMP '1999-12-31 00:00:00'"),
    "HASHTYPE(2 BYTE)": ("'00ff'", "'abcd'"),
}


@pytest.fixture(scope="module")
def typed_endpoints(sme):
    """An endpoint for every type that a target can have, {type: (table, endpoint)}."""
    jobs = {}
    for sql_type, (large, small) in TARGETS.items():
        table = fresh_name("TARGETS_")
        sme.connection.execute(
            f"CREATE TABLE {sme.data_schema}.{table} "
            f"(MEAN_RADIUS DOUBLE, WORST_TEXTURE DOUBLE, T {sql_type})"
        )
        sme.connection.execute(
            f"INSERT INTO {sme.data_schema}.{table} SELECT MEAN_RADIUS, WORST_TEXTURE, "
            f"CASE WHEN MEAN_RADIUS > 13 THEN {large} ELSE {small} END "
            f"FROM {sme.data_schema}.TRAINING"
        )
        jobs[sql_type] = (
            table,
            sme.train(
                job_name=fresh_name("Typed"),
                input_table_or_view_name=table,
                target_attribute_name="T",
                problem_type="BinaryClassification",
                objective="F1",
            ),
        )
    endpoints = {}
    for sql_type, (table, job_name) in jobs.items():
        assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
        endpoints[sql_type] = table, fresh_name("TypedEndpoint")
        sme.deploy(job_name, endpoints[sql_type][1])
    for _, endpoint in endpoints.values():
        assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    yield endpoints
    for _, endpoint in endpoints.values():
        sme.delete(endpoint)


@pytest.mark.parametrize("sql_type", TARGETS)
def test_a_prediction_has_the_type_of_the_target_and_one_of_its_values(
    sme, typed_endpoints, sql_type
):
    table, endpoint = typed_endpoints[sql_type]
    predicted = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(T, MEAN_RADIUS, WORST_TEXTURE) '
        f"FROM {sme.data_schema}.{table}"
    )
    types = predicted.columns()
    kept, prediction = types["KEY_1"], types["PREDICTIONS"]
    assert prediction == kept
    rows = predicted.fetchall()
    assert len(rows) == 500
    assert len({row[1] for row in rows}) == 2
    assert sum(row[0] == row[1] for row in rows) / 500 > 0.95
    assert all(math.isfinite(row[2]) for row in rows)


@pytest.mark.parametrize("sql_type", ["CHAR(4)", "DECIMAL(9,2)", "BOOLEAN"])
def test_a_prediction_can_be_compared_with_the_target_in_sql(sme, typed_endpoints, sql_type):
    table, endpoint = typed_endpoints[sql_type]
    right = sme.connection.execute(
        f'SELECT COUNT(*) FROM (SELECT {sme.data_schema}."{endpoint}"'
        f"(T, MEAN_RADIUS, WORST_TEXTURE) FROM {sme.data_schema}.{table}) "
        "WHERE KEY_1 = PREDICTIONS"
    ).fetchval()
    assert right > 475
