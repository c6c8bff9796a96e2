"""The workflows name only what there is: targets, paths, versions."""

import re
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


def test_on_real_services_cleaning_up_is_never_left_out():
    cleaning = [step for step in steps("real-services") if step.get("if") == "always()"]
    assert [step["run"].split()[0:2] for step in cleaning] == [
        [".venv/bin/python", "-m"],
        ["docker", "rm"],
    ]
