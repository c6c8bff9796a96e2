"""What the set-up rests on: pinned versions, the demo's data."""

import importlib.util
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PINNED = [Requirement(line) for line in LINES if line and not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_constraint_is_one_exact_version() -> None:
    for requirement in PINNED:
        assert [specifier.operator for specifier in requirement.specifier] == ["=="]
        assert requirement.url is None


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_each_dependency_is_pinned_to_a_version_that_it_allows(python: str) -> None:
    pins = {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement in PINNED
        if not requirement.marker or requirement.marker.evaluate({"python_version": python})
    }
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    for requirement in map(Requirement, wanted):
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin), f"{requirement} and {pin}"


def test_the_seeds_are_what_their_script_writes(tmp_path: Path, monkeypatch) -> None:
    seeds = ROOT / "integration_tests" / "seeds"
    spec = importlib.util.spec_from_file_location("make_seeds", seeds.parent / "make_seeds.py")
    make_seeds = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_seeds)
    monkeypatch.setattr(make_seeds, "SEEDS", tmp_path / "seeds")
    (tmp_path / "seeds").mkdir()
    make_seeds.main()
    for name in ("breast_cancer_train.csv", "breast_cancer_test.csv"):
        assert (tmp_path / "seeds" / name).read_text() == (seeds / name).read_text()
