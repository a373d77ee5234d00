"""Submitting, watching and fetching through the Batch API: what is asked, what comes back, and how it ends."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.scanning import QUESTION, fill, records, tiny
from tests.faults import replies

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command


@pytest.fixture
def pictures(command: Command) -> Path:
    return fill(command.folder / "pics", 5)


def number_of(request: dict[str, Any]) -> int:
    """Tell which of the tiny pictures a request is about."""
    import base64

    url = request["body"]["messages"][-1]["content"][1]["image_url"]["url"]
    data = base64.b64decode(url.partition(",")[2])
    return next(number for number in range(50) if tiny(number) == data)


def test_each_picture_is_asked_once_and_answered_under_every_name(sender: Sender, pictures: Path) -> None:
    (pictures / "twin.png").write_bytes(tiny(1))
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    submitted = sender.submit(pictures, "--shard-requests", "2")
    assert submitted.code == 7, "one cannot be sent"
    assert [len(sender.server.uploads), len(sender.server.batches)] == [3, 3]
    assert sorted(number_of(line) for line in sender.server.lines()) == [0, 1, 2, 3, 4]
    fetched = sender.fetch("-o", "all.jsonl", "-o", "all.csv")
    assert fetched.code == 7
    told = statuses(fetched)
    assert told.pop("broken.png") == "corrupt_image"
    assert set(told.values()) == {"ok"}
    assert len(told) == 6
    assert len((sender.command.folder / "all.jsonl").read_text().splitlines()) == 7
    assert [record["cached"] for record in records(fetched)].count(True) == 1, "the twin is not paid again"


def test_answers_are_priced_at_batch_rates(sender: Sender, pictures: Path) -> None:
    sender.submit(pictures, "--limit", "1")
    (record,) = records(sender.fetch())
    # gpt-6-luna in batches: $0.05 for 1,000,000 tokens in, $0.25 out; the server bills 1,014 and 35
    assert Decimal(record["billed"]["usd"]) == (1014 * Decimal("0.05") + 35 * Decimal("0.25")) / 1_000_000
    assert record["projected"]["rate"] == "batch"


def test_the_price_line_tells_both_prices_and_a_dry_run_sends_nothing(sender: Sender, pictures: Path) -> None:
    planned = sender.submit(pictures, "-n", "--json")
    assert (planned.code, sender.server.journal) == (0, [])
    batch, live = planned.record["projected"]["input_usd"], planned.record["data"]["standard_usd"]
    assert Decimal(live) == 2 * Decimal(batch)
    assert "batch rate" in planned.err
    assert "live $" in planned.err


def test_a_dry_run_ends_as_the_run_does_where_an_image_cannot_be_sent(sender: Sender, pictures: Path) -> None:
    (pictures / "none.png").write_bytes(b"text")
    assert sender.submit(pictures, "-n").code == 7
    assert sender.submit(pictures, "-n", "--include", "none.png").code == 3


def test_where_nothing_can_be_sent_there_is_no_batch(sender: Sender, pictures: Path) -> None:
    (sender.command.folder / "empty").mkdir()
    refused = sender.submit("empty")
    assert (refused.code, refused.out, sender.server.journal) == (3, "", [])
    assert refused.err.count("empty: no pictures in this folder") == 1
    assert sender.submit("empty", "--json").record["data"]["batch"] is None
    (pictures / "cut.png").write_bytes(tiny(7)[:60])  # a good header
    assert sender("submit", "Is it cut?", pictures, "--include", "cut.png").out == ""
    assert sender("export", QUESTION, "empty", "-o", "out").code == 3
    assert not (sender.command.folder / "out").exists()
    assert sender("list", "--json").record["data"]["batches"] == []
    submitted = sender.submit(pictures / "i0.png")
    sender.fetch()
    assert sender.submit("empty").out == "", "of the same question"
    assert sender.fetch(submitted.out.strip()).code == 0


def test_submitting_again_uploads_nothing_and_scan_waits_for_the_batch(sender: Sender, pictures: Path) -> None:
    sender.submit(pictures)
    before = sender.server.count("POST /files")
    assert sender.submit(pictures).code == 0
    live = sender.scan(pictures)
    assert set(statuses(live).values()) == {"in_batch"}
    assert sender.server.count("POST /files") == before == 1
    assert sender.server.count("POST /chat") == 0
    assert sender.fetch().code == 0
    assert {record["cached"] for record in records(sender.scan(pictures))} == {True}
    assert sender.submit(pictures).code == 0
    assert (sender.server.count("POST /files"), sender.server.count("POST /chat")) == (1, 0)


def test_what_scan_answered_is_not_submitted(sender: Sender, pictures: Path) -> None:
    sender.scan(pictures / "i0.png", pictures / "i1.png")
    sender.submit(pictures)
    assert sorted(number_of(line) for line in sender.server.lines()) == [2, 3, 4]


@pytest.mark.parametrize("body", ["object", "string"])
@pytest.mark.parametrize("errors_in", ["error_file", "output_file"])
def test_results_of_every_shape_find_their_pictures(sender: Sender, pictures: Path, body: str, errors_in: str) -> None:
    plan = sender.server.plan
    plan.body, plan.errors_in = body, errors_in
    plan.failing = lambda request: {"message": "bad picture"} if number_of(request) == 2 else None
    sender.submit(pictures)
    fetched = sender.fetch()
    assert statuses(fetched) == {
        "i0.png": "ok",
        "i1.png": "ok",
        "i2.png": "bad_request",
        "i3.png": "ok",
        "i4.png": "ok",
    }
    for record in records(fetched):
        if record["answer"] is not None:
            assert json.loads(record["answer"])["images"][0]["sha256"] == record["images"][0]["sha256"]
    assert fetched.code == 7


def test_refusals_cuts_and_empty_answers_fail_as_live_ones_do(sender: Sender, pictures: Path) -> None:
    bad = [{"content": "no", "finish_reason": "length"}, {"refusal": "no"}, {"content": ""}, {"finish_reason": None}]
    kinds = iter(bad)
    sender.server.plan.order = "given"
    sender.server.plan.answering = lambda request: replies.completion(request, **next(kinds, {}))
    sender.submit(pictures)
    told = statuses(sender.fetch())
    assert list(told.values()) == ["length", "refused", "incomplete", "incomplete", "ok"]


def test_lost_doubled_cut_and_foreign_lines_are_counted_and_named(sender: Sender, pictures: Path) -> None:
    plan = sender.server.plan
    plan.lost, plan.doubled, plan.cut, plan.unknown = 1, 1, 1, 2
    plan.order = "given"
    sender.submit(pictures)
    fetched = sender.fetch()
    assert fetched.code == 7
    # of i0 to i4: i0 is lost, the line of i1 is cut, and comes whole at the end
    assert statuses(fetched) == {"i0.png": "undone", "i1.png": "ok", "i2.png": "ok", "i3.png": "ok", "i4.png": "ok"}
    for words in ("2 results of nothing that was asked: stranger-0", "line 1 (cut", "1 result missing"):
        assert words in fetched.err


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_half_a_batch_is_kept_and_the_rest_goes_round_again(sender: Sender, pictures: Path, status: str) -> None:
    sender.server.plan.statuses, sender.server.plan.done_share = [status], 0.4
    sender.submit(pictures)
    assert sorted(statuses(sender.fetch()).values()) == ["ok", "ok", "undone", "undone", "undone"]
    assert sender.submit(pictures).code == 0
    assert sender.server.count("POST /files") == 1, "only --retry-failed submits them again"
    sender.server.plan.statuses = ["completed"]
    assert sender.submit(pictures, "--retry-failed").code == 0
    assert sorted(number_of(line) for line in sender.server.lines()) == [0, 1, 2, 2, 3, 3, 4, 4]
    assert set(statuses(sender.fetch()).values()) == {"ok"}


def test_what_failed_in_a_batch_can_be_asked_live(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses, sender.server.plan.done_share = ["expired"], 0.4
    sender.submit(pictures)
    sender.fetch()
    assert set(statuses(sender.scan(pictures)).values()) == {"ok"}
    assert sender.server.count("POST /chat") == 3


def test_a_full_queue_is_tried_again_with_the_same_file(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses = ["failed"]
    sender.server.plan.failure = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached."}
    sender.submit(pictures)
    waiting = sender.fetch()
    assert waiting.code == 6
    assert "token_limit_exceeded" in waiting.err
    sender.server.plan.statuses = ["completed"]
    assert sender.submit(pictures).code == 0
    assert [sender.server.count("POST /files"), sender.server.count("POST /batches")] == [1, 2]
    assert set(statuses(sender.fetch()).values()) == {"ok"}


def test_a_batch_that_fails_as_a_whole_says_why(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses = ["failed"]
    sender.server.plan.failure = {"code": "invalid_model", "message": "The model is not for batches.", "line": 1}
    sender.submit(pictures)
    fetched = sender.fetch()
    assert fetched.code == 7
    assert set(statuses(fetched).values()) == {"undone"}
    assert "The model is not for batches." in fetched.err


def test_a_batch_in_progress_is_told_and_watched_to_its_end(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses = ["in_progress", "in_progress", "finalizing", "completed"]
    sender.submit(pictures)
    early = sender.fetch()
    assert (early.code, records(early)) == (6, [])
    assert "still in progress" in early.err
    watched = sender("status", "--watch", "--every", "0.05")
    assert watched.code == 0
    states = [line.split()[2] for line in watched.out.splitlines()]
    assert states == ["state", "in_progress", "finalizing", "completed"]
    assert sender.fetch().code == 0


def test_cancelling_ends_a_batch(sender: Sender, pictures: Path) -> None:
    sender.server.plan.statuses, sender.server.plan.done_share = ["in_progress"], 0.4
    name = sender.submit(pictures).out.strip()
    assert sender("cancel", name).code == 0
    assert sender.server.count("POST /batches/cancel") == 1
    assert sorted(statuses(sender.fetch()).values()) == ["ok", "ok", "undone", "undone", "undone"]
    again = sender("cancel", name)
    assert (again.code, "nothing to cancel" in again.err) == (0, True), again.err
    assert sender.server.count("POST /batches/cancel") == 1


def test_what_is_told_of_a_submission_is_true_of_a_small_one(sender: Sender, pictures: Path) -> None:
    told = sender.submit(pictures).err
    assert " 0.0 MB" not in told
    assert "at most" not in told, "an answer has no limit here"
    nothing = sender("submit", "Another?", pictures, "--max-cost", "0.0000001")
    assert (nothing.code, "next:" in nothing.err) == (5, False), nothing.err


def test_a_budget_stops_the_writing_and_what_fits_is_submitted(sender: Sender, pictures: Path) -> None:
    # a tiny picture is 2 tokens and the question 10: 12 x $0.05 / 1,000,000 = $0.0000006 at batch rates
    stopped = sender.submit(pictures, "--max-cost", "0.0000015")
    assert stopped.code == 5
    assert len(sender.server.lines()) == 2
    assert sender.submit(pictures, "--max-cost", "0.0000018").code == 0, "a budget is of one run, as a scan's is"
    assert len(sender.server.lines()) == 5


def test_exported_files_come_back_through_another_ledger(sender: Sender, pictures: Path) -> None:
    exported = sender.command(
        "batch", "export", QUESTION, pictures, "--to", "out", "--shard-requests", "2", "-m", "qwen"
    )
    assert exported.code == 0
    folder = sender.command.folder / "out"
    lines = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    assert sorted(map(number_of, lines)) == [0, 1, 2, 3, 4]
    results = []
    for line in lines:
        response = {"status_code": 200, "body": replies.completion(line["body"])}
        results.append({"id": "vllm-1", "custom_id": line["custom_id"], "response": response, "error": None})
    results[0] = results[0] | {"response": {"status_code": 400, "body": None}, "error": {"message": "no such picture"}}
    (sender.command.folder / "results.jsonl").write_text("\n".join(map(json.dumps, results)))
    arguments = ("batch", "import", "results.jsonl", "--from", "out", "--json")
    for more in ((), ("--ledger", "other.db")):
        imported = sender.command(*arguments, *more)
        assert (imported.code, sorted(statuses(imported).values())) == (7, ["bad_request", "ok", "ok", "ok", "ok"])
        assert {record["model"] for record in records(imported)} == {"qwen"}


def test_the_list_of_batches_asks_nobody(sender: Sender, pictures: Path) -> None:
    name = sender.submit(pictures).out.strip()
    seen = len(sender.server.journal)
    (listed,) = sender("list", "--json").record["data"]["batches"]
    assert (listed["id"], listed["pending"], listed["shards"]) == (name, 5, 1)
    assert len(sender.server.journal) == seen
