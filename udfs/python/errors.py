"""The one exception that users see from Python inside Exasol."""


class SmeError(Exception):
    """An error that a user can cause: it names the thing, the cause and the cure.

    Attributes:
        code: E-SME-n, listed in docs/errors.md.
        message: the sentence without its code.
    """

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
