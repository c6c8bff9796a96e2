"""A client killed by SIGKILL after any step of a training, and the training started again."""

import json
import re
import signal
import subprocess
import sys
import time

import pyexasol
import pytest

from sme_helper.local import environment as env

from .conftest import fresh_name

TRAIN = "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT"

# What is not committed goes with its client, so the steps of a training are its commits and what
# it does outside of the database, as patterns of Lua.
STEPS = ("^COMMIT$", "^EXPORT", "'start_job'")

# After the step with this number the script stands still.
HANGING = """
local real_pquery, steps = pquery, 0
local function pquery(statement, ...)
    local ok, result = real_pquery(statement, ...)
    for _, pattern in ipairs({{{patterns}}}) do
        if string.find(statement, pattern) then
            steps = steps + 1
            if steps == {step} then
                real_pquery([[SELECT "{schema}".STANDS_STILL('{name}')]])
            end
        end
    end
    return ok, result
end
"""
STANDS_STILL = """
CREATE OR REPLACE PYTHON3 SCALAR SCRIPT "{schema}".STANDS_STILL(name VARCHAR(100)) RETURNS INT AS
import time
def run(ctx):
    time.sleep(600)
"""

CLIENT = """
import sys
import pyexasol
dsn, password, statement = sys.argv[1:]
pyexasol.connect(dsn=dsn, user="SYS", password=password).execute(statement)
"""


@pytest.fixture
def training_script(sme):
    """The text of the script, and a UDF that takes its time."""
    text = sme.connection.execute(
        f"SELECT SCRIPT_TEXT FROM EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = '{sme.schema}' "
        f"AND SCRIPT_NAME = '{TRAIN}'"
    ).fetchval()
    sme.connection.execute(STANDS_STILL.format(schema=sme.schema))
    text = re.sub(r"^CREATE (OR REPLACE )?", "CREATE OR REPLACE ", text)
    yield text
    sme.connection.execute(f'DROP SCRIPT "{sme.schema}".STANDS_STILL')


def hanging(text, schema, steps, step, name):
    """A script beside the real one that stands still after its step with that number."""
    patterns = ", ".join(f'"{pattern}"' for pattern in steps)
    head, body = re.split(r"\bAS\n", text, maxsplit=1)
    head = re.sub(r'SCRIPT .*?"?SME_TRAIN_\w+"?\(', f'SCRIPT "{schema}"."{name}"(', head)
    hook = HANGING.format(patterns=patterns, step=step, name=name, schema=schema)
    return f"{head}AS\n{hook}\n{body}"


def has_line(log, text):
    return text in log.read_text()


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def at_work(sme):
    return sme.connection.execute(
        "SELECT COUNT(*) FROM SYS.EXA_ALL_SESSIONS "
        "WHERE STATUS <> 'IDLE' AND SESSION_ID <> CURRENT_SESSION"
    ).fetchval()


def kill_after(sme, stack, statement_log, text, step, arguments, steps=STEPS):
    """Runs the training in a client of its own until that step; False where there is none."""
    name = fresh_name("HANGS_")
    sme.connection.execute(hanging(text, sme.schema, steps, step, name))
    statement = f'EXECUTE SCRIPT "{sme.schema}"."{name}"(\'{arguments}\')'
    command = [sys.executable, "-c", CLIENT, stack.dsn, env.EXASOL_PASSWORD, statement]
    client = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    marker = f'"sql": "SELECT \\"{sme.schema}\\".STANDS_STILL(\'{name}\')'
    wait_until(lambda: has_line(statement_log, marker) or client.poll() is not None)
    hung = client.poll() is None
    client.send_signal(signal.SIGKILL)
    client.wait()
    wait_until(lambda: at_work(sme) == 0)
    sme.connection.execute(f'DROP SCRIPT "{sme.schema}"."{name}"')
    return hung


def everything_below(s3, prefix):
    objects = s3.list_objects_v2(Bucket="sme-local", Prefix=prefix).get("Contents", [])
    return {entry["Key"] for entry in objects}


def test_killed_after_any_step_and_started_again_there_is_one_job_and_a_truthful_registry(
    sme, stack, s3, sagemaker, statement_log, training_script
):
    step, killed = 1, 0
    while True:
        model = fresh_name("Killed")
        arguments = json.dumps(
            sme.training_arguments(job_name=None, model_name=model, version=1, s3_output_path=model)
        )
        if not kill_after(sme, stack, statement_log, training_script, step, arguments):
            break
        killed += 1
        unlisted = everything_below(s3, f"{model}/") and not sme.row(
            f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{model}'"
        )
        assert not unlisted, f"after step {step}"

        try:
            sme.script(TRAIN, arguments)
        except pyexasol.ExaQueryError as error:
            # the first attempt had done everything but tell its client
            assert f"E-SME-51: Version 1 of model {model} exists already" in error.message, step
        row = sme.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{model}'")
        assert row["STATUS"] in ("InProgress", "Completed"), step
        assert (row["VERSION"], row["ROW_COUNT"]) == (1, 500), step
        count = sme.connection.execute(
            f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_JOBS "
            f"WHERE MODEL_NAME = '{model}'"
        ).fetchval()
        assert count == 1, step
        jobs = sagemaker.list_auto_ml_jobs(NameContains=model)["AutoMLJobSummaries"]
        assert [job["AutoMLJobName"] for job in jobs] == [row["JOB_NAME"]], step
        job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=row["JOB_NAME"])
        source = job["AutoMLJobInputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
        assert source == f"s3://sme-local/{row['S3_PREFIX']}training/", step
        others = {
            key for key in everything_below(s3, f"{model}/") if not key.startswith(row["S3_PREFIX"])
        }
        assert others == set(), step
        step += 1
    assert killed >= 8


def test_what_was_left_for_another_name_is_settled_by_the_next_training(
    sme, stack, s3, sagemaker, statement_log, training_script
):
    exported, started = fresh_name("LeftExport"), fresh_name("LeftStart")
    for job_name, last_step in ((exported, "^EXPORT"), (started, "'start_job'")):
        arguments = json.dumps(sme.training_arguments(job_name=job_name, s3_output_path=job_name))
        assert kill_after(
            sme, stack, statement_log, training_script, 1, arguments, steps=(last_step,)
        )
        assert everything_below(s3, f"{job_name}/")
        assert sme.job_row(job_name)["STATUS"] in ("Exporting", "Starting")

    sme.train()

    row = sme.job_row(exported)
    assert row["STATUS"] == "NotStarted"
    assert row["FAILURE_REASON"].startswith("E-SME-63: ")
    assert everything_below(s3, f"{exported}/") == set()
    assert sme.job_row(started)["STATUS"] in ("InProgress", "Completed")
    assert sagemaker.describe_auto_ml_job_v2(AutoMLJobName=started)
