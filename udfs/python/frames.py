"""The input of a Python model: rows of several relations in one stream, a DataFrame for each."""

import numpy
import pandas

from .reading import GroupReader
from .text import kind_of, precision_of, scale_of

# So many cells are small beside the frames that they become part of.
CELLS_A_READ = 2000000
EXACT_DIGITS = 18


def read_frames(ctx, inputs, layout):
    """Reads the group to its end.

    The first column of a row is the number of its relation, from 1 on. Then follow the columns
    of all relations, of which only those of its own hold anything. A row of number 0 holds
    nothing: it makes the database call the UDF even if no relation has a row.

    Args:
        inputs: exa.meta.input_columns.
        layout: for each relation in order, its name and its list of columns.

    Returns:
        name to DataFrame, with the types that `typed` gives.
    """
    reader = GroupReader(ctx, inputs)
    chunks = [[] for _ in layout]
    while (rows := reader.read(max(1, CELLS_A_READ // len(inputs)))) is not None:
        numbers, first = rows.iloc[:, 0].to_numpy().astype(int), 1
        for i, relation in enumerate(layout):
            end = first + len(relation["columns"])
            own = rows.iloc[numbers == i + 1, first:end]
            if len(own):
                chunks[i].append(typed_frame(own, relation["columns"], inputs[first:end]))
            first = end
    frames, first = {}, 1
    for relation, parts in zip(layout, chunks, strict=True):
        end = first + len(relation["columns"])
        if not parts:
            empty = pandas.DataFrame([], columns=range(end - first), dtype=object)
            parts.append(typed_frame(empty, relation["columns"], inputs[first:end]))
        frames[relation["name"]] = pandas.concat(parts, ignore_index=True)
        parts.clear()
        first = end
    return frames


def typed_frame(rows, names, inputs):
    """The rows with these names as columns, and with the types that `typed` gives."""
    columns = [typed(rows.iloc[:, i], column.sql_type) for i, column in enumerate(inputs)]
    return pandas.concat(columns, axis=1, keys=names)


def typed(series, sql_type):
    """A column with the dtype that stands for its type in the database, every value exact.

    NULL is NaN in float64, NaT in datetime64, NA in Int64 and boolean, None in object.
    """
    kind = kind_of(sql_type)
    missing = series.isna().to_numpy()
    if kind == "DECIMAL" and scale_of(sql_type) == 0 and precision_of(sql_type) <= EXACT_DIGITS:
        values = numpy.where(missing, 0, series.to_numpy()).astype("int64")
        return masked(pandas.arrays.IntegerArray, values, missing)
    if kind == "BOOLEAN":
        values = numpy.where(missing, False, series.to_numpy()).astype(bool)
        return masked(pandas.arrays.BooleanArray, values, missing)
    if kind == "DOUBLE":
        return pandas.Series(series.to_numpy().astype("float64"))
    if kind in ("DATE", "TIMESTAMP"):
        unit = "datetime64[s]" if kind == "DATE" else "datetime64[us]"
        values = series.to_numpy()
        if values.dtype == object:
            values = numpy.where(missing, None, values)
        return pandas.Series(values.astype("datetime64[us]").astype(unit))
    return pandas.Series(numpy.where(missing, None, series.to_numpy()), dtype=object)


def masked(array_type, values, missing):
    """int64 or bool, and only with NULLs among the values their nullable counterpart."""
    return pandas.Series(array_type(values, missing) if missing.any() else values)
