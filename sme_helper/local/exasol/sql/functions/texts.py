"""Functions of texts, and conversions from and to them."""

from __future__ import annotations

from .. import formats
from . import builders
from .builders import is_text
from .kinds import TEXT, Function, built, one

_WIDTH = "CAST($2 AS INTEGER)"

TEXTS = {
    "ASCII": one("ascii($1)", "DECIMAL(3,0)"),
    "UNICODE": one("unicode($1)", "DECIMAL(9,0)"),
    "BIT_LENGTH": one("8 * strlen($1)", "DECIMAL(9,0)"),
    "OCTET_LENGTH": one("strlen($1)", "DECIMAL(9,0)"),
    "CHARACTER_LENGTH": one("length($1)", "DECIMAL(9,0)"),
    "CHAR_LENGTH": one("length($1)", "DECIMAL(9,0)"),
    "LENGTH": one("length(CAST($1 AS VARCHAR))", "DECIMAL(9,0)"),
    "CHR": one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "CHAR": one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "UNICODECHR": one("chr(CAST($1 AS INTEGER))", "CHAR(1)"),
    "CONCAT": Function(
        {-1: "concat"}, TEXT, text=True, is_filled=lambda texts: any(map(is_text, texts))
    ),
    "INSERT": one("concat(substr($1, 1, $2 - 1), $4, substr($1, $2 + $3))", TEXT, text=True),
    "INSTR": built(builders.found, 2, 3, 4, result="DECIMAL(9,0)"),
    "LOCATE": built(
        lambda arguments, types: builders.found(
            [arguments[1], arguments[0], *arguments[2:]], types
        ),
        2,
        3,
        result="DECIMAL(9,0)",
    ),
    "LCASE": one("lower($1)", "$1"),
    "LOWER": one("lower($1)", "$1"),
    "UCASE": one("upper($1)", "$1"),
    "UPPER": one("upper($1)", "$1"),
    "LEFT": one(f"left(CAST($1 AS VARCHAR), {builders.count_of(2)})", "$1", text=True),
    "RIGHT": one(f"right(CAST($1 AS VARCHAR), {builders.count_of(2)})", "$1", text=True),
    "LPAD": Function(
        {2: f"lpad($1, {_WIDTH}, ' ')", 3: f"lpad($1, {_WIDTH}, $3)"}, TEXT, text=True
    ),
    "RPAD": Function(
        {2: f"rpad($1, {_WIDTH}, ' ')", 3: f"rpad($1, {_WIDTH}, $3)"}, TEXT, text=True
    ),
    "LTRIM": Function({1: "ltrim($1, ' ')", 2: "ltrim($1, $2)"}, "$1", text=True),
    "RTRIM": Function({1: "rtrim($1, ' ')", 2: "rtrim($1, $2)"}, "$1", text=True),
    "MID": built(builders.part_of_text, 2, 3, result="$1", text=True),
    "SUBSTR": built(builders.part_of_text, 2, 3, result="$1", text=True),
    "SUBSTRING": built(builders.part_of_text, 2, 3, result="$1", text=True),
    "REPEAT": one("repeat($1, CAST($2 AS BIGINT))", TEXT, text=True),
    # NULL (also: '') as the replacement takes the text away, as the search text finds nothing.
    "REPLACE": Function(
        dict.fromkeys((2, 3), ""),
        TEXT,
        text=True,
        build=builders.replaced,
        is_filled=lambda texts: is_text(texts[-1]) and len(texts) == 3,
    ),
    "REVERSE": one("reverse($1)", "$1"),
    "SPACE": one("repeat(' ', CAST($1 AS BIGINT))", TEXT, text=True),
    "TRANSLATE": one("translate($1, $2, coalesce($3, ''))", TEXT, text=True),
    "EDIT_DISTANCE": one("levenshtein($1, $2)", "DECIMAL(9,0)"),
    "REGEXP_INSTR": built(builders.found_by_pattern, 2, 3, 4, 5, result="DECIMAL(9,0)"),
    # Words are runs of letters and digits.
    "INITCAP": one(
        r"array_to_string(list_transform(regexp_extract_all(lower($1), "
        r"'[\p{L}\p{N}]+|[^\p{L}\p{N}]+'), lambda w: upper(w[1]) || w[2:]), '')",
        "$1",
    ),
    "REGEXP_REPLACE": built(builders.replaced_by_pattern, 2, 3, 4, 5, result=TEXT, text=True),
    # From a position, and the n-th match.
    "REGEXP_SUBSTR": Function(
        {
            2: "regexp_extract($1, $2)",
            3: "regexp_extract(substr($1, $3), $2)",
            4: "list_extract(regexp_extract_all(substr($1, $3), $2), CAST($4 AS INTEGER))",
        },
        TEXT,
        text=True,
    ),
    **{
        f"{prefix}_{name}": built(
            builders.hashed(digest),
            *range(1, 60),
            result=result.format(bytes=size, digits=2 * size),
        )
        for prefix, result in [("HASH", "CHAR({digits}) ASCII"), ("HASHTYPE", "HASHTYPE({bytes})")]
        for name, digest, size in [
            ("MD5", "md5", 16),
            ("SHA", "sha1", 20),
            ("SHA1", "sha1", 20),
            ("SHA256", "sha256", 32),
        ]
    },
    "TO_CHAR": built(formats.to_char, 1, 2, result=TEXT, text=True),
    "TO_NUMBER": built(formats.to_number, 1, 2, result="DOUBLE"),
    "TO_DATE": built(formats.to_date, 1, 2, result="DATE"),
    "TO_TIMESTAMP": built(formats.to_timestamp, 1, 2, result="TIMESTAMP"),
    "IS_NUMBER": one("TRY_CAST($1 AS DOUBLE) IS NOT NULL", "BOOLEAN"),
    "IS_BOOLEAN": one("TRY_CAST($1 AS BOOLEAN) IS NOT NULL", "BOOLEAN"),
    "IS_DATE": one("TRY_CAST($1 AS DATE) IS NOT NULL", "BOOLEAN"),
    "IS_TIMESTAMP": one("TRY_CAST($1 AS TIMESTAMP) IS NOT NULL", "BOOLEAN"),
}
