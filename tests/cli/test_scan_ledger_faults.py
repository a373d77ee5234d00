"""Tests that a scan loses no answer and tells none wrong, at whichever call its ledger dies or fails.

In the manner of SQLite's own crash tests: a shim counts the calls of the connection, and at the Nth one the process
ends, or the call fails as it does on a full disk, a broken one, or a database that somebody else has locked. A few
points are tried here. `VISIONASK_TORTURE=1` tries every one, `VISIONASK_TORTURE=20` every 20th.
"""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import Command, clean_environment
from tests.cli.conftest import Wire
from tests.cli.scanning import asked, fill, records, scan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.server import FaultServer

PICTURES, JOBS = 30, 4
DIED = 99
SHIM = """
import os, sqlite3, threading

KIND, AT = os.environ["SHIM_KIND"], int(os.environ["SHIM_AT"])
ERRORS = {
    "full": (sqlite3.SQLITE_FULL, "SQLITE_FULL", "database or disk is full"),
    "ioerr": (sqlite3.SQLITE_IOERR, "SQLITE_IOERR_WRITE", "disk I/O error"),
    "busy": (sqlite3.SQLITE_BUSY, "SQLITE_BUSY", "database is locked"),
}
lock, calls = threading.Lock(), 0


class Connection(sqlite3.Connection):
    def _run(self, method, *arguments):
        global calls
        with lock:
            calls += 1
            number = calls
        statement = arguments[0].strip().upper()
        if number == AT and KIND == "before":
            os._exit(99)
        # a full disk stays full, but reading and taking back still work; the others pass
        is_due = number >= AT and not statement.startswith(("SELECT", "ROLLBACK")) if KIND == "full" else number == AT
        if is_due and KIND in ERRORS:
            code, name, text = ERRORS[KIND]
            error = sqlite3.OperationalError(text)
            error.sqlite_errorcode, error.sqlite_errorname = code, name
            raise error
        result = method(*arguments)
        if number == AT and KIND == "after":
            os._exit(99)
        return result

    def execute(self, *arguments):
        return self._run(super().execute, *arguments)

    def executemany(self, *arguments):
        return self._run(super().executemany, *arguments)

    def close(self):
        super().close()
        if KIND == "count":
            with open(os.environ["SHIM_COUNT"], "w") as file:
                file.write(str(calls))


connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **named: connect(*arguments, factory=Connection, **named)
"""


class Torture:
    """A folder of pictures, what is to be answered of each, and how many calls a whole scan makes."""

    def __init__(self, folder: Path, faults: FaultServer) -> None:
        home, work, self._shim = folder / "home", folder / "work", folder / "shim"
        for each in (home, work, self._shim):
            each.mkdir()
        (self._shim / "sitecustomize.py").write_text(SHIM)
        self._command, self._faults = Command(env=clean_environment(home), folder=work), faults
        fill(work / "p", PICTURES)
        count = folder / "count"
        sender = self.sender("whole")
        whole = self.scan(sender, "whole", "count", 0, {"SHIM_COUNT": str(count)})
        assert whole.code == 0
        self.calls = int(count.read_text())
        self.answers = _answers(whole.out_bytes)
        assert len(set(self.answers.values())) == PICTURES

    def sender(self, name: str) -> Wire:
        return Wire(self._command, self._faults, f"{name}~ok;read-late=.01")

    def scan(self, sender: Wire, name: str, kind: str, at: int, more: dict[str, str] | None = None) -> Any:
        shim = {"PYTHONPATH": str(self._shim), "SHIM_KIND": kind, "SHIM_AT": str(at)}
        return scan(sender, "p", "-j", str(JOBS), "--json", "--ledger", f"{name}.db", env=shim | (more or {}))

    def at(self, kind: str, number: int) -> None:
        """Let the ledger fail at one call, run the scan again, and look at what was paid and what is known."""
        name = f"{kind}-{number}"
        sender = self.sender(name)
        broken = self.scan(sender, name, kind, number)
        assert broken.code in ((DIED, 0) if kind in ("before", "after") else (9, 0)), (name, broken.err)
        shown = _answers(broken.out_bytes)
        first = asked(sender)
        assert set(first.values()) <= {1}, name
        if broken.code == 9:
            unkept = [record for record in records(broken.out_bytes) if record["images"] and record["answer"]]
            told = sum(record["status"] == "failed" for record in unkept)
            assert len(shown) + told == first.total(), (name, broken.err)
            assert broken.err.count("paid, but not kept: ") == told, "told also where standard output has no reader"
        again = scan(sender, "p", "--json", "--ledger", f"{name}.db")
        assert again.code == 0, (name, again.err)
        assert _answers(again.out_bytes) == self.answers, name
        counts = asked(sender)
        paid_again = {picture for picture, count in counts.items() if count > 1}
        assert counts.total() - PICTURES == len(paid_again) <= JOBS, (name, counts)
        assert not paid_again & set(shown.values()), f"{name}: shown, and paid again"
        db = sqlite3.connect(self._command.folder / f"{name}.db")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*), count(DISTINCT key) FROM answers").fetchone() == (PICTURES, PICTURES)
        db.close()


def _answers(out: bytes) -> dict[str, str]:
    """Read which picture, as the server saw it, was answered under each name."""
    return {
        record["images"][0]["source"]: json.loads(record["answer"])["images"][0]["sha256"]
        for record in records(out)
        if record["images"] and record["status"] == "ok"
    }


@pytest.fixture(scope="module")
def torture(tmp_path_factory: pytest.TempPathFactory, faults: FaultServer) -> Torture:
    return Torture(tmp_path_factory.mktemp("torture"), faults)


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("before", 0.01),
        ("before", 0.4),
        ("after", 0.7),
        ("after", 0.95),
        ("full", 0.02),
        ("full", 0.5),
        ("ioerr", 0.3),
        ("ioerr", 0.99),
        ("busy", 0.6),
    ],
)
def test_a_ledger_that_fails_at_one_call_loses_no_answer(torture: Torture, kind: str, share: float) -> None:
    torture.at(kind, max(1, int(torture.calls * share)))


STEP = int(os.environ.get("VISIONASK_TORTURE") or "1")


@pytest.mark.skipif("VISIONASK_TORTURE" not in os.environ, reason="hours: set VISIONASK_TORTURE to the step")
@pytest.mark.parametrize("kind", ["before", "after", "full", "ioerr", "busy"])
def test_a_ledger_that_fails_at_every_call_loses_no_answer(torture: Torture, kind: str) -> None:
    for number in range(1, torture.calls + 1, STEP):
        torture.at(kind, number)
