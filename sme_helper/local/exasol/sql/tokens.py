"""A small tokenizer for the statements that only Exasol has.

`Cursor` reads lazily from a position, so what follows a header - a script body, a query -
is never tokenized.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import SqlError
from .keywords import check_identifier
from .statements import Name

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+"|\[[^\]]+\])
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<operator>\.\.\.|::|\|\||<=|>=|<>|!=|:=|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """One token: `text` is as written, `value` without quotes (words: upper case).

    kind is string, quoted, number, word, operator or end.
    """

    kind: str
    text: str
    value: str
    start: int
    end: int


def skip_blank(sql: str, position: int = 0) -> int:
    """The position of the first character that is neither white space nor comment."""
    match = _BLANK.match(sql, position)
    return match.end() if match else position


def token_at(sql: str, position: int) -> Token:
    """The token that starts at or after `position`."""
    start = skip_blank(sql, position)
    match = _TOKEN.match(sql, start)
    if not match:
        return Token("end", "", "", start, start)
    text = match.group()
    kind = match.lastgroup
    value = text
    if kind == "string":
        value = text[1:-1].replace("''", "'")
    elif kind == "quoted":
        value = text[1:-1].replace('""', '"') if text[0] == '"' else text[1:-1]
    elif kind == "word":
        value = text.upper()
    return Token(kind, text, value, start, match.end())


def tokenize(sql: str) -> list[Token]:
    """All tokens of a text, without the end marker."""
    tokens, position = [], 0
    while (token := token_at(sql, position)).kind != "end":
        tokens.append(token)
        position = token.end
    return tokens


class Cursor:
    """Reads a statement token by token; every `expect...` raises SqlError on a mismatch."""

    def __init__(self, sql: str, position: int = 0):
        self.sql = sql
        self.position = position

    @property
    def token(self) -> Token:
        return token_at(self.sql, self.position)

    def at_end(self) -> bool:
        """True at the end of the statement (one closing semicolon is no content)."""
        token = self.token
        if token.text == ";":
            token = token_at(self.sql, token.end)
        return token.kind == "end"

    def rest(self) -> str:
        """What has not been read yet, less a closing semicolon."""
        text = self.sql[self.token.start :].rstrip()
        return text.removesuffix(";").rstrip()

    def next(self) -> Token:
        token = self.token
        self.position = token.end
        return token

    def peek(self, *words: str) -> bool:
        """Whether these words or operators come next."""
        position = self.position
        for word in words:
            token = token_at(self.sql, position)
            if token.kind not in ("word", "operator") or token.value != word:
                return False
            position = token.end
        return True

    def match(self, *words: str) -> bool:
        """Like `peek`, and steps over them when they do."""
        if not self.peek(*words):
            return False
        for _ in words:
            self.next()
        return True

    def match_any(self, *words: str) -> str | None:
        """Steps over the first of `words` that comes next, and names it."""
        return next((word for word in words if self.match(word)), None)

    def fail(self, expected: str) -> SqlError:
        token = self.token
        # The text of a literal may be a secret.
        shown = {"end": "end of statement", "string": "string literal"}
        found = shown.get(token.kind, token.text)
        return SqlError(f"syntax error, unexpected {found!r}, expecting {expected}{self._place()}")

    def _place(self) -> str:
        start = self.token.start
        line = self.sql.count("\n", 0, start) + 1
        column = start - (self.sql.rfind("\n", 0, start) + 1) + 1
        return f" [line {line}, column {column}]"

    def expect(self, *words: str) -> None:
        if not self.match(*words):
            raise self.fail(" ".join(words))

    def expect_end(self) -> None:
        if not self.at_end():
            raise self.fail("end of statement")

    def identifier(self) -> str:
        """An identifier after folding: unquoted in upper case, quoted as written."""
        if self.token.kind not in ("word", "quoted"):
            raise self.fail("an identifier")
        return self.next().value

    def new_identifier(self) -> str:
        """Like `identifier`, where a keyword is no name unless it is quoted."""
        if self.token.kind == "word":
            check_identifier(self.token.value, self._place())
        return self.identifier()

    def name(self) -> Name:
        """[schema.]object; of three parts (database.schema.object) the last two count."""
        parts = [self.new_identifier()]
        while self.match("."):
            parts.append(self.new_identifier())
        return Name(parts[-2] if len(parts) > 1 else None, parts[-1])

    def string(self) -> str:
        if self.token.kind != "string":
            raise self.fail("a string literal")
        return self.next().value

    def parenthesized(self) -> str:
        """The text between a '(' that comes next and its partner."""
        self.expect("(")
        start = self.position
        depth = 1
        while depth:
            token = self.next()
            if token.kind == "end":
                raise self.fail("')'")
            if token.kind == "operator":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
        return self.sql[start : self.position - 1]

    def identifiers(self) -> list[str]:
        """A parenthesized list of identifiers."""
        self.expect("(")
        names = [self.identifier()]
        while self.match(","):
            names.append(self.identifier())
        self.expect(")")
        return names

    def until(self, *stops: str) -> str:
        """The text up to the first of `stops` outside parentheses, or up to the end."""
        start, depth = self.token.start, 0
        end = start
        while True:
            token = self.token
            if token.kind == "end" or (depth == 0 and token.text == ";"):
                break
            if depth == 0 and token.kind in ("word", "operator") and token.value in stops:
                break
            if token.kind == "operator":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                if depth < 0:
                    break
            end = self.next().end
        return self.sql[start:end]


def split_list(text: str) -> list[str]:
    """The items of a comma-separated list; commas inside parentheses do not count."""
    cursor = Cursor(text)
    if cursor.at_end():
        return []
    items = [cursor.until(",")]
    while cursor.match(","):
        items.append(cursor.until(","))
    return items
