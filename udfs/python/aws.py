"""Clients for AWS with the keys of an Exasol CONNECTION, and AWS errors in plain words."""

import re

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
)

from .errors import SmeError

S3_ADDRESS = re.compile(
    r"^(?:s3://|https?://)(?P<bucket>[^./]+)(?:\.s3[.-][a-z0-9.-]*amazonaws\.com.*)?/?$", re.I
)

CURES = {
    "UnrecognizedClientException": "check USER and IDENTIFIED BY of the CONNECTION",
    "InvalidClientTokenId": "check USER and IDENTIFIED BY of the CONNECTION",
    "InvalidAccessKeyId": "check USER and IDENTIFIED BY of the CONNECTION",
    "InvalidSignatureException": "check IDENTIFIED BY of the CONNECTION",
    "SignatureDoesNotMatch": "check IDENTIFIED BY of the CONNECTION",
    "ExpiredTokenException": "the temporary keys have expired, so renew the CONNECTION",
    "AccessDeniedException": "ask for the missing right in the IAM policy of these keys",
    "AccessDenied": "ask for the missing right in the IAM policy of these keys",
    "ResourceLimitExceeded": "ask AWS for a higher quota, or choose another instance type",
    "ThrottlingException": "AWS asks for fewer requests at a time, so try again",
}


def connection_of(exa, name):
    """The CONNECTION object of that name.

    Raises:
        SmeError: E-SME-4, it does not exist or the user may not use it.
    """
    try:
        return exa.get_connection(name)
    except Exception as error:
        raise SmeError(
            "E-SME-4",
            f"CONNECTION {name} cannot be used: {first_line(error)}. Create it, or ask for "
            f"GRANT ACCESS ON CONNECTION {name} TO {exa.meta.current_user}.",
        ) from None


def session_of(connection, region):
    """A boto3 session that holds the keys itself: nothing goes through the environment."""
    # Exasol lets a password carry options for server-side encryption behind a semicolon.
    secret = (connection.password or "").split(chr(59), 1)[0]
    return boto3.session.Session(
        aws_access_key_id=connection.user,
        aws_secret_access_key=secret,
        region_name=region,
    )


def client_of(exa, connection_name, region, service, **options):
    """A boto3 client of `service` in `region` with the keys of the CONNECTION."""
    session = session_of(connection_of(exa, connection_name), region)
    config = Config(
        retries=options.pop("retries", {"mode": "standard", "max_attempts": 5}),
        connect_timeout=10,
        read_timeout=options.pop("read_timeout", 70),
        **options,
    )
    return session.client(service, config=config)


def bucket_in(address):
    """The bucket that an S3 address names, or None where it is of another form."""
    match = S3_ADDRESS.match((address or "").strip())
    return match["bucket"] if match else None


def error_code(error):
    """The code of a ClientError, such as ResourceNotFound."""
    return error.response.get("Error", {}).get("Code", "")


def error_text(error):
    """The message of a ClientError."""
    return error.response.get("Error", {}).get("Message", "")


def is_missing(error):
    """Whether AWS says that the thing asked for does not exist.

    SageMaker answers so in two ways: ResourceNotFound for jobs, and a
    ValidationException with the words `Could not find` for models and endpoints.
    """
    return error_code(error) in ("ResourceNotFound", "ResourceNotFoundException") or (
        error_code(error) == "ValidationException" and "Could not find" in error_text(error)
    )


def explained(error):
    """A botocore error as an SmeError that says what to do."""
    if isinstance(error, ClientError):
        code = error_code(error)
        cure = CURES.get(code)
        sentence = f"AWS refused {error.operation_name}: {code}: {shortened(error_text(error))}"
        return SmeError("E-SME-16", f"{sentence} ({cure})" if cure else sentence)
    if isinstance(error, ParamValidationError):
        reasons = " ".join(line.strip() for line in str(error).splitlines()[1:])
        return SmeError("E-SME-29", f"AWS takes no request with such a value: {reasons}")
    if isinstance(error, EndpointConnectionError):
        return SmeError(
            "E-SME-17",
            f"AWS cannot be reached: {first_line(error)} Check the region, and that the database "
            "may open connections to the internet or has a private link.",
        )
    if isinstance(error, BotoCoreError):
        return SmeError("E-SME-17", f"The call to AWS failed: {first_line(error)}")
    return SmeError("E-SME-99", f"{type(error).__name__}: {first_line(error)}")


def shortened(text, longest=400):
    """A text without its middle: AWS may list hundreds of legal values."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} ... {text[-half:]}"


def first_line(error):
    """The first line of an error text that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
