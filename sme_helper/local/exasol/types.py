"""Exasol's column types, and what each is in DuckDB, in Arrow and on the wire.

DuckDB stores the values; Exasol's own type is kept beside them, because several Exasol
types share one DuckDB type (every VARCHAR(n), CHAR(n), HASHTYPE is a VARCHAR there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from .errors import SqlError, unsupported

MAX_VARCHAR = 2_000_000

# name -> (precision, scale) of the integer spellings that Exasol accepts
_INTEGERS = {
    "TINYINT": (3, 0),
    "SHORTINT": (9, 0),
    "SMALLINT": (9, 0),
    "INT": (18, 0),
    "INTEGER": (18, 0),
    "BIGINT": (36, 0),
}
_DECIMALS = {"DECIMAL", "DEC", "NUMERIC", "NUMBER"}
_DOUBLES = {"DOUBLE", "DOUBLE PRECISION", "FLOAT", "REAL"}
_VARCHARS = {"VARCHAR", "VARCHAR2", "NVARCHAR", "NVARCHAR2", "CHAR VARYING", "CHARACTER VARYING"}
_CHARS = {"CHAR", "NCHAR", "CHARACTER"}
_TEXTS = {"LONG VARCHAR", "CLOB", "CHARACTER LARGE OBJECT", "CHAR LARGE OBJECT"}

_TYPE = re.compile(
    r"""^\s*(?P<name>[A-Z0-9]+(?:\s+(?:PRECISION|VARYING|VARCHAR|LARGE\s+OBJECT))?)
        \s*(?:\(\s*(?P<args>[^)]*)\))?
        \s*(?P<rest>.*?)\s*$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class ExaType:
    """One Exasol data type.

    Attributes:
        name: DECIMAL, DOUBLE, BOOLEAN, VARCHAR, CHAR, DATE, TIMESTAMP,
            TIMESTAMP WITH LOCAL TIME ZONE, HASHTYPE, GEOMETRY, INTERVAL YEAR TO MONTH
            or INTERVAL DAY TO SECOND.
        precision: digits of a DECIMAL or of a TIMESTAMP's fraction.
        scale: digits after the point of a DECIMAL.
        size: characters of a VARCHAR or CHAR; bytes of a HASHTYPE; SRID of a GEOMETRY.
        charset: UTF8 or ASCII for character types, else None.
        interval: the precision text of an INTERVAL as written, e.g. 'DAY(2) TO SECOND(3)'.
    """

    name: str
    precision: int | None = None
    scale: int | None = None
    size: int | None = None
    charset: str | None = None
    interval: str | None = None

    @classmethod
    def parse(cls, text: str) -> ExaType:
        """The type that a piece of SQL such as 'VARCHAR(10) UTF8' names.

        Raises:
            SqlError: the text names no type that Exasol has.
        """
        match = _TYPE.match(text)
        if not match:
            raise SqlError(f"syntax error, unknown data type {text!r}")
        name = " ".join(match["name"].upper().split())
        args = [a.strip() for a in (match["args"] or "").split(",") if a.strip()]
        rest = " ".join(match["rest"].upper().split())
        if name.startswith("INTERVAL"):
            return cls._interval(text)
        if name in _INTEGERS:
            precision, scale = _INTEGERS[name]
            return cls("DECIMAL", precision, scale)
        if name in _DECIMALS:
            if name == "NUMBER" and not args:
                return cls("DOUBLE")
            precision = int(args[0]) if args else 18
            scale = int(args[1]) if len(args) > 1 else 0
            if not 1 <= precision <= 36 or not 0 <= scale <= precision:
                raise SqlError(f"illegal precision or scale: {text.strip()}")
            return cls("DECIMAL", precision, scale)
        if name in _DOUBLES:
            return cls("DOUBLE")
        if name in _VARCHARS or name in _TEXTS:
            size = int(args[0].split()[0]) if args else MAX_VARCHAR
            return cls("VARCHAR", size=size, charset="ASCII" if "ASCII" in rest else "UTF8")
        if name in _CHARS:
            size = int(args[0].split()[0]) if args else 1
            return cls("CHAR", size=size, charset="ASCII" if "ASCII" in rest else "UTF8")
        if name in ("BOOLEAN", "BOOL"):
            return cls("BOOLEAN")
        if name == "DATE":
            return cls("DATE")
        if name == "TIMESTAMP":
            precision = int(args[0]) if args else 3
            if rest == "WITH LOCAL TIME ZONE":
                return cls("TIMESTAMP WITH LOCAL TIME ZONE", precision)
            if rest in ("", "WITHOUT TIME ZONE"):
                return cls("TIMESTAMP", precision)
        if name == "HASHTYPE":
            unit = args[0].upper().split() if args else ["16", "BYTE"]
            bits = len(unit) > 1 and unit[1].startswith("BIT")
            return cls("HASHTYPE", size=int(unit[0]) // (8 if bits else 1))
        if name == "GEOMETRY":
            return cls("GEOMETRY", size=int(args[0]) if args else 0)
        raise SqlError(f"syntax error, unknown data type {text.strip()!r}")

    @classmethod
    def _interval(cls, text: str) -> ExaType:
        words = " ".join(text.upper().split())
        detail = words.removeprefix("INTERVAL ").strip()
        if re.fullmatch(r"YEAR(\s*\(\d\))? TO MONTH", detail):
            return cls("INTERVAL YEAR TO MONTH", interval=detail)
        if re.fullmatch(r"DAY(\s*\(\d\))? TO SECOND(\s*\(\d\))?", detail):
            return cls("INTERVAL DAY TO SECOND", interval=detail)
        raise SqlError(f"syntax error, unknown data type {text.strip()!r}")

    @property
    def sql(self) -> str:
        """The name that Exasol's dictionary shows, e.g. 'DECIMAL(18,0)', 'VARCHAR(10) UTF8'."""
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.name in ("VARCHAR", "CHAR"):
            return f"{self.name}({self.size}) {self.charset}"
        if self.name == "TIMESTAMP":
            return f"TIMESTAMP({self.precision})"
        if self.name == "TIMESTAMP WITH LOCAL TIME ZONE":
            return f"TIMESTAMP({self.precision}) WITH LOCAL TIME ZONE"
        if self.name == "HASHTYPE":
            return f"HASHTYPE({self.size} BYTE)"
        if self.name == "GEOMETRY":
            return f"GEOMETRY({self.size})" if self.size else "GEOMETRY"
        if self.interval:
            return f"INTERVAL {self.interval}"
        return self.name

    @property
    def is_moment(self) -> bool:
        return self.name == "DATE" or self.name.startswith("TIMESTAMP")

    @property
    def is_fraction(self) -> bool:
        """Whether all digits of a DECIMAL are behind its point."""
        return self.name == "DECIMAL" and self.scale == self.precision

    @property
    def duckdb(self) -> str:
        """The DuckDB type that holds the values."""
        if self.name == "DECIMAL":
            if self.scale == 0 and self.precision <= 18:
                return "BIGINT"
            return f"DECIMAL({self.precision},{self.scale})"
        if self.name in ("DOUBLE", "BOOLEAN", "DATE"):
            return self.name
        if self.name.startswith("TIMESTAMP"):
            return "TIMESTAMP_NS" if (self.precision or 3) > 6 else "TIMESTAMP"
        return "VARCHAR"

    @property
    def is_stored_wider(self) -> bool:
        """Whether its DuckDB type takes numbers with more digits than this type has."""
        return self.name == "DECIMAL" and self.duckdb == "BIGINT"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type in which values travel to and from UDF processes."""
        if self.name == "DECIMAL":
            if self.scale == 0 and self.precision <= 18:
                return pa.int64()
            return pa.decimal128(self.precision, self.scale)
        if self.name.startswith("TIMESTAMP"):
            return pa.timestamp("ns" if (self.precision or 3) > 6 else "us")
        return {"DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32()}.get(
            self.name, pa.string()
        )

    @property
    def wire(self) -> dict:
        """The `dataType` object of the WebSocket API."""
        if self.name == "DECIMAL":
            return {"type": "DECIMAL", "precision": self.precision, "scale": self.scale}
        if self.name in ("VARCHAR", "CHAR"):
            return {"type": self.name, "size": self.size, "characterSet": self.charset}
        if self.name == "TIMESTAMP":
            return {"type": "TIMESTAMP", "withLocalTimeZone": False, "size": 16}
        if self.name == "TIMESTAMP WITH LOCAL TIME ZONE":
            return {"type": self.name, "withLocalTimeZone": True, "size": 16}
        if self.name == "DATE":
            return {"type": "DATE", "size": 4}
        if self.name == "HASHTYPE":
            return {"type": "HASHTYPE", "size": 2 * self.size}
        if self.name == "GEOMETRY":
            return {"type": "GEOMETRY", "srid": self.size, "size": MAX_VARCHAR}
        return {"type": self.name}

    @classmethod
    def from_arrow(cls, arrow: pa.DataType) -> ExaType:
        """The Exasol type of a DuckDB result column of which nothing more is known."""
        if pa.types.is_boolean(arrow):
            return cls("BOOLEAN")
        if pa.types.is_integer(arrow):
            return cls("DECIMAL", {8: 3, 16: 5, 32: 10, 64: 18}[arrow.bit_width], 0)
        if pa.types.is_decimal(arrow):
            return cls("DECIMAL", min(36, arrow.precision), arrow.scale)
        if pa.types.is_floating(arrow):
            return cls("DOUBLE")
        if pa.types.is_date(arrow):
            return cls("DATE")
        if pa.types.is_timestamp(arrow):
            return cls("TIMESTAMP", 9 if arrow.unit == "ns" else 6)
        if pa.types.is_string(arrow) or pa.types.is_large_string(arrow) or pa.types.is_null(arrow):
            return cls("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
        raise unsupported(f"values of DuckDB type {arrow}")
