"""Predictions are right for every row, whatever the endpoint and the network do.

The real endpoint UDF runs in a UDF process of the embedded stack, against an endpoint that
fails at random in every way that a real one can.
"""

import re
import socket
from contextlib import contextmanager

import pytest

from benchmarks.endpoint import Endpoint
from benchmarks.fault_campaign import LIMITS, Plan, differences, run
from benchmarks.udf import Table, UdfProcess, call_of, endpoint_udf
from sme_helper.local.exasol.errors import SqlError

ROWS = 5000


@pytest.mark.parametrize("seed", range(1001, 1005))
def test_random_faults_change_no_row(seed):
    plan = Plan.of(seed, ROWS)
    print(plan)  # shown by pytest where the test fails
    assert differences(run(plan, ROWS, "fail"), ROWS, frozenset()) == []


@pytest.mark.parametrize("seed", range(2001, 2005))
def test_exactly_the_rows_that_the_model_refuses_get_a_message(seed):
    plan = Plan.of(seed, ROWS)
    print(plan)
    assert differences(run(plan, ROWS, "row"), ROWS, plan.poisoned) == []


def predict(table: Table, rows: int, on_error: str = "fail", limits=LIMITS, **endpoint_options):
    with (
        Endpoint(by_row=True, **endpoint_options) as endpoint,
        UdfProcess(endpoint.url) as process,
    ):
        call = call_of(endpoint_udf(3, **limits), table.line_inputs(on_error), process)
        return process.measure(call, table.as_numbered_lines, rows).output


def test_without_on_error_row_the_message_names_the_guilty_row():
    with pytest.raises(SqlError, match=r"E-SME-23: .*could not convert.*The row has the key 1234"):
        predict(Table(3, frozenset({1234})), 2000)


def test_an_endpoint_that_is_updated_during_a_query_ends_it_with_one_clear_error():
    with pytest.raises(SqlError, match=r"E-SME-35: .*updated while the query ran: model model-1"):
        predict(Table(3), 20_000, updated_after=3)


def test_an_endpoint_that_serves_another_model_than_its_udf_was_made_for_is_not_used():
    with pytest.raises(SqlError, match=r"E-SME-36: .* answers with model model-2"):
        predict(Table(3), 20_000, updated_after=0)


def test_an_endpoint_that_is_deleted_during_a_query_ends_it_with_one_clear_error():
    with pytest.raises(SqlError, match="E-SME-20: Endpoint Predictor is not in service"):
        predict(Table(3), 20_000, deleted_after=3)


def test_a_row_larger_than_the_endpoint_takes_is_named_as_such():
    output = predict(Table(3), 10, on_error="row", most_bytes=5)
    assert all("E-SME-33" in message for message in output.column("c5").to_pylist())


def test_an_endpoint_that_never_answers_fails_after_its_budget():
    with closed_port() as port, UdfProcess(f"http://127.0.0.1:{port}") as process:
        code = endpoint_udf(3, first_pause=0.001, budget=0.2)
        call = call_of(code, Table(3).line_inputs(), process)
        with pytest.raises(SqlError, match="E-SME-32: Endpoint Predictor did not answer"):
            process.measure(call, Table(3).as_numbered_lines, 1)


def test_faults_of_the_network_are_never_blamed_on_rows():
    limits = {**LIMITS, "first_pause": 0.001}
    output = predict(Table(3), 300, "row", limits, fault_rate=0.8, most_bytes=600, seed=7)
    assert differences(output, 300, frozenset()) == []


@contextmanager
def closed_port():
    """A port that is taken, but on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_model_that_refuses_everything_is_not_asked_for_each_row():
    everything = frozenset(range(ROWS))
    limits = {**LIMITS, "most_refused": 50}
    with pytest.raises(SqlError, match="E-SME-34: Endpoint Predictor refused") as raised:
        predict(Table(3, everything), ROWS, "row", limits)
    # What flies beside the last straw may be refused too, before the query ends.
    refused = int(re.search(r"refused (\d+) rows", str(raised.value))[1])
    assert 51 <= refused <= 51 + 16
