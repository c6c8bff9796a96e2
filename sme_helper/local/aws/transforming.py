"""The life of one transform job: it reads objects of S3, asks the model and writes its answers."""

from __future__ import annotations

import gzip
import sys
import threading
import traceback
import zlib
from collections.abc import Iterator
from typing import Any

from .account import Account
from .clock import now
from .inference import ContainerError, Model, ServedModel, UnusableModel
from .models import containers_of, find_model
from .objects import StoredObject, split_uri
from .record_filter import FieldMissing, compile_filter, read_records, split_records, write_records
from .transform_jobs import DEFAULT_PAYLOAD

_MEGABYTE = 1024 * 1024


class Stopped(Exception):
    """StopTransformJob was called."""


class BadInput(Exception):
    """The job cannot go on with this input; the message is its FailureReason."""


class TransformRun:
    """Runs one job in a thread of its own, and keeps the job's record up to date."""

    def __init__(self, account: Account, name: str, request: dict[str, Any]):
        self._account = account
        self._jobs = account.state.transform_jobs
        self._name = name
        self._request = request
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"transform-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stops the job soon; a job that has just ended stays as it is."""
        with self._jobs.lock:
            if self._jobs.get(self._name)["Status"] == "InProgress":
                self._stop.set()
                self._update(Status="Stopping")

    def _run(self) -> None:
        try:
            self._transform()
            self._finish("Completed")
        except Stopped:
            self._finish("Stopped")
        except (BadInput, UnusableModel, FieldMissing) as error:
            self._finish("Failed", f"ClientError: {error}")
        except ContainerError as error:
            side = "ClientError" if error.status < 500 else "AlgorithmError"
            self._finish("Failed", f"{side}: {error.message} See job logs for more information")
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self._finish("Failed", f"InternalServerError: {type(error).__name__}: {error}")

    def _transform(self) -> None:
        self._pause()
        self._update(TransformStartTime=now())
        containers = containers_of(find_model(self._account, self._request["ModelName"]))
        model = ServedModel.load(containers, self._account.objects, self._account.signing_key)
        self._pause()
        source = self._request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        files = self._account.objects.list(source)
        if not files:
            raise BadInput(f"No S3 objects found under the prefix {source}.")
        target = self._request["TransformOutput"]["S3OutputPath"].rstrip("/")
        if not self._account.objects.bucket_exists(split_uri(target)[0]):
            raise BadInput(f"The output location {target} cannot be written.")
        for stored in files:
            answer = "".join(self._answers(model, stored))
            self._account.objects.write(f"{target}/{_below(source, stored)}.out", answer.encode())

    def _answers(self, model: Model, stored: StoredObject) -> Iterator[str]:
        """What is written for each request that an object becomes."""
        processing = self._request.get("DataProcessing") or {}
        chosen = compile_filter("InputFilter", processing.get("InputFilter"))
        kept = compile_filter("OutputFilter", processing.get("OutputFilter"))
        is_joined = processing.get("JoinSource") == "Input"
        for batch in self._batches(self._text(stored)):
            if self._stop.is_set():
                raise Stopped
            records = split_records(batch) if chosen or kept or is_joined else []
            sent = write_records([chosen(r) for r in records]) if chosen else _lines(batch)
            answer = model.answer(sent.encode()).decode()
            if is_joined or kept:
                answers = read_records(answer)
                if is_joined:
                    _check_number(answers, records)
                    answers = [[*r, *a] for r, a in zip(records, answers, strict=True)]
                answer = write_records([kept(a) for a in answers] if kept else answers)
            yield answer

    def _text(self, stored: StoredObject) -> str:
        data = self._account.objects.read(stored)
        try:
            if self._request["TransformInput"].get("CompressionType") == "Gzip":
                data = gzip.decompress(data)
            return data.decode()
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise BadInput(f"{stored.uri} cannot be read: {error}") from error

    def _batches(self, text: str) -> Iterator[list[str]]:
        """The lines of each request: as many as a payload holds, or one, or the whole text."""
        payload = self._request.get("MaxPayloadInMB", DEFAULT_PAYLOAD) * _MEGABYTE
        if self._request["TransformInput"].get("SplitType", "None") == "None":
            if len(text.encode()) > payload:
                raise BadInput("A file is larger than MaxPayloadInMB, and SplitType is None.")
            if text:
                yield [text.removesuffix("\n")]
            return
        is_single = self._request.get("BatchStrategy") == "SingleRecord"
        batch, size = [], 0
        for line in text.removesuffix("\n").split("\n") if text else []:
            length = len(line.encode()) + 1
            if length > payload:
                raise BadInput("A record is larger than MaxPayloadInMB.")
            if batch and (is_single or size + length > payload):
                yield batch
                batch, size = [], 0
            batch.append(line)
            size += length
        if batch:
            yield batch

    def _pause(self) -> None:
        """Each stage of a job can be seen for a while."""
        progress = self._account.progress
        progress.stay("transform-job", self._name, "InProgress", progress.pace, self._stop)
        if self._stop.is_set():
            raise Stopped

    def _update(self, **changes: Any) -> None:
        self._jobs.update(self._name, LastModifiedTime=now(), **changes)

    def _finish(self, status: str, reason: str | None = None) -> None:
        with self._jobs.lock:
            if self._stop.is_set():
                status, reason = "Stopped", None
            self._update(
                Status=status,
                FailureReason=reason[:1024] if reason else None,
                TransformEndTime=now(),
            )


def _below(source: str, stored: StoredObject) -> str:
    """The part of a key that the name of its answer keeps: what follows the folder read."""
    _, prefix = split_uri(source)
    return stored.key[prefix.rfind("/") + 1 :]


def _check_number(answers: list[Any], records: list[Any]) -> None:
    if len(answers) != len(records):
        raise BadInput(
            f"{len(answers)} answers cannot be joined with the {len(records)} records of a request."
        )


def _lines(batch: list[str]) -> str:
    return "\n".join([*batch, ""])
