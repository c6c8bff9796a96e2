"""The control interface: JSON over HTTP on a port of 127.0.0.1 of its own. Off unless asked for.

    GET PUT        /clock      {"ahead_seconds": 0, "frozen_at": null}
    GET PUT        /progress   {"pace": 0.3, "endpoint_delay": 1.0}
    GET POST DELETE /rules     faults.Rule; POST answers {"number": 1}
    DELETE         /rules/1
    GET POST DELETE /holds     {"kind": "endpoint", "name": "*", "status": "Creating"}
    POST           /steps      {"kind": "endpoint", "name": "..."}
    GET            /requests/0 those after that number
    POST           /reset      everything as at the start; requests stay

What it does not know it refuses with {"error": "..."}. `sme_helper.local.control` is its client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .clock import Clock
from .faults import Rules, read_rule
from .progress import KINDS, Hold, Progress
from .request_log import RequestLog
from .validation import service_model

HOST = "127.0.0.1"
_STATUS_SHAPES = {
    "automl-job": "AutoMLJobSecondaryStatus",
    "endpoint": "EndpointStatus",
    "transform-job": "TransformJobStatus",
}
Body = dict[str, Any]


class Control:
    """What can be controlled, by method and path. Each answers with JSON, or raises ValueError."""

    def __init__(self, clock: Clock, progress: Progress, rules: Rules, log: RequestLog):
        self._clock = clock
        self._progress = progress
        self._rules = rules
        self._log = log
        self._operations: dict[str, Callable[[Body], Body]] = {
            "GET /clock": lambda _: asdict(clock),
            "PUT /clock": self._set_clock,
            "GET /progress": self._tell_progress,
            "PUT /progress": self._set_progress,
            "GET /rules": self._tell_rules,
            "POST /rules": lambda body: {"number": rules.add(read_rule(body))},
            "DELETE /rules": lambda _: rules.clear() or {},
            "DELETE /rules/": lambda body: rules.remove(body["number"]) or {},
            "GET /holds": lambda _: {"held": [asdict(hold) for hold in progress.held()]},
            "POST /holds": lambda body: progress.hold(_read_hold(body)) or {},
            "DELETE /holds": lambda _: progress.release() or {},
            "POST /steps": self._step,
            "GET /requests/": lambda body: {"requests": log.after(body["number"])},
            "POST /reset": self._reset,
        }

    def answer(self, method: str, path: str, body: Body) -> Body:
        folder, _, number = path.rpartition("/")
        if folder and number.isdigit():
            path, body = f"{folder}/", {"number": int(number)}
        operation = self._operations.get(f"{method} {path}")
        if operation is None:
            raise ValueError(f"The control interface has no {method} {path}.")
        return operation(body)

    def _set_clock(self, body: Body) -> Body:
        self._clock.set(**_numbers(body, "ahead_seconds", "frozen_at"))
        return asdict(self._clock)

    def _tell_progress(self, _: Body) -> Body:
        return {"pace": self._progress.pace, "endpoint_delay": self._progress.endpoint_delay}

    def _set_progress(self, body: Body) -> Body:
        for name, seconds in _numbers(body, "pace", "endpoint_delay").items():
            if seconds < 0:
                raise ValueError(f"{name} cannot be negative.")
            setattr(self._progress, name, seconds)
        return self._tell_progress(body)

    def _tell_rules(self, _: Body) -> Body:
        told = [
            {"number": number, "met": met, "rule": asdict(rule)}
            for number, (rule, met) in self._rules.met().items()
        ]
        return {"rules": told}

    def _step(self, body: Body) -> Body:
        hold = _read_hold(body)
        self._progress.step(hold.kind, hold.name)
        return {}

    def _reset(self, _: Body) -> Body:
        self._clock.set()
        self._rules.clear()
        self._progress.release()
        self._progress.pace, self._progress.endpoint_delay = self._progress.at_start
        return {}


def _numbers(body: Body, *names: str) -> Body:
    for name, value in body.items():
        if name not in names:
            raise ValueError(f"{name} is not known here: {' and '.join(names)} are.")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number and (value is not None or name != "frozen_at"):
            raise ValueError(f"{name} must be a number, not {value!r}.")
    return body


def _read_hold(body: Body) -> Hold:
    unknown = body.keys() - {"kind", "name", "status"}
    if unknown or not isinstance(body.get("name"), str):
        raise ValueError("A hold has a kind, a name and, if it is for one only, a status.")
    if body.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {body.get('kind')!r}.")
    statuses = service_model("sagemaker").shape_for(_STATUS_SHAPES[body["kind"]]).enum
    if body.get("status") not in (None, *statuses):
        raise ValueError(f"No {body['kind']} is ever {body['status']}.")
    return Hold(**body)


class ControlServer(ThreadingHTTPServer):
    """Serves a `Control` on a free port of this machine only."""

    daemon_threads = True

    def __init__(self, control: Control):
        super().__init__((HOST, 0), _Handler)
        self.control = control
        self.url = f"http://{HOST}:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: ControlServer

    def _answer(self) -> None:
        try:
            status, told = 200, self.server.control.answer(self.command, self.path, self._read())
        except ValueError as error:
            status, told = 400, {"error": str(error)}
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = _answer

    def _read(self) -> Body:
        """The request's JSON, which no web page can send: its host or its type would not fit."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Host") != self.server.url.removeprefix("http://"):
            raise ValueError(f"The control interface is called {self.server.url} only.")
        if self.command in ("GET", "DELETE"):
            return {}
        if self.headers.get_content_type() != "application/json":
            raise ValueError("The control interface reads application/json only.")
        body = json.loads(content or b"{}")
        if not isinstance(body, dict):
            raise ValueError("The control interface reads JSON objects only.")
        return body

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""
