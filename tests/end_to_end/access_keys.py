"""The keys and roles that the AWS stand-in knows, as a test changes them."""

from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/ExasolSme"
EXTERNAL_ID = "exasol-1"
GIVEN_SECRET = "SecretOfATemporaryKeyThatMustNotBeSeen"
GIVEN_TOKEN = "TokenOfATemporaryKeyThatMustNotBeSeen=="


class AccessKeys:
    """The keys and roles that the AWS stand-in knows. What a test adds goes when it ends."""

    def __init__(self, file: Path):
        self.file = file
        self.original = file.read_text()

    def add(self, text: str) -> None:
        written = self.file.with_suffix(".new")
        written.write_text(f"{self.original}\n{text}\n")
        written.replace(self.file)

    def add_role(self, **options: object) -> None:
        lines = [f"{name} = {value}" for name, value in options.items()]
        self.add("\n".join([f"[role {ROLE}]", f"external_id = {EXTERNAL_ID}", *lines]))

    def add_temporary_key(self, expires: str) -> None:
        self.add(
            f"[key ASIAGIVEN]\nsecret = {GIVEN_SECRET}\nsession_token = {GIVEN_TOKEN}\n"
            f"expires = {expires}"
        )
