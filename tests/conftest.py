"""What the tests share: one backend a session, a connection, dbt projects.

Nothing here is started before a test asks for it: unit tests stay quick.
"""

import functools
import itertools
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from sme_helper.call_graph import CallGraph
from sme_helper.local import environment as env
from sme_helper.local.control import Control
from sme_helper.local.stack import Stack

from .backends import (
    MARK,
    Account,
    Backend,
    account_of,
    leave_out_embedded,
    missing_variables,
    real_services,
)
from .dbt_process import run_dbt
from .dbt_project import ROOT, copy_project

PROGRAMS = Path(sys.executable).parent
LEFT_OUT = pytest.StashKey[list[str]]()
CLEANED = pytest.StashKey[list[str]]()
_serial = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--after",
        type=Path,
        help="The --basetemp of a run that has ended: tests marked `last` look at it, too.",
    )
    parser.addoption(
        "--backend",
        choices=["embedded", "exasol"],
        default="embedded",
        help="exasol: the end-to-end tests on a real database and AWS account, which costs money; "
        "docs/contributing.md lists the environment variables that it needs.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CLEANED] = []
    if config.getoption("--backend") == "exasol" and (lacking := missing_variables(os.environ)):
        raise pytest.UsageError(lacking)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--backend") == "exasol":
        config.stash[LEFT_OUT] = leave_out_embedded(config, items)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """How many tests --backend=exasol leaves out, and why."""
    return config.stash.get(LEFT_OUT, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What was deleted at the end of a run on real services."""
    for line in config.stash[CLEANED]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def session_folders(request, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Where the tests wrote: those of this session and of the one before, with --after."""
    before = request.config.getoption("--after")
    return [tmp_path_factory.getbasetemp(), *([before] if before else [])]


@pytest.fixture(scope="session")
def statement_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every SQL statement of the session: a JSON object a line, with "sql" and "nested"."""
    return tmp_path_factory.mktemp("logs") / "statements.jsonl"


@pytest.fixture(scope="session")
def request_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every AWS request of the session: a JSON object a line, with "service", "operation"."""
    return tmp_path_factory.mktemp("logs") / "requests.jsonl"


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """What all end-to-end tests share: an embedded stack, or the services of --backend.

    The stack's folder stays, for the tests marked `last`.
    """
    if request.config.getoption("--backend") == "exasol":
        with real_services(os.environ, request.config.stash[CLEANED].append) as services:
            yield services
        return
    # Asked for here, so that only tests that look at a log depend on it.
    logs = {log: request.getfixturevalue(log) for log in ("statement_log", "request_log")}
    with Stack.start(tmp_path_factory.mktemp("stack") / "data", **logs, control=True) as stack:
        yield stack


@pytest.fixture
def control(stack: Stack) -> Iterator[Control]:
    """Faults, delays and the clock of AWS; everything is as it was when the test ends."""
    with stack.control as control:
        yield control


@pytest.fixture
def connection(stack: Backend) -> Iterator:
    """A pyexasol connection as SYS."""
    with stack.connect() as connection:
        yield connection


@dataclass(frozen=True)
class DbtProject:
    """A copy of integration_tests in which a test may change and run what it likes.

    `schema` is where its models go, `sme_schema` where the package's scripts and registry go.
    """

    path: Path
    schema: str
    sme_schema: str
    environment: dict[str, str]
    account: Account

    def run(self, *arguments: str, exit_code: int | None = 0) -> str:
        """Run `dbt arguments`; return what it printed, both streams together.

        Fails the test if dbt ends with another exit code than the expected one (None: any).
        """
        ended_with, printed = run_dbt([arguments], self.path, self.environment)
        if exit_code is not None and ended_with != exit_code:
            pytest.fail(
                f"dbt {' '.join(arguments)} ended with exit code {ended_with}, "
                f"not {exit_code}:\n{printed}"
            )
        return printed

    def run_together(self, *commands: str) -> str:
        """Run several commands in one start of dbt; all have to succeed."""
        split = [shlex.split(command) for command in commands]
        ended_with, printed = run_dbt(split, self.path, self.environment)
        if ended_with:
            pytest.fail(printed)
        return printed

    def operation(self, macro: str, exit_code: int | None = 0, **arguments: object) -> str:
        """Run a macro of the package, as `dbt run-operation sme.<macro> --args ...`.

        Where it is expected to fail, that must be with an error that docs/reference lists for it.
        """
        given = ["--args", yaml.safe_dump(arguments)] if arguments else []
        printed = self.run("run-operation", f"sme.{macro}", *given, exit_code=exit_code)
        if exit_code:
            assert_listed(f"macro:{macro}", printed)
        return printed

    def write(self, file: str, text: str) -> None:
        """Write a file of the project, a model for example."""
        target = self.path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def rename(self, name: str, new: str) -> None:
        """Give what the project makes in AWS another name, in its models and its demo."""
        for file in [*self.path.glob("models/*.sql"), self.path / "demo.py"]:
            file.write_text(file.read_text().replace(name, new))

    @property
    def log(self) -> str:
        """All of logs/dbt.log: what dbt did, at debug level."""
        return (self.path / "logs" / "dbt.log").read_text()


@functools.cache
def call_graph() -> CallGraph:
    return CallGraph(ROOT)


def assert_listed(node: str, text: str) -> None:
    """The first error in a text is one that docs/reference lists for that macro or script."""
    found = re.search(r"E-SME-\d+", text)
    assert found, f"no error of sme: {text}"
    assert found[0] in call_graph().errors(node), f"{node} can end with {found[0]}: {text}"


@pytest.fixture
def dbt(stack: Backend, tmp_path: Path) -> DbtProject:
    """A dbt project of the test's own, with schemas of its own."""
    return make_dbt_project(stack, tmp_path / "project")


def sme_settings(account: Account, schema: str) -> dict[str, str | None]:
    """The vars of a project that works in an account."""
    return {
        "schema": schema,
        "connection": account.connection,
        "s3_connection": account.s3_connection,
        "region": account.region,
        "role": account.role,
        "bucket": f"s3://{account.bucket}",
        # Beside what tests in plain SQL write, and found by the same clean-up.
        "output_path": f"{account.output_path}-dbt",
    }


def make_dbt_project(stack: Backend, path: Path) -> DbtProject:
    copy_project(path)
    suffix = f"{MARK}_{next(_serial)}"
    schema, sme_schema = f"MODELS_{suffix}", f"SME_{suffix}"

    settings = yaml.safe_load((path / "dbt_project.yml").read_text())
    account = account_of(stack)
    settings["vars"]["sme"] |= sme_settings(account, sme_schema)
    (path / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))

    environment = env.merged(os.environ, stack.environment, PROGRAMS)
    environment["DBT_SCHEMA"] = schema
    return DbtProject(path, schema, sme_schema, environment, account)
