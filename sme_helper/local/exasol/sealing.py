"""Secrets of CONNECTIONs as the database's file has them: encrypted, with a key beside it.

Whoever reads the file, or a copy of it, reads no password.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet

_MARK = "sealed:"


class Seal:
    """Encrypts and decrypts texts.

    Args:
        key_file: where the key is kept, for its owner alone; None for one that lasts as long as
            the object.
    """

    def __init__(self, key_file: Path | None):
        self._fernet = Fernet(_kept_key(key_file) if key_file else Fernet.generate_key())

    def close(self, text: str) -> str:
        return _MARK + self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str | None) -> str:
        """The text; what an earlier version has stored without a seal is taken as it is."""
        if not sealed or not sealed.startswith(_MARK):
            return sealed or ""
        return self._fernet.decrypt(sealed.removeprefix(_MARK)).decode()


def _kept_key(file: Path) -> bytes:
    if not file.exists():
        written = file.with_suffix(".new")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key())
        written.replace(file)
    return file.read_bytes()
