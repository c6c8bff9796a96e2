"""SCRIPT_LANGUAGES, and containers that stand for Python environments of this machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.udf.languages import container_path

ROOT = Path(__file__).parents[3]
BUILTIN = "PYTHON3=builtin_python3 R=builtin_r JAVA=builtin_java"
CONTAINER = "bfsdefault/default/container/own"
OWN = f"PYTHON3_OWN=localzmq+protobuf:///{CONTAINER}?lang=python#buckets/{CONTAINER}/exaudf/client"
SCRIPT = "CREATE OR REPLACE PYTHON3_OWN SCALAR SCRIPT F() RETURNS VARCHAR(2000) AS\n{}\n/"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python environment with the packages of this one, and with a module of its own."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "these.pth").write_text(str(Path(pyarrow.__file__).parents[1]))
    (packages / "only_in_container.py").write_text("ANSWER = 'from the container'\n")
    return folder / "bin" / "python"


@pytest.fixture
def buckets(tmp_path: Path) -> Path:
    (tmp_path / "bfsdefault/default/container").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def session(buckets: Path) -> Iterator[Session]:
    database = Database(buckets=buckets)
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    yield session
    session.close()
    database.close()


def unpacked(buckets: Path, manifest: dict | None) -> None:
    folder = buckets / CONTAINER
    folder.mkdir()
    if manifest is not None:
        (folder / "sme-local-container.json").write_text(json.dumps(manifest))


def answer(session: Session, sql: str) -> str:
    return session.execute(sql).table.column(0).to_pylist()[0]


def test_a_script_runs_in_the_environment_of_its_language(session, buckets, environment):
    unpacked(buckets, {"interpreter": str(environment)})
    session.execute(f"ALTER SESSION SET SCRIPT_LANGUAGES='{BUILTIN} {OWN}'")
    body = "from only_in_container import ANSWER\ndef run(ctx): return ANSWER"
    session.execute(SCRIPT.format(body))
    assert answer(session, "SELECT F()") == "from the container"
    session.execute(SCRIPT.replace("PYTHON3_OWN", "PYTHON3").format(body))
    with pytest.raises(SqlError, match="No module named 'only_in_container'"):
        session.execute("SELECT F()")


def test_an_environment_sees_nothing_of_the_servers_own_path(session, buckets, environment):
    unpacked(buckets, {"interpreter": str(environment)})
    session.execute(f"ALTER SESSION SET SCRIPT_LANGUAGES='{BUILTIN} {OWN}'")
    session.execute(SCRIPT.format("import sys\ndef run(ctx): return '\\n'.join(sys.path)"))
    assert str(ROOT) not in answer(session, "SELECT F()").splitlines()


def test_an_alias_is_there_for_the_session_only_or_for_all_that_come(session, buckets):
    unpacked(buckets, {"interpreter": sys.executable})
    body = "def run(ctx): return 'made'"
    session.execute(f"ALTER SYSTEM SET SCRIPT_LANGUAGES='{BUILTIN} {OWN}'")
    with pytest.raises(SqlError, match="unsupported script language connection scheme"):
        session.execute(SCRIPT.format(body))
    later = Session(session.database, "SYS")
    later.execute("OPEN SCHEMA S")
    later.execute(SCRIPT.format(body))
    assert answer(later, "SELECT F()") == "made"
    later.execute(f"ALTER SESSION SET SCRIPT_LANGUAGES='{BUILTIN}'")
    with pytest.raises(SqlError, match="unsupported script language connection scheme"):
        later.execute("SELECT F()")
    later.close()


def test_the_parameter_may_name_what_is_not_there_yet_but_a_script_may_not(session, buckets):
    session.execute(f"ALTER SESSION SET SCRIPT_LANGUAGES='{BUILTIN} {OWN}'")
    with pytest.raises(SqlError, match=f"no container /buckets/{CONTAINER}"):
        session.execute(SCRIPT.format("def run(ctx): return 'x'"))


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "embedded stack runs those of `sme container build --local`"),
        ({"python": "/usr/bin/python3"}, "which has no sme-local-container.json"),
        ({"interpreter": "/no/such/python"}, "no Python at /no/such/python"),
    ],
)
def test_a_container_that_stands_for_no_environment_is_refused(session, buckets, manifest, message):
    unpacked(buckets, manifest)
    session.execute(f"ALTER SESSION SET SCRIPT_LANGUAGES='{BUILTIN} {OWN}'")
    with pytest.raises(SqlError, match=message):
        session.execute(SCRIPT.format("def run(ctx): return 'x'"))


def test_an_entry_without_an_address_is_refused(session):
    with pytest.raises(SqlError, match="'PYTHON3_OWN' is not alias=address"):
        session.execute("ALTER SESSION SET SCRIPT_LANGUAGES='PYTHON3=builtin_python3 PYTHON3_OWN'")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (OWN.partition("=")[2], CONTAINER),
        (OWN.partition("=")[2].replace("#buckets", "#/buckets"), CONTAINER),
        (OWN.partition("=")[2].replace("own?lang=python", "own/?lang=_python"), CONTAINER),
        (OWN.partition("=")[2].replace("python", "java"), None),
        ("builtin_python3", None),
    ],
)
def test_the_folder_of_a_container_is_read_from_its_address(address, expected):
    assert container_path(address) == expected


def test_udfs_find_bucketfs_below_buckets(session, buckets):
    (buckets / "bfsdefault/default/words.txt").write_text("hello")
    (buckets / "bfsdefault/default/lib").mkdir()
    (buckets / "bfsdefault/default/lib/in_bucket.py").write_text("WORD = 'imported'")
    session.execute(
        "CREATE PYTHON3 SCALAR SCRIPT G() RETURNS VARCHAR(2000) AS\n"
        "import os, pathlib, sys\n"
        "sys.path.append('/buckets/bfsdefault/default/lib')\n"
        "def run(ctx):\n"
        "    import in_bucket\n"
        "    folder = pathlib.Path('/buckets/bfsdefault/default')\n"
        "    return ' '.join([in_bucket.WORD, (folder / 'words.txt').read_text(),\n"
        "                     *sorted(os.listdir(folder)), str((folder / 'none').exists())])\n/"
    )
    assert answer(session, "SELECT G()") == "imported hello container lib words.txt False"
