"""The workflows name only what there is: targets, paths, versions."""

import os
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ...pages import ROOT, commands

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.yml"))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text()


def jobs(name):
    return yaml.safe_load(WORKFLOWS[name])["jobs"]


def steps(name):
    return [step for job in jobs(name).values() for step in job["steps"]]


def extra(package):
    """The versions of a package that the extra `dbt` allows."""
    (found,) = (line for line in PROJECT["optional-dependencies"]["dbt"] if package in line)
    return SpecifierSet(found.removeprefix(package))


def test_there_are_three_and_the_secretless_one_has_no_right_but_to_read():
    assert [*WORKFLOWS] == ["pull-request", "real-services", "release"]
    read = yaml.safe_load(WORKFLOWS["pull-request"])
    assert read["permissions"] == {"contents": "read"}
    assert "secrets." not in "".join(WORKFLOWS.values())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_it_ends_excludes_another_of_its_kind_and_pins_its_actions(name):
    workflow = yaml.safe_load(WORKFLOWS[name])
    assert workflow["concurrency"] and workflow["permissions"]
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action) for action in used)


def test_what_the_page_for_contributors_runs_is_run_for_every_pull_request():
    shown = [line.split()[:2] for line in commands("docs/contributing.md")]
    run = [step["run"].split()[:2] for step in steps("pull-request") if "run" in step]
    installing = ["make", "install"]  # which the others do first
    assert ["make", "test"] in shown
    assert [line for line in shown if line not in run] == [installing]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_it_runs_is_there(name):
    makefile = (ROOT / "Makefile").read_text()
    for step in steps(name):
        run = step.get("run", "")
        for target in re.findall(r"^make (\w+)", run, re.M):
            assert re.search(rf"^{target}:", makefile, re.M), target
        for module in re.findall(r"-m ((?:sme_helper|tests)[\w.]*)", run):
            assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), module
        assert (ROOT / step.get("working-directory", ".")).is_dir()
        cached = step.get("with", {}).get("cache-dependency-path", ".")
        assert (ROOT / cached).exists()


def test_the_suite_runs_on_every_python_of_the_constraints():
    (line,) = re.findall(r"for Python (3\.\d+) to (3\.\d+)\.", CONSTRAINTS)
    first, last = (int(version.split(".")[1]) for version in line)
    tested = jobs("pull-request")["suite"]["strategy"]["matrix"]["python"]
    assert tested == [f"3.{minor}" for minor in range(first, last + 1)]
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_both_pairs_of_dbt_are_parsed_the_one_of_the_constraints_and_the_next_release():
    pairs = jobs("pull-request")["parse"]["strategy"]["matrix"]["include"]
    pinned = dict(re.findall(r"^(dbt-core|dbt-exasol)==(.*)$", CONSTRAINTS, re.M))
    assert {name: pairs[0][name] for name in pinned} == pinned
    required = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["require-dbt-version"]
    releases = [Version(pair["dbt-core"]).release[:2] for pair in pairs]
    assert releases == [(1, 11), (1, 12)]
    for pair in pairs:
        assert pair["dbt-core"] in SpecifierSet(",".join(required))
        assert all(pair[package] in extra(package) for package in pinned)


def test_on_real_services_cleaning_up_is_never_left_out_and_has_keys_of_its_own():
    keys, cleaning, stopping = [s for s in steps("real-services") if s.get("if") == "always()"]
    assert keys["uses"].startswith("aws-actions/configure-aws-credentials@")
    assert cleaning["run"].startswith(".venv/bin/python -m tests.backends ")
    assert stopping["run"].startswith("docker rm ")


# Those of before need a Node that runners have no more.
OLDEST = {
    "actions/checkout": 5,
    "actions/setup-python": 6,
    "aws-actions/configure-aws-credentials": 6,
}


def test_actions_are_of_releases_that_runners_can_still_run():
    used = {step["uses"] for name in WORKFLOWS for step in steps(name) if "uses" in step}
    versions = dict(action.split("@v") for action in used)
    assert versions.keys() == OLDEST.keys()
    assert all(int(versions[action]) >= oldest for action, oldest in OLDEST.items())


def filled_in(text, values):
    """With `${{ ... }}` filled in as GitHub does before a shell sees it."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: values.get(found[1], "1"), text)


@pytest.mark.parametrize(
    ("name", "step"), [(name, step) for name in WORKFLOWS for step in steps(name) if "run" in step]
)
def test_every_command_is_one_that_bash_reads_and_no_input_becomes_code(name, step):
    script = filled_in(step["run"], {})
    read = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")
    # What a user types reaches a shell as a variable only.
    assert not re.search(r"\$\{\{ *(inputs|github\.(event|head_ref|ref_name))", step["run"])


@pytest.fixture
def recorded(tmp_path):
    """Runs a script with programs that only tell how they were called; gives the calls."""
    programs, calls = tmp_path / "bin", tmp_path / "calls"
    programs.mkdir()
    for name in ("docker", "python", "make", "pip", "dbt", "gh", "sleep"):
        program = programs / name
        program.write_text(f'#!/bin/bash\necho "{name} $*" >> {calls}\n')
        program.chmod(0o755)
    # As `make install` leaves it.
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(programs)

    def recorded(script, **variables):
        calls.unlink(missing_ok=True)
        path = f"{programs}:{os.environ['PATH']}"
        ended = subprocess.run(
            ["bash", "-e", "-c", script], cwd=tmp_path, env={"PATH": path, **variables}
        )
        assert ended.returncode == 0
        return calls.read_text().splitlines()

    return recorded


def step_named(workflow, name):
    (found,) = [step for step in steps(workflow) if step.get("name") == name]
    return found["run"]


def test_the_database_is_started_as_its_image_wants_it_and_waited_for(recorded):
    first, *then = recorded(step_named("real-services", "Start Exasol"), TAG="8.32.0")
    assert first == (
        "docker run --detach --privileged --name exasol --publish 127.0.0.1:8563:8563 "
        "exasol/docker-db:8.32.0"
    )
    assert len(then) == 1 and "pyexasol.connect(dsn=os.environ['EXASOL_DSN']" in then[0]
    # The address of elsewhere.py, with which the suite is run on an embedded stack, has this form.
    assert jobs("real-services")["suite"]["env"]["EXASOL_DSN"] == "localhost/nocertcheck:8563"


def test_tests_are_chosen_by_what_is_typed_and_cleaned_up_by_the_name_of_the_run(recorded):
    chosen = "tests/end_to_end/test_serving.py -k keys"
    assert recorded(step_named("real-services", "Test"), TESTS=chosen) == [
        f"python -m pytest --backend=exasol {chosen}"
    ]
    cleaning = step_named("real-services", "Clean up what a killed run has left")
    assert recorded(cleaning, SME_TEST_RUN="7-1") == ["python -m tests.backends 7-1"]
    default = yaml.safe_load(WORKFLOWS["real-services"])[True]["workflow_dispatch"]["inputs"]
    assert (ROOT / default["tests"]["default"]).is_file()


def test_a_pull_request_is_linted_tested_and_parsed_without_a_secret(recorded):
    suite = [step["run"] for step in steps("pull-request") if "run" in step]
    pair = jobs("pull-request")["parse"]["strategy"]["matrix"]["include"][1]
    values = {f"matrix.{name}": version for name, version in pair.items()}
    assert recorded(filled_in("\n".join(suite), values)) == [
        "make lint PYTHON=python",
        "make test PYTHON=python",
        "pip install --only-binary=dbt-core-experimental-parser dbt-core==1.12.0 "
        "dbt-exasol==1.12.2 dbt-core-experimental-parser==2.0.0a4",
        "dbt deps",
        "dbt --warn-error parse --profiles-dir .",
    ]


def test_a_tag_makes_a_release_with_the_notes_of_the_changelog(recorded):
    *_, last = recorded(step_named("release", "Publish"), GITHUB_REF_NAME="v0.1.0")
    assert last.startswith("gh release create v0.1.0 dist/")
    assert last.endswith("--title v0.1.0 --notes-file notes.md --verify-tag")
    (tag,) = yaml.safe_load(WORKFLOWS["release"])[True]["push"]["tags"]
    # A glob of GitHub, in which + means one or more, as in a regular expression.
    assert re.fullmatch(tag.replace(".", r"\."), "v0.1.0")


def test_dbt_hub_finds_what_it_asks_for():
    """https://github.com/dbt-labs/hubcap: its README.md and package-best-practices.md."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    assert re.fullmatch(r"[a-z_][a-z0-9_]*", project["name"])
    assert project["require-dbt-version"] and Version(project["version"])
    assert (ROOT / "LICENSE").is_file()
    assert "Exasol" in (ROOT / "README.md").read_text().split("\n## ")[0]
    # Packages that it needs would have to be in the root; it needs none.
    assert not [*ROOT.glob("packages.yml"), *ROOT.glob("dependencies.yml")]
