"""Rows that cannot be read: each is named with what mends it, wherever it is read, and a merge takes none of them."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from tests.store.cases import USD, answer, intent, key
from visionask.core.errors import ServerFailed, StateError, UsageError
from visionask.core.ledger import BatchInfo, BatchItem, Item, ItemName, Turn, TurnImage
from visionask.store.ledger import open_ledger

ANSWERS = [
    ("notes", "{{"), ("notes", "7"), ("notes", "[7]"), ("usd", "abc"), ("usd", "NaN"), ("usd", "1e99999999"),
    ("images", "[[1, 2]]"), ("images", "[" * 5000), ("images", "7"), ("text", b"\xff"),  ("at", "x"),
    ("at", 1e300), ("at", -1.0), ("attempts", "many"), ("seconds", "x"),  ("model", b"m"),
    ("input_tokens", "x"), ("has_usage", "x"), ("key", "text"), ("base_url", b"\xff"),
]  # fmt: skip
OTHERS = [
    ("conversations", "at", "x"), ("turns", "images", "{"), ("turns", "question", b"\xff"), ("items", "label", 7),
    ("items", "error_message", b"\xff"), ("requests", "usd", "abc"), ("requests", "maybe_usd", "NaN"),
    ("requests", "attempts", "x"), ("requests", "error_message", b"\xff"), ("batches", "at", "x"),
    ("shards", "past", "{"), ("shards", "reserved_usd", "x"), ("batch_items", "data", "[]"),
    ("batch_items", "error", "{"), ("batch_lines", "reserved_usd", "x"), ("batch_lines", "label", 7),
    ("requests", "model", b"m"), ("requests", "projected_input_tokens", "x"), ("requests", "error_message", 7),
    ("batch_items", "key", "x"), ("batch_items", "data", '{"image": 7}'), ("shards", "state", "x"),
    ("scans", "question", 7), ("texts", "digest", b"another"), ("turns", "images", '{"a": 1}'),
]  # fmt: skip


def change(path, table, column, value):
    db = sqlite3.connect(path)
    db.execute("PRAGMA ignore_check_constraints = ON")
    assert db.execute(f"UPDATE {table} SET {column} = ?", (value,)).rowcount > 0
    db.commit()
    db.close()


@pytest.fixture
def full(path):
    """Fill a ledger with a row of every kind."""
    with open_ledger(path) as ledger:
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)
        ledger.fail(ledger.begin(intent("b")), ServerFailed("it failed", "later"))
        ledger.conversations.start(
            model="m", system=None, turn=Turn(question="q", answer="a", images=(TurnImage("a.jpg"),))
        )
        scan = ledger.scans.start("ab" * 32, question="q", model="m")
        ledger.scans.note(Item(name=ItemName(scan, "a.jpg"), status="failed", error_message="no"))
        batch = BatchInfo(id="abcdef123456", scan=scan, at=1e9, model="m", base_url="http://h/v1", question="q")
        ledger.batches.start(batch)
        shard = ledger.batches.open_shard(batch.id, "/x.jsonl")
        ledger.batches.claim(shard.id, key("c"), label="c.jpg", reserved_usd=USD)
        ledger.batches.note(batch.id, BatchItem(label="c.jpg", key=key("c"), error="{}"))
        ledger.batches.flush()
        ledger.batches.move(shard.id, "written")
    return path


def read_all(path):
    with open_ledger(path) as ledger:
        list(ledger.logs.answers())
        for talk in ledger.conversations.newest(9):
            ledger.conversations.turns(talk.id)
        list(ledger.scans.items(1))
        ledger.find_failure(key("b"))
        ledger.logs.drift()
        ledger.logs.spend()
        for batch in ledger.batches.all():
            ledger.batches.shards(batch.id)
            list(ledger.batches.items(batch.id))
            ledger.batches.keys(batch.id, ["c.jpg"])
            ledger.batches.line(key("c")[:32])


@pytest.mark.parametrize(("column", "value"), ANSWERS)
def test_an_answer_that_cannot_be_read_is_named_and_can_be_forgotten(path, column, value):
    with open_ledger(path) as ledger:
        ledger.settle(ledger.begin(intent("a")), answer(), usd=USD)
        ledger.settle(ledger.begin(intent("b")), answer(), usd=USD)
        bad, _ = ledger.logs.answers()
    db = sqlite3.connect(path)
    db.execute(f"UPDATE answers SET {column} = ? WHERE uid = ?", (value, bytes.fromhex(bad.id)))
    db.commit()
    db.close()
    with open_ledger(path) as ledger:
        with pytest.raises(StateError, match=bad.id) as caught:
            list(ledger.logs.answers())
        assert caught.value.hint == f"visionask logs purge --id {bad.id}"
        if column not in ("key", "at", "images", "base_url", "seconds"):
            with pytest.raises(StateError, match=bad.id):
                ledger.find_paid([key("b")])
        ledger.logs.forget(bad.id)
        assert [each.question for each in ledger.logs.answers()] == ["What is it?"]
        assert ledger.find(key("a")) is not None


@pytest.mark.parametrize(("table", "column", "value"), [*(("answers", *each) for each in ANSWERS), *OTHERS])
def test_a_merge_takes_nothing_of_a_ledger_with_a_row_that_cannot_be_read(tmp_path, full, table, column, value):
    own = str(tmp_path / "own.db")
    change(full, table, column, value)
    with open_ledger(own) as ledger:
        with pytest.raises(StateError, match="is not merged") as caught:
            ledger.logs.merge(full)
        assert full in caught.value.message
        assert not list(ledger.logs.answers())
        assert not ledger.logs.spend()


@pytest.mark.parametrize(("table", "column", "value"), OTHERS)
def test_no_row_that_cannot_be_read_is_a_bug(full, table, column, value):
    change(full, table, column, value)
    with contextlib.suppress(StateError):  # some of it is only read where it is merged
        read_all(full)


def test_nothing_is_taken_of_a_file_with_a_broken_index(tmp_path, full):
    db = sqlite3.connect(full)
    place, size = (
        db.execute(query).fetchone()[0]
        for query in ("SELECT rootpage FROM sqlite_master WHERE name = 'requests_open'", "PRAGMA page_size")
    )
    db.close()
    with open(full, "r+b") as file:
        file.seek((place - 1) * size)
        file.write(b"\xff" * size)
    with open_ledger(str(tmp_path / "own.db")) as ledger:
        with pytest.raises(StateError, match="is not merged: it is damaged"):
            ledger.logs.merge(full)
        assert not list(ledger.logs.answers())


def test_a_whole_ledger_is_merged(tmp_path, full):
    with open_ledger(str(tmp_path / "own.db")) as ledger:
        assert ledger.logs.merge(full) == 1
    read_all(str(tmp_path / "own.db"))


def test_what_is_no_id_forgets_nothing(full):
    with open_ledger(full) as ledger:
        for name in ("", "ab", "%", "______", "scan-", "scan-1x"):
            with pytest.raises(UsageError):
                ledger.logs.forget(name)
        assert ledger.logs.forget("scan-1") > 0
        assert not list(ledger.scans.items(1))
        assert len(list(ledger.logs.answers())) == 1


def test_what_is_no_file_is_not_merged(full):
    with open_ledger(full) as ledger, pytest.raises(StateError, match="is not a file"):
        ledger.logs.merge("/dev/zero")


def test_a_table_without_one_of_its_columns_is_damage(full):
    with pytest.raises(StateError, match="is damaged"), open_ledger(full) as ledger:  # noqa: PT012
        ledger.begin(intent("z"))
        db = sqlite3.connect(full)
        db.execute("ALTER TABLE requests RENAME COLUMN maybe_usd TO other")
        db.close()
