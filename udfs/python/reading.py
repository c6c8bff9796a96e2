"""The rows of a group, as DataFrames of any number of rows, with every value exact."""

import pandas

from .text import EXACT_IN_DOUBLE, kind_of, scale_of


class GroupReader:
    """Reads a group from front to back.

    pandas holds whole numbers among which there are NULLs as doubles, which are inexact from
    2**53 on. Where a frame shows such numbers, this and all further rows are read value by value.

    Args:
        ctx: of run(), at the first row of its group.
        inputs: exa.meta.input_columns.
    """

    def __init__(self, ctx, inputs):
        self.ctx = ctx
        self.width = len(inputs)
        self.size = ctx.size()
        self.position = 0
        self.by_value = False
        self.risky = [
            i
            for i, column in enumerate(inputs)
            if kind_of(column.sql_type) == "DECIMAL" and scale_of(column.sql_type) == 0
        ]

    @property
    def remaining(self):
        """How many rows have not been read."""
        return self.size - self.position

    def read(self, rows):
        """The next rows as a DataFrame: at most as many as asked for, None at the end."""
        count = min(rows, self.remaining)
        if count <= 0:
            return None
        frame = self.rows_by_value(count) if self.by_value else self.ctx.get_dataframe(count)
        if not self.by_value and any(is_inexact(frame.iloc[:, i]) for i in self.risky):
            self.go_back()
            frame = self.rows_by_value(count)
        self.position += count
        return frame

    def go_back(self):
        """To the first row of the frame that was just read."""
        self.by_value = True
        self.ctx.reset()
        for _ in range(self.position):
            self.ctx.next()

    def rows_by_value(self, count):
        columns = [[] for _ in range(self.width)]
        for _ in range(count):
            for i, column in enumerate(columns):
                column.append(self.ctx[i])
            self.ctx.next()
        return pandas.concat([pandas.Series(c, dtype=object) for c in columns], axis=1)


def is_inexact(series):
    """Whether a column of whole numbers came as doubles that are too large to be exact."""
    values = series.to_numpy()
    return values.dtype.kind == "f" and bool((abs(values) >= EXACT_IN_DOUBLE).any())
