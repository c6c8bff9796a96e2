"""What SME_AUTOPILOT_FORECAST_UDF sends, and how it reads the answer."""

import csv
import io

import pytest

from udfs.python.errors import SmeError
from udfs.python.forecasting import MOST_KEYS, MOST_VALUES, forecast_request, forecast_rows

DEFINITION = {"endpoint_name": "Sales", "key_count": 2, "value_count": 3}
ANSWER = (
    "item,shop,day,p10,p90,mean\n"
    '"pear, ""green""",1,2024-05-01 00:00:00,1.5,2.5,2.0\n'
    '"pear, ""green""",1,2024-05-02 00:00:00,1.0,-3e-2,2.25\n'
)


def test_the_request_is_csv_with_a_header_whatever_the_columns_are_called():
    body = forecast_request(["DAY", 'the "item"', "a,b"], ['"2024-01-01","x","1"', '"","y",""'])
    assert list(csv.reader(io.StringIO(body))) == [
        ["DAY", 'the "item"', "a,b"],
        ["2024-01-01", "x", "1"],
        ["", "y", ""],
    ]


def test_every_row_of_the_answer_is_as_wide_as_the_udf_emits():
    first, second = forecast_rows(ANSWER, DEFINITION)
    assert first == [
        *('pear, "green"', "1", None, None, None, None),
        "2024-05-01 00:00:00",
        *(1.5, 2.5, 2.0, None, None, None),
    ]
    assert len(second) == MOST_KEYS + 1 + MOST_VALUES
    assert second[MOST_KEYS + 2] == -0.03


def test_the_most_keys_and_values_that_aws_allows_fit():
    header = ",".join(["k"] * MOST_KEYS + ["t"] + ["v"] * MOST_VALUES)
    row = ",".join(["a"] * MOST_KEYS + ["2024-05-01 00:00:00"] + ["1"] * MOST_VALUES)
    definition = {**DEFINITION, "key_count": MOST_KEYS, "value_count": MOST_VALUES}
    (read,) = forecast_rows(f"{header}\n{row}\n", definition)
    assert None not in read


def test_an_answer_of_another_form_is_an_error_and_never_a_shift():
    with pytest.raises(SmeError, match=r"E-SME-22: Endpoint Sales answered with item, shop, day"):
        forecast_rows(ANSWER, {**DEFINITION, "value_count": 4})
