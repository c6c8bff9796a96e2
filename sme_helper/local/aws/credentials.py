"""Whose keys there are: those of the credentials file, and sessions made with them.

The file is in INI format, and read anew when it has changed:

    [key AKIA...]                                   ; a key of a user
    secret = ...
    account = 123456789012                          ; default: the server's
    user = sme                                      ; its name in ARNs
    session_token = ...                             ; for keys that end: token and time
    expires = 2030-01-01T00:00:00+00:00

    [role arn:aws:iam::123456789012:role/sme]       ; a role that can be assumed
    trusts = 123456789012, 210987654321             ; accounts; default: the role's own
    external_id = ...                               ; what who assumes it must know
    max_session_seconds = 3600
    session_seconds = 2                             ; sessions end so soon, whatever was asked for
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import hmac
import json
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from .clock import now

LONGEST_SESSION_SECONDS = 3600


@dataclass(frozen=True)
class Identity:
    """Who a key belongs to. A key whose secret is not known (None) is not checked."""

    account: str
    arn: str
    user_id: str
    secret: str | None = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: float | None = None


@dataclass(frozen=True)
class Role:
    """A role, and who may assume it for how long."""

    arn: str
    trusts: frozenset[str]
    external_id: str | None
    max_session_seconds: int
    session_seconds: int | None

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


@dataclass(frozen=True)
class Session:
    """Temporary keys."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: float


class Credentials:
    """All keys and roles.

    Args:
        account_id: whose the keys are for which the file names no account.
        session_key: with this, sessions are made such that nothing needs to be remembered: a
            token says whose it is, and key and secret follow from it.
        file: without one, every key may call and there are no roles.
    """

    def __init__(self, account_id: str, session_key: bytes, file: Path | None = None):
        self._account_id = account_id
        self._session_key = session_key
        self._file = file
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._keys: dict[str, Identity] = {}
        self._roles: dict[str, Role] = {}
        self._read()

    def identity(self, key_id: str, token: str | None) -> Identity | None:
        """Whose a key is; None if nobody's, or if the token is not that of the key."""
        self._read()
        if key_id in self._keys:
            return self._keys[key_id]
        if token is not None:
            return self._identity_of_session(key_id, token)
        if self._file is None:
            return _user(self._account_id, "local", key_id, secret=None)
        return None

    def role(self, arn: str) -> Role | None:
        self._read()
        return self._roles.get(arn)

    def new_session(self, identity: Identity, expires: float) -> Session:
        """Temporary keys for an identity."""
        claims = {**asdict(identity), "expires": expires}
        claims = {name: claims[name] for name in ("account", "arn", "user_id", "expires")}
        payload = base64.urlsafe_b64encode(json.dumps({**claims, "issued": now()}).encode())
        token = f"{payload.decode()}/{self._derived('token', payload.decode())}"
        return Session(self._key_id_of(token), self._derived("secret", token), token, expires)

    def _identity_of_session(self, key_id: str, token: str) -> Identity | None:
        payload, _, mark = token.rpartition("/")
        is_ours = hmac.compare_digest(mark, self._derived("token", payload))
        if not is_ours or key_id != self._key_id_of(token):
            return None
        claims = json.loads(base64.urlsafe_b64decode(payload))
        del claims["issued"]
        return Identity(**claims, secret=self._derived("secret", token), token=token)

    def _key_id_of(self, token: str) -> str:
        digest = hashlib.sha256(token.encode()).digest()
        return "ASIA" + base64.b32encode(digest).decode()[:16]

    def _derived(self, purpose: str, text: str) -> str:
        digest = hmac.digest(self._session_key, f"{purpose} {text}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode()[:40]

    def _read(self) -> None:
        if self._file is None:
            return
        status = self._file.stat()
        if self._seen == (status.st_mtime_ns, status.st_ino):
            return
        with self._lock:
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(self._file.read_text("utf-8"))
            keys, roles = {}, {}
            for title in parser.sections():
                kind, _, name = title.partition(" ")
                if kind == "key":
                    keys[name] = self._key(name, parser[title])
                elif kind == "role":
                    roles[name] = _role(name, parser[title])
                else:
                    raise ValueError(f"{self._file}: no section can be named {title}")
            self._keys, self._roles = keys, roles
            self._seen = (status.st_mtime_ns, status.st_ino)

    def _key(self, key_id: str, entry: configparser.SectionProxy) -> Identity:
        expires = entry.get("expires")
        return _user(
            entry.get("account", self._account_id),
            entry.get("user", "sme"),
            key_id,
            entry["secret"],
            entry.get("session_token"),
            datetime.fromisoformat(expires).timestamp() if expires else None,
        )


def _user(
    account: str,
    name: str,
    key_id: str,
    secret: str | None,
    token: str | None = None,
    expires: float | None = None,
) -> Identity:
    user_id = "AIDA" + base64.b32encode(hashlib.sha256(key_id.encode()).digest()).decode()[:16]
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Identity(account, arn, user_id, secret, token, expires)


def _role(arn: str, entry: configparser.SectionProxy) -> Role:
    trusts = entry.get("trusts", arn.split(":")[4])
    return Role(
        arn,
        frozenset(account.strip() for account in trusts.split(",")),
        entry.get("external_id"),
        entry.getint("max_session_seconds", LONGEST_SESSION_SECONDS),
        entry.getint("session_seconds"),
    )
