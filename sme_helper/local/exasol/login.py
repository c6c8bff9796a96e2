"""Logging in by password, which clients encrypt with a key of the server."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .catalog import Catalog
from .database import Database
from .session import Client
from .websocket import WebSocket

_KEY_BITS = 1024  # what Exasol uses; the key lives as long as the server


def make_key() -> rsa.RSAPrivateKey:
    """The key with which clients encrypt their password."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def public_key(key: rsa.RSAPrivateKey) -> dict:
    """The part of the key that clients are given."""
    numbers = key.public_key().public_numbers()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "publicKeyPem": pem.decode(),
        "publicKeyModulus": f"{numbers.n:X}",
        "publicKeyExponent": f"{numbers.e:X}",
    }


def decrypted(key: rsa.RSAPrivateKey, password: str | None) -> str | None:
    """The password that a client has encrypted, or None where that cannot be read."""
    try:
        return key.decrypt(base64.b64decode(password or ""), padding.PKCS1v15()).decode()
    except ValueError:
        return None


def user_name(text: str) -> str:
    """Unquoted user names fold to upper case, as identifiers do."""
    if len(text) > 2 and text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    return text.upper()


def client(request: dict, websocket: WebSocket) -> Client:
    """What a client says of itself, and how it is connected."""
    name = f"{request.get('clientName') or ''} {request.get('clientVersion') or ''}".strip()
    return Client(
        name,
        str(request.get("driverName") or ""),
        str(request.get("clientOsUsername") or ""),
        str(request.get("clientOs") or ""),
        websocket.peer,
        websocket.is_encrypted,
    )


def is_allowed(database: Database, user: str, password: str | None) -> bool:
    """Whether the password is that of the user, who may have a session."""
    if password is None:
        return False
    store = database.open_store(database.next_session_id())
    try:
        access = Catalog(store, _LoggingIn(user)).access
        return access.password_matches(user, password) and access.has_system_privilege(
            "CREATE SESSION"
        )
    finally:
        store.close()


@dataclass(frozen=True)
class _LoggingIn:
    """Stands for a session while its user is not let in yet."""

    user: str
    schema: str | None = None
    statement_number: int = 0
