"""Which Python a script runs in, from SCRIPT_LANGUAGES and the containers in BucketFS.

A container of the embedded stack is a folder with the file `sme-local-container.json`, which
names the Python environment that it stands for: {"interpreter": "/path/to/python"}.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import SqlError, unsupported

MANIFEST = "sme-local-container.json"


def addresses(languages: str) -> dict[str, str]:
    """The address behind each alias of SCRIPT_LANGUAGES; aliases in upper case."""
    entries = (entry.partition("=") for entry in languages.split())
    return {alias.upper(): address for alias, _, address in entries}


def check_languages(languages: str) -> None:
    """What can be said of a new value of SCRIPT_LANGUAGES; Exasol looks at no container yet.

    Raises:
        SqlError: an entry is not `alias=address`.
    """
    for entry in languages.split():
        if not re.fullmatch(r"\w+=\S+", entry):
            raise SqlError(f"SCRIPT_LANGUAGES: {entry!r} is not alias=address")


def address_of(alias: str, languages: str) -> str:
    """Raises SqlError, in Exasol's words, for an alias that is not there."""
    address = addresses(languages).get(alias)
    if address is None:
        raise SqlError("VM error: unsupported script language connection scheme: ", "22002")
    return address


def interpreter_of(alias: str, languages: str, buckets: Path | None) -> str | None:
    """The Python executable behind an alias; None for the one that serves.

    Args:
        buckets: the folder that UDFs see as /buckets.
    Raises:
        SqlError: no such alias, no Python, or no container that stands for one.
    """
    address = address_of(alias, languages)
    if address.startswith("builtin_python"):
        return None
    container = container_path(address)
    if container is None:
        raise unsupported(f"script language {alias}={address}")
    return _interpreter(alias, container, buckets)


def container_path(address: str) -> str | None:
    """Below /buckets, the folder of a Python container; None for what is not one.

    localzmq+protobuf:///SERVICE/BUCKET/PATH?lang=python#buckets/SERVICE/BUCKET/PATH/exaudf/...
    """
    parts = urlsplit(address)
    is_python = re.search(r"(^|&)lang=_?python", parts.query)
    if parts.scheme != "localzmq+protobuf" or not is_python:
        return None
    return parts.path.strip("/")


def _interpreter(alias: str, container: str, buckets: Path | None) -> str:
    folder = buckets / container if buckets else None
    if folder is None or ".." in container.split("/") or not folder.is_dir():
        raise SqlError(f"VM error: {alias}: no container /buckets/{container}", "22002")
    try:
        interpreter = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["interpreter"]
    except (OSError, ValueError, KeyError, TypeError):
        raise unsupported(
            f"container /buckets/{container}, which has no {MANIFEST}: the embedded stack runs "
            "those of `sme container build --local`"
        ) from None
    if not Path(interpreter).is_file():
        raise SqlError(f"VM error: {alias}: no Python at {interpreter}", "22002")
    return interpreter
