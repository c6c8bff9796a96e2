"""What the command line prints, apart from what the stack does."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner

from sme_helper.cli import main
from sme_helper.commands import local


def test_an_age_is_told_in_units_that_fit() -> None:
    minutes = datetime.now(UTC) - timedelta(minutes=3, seconds=20)
    hours = datetime.now(UTC) - timedelta(hours=30, minutes=5)
    assert "(3 min 2" in local._since(minutes.isoformat())
    assert "(30 h 5 min)" in local._since(hours.isoformat())


def test_the_shell_commands_set_and_unset_whatever_the_values_hold(monkeypatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    commands = local._shell_commands({"EXASOL_DSN": 'it\'s $HOME `x` "y"'})
    script = commands + '\nprintf "%s|%s" "${AWS_PROFILE-unset}" "$EXASOL_DSN"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=os.environ)
    assert shown.stdout == 'unset|it\'s $HOME `x` "y"'


def test_a_fresh_stack_and_a_data_folder_exclude_each_other() -> None:
    result = CliRunner().invoke(main, ["local", "run", "--fresh", "--data", "x", "--", "true"])
    assert result.exit_code == 2
    assert "leave --data out" in result.output


def test_run_without_a_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["local", "run"])
    assert result.exit_code == 2
    assert "COMMAND" in result.output


def test_an_unusable_data_folder_is_named(tmp_path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["local", "up", "--data", str(tmp_path / "file" / "x")])
    assert result.exit_code == 1
