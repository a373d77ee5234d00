"""A run of the command that is killed at the n-th statement to its ledger that begins or ends a transaction.

    python -m tests.cli.dying N batch submit ...

A kill at BEGIN is one after the step before and ahead of whatever follows; a kill at COMMIT undoes the step.
"""

from __future__ import annotations

import os
import signal
import sqlite3
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

    connect = sqlite3.connect

    def watched(*args: Any, **how: Any) -> sqlite3.Connection:
        db = connect(*args, **how)
        db.set_trace_callback(on_statement)
        return db

    sqlite3.connect = watched  # type: ignore[assignment]  # its audit event comes before a connection takes a callback


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    del sys.argv[1]
    from visionask.__main__ import main

    sys.exit(main())
