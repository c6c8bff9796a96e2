"""Completion, by the protocol that the script of each shell speaks with `sme`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SME = Path(sys.executable).with_name("sme")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sme dep", ["deploy", "deploy-endpoint"]),
        ("sme container act", ["activate"]),
        ("sme wait --job", ["--job-name"]),
    ],
)
def test_bash_is_offered_commands_and_options(typed, offered):
    words = f"COMP_WORDS=({typed}); COMP_CWORD={len(typed.split()) - 1}"
    script = f"""eval "$(_SME_COMPLETE=bash_source {SME})"
        {words}; _sme_completion {SME}; printf '%s\\n' "${{COMPREPLY[@]}}" """
    run = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{SME.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == offered, run.stderr


@pytest.mark.parametrize(
    ("shell", "variables", "offered"),
    [
        ("zsh", {"COMP_WORDS": "sme dep", "COMP_CWORD": "1"}, "plain\ndeploy\n"),
        ("fish", {"COMP_WORDS": "sme dep", "COMP_CWORD": "dep"}, "plain,deploy\t"),
    ],
)
def test_the_scripts_of_other_shells_ask_for_what_sme_answers(shell, variables, offered):
    def said(instruction: str) -> str:
        environment = {**os.environ, **variables, "_SME_COMPLETE": f"{shell}_{instruction}"}
        return subprocess.run([SME], env=environment, capture_output=True, text=True).stdout

    assert f"_SME_COMPLETE={shell}_complete" in said("source")
    assert offered in said("complete")
