"""The environment variables through which programs find the embedded stack. Pure."""

from collections.abc import Mapping
from pathlib import Path

CONNECTION = "SME_AWS"
BUCKET = "sme-local"
ROLE = "SmeLocalExecution"
# The password that every fresh Exasol has; the embedded one is reached from this machine only.
EXASOL_PASSWORD = "exasol"
BUCKETFS_PASSWORD = "write"
# Where the control interface of AWS is, if there is one.
CONTROL_VARIABLE = "SME_LOCAL_CONTROL_URL"

# Settings of the user's own AWS account, which must not reach the embedded one (and some
# of which would keep programs from reaching it).
FOREIGN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CA_BUNDLE",
)
LOCAL_HOSTS = ("127.0.0.1", "localhost")


def stack_environment(
    aws: Mapping[str, str], exasol: Mapping[str, str], credentials: Path
) -> dict[str, str]:
    """What to set so that boto3, pyexasol and dbt-exasol, unchanged, reach the stack.

    `aws` and `exasol` are what the two servers print when they are ready; `credentials` is
    the file with the key pair: the key itself is in no variable.
    """
    control = {CONTROL_VARIABLE: aws["control_url"]} if "control_url" in aws else {}
    return {
        "AWS_ENDPOINT_URL": aws["url"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_REGION": aws["region"],
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        # Nothing of ~/.aws/config; an empty file is a valid one.
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "EXASOL_DSN": exasol["dsn"],
        "EXASOL_USER": exasol["user"],
        "EXASOL_PASSWORD": EXASOL_PASSWORD,
        # pyexasol trusts the fingerprint in the DSN; dbt-exasol also checks the certificate.
        "WEBSOCKET_CLIENT_CA_BUNDLE": exasol["certificate"],
        "BUCKETFS_URL": exasol["bucketfs_url"],
        "BUCKETFS_USER": "w",
        "BUCKETFS_PASSWORD": BUCKETFS_PASSWORD,
        "BUCKETFS_CA_BUNDLE": exasol["certificate"],
        "EXASOL_TELEMETRY_DISABLE": "1",
        **control,
    }


def merged(
    inherited: Mapping[str, str], stack: Mapping[str, str], programs: Path
) -> dict[str, str]:
    """The environment of a command: the user's, with the stack's settings over it.

    `programs` is the folder with the `dbt` that belongs to this `sme`: it is put in front
    of PATH unless it is somewhere in it. Local addresses bypass any proxy.
    """
    environment = {name: value for name, value in inherited.items() if not _is_foreign(name)}
    environment.update(stack)
    path = environment.get("PATH", "")
    if str(programs) not in path.split(":"):
        environment["PATH"] = f"{programs}:{path}" if path else str(programs)
    environment.update(proxy_exceptions(inherited))
    return environment


def proxy_exceptions(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that let local addresses bypass the proxy, if the user has one."""
    if not any(name.lower().endswith("_proxy") for name in inherited):
        return {}
    exceptions = {}
    for name in ("no_proxy", "NO_PROXY"):
        hosts = [host for host in inherited.get(name, "").split(",") if host]
        exceptions[name] = ",".join([*hosts, *(h for h in LOCAL_HOSTS if h not in hosts)])
    return exceptions


def foreign_names(inherited: Mapping[str, str]) -> list[str]:
    """The variables to unset before the stack is used, of those that are set."""
    return sorted(name for name in inherited if _is_foreign(name))


def _is_foreign(name: str) -> bool:
    return name in FOREIGN or name.startswith("AWS_ENDPOINT_URL_")
