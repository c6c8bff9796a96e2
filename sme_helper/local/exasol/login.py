"""The parts of a log-in: the key for the password, and what a client tells of itself."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .session import Client

_KEY_BITS = 1024  # what Exasol uses; the key lives as long as the server


def make_key() -> rsa.RSAPrivateKey:
    """The key with which clients encrypt their password."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def public_key(key: rsa.RSAPrivateKey) -> dict:
    """What a client is told of the key."""
    numbers = key.public_key().public_numbers()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "publicKeyPem": pem.decode(),
        "publicKeyModulus": f"{numbers.n:X}",
        "publicKeyExponent": f"{numbers.e:X}",
    }


def password(key: rsa.RSAPrivateKey, encrypted: object) -> str | None:
    """The password that a client has sent, or None."""
    try:
        return key.decrypt(base64.b64decode(str(encrypted)), padding.PKCS1v15()).decode()
    except ValueError:
        return None


def user_name(text: str) -> str:
    """Unquoted user names fold to upper case, as identifiers do."""
    if len(text) > 2 and text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    return text.upper()


def client(request: dict) -> Client:
    name = f"{request.get('clientName') or ''} {request.get('clientVersion') or ''}".strip()
    return Client(
        name,
        str(request.get("driverName") or ""),
        str(request.get("clientOsUsername") or ""),
        str(request.get("clientOs") or ""),
    )
