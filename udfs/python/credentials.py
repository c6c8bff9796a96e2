"""What a CONNECTION says about the way to AWS: keys, a role to assume, addresses of services.

A UDF is given address, user and password of a CONNECTION, and nothing else of it. Options stand
behind the address and behind the secret, as those of Exasol for server-side encryption do:

    TO 'aws, role_arn=..., external_id=...' USER 'key id' IDENTIFIED BY 'secret, session_token=...'

The separator is a semicolon, which the source of a script must not hold.
"""

import re

from .errors import SmeError

SEPARATOR = chr(59)
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
SERVICE_URL = re.compile(r"https?://[^\s/]+(/.*)?")
SESSION_SECONDS = re.compile(r"\d{3,5}")
SERVICES = ("sagemaker", "sagemaker-runtime", "s3", "sts", "application-autoscaling")
# By service, the option with its address: named as the setting of the AWS tools is.
URL_OPTIONS = {service: "endpoint_url_" + service.replace("-", "_") for service in SERVICES}
ADDRESS_OPTIONS = {
    "role_arn": (ROLE_ARN, "the ARN of an IAM role"),
    "external_id": (re.compile(r"[\w+=,.@:/-]{2,1224}"), "an external id, as AWS takes it"),
    "duration_seconds": (SESSION_SECONDS, "a number of seconds from 900 to 43200"),
    **{option: (SERVICE_URL, "the address of a service") for option in URL_OPTIONS.values()},
}
# All but the first are those of Exasol, for EXPORT.
PASSWORD_OPTIONS = ("session_token", "sse_type", "kms_key_id", "enc_context")
# Keys that AWS made for a time begin so.
TEMPORARY = "ASIA"


class Access:
    """How to reach AWS with a CONNECTION.

    Attributes:
        name: of the CONNECTION, for messages.
        key_id, secret, token: the keys, the token being None for long-lived ones.
        role_arn, external_id, duration_seconds: the role to assume with them, or None each.
        urls: the address of each service that is not where AWS has it.
    """

    def __init__(self, name, address, user, password):
        """Reads what the CONNECTION holds.

        Raises:
            SmeError: E-SME-74 (an option) or E-SME-75 (no keys, or half of temporary ones).
        """
        place, self.given = with_options(name, "address", address)
        self.secret, hidden = with_options(name, "password", password)
        self.name = name
        self.key_id = user or ""
        self.token = hidden.get("session_token")
        if "=" in place and "://" not in place:
            raise SmeError(
                "E-SME-74",
                f"The address of CONNECTION {name} begins with an option: put aws{SEPARATOR} in "
                "front of it.",
            )
        check_options(name, self.given, hidden)
        self.check_keys()
        self.role_arn = self.given.get("role_arn")
        self.external_id = self.given.get("external_id")
        self.duration_seconds = int(self.given.get("duration_seconds", 3600))
        self.urls = {service: self.given.get(option) for service, option in URL_OPTIONS.items()}

    def check_keys(self):
        if not self.key_id or not self.secret:
            raise SmeError(
                "E-SME-75",
                f"CONNECTION {self.name} holds no keys: give it USER (the access key id) and "
                "IDENTIFIED BY (the secret access key).",
            )
        if self.key_id.startswith(TEMPORARY) and not self.token:
            raise SmeError(
                "E-SME-75",
                f"The key of CONNECTION {self.name} is a temporary one, and UDFs cannot read the "
                "SESSION TOKEN of a CONNECTION: put the token behind the secret, IDENTIFIED BY "
                f"'...{SEPARATOR}session_token=...', and use another CONNECTION to export "
                "(s3_connection).",
            )

    @property
    def identity(self):
        """What tells assumed roles apart: the same identity may share its session."""
        return (self.key_id, self.secret, self.token, *sorted(self.given.items()))


def with_options(name, part, text):
    """The text in front of the options, and the options as a dictionary.

    Raises:
        SmeError: E-SME-74, something behind a separator is not name=value.
    """
    first, *rest = (text or "").split(SEPARATOR)
    options = {}
    for given in filter(None, map(str.strip, rest)):
        option, is_option, value = map(str.strip, given.partition("="))
        if not is_option or option in options:
            # The value may be a secret, .
            raise SmeError(
                "E-SME-74",
                f"The {part} of CONNECTION {name} cannot be read: behind each semicolon stands one "
                "option as name=value, and none of them twice.",
            )
        options[option] = value
    return first.strip(), options


def check_options(name, given, hidden):
    """Raises E-SME-74 for options that there are not, values that they cannot have, and an
    external id without a role."""
    for part, options, known in (
        ("address", given, ADDRESS_OPTIONS),
        ("password", hidden, PASSWORD_OPTIONS),
    ):
        for option in options:
            if option not in known:
                # What stands in the password may be half of a secret and is not shown.
                shown = f" {option}" if part == "address" else ""
                raise SmeError(
                    "E-SME-74",
                    f"The {part} of CONNECTION {name} has an option{shown} that there is not. "
                    f"Options of the {part} are: {', '.join(known)}.",
                )
    for option, value in given.items():
        pattern, meaning = ADDRESS_OPTIONS[option]
        is_seconds = pattern is SESSION_SECONDS
        if not pattern.fullmatch(value) or (is_seconds and not 900 <= int(value) <= 43200):
            raise SmeError(
                "E-SME-74",
                f"Option {option} of CONNECTION {name} is {value}, but must be {meaning}.",
            )
    for option in ("external_id", "duration_seconds"):
        if option in given and "role_arn" not in given:
            raise SmeError(
                "E-SME-74",
                f"CONNECTION {name} has {option} but no role_arn: there is no role to assume.",
            )


def check_can_export(name, address, password):
    """Raises E-SME-78 for a CONNECTION in the form for UDFs, with which Exasol cannot export."""
    where, given = with_options(name, "address", address)
    _, hidden = with_options(name, "password", password)
    if given or "session_token" in hidden or where.lower() == "aws":
        raise SmeError(
            "E-SME-78",
            f"CONNECTION {name} is for UDFs: EXPORT knows neither its options nor a session "
            "token behind the secret. Give s3_connection, the name of a CONNECTION to the "
            "bucket itself.",
        )
