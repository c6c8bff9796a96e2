"""What is done to requests on their way: delays, refusals, connections that break. Pure.

A rule says which requests it is for and what happens to them. The first rule with a fault that
meets a request decides; delays add up.
"""

from __future__ import annotations

import fnmatch
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from .errors import AwsError

DELAY, THROTTLE, ERROR = "delay", "throttle", "error"
# The connection is reset before anything is done, or when it is done and only the answer is lost;
# half of the answer comes; there is no answer until the client gives up.
RESET, LOST, HALF, SILENCE = "reset", "lost", "half", "silence"
# An endpoint answers with one row less, or one more.
ROW_MISSING, ROW_TOO_MANY = "row_missing", "row_too_many"
EFFECTS = (DELAY, THROTTLE, ERROR, RESET, LOST, HALF, SILENCE, ROW_MISSING, ROW_TOO_MANY)
UNDONE = (RESET, SILENCE)
_NEEDED = {DELAY: ("seconds",), THROTTLE: ("per_second",), ERROR: ("code",)}
# How each service refuses who asks too often: code, text, HTTP status.
_THROTTLED = {
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "sts": ("Throttling", "Rate exceeded", 400),
    "iam": ("Throttling", "Rate exceeded", 400),
}
_THROTTLED_ELSEWHERE = ("ThrottlingException", "Rate exceeded", 400)


@dataclass(frozen=True)
class Call:
    """What a request is about. The name is a resource's or, of S3, a path."""

    service: str
    operation: str
    name: str
    size: int = 0


@dataclass(frozen=True)
class Rule:
    """What happens to which requests.

    Args:
        effect: one of EFFECTS.
        service, operation, name: patterns as of file names, regardless of case.
        larger_than: only bodies with more bytes.
        skip: so many of these requests are let through first.
        count: so many are met after that; None for all.
        probability: the share of these that is met, at random from `seed`.
        seconds: of a delay.
        per_second: how many requests a throttle lets through.
        code, message, status, members: the error.
    """

    effect: str
    service: str = "*"
    operation: str = "*"
    name: str = "*"
    larger_than: int = -1
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    seed: int = 0
    seconds: float = 0.0
    per_second: float = 0.0
    code: str = ""
    message: str = "Told to fail by the control interface of the embedded stack."
    status: int = 400
    members: dict[str, Any] | None = None

    def is_for(self, call: Call) -> bool:
        patterns = (
            (self.service, call.service),
            (self.operation, call.operation),
            (self.name, call.name),
        )
        return call.size > self.larger_than and all(
            fnmatch.fnmatchcase(text.lower(), pattern.lower()) for pattern, text in patterns
        )

    def error(self, call: Call) -> AwsError | None:
        """What the request is refused with, in the service's words where they are given."""
        if self.effect == THROTTLE:
            return AwsError(*_THROTTLED.get(call.service, _THROTTLED_ELSEWHERE))
        if self.effect == ERROR:
            return AwsError(self.code, self.message, self.status, **self.members or {})
        return None


def read_rule(given: dict[str, Any]) -> Rule:
    """A rule from JSON.

    Raises:
        ValueError: it has members that no rule has, or lacks some, or has them of other types.
    """
    types = {field.name: str(field.type) for field in fields(Rule)}
    for name, value in given.items():
        if name not in types:
            raise ValueError(f"A rule has no member {name}.")
        if not _is_of(types[name], value):
            raise ValueError(f"{name} cannot be {value!r}: it must be {types[name]}.")
    effect = given.get("effect")
    if effect not in EFFECTS:
        raise ValueError(f"effect must be one of {', '.join(EFFECTS)}, not {effect}.")
    for name in _NEEDED.get(effect, ()):
        if not given.get(name):
            raise ValueError(f"A rule with the effect {effect} needs {name}.")
    rule = Rule(**given)
    numbers = (rule.skip, rule.count or 0, rule.seconds, rule.per_second)
    if min(numbers) < 0 or not 0 <= rule.probability <= 1 or not 400 <= rule.status <= 599:
        raise ValueError("No number may be negative, probability above 1, status not 400 to 599.")
    return rule


def _is_of(type_name: str, value: Any) -> bool:
    kinds = {"str": str, "int": int, "float": (int, float), "dict[str, Any]": dict}
    name, _, optional = type_name.partition(" | ")
    if value is None:
        return bool(optional)
    return isinstance(value, kinds[name]) and not isinstance(value, bool)


class Rules:
    """The rules that hold now. They have numbers, and it is counted whom they met."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._active: dict[int, _Active] = {}
        self._added = 0

    def add(self, rule: Rule) -> int:
        """Takes up a rule; returns its number."""
        with self._lock:
            self._added += 1
            self._active[self._added] = _Active(rule, self._clock)
            return self._added

    def remove(self, number: int) -> None:
        """Raises ValueError where there is no such rule."""
        with self._lock:
            if self._active.pop(number, None) is None:
                raise ValueError(f"There is no rule {number}.")

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def met(self) -> dict[int, tuple[Rule, int]]:
        """The rules by their numbers, and how many requests each has met."""
        with self._lock:
            return {number: (one.rule, one.met) for number, one in self._active.items()}

    def decide(self, call: Call) -> tuple[float, Rule | None]:
        """For how many seconds a request waits, and the rule that then says how it fails."""
        delay = 0.0
        with self._lock:
            for active in self._active.values():
                if not active.meets(call):
                    continue
                if active.rule.effect != DELAY:
                    return delay, active.rule
                delay += active.rule.seconds
        return delay, None


class _Active:
    """A rule at work."""

    def __init__(self, rule: Rule, clock: Callable[[], float]):
        self.rule = rule
        self.met = 0
        self._seen = 0
        self._random = random.Random(rule.seed)
        self._clock = clock
        self._tokens, self._filled_at = max(1.0, rule.per_second), clock()

    def meets(self, call: Call) -> bool:
        rule = self.rule
        if not rule.is_for(call) or (rule.count is not None and self.met >= rule.count):
            return False
        self._seen += 1
        if self._seen <= rule.skip or self._random.random() >= rule.probability:
            return False
        if rule.effect == THROTTLE and self._has_token():
            return False
        self.met += 1
        return True

    def _has_token(self) -> bool:
        """Whether the rate is kept: a bucket that holds the requests of one second."""
        now, rate = self._clock(), self.rule.per_second
        self._tokens = min(max(1.0, rate), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def with_other_rows(effect: str, body: bytes) -> bytes:
    """An endpoint's answer with one row less, or with its first row once more."""
    lines = body.splitlines(keepends=True)
    if effect == ROW_MISSING:
        return b"".join(lines[:-1])
    if effect == ROW_TOO_MANY:
        return b"".join([*lines, *lines[:1]])
    return body
