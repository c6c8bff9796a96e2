"""Tables from CSV and Parquet: one reading for training and for inference.

Text becomes a number only if all of a column's training values are numbers; else it is
a category. The same value therefore means the same in training and in serving.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from .job_spec import PARQUET, Channel
from .objects import ObjectStore, StoredObject, split_uri

MISSING_TEXTS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>")

_BLOCK_SIZE = 16 * 1024 * 1024  # bytes; a row must fit in


class BadData(Exception):
    """The data cannot be used; the message is what a job's FailureReason says."""


def find_files(objects: ObjectStore, channel: Channel) -> list[StoredObject]:
    """The objects of a channel: below its prefix, or those that its manifest lists.

    Raises:
        BadData: there is none.
    """
    if channel.data_type == "ManifestFile":
        found = [stored for uri in _manifest(objects, channel.uri) for stored in objects.list(uri)]
    else:
        found = objects.list(channel.uri)
    files = [stored for stored in found if stored.size]
    if not files:
        bucket, _ = split_uri(channel.uri)
        raise BadData(
            f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
            "Please ensure that the bucket exists in the selected region, that objects exist "
            "under that S3 prefix, and that the role has s3:ListBucket permission on bucket "
            f'"{bucket}".'
        )
    return files


def _manifest(objects: ObjectStore, uri: str) -> list[str]:
    manifest = objects.find(uri)
    if manifest is None:
        return []
    try:
        entries: list[Any] = json.loads(objects.read(manifest))
        prefix = entries[0]["prefix"] if isinstance(entries[0], dict) else ""
        return [f"{prefix}{entry}" for entry in entries if isinstance(entry, str)]
    except (ValueError, LookupError, TypeError) as error:
        raise BadData(f"The manifest file {uri} is not valid.") from error


def read_channel(objects: ObjectStore, channel: Channel) -> pa.Table:
    """All rows of a channel, every column as text with nulls.

    Raises:
        BadData: a file cannot be read, or the files have different columns.
    """
    tables = []
    for stored in find_files(objects, channel):
        data = _decompressed(objects.read(stored), channel, stored)
        table = _read_parquet(data) if channel.content_type == PARQUET else _read_csv(data, stored)
        if tables and table.column_names != tables[0].column_names:
            raise BadData(f"The file {stored.uri} has other columns than the files before it.")
        tables.append(table)
    return pa.concat_tables(tables)


def _decompressed(data: bytes, channel: Channel, stored: StoredObject) -> bytes:
    is_gzip = data[:2] == b"\x1f\x8b"
    if is_gzip and not channel.compressed:
        raise BadData(
            f"The file {stored.uri} is compressed with gzip, but the CompressionType of its "
            "channel is None."
        )
    if channel.compressed:
        try:
            return gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise BadData(f"The file {stored.uri} is not a valid gzip file.") from error
    return data


def _read_csv(data: bytes, stored: StoredObject) -> pa.Table:
    try:
        header = next(csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")))
        _check_names(header, stored)
        return pa_csv.read_csv(
            io.BytesIO(data),
            read_options=pa_csv.ReadOptions(block_size=_BLOCK_SIZE),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=_text_options(header),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise BadData(f"The file {stored.uri} is not valid CSV: {error}") from error


def _check_names(names: list[str], stored: StoredObject) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadData(f"The file {stored.uri} has duplicate column names: {repeated}.")


def _text_options(columns: list[str]) -> pa_csv.ConvertOptions:
    return pa_csv.ConvertOptions(
        column_types={name: pa.string() for name in columns},
        null_values=list(MISSING_TEXTS),
        strings_can_be_null=True,
    )


def _read_parquet(data: bytes) -> pa.Table:
    try:
        table = pa_parquet.read_table(io.BytesIO(data))
        return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadData(f"The Parquet input cannot be read: {error}") from error


def numbers(column: pa.ChunkedArray) -> np.ndarray | None:
    """The column as float64 with NaN for missing and infinite values; None for other texts."""
    try:
        values = pc.cast(column, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return np.where(np.isfinite(values), values, np.nan)


def numeric_columns(table: pa.Table) -> frozenset[str]:
    """The columns whose values all are numbers (or missing)."""
    return frozenset(name for name in table.column_names if numbers(table.column(name)) is not None)


def feature_frame(table: pa.Table, numeric: frozenset[str]) -> pd.DataFrame:
    """Features as models take them: float64, or text with None for missing values.

    A text that is no number in a column of numbers counts as missing.
    """
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if name not in numeric:
            columns[name] = np.array(column.to_pylist(), dtype=object)
            continue
        values = numbers(column)
        if values is None:
            values = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(float)
        columns[name] = values
    return pd.DataFrame(columns)


def read_named_request(body: bytes, columns: list[str]) -> pa.Table:
    """Rows of a CSV request whose header names exactly `columns`, in any order.

    Raises:
        BadData: the body is empty, not CSV, or has other columns.
    """
    try:
        header = next(csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline="")))
        if sorted(header) != sorted(columns):
            raise BadData(
                f"The request has the columns {header}, but the model was trained on {columns}."
            )
        table = pa_csv.read_csv(
            io.BytesIO(body),
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_SIZE),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=_text_options(columns),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise BadData(f"The request is not CSV with a header row: {error}") from error
    if table.num_rows == 0:
        raise BadData("The request has no rows.")
    return table


def read_request(body: bytes, columns: list[str]) -> pa.Table:
    """Rows of a header-less CSV request, whose fields are in the order of `columns`.

    Raises:
        BadData: the body is empty, not CSV, or has another number of fields.
    """
    try:
        table = pa_csv.read_csv(
            io.BytesIO(body),
            read_options=pa_csv.ReadOptions(
                column_names=columns, use_threads=False, block_size=_BLOCK_SIZE
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=_text_options(columns),
        )
    except pa.ArrowInvalid as error:
        raise BadData(f"The request is not CSV with {len(columns)} columns: {error}") from error
    if table.num_rows == 0:
        raise BadData("The request has no rows.")
    return table
