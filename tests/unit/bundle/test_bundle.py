"""The bundle: sources in udfs/ become scripts that travel through dbt unharmed."""

from pathlib import Path

import pytest

from sme_helper import bundle

ROOT = Path(__file__).parents[3]

SCRIPTS_OF_THE_TUTORIAL = {
    "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT",
    "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS",
    "SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT",
    "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT",
    "SME_AUTOPILOT_TRAINING_UDF",
    "SME_AUTOPILOT_JOB_STATUS_POLLING_UDF",
    "SME_AUTOPILOT_ENDPOINT_DEPLOYMENT_UDF",
    "SME_AUTOPILOT_ENDPOINT_DELETION_UDF",
}


def test_generated_macros_are_what_the_sources_give():
    assert bundle.differences(ROOT) == [], "run `sme bundle`"


def test_every_script_of_the_tutorial_is_there_under_its_name():
    names = {script.name for script in bundle.read_manifest(ROOT / "udfs")}
    assert names >= SCRIPTS_OF_THE_TUTORIAL


def test_the_predecessors_parameters_keep_their_names_and_order():
    scripts = {script.name: script for script in bundle.read_manifest(ROOT / "udfs")}
    deploy = scripts["SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT"].signature
    assert deploy.startswith(
        "(job_name, endpoint_name, schema_name, instance_type, instance_count, "
        "aws_s3_connection, aws_region)"
    )
    training = scripts["SME_AUTOPILOT_TRAINING_UDF"].signature
    names = [part.split()[0] for part in training[1:].split(") EMITS")[0].split(", ")]
    assert names == [
        "job_name",
        "aws_s3_connection",
        "aws_region",
        "role",
        "s3_bucket_uri",
        "s3_output_path",
        "target_attribute_name",
        "problem_type",
        "objective",
        "max_runtime_for_automl_job_in_seconds",
        "max_candidates",
        "max_runtime_per_training_job_in_seconds",
    ]


def test_a_stale_or_foreign_file_is_a_difference(tmp_path):
    root = copy_of_sources(tmp_path)
    bundle.write(root)
    assert bundle.differences(root) == []
    stale = root / "macros" / "scripts" / "_scripts.sql"
    stale.write_text("old")
    foreign = root / "macros" / "scripts" / "removed_script.sql"
    foreign.write_text("left over")
    assert bundle.differences(root) == [stale, foreign]
    bundle.write(root)
    assert bundle.differences(root) == []
    assert not foreign.exists()


def copy_of_sources(folder: Path) -> Path:
    for path in [*(ROOT / "udfs").rglob("*.*")]:
        if path.suffix in (".py", ".lua", ".yml"):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text())
    return folder


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = 1\nb = 2; c = 3\n", "semicolon in line 2"),
        ("# it's\n", "' in line 1"),
        ('say = "open\n', '" in line 1'),
        ("x = 'endraw'\n", "raw block"),
    ],
)
def test_text_that_a_client_would_cut_is_refused(text, complaint):
    with pytest.raises(bundle.BundleError, match=r"some\.py") as raised:
        bundle.check_text("some.py", text)
    assert complaint in str(raised.value)


def test_joined_python_has_one_namespace():
    joined = bundle.join_python(
        {
            "errors.py": "class Oops(Exception):\n    pass\n",
            "work.py": "import json\n\nfrom .errors import (\n    Oops,\n)\n\nx = json.dumps(1)\n",
        }
    )
    assert "from .errors" not in joined
    namespace: dict = {}
    exec(compile(joined, "script", "exec"), namespace)
    assert namespace["x"] == "1"


def test_an_import_of_a_module_that_comes_later_is_refused():
    with pytest.raises(bundle.BundleError, match=r"list errors.py first"):
        bundle.join_python({"work.py": "from .errors import Oops\n", "errors.py": "Oops = 1\n"})


def test_two_modules_that_define_one_name_are_refused():
    with pytest.raises(bundle.BundleError, match="both define helper"):
        bundle.join_python({"a.py": "helper = 1\n", "b.py": "def helper():\n    pass\n"})


def test_python_that_exasols_python_cannot_read_is_refused():
    with pytest.raises(SyntaxError):
        bundle.join_python({"a.py": "try:\n    pass\nexcept* ValueError:\n    pass\n"})


def test_a_lua_module_that_is_used_without_being_required_is_refused():
    sql = "local M = {}\nreturn M\n"
    with pytest.raises(bundle.BundleError, match=r"train.lua uses sql without requiring it"):
        bundle.join_lua({"sql.lua": sql, "train.lua": "return sql.literal(1)\n"})
    mentioned = 'return "sql.literal" -- sql.literal\n'
    assert "train" in bundle.join_lua({"sql.lua": sql, "train.lua": mentioned})


def test_a_lua_module_that_is_not_joined_is_refused():
    with pytest.raises(bundle.BundleError, match=r"list sql.lua first"):
        bundle.join_lua({"train.lua": 'local sql = require("sql")\nreturn {}\n'})
