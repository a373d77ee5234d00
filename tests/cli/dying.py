"""Owns a run of the command that is killed at the n-th statement to its ledger that begins or ends a transaction.

    python -m tests.cli.dying N batch submit ...

A kill at BEGIN is one after the step before and ahead of whatever follows; a kill at COMMIT undoes the step.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def die_at(number: int) -> None:
    """Kill this process at the `number`-th BEGIN IMMEDIATE or COMMIT."""
    left = [number]

    def on_statement(statement: str) -> None:
        if statement.startswith(("BEGIN IMMEDIATE", "COMMIT")):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: str, args: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect/handle":
            args[0].set_trace_callback(on_statement)

    sys.addaudithook(on_event)


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    del sys.argv[1]
    from visionask.__main__ import main

    sys.exit(main())
