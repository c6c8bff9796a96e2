"""Clients of the database that can be killed whenever one likes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

from sme_helper.local import environment as env

# Gives birth to a client for each statement that it reads, for a new Python takes a second.
MOTHER = """
import json, os, signal, sys
import pyexasol
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
dsn, password = sys.argv[1:]
for line in sys.stdin:
    client = os.fork()
    if not client:
        try:
            pyexasol.connect(dsn=dsn, user="SYS", password=password).execute(json.loads(line))
        finally:
            os._exit(0)
    print(client, flush=True)
"""


class Client:
    """A process that executes one statement in a session of its own."""

    def __init__(self, pid):
        self.pid = pid

    def is_running(self):
        return self.signal(0)

    def kill(self):
        """Kills it by SIGKILL. False where it had ended."""
        return self.signal(signal.SIGKILL)

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


class Clients:
    """Executes statements in processes of their own."""

    def __init__(self, dsn):
        command = [sys.executable, "-c", MOTHER, dsn, env.EXASOL_PASSWORD]
        self.mother = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.one_at_a_time = threading.Lock()

    def execute(self, statement):
        with self.one_at_a_time:
            print(json.dumps(statement), file=self.mother.stdin, flush=True)
            return Client(int(self.mother.stdout.readline()))

    def end(self):
        self.mother.stdin.close()
        self.mother.wait()
