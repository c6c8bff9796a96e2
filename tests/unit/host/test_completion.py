"""Completion in bash, by the protocol that its script speaks with `sme`."""

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
