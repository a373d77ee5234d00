"""Files of a batch on their way: side by side, and in waves where the provider's queue holds only some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.scanning import fill

if TYPE_CHECKING:
    from tests.cli.command import Command


@pytest.fixture(autouse=True)
def pictures(command: Command) -> None:
    fill(command.folder / "pics", 3)


def test_files_go_up_side_by_side(sender: Sender) -> None:
    sender.server.meets("POST /files", 3)
    submitted = sender.submit("pics", "--shard-requests", "1")
    assert (submitted.code, len(sender.server.batches)) == (0, 3), submitted.err
    assert "uploading" in submitted.err


def test_with_one_job_files_go_up_one_after_the_other(sender: Sender) -> None:
    assert sender.submit("pics", "--shard-requests", "1", "-j", "1").code == 0
    sent = [entry for entry in sender.server.journal if entry[0] == "POST"]
    assert sent == [("POST", "/files"), ("POST", "/batches")] * 3


def test_what_finds_no_room_waits_and_is_created_as_others_end(sender: Sender) -> None:
    server = sender.server
    server.plan.room, server.plan.statuses = 1, ["in_progress", "in_progress", "in_progress", "completed"]
    submitted = sender.submit("pics", "--shard-requests", "1", "-j", "1")
    assert submitted.code == 0
    assert "2 files uploaded and waiting: the provider's queue is full" in submitted.err
    made = server.count("POST /batches")
    assert made == 2, "after the first refusal none is tried"
    again = sender.submit("pics")
    assert ("2 files uploaded and waiting" in again.err, server.count("POST /batches")) == (True, made)
    waiting = sender.fetch("-o", "early.csv")
    assert (waiting.code, "2 files uploaded and waiting" in waiting.err) == (6, True)
    watched = sender("status", "--watch", "--every", "0.05")
    assert watched.code == 0, watched.err
    assert watched.err.count("created: the queue may have room") >= 2
    assert set(statuses(sender.fetch()).values()) == {"ok"}
    taken = [batch["input_file_id"] for batch in server.batches.values() if batch["status"] == "completed"]
    assert sorted(taken) == sorted(server.uploads)
    assert server.count("POST /files") == 3


def test_the_same_submission_goes_on_when_the_queue_is_free(sender: Sender) -> None:
    server = sender.server
    server.plan.room, server.plan.statuses = 1, ["completed"]
    server.plan.statuses = ["in_progress", "completed"]
    sender.submit("pics", "--shard-requests", "1", "-j", "1")
    server.plan.room = None
    assert sender.fetch().code == 6
    submitted = sender.submit("pics")
    assert (submitted.code, "waiting" in submitted.err) == (0, False), submitted.err
    server.plan.statuses = ["completed"]
    sender("status", "--watch", "--every", "0.05")
    assert set(statuses(sender.fetch()).values()) == {"ok"}
    assert server.count("POST /files") == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_watch_that_is_killed_at_a_creation_goes_on(sender: Sender, after: bool) -> None:
    server = sender.server
    server.plan.room, server.plan.statuses = 1, ["in_progress"]
    sender.submit("pics", "--shard-requests", "1", "-j", "1")
    server.plan.room, server.plan.statuses = None, ["completed"]
    for batch in server.batches.values():
        if batch["_failure"] is None:
            batch["_statuses"] = ["completed"]
    process = sender.start("status", "--watch", "--every", "0.05")
    server.kills(process, "POST /batches", 1, after=after)
    process.communicate(timeout=60)
    server.kills(None, "", after=False)
    assert sender("status", "--watch", "--every", "0.05").code == 0
    assert set(statuses(sender.fetch()).values()) == {"ok"}
    done = [batch["input_file_id"] for batch in server.batches.values() if batch["status"] == "completed"]
    assert sorted(done) == sorted(server.uploads), "each file is asked once"
