"""What the clean-up of a run on real services does where AWS or the database refuses."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from ... import clean_up
from ...backends import Account, new_mark, run_mark


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DeleteModel")


class Deletion:
    """Deletes names, but for those that it has an answer for."""

    def __init__(self, **answers: list[ClientError]):
        self.answers = answers
        self.deleted: list[str] = []

    def __call__(self, name: str) -> None:
        if self.answers.get(name):
            raise self.answers[name].pop(0)
        self.deleted.append(name)


def test_what_cannot_be_deleted_is_named_and_keeps_nothing_else():
    result = clean_up.CleanUp()
    delete = Deletion(b=[refusal("AccessDeniedException", "not authorized")])
    result.end("models", ["a", "b", "c"], delete)
    assert delete.deleted == ["a", "c"]
    (told,) = result.failed
    assert told.startswith("models b: ") and "not authorized" in told
    assert str(result) == "made nothing; deleted 2 models"


def test_what_is_gone_already_is_neither_counted_nor_an_error():
    result = clean_up.CleanUp()
    result.end("models", ["a"], Deletion(a=[refusal("ValidationException", "Could not find it")]))
    assert (str(result), result.failed) == ("made nothing; deleted nothing", [])


def test_an_endpoint_that_is_being_created_is_deleted_when_it_can_be(monkeypatch):
    slept = []
    monkeypatch.setattr(clean_up, "time", SimpleNamespace(monotonic=lambda: 0, sleep=slept.append))
    busy = refusal("ValidationException", "Cannot update in-progress endpoint")
    result, delete = clean_up.CleanUp(), Deletion(a=[busy, busy])
    result.end("endpoints", ["a"], delete)
    assert (delete.deleted, len(slept)) == (["a"], 2)


def test_a_clean_up_that_is_not_done_keeps_the_registries_and_fails():
    executed = []

    class Rows(list):
        def fetchcol(self):
            return self

    class Connection:
        """A database with a schema, a CONNECTION and a user of the run, and no registry."""

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def execute(self, statement):
            executed.append(statement)
            return Rows([] if "EXA_ALL_COLUMNS" in statement else ["T1X"])

    class Expired:
        """Any client of AWS, with keys that have ended."""

        def __getattr__(self, _):
            raise refusal("ExpiredTokenException", "the token has expired")

    services = SimpleNamespace(
        connect=Connection, aws_client=lambda _: Expired(), account=Account()
    )
    with pytest.raises(
        clean_up.CleanUpError, match=r"(?s)NOT deleted, clean up again:\n.*endpoints: "
    ):
        clean_up.clean_up(services, "T1X")
    dropped = [statement for statement in executed if statement.startswith("DROP")]
    assert dropped == ['DROP CONNECTION "T1X"', 'DROP USER "T1X" CASCADE']


def test_a_run_that_was_killed_is_found_by_its_name_whatever_its_workers(monkeypatch):
    monkeypatch.setenv("SME_TEST_RUN", "a run")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    assert new_mark().startswith(run_mark("a run"))
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
    assert new_mark() != run_mark("a run")
