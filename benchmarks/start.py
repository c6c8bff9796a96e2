"""How long `sme local up` takes, with a fresh folder and with one that has data.

    python -m benchmarks.start --times 5

The load of the machine at the begin is kept with the numbers: the servers want both of two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "start.json"
SME = Path(sys.executable).with_name("sme")


def seconds_of(*arguments: str) -> float:
    started = time.monotonic()
    subprocess.run([SME, "local", *arguments], check=True, capture_output=True)
    return time.monotonic() - started


def measure(times: int) -> dict[str, list[float]]:
    """Seconds of each start, by what the folder held."""
    found: dict[str, list[float]] = {"fresh": [], "with data": []}
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            for kind, seconds in found.items():
                seconds.append(round(seconds_of("up", "--data", folder), 2))
                seconds_of("down", "--data", folder)
                print(f"{kind}: {seconds[-1]} s", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    found = measure(given.times)
    summary = {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "load_at_begin": round(load, 1),
        "seconds": found,
        "median": {kind: statistics.median(seconds) for kind, seconds in found.items()},
    }
    RESULTS.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
