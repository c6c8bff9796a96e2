"""The life of one Autopilot job: it reads its data, trains candidates and reports."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from . import candidate_record, dataset, kinds, reports
from .account import Account
from .artifacts import pack
from .clock import now
from .fitting import FittedCandidate
from .job_spec import TABULAR, TEXT, JobSpec
from .kinds import Kind
from .objects import split_uri

Result = TypeVar("Result")


class Stopped(Exception):
    """StopAutoMLJob was called."""


class OutOfTime(Exception):
    """A run-time limit of the request is over."""


class JobRun:
    """Runs one job in a thread of its own, and keeps the job's record up to date."""

    def __init__(self, account: Account, name: str, spec: JobSpec):
        self._account = account
        self._jobs = account.state.jobs
        self._name = name
        self._spec = spec
        self._stop = threading.Event()
        self._deadline = (
            time.monotonic() + spec.max_job_runtime if spec.max_job_runtime else float("inf")
        )
        self._thread = threading.Thread(target=self._run, name=f"job-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stops the job soon; a job that has just ended stays as it is."""
        with self._jobs.lock:
            if self._jobs.get(self._name)["Status"] == "InProgress":
                self._stop.set()
                self._update(Status="Stopping", SecondaryStatus="Stopping")

    def _run(self) -> None:
        try:
            self._train()
        except Stopped:
            self._finish("Stopped", "Stopped")
        except dataset.BadData as error:
            self._finish("Failed", "Failed", FailureReason=str(error)[:1024])
        except OutOfTime:
            self._finish(
                "Failed",
                "Failed",
                FailureReason="No candidate was trained within the run-time limits of the job.",
            )
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._finish("Failed", "Failed", FailureReason=reason[:1024])

    def _train(self) -> None:
        self._stage("Starting")
        files = dataset.find_files(self._account.objects, self._spec.training)
        kind = kinds.kind_of(self._spec, sum(stored.size for stored in files))
        self._stage(kind.preparing[0])
        self._check_output()
        problem = kind.prepare(self._account.objects, self._spec)
        recipes = kind.recipes(self._spec)
        self._resolve(kind, problem, recipes)
        self._write_notebooks(kind.notebooks(self._name, problem, recipes))
        for status in kind.preparing[1:]:
            self._stage(status)
        self._stage(kind.training)
        best, timed_out = self._train_candidates(kind, problem, recipes)
        if kind.tells_max_candidates and self._spec.max_candidates and not timed_out:
            self._stage("MaxCandidatesReached")
        for report in kind.reports:
            if report.status:
                self._stage(report.status)
            self._write_report(report.location, report.write(best, problem))
        self._finish("Completed", "MaxAutoMLJobRuntimeReached" if timed_out else "Completed")

    def _check_output(self) -> None:
        bucket, _ = split_uri(self._spec.output_path)
        if not self._account.objects.bucket_exists(bucket):
            raise dataset.BadData(
                f"The output location {self._spec.output_path} cannot be written: the bucket "
                f'"{bucket}" does not exist.'
            )

    def _resolve(self, kind: Kind, problem: Any, recipes: list[Any]) -> None:
        criteria = {
            "MaxCandidates": self._spec.max_candidates or len(recipes),
            "MaxAutoMLJobRuntimeInSeconds": self._spec.max_job_runtime,
            "MaxRuntimePerTrainingJobInSeconds": self._spec.max_training_runtime,
        }
        resolved: dict[str, Any] = {
            "AutoMLJobObjective": {"MetricName": problem.objective},
            "CompletionCriteria": criteria,
        }
        if self._spec.kind == TABULAR:
            resolved["ProblemType"] = problem.type
            resolved["AutoMLProblemTypeResolvedAttributes"] = {
                "TabularResolvedAttributes": {"ProblemType": problem.type}
            }
        self._update(ResolvedAttributes=resolved)

    def _write_notebooks(self, notebooks: dict[str, bytes]) -> None:
        """Writes what Autopilot tells about data and candidates, and where it lies."""
        folder = f"{self._folder}/sagemaker-automl-candidates/notebooks"
        locations = {}
        for kind, content in notebooks.items():
            locations[f"{kind}NotebookLocation"] = (
                f"{folder}/SageMakerAutopilot{kind}Notebook.ipynb"
            )
            self._account.objects.write(locations[f"{kind}NotebookLocation"], content)
        self._update(Artifacts=locations)

    def _train_candidates(
        self, kind: Kind, problem: Any, recipes: list[Any]
    ) -> tuple[FittedCandidate, bool]:
        """Trains one candidate after the other.

        Returns:
            The best one, and whether the job's time ran out.

        Raises:
            OutOfTime: the limits were reached before any candidate was ready.
        """
        records: list[dict[str, Any]] = []
        best: FittedCandidate | None = None
        for number, recipe in enumerate(recipes, start=1):
            name = f"{self._name}-{recipe.name}-t{number}"
            record = self._new_record(name, kind)
            self._update(Candidates=[*records, record])
            try:
                fitted = self._limited(lambda recipe=recipe: kind.fit(recipe, problem))
            except OutOfTime:
                records.append(self._stopped_record(record))
                self._update(Candidates=[*records])
                if time.monotonic() >= self._deadline:
                    break
                continue
            record = self._completed_record(record, fitted, problem, kind)
            records.append(record)
            if best is None or fitted.is_better_than(best, problem.objective):
                best = fitted
                self._update(Candidates=[*records], BestCandidateName=name)
            else:
                self._update(Candidates=[*records])
        if best is None:
            raise OutOfTime
        return best, time.monotonic() >= self._deadline

    def _limited(self, work: Callable[[], Result]) -> Result:
        """Runs `work` in a thread, and gives up on it when it must stop or takes too long.

        An abandoned fit ends by itself; its result is dropped.
        """
        outcome: dict[str, Any] = {}
        done = threading.Event()

        def target() -> None:
            try:
                outcome["result"] = work()
            except Exception as error:
                outcome["error"] = error
            finally:
                done.set()

        limit = min(
            self._deadline, time.monotonic() + (self._spec.max_training_runtime or float("inf"))
        )
        threading.Thread(target=target, daemon=True).start()
        while not done.wait(0.05):
            if self._stop.is_set():
                raise Stopped
            if time.monotonic() >= limit:
                raise OutOfTime
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    def _new_record(self, name: str, kind: Kind) -> dict[str, Any]:
        started = now()
        return {
            "CandidateName": name,
            "CandidateStatus": "InProgress",
            "ObjectiveStatus": "Pending",
            "CandidateSteps": candidate_record.candidate_steps(self._account, name, kind.steps),
            "CreationTime": started,
            "LastModifiedTime": started,
        }

    def _stopped_record(self, record: dict[str, Any]) -> dict[str, Any]:
        ended = now()
        return {
            **record,
            "CandidateStatus": "Stopped",
            "ObjectiveStatus": "Failed",
            "FailureReason": "The training job reached its maximum run time.",
            "EndTime": ended,
            "LastModifiedTime": ended,
        }

    def _completed_record(
        self, record: dict[str, Any], fitted: FittedCandidate, problem: Any, kind: Kind
    ) -> dict[str, Any]:
        name = record["CandidateName"]
        parts = kind.parts(problem)
        urls = []
        for part in parts:
            url = f"{self._folder}/{part.folder}/{name}/output/model.tar.gz"
            content = {part_name: fitted.parts[part_name] for part_name in part.names}
            self._account.objects.write(url, pack(content, self._account.signing_key))
            urls.append(url)
        containers = candidate_record.inference_containers(self._account, parts, urls)
        value = fitted.metrics["Validation"][problem.objective]
        ended = now()
        return {
            **record,
            "CandidateStatus": "Completed",
            "ObjectiveStatus": "Succeeded",
            "FinalAutoMLJobObjectiveMetric": candidate_record.objective_metric(
                problem.objective, value
            ),
            "InferenceContainers": containers,
            "InferenceContainerDefinitions": {"CPU": containers} if kind.name == TEXT else None,
            "CandidateProperties": {
                "CandidateMetrics": candidate_record.candidate_metrics(fitted.metrics)
            },
            "EndTime": ended,
            "LastModifiedTime": ended,
        }

    @property
    def _folder(self) -> str:
        return f"{self._spec.output_path}/{self._name}"

    def _write_report(self, kind: str, files: dict[str, bytes]) -> None:
        """Writes a report on the best candidate, and names its place in its record."""
        job = self._jobs.get(self._name)
        best_name = job["BestCandidateName"]
        location = f"{self._folder}/documentation/{reports.FOLDERS[kind]}/output"
        for file_name, content in files.items():
            self._account.objects.write(f"{location}/{best_name}/{file_name}", content)
        records = []
        for record in job["Candidates"]:
            if record["CandidateName"] == best_name:
                properties = record["CandidateProperties"]
                locations = {**properties.get("CandidateArtifactLocations", {}), kind: location}
                properties = {**properties, "CandidateArtifactLocations": locations}
                record = {**record, "CandidateProperties": properties}
            records.append(record)
        self._update(Candidates=records)

    def _stage(self, secondary_status: str) -> None:
        """Shows a secondary status for as long as the pace says."""
        with self._jobs.lock:
            if self._stop.is_set():
                raise Stopped
            self._update(SecondaryStatus=secondary_status)
        progress = self._account.progress
        progress.stay("automl-job", self._name, secondary_status, progress.pace, self._stop)
        if self._stop.is_set():
            raise Stopped

    def _finish(self, status: str, secondary_status: str, **members: Any) -> None:
        records = [
            record if record["CandidateStatus"] != "InProgress" else self._stopped_record(record)
            for record in self._jobs.get(self._name)["Candidates"]
        ]
        self._update(
            Status=status,
            SecondaryStatus=secondary_status,
            Candidates=records,
            EndTime=now(),
            **members,
        )
        self._account.runs.pop(self._name.lower(), None)

    def _update(self, **changes: Any) -> None:
        self._jobs.update(self._name, LastModifiedTime=now(), **changes)
