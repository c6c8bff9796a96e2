"""Building a language container, with Exasol's tooling or as a local one."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from importlib import resources
from pathlib import Path

from sme_helper.errors import HelperError
from sme_helper.libraries import library

LOCAL_MANIFEST = "sme-local-container.json"
# Its presence tells Exasol's own tools that a container is unpacked completely.
MANIFEST = "exasol-manifest.json"
CLIENT = "exaudf/exaudfclient"

# What UDFs of sme and the embedded stack's UDF processes import.
LOOK = """
import json, sys
import boto3, numpy, pandas, pyarrow
packages = {module.__name__: module.__version__ for module in (boto3, numpy, pandas, pyarrow)}
print(json.dumps({"interpreter": sys.executable, "python": list(sys.version_info[:3]),
                  "packages": packages}))
"""


def build(target: Path) -> Path:
    """Builds the container of sme with Exasol's script-languages tooling, in Docker.

    Args:
        target: the file to write.

    Raises:
        HelperError: E-SME-173 (libraries), E-SME-178 (no Docker, or the tool failed).
    """
    api = library("exasol.slc.api")
    _require_docker()
    with tempfile.TemporaryDirectory(prefix="sme-container-") as folder:
        flavor = Path(folder) / "sme"
        with resources.as_file(resources.files(__package__) / "flavor") as source:
            shutil.copytree(source, flavor)
        try:
            exported = api.export(
                flavor_path=(str(flavor),),
                release_goal=("release",),
                export_path=str(Path(folder) / "export"),
                output_directory=str(Path(folder) / "build"),
            )
        except Exception as error:
            raise HelperError(f"E-SME-178: Exasol's tool could not build: {error}") from error
        [by_goal] = exported.export_infos.values()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(by_goal["release"].cache_file, target)
    return target


def build_local(target: Path, interpreter: Path) -> Path:
    """Writes a container that stands for a Python environment of this machine: one that the
    embedded stack runs, and no real Exasol.

    Raises:
        HelperError: E-SME-179, the environment has not what UDFs need.
    """
    found = _look_at(interpreter)
    content = json.dumps(found, indent=2) + "\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        _add(archive, LOCAL_MANIFEST, content)
        _add(archive, CLIENT, "A stand-in: the embedded stack starts the Python of the manifest.\n")
        _add(archive, MANIFEST, "{}\n")  # the last one, as the sign that all is there
    return target


def _require_docker() -> None:
    docker = library("docker")
    try:
        client = docker.from_env()
        client.ping()
        client.close()
    except docker.errors.DockerException as error:
        raise HelperError(
            f"E-SME-178: Exasol's tool builds containers in Docker, and none answers: {error}. "
            "Start it, build on a machine that has it, or use --local, for the embedded stack."
        ) from None


def _look_at(interpreter: Path) -> dict:
    try:
        looked = subprocess.run(
            [interpreter, "-c", LOOK], capture_output=True, text=True, timeout=120, check=True
        )
    except subprocess.CalledProcessError as error:
        raise _unfit(interpreter, error.stderr.strip().rpartition("\n")[2]) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unfit(interpreter, error) from None
    found = json.loads(looked.stdout)
    if found["python"] < [3, 11]:
        raise _unfit(interpreter, "it is Python " + ".".join(map(str, found["python"])))
    return found


def _unfit(interpreter: Path, why: object) -> HelperError:
    return HelperError(
        f"E-SME-179: {interpreter} cannot stand for a container: {why}. It needs Python 3.11 or "
        "newer with boto3, numpy, pandas and pyarrow."
    )


def _add(archive: tarfile.TarFile, name: str, content: str) -> None:
    member = tarfile.TarInfo(name)
    member.mode = 0o755 if name == CLIENT else 0o644
    encoded = content.encode()
    member.size = len(encoded)
    archive.addfile(member, io.BytesIO(encoded))
