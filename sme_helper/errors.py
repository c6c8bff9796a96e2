"""The one exception of the command line, and what its exit codes mean."""

FAILED = 1  # sme, the database or AWS refused
USAGE = 2  # the command line is wrong; click's own
ENDED_BADLY = 3  # what was waited for failed or was stopped
GOES_ON = 4  # it has not ended yet; AWS goes on
NO_DATABASE = 5  # no session: address, certificate or password
INTERRUPTED = 130

# The errors of macros and scripts that are none of the request itself.
EXIT_CODES = {
    "E-SME-24": GOES_ON,
    "E-SME-25": ENDED_BADLY,
    "E-SME-26": ENDED_BADLY,
    "E-SME-84": ENDED_BADLY,
}


class HelperError(Exception):
    """An error that a user can cause: E-SME-n, and a sentence with its cause and cure."""

    def __init__(self, message: str, exit_code: int = FAILED):
        super().__init__(message)
        self.exit_code = exit_code


def error_of(message: str) -> HelperError:
    """An error of a macro or a script, with the exit code that its code has."""
    return HelperError(message, EXIT_CODES.get(message.partition(":")[0], FAILED))
