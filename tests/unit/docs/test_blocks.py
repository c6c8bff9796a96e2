"""Every block of a page has a language, and every command is one that its program takes."""

import re
import shlex

import click
import pytest
import yaml
from dbt.cli.main import cli as dbt

from sme_helper.cli import main as sme
from sme_helper.macros import described

from ...pages import ROOT, all_blocks, command_lines

COMMANDS = [
    (block.page, line)
    for block in all_blocks()
    if block.language == "sh"
    for line in command_lines(block.text)
]
# Not ours: their own tests are theirs.
FOREIGN = {"cd", "curl", "export", "git", "mkdir", "pip", "pytest", "python", "python3", "."}


def test_a_block_has_a_language_and_only_commands_may_not_be_run():
    for block in all_blocks():
        assert block.language, f"{block.page}: a block without a language: {block.text}"
        assert block.is_run or block.language == "sh", f"{block.page}: {block.text}"


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_is_one_that_its_program_takes(page, line):
    check(line)


def check(line: str) -> None:
    """Parses a command by the program's own parser. Fails where it is none."""
    for inner in re.findall(r"\$\(([^)]*)\)", line):
        check(inner)
    words = shlex.split(line, comments=True)
    while words and re.match(r"\w+=", words[0]):
        words.pop(0)
    if not words:
        return
    program, *arguments = words
    if program == "sme":
        parameters = parsed(sme, arguments)
        if "command" in parameters:  # of `sme local run -- COMMAND`
            check(shlex.join(parameters["command"]))
    elif program == "dbt":
        check_operation(parsed(dbt, arguments))
    elif program == "make":
        targets = [a for a in arguments if "=" not in a]
        makefile = (ROOT / "Makefile").read_text()
        assert all(re.search(rf"^{target}:", makefile, re.M) for target in targets)
    else:
        assert program in FOREIGN | {"eval"}, f"{program} is not known here"


def parsed(command: click.Command, arguments: list[str]) -> dict:
    arguments = list(arguments)
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]
    return command.make_context(command.name, arguments).params


def check_operation(parameters: dict) -> None:
    """An operation of the package has the arguments that are given."""
    package, _, name = (parameters.get("macro") or "").partition(".")
    if package == "sme":
        known = {argument.name for argument in described(name).arguments}
        given = parameters.get("args") or {}
        given = yaml.safe_load(given) if isinstance(given, str) else given
        assert set(given) <= known


def test_commands_and_operations_that_a_sentence_names_are_there():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for words in re.findall(r"`sme ((?:[a-z][a-z-]+ ?)+)", page.read_text()):
            command = sme
            for word in words.split():
                if isinstance(command, click.Group):
                    assert word in command.commands, f"{page.name}: sme {words}"
                    command = command.commands[word]
        for name in re.findall(r"`(?:dbt run-operation )?sme\.(\w+)`", page.read_text()):
            assert list(ROOT.glob(f"macros/*/{name}.sql")), f"{page.name}: sme.{name}"


@pytest.mark.parametrize(
    "line",
    [
        "sme wait --job Diagnosis",
        "sme local run -- dbt run-operation sme.train --args '{job_nam: A}'",
        'eval "$(sme local upp --env)"',
        "dbt run-operation sme.trian",
        "dbt build --selct aps",
        "make everything",
        "exasol",
    ],
)
def test_a_slip_of_the_pen_is_found(line):
    with pytest.raises((AssertionError, KeyError, click.UsageError)):
        check(line)


def test_every_page_with_commands_or_sql_is_read_by_an_end_to_end_test():
    tests = (ROOT / "tests" / "end_to_end").glob("test_*.py")
    read = "".join(path.read_text() for path in tests)
    runnable = {b.page for b in all_blocks() if b.language in ("sh", "sql") and b.is_run}
    # Of the page for contributors, CI runs the commands.
    unread = {page for page in runnable if f'{page.rsplit("/", 1)[-1]}"' not in read}
    assert unread == {"docs/contributing.md"}
