"""The answers of a transform job as the columns that sme.predict gives."""

import json

import pandas

from .answers import answer_frame

ROWS_AT_A_TIME = 50_000


def run_batch_answers(ctx):
    """Emits the rows of a group: the number of the row, then its predictions.

    The columns of the call are a definition (JSON text with response_keys, sql_type of
    PREDICTIONS and is_classification), the number of the row, and the fields of its answer.
    """
    definition = json.loads(ctx[0])
    keys = definition["response_keys"]
    while (frame := ctx.get_dataframe(ROWS_AT_A_TIME, 1)) is not None:
        fields = {
            key: frame.iloc[:, 1 + i].fillna("").astype(str).to_numpy(dtype=object)
            for i, key in enumerate(keys)
        }
        answers = answer_frame(fields, definition["sql_type"])
        width = answers.shape[1] if definition["is_classification"] else 1
        columns = [frame.iloc[:, 0].array, *(answers.iloc[:, i].array for i in range(width))]
        ctx.emit(pandas.DataFrame(dict(enumerate(columns))))
