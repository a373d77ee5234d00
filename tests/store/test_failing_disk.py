"""A disk that fails: one clear line, and nothing torn."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from tests.store.cases import USD, answer, finish, intent, key, start
from visionask.core.errors import StateError
from visionask.core.ledger import Item, ItemName
from visionask.store.ledger import open_ledger


def check(path: str, done: set[int]) -> None:
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    with open_ledger(path) as ledger:
        assert [number for number in done if ledger.find(key(number)) is None] == []
        assert len(list(ledger.logs.answers())) - len(done) in (0, 1)


@pytest.mark.skipif(os.name == "nt", reason="needs resource limits")
@pytest.mark.parametrize("limit_bytes", [4096 * pages + extra for pages in (1, 8, 40, 41, 200) for extra in (0, 100)])
def test_a_disk_that_is_full_stops_with_one_line(path, limit_bytes):
    said = finish(start("starve", path, limit_bytes)).splitlines()
    assert said[-1].startswith(f"error the ledger {path} cannot ")
    assert " | " in said[-1]
    assert said[-1].split(" | ")[1]
    check(path, {int(line.split()[1]) for line in said[:-1]})


def test_a_full_database_keeps_what_is_committed_and_goes_on_when_there_is_room(path):
    with open_ledger(path) as ledger:
        ledger.settle(ledger.begin(intent(0)), answer(), usd=USD)
        db = ledger._database._db
        db.execute("PRAGMA max_page_count = 40")
        done = {0}

        def fill() -> None:
            for number in range(1, 1000):
                ledger.settle(ledger.begin(intent(number)), answer("long " * 200), usd=USD)
                done.add(number)

        with pytest.raises(StateError, match="disk is full") as caught:
            fill()
        assert "free some space" in caught.value.hint
        assert ledger.find(key(max(done))) is not None, "what is there can still be read"
        scan = 1
        ledger.scans.note(Item(name=ItemName(scan, "noted"), status="skipped"))
        db.execute("PRAGMA max_page_count = 1000000")
        ledger.settle(ledger.begin(intent("later")), answer(), usd=USD)
    check(path, done | {"later"})


@pytest.mark.skipif(os.name == "nt", reason="needs permissions of files")
@pytest.mark.parametrize("modes", [(0o444, 0o555), (0o000, 0o755), (None, 0o555)], ids=["file", "closed", "folder"])
def test_a_ledger_that_may_not_be_written_says_so(modes):
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own is closed to the other user that the program becomes
    try:
        path = folder / "ledger.db"
        if modes[0] is not None:
            with open_ledger(str(path)):
                pass
            path.chmod(modes[0])
        folder.chmod(modes[1])
        said = [line for line in finish(start("forbid", path)).splitlines() if line.startswith("error")]
        assert len(said) == 1
        assert said[0].startswith(f"error the ledger {path} cannot be ")
        assert "--ledger FILE" in said[0]
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_ledger_locked_for_too_long_says_so(path):
    with open_ledger(path, wait_s=0.05) as ledger:
        ledger.settle(ledger.begin(intent("before")), answer(), usd=USD)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="locked by another program") as caught:
            ledger.begin(intent())
        assert caught.value.hint
        assert ledger.find(key("before")) is not None
        other.execute("ROLLBACK")
        other.close()
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)


def test_a_page_that_is_damaged_later_is_told(path):
    with open_ledger(path) as ledger:
        for number in range(50):
            ledger.settle(ledger.begin(intent(number)), answer("long " * 200), usd=USD)
    data = bytearray(Path(path).read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    Path(path).write_bytes(data)
    with pytest.raises(StateError, match="is damaged") as caught, open_ledger(path) as ledger:
        ledger.find(key(1))
    assert "move it aside" in caught.value.hint
    assert Path(path).read_bytes() == data, "it is left as it is"
