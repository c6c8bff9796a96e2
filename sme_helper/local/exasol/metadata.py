"""The metadata commands of the WebSocket API, each as a query over the dictionary."""

from __future__ import annotations

from collections.abc import Callable

from . import requests


def _pattern(request: dict, key: str) -> str:
    return _literal(requests.text(request, key, "%") or "%")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _schemas(request: dict) -> str:
    return (
        "SELECT * FROM ("
        "SELECT SCHEMA_NAME AS NAME, SCHEMA_OWNER AS OWNER, SCHEMA_COMMENT AS REMARKS "
        "FROM SYS.EXA_SCHEMAS UNION ALL "
        "SELECT SCHEMA_NAME, 'SYS', NULL FROM VALUES ('SYS'), ('EXA_STATISTICS') AS T (SCHEMA_NAME)"
        f") WHERE NAME LIKE {_pattern(request, 'schema')} ORDER BY 1"
    )


def _tables(request: dict) -> str:
    types = requests.items(request, "tableTypes", str) or ["TABLE", "VIEW"]
    return (
        "SELECT ROOT_NAME AS SCHEMA_NAME, OBJECT_NAME AS NAME, OWNER, OBJECT_TYPE AS TYPE, "
        "OBJECT_COMMENT AS REMARKS FROM SYS.EXA_ALL_OBJECTS "
        f"WHERE OBJECT_TYPE IN ({', '.join(map(_literal, types))}) "
        f"AND ROOT_NAME LIKE {_pattern(request, 'schema')} "
        f"AND OBJECT_NAME LIKE {_pattern(request, 'table')} ORDER BY 1, 2"
    )


def _columns(request: dict) -> str:
    return (
        "SELECT COLUMN_SCHEMA AS SCHEMA_NAME, COLUMN_TABLE AS TABLE_NAME, COLUMN_NAME AS NAME, "
        "COLUMN_ORDINAL_POSITION AS ORDINAL_POSITION, COLUMN_TYPE AS TYPE, "
        "COLUMN_MAXSIZE AS MAXSIZE, COLUMN_NUM_SCALE AS NUM_SCALE, "
        "COLUMN_IS_NULLABLE AS NULLABLE, COLUMN_DEFAULT AS DEFAULT_VALUE, "
        "COLUMN_COMMENT AS REMARKS FROM SYS.EXA_ALL_COLUMNS "
        f"WHERE COLUMN_SCHEMA LIKE {_pattern(request, 'schema')} "
        f"AND COLUMN_TABLE LIKE {_pattern(request, 'table')} "
        f"AND COLUMN_NAME LIKE {_pattern(request, 'column')} ORDER BY 1, 2, 4"
    )


def _keywords(request: dict) -> str:
    return "SELECT KEYWORD, RESERVED FROM SYS.EXA_SQL_KEYWORDS ORDER BY 1"


def _catalogs(request: dict) -> str:
    return "SELECT 'EXA_DB' AS NAME FROM DUAL"


def _table_types(request: dict) -> str:
    return "SELECT TYPE FROM VALUES ('TABLE'), ('VIEW') AS T (TYPE)"


COMMANDS: dict[str, Callable[[dict], str]] = {
    "getCatalogs": _catalogs,
    "getColumns": _columns,
    "getKeywords": _keywords,
    "getSchemas": _schemas,
    "getTables": _tables,
    "getTableTypes": _table_types,
}
