"""The Exasol stand-in as a process: `python -m sme_helper.local.exasol --data DIR`.

When it is ready it prints one JSON line on stdout: host, port, fingerprint, certificate,
dsn, user and bucketfs_url. It ends at SIGTERM or SIGINT, and with --exit-with-stdin at the
end of stdin.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from sme_helper.local.processes import end_with_stdin

from .bucketfs import BucketFsServer, Buckets
from .catalog.bootstrap import DEFAULT_PASSWORD
from .database import Database
from .listener import Listener
from .tls import Certificate, ensure_certificate


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sme_helper.local.exasol")
    parser.add_argument("--data", type=Path, required=True, help="folder for all that is kept")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument("--bucketfs-port", type=int, default=0, help="the same for BucketFS")
    parser.add_argument("--aws-endpoint-url", help="where requests to AWS go")
    parser.add_argument("--statement-log", type=Path, help="append every statement as JSON")
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when stdin ends")
    parser.add_argument("--user", default="SYS", help="the user to log in as")
    parser.add_argument("--password-file", type=Path, help=f"default: {DEFAULT_PASSWORD!r}")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Serves until it is told to stop."""
    options = _arguments(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if options.exit_with_stdin:
        end_with_stdin()
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate = ensure_certificate(options.data)
    buckets = Buckets(options.data / "bucketfs")
    database = Database(
        options.data / "database.duckdb",
        options.aws_endpoint_url,
        options.statement_log,
        buckets.seen_by_udfs,
    )
    if options.password_file:
        password = options.password_file.read_text(encoding="utf-8").strip()
        database.set_password(options.user.upper(), password)
    listener = Listener(database, certificate, options.port)
    listener.start()
    bucketfs = BucketFsServer(buckets, certificate.server_context(), options.bucketfs_port)
    bucketfs.start()
    ready = _description(listener, certificate, options.user.upper())
    ready["bucketfs_url"] = f"https://{listener.host}:{bucketfs.server_port}"
    stop = threading.Event()  # before this, the signals end the process at once
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(json.dumps(ready), flush=True)
    try:
        stop.wait()
    finally:
        bucketfs.stop()
        listener.stop()
        database.close()
    return 0


def _description(listener: Listener, certificate: Certificate, user: str) -> dict:
    return {
        "host": listener.host,
        "port": listener.port,
        "fingerprint": certificate.fingerprint,
        "certificate": str(certificate.path),
        "dsn": f"{listener.host}/{certificate.fingerprint}:{listener.port}",
        "user": user,
    }


if __name__ == "__main__":
    sys.exit(main())
