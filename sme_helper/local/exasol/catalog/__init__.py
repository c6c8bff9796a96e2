"""The database's dictionary: internal tables, Exasol's system views over them, and `Catalog`."""

from .catalog import Catalog, Connection
from .rights import Rights

__all__ = ["Catalog", "Connection", "Rights"]
