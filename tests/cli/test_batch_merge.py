"""Batches that several machines have submitted, in one ledger: none twice, none lost, nothing paid again."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.scanning import QUESTION, fill, records, tiny

if TYPE_CHECKING:
    from tests.cli.command import Command
    from tests.faults.batch_server import BatchServer

MERGE = ("logs", "merge", "m1.db", "m2.db", "--ledger", "all.db")
ALL, ONE, TWO = (("--ledger", f"{name}.db") for name in ("all", "m1", "m2"))
JOURNAL = ("batches", "shards", "batch_lines", "batch_items", "spend", "requests", "answers")


@pytest.fixture
def sender(command: Command, batch_server: BatchServer) -> Sender:
    fill(command.folder / "one", 3)
    fill(command.folder / "two", 2, first=10)
    (command.folder / "two" / "i0.png").write_bytes((command.folder / "one" / "i0.png").read_bytes())
    return Sender(command, batch_server)


def journal(sender: Sender, name: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a ledger that is about batches and money."""
    with sqlite3.connect(sender.command.folder / name) as db:
        return {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in JOURNAL}


def spent(sender: Sender, ledger: tuple[str, ...]) -> Decimal:
    days = sender.command("logs", "stats", *ledger, "--json").record["data"]["spend"]
    return sum((Decimal(day["usd"]) for day in days), Decimal(0))


def test_ledgers_that_have_submitted_become_one_that_fetches_all(sender: Sender) -> None:
    server = sender.server
    sender.submit("one", *ONE)
    sender.submit("two", "--exclude", "i0.png", *TWO)
    merged = sender.command(*MERGE)
    assert "1 new file of batches" in merged.out
    whole = journal(sender, "all.db")
    assert (len(whole["batches"]), len(whole["shards"]), len(whole["batch_lines"])) == (1, 2, 5)
    sender.command(*MERGE)
    assert journal(sender, "all.db") == whole, "again changes nothing"
    assert sender.submit("one", "two", *ALL).code == 0
    assert set(statuses(sender.scan("one", "two", *ALL)).values()) == {"in_batch"}
    assert (server.count("POST /files"), server.count("POST /chat")) == (2, 0), "nothing is asked again"
    fetched = sender.fetch(*ALL, "-o", "all.jsonl")
    assert fetched.code == 0, fetched.err
    assert set(statuses(fetched).values()) == {"ok"}
    assert len(records(fetched)) == 6
    # each of the five is billed 1,014 tokens in and 35 out, at $0.05 and $0.25 for 1,000,000
    assert spent(sender, ALL) == 5 * (1014 * Decimal("0.05") + 35 * Decimal("0.25")) / 1_000_000


def test_what_both_have_fetched_is_paid_once_in_the_sum(sender: Sender) -> None:
    sender.submit("one", *ONE)
    sender.submit("two", *TWO)
    sender.command(*MERGE)
    sender.fetch(*ALL)
    paid = spent(sender, ALL)
    sender.fetch(*ONE)
    sender.fetch(*TWO)
    sender.command(*MERGE)
    assert spent(sender, ALL) == paid > 0
    later = journal(sender, "all.db")
    sender.command(*MERGE)
    assert journal(sender, "all.db") == later


def test_a_merge_brings_what_was_fetched_elsewhere(sender: Sender) -> None:
    sender.submit("one", *ONE)
    sender.submit("two", *TWO)
    sender.command(*MERGE)
    sender.fetch(*ONE)
    sender.command(*MERGE)
    shards = {row[6] for row in journal(sender, "all.db")["shards"]}
    assert shards == {"fetched", "created"}
    assert set(statuses(sender.fetch(*ALL)).values()) == {"ok"}


def test_two_machines_that_have_asked_one_picture_lose_no_result(sender: Sender) -> None:
    sender.submit("one", *ONE)
    sender.submit("two", *TWO)  # i0.png is the same picture: asked on both, as neither knew
    sender.command(*MERGE)
    fetched = sender.fetch(*ALL)
    assert (fetched.code, "of nothing that was asked" in fetched.err) == (0, False)
    billed = 6 * (1014 * Decimal("0.05") + 35 * Decimal("0.25")) / 1_000_000
    assert spent(sender, ALL) == billed, "the provider bills both"


def test_one_name_for_two_pictures_keeps_both(sender: Sender) -> None:
    place = sender.command.folder / "same.png"
    for number, ledger in enumerate((ONE, TWO)):
        place.write_bytes(tiny(number))
        assert sender.submit("same.png", *ledger).code == 0
    sender.command(*MERGE)
    sender.command(*MERGE)
    fetched = sender.fetch(*ALL)
    told = records(fetched)
    assert fetched.code == 0, fetched.err
    assert sorted(record["images"][0]["source"] for record in told) == ["same.png", "same.png (m2.db)"]
    assert len({record["images"][0]["sha256"] for record in told}) == 2
    for record in told:
        assert record["images"][0]["sha256"] in record["answer"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_another_machine_has_not_created_is_its_own(sender: Sender, after: bool) -> None:
    server = sender.server
    process = sender.start("submit", QUESTION, "one", *ONE)
    server.kills(process, "POST /batches", 1, after=after)
    process.communicate(timeout=60)
    server.kills(None, "", after=False)
    sender.submit("two", "--exclude", "i0.png", *TWO)
    sender.command(*MERGE)
    here = sender.submit("one", *ALL)
    assert here.code == 0
    assert server.count("POST /files") == 2, "not uploaded again, wherever it is"
    assert ("submit it where it was written" in here.err) is not after, "what was created is found"
    assert sender.submit("one", *ONE).code == 0
    assert len(server.batches) == 2
    fetched = sender.fetch(*ALL)
    assert set(statuses(fetched).values()) == {"ok"}
    assert len(records(fetched)) == 5


@pytest.mark.parametrize("is_refused", [False, True], ids=["held", "refused"])
def test_what_waits_for_room_is_created_on_its_own_machine_alone(sender: Sender, is_refused: bool) -> None:
    """Another machine may look at it, watch it and submit the same: it leaves the creating to the one that wrote it."""
    server = sender.server
    server.plan.room, server.plan.statuses = int(not is_refused), ["in_progress"]
    how = () if is_refused else ("--shard-requests", "1", "-j", "1")
    submitted = sender.submit("one", *how, *ONE)
    assert (submitted.code, "the provider's queue is full" in submitted.err) == (0, not is_refused)
    sender.command(*MERGE[:3], *ALL)
    server.plan.room, server.plan.statuses = None, ["completed"]
    for batch in server.batches.values():
        if batch["_failure"] is None:
            batch["_statuses"] = ["completed"]
    created = len(server.batches)
    for act in (("submit", QUESTION, "one"), ("status", "--watch", "--every", "0.05")):
        seen = sender(*act, *ALL)
        assert (seen.code, len(server.batches)) == (0, created), seen.err
    assert sender.fetch(*ALL).code == 6
    assert sender.submit("one", *ONE).code == 0
    assert sender("status", "--watch", "--every", "0.05", *ONE).code == 0
    fetched = sender.fetch(*ALL)
    assert set(statuses(fetched).values()) == {"ok"}
    done = [batch["input_file_id"] for batch in server.batches.values() if batch["status"] == "completed"]
    assert sorted(done) == sorted(server.uploads), "each file is asked once"
