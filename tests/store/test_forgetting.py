"""What is forgotten is overwritten, and what is merged in takes the place of nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.store.cases import NOON, USD, answer, finish, intent, key, start
from visionask.core.errors import StateError
from visionask.core.ledger import Item, ItemName, Thumbnail
from visionask.store.ledger import open_ledger
from visionask.store.logs import Purge


def held(path: str) -> bytes:
    return b"".join(each.read_bytes() for each in Path(path).parent.iterdir())


def put(ledger, name, text, **changes):
    ledger.settle(ledger.begin(intent(name, **changes)), answer(text), usd=USD)


def small(name):
    return Thumbnail(key(name)[:32].encode(), f"SMALL {name} ".encode() * 99)


def thumbnails(ledger):
    kept = ledger.find_thumbnails([small(name).name for name in "abc"])
    return {name for name in "abc" if kept.get(small(name).name) == small(name).jpeg}


def test_a_thumbnail_is_forgotten_with_the_last_answer_that_has_it(path):
    with open_ledger(path) as ledger:
        put(ledger, 1, "cat", thumbnail=small("a"), model="m")
        put(ledger, 2, "dog", thumbnail=small("a"), model="n")  # another question about the same picture
        put(ledger, 3, "cow", thumbnail=small("b"), model="m")
        put(ledger, 4, "none")
        ledger.fail(ledger.begin(intent(5, thumbnail=small("c"))), StateError("x", ""))
        assert thumbnails(ledger) == {"a", "b"}
        ledger.logs.purge(Purge(model="m"))
        assert thumbnails(ledger) == {"a"}
        assert ledger.logs.forget(ledger.find(key(2)).id) == 2  # the answer and its request
        assert thumbnails(ledger) == set()
    assert b"SMALL" not in held(path)


def test_thumbnails_are_merged_with_their_answers(tmp_path):
    own, other = str(tmp_path / "own.db"), str(tmp_path / "other.db")
    for path, names in ((own, "a"), (other, "abc")):
        with open_ledger(path) as ledger:
            for name in names:
                put(ledger, (path, name), name, thumbnail=small(name))
    with sqlite3.connect(other) as db:
        db.execute("UPDATE thumbnails SET jpeg = 'no bytes' WHERE name = ?", (small("c").name,))
    db.close()
    with open_ledger(own) as ledger:
        assert ledger.logs.merge(other) == 3
        assert thumbnails(ledger) == {"a", "b"}
        assert ledger.logs.merge(other) == 0
        ledger.logs.purge(Purge())
        assert thumbnails(ledger) == set()


@pytest.mark.skipif(os.name == "nt", reason="needs resource limits")
def test_purge_overwrites_where_there_is_no_room_to_compact(path):
    with open_ledger(path) as ledger:
        for number in range(20):
            put(ledger, f"secret {number}", f"hidden-{number} " * 50, model="secret", question="whispered")
        for number in range(100):
            put(ledger, number, "kept " * 1000)
    size = Path(path).stat().st_size
    assert b"hidden-7 " in held(path)
    assert finish(start("forget", path)) == "20\n"
    assert Path(path).stat().st_size == size, "there was room: this proves nothing"
    assert b"hidden-" not in held(path)
    assert b"whispered" not in held(path)
    with open_ledger(path) as ledger:
        assert len(list(ledger.logs.answers())) == 100


def test_purge_beside_a_reader_is_complete_when_the_reader_is_gone(path):
    with open_ledger(path, wait_s=0.05) as ledger:
        put(ledger, "secret", "hidden words", question="whispered")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM answers").fetchone() == (1,)
        assert ledger.logs.purge(Purge()) == 1
        reader.close()
    assert b"hidden words" not in held(path)
    assert b"whispered" not in held(path)


def test_merging_takes_the_place_of_no_answer_of_ones_own(tmp_path):
    own, other = str(tmp_path / "own.db"), str(tmp_path / "other.db")
    for path, text, at in ((own, "mine", NOON), (other, "theirs", NOON + 3600)):
        with open_ledger(path, now=lambda at=at: at) as ledger:
            scan = ledger.scans.start(key("scan"), question="q", model="m")
            put(ledger, "both", text, item=ItemName(scan, "both.jpg"))
            if text == "theirs":
                put(ledger, "new", text, item=ItemName(scan, "new.jpg"))
                ledger.scans.note(Item(name=ItemName(scan, "both.jpg"), status="failed", error_code="refused"))
    with open_ledger(own) as ledger:
        assert ledger.logs.merge(other) == 2
        assert [ledger.find(key(name)).answer.text for name in ("both", "new")] == ["mine", "theirs"]
        assert ledger.begin(intent("both")).answer.text == "mine"
        assert {item.name.label: item.status for item in ledger.scans.items(scan)} == {
            "both.jpg": "ok",
            "new.jpg": "ok",
        }
        put(ledger, "later", "mine")
        ticket = ledger.begin(intent("both"), asks_again=True)
        ledger.settle(ticket, answer("mine, anew"), usd=USD)
        assert ledger.find(key("both")).answer.text == "mine, anew"
