"""Scans and their items: each source has its own outcome, and its very name."""

from __future__ import annotations

import contextlib
import sqlite3
import tracemalloc

import pytest

from tests.store.cases import USD, answer, intent, key
from visionask.core.errors import BadRequest
from visionask.core.ledger import Item, ItemName
from visionask.store.ledger import open_ledger


def start(ledger, name="scan"):
    return ledger.scans.start(key(name), question="What is it?", model="gpt-6-luna")


def test_a_scan_keeps_its_number(ledger):
    assert start(ledger) == start(ledger) != start(ledger, "other")


def test_an_item_follows_its_request(ledger):
    scan = start(ledger)
    for label, end in {"a.jpg": "settle", "b.jpg": "fail", "c.jpg": None}.items():
        ticket = ledger.begin(intent(label, item=ItemName(scan, label)))
        if end == "settle":
            ledger.settle(ticket, answer(), usd=USD)
        elif end == "fail":
            ledger.fail(ticket, BadRequest("too dark", "use a lamp"))
    names = {label: ItemName(scan, label) for label in ("a.jpg", "b.jpg", "c.jpg")}
    failed = {"error_code": "bad_request", "error_message": "too dark", "hint": "use a lamp"}
    assert list(ledger.scans.items(scan)) == [
        Item(name=names["a.jpg"], status="ok", key=key("a.jpg")),
        Item(name=names["b.jpg"], status="failed", key=key("b.jpg"), **failed),
        Item(name=names["c.jpg"], status="asking", key=key("c.jpg")),
    ]
    assert [item.name.label for item in ledger.scans.items(scan, "failed")] == ["b.jpg"]
    assert ledger.scans.counts(scan) == {"ok": 1, "failed": 1, "asking": 1}


def test_what_dies_with_its_run_is_lost(path):
    with open_ledger(path) as ledger:
        scan = start(ledger)
        ledger.begin(intent(item=ItemName(scan, "a.jpg")))
    with open_ledger(path) as ledger:
        (item,) = ledger.scans.items(scan)
        assert (item.status, item.error_code) == ("lost", "lost")


@pytest.mark.parametrize("label", ["caf\udce9.jpg", "\ud800", "a\nb\x00c.jpg", "猫.jpg", "-", "%_'\"\\", "x" * 4096])
def test_a_label_comes_back_as_it_was(ledger, label):
    scan = start(ledger)
    ledger.scans.note(Item(name=ItemName(scan, label), status="skipped"))
    ledger.begin(intent(item=ItemName(scan, label + "2")))
    assert [item.name.label for item in ledger.scans.items(scan)] == [label, label + "2"]


def test_a_noted_item_is_there_after_close(path):
    with open_ledger(path) as ledger:
        scan = start(ledger)
        item = Item(name=ItemName(scan, "a"), status="ok", key=key("a"), is_cached=True)
        ledger.scans.note(item)
    with open_ledger(path) as ledger:
        assert list(ledger.scans.items(scan)) == [item]
        ledger.scans.note(Item(name=ItemName(scan, "a"), status="failed", error_code="not_found"))
        assert ledger.scans.counts(scan) == {"failed": 1}


def test_many_items_stream_through_little_memory(path):
    with open_ledger(path) as ledger:
        scan = start(ledger)
        tracemalloc.start()
        for number in range(10_000):
            ledger.scans.note(Item(name=ItemName(scan, f"{number:06}.jpg"), status="ok", key=key(number)))
        labels = (item.name.label for item in ledger.scans.items(scan))
        assert all(label == f"{number:06}.jpg" for number, label in enumerate(labels))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert ledger.scans.counts(scan) == {"ok": 10_000}
    assert peak_bytes < 2_000_000, "the items alone would be 4 MB"


def test_a_row_that_tells_the_same_already_is_left_alone(path):
    moments = iter(range(1000, 2000))
    names = "same", "other key", "failed before", "failed alike"
    with open_ledger(path, now=lambda: next(moments)) as ledger:
        scan = start(ledger)
        same = Item(name=ItemName(scan, "same"), status="ok", key=key("same"))
        alike = Item(name=ItemName(scan, "failed alike"), status="failed", error_code="corrupt", error_message="cut")
        before = [
            same,
            Item(name=ItemName(scan, "other key"), status="ok", key=key("b")),
            Item(name=ItemName(scan, "failed before"), status="failed", error_code="corrupt"),
            alike,
        ]
        for item in before:
            ledger.scans.note(item)
        ledger.scans.flush()
        written = moments_of(path)
        after = [
            Item(name=ItemName(scan, "same"), status="ok", key=key("same"), is_cached=True),
            Item(name=ItemName(scan, "other key"), status="ok", key=key("c")),
            Item(name=ItemName(scan, "failed before"), status="ok", key=key("d")),
            alike,
        ]
        for item in after:
            ledger.scans.note(item)
        ledger.scans.flush()
        assert {item.name.label: item for item in ledger.scans.items(scan)} == dict(
            zip(names, [same, after[1], after[2], alike], strict=True)
        )
        changed = {label for label, at in moments_of(path).items() if at != written[label]}
        assert changed == {"other key", "failed before"}


def moments_of(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return {label.decode(): at for label, at in db.execute("SELECT label, at FROM items")}
