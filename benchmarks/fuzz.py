"""Random SELECTs over random tables: does the database stand-in answer as Exasol documents?

    python -m benchmarks.fuzz [--seconds 60] [--seed 1]

Each answer is compared with that of a small model in Python. A clear refusal (0A000) counts as
such; a wrong answer, another error or an exception is printed with its seed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import cmp_to_key

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

from .fuzz_expressions import (
    COMPARISONS,
    DAY,
    NUMBER,
    TEXT,
    TRUTH,
    Expression,
    Expressions,
    Row,
    day,
    literal,
    number,
    text,
)

_TYPES = {TEXT: "VARCHAR(10)", TRUTH: "BOOLEAN", DAY: "DATE"}
_DOUBLE = Context(prec=15)
_KINDS_OF_COLUMNS = (NUMBER, NUMBER, TEXT, TEXT, TRUTH, DAY)


@dataclass(frozen=True)
class Table:
    """A table and the model of it."""

    name: str
    columns: list[Expression]
    rows: list[Row]

    def statements(self) -> list[str]:
        columns = ", ".join(f"{column.sql} {_type(column)}" for column in self.columns)
        made = [f"CREATE OR REPLACE TABLE {self.name} ({columns})"]
        rows = [
            "(" + ", ".join(literal(row[c.sql], c.kind) for c in self.columns) + ")"
            for row in self.rows
        ]
        return made + ([f"INSERT INTO {self.name} VALUES {', '.join(rows)}"] if rows else [])


@dataclass(frozen=True)
class Query:
    """A SELECT and what it must give; the order counts where `ordered`."""

    sql: str
    rows: list[tuple]
    ordered: bool = False


def _type(column: Expression) -> str:
    whole, scale = column.digits
    return f"DECIMAL({whole + scale},{scale})" if column.kind == NUMBER else _TYPES[column.kind]


def random_table(chance: random.Random, name: str) -> Table:
    columns = []
    for index, kind in enumerate(_KINDS_OF_COLUMNS):
        sql = f"{name}{index}"
        digits = chance.choice(((3, 0), (5, 2))) if kind == NUMBER else (0, 0)
        columns.append(Expression(sql, kind, lambda row, sql=sql: row[sql], digits))
    rows = [
        {column.sql: _cell(chance, column) for column in columns}
        for _ in range(chance.randint(0, 8))
    ]
    return Table(name, columns, rows)


def _cell(chance: random.Random, column: Expression) -> object:
    if chance.random() < 0.2:
        return None
    make = {TEXT: text, DAY: day, TRUTH: lambda c: c.random() < 0.5}
    if column.kind == NUMBER:
        return number(chance, *column.digits)
    return make[column.kind](chance)


# --- queries -------------------------------------------------------------------------


def random_query(chance: random.Random, left: Table, right: Table) -> Query:
    make = chance.choice((_plain, _plain, _ordered, _grouped, _joined, _set_operation, _subquery))
    return make(chance, left, right)


def _filtered(chance: random.Random, table: Table) -> tuple[str, list[Row]]:
    """A FROM clause with a WHERE, and the rows that it leaves."""
    if chance.random() < 0.4:
        return table.name, table.rows
    condition = Expressions(chance, table.columns).of(TRUTH, 2)
    return f"{table.name} WHERE {condition.sql}", [r for r in table.rows if condition.value(r)]


def _plain(chance: random.Random, table: Table, _: Table) -> Query:
    make = Expressions(chance, table.columns)
    parts = [make.any() for _ in range(chance.randint(1, 3))]
    source, rows = _filtered(chance, table)
    word = chance.choice(("", "DISTINCT "))
    answers = [tuple(part.value(row) for part in parts) for row in rows]
    if word:
        answers = list(dict.fromkeys(answers))
    return Query(f"SELECT {word}{', '.join(p.sql for p in parts)} FROM {source}", answers)


def _ordered(chance: random.Random, table: Table, _: Table) -> Query:
    """By everything that is selected, so that the order is certain."""
    parts = [Expressions(chance, table.columns).any(2) for _ in range(2)]
    source, rows = _filtered(chance, table)
    keys, clause = [], []
    for place in range(len(parts)):
        descending, nulls = chance.random() < 0.5, chance.choice((None, "FIRST", "LAST"))
        # NULL is greater than every value where nothing else is said.
        nulls_first = descending if nulls is None else nulls == "FIRST"
        keys.append((place, descending, nulls_first))
        tail = f" NULLS {nulls}" if nulls else ""
        clause.append(f"{place + 1}{' DESC' if descending else ''}{tail}")
    answers = [tuple(part.value(row) for part in parts) for row in rows]
    answers.sort(key=cmp_to_key(lambda a, b: _order(a, b, keys)))
    sql = f"SELECT {', '.join(p.sql for p in parts)} FROM {source} ORDER BY {', '.join(clause)}"
    if chance.random() < 0.5:
        most, skipped = chance.randint(0, 5), chance.randint(0, 2)
        answers = answers[skipped:][:most]
        sql += f" LIMIT {most} OFFSET {skipped}"
    return Query(sql, answers, ordered=True)


def _order(left: tuple, right: tuple, keys: list[tuple[int, bool, bool]]) -> int:
    for place, descending, nulls_first in keys:
        a, b = left[place], right[place]
        if a == b:
            continue
        if a is None or b is None:
            return -1 if (a is None) == nulls_first else 1
        return -1 if (a < b) != descending else 1
    return 0


AGGREGATES = {
    "COUNT": lambda values: Decimal(len(values)),
    "COUNT(DISTINCT": lambda values: Decimal(len(set(values))),
    "SUM": lambda values: sum(values) if values else None,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
}


def _grouped(chance: random.Random, table: Table, _: Table) -> Query:
    make = Expressions(chance, table.columns)
    source, rows = _filtered(chance, table)
    keys = chance.sample(table.columns, chance.randint(0, 2))
    name = chance.choice(tuple(AGGREGATES))
    kinds = {"SUM": (NUMBER,)}.get(name, (NUMBER, TEXT, DAY))
    of = make.of(chance.choice(kinds), 2)
    call = f"{name} {of.sql})" if name.endswith("DISTINCT") else f"{name}({of.sql})"
    groups: dict[tuple, list[Row]] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(key.value(row) for key in keys), []).append(row)
    answers = []
    least = chance.choice((None, 1, 2))
    for group, members in groups.items():
        values = [value for row in members if (value := of.value(row)) is not None]
        if least is None or len(members) >= least:
            answers.append((*group, AGGREGATES[name](values), Decimal(len(members))))
    selected = ", ".join([*(key.sql for key in keys), call, "COUNT(*)"])
    sql = f"SELECT {selected} FROM {source}"
    if keys:
        sql += f" GROUP BY {', '.join(key.sql for key in keys)}"
    if least is not None:
        sql += f" HAVING COUNT(*) >= {least}"
    return Query(sql, answers)


def _joined(chance: random.Random, left: Table, right: Table) -> Query:
    kind = chance.choice(("INNER", "LEFT", "RIGHT", "FULL"))
    place = chance.choice((0, 2, 5))
    mine, theirs = left.columns[place], right.columns[place]
    columns = left.columns + right.columns
    parts = [Expressions(chance, columns).any(2) for _ in range(2)]
    nothing = dict.fromkeys(column.sql for column in columns)
    pairs, met = [], set()
    for row in left.rows:
        fitting = [
            (number, other)
            for number, other in enumerate(right.rows)
            if mine.value(row) is not None and mine.value(row) == theirs.value(other)
        ]
        met |= {number for number, _ in fitting}
        pairs += [{**row, **other} for _, other in fitting]
        if not fitting and kind in ("LEFT", "FULL"):
            pairs.append({**nothing, **row})
    if kind in ("RIGHT", "FULL"):
        pairs += [{**nothing, **row} for n, row in enumerate(right.rows) if n not in met]
    sql = (
        f"SELECT {', '.join(p.sql for p in parts)} FROM {left.name} "
        f"{kind} JOIN {right.name} ON {mine.sql} = {theirs.sql}"
    )
    return Query(sql, [tuple(part.value(row) for part in parts) for row in pairs])


def _set_operation(chance: random.Random, left: Table, right: Table) -> Query:
    place = chance.choice((0, 2, 4, 5))
    a, b = left.columns[place], right.columns[place]
    first = [(a.value(row),) for row in left.rows]
    second = [(b.value(row),) for row in right.rows]
    word = chance.choice(("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "MINUS"))
    rows = {
        "UNION": list(dict.fromkeys(first + second)),
        "UNION ALL": first + second,
        "INTERSECT": [row for row in dict.fromkeys(first) if row in second],
        "EXCEPT": [row for row in dict.fromkeys(first) if row not in second],
        "MINUS": [row for row in dict.fromkeys(first) if row not in second],
    }[word]
    return Query(f"SELECT {a.sql} FROM {left.name} {word} SELECT {b.sql} FROM {right.name}", rows)


def _subquery(chance: random.Random, left: Table, right: Table) -> Query:
    """IN, EXISTS and a scalar subquery."""
    place = chance.choice((0, 2, 5))
    mine, theirs = left.columns[place], right.columns[place]
    others = [theirs.value(row) for row in right.rows]
    form = chance.choice(("IN", "NOT IN", "EXISTS", "scalar"))

    def kept(row: Row) -> bool:
        value = mine.value(row)
        if form == "NOT IN":  # of nothing it is true, of NULL never
            return not others or (value is not None and None not in others and value not in others)
        if form == "scalar":
            most = max((other for other in others if other is not None), default=None)
            return None not in (value, most) and COMPARISONS["<"](value, most)
        return value is not None and value in others

    condition = {
        "IN": f"{mine.sql} IN (SELECT {theirs.sql} FROM {right.name})",
        "NOT IN": f"{mine.sql} NOT IN (SELECT {theirs.sql} FROM {right.name})",
        "EXISTS": f"EXISTS (SELECT 1 FROM {right.name} WHERE {theirs.sql} = {mine.sql})",
        "scalar": f"{mine.sql} < (SELECT MAX({theirs.sql}) FROM {right.name})",
    }[form]
    part = Expressions(chance, left.columns).any(2)
    rows = [(part.value(row),) for row in left.rows if kept(row)]
    return Query(f"SELECT {part.sql} FROM {left.name} WHERE {condition}", rows)


# --- running -------------------------------------------------------------------------


def comparable(row: tuple) -> tuple:
    """Numbers by their value, whatever type they came in; a DOUBLE has 15 digits of it."""
    return tuple(_number(value) if _is_number(value) else value for value in row)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number(value: float | Decimal) -> Decimal:
    return _DOUBLE.create_decimal(value).normalize(_DOUBLE)


def difference(session: Session, query: Query) -> str | None:
    """What is wrong with the answer; None if nothing is, 'refused' for a clear refusal."""
    try:
        result = session.execute(query.sql)
    except SqlError as error:
        return "refused" if error.code == "0A000" else f"error {error.code}: {error.text}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    columns = (column.to_pylist() for column in result.table.columns)
    got = [comparable(row) for row in zip(*columns, strict=True)]
    expected = [comparable(row) for row in query.rows]
    same = got == expected if query.ordered else Counter(got) == Counter(expected)
    if not same:
        return f"got {got}, expected {expected}"
    return _difference_of_types([column.type.name for column in result.columns], query.rows)


# What has a value of each kind. Numbers here are DECIMALs, of which only a division makes a DOUBLE.
_NAMES = {Decimal: ("DECIMAL",), str: ("VARCHAR", "CHAR"), bool: ("BOOLEAN",), date: ("DATE",)}


def _difference_of_types(names: list[str], rows: list[tuple]) -> str | None:
    for place, name in enumerate(names):
        kinds = {type(row[place]) for row in rows if row[place] is not None}
        for kind in kinds:
            if name not in _NAMES[kind]:
                return f"column {place + 1} is a {name}, expected {' or '.join(_NAMES[kind])}"
    return None


def run(session: Session, chance: random.Random, queries: int = 5) -> tuple[int, list[str]]:
    """Some queries over two new tables: how many were refused, and what was wrong."""
    left, right = random_table(chance, "L"), random_table(chance, "R")
    for statement in (*left.statements(), *right.statements()):
        session.execute(statement)
    refused, wrong = 0, []
    for _ in range(queries):
        query = random_query(chance, left, right)
        found = difference(session, query)
        if found == "refused":
            refused += 1
        elif found:
            rows = "\n".join(left.statements() + right.statements())
            wrong.append(f"{query.sql}\n{found}\n{rows}")
    return refused, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    database = Database()
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA FUZZ")
    seed, count, refused, wrong = given.seed, 0, 0, 0
    ends = time.monotonic() + given.seconds
    while time.monotonic() < ends:
        said_no, found = run(session, random.Random(seed), queries=20)
        for report in found:
            print(f"--- seed {seed}\n{report}", flush=True)
        seed, count = seed + 1, count + 20
        refused, wrong = refused + said_no, wrong + len(found)
    print(f"{count} SELECTs, seeds {given.seed} to {seed - 1}: {refused} refused, {wrong} wrong")
    session.close()
    database.close()


if __name__ == "__main__":
    main()
