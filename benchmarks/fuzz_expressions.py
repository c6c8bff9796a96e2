"""Random SQL expressions, each with what Exasol documents as its value.

An expression is text together with a Python function that evaluates it for a row; the two are
made side by side and share nothing with the database stand-in. Only what is documented is made:
'' is NULL, NULL in a concatenation is '', logic has three values, DECIMAL arithmetic is exact,
rounding is away from zero, GREATEST and LEAST of NULL are NULL.
"""

from __future__ import annotations

import calendar
import datetime
import decimal
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

NUMBER, TEXT, TRUTH, DAY = "number", "text", "truth", "day"
KINDS = (NUMBER, TEXT, TRUTH, DAY)
_EXACT = decimal.Context(prec=60)
_MOST_DIGITS = 24  # of a number, before and behind the point: Exasol has 36
_LETTERS = "abcABx ä_%-1"

Row = dict[str, object]


@dataclass(frozen=True)
class Expression:
    """SQL, and its value for a row.

    Attributes:
        digits: the most that a number can have before its point, and those behind it.
    """

    sql: str
    kind: str
    value: Callable[[Row], object]
    digits: tuple[int, int] = (0, 0)


def literal(value: object, kind: str) -> str:
    """A value as SQL."""
    if value is None:
        return "NULL"
    if kind == TEXT:
        return "'" + str(value).replace("'", "''") + "'"
    if kind == DAY:
        return f"DATE '{value}'"
    return f"({value})" if kind == NUMBER and value < 0 else str(value).upper()


def number(chance: random.Random, whole: int, scale: int) -> Decimal:
    most = 10 ** (whole + scale) - 1
    most = chance.choice((3 * 10**scale, most))
    return Decimal(chance.randint(-most, most)).scaleb(-scale, _EXACT)


def text(chance: random.Random) -> str | None:
    """'' among them, which is NULL."""
    return "".join(chance.choice(_LETTERS) for _ in range(chance.choice((0, 1, 2, 3, 5)))) or None


def day(chance: random.Random) -> datetime.date:
    return datetime.date(2019, 12, 28) + datetime.timedelta(chance.choice((0, 3, 35, 63, 64, 500)))


def constant(chance: random.Random, kind: str) -> Expression:
    """A literal; NULL only where its type is known."""
    if kind == NUMBER:
        digits = chance.choice(((2, 0), (3, 2)))
        value = number(chance, *digits)
        return Expression(literal(value, kind), kind, lambda row: value, digits)
    value = {TEXT: text, TRUTH: lambda c: c.random() < 0.5, DAY: day}[kind](chance)
    sql = "''" if value is None else literal(value, kind)
    return Expression(sql, kind, lambda row: value)


# --- Python's side of the functions --------------------------------------------------


def _strict(function: Callable) -> Callable:
    """NULL where any argument is NULL, and for ''."""

    def call(*arguments):
        if any(argument is None for argument in arguments):
            return None
        result = function(*arguments)
        return None if result == "" else result

    return call


def _rounded(mode: str) -> Callable:
    def call(value: Decimal, places: int) -> Decimal:
        return value.quantize(Decimal(1).scaleb(-places), mode, _EXACT)

    return call


def _and(left, right):
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _not(value):
    return None if value is None else not value


def _or(left, right):
    return _not(_and(_not(left), _not(right)))


def like(value: str, pattern: str) -> bool:
    parts = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(parts.get(c) or re.escape(c) for c in pattern), value, re.S))


def _remainder(left: Decimal, right: Decimal) -> Decimal:
    return _EXACT.remainder(left, right)  # with the sign of the dividend


def _add_months(value: datetime.date, months: int) -> datetime.date:
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = value.day == calendar.monthrange(value.year, value.month)[1]
    return datetime.date(year, month + 1, last if was_last else min(value.day, last))


COMPARISONS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Expressions:
    """Makes expressions over some columns.

    Args:
        columns: as expressions, of any kind.
    """

    def __init__(self, chance: random.Random, columns: list[Expression]):
        self._chance = chance
        self._columns = columns

    def any(self, depth: int = 3) -> Expression:
        return self.of(self._chance.choice(KINDS), depth)

    def of(self, kind: str, depth: int) -> Expression:
        """An expression of a kind; deep ones are made of others."""
        if depth <= 0 or self._chance.random() < 0.15:
            fitting = [column for column in self._columns if column.kind == kind]
            if fitting and self._chance.random() < 0.8:
                return self._chance.choice(fitting)
            return constant(self._chance, kind)
        makers = {
            NUMBER: (self._arithmetic, self._rounding, self._of_number, self._of_text),
            TEXT: (self._string, self._part, self._padded, self._concatenation),
            TRUTH: (self._comparison, self._logic, self._test, self._one_of, self._pattern),
            DAY: (self._shifted,),
        }[kind]
        general = (self._case, self._coalesced, self._simple_case)
        make = self._chance.choice(makers + makers + general)
        return make(kind, depth - 1)

    def _small(self, depth: int, most: int = 10) -> Expression:
        """A number of few digits, so that arithmetic stays exact."""
        found = self.of(NUMBER, depth)
        return found if sum(found.digits) <= most else constant(self._chance, NUMBER)

    def _made(self, sql: str, kind: str, function, *arguments: Expression, digits=(0, 0)):
        def value(row: Row):
            return function(*[argument.value(row) for argument in arguments])

        return Expression(sql, kind, value, digits)

    # --- of any kind

    def _widest(self, *parts: Expression) -> tuple[int, int]:
        return max(p.digits[0] for p in parts), max(p.digits[1] for p in parts)

    def _case(self, kind: str, depth: int) -> Expression:
        when, then, other = self.of(TRUTH, depth), self.of(kind, depth), self.of(kind, depth)
        return self._made(
            f"CASE WHEN {when.sql} THEN {then.sql} ELSE {other.sql} END",
            kind,
            lambda w, t, o: t if w else o,
            *(when, then, other),
            digits=self._widest(then, other),
        )

    def _simple_case(self, kind: str, depth: int) -> Expression:
        of, when = self._small(depth), self._small(depth)
        then = self.of(kind, depth)
        return self._made(
            f"CASE {of.sql} WHEN {when.sql} THEN {then.sql} END",
            kind,
            lambda o, w, t: t if o is not None and o == w else None,
            *(of, when, then),
            digits=then.digits,
        )

    def _coalesced(self, kind: str, depth: int) -> Expression:
        first, second = self.of(kind, depth), self.of(kind, depth)
        name = self._chance.choice(("COALESCE", "NVL", "NULLIF"))
        function = {
            "COALESCE": lambda a, b: b if a is None else a,
            "NVL": lambda a, b: b if a is None else a,
            "NULLIF": lambda a, b: None if a is not None and a == b else a,
        }[name]
        digits = self._widest(first, second)
        return self._made(
            f"{name}({first.sql}, {second.sql})", kind, function, first, second, digits=digits
        )

    # --- numbers

    def _arithmetic(self, kind: str, depth: int) -> Expression:
        left, right = self._small(depth), self._small(depth)
        sign = self._chance.choice("+-*")
        function = {"+": _EXACT.add, "-": _EXACT.subtract, "*": _EXACT.multiply}[sign]
        if sign == "*":
            digits = (left.digits[0] + right.digits[0], left.digits[1] + right.digits[1])
        else:
            digits = self._widest(left, right)
            digits = (digits[0] + 1, digits[1])
        sql = f"({left.sql} {sign} {right.sql})"
        return self._made(sql, kind, _strict(function), left, right, digits=digits)

    def _rounding(self, kind: str, depth: int) -> Expression:
        of = self._small(depth, 18)
        name = self._chance.choice(("ROUND", "TRUNC", "FLOOR", "CEIL"))
        modes = {
            "ROUND": decimal.ROUND_HALF_UP,
            "TRUNC": decimal.ROUND_DOWN,
            "FLOOR": decimal.ROUND_FLOOR,
            "CEIL": decimal.ROUND_CEILING,
        }
        places = self._chance.choice((0, 1)) if name in ("ROUND", "TRUNC") else 0
        rounded = _strict(lambda value: _rounded(modes[name])(value, places))
        tail = f", {places}" if places else ""
        digits = (of.digits[0] + 1, of.digits[1])
        return self._made(f"{name}({of.sql}{tail})", kind, rounded, of, digits=digits)

    def _of_number(self, kind: str, depth: int) -> Expression:
        of = self._small(depth, 18)
        name = self._chance.choice(("ABS", "SIGN", "MOD", "GREATEST", "LEAST", "NULLIFZERO"))
        if name == "MOD":
            by = Decimal(self._chance.choice((2, 3, 7)))
            rest = _strict(lambda value: _remainder(value, by))
            return self._made(f"MOD({of.sql}, {by})", kind, rest, of, digits=of.digits)
        if name in ("GREATEST", "LEAST"):
            other = self._small(depth, 18)
            extreme = _strict(max if name == "GREATEST" else min)
            sql = f"{name}({of.sql}, {other.sql})"
            return self._made(sql, kind, extreme, of, other, digits=self._widest(of, other))
        function = {
            "ABS": abs,
            "SIGN": lambda value: Decimal((value > 0) - (value < 0)),
            "NULLIFZERO": lambda value: value or None,
        }[name]
        return self._made(f"{name}({of.sql})", kind, _strict(function), of, digits=of.digits)

    def _of_text(self, kind: str, depth: int) -> Expression:
        if self._chance.random() < 0.3:
            of = self.of(DAY, depth)
            name = self._chance.choice(("YEAR", "MONTH", "DAY"))
            part = _strict(lambda value: Decimal(getattr(value, name.lower())))
            return self._made(f"{name}({of.sql})", kind, part, of, digits=(4, 0))
        of = self.of(TEXT, depth)
        if self._chance.random() < 0.5:
            length = _strict(lambda value: Decimal(len(value)))
            return self._made(f"LENGTH({of.sql})", kind, length, of, digits=(7, 0))
        part = self._chance.choice(("a", "b", "B", "ä"))
        found = _strict(lambda value: Decimal(value.find(part) + 1))
        return self._made(f"INSTR({of.sql}, '{part}')", kind, found, of, digits=(7, 0))

    # --- texts

    def _string(self, kind: str, depth: int) -> Expression:
        of = self.of(TEXT, depth)
        name = self._chance.choice(("UPPER", "LOWER", "REVERSE", "TRIM", "LTRIM", "RTRIM"))
        function = {
            "UPPER": str.upper,
            "LOWER": str.lower,
            "REVERSE": lambda value: value[::-1],
            "TRIM": lambda value: value.strip(" "),
            "LTRIM": lambda value: value.lstrip(" "),
            "RTRIM": lambda value: value.rstrip(" "),
        }[name]
        return self._made(f"{name}({of.sql})", kind, _strict(function), of)

    def _part(self, kind: str, depth: int) -> Expression:
        of = self.of(TEXT, depth)
        start, length = self._chance.randint(1, 4), self._chance.randint(1, 3)
        sql, function = self._chance.choice(
            (
                (f"SUBSTR({of.sql}, {start})", lambda s: s[start - 1 :]),
                (f"SUBSTR({of.sql}, {start}, {length})", lambda s: s[start - 1 :][:length]),
                (f"LEFT({of.sql}, {length})", lambda s: s[:length]),
                (f"RIGHT({of.sql}, {length})", lambda s: s[-length:]),
                (f"REPLACE({of.sql}, 'a', 'bb')", lambda s: s.replace("a", "bb")),
                (f"REPLACE({of.sql}, 'b', '')", lambda s: s.replace("b", "")),
            )
        )
        return self._made(sql, kind, _strict(function), of)

    def _padded(self, kind: str, depth: int) -> Expression:
        of = self.of(TEXT, depth)
        width = self._chance.randint(1, 7)
        sql, function = self._chance.choice(
            (
                (f"LPAD({of.sql}, {width}, 'x')", lambda s: s[:width].rjust(width, "x")),
                (f"RPAD({of.sql}, {width}, 'x')", lambda s: s[:width].ljust(width, "x")),
            )
        )
        return self._made(sql, kind, _strict(function), of)

    def _concatenation(self, kind: str, depth: int) -> Expression:
        left, right = self.of(TEXT, depth), self.of(TEXT, depth)
        form = self._chance.choice(("({} || {})", "CONCAT({}, {})"))

        def joined(a, b):
            return ((a or "") + (b or "")) or None

        return self._made(form.format(left.sql, right.sql), kind, joined, left, right)

    # --- truth

    def _comparison(self, kind: str, depth: int) -> Expression:
        of = self._chance.choice((NUMBER, TEXT, DAY))
        left, right = self.of(of, depth), self.of(of, depth)
        sign = self._chance.choice(tuple(COMPARISONS))
        compare = _strict(COMPARISONS[sign])
        return self._made(f"({left.sql} {sign} {right.sql})", kind, compare, left, right)

    def _logic(self, kind: str, depth: int) -> Expression:
        left, right = self.of(TRUTH, depth), self.of(TRUTH, depth)
        word = self._chance.choice(("AND", "OR", "NOT"))
        if word == "NOT":
            return self._made(f"(NOT {left.sql})", kind, _not, left)
        function = _and if word == "AND" else _or
        return self._made(f"({left.sql} {word} {right.sql})", kind, function, left, right)

    def _test(self, kind: str, depth: int) -> Expression:
        of = self.of(self._chance.choice(KINDS), depth)
        if self._chance.random() < 0.5:
            return self._made(f"({of.sql} IS NULL)", kind, lambda v: v is None, of)
        return self._made(f"({of.sql} IS NOT NULL)", kind, lambda v: v is not None, of)

    def _one_of(self, kind: str, depth: int) -> Expression:
        of = self._chance.choice((NUMBER, DAY))
        value, low, high = (self.of(of, depth) for _ in range(3))
        equal, at_most = _strict(COMPARISONS["="]), _strict(COMPARISONS["<="])
        if self._chance.random() < 0.5:
            return self._made(
                f"({value.sql} BETWEEN {low.sql} AND {high.sql})",
                kind,
                lambda v, a, b: _and(at_most(a, v), at_most(v, b)),
                *(value, low, high),
            )
        word = self._chance.choice(("IN", "NOT IN"))

        def contained(v, a, b):
            found = _or(equal(v, a), equal(v, b))
            return found if word == "IN" else _not(found)

        sql = f"({value.sql} {word} ({low.sql}, {high.sql}))"
        return self._made(sql, kind, contained, value, low, high)

    def _pattern(self, kind: str, depth: int) -> Expression:
        of = self.of(TEXT, depth)
        pattern = self._chance.choice(("a%", "%b%", "_", "%ä", "a_%", "%"))
        matches = _strict(lambda value: like(value, pattern))
        return self._made(f"({of.sql} LIKE '{pattern}')", kind, matches, of)

    # --- days

    def _shifted(self, kind: str, depth: int) -> Expression:
        of = self.of(DAY, depth)
        by = self._chance.randint(-40, 40)
        if self._chance.random() < 0.6:
            later = _strict(lambda value: value + datetime.timedelta(by))
            return self._made(f"ADD_DAYS({of.sql}, {by})", kind, later, of)
        later = _strict(lambda value: _add_months(value, by))
        return self._made(f"ADD_MONTHS({of.sql}, {by})", kind, later, of)
