"""Kills and lost replies at every step of a batch: run again, nothing is uploaded, created or asked twice."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.scanning import QUESTION, fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command

SHARDS = ("--shard-requests", "2")


@pytest.fixture
def pictures(command: Command) -> Path:
    return fill(command.folder / "pics", 4)


def killed(sender: Sender, what: str, number: int, *args: str | Path, after: bool) -> None:
    """Run until the server kills it at a request."""
    process = sender.start(*args)
    sender.server.kills(process, what, number, after=after)
    process.communicate(timeout=60)
    sender.server.rest()  # an upload beside the killed one may still be arriving: a real one would be found later
    sender.server.kills(None, "", after=False)
    assert process.returncode == -9


def assert_whole(sender: Sender) -> None:
    """Hold what the server has seen: each picture in one line of one batch, each batch of a file of its own."""
    server = sender.server
    names = [line["custom_id"] for line in server.lines()]
    assert sorted(names) == sorted(set(names))
    assert len(names) == 4
    assert len(server.uploads) == len(server.batches) == 2
    assert len({batch["input_file_id"] for batch in server.batches.values()}) == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("what", "number"), [("POST /files", 1), ("POST /batches", 1), ("POST /files", 2), ("POST /batches", 2)]
)
def test_a_kill_while_submitting_repeats_nothing(
    sender: Sender, pictures: Path, what: str, number: int, after: bool
) -> None:
    killed(sender, what, number, "submit", QUESTION, pictures, *SHARDS, after=after)
    hint = "may not be at the provider: where no `batch submit` is running, run the same one again"
    assert hint in sender("status").err
    assert sender.submit(pictures, *SHARDS).code == 0
    assert hint not in sender("status").err
    assert_whole(sender)


def test_an_intent_is_looked_up_in_every_page_of_what_the_provider_lists(sender: Sender, pictures: Path) -> None:
    killed(sender, "POST /batches", 1, "submit", QUESTION, pictures, *SHARDS, after=True)
    server, mine = sender.server, next(iter(sender.server.batches.values()))
    for number in range(5):  # others have made batches since
        server.batches[f"other_{number}"] = mine | {"id": f"other_{number}", "metadata": {}, "input_file_id": "other"}
    server.page = 2
    assert sender.submit(pictures, *SHARDS).code == 0
    for number in range(5):
        del server.batches[f"other_{number}"]
    assert_whole(sender)


@pytest.mark.parametrize(
    ("what", "status"), [("POST /files", 0), ("POST /files", 500), ("POST /batches", 0), ("POST /batches", 503)]
)
def test_a_lost_reply_is_looked_up_and_not_repeated(sender: Sender, pictures: Path, what: str, status: int) -> None:
    sender.server.fails(what, status, after=True)
    assert sender.submit(pictures, *SHARDS).code == 0
    assert_whole(sender)


def test_passing_faults_are_outlasted(sender: Sender, pictures: Path) -> None:
    sender.server.fails("POST /files", 500, 429)
    sender.server.fails("POST /batches", 502)
    assert sender.submit(pictures, *SHARDS).code == 0
    assert_whole(sender)


def test_kills_at_any_moment_repeat_nothing(sender: Sender, pictures: Path) -> None:
    draw = random.Random(6)
    for _ in range(5):
        process = sender.start("submit", QUESTION, pictures, *SHARDS)
        time.sleep(draw.uniform(0.3, 2.5))
        process.kill()
        process.communicate()
    assert sender.submit(pictures, *SHARDS).code == 0
    names = [line["custom_id"] for line in sender.server.lines()]
    assert (len(names), len(set(names))) == (4, 4)
    assert len(sender.server.batches) == len(sender.server.uploads)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("what", "number"), [("GET /batches/ID", 1), ("GET /files/content", 1), ("GET /files/content", 2)]
)
def test_a_kill_while_fetching_loses_nothing(
    sender: Sender, pictures: Path, what: str, number: int, after: bool
) -> None:
    batch = sender.submit(pictures, *SHARDS).out.strip()
    killed(sender, what, number, "fetch", after=after)
    fetched = sender.fetch(batch, "-o", "all.jsonl")
    assert set(statuses(fetched).values()) == {"ok"}
    assert len(statuses(fetched)) == 4
    assert_whole(sender)


def test_an_interrupt_leaves_the_rest_for_the_next_run(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses = ["in_progress"]
    sender.submit(pictures, *SHARDS)
    watching = sender.start("status", "--watch", "--every", "30")
    assert watching.stdout is not None
    assert b"state" in watching.stdout.readline()
    assert b"in_progress" in watching.stdout.readline()
    watching.send_signal(2)
    _, err = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert b"goes on at the provider" in err


def test_two_submissions_at_once_are_one(sender: Sender, pictures: Path) -> None:
    first, second = (sender.start("submit", QUESTION, pictures, *SHARDS) for _ in range(2))
    codes = [process.wait(60) for process in (first, second)]
    for process in (first, second):
        process.communicate()
    assert set(codes) <= {0, 9}
    assert 0 in codes
    assert_whole(sender)
