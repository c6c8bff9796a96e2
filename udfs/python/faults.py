"""What a failed invocation means: try again, send less, blame the rows, or give up."""

from botocore import exceptions
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from .answers import WrongAnswer
from .aws import error_code, error_text, explained
from .errors import SmeError

AGAIN, THROTTLED, TIMED_OUT, TOO_LARGE, REFUSED, FATAL = (
    "again",
    "throttled",
    "timed out",
    "too large",
    "refused",
    "fatal",
)
THROTTLING_CODES = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ModelNotReadyException",
)
NETWORK_ERRORS = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.ResponseStreamingError,
    ResponseParserError,
    ConnectionError,
    HTTPError,
)


class Fault:
    """What went wrong with one request.

    Attributes:
        kind: AGAIN, THROTTLED, TIMED_OUT, TOO_LARGE, REFUSED (the rows may be to blame) or FATAL.
        reason: what happened, for the user.
        patience: how many such faults are forgiven before the rows are to blame, or None where
            they never are.
        error: what to raise where kind is FATAL.
    """

    def __init__(self, kind, reason, patience=None, error=None):
        self.kind = kind
        self.reason = reason
        self.patience = patience
        self.error = error


def fault_of(endpoint_name, error):
    """What an exception of a request means. Raises what it does not know."""
    if isinstance(error, WrongAnswer):
        return Fault(AGAIN, f"E-SME-22: The endpoint answered with {error}", patience=2)
    if isinstance(error, SmeError) and error.code == "E-SME-31":
        return Fault(REFUSED, str(error))
    if isinstance(error, exceptions.ClientError):
        return client_fault(endpoint_name, error)
    if isinstance(error, (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError)):
        return Fault(TIMED_OUT, "no answer in time")
    if isinstance(error, NETWORK_ERRORS):
        return Fault(AGAIN, f"the connection failed: {type(error).__name__}: {error}")
    if isinstance(error, exceptions.BotoCoreError):
        return Fault(FATAL, str(error), error=explained(error))
    raise error


def client_fault(endpoint_name, error):
    """What an answer with an error code means."""
    code, message = error_code(error), error_text(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ModelError":
        return model_fault(error)
    if status == 413 or "length less than or equal to" in message:
        return Fault(TOO_LARGE, f"{code}: {message}")
    if code in THROTTLING_CODES or status == 429:
        return Fault(THROTTLED, f"{code}: {message}")
    if code in ("ValidationError", "ValidationException") and "not found" in message:
        return Fault(FATAL, message, error=not_in_service(endpoint_name))
    if code == "RequestTimeout" or status == 408:
        return Fault(TIMED_OUT, f"{code}: {message}")
    if status >= 500:
        return Fault(AGAIN, f"{code}: {message}")
    return Fault(FATAL, message, error=explained(error))


def model_fault(error):
    """What the answer of a container means: 4xx blames the rows, 5xx perhaps."""
    status = int(error.response.get("OriginalStatusCode") or 500)
    message = error.response.get("OriginalMessage") or error_text(error)
    reason = f"E-SME-23: The model refused the row: {message}"
    if "did not provide a response within" in message or status in (408, 504):
        return Fault(TIMED_OUT, message)
    if status == 413:
        return Fault(TOO_LARGE, message)
    if status == 429:
        return Fault(THROTTLED, message)
    if 400 <= status < 500:
        return Fault(REFUSED, reason)
    return Fault(AGAIN, reason, patience=3)


def not_in_service(endpoint_name):
    return SmeError(
        "E-SME-20",
        f"Endpoint {endpoint_name} is not in service: it was deleted, or it is still being "
        "created. See its status with sme.wait_endpoint, or deploy it (sme.deploy_endpoint).",
    )
