"""`python -m sme_helper.local.aws --data DIR`: runs the AWS stand-in."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from sme_helper.local.processes import end_with_stdin


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sme_helper.local.aws")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps everything")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--listen-fd", type=int, help="a socket that listens, instead of a port")
    parser.add_argument("--region", default="eu-central-1", help="the one that clients are told")
    parser.add_argument("--account", default="123456789012", help="account of keys that name none")
    parser.add_argument("--pace", type=float, default=0.3, help="seconds a stage of a job takes")
    parser.add_argument(
        "--endpoint-delay", type=float, default=1.0, help="seconds an endpoint is Creating"
    )
    parser.add_argument(
        "--credentials", type=Path, help="INI file of keys and roles (see credentials.py)"
    )
    parser.add_argument("--request-log", type=Path, help="file to append a JSON line a request to")
    parser.add_argument("--control", action="store_true", help="have a control interface")
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when stdin ends")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.exit_with_stdin:
        end_with_stdin()
    # Threads of a training that wait for each other sleep, instead of keeping a busy machine's
    # cores from those that they wait for. Read when scikit-learn is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from .cloud import DataFolderInUse  # after the arguments, so that --help is quick
    from .progress import Progress
    from .server import Server

    try:
        server = Server(
            arguments.data,
            port=arguments.port,
            listen_fd=arguments.listen_fd,
            account_id=arguments.account,
            progress=Progress(arguments.pace, arguments.endpoint_delay),
            credentials=arguments.credentials,
            request_log=arguments.request_log,
            control=arguments.control,
        )
    except DataFolderInUse as error:
        sys.exit(str(error))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve, daemon=True).start()
    ready = {"url": server.url, "region": arguments.region, "account": arguments.account}
    if server.control_url:
        ready["control_url"] = server.control_url
    print(json.dumps(ready), flush=True)
    stop.wait()
    server.stop()
    # Jobs may be training in native code, which must not run while Python is taken down.
    # Everything is on disk already: jobs start anew at the next start.
    os._exit(0)


if __name__ == "__main__":
    main()
