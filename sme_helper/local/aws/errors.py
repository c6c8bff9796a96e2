"""Errors that the AWS stand-in answers with, in AWS's own codes and words."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """A request failed; the client receives `code` and `message`.

    Args:
        code: AWS's error code, e.g. `ValidationException`.
        message: the text that a user reads.
        status: HTTP status of the answer.
        members: further members of the error's body (only `ModelError` has some).
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def unsupported(construct: str) -> AwsError:
    """The stand-in refuses what it does not know, instead of guessing."""
    return validation(f"Not available in the embedded stack: {construct}")


def unknown_operation(operation: str, service: str) -> AwsError:
    return AwsError(
        "UnknownOperationException",
        f"The operation {operation} of {service} is not available in the embedded stack.",
        status=404,
    )
