"""Whether a language runs UDFs, and with what: asked by running one."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from sme_helper.errors import HelperError
from sme_helper.macros import Table

Execute = Callable[[str], Table]
PAUSE = 5.0  # seconds between two questions

UDF = """CREATE OR REPLACE {alias} SCALAR SCRIPT {schema}.SME_PROBE() RETURNS VARCHAR(2000) AS
import json, sys
import boto3
def run(ctx):
    version = ".".join(map(str, sys.version_info[:3]))
    return json.dumps({{"python": version, "boto3": boto3.__version__}})
/"""


def probe(execute: Execute, alias: str) -> dict[str, Any]:
    """The versions of Python and boto3 behind an alias, in a schema that lives as long.

    Raises:
        HelperError: the database refused, in its words.
    """
    schema = f"SME_PROBE_{secrets.token_hex(4).upper()}"
    execute(f"CREATE SCHEMA {schema}")
    try:
        execute(UDF.format(alias=alias, schema=schema))
        return json.loads(execute(f"SELECT {schema}.SME_PROBE()").rows[0][0])
    finally:
        execute(f"DROP SCHEMA {schema} CASCADE")


def wait_until_ready(execute: Execute, alias: str, seconds: float) -> dict[str, Any]:
    """Like `probe`, once BucketFS has unpacked the container.

    Raises:
        HelperError: E-SME-177, it does not run after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return probe(execute, alias)
        except HelperError as error:
            if time.monotonic() + PAUSE > deadline:
                raise HelperError(
                    f"E-SME-177: {alias} does not run UDFs: {str(error).rstrip('. ')}. A container "
                    "that was just uploaded takes minutes to be unpacked on all nodes: wait with "
                    "--timeout, or look at its path."
                ) from None
        time.sleep(PAUSE)
