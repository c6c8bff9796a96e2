"""Scripting programs: EXECUTE SCRIPT in a real Lua 5.4."""

from .program import execute_script

__all__ = ["execute_script"]
