"""EXPORT and IMPORT: CSV files through a client's tunnel and in S3."""

from .export import run_export
from .import_ import run_import

__all__ = ["run_export", "run_import"]
