"""docs/five-minute-start.md: its files and commands, in an empty folder."""

import os
import re
import shlex
import subprocess

import pytest

from sme_helper.local import environment as env

from .. import pages
from ..conftest import PROGRAMS, ROOT
from ..dbt_process import run_dbt
from .conftest import fresh_name

PAGE = "docs/five-minute-start.md"


@pytest.mark.embedded("the page is about it")
def test_the_files_and_commands_of_the_page_end_with_good_predictions(stack, tmp_path, sagemaker):
    schema = fresh_name("CLINIC_")
    (tmp_path / "sme").symlink_to(ROOT, target_is_directory=True)  # for the clone
    environment = env.merged(os.environ, stack.environment, PROGRAMS)
    operations = []
    for command in pages.commands(PAGE):
        if command.startswith("dbt "):
            operations.append(shlex.split(command)[1:])
        elif "sme local" not in command:  # the stack of the tests is up
            subprocess.run(command, shell=True, cwd=tmp_path, env=environment, check=True)
    for name, text in pages.files(PAGE).items():
        text = text.replace("schema: CLINIC", f"schema: {schema}")
        (tmp_path / name).write_text(
            text.replace("  sme:\n", f"  sme:\n    schema: SME_{schema}\n")
        )
    ended_with, printed = run_dbt(operations, tmp_path, environment)
    assert ended_with == 0, printed
    rows = re.findall(r"^\| +(\d) \| +(\d) \| +(\d+) \|", printed, re.M)
    right = sum(int(count) for truth, predicted, count in rows if truth == predicted)
    assert sum(int(count) for _, _, count in rows) == 69, printed
    assert right > 60
    endpoints = sagemaker.list_endpoints(NameContains="tumour")["Endpoints"]
    assert [e for e in endpoints if e["EndpointStatus"] != "Deleting"] == []
