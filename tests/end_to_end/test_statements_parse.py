"""Every statement sent to the database during the whole suite is one that another reader of
Exasol's SQL can parse: sqlfluff's dialect knows the grammar independently of the stand-in."""

import functools
import json
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

# pyexasol names the key of its TLS certificate in every IMPORT and EXPORT through its own
# HTTP transport, as Exasol has it since 8.32. sqlfluff does not know this one clause.
PUBLIC_KEY = re.compile(r"PUBLIC KEY '[^']*'")
# Nor the digits of a TIMESTAMP, which Exasol has since 8.32, too.
TIMESTAMP_DIGITS = re.compile(r"\bTIMESTAMP\(\d\)", re.I)
# Nor the type that JSON_VALUE returns.
RETURNING = re.compile(r"(JSON_VALUE\([^()]*) RETURNING DOUBLE\)")
# Nor what PERCENTILE_CONT orders by.
WITHIN_GROUP = re.compile(r" WITHIN GROUP \(ORDER BY [^()]*\)")

# Nor temporary keys, nor a CONNECTION whose name is quoted.
SESSION_TOKEN = re.compile(r" SESSION TOKEN '[^']*'")
QUOTED_CONNECTION = re.compile(r'^(CREATE (?:OR REPLACE )?CONNECTION) "(\w+)"')
# Nor the privilege USAGE, nor ACCESS ON CONNECTION without a script.
USAGE = re.compile(r"^(GRANT) USAGE\b")
ACCESS = re.compile(r"^(GRANT) ACCESS ON (CONNECTION \w+ TO)")
# Long, and installed in one schema after the other.
SCRIPT = re.compile(r'CREATE (?:OR REPLACE )?[\w ]*SCRIPT "?(\w+)"?\.')


def shape(sql: str) -> str:
    """A statement without literals, numbers, the ends of the names of the tests' schemas and the
    schema of a script: what repeats is parsed once."""
    without_comment = re.sub(r"/\*.*?\*/", "", sql, flags=re.S)
    without_suffix = re.sub(r"T[0-9A-F]{6}\d*X", "0", without_comment)
    outline = re.sub(r"'(?:[^']|'')*'", "'?'", re.sub(r"\d+", "0", without_suffix)).strip()
    script = SCRIPT.match(outline)
    return re.sub(rf"\b{script[1]}\b", "SCHEMA", outline) if script else outline


def statements_in(folders: list[Path]) -> Iterator[str]:
    """The lines of every statement log in the folders."""
    for folder in folders:
        for log in sorted(folder.rglob("statements.jsonl")):
            yield from log.read_text().splitlines()


@functools.cache
def linter() -> Linter:
    # Braces in scripts are Lua tables here, not a template.
    return Linter(config=FluffConfig(overrides={"dialect": "exasol", "templater": "raw"}))


def unparsable_parts(sql: str) -> list[str]:
    """What sqlfluff cannot read of a statement."""
    parsed = linter().parse_string(sql)
    assert parsed.tree is not None, sql
    return [segment.raw for segment in parsed.tree.recursive_crawl("unparsable")]


@pytest.mark.last
def test_every_statement_of_the_suite_parses_without_an_unparsable_part(
    sme, endpoint, session_folders
):
    statements = {}
    for line in statements_in(session_folders):
        sql = PUBLIC_KEY.sub("", TIMESTAMP_DIGITS.sub("TIMESTAMP", json.loads(line)["sql"]))
        sql = WITHIN_GROUP.sub("", RETURNING.sub(r"\1)", sql))
        sql = QUOTED_CONNECTION.sub(r"\1 \2", SESSION_TOKEN.sub("", sql))
        sql = USAGE.sub(r"\1 SELECT", ACCESS.sub(r"\1 \2", sql))
        statements.setdefault(shape(sql), sql)
    assert any(sql.startswith("EXPORT (SELECT") for sql in statements.values())

    with ProcessPoolExecutor() as pool:
        unparsable = [
            part for parts in pool.map(unparsable_parts, statements.values()) for part in parts
        ]
    assert unparsable == []
