"""What of the repository is in the wheel; all else is in pyproject.toml.

`sme` runs the macros of the dbt package, so they go with it, as sme_helper/macros/.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["sme_helper*"]), "sme_helper.macros"],
    package_dir={"sme_helper.macros": "macros"},
    package_data={
        "sme_helper": ["**/*.lua", "container/flavor/**", "report/*.jinja"],
        "sme_helper.macros": ["*/*.sql", "*/*.yml"],
    },
)
