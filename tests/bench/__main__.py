"""The command `python -m tests.bench [NAME...] [-n ROUNDS]`: a table of medians of paired ratios."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import tempfile
from pathlib import Path

from tests.bench import ask, commands, headers, memory, prepare, scan, startup
from tests.bench.loaded import rows as loaded_rows
from tests.bench.measure import HEAD

SETS = {
    "startup": startup.rows,
    "loaded": loaded_rows,
    "headers": headers.rows,
    "prepare": prepare.rows,
    "ask": ask.rows,
    "commands": commands.rows,
    "memory": memory.rows,
    "scan": scan.rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Ratios: smaller is better.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(SETS)}; none: all")
    parser.add_argument("-n", "--rounds", type=int, default=9, help="rounds of each pair [default: 9]")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in SETS]:
        parser.error(f"no such set: {', '.join(unknown)}")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors"
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {machine}; CPU unless told, {chosen.rounds} rounds\n\n{HEAD}")
    for name in chosen.names or SETS:
        with tempfile.TemporaryDirectory() as folder:
            for row in SETS[name](Path(folder), chosen.rounds):
                print(row, flush=True)


if __name__ == "__main__":
    main()
