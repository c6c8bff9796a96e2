"""Lua modules of udfs/lua as Python can call them: the files as they are, in Lua 5.4."""

import json
from pathlib import Path

import pytest
from lupa import lua54

LUA_SOURCES = Path(__file__).parents[3] / "udfs" / "lua"


class LuaModules:
    """Loads our Lua modules; makes Lua tables for calls of their functions."""

    def __init__(self, runtime):
        self.runtime = runtime
        self.globals = runtime.globals
        self.table = runtime.table

    def load(self, name):
        return self.runtime.eval(f"(require('{name}'))")

    def table_from(self, value):
        return self.runtime.table_from(value, recursive=True)


@pytest.fixture
def lua():
    """A Lua runtime that finds our modules, with the globals that Exasol adds."""
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().package.path = f"{LUA_SOURCES}/?.lua"
    runtime.execute("null = setmetatable({}, {__tostring = function() return 'null' end})")
    runtime.globals().decode_json = lambda text: runtime.table_from(
        json.loads(text), recursive=True
    )
    runtime.globals().encode_json = lambda value: json.dumps(plain(value), sort_keys=True)
    runtime.execute(
        "package.preload['cjson'] = function()"
        " return {decode = decode_json, encode = encode_json, null = null} end"
    )
    runtime.execute("exa = {meta = {script_schema = 'SME', current_user = 'U', session_id = '1'}}")
    return LuaModules(runtime)


def plain(value):
    """A Lua table as lists and dictionaries."""
    if lua54.lua_type(value) != "table":
        return value
    keys = list(value.keys())
    if keys and keys == list(range(1, len(keys) + 1)):
        return [plain(value[key]) for key in keys]
    return {key: plain(value[key]) for key in keys}


@pytest.fixture
def lua_error():
    """The text of what a Lua call raises."""

    def text_of(call, *arguments):
        with pytest.raises(lua54.LuaError) as raised:
            call(*arguments)
        return str(raised.value)

    return text_of
