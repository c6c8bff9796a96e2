"""Clients for AWS with the keys of an Exasol CONNECTION, and AWS errors in plain words."""

import re

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
)

from .credentials import Access
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
    "RequestTimeTooSkewed": "set the clocks of the database nodes",
    "AccessDeniedException": "ask for the missing right in the IAM policy of these keys",
    "AccessDenied": "ask for the missing right in the IAM policy of these keys",
    "ResourceLimitExceeded": "ask AWS for a higher quota, or choose another instance type",
    "ThrottlingException": "AWS asks for fewer requests at a time, so try again",
}
EXPIRED = ("ExpiredTokenException", "ExpiredToken")
# AWS says InvalidSignatureException for these, too.
LATE_SIGNATURES = ("Signature expired", "Signature not yet current")

# A role is assumed anew so many seconds before its session ends. Between the two any one of
# several threads does it while the others go on with the session that they have.
REFRESH_FROM_SECONDS = 300
REFRESH_AT_SECONDS = 60
# Of this process, by what they were made with.
clients = {}
assumed_roles = {}


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


def client_of(exa, connection_name, region, service, **options):
    """A boto3 client of `service` in `region` with the keys of the CONNECTION, or those of the
    role that it assumes with them. Nothing goes through the environment.

    A process makes a client once, and anew when the CONNECTION has changed.

    Raises:
        SmeError: E-SME-4, E-SME-74 or E-SME-75 (the CONNECTION), E-SME-77 (the role).
    """
    connection = connection_of(exa, connection_name)
    access = Access(connection_name, connection.address, connection.user, connection.password)
    wanted = (*access.identity, region, service, repr(sorted(options.items())))
    if wanted not in clients:
        session = session_of(access, region)
        if access.role_arn:
            session = role_session(access, session, exa.meta.current_user)
        clients[wanted] = service_client(session, access, service, **options)
    return clients[wanted]


def session_of(access, region):
    """A boto3 session that holds the keys of a CONNECTION itself."""
    core = botocore.session.Session()
    core.set_credentials(access.key_id, access.secret, access.token)
    # The STS of the region, and not the one in Virginia to which old versions go.
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.session.Session(botocore_session=core, region_name=region)


def service_client(session, access, service, **options):
    """A client of a service, at the address that the CONNECTION has for it."""
    config = Config(
        retries=options.pop("retries", {"mode": "standard", "max_attempts": 5}),
        connect_timeout=10,
        read_timeout=options.pop("read_timeout", 70),
        **options,
    )
    return session.client(service, endpoint_url=access.urls.get(service), config=config)


class RoleProvider(CredentialProvider):
    """Gives a botocore session the credentials of a role."""

    METHOD = "sme-role"

    def __init__(self, credentials):
        super().__init__()
        self.credentials = credentials

    def load(self):
        return self.credentials


def role_session(access, session, user):
    """A boto3 session with the role of a CONNECTION, which is assumed anew before it expires.

    All clients of a process that use the same CONNECTION share what AWS gave for the role.
    """
    if access.identity not in assumed_roles:
        client = service_client(session, access, "sts")
        assumed_roles[access.identity] = RefreshableCredentials.create_from_metadata(
            metadata=assume_role(client, access, user),
            refresh_using=lambda: assume_role(client, access, user),
            method=RoleProvider.METHOD,
            advisory_timeout=REFRESH_FROM_SECONDS,
            mandatory_timeout=REFRESH_AT_SECONDS,
        )
    core = botocore.session.Session()
    provider = RoleProvider(assumed_roles[access.identity])
    core.register_component("credential_provider", CredentialResolver([provider]))
    return boto3.session.Session(botocore_session=core, region_name=session.region_name)


def assume_role(client, access, user):
    """Keys of the role, as RefreshableCredentials takes them. AWS records the user of Exasol.

    Raises:
        SmeError: E-SME-77, and what explained() makes of errors that are not about the role.
    """
    request = {
        "RoleArn": access.role_arn,
        "RoleSessionName": "exasol-" + re.sub(r"[^\w+=,.@-]", "-", user, flags=re.ASCII)[:57],
        "DurationSeconds": access.duration_seconds,
    }
    if access.external_id:
        request["ExternalId"] = access.external_id
    try:
        keys = client.assume_role(**request)["Credentials"]
    except ClientError as error:
        if error_code(error) not in ("AccessDenied", "ValidationError"):
            raise explained(error) from None
        raise SmeError(
            "E-SME-77",
            f"Role {access.role_arn} of CONNECTION {access.name} cannot be assumed: "
            f"{error_code(error)}: {shortened(error_text(error))} The trust policy of the role "
            "must name the owner of the keys, the external_id must be the one that it asks for, "
            "and duration_seconds no longer than the role allows.",
        ) from None
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "token": keys["SessionToken"],
        "expiry_time": keys["Expiration"].isoformat(),
    }


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
        code, text = error_code(error), error_text(error)
        cure = CURES.get(code)
        sentence = f"AWS refused {error.operation_name}: {code}: {shortened(text)}"
        if code in EXPIRED:
            return SmeError(
                "E-SME-76",
                f"The session token of the CONNECTION has expired. {sentence}. Renew the "
                "CONNECTION with fresh keys and token, or let it assume a role (role_arn), "
                "which renews itself.",
            )
        if text.startswith(LATE_SIGNATURES):
            cure = CURES["RequestTimeTooSkewed"]
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
