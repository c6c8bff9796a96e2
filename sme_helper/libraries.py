"""Packages that come with an extra of sme-helper."""

from __future__ import annotations

import importlib
from types import ModuleType

from sme_helper.errors import HelperError


def library(name: str, extra: str = "container") -> ModuleType:
    """A module that needs an extra.

    Raises:
        HelperError: E-SME-173, it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise HelperError(
            f"E-SME-173: This needs packages that are not installed ({error.name}). Install them: "
            f'pip install "sme-helper[{extra}]"'
        ) from None
