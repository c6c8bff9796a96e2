"""The code behind a Python model of dbt: relations in, the rows of its DataFrame out."""

import importlib
import importlib.metadata
import json
import linecache
import platform
import re
import traceback

import pandas

from .chunks import MOST_CHARACTERS, chunks_of
from .column_types import column_type
from .errors import SmeError
from .frames import read_frames

AWS_LIBRARY = "SME_AWS_LIBRARY"
THIS = "this"
REGULAR_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class PythonModel:
    """One Python model, as the script runs it that stands for it during its build.

    Emits a row of number 0 with what became of the run, as JSON: `error`, or `row_count` and
    `columns`, each with its name and type. Then follow the rows, in chunks from number 1 on.

    Args:
        exa: the module of that name that Exasol gives.
        definition: JSON text of `_python_definition` (python_table.sql).
        layout: JSON text, see frames.read_frames.
    """

    def __init__(self, exa, definition, layout):
        self.exa = exa
        self.definition = json.loads(definition)
        # Lua writes an empty list as {}.
        self.layout = json.loads(layout) or []

    def run(self, ctx):
        """Runs the model over the rows of the one group that there is."""
        try:
            check_packages(self.definition["packages"], self.definition["script_language"])
            frames = read_frames(ctx, self.exa.meta.input_columns, self.layout)
            frame = self.checked(self.result(frames))
            types = [column_type(name, frame.iloc[:, i]) for i, name in enumerate(frame.columns)]
        except SmeError as error:
            ctx.emit(0, json.dumps({"error": str(error)[: MOST_CHARACTERS // 2]}))
            return
        columns = [
            {"name": name, "type": sql_type}
            for name, sql_type in zip(frame.columns, types, strict=True)
        ]
        ctx.emit(0, json.dumps({"columns": columns, "row_count": len(frame)}))
        for number, chunk in enumerate(chunks_of(frame, types), start=1):
            ctx.emit(number, chunk)

    def result(self, frames):
        """What the user's model() returns.

        Raises:
            SmeError: E-SME-110, it failed: with file, line and text of where it did. One of
                sme's own, such as those of `session.client`, is passed on.
        """
        path, code = self.definition["path"], self.definition["code"]
        # So that a traceback shows the lines of a file that is not here.
        linecache.cache[path] = (len(code), None, code.splitlines(keepends=True), path)
        session = Session(self.exa, self.definition, frames.pop(THIS, None))
        namespace = {"__name__": "sme_python_model", "__file__": path}
        try:
            exec(compile(code, path, "exec"), namespace)
            dbt = namespace["dbtObj"](frames.__getitem__)
            # dbt itself knows only the materialization `incremental` as one.
            dbt.is_incremental = self.definition["is_incremental"]
            return namespace["model"](dbt, session)
        except (Exception, SystemExit) as error:
            if str(error).startswith("E-SME-"):
                raise SmeError(*str(error).split(": ", 1)) from None
            raise SmeError(
                "E-SME-110", failure_text(self.definition["name"], path, error)
            ) from None

    def checked(self, frame):
        """The frame that a model has returned, with the names that its columns get.

        Raises:
            SmeError: E-SME-111, it is no DataFrame or its columns cannot be those of a table,
                or E-SME-112, they are not those of the contract.
        """
        name = self.definition["name"]
        if not isinstance(frame, pandas.DataFrame):
            raise SmeError(
                "E-SME-111",
                f"Python model {name} returned {type(frame).__name__}, but must return a pandas "
                "DataFrame.",
            )
        declared = {column["name"]: column for column in self.definition["columns"]}
        names = [column_name(column, declared) for column in frame.columns]
        twice = sorted({column for column in names if names.count(column) > 1})
        if twice or not names:
            cause = f"two columns named {', '.join(twice)}" if twice else "no column"
            raise SmeError(
                "E-SME-111",
                f"Python model {name} returned a DataFrame with {cause}. Names become upper case, "
                "as in SQL, and an index is no column: use reset_index() to keep it.",
            )
        frame = frame.set_axis(names, axis=1)
        return frame[self.by_contract(names)] if self.definition["contract"] else frame

    def by_contract(self, names):
        """The names of the contract in its order. Raises E-SME-112 unless the frame has them."""
        wanted = [column["name"] for column in self.definition["columns"]]
        missing = [column for column in wanted if column not in names]
        unknown = [column for column in names if column not in wanted]
        if missing or unknown:
            differences = [
                f"{what} {', '.join(columns)}"
                for what, columns in (("lacks", missing), ("has besides", unknown))
                if columns
            ]
            raise SmeError(
                "E-SME-112",
                f"The DataFrame of Python model {self.definition['name']} "
                f"{' and '.join(differences)}: its contract lists {', '.join(wanted)}.",
            )
        return wanted


class Session:
    """The second argument of a Python model: what it may use beside its relations.

    Attributes:
        exa: Exasol's own object of that name: metadata, connections, other scripts.
        is_empty: whether the run is one with --empty, which reaches nothing in AWS.
        connection, region: those of `vars: sme:`, which `client` takes where none are given.
        this: the present rows of the model as a DataFrame, in incremental runs of a model with
            `read_this: true`. Else None.
    """

    def __init__(self, exa, definition, this):
        self.exa = exa
        self.is_empty = definition["is_empty"]
        self.connection = definition["connection"]
        self.region = definition["region"]
        self.this = this
        self._definition = definition

    @property
    def aws(self):
        """The functions of sme about jobs, candidates and endpoints in AWS, as a module."""
        schema = self._definition["sme_schema"]
        if not REGULAR_IDENTIFIER.fullmatch(schema) or schema != schema.upper():
            schema = chr(34) + schema.replace(chr(34), chr(34) * 2) + chr(34)
        return self.exa.import_script(f"{schema}.{AWS_LIBRARY}")

    def client(self, service, connection=None, region=None):
        """A boto3 client with the keys of a CONNECTION, by default as `vars: sme:` say.

        Raises:
            SmeError: E-SME-4, E-SME-117 (no region) or E-SME-118 (a run with --empty).
        """
        connection, region = connection or self.connection, region or self.region
        if self.is_empty:
            raise SmeError(
                "E-SME-118",
                f"Python model {self._definition['name']} asked for a client of {service}, but "
                "--empty reaches nothing in AWS: return an empty DataFrame if session.is_empty.",
            )
        if not region:
            raise SmeError(
                "E-SME-117",
                f"Python model {self._definition['name']} asked for a client of {service} without "
                "a region: give region, or set it under vars: sme: region.",
            )
        return self.aws.client_of(self.exa, connection, region, service)


def column_name(name, declared):
    """The name of a column in the table: folded as SQL folds it, unless it is declared so."""
    text = str(name)
    if text in declared or not REGULAR_IDENTIFIER.fullmatch(text):
        return text
    return text.upper()


def failure_text(name, path, error):
    """What went wrong in a user's code, and where: of other files only the last place."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if frame.filename == path]
    if places and frames[-1].filename != path:
        places.append(frames[-1])
    lines = [f'File "{place.filename}", line {place.lineno}, in {place.name}' for place in places]
    texts = [place.line for place in places]
    message = str(error)
    if isinstance(error, SyntaxError):
        lines, texts, message = (
            [f'File "{path}", line {error.lineno}'],
            [error.text or ""],
            error.msg,
        )
    shown = [f"\n  {line}\n    {text.strip()}" for line, text in zip(lines, texts, strict=True)]
    return f"Python model {name} failed: {type(error).__name__}: {message}{''.join(shown)}"


def check_packages(packages, script_language):
    """Raises E-SME-113 unless each package, `name` or `name==version`, is there."""
    for package in packages:
        name, _, version = package.replace(" ", "").partition("==")
        found = package_version(name)
        if found is None or (version and found != version):
            cause = f"has version {found} of it" if found else "does not have it"
            raise SmeError(
                "E-SME-113",
                f"Package {package} cannot be used: script language {script_language} (Python "
                f"{platform.python_version()}) {cause}. Use another version, or a language "
                "container with it: meta: sme: script_language names its alias.",
            )


def package_version(name):
    """The version of an installed package, the empty text for a module without one, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
    try:
        return str(getattr(importlib.import_module(name), "__version__", ""))
    except ImportError:
        return None
