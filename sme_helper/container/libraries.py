"""Exasol's own libraries, which come with the extra `container`."""

from __future__ import annotations

import importlib
from types import ModuleType

from sme_helper.errors import HelperError


def library(name: str) -> ModuleType:
    """A module of the extra.

    Raises:
        HelperError: E-SME-173, it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise HelperError(
            f"E-SME-173: This needs Exasol's libraries ({error.name} is missing). Install them: "
            'pip install "sme-helper[container]"'
        ) from None
