"""Random SELECTs give what Exasol documents; `python -m benchmarks.fuzz` runs for longer."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import run
from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.session import Session


@pytest.fixture(scope="module")
def session():
    database = Database()
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA FUZZ")
    yield session
    session.close()
    database.close()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, derandomize=True, deadline=None, database=None)
def test_random_queries_give_the_documented_answer(session, seed):
    refused, wrong = run(session, Random(seed), queries=10)
    assert not wrong, f"seed {seed}: {wrong[0]}"
    assert refused == 0, f"seed {seed}"  # what is generated here is all known
