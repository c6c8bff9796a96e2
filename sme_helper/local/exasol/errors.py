"""The one exception that the Exasol stand-in reports to its client."""


class SqlError(Exception):
    """A statement failed; the client receives `text` and `code`.

    Args:
        text: what happened, in the words that Exasol uses where these are known.
        code: Exasol's five-character SQL code, e.g. 42000 (syntax or unknown object),
            42500 (insufficient privileges), 22002 (UDF failed), 42636 (ETL failed),
            0A000 (the stand-in does not know this construct).
    """

    def __init__(self, text: str, code: str = "42000"):
        super().__init__(text)
        self.text = text
        self.code = code


def aborted() -> SqlError:
    """The client has asked for the end of the running statement."""
    return SqlError("Client requested execution abort.", "R0003")


def unsupported(construct: str) -> SqlError:
    """The stand-in refuses what it does not know, instead of guessing."""
    return SqlError(f"Feature not supported by the embedded stack: {construct}", "0A000")
