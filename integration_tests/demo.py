"""The whole life of a model, step by step, each as a user would type it.

    sme local run -- python demo.py

Seeds real patients, trains a model on 500 of them, predicts the diagnosis of the 69 held
out, tests the predictions and deletes the endpoint again. Works on any Exasol and AWS
account that the environment and dbt_project.yml name.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pyexasol
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parent
SCHEMA = os.environ.get("DBT_SCHEMA", "BREAST_CANCER")
ENDPOINT = "BreastCancer"
# A job name is used up for ever, so each demo has one of its own.
JOB = f"BreastCancer-{datetime.now(UTC):%Y%m%d-%H%M%S}"

# Seconds after an interruption in which the database may still start the training.
JOB_APPEARS_WITHIN = 20.0

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What dbt says in every command, and what it says twice.
NOISE = re.compile(
    r"Running with dbt=|Registered adapter|Unable to do partial parsing|Found \d|Concurrency:"
    r"|hook: |\d of \d+ START |Finished running|Completed successfully|^\s*$"
)
TIMESTAMP = re.compile(r"^((?:\x1b\[\d+m)*)\d\d:\d\d:\d\d\s*")
COLOUR = re.compile(r"\x1b\[\d+m")

console = Console(highlight=False, soft_wrap=True)


class StepFailed(Exception):
    """A dbt command returned an error."""


class Demo:
    """Runs the steps, and knows what they leave behind until it is cleaned up."""

    def __init__(self) -> None:
        self.durations: list[tuple[str, float]] = []
        self.job_started = False
        self.endpoint_started = False

    def run(self) -> None:
        self.step("Fetch the package", "deps")
        self.step("Load the patients", "seed")
        self.step("Install the scripts in the database", "run-operation", "sme.install")
        self.step("Build the training table", "run", "-s", "breast_cancer_training")

        self.job_started = True
        self.step(
            "Start the training",
            *operation(
                "sme.train",
                job_name=JOB,
                relation="breast_cancer_training",
                target="DIAGNOSIS",
                max_candidates=2,
            ),
        )
        self.step("Wait for the model", *operation("sme.wait", job_name=JOB))
        self.job_started = False

        self.endpoint_started = True
        self.step(
            "Deploy it",
            *operation(
                "sme.deploy_endpoint",
                job_name=JOB,
                endpoint_name=ENDPOINT,
                instance_type="ml.m5.large",
                instance_count=1,
            ),
        )
        self.step(
            "Predict the held-out patients",
            *("run", "-s", "breast_cancer_predictions", "breast_cancer_accuracy"),
        )
        # Models and endpoints as nodes are for `dbt build`: here each step is a command.
        self.step(
            "Test the predictions",
            *("test", "--exclude", "breast_cancer_model", "breast_cancer_endpoint"),
        )
        self.step("Delete the endpoint", *deletion())
        self.endpoint_started = False

    def step(self, title: str, *arguments: str) -> None:
        """Run `dbt arguments`, show what it says and remember how long it took."""
        number = len(self.durations) + 1
        console.print(f"\n[bold]{number}. {title}[/bold]")
        console.print(f"   $ {shlex.join(['dbt', *arguments])}", style="cyan", markup=False)
        begin = time.monotonic()
        exit_code = run_dbt(arguments)
        if exit_code:
            raise StepFailed(f"dbt {arguments[0]} ended with exit code {exit_code}")
        self.durations.append((title, time.monotonic() - begin))

    def clean_up(self) -> None:
        """Delete and stop what an interrupted demo left; no signal disturbs it."""
        if not (self.job_started or self.endpoint_started):
            return
        ignore_signals()
        console.print("\nCleaning up ...")
        try:
            if self.job_started:
                stop_job()
            if self.endpoint_started:
                # Twice if need be: a deployment that was interrupted may finish meanwhile.
                run_dbt(deletion())
                if ENDPOINT in endpoint_names():
                    run_dbt(deletion())
        except BotoCoreError as error:
            console.print(f"   AWS cannot be reached, look there yourself: {error}", markup=False)


def operation(macro: str, **arguments: object) -> list[str]:
    """The dbt arguments that run a macro; --args in YAML's short form, as people write it."""
    text = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    return ["run-operation", macro, "--args", f"{{{text}}}"]


def deletion() -> list[str]:
    return operation("sme.delete_endpoint", endpoint_name=ENDPOINT)


def run_dbt(arguments: list[str] | tuple[str, ...]) -> int:
    """Run dbt, print its lines as they come, return its exit code.

    It runs in a session of its own: the one who reacts to Ctrl-C is this program, which then
    stops dbt and cleans up.
    """
    colours = "--use-colors" if console.is_terminal else "--no-use-colors"
    with subprocess.Popen(
        ["dbt", colours, *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            for line in process.stdout:
                text = TIMESTAMP.sub(r"\1", line.rstrip())
                if not NOISE.search(COLOUR.sub("", text)):
                    print(f"   {text}", flush=True)
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def stop_job() -> None:
    """Stop the training. Ctrl-C ends dbt, not the script in the database: that may start the
    job a little later, and a job that nobody knows of would be charged for."""
    sagemaker = boto3.client("sagemaker")
    deadline = time.monotonic() + JOB_APPEARS_WITHIN
    while not job_exists(sagemaker):
        if time.monotonic() > deadline:
            console.print(f"   The job {JOB} never started.")
            return
        time.sleep(1)
    try:
        sagemaker.stop_auto_ml_job(AutoMLJobName=JOB)
        console.print(f"   Stopped the job {JOB}.")
    except ClientError as error:
        # It has ended by itself.
        console.print(f"   {error}", markup=False)


def job_exists(sagemaker) -> bool:
    found = sagemaker.list_auto_ml_jobs(NameContains=JOB)["AutoMLJobSummaries"]
    return JOB in [job["AutoMLJobName"] for job in found]


def endpoint_names() -> list[str]:
    pages = boto3.client("sagemaker").get_paginator("list_endpoints").paginate()
    return [endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]]


def report(demo: Demo) -> None:
    """How long each step took, some predictions, and the line that sums it up."""
    steps = Table("step", "seconds", box=None, title_justify="left", title="\nHow long it took")
    steps.columns[1].justify = "right"
    for title, seconds in demo.durations:
        steps.add_row(title, f"{seconds:.1f}")
    steps.add_row("[bold]together[/bold]", f"{sum(took for _, took in demo.durations):.1f}")
    console.print(steps)

    with connect() as connection:
        columns = ("PATIENT_ID", "PREDICTED_DIAGNOSIS", "PROBABILITY", "DIAGNOSIS")
        some = Table(*columns, box=None, title_justify="left", title="\nSome of the predictions")
        rows = connection.execute(
            f"SELECT {', '.join(columns)} FROM {{table!q}} ORDER BY PATIENT_ID LIMIT 8",
            {"table": (SCHEMA, "BREAST_CANCER_PREDICTIONS")},
        )
        for patient, predicted, probability, diagnosis in rows:
            some.add_row(str(patient), predicted, f"{probability:.3f}", diagnosis)
        console.print(some)

        predictions, correct = connection.execute(
            "SELECT COUNT(*), COUNT(CASE WHEN PREDICTED_DIAGNOSIS = DIAGNOSIS THEN 1 END) "
            "FROM {table!q}",
            {"table": (SCHEMA, "BREAST_CANCER_PREDICTIONS")},
        ).fetchone()
    left = len(endpoint_names())
    accuracy = correct / predictions
    print(f"\ndemo: {predictions} predictions, accuracy {accuracy:.2f}, {left} endpoints left")


def connect() -> pyexasol.ExaConnection:
    return pyexasol.connect(
        dsn=os.environ["EXASOL_DSN"],
        user=os.environ["EXASOL_USER"],
        password=os.environ["EXASOL_PASSWORD"],
    )


def interrupt(_number: int, _frame: object) -> None:
    """Only the first signal counts: what comes after it must not disturb the cleaning up."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def main() -> int:
    for number in SIGNALS:
        signal.signal(number, interrupt)
    if "EXASOL_DSN" not in os.environ:
        print("No database is named by EXASOL_DSN. Run: sme local run -- python demo.py")
        return 2
    demo = Demo()
    try:
        demo.run()
        report(demo)
        return 0
    except KeyboardInterrupt:
        console.print("\n[red]demo: interrupted[/red]")
        return 130
    except StepFailed as error:
        console.print(f"\n[red]demo: failed: {error}[/red]")
        return 1
    finally:
        demo.clean_up()


if __name__ == "__main__":
    sys.exit(main())
