"""Lets a UDF's Python find BucketFS below /buckets, where Exasol mounts it.

There is no such folder on this machine, so Python's own functions are led to the right one.
"""

from __future__ import annotations

import builtins
import functools
import importlib.machinery
import io
import os
import sys
from collections.abc import Callable

_MOUNT = "/buckets"
_FUNCTIONS = ("open", "stat", "lstat", "listdir", "scandir", "access", "readlink")


def mount(folder: str) -> None:
    """From here on, paths below /buckets are those of the folder; in imports, too."""

    def led(path: object) -> object:
        try:
            text = os.fspath(path)
        except TypeError:
            return path
        inside = isinstance(text, str) and (text == _MOUNT or text.startswith(f"{_MOUNT}/"))
        return folder + text.removeprefix(_MOUNT) if inside else path

    for name in _FUNCTIONS:
        setattr(os, name, _leading(getattr(os, name), led))
    builtins.open = io.open = _leading(io.open, led)
    find = importlib.machinery.FileFinder.path_hook(
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES),
    )

    def hook(path: str) -> object:
        if led(path) is path:
            raise ImportError(path)
        return find(led(path))

    sys.path_hooks.insert(0, hook)


def _leading(function: Callable, led: Callable[[object], object]) -> Callable:
    @functools.wraps(function)
    def wrapper(path=".", *arguments, **options):
        return function(led(path), *arguments, **options)

    return wrapper
