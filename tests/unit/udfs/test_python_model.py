"""What a Python model may do and return, and what its author reads when that goes wrong."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from udfs.python.errors import SmeError
from udfs.python.python_model import PythonModel, Session, check_packages

# What dbt appends to the file of a user, as far as it is needed here.
APPENDED = """

class dbtObj:
    def __init__(self, load_df_function):
        self.ref = load_df_function
        self.is_incremental = False
"""
DEFINITION = {
    "name": "m",
    "path": "models/m.py",
    "columns": [],
    "contract": False,
    "packages": [],
    "is_incremental": False,
    "is_empty": False,
    "script_language": "PYTHON3",
    "sme_schema": "SME",
    "connection": "SME_AWS",
    "region": "eu-central-1",
}


class Ctx:
    """A group with nothing but the row of number 0."""

    def __init__(self):
        self.emitted = []

    def size(self):
        return 1

    def get_dataframe(self, count):
        return pd.DataFrame([[0]])

    def emit(self, *row):
        self.emitted.append(row)


def outcome(code, **changes):
    """What a model without relations answers, as a dictionary."""
    definition = {**DEFINITION, "code": code + APPENDED, **changes}
    exa = SimpleNamespace(meta=SimpleNamespace(input_columns=[SimpleNamespace(sql_type="INT")]))
    ctx = Ctx()
    PythonModel(exa, json.dumps(definition), "{}").run(ctx)
    return json.loads(ctx.emitted[0][1])


def returning(expression):
    return f"import pandas as pd\n\n\ndef model(dbt, session):\n    return {expression}\n"


def test_columns_are_named_as_sql_folds_them_unless_declared_otherwise():
    declared = [{"name": "kept", "type": "DOUBLE"}]
    answer = outcome(
        returning("pd.DataFrame({'a': [1], 'kept': [2], 'x y': [3]})"), columns=declared
    )
    assert [column["name"] for column in answer["columns"]] == ["A", "kept", "x y"]
    assert answer["row_count"] == 1


def test_a_contract_gives_the_columns_their_order_and_names_every_difference():
    contract = {"contract": True, "columns": [{"name": "B"}, {"name": "A"}]}
    answer = outcome(returning("pd.DataFrame({'a': [1], 'b': [2]})"), **contract)
    assert [column["name"] for column in answer["columns"]] == ["B", "A"]
    answer = outcome(returning("pd.DataFrame({'a': [1], 'c': [2]})"), **contract)
    assert answer["error"].startswith("E-SME-112")
    assert "lacks B and has besides C: its contract lists B, A." in answer["error"]


def test_a_syntax_error_and_a_sys_exit_are_errors_of_the_users_file():
    broken = outcome("def model(dbt, session):\n    return (\n")["error"]
    assert broken.startswith("E-SME-110: Python model m failed: SyntaxError: ")
    assert 'File "models/m.py", line ' in broken
    left = outcome("import sys\ndef model(dbt, session):\n    sys.exit('done')\n")["error"]
    assert "SystemExit: done" in left
    assert 'File "models/m.py", line 3, in model\n    sys.exit' in left


def test_an_error_in_a_library_shows_where_the_user_called_it_and_where_it_arose():
    error = outcome(returning("pd.DataFrame({'a': [1]})['b']"))["error"]
    assert 'File "models/m.py", line 5, in model' in error
    assert error.count("File ") == 2


def test_a_frame_without_columns_is_refused():
    assert "with no column" in outcome(returning("pd.DataFrame()"))["error"]


@pytest.mark.parametrize(
    ("package", "cause"),
    [
        ("no-such-package", "does not have it"),
        ("pandas==0.1", f"has version {pd.__version__} of it"),
    ],
)
def test_a_package_that_is_missing_or_another_version_is_named_before_the_model_runs(
    package, cause
):
    error = outcome("def model(dbt, session):\n    raise ValueError\n", packages=[package])["error"]
    assert error.startswith(f"E-SME-113: Package {package} cannot be used: script language PYTHON3")
    assert cause in error


def test_packages_are_known_by_their_name_as_distribution_or_as_module():
    check_packages(
        ["pandas", f"pandas == {pd.__version__}", "scikit-learn", "sklearn", "json"], "P"
    )


@pytest.mark.parametrize(
    ("changes", "code"), [({"is_empty": True}, "E-SME-118"), ({"region": None}, "E-SME-117")]
)
def test_a_client_needs_a_region_and_a_run_that_may_reach_aws(changes, code):
    session = Session(None, {**DEFINITION, **changes}, None)
    with pytest.raises(SmeError, match=f"{code}: Python model m asked for a client of s3"):
        session.client("s3")


def test_an_error_of_sme_in_a_model_is_passed_on_as_it_is():
    code = "def model(dbt, session):\n    session.client('s3')\n"
    assert outcome(code, is_empty=True)["error"].startswith("E-SME-118: ")


@pytest.mark.parametrize(("schema", "script"), [("SME", "SME"), ("my sme", '"my sme"')])
def test_the_library_about_aws_comes_from_the_schema_of_sme(schema, script):
    exa = SimpleNamespace(import_script=lambda name: name)
    session = Session(exa, {**DEFINITION, "sme_schema": schema}, None)
    assert session.aws == f"{script}.SME_AWS_LIBRARY"
