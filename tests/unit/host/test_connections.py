"""What `sme connection create` makes is what UDFs and EXPORT can read."""

import re

import pytest

from sme_helper.connections import Keys, Role, checked, connections, without_secrets
from sme_helper.errors import HelperError
from udfs.python.credentials import Access, check_can_export

LONG_LIVED = Keys("AKIAKEY", "sec'ret")
ENDING = Keys("ASIAKEY", "sec'ret", "to/ken==")
ROLE = Role("arn:aws:iam::123456789012:role/sme", "exasol-1", 900)
PARTS = re.compile(
    r"CREATE OR REPLACE CONNECTION \"(.*?)\" TO '(.*?)' USER '(.*?)' IDENTIFIED BY '(.*?)'"
    r"(?: SESSION TOKEN '(.*?)')?$"
)


def parts(connection) -> tuple:
    """Name, address, user, password and session token of a statement, as the database has them."""
    found = PARTS.match(connection.statement.replace("''", "\0")).groups()
    return tuple(text and text.replace("\0", "'") for text in found)


def test_one_connection_is_enough_for_long_lived_keys():
    (made,) = connections("SME_AWS", None, "s3://mine", "eu-central-1", LONG_LIVED)
    name, address, user, password, _ = parts(made)
    access = Access(name, address, user, password)
    assert (access.key_id, access.secret) == ("AKIAKEY", "sec'ret")
    assert address == "https://mine.s3.eu-central-1.amazonaws.com"
    check_can_export(name, address, password)


@pytest.mark.parametrize("role", [None, ROLE])
@pytest.mark.parametrize("keys", [LONG_LIVED, ENDING])
def test_udfs_read_token_and_role_from_one_and_export_uses_the_other(keys, role):
    for_udfs, for_export = connections("API", "S3", "mine", "eu-central-1", keys, role)
    name, address, user, password, _ = parts(for_udfs)
    access = Access(name, address, user, password)
    assert (access.secret, access.token) == ("sec'ret", keys.token)
    assert access.role_arn == (ROLE.arn if role else None)
    assert access.external_id == ("exasol-1" if role else None)
    assert access.duration_seconds == (900 if role else 3600)
    name, address, user, password, token = parts(for_export)
    assert (user, password, token) == (keys.key_id, "sec'ret", keys.token)
    check_can_export(name, address, password)


@pytest.mark.parametrize(("keys", "role"), [(ENDING, None), (LONG_LIVED, ROLE)])
def test_what_needs_two_connections_is_not_put_into_one(keys, role):
    with pytest.raises(HelperError, match=r"E-SME-164: .*--s3-connection"):
        connections("API", None, "mine", "eu-central-1", keys, role)


@pytest.mark.parametrize(
    "keys", [Keys("", "x"), Keys("AKIA", " "), Keys("ASIAKEY", "secret", None)]
)
def test_half_of_the_keys_is_refused(keys):
    with pytest.raises(HelperError, match="E-SME-165"):
        checked(keys)


def test_blanks_around_keys_are_no_part_of_them():
    assert checked(Keys(" AKIAKEY\n", "secret ")) == Keys("AKIAKEY", "secret")


def test_secrets_show_neither_in_messages_nor_in_the_repr():
    told = without_secrets("syntax error near 'sec''ret' or sec'ret or to/ken==", ENDING)
    assert told == "syntax error near '***' or *** or ***"
    assert not any(secret in repr(ENDING) for secret in ENDING.secrets)
