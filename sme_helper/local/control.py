"""Controls the AWS of an embedded stack from tests: faults, delays, its clock, how far jobs get.

with Stack.start(control=True) as stack:
    stack.control.fail("ThrottlingException", operation="CreateEndpoint", count=2)

Requests are chosen by `Where`; `docs/embedded-stack.md` has more examples.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypedDict, Unpack

from sme_helper.local.environment import CONTROL_VARIABLE

Kind = Literal["automl-job", "endpoint", "transform-job"]
ConnectionFault = Literal["reset", "lost", "half", "silence"]


class ControlError(Exception):
    """The control interface refused something, or cannot be reached; the message says why."""


class Where(TypedDict, total=False):
    """Which requests: `service`, `operation` and `name` are patterns as of file names.

    Of S3 the operation is the HTTP method and the name the path; of others the name is that of the
    resource. `skip` so many of these requests, then meet `count`, each with `probability`, at
    random from `seed`.
    """

    service: str
    operation: str
    name: str
    larger_than: int
    skip: int
    count: int
    probability: float
    seed: int


@dataclass(frozen=True)
class Request:
    """A request that AWS had. `status` 0: it never got an answer."""

    number: int
    time: float
    service: str
    operation: str
    status: int
    name: str
    error: str | None


class Control:
    """The client of a stack's control interface. Each rule that it makes has a number."""

    def __init__(self, url: str):
        self.url = url
        # Whatever proxy the environment names, the interface is on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """That of the stack which `sme local run --control` or `up --control --env` selects."""
        if CONTROL_VARIABLE not in environment:
            raise ControlError(f"{CONTROL_VARIABLE} is not set: start the stack with --control.")
        return cls(environment[CONTROL_VARIABLE])

    def delay(self, seconds: float, **where: Unpack[Where]) -> int:
        """Requests are answered so much later."""
        return self._add("delay", where, seconds=seconds)

    def throttle(self, per_second: float, **where: Unpack[Where]) -> int:
        """No more requests a second than that; others are refused in the service's own words."""
        return self._add("throttle", where, per_second=per_second)

    def fail(
        self,
        code: str,
        message: str | None = None,
        status: int = 400,
        members: Mapping[str, Any] | None = None,
        **where: Unpack[Where],
    ) -> int:
        """Requests are refused with AWS's error `code`; `members` are further ones of its body."""
        given = {"message": message, "members": members and dict(members)}
        given = {name: value for name, value in given.items() if value is not None}
        return self._add("error", where, code=code, status=status, **given)

    def break_connection(self, fault: ConnectionFault, **where: Unpack[Where]) -> int:
        """Connections are `reset` before anything is done, or afterwards so that the answer is
        `lost`; or `half` of it comes; or `silence` until the client gives up."""
        return self._add(fault, where)

    def miscount(self, *, missing: bool, **where: Unpack[Where]) -> int:
        """Endpoints answer with one row less than they should (`missing`), or one more."""
        return self._add("row_missing" if missing else "row_too_many", where)

    def met(self) -> dict[int, int]:
        """How many requests each rule has met, by its number."""
        return {one["number"]: one["met"] for one in self._call("GET", "/rules")["rules"]}

    def remove(self, rule: int) -> None:
        self._call("DELETE", f"/rules/{rule}")

    def shift_clock(self, ahead_seconds: float) -> None:
        """AWS's clock goes ahead of this machine's, or behind it."""
        self._call("PUT", "/clock", {"ahead_seconds": ahead_seconds})

    def freeze_clock(self, at: float) -> None:
        """AWS's clock shows one moment, in seconds since the epoch."""
        self._call("PUT", "/clock", {"frozen_at": at})

    def pace(self, *, pace: float | None = None, endpoint_delay: float | None = None) -> None:
        """Seconds that each stage of a job takes at least, and an endpoint to get into service."""
        given = {"pace": pace, "endpoint_delay": endpoint_delay}
        self._call("PUT", "/progress", {name: s for name, s in given.items() if s is not None})

    def hold(self, kind: Kind, name: str = "*", status: str | None = None) -> None:
        """Resources stay at a status (of jobs: the secondary one), or at each that they reach."""
        self._call("POST", "/holds", {"kind": kind, "name": name, "status": status})

    def held(self) -> dict[tuple[str, str], str]:
        """What is held now: status by kind and name."""
        found = self._call("GET", "/holds")["held"]
        return {(hold["kind"], hold["name"]): hold["status"] for hold in found}

    def wait_until_held(self, kind: Kind, name: str, seconds: float = 60) -> str:
        """The status at which a resource is held, as soon as it is."""
        deadline = time.monotonic() + seconds
        while (kind, name) not in (held := self.held()):
            if time.monotonic() > deadline:
                raise ControlError(f"The {kind} {name} was not held within {seconds} s.")
            time.sleep(0.02)
        return held[kind, name]

    def step(self, kind: Kind, name: str) -> None:
        """A held resource goes on to its next status."""
        self._call("POST", "/steps", {"kind": kind, "name": name})

    def release(self) -> None:
        """Nothing is held any more."""
        self._call("DELETE", "/holds")

    def requests(
        self,
        *,
        service: str | None = None,
        operation: str | None = None,
        name: str | None = None,
        after: int = 0,
    ) -> list[Request]:
        """The requests that AWS had, oldest first; `after` is the number of an earlier one."""
        told = [Request(**one) for one in self._call("GET", f"/requests/{after}")["requests"]]
        return [
            request
            for request in told
            if service in (None, request.service)
            and operation in (None, request.operation)
            and name in (None, request.name)
        ]

    def reset(self) -> None:
        """Everything as it was at the start: no rules, no holds, the right time, the first pace."""
        self._call("POST", "/reset", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reset()

    def _add(self, effect: str, where: Where, **what: Any) -> int:
        return self._call("POST", "/rules", {"effect": effect, **where, **what})["number"]

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from None
        except OSError as error:
            raise ControlError(f"No control interface answers at {self.url}: {error}") from None
