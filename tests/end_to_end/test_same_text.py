"""A value becomes the same text in the training export, in a line of sme.predict and in a typed
call, for every type: the model reads in service what it learned from.
"""

import csv
import io
import json

import pytest

from ..conftest import DbtProject

TYPES = {
    "T": "VARCHAR(100)",
    "C": "CHAR(5)",
    "B": "BOOLEAN",
    "I": "DECIMAL(18,0)",
    "BIG": "DECIMAL(36,0)",
    "N": "DECIMAL(12,3)",
    "F": "DOUBLE",
    "D": "DATE",
    "S": "TIMESTAMP",
    "TARGET": "VARCHAR(10)",
}
ROWS = [
    "'plain', 'ab', TRUE, 1, 12345678901234567890123, 1.5, 1, DATE '2024-02-29', "
    "TIMESTAMP '2024-02-29 01:02:03.004', 'yes'",
    "'a, \"b\"' || CHR(10) || CHR(13) || 'c', 'x y', FALSE, 900719925474099301, -1, -0.001, 0.1, "
    "DATE '9999-12-31', TIMESTAMP '1900-01-01 00:00:00', 'no'",
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'no'",
    "'ümläut', '12345', TRUE, -5, 0, 100, 1234567.25, DATE '0001-01-01', "
    "TIMESTAMP '2024-12-31 23:59:59.999', 'yes'",
]
FEATURES = [name for name in TYPES if name != "TARGET"]


@pytest.fixture(scope="module")
def job(sme) -> str:
    """A job that trains on the rows above, 500 times over."""
    columns = ", ".join(f"{name} {sql_type}" for name, sql_type in TYPES.items())
    table = f"{sme.data_schema}.ALL_TYPES"
    sme.connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
    for row in ROWS:
        sme.connection.execute(f"INSERT INTO {table} VALUES ({row})")
    for _ in range(7):
        sme.connection.execute(f"INSERT INTO {table} SELECT * FROM {table}")
    return sme.train(input_table_or_view_name="ALL_TYPES", target_attribute_name="TARGET")


def read(text: str) -> set[tuple[str, ...]]:
    return {tuple(row) for row in csv.reader(io.StringIO(text, newline=""))}


def exported(sme, s3, job: str) -> set[tuple[str, ...]]:
    bucket = sme.job_row(job)["S3_BUCKET_URI"].removeprefix("s3://")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=sme.job_row(job)["S3_PREFIX"] + "training/")
    rows = set()
    for item in listed["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        rows |= {row[:-1] for row in read(body) if row[:-1] != tuple(FEATURES)}
    return rows


def lines(sme, job: str, project: DbtProject) -> list[str]:
    features = [c for c in json.loads(sme.job_row(job)["COLUMNS"]) if c["name"] != "TARGET"]
    project.write("models/one_line.sql", f"select {{{{ sme._csv_line({features!r}) }}}} as line "
                  f"from {sme.data_schema}.ALL_TYPES")  # fmt: skip
    project.run("run", "-s", "one_line")
    (project.path / "models" / "one_line.sql").unlink()
    return [row[0] for row in sme.connection.execute(f"SELECT LINE FROM {project.schema}.ONE_LINE")]


def typed(sme) -> list[str]:
    """The lines that the endpoint UDF makes of these columns itself."""
    sme.connection.execute(
        f'CREATE OR REPLACE PYTHON3 SET SCRIPT {sme.data_schema}."TYPED_LINES"(...) '
        "EMITS (line VARCHAR(2000)) AS\n"
        f"library = exa.import_script('{sme.schema}.SME_AUTOPILOT_PREDICTION_LIBRARY')\n"
        "def run(ctx):\n"
        "    inputs = exa.meta.input_columns\n"
        "    frame = library.GroupReader(ctx, inputs).read(ctx.size())\n"
        "    for line in library.csv_lines(frame, [column.sql_type for column in inputs]):\n"
        "        ctx.emit(line)\n"
    )
    call = f'{sme.data_schema}."TYPED_LINES"({", ".join(FEATURES)})'
    statement = f"SELECT {call} FROM {sme.data_schema}.ALL_TYPES"
    return [row[0] for row in sme.connection.execute(statement)]


def test_export_line_and_typed_call_show_the_model_the_same_text(sme, s3, job):
    by_line, by_type = lines(sme, job, sme.dbt), typed(sme)
    assert set(by_line) == set(by_type)
    assert len(read("".join(by_line))) == len(ROWS)
    assert read("".join(by_line)) == exported(sme, s3, job)
