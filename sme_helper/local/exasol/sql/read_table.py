"""Reads statements about schemas, tables and views."""

from __future__ import annotations

from ..errors import SqlError, unsupported
from ..types import ExaType
from .statements import (
    AlterTable,
    ChangeOwner,
    ColumnDefinition,
    CommentOn,
    CreateSchema,
    CreateTable,
    CreateView,
    Drop,
    Name,
    PrimaryKey,
    Rename,
    Truncate,
)
from .tokens import Cursor, skip_blank, split_list, token_at

_AFTER_TYPE = ("DEFAULT", "IDENTITY", "NOT", "NULL", "CONSTRAINT", "PRIMARY", "COMMENT")
_DROP_KINDS = ("TABLE", "VIEW", "SCHEMA", "SCRIPT", "FUNCTION", "CONNECTION", "USER", "ROLE")


def create_schema(cursor: Cursor) -> CreateSchema:
    if_not_exists = cursor.match("IF", "NOT", "EXISTS")
    schema = cursor.new_identifier()
    cursor.expect_end()
    return CreateSchema(schema, if_not_exists)


def alter_schema(cursor: Cursor) -> ChangeOwner:
    schema = cursor.identifier()
    if not cursor.match("CHANGE", "OWNER"):
        raise unsupported("ALTER SCHEMA other than CHANGE OWNER")
    owner = cursor.identifier()
    cursor.expect_end()
    return ChangeOwner(schema, owner)


# --- CREATE TABLE --------------------------------------------------------------------


def create_table(cursor: Cursor, or_replace: bool) -> CreateTable:
    """CREATE TABLE ..., from behind the word TABLE."""
    if_not_exists = cursor.match("IF", "NOT", "EXISTS")
    name = cursor.name()
    columns, column_names, distribution, partition, key = [], (), (), (), None
    like = query = None
    with_data = True
    if cursor.match("LIKE"):
        like = cursor.name()
    elif cursor.peek("("):
        items = split_list(cursor.parenthesized())
        if cursor.peek("AS") and all(_is_bare_name(item) for item in items):
            column_names = tuple(Cursor(item).new_identifier() for item in items)
        else:
            columns, like, distribution, partition, key = _table_items(items)
    if cursor.match("AS"):
        query, with_data, comment = _table_query(cursor)
    else:
        comment = _comment_is(cursor)
        cursor.expect_end()
    return CreateTable(
        name,
        or_replace,
        if_not_exists,
        tuple(columns),
        like,
        query,
        column_names,
        with_data,
        comment,
        distribution,
        partition,
        key,
    )


def _is_bare_name(item: str) -> bool:
    cursor = Cursor(item)
    cursor.next()
    return cursor.at_end()


def _table_items(items: list[str]):
    columns: list[ColumnDefinition] = []
    primary_keys: list[PrimaryKey | None] = []
    like, keys, current = None, {"DISTRIBUTE": [], "PARTITION": []}, None
    for item in items:
        cursor = Cursor(item)
        if word := next((w for w in keys if cursor.match(w, "BY")), None):
            current = keys[word]
        if current is not None:
            # DISTRIBUTE BY a, b: the commas of the key list are those of the table's list.
            current.append(cursor.identifier())
            cursor.expect_end()
        elif cursor.match("LIKE"):
            like = cursor.name()
        elif _is_constraint(cursor):
            primary_keys.append(_key(cursor))
        else:
            columns.append(column_definition(cursor))
            primary_keys.append(columns[-1].key)
    found = [key for key in primary_keys if key]
    if len(found) > 1:
        raise SqlError("multiple primary keys are not allowed")
    key = found[0] if found else None
    return columns, like, tuple(keys["DISTRIBUTE"]), tuple(keys["PARTITION"]), key


def _is_constraint(cursor: Cursor) -> bool:
    return (
        cursor.peek("CONSTRAINT") or cursor.peek("PRIMARY", "KEY") or cursor.peek("FOREIGN", "KEY")
    )


def _key(cursor: Cursor) -> PrimaryKey | None:
    """[CONSTRAINT name] PRIMARY KEY (columns) [state]; None for a foreign key, not read on."""
    name = cursor.identifier() if cursor.match("CONSTRAINT") else None
    if not cursor.match("PRIMARY", "KEY"):
        return None
    columns = tuple(cursor.identifiers())
    key = PrimaryKey(columns, name, _state(cursor))
    cursor.expect_end()
    return key


def _state(cursor: Cursor) -> bool | None:
    state = cursor.match_any("ENABLE", "DISABLE")
    return state == "ENABLE" if state else None


def column_definition(cursor: Cursor) -> ColumnDefinition:
    """name [type] [DEFAULT x] [IDENTITY] [[NOT] NULL] [PRIMARY KEY] [COMMENT IS 'x']."""
    name = cursor.new_identifier()
    type_text = "" if cursor.token.value in _AFTER_TYPE else cursor.until(*_AFTER_TYPE)
    type_ = ExaType.parse(type_text) if type_text else None
    nullable, default, is_identity, comment, key = None, None, False, None, None
    constraint = None
    while not cursor.at_end():
        if cursor.match("DEFAULT"):
            default = cursor.until(*(word for word in _AFTER_TYPE if word != "NULL"))
            if not default:
                raise cursor.fail("a default value")
        elif cursor.match("IDENTITY"):
            is_identity = True
            if cursor.token.kind == "number":
                cursor.next()
        elif cursor.match("NOT", "NULL"):
            nullable = False
        elif cursor.match("NULL"):
            nullable = True
        elif cursor.match("PRIMARY", "KEY"):
            key = PrimaryKey((name,), constraint, _state(cursor))
        elif cursor.match("CONSTRAINT"):
            # The name of a constraint, unless it is followed by its state only.
            if not cursor.peek("NOT") and not cursor.peek("NULL") and not cursor.peek("PRIMARY"):
                constraint = cursor.identifier()
        elif cursor.match_any("ENABLE", "DISABLE"):
            continue
        elif cursor.match("COMMENT", "IS"):
            comment = cursor.string()
        else:
            raise cursor.fail("a column definition")
    return ColumnDefinition(name, type_, nullable, default, is_identity, comment, key)


def _table_query(cursor: Cursor) -> tuple[str, bool, str | None]:
    text, comment = _split_comment(cursor.rest())
    upper = " ".join(text.upper().rsplit(None, 3)[-3:])
    with_data = True
    if upper.endswith("WITH NO DATA"):
        text, with_data = text[: text.upper().rindex("WITH")].rstrip(), False
    elif upper.endswith("WITH DATA"):
        text = text[: text.upper().rindex("WITH")].rstrip()
    if text.upper().startswith("TABLE "):
        text = "SELECT * FROM " + text[6:]
    return text, with_data, comment


def _split_comment(text: str) -> tuple[str, str | None]:
    """A query and the COMMENT IS '...' that closes the statement."""
    position, window = 0, []
    while (token := token_at(text, position)).kind != "end":
        window = [*window[-2:], token]
        position = token.end
    if len(window) == 3 and [t.value for t in window[:2]] == ["COMMENT", "IS"]:
        return text[: window[0].start].rstrip(), window[2].value
    return text, None


def _comment_is(cursor: Cursor) -> str | None:
    return cursor.string() if cursor.match("COMMENT", "IS") else None


# --- views ---------------------------------------------------------------------------


def create_view(cursor: Cursor, or_replace: bool) -> CreateView:
    """CREATE [FORCE] VIEW ..., from behind OR REPLACE."""
    force = cursor.match("FORCE")
    cursor.expect("VIEW")
    name = cursor.name()
    columns = []
    if cursor.peek("("):
        for item in split_list(cursor.parenthesized()):
            reader = Cursor(item)
            columns.append((reader.new_identifier(), _comment_is(reader)))
            reader.expect_end()
    cursor.expect("AS")
    query, comment = _split_comment(cursor.rest())
    text = cursor.sql[skip_blank(cursor.sql) :].rstrip()
    return CreateView(name, or_replace, force, tuple(columns), query, comment, text)


# --- ALTER TABLE ---------------------------------------------------------------------


def alter_table(cursor: Cursor) -> AlterTable:
    """ALTER TABLE ..., from behind the word TABLE."""
    name = cursor.name()
    if cursor.match("DISTRIBUTE", "BY"):
        return AlterTable(name, "DISTRIBUTE BY", columns=tuple(_names(cursor)))
    if cursor.match("PARTITION", "BY"):
        return AlterTable(name, "PARTITION BY", columns=tuple(_names(cursor)))
    if cursor.match("DROP"):
        return _alter_drop(cursor, name)
    if cursor.match("ADD"):
        return _alter_add(cursor, name)
    if cursor.match("MODIFY"):
        if _is_constraint(cursor):
            constraint = _constraint_name(cursor)
            key = PrimaryKey((), constraint, _state(cursor))
            cursor.expect_end()
            return AlterTable(name, "CHANGE KEY", key=key)
        cursor.match("COLUMN")
        text = cursor.rest()
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1]
        return AlterTable(name, "MODIFY COLUMN", column_definition(Cursor(text)))
    if cursor.match("RENAME"):
        return _alter_rename(cursor, name)
    if cursor.match("ALTER"):
        return _alter_default(cursor, name)
    raise unsupported(f"ALTER TABLE ... {cursor.token.text}")


def _alter_drop(cursor: Cursor, name: Name) -> AlterTable:
    if cursor.match("DISTRIBUTION", "KEYS"):
        return AlterTable(name, "DROP DISTRIBUTION")
    if cursor.match("PARTITION", "KEYS"):
        return AlterTable(name, "DROP PARTITION")
    if cursor.match("DISTRIBUTION", "AND", "PARTITION", "KEYS"):
        return AlterTable(name, "DROP DISTRIBUTION")
    if _is_constraint(cursor):
        return AlterTable(name, "DROP KEY", key=PrimaryKey((), _constraint_name(cursor)))
    cursor.match("COLUMN")
    if_exists = cursor.match("IF", "EXISTS")
    column = ColumnDefinition(cursor.identifier(), None)
    cursor.match("CASCADE", "CONSTRAINTS")
    cursor.expect_end()
    return AlterTable(name, "DROP COLUMN", column, if_exists=if_exists)


def _alter_add(cursor: Cursor, name: Name) -> AlterTable:
    if _is_constraint(cursor):
        key = _key(cursor)
        return AlterTable(name, "ADD KEY" if key else "CONSTRAINT", key=key)
    cursor.match("COLUMN")
    if_not_exists = cursor.match("IF", "NOT", "EXISTS")
    text = cursor.rest()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    column = column_definition(Cursor(text))
    return AlterTable(name, "ADD COLUMN", column, if_exists=if_not_exists)


def _constraint_name(cursor: Cursor) -> str | None:
    """CONSTRAINT [IF EXISTS] name, or PRIMARY KEY for the one that a table can have."""
    if cursor.match("PRIMARY", "KEY"):
        return None
    cursor.expect("CONSTRAINT")
    cursor.match("IF", "EXISTS")
    return cursor.identifier()


def _alter_rename(cursor: Cursor, name: Name) -> AlterTable:
    if cursor.match("CONSTRAINT"):
        return AlterTable(name, "CONSTRAINT")
    cursor.expect("COLUMN")
    column = ColumnDefinition(cursor.identifier(), None)
    cursor.expect("TO")
    new_name = cursor.identifier()
    cursor.expect_end()
    return AlterTable(name, "RENAME COLUMN", column, new_name)


def _alter_default(cursor: Cursor, name: Name) -> AlterTable:
    cursor.match("COLUMN")
    column_name = cursor.identifier()
    if cursor.match("DROP", "DEFAULT"):
        return AlterTable(name, "ALTER COLUMN DEFAULT", ColumnDefinition(column_name, None))
    cursor.expect("SET", "DEFAULT")
    column = ColumnDefinition(column_name, None, default=cursor.rest())
    return AlterTable(name, "ALTER COLUMN DEFAULT", column)


def _names(cursor: Cursor) -> list[str]:
    names = [cursor.identifier()]
    while cursor.match(","):
        names.append(cursor.identifier())
    cursor.expect_end()
    return names


# --- the rest ------------------------------------------------------------------------


def rename(cursor: Cursor) -> Rename:
    """RENAME [kind] old TO new, from behind RENAME."""
    kind = cursor.match_any("TABLE", "VIEW", "SCHEMA", "SCRIPT", "CONNECTION", "USER", "ROLE") or ""
    old = cursor.name()
    cursor.expect("TO")
    new = cursor.name()
    cursor.expect_end()
    return Rename(kind, old, new)


def comment(cursor: Cursor) -> CommentOn:
    """COMMENT ON [kind] name [(column IS 'x', ...)] [IS 'x'], from behind COMMENT."""
    cursor.expect("ON")
    kind = cursor.match_any("COLUMN", *_DROP_KINDS) or "TABLE"
    if kind == "COLUMN":
        return _comment_on_column(cursor)
    name = cursor.name()
    columns = {}
    text = _is_string(cursor) if cursor.peek("IS") else None
    if cursor.peek("("):
        for item in split_list(cursor.parenthesized()):
            reader = Cursor(item)
            column = reader.identifier()
            columns[column] = _is_string(reader)
    cursor.expect_end()
    return CommentOn(kind, name, text, columns)


def _comment_on_column(cursor: Cursor) -> CommentOn:
    parts = [cursor.identifier()]
    while cursor.match("."):
        parts.append(cursor.identifier())
    if len(parts) < 2:
        raise cursor.fail("table.column")
    text = _is_string(cursor)
    cursor.expect_end()
    table = Name(parts[-3] if len(parts) > 2 else None, parts[-2])
    return CommentOn("TABLE", table, None, {parts[-1]: text})


def _is_string(cursor: Cursor) -> str:
    cursor.expect("IS")
    if cursor.match("NULL"):
        return ""
    return cursor.string()


def truncate(cursor: Cursor) -> Truncate:
    cursor.expect("TABLE")
    name = cursor.name()
    cursor.expect_end()
    return Truncate(name)


def drop(cursor: Cursor) -> Drop:
    cursor.match("FORCE")
    kind = cursor.match_any(*_DROP_KINDS)
    if not kind:
        raise unsupported(f"DROP {cursor.token.text}")
    if_exists = cursor.match("IF", "EXISTS")
    name = cursor.name()
    cascade = cursor.match("CASCADE")
    cursor.match("CONSTRAINTS") or cursor.match("RESTRICT")
    cursor.expect_end()
    return Drop(kind, name, if_exists, cascade)
