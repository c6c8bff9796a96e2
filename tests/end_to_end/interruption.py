"""Clients killed by SIGKILL while a script of theirs stands still after one of its steps."""

import re
import time

from .conftest import fresh_name

# After the step with this number the script stands still.
HANGING = """
local real_pquery, steps = pquery, 0
local function pquery(statement, ...)
    local ok, result = real_pquery(statement, ...)
    for _, pattern in ipairs({{{patterns}}}) do
        if string.find(statement, pattern) then
            steps = steps + 1
            if steps == {step} then
                real_pquery([[SELECT "{schema}".STANDS_STILL('{name}')]])
            end
        end
    end
    return ok, result
end
"""


def script_text(sme, script):
    """The text of an installed script, which creates or replaces it."""
    text = sme.connection.execute(
        f"SELECT SCRIPT_TEXT FROM EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = '{sme.schema}' "
        f"AND SCRIPT_NAME = '{script}'"
    ).fetchval()
    return re.sub(r"^CREATE (OR REPLACE )?", "CREATE OR REPLACE ", text)


def hanging(text, schema, steps, step, name):
    """A script beside the real one that stands still after its step with that number."""
    patterns = ", ".join(f'"{pattern}"' for pattern in steps)
    head, body = re.split(r"\bAS\n", text, maxsplit=1)
    head = re.sub(r'SCRIPT .*?"?SME_\w+_SAGEMAKER_\w+"?\(', f'SCRIPT "{schema}"."{name}"(', head)
    hook = HANGING.format(patterns=patterns, step=step, name=name, schema=schema)
    return f"{head}AS\n{hook}\n{body}"


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def text_from(log, begin):
    """What was written to a log since it had that size: reading all of a long one takes a while."""
    with log.open() as file:
        file.seek(begin)
        return file.read()


def at_work(sme):
    return sme.connection.execute(
        "SELECT COUNT(*) FROM SYS.EXA_ALL_SESSIONS "
        "WHERE STATUS <> 'IDLE' AND SESSION_ID <> CURRENT_SESSION"
    ).fetchval()


def kill_after(sme, clients, statement_log, script, steps, step, *arguments):
    """Runs a script in a client of its own until that step; False where it has no such step.

    steps: patterns of Lua, each of statements that are steps.
    """
    name = fresh_name("HANGS_")
    text = script_text(sme, script)
    sme.connection.execute(hanging(text, sme.schema, steps, step, name))
    rendered = ", ".join("'" + argument.replace("'", "''") + "'" for argument in arguments)
    statement = f'EXECUTE SCRIPT "{sme.schema}"."{name}"({rendered})'
    begin = statement_log.stat().st_size
    client = clients.execute(statement)
    marker = f'"sql": "SELECT \\"{sme.schema}\\".STANDS_STILL(\'{name}\')'
    wait_until(lambda: marker in text_from(statement_log, begin) or not client.is_running())
    hung = client.kill()
    wait_until(lambda: at_work(sme) == 0)
    sme.connection.execute(f'DROP SCRIPT "{sme.schema}"."{name}"')
    return hung
