"""What `batch` writes, and where: files that stay whole, sums that differ, batches that are none, hostile words."""

from __future__ import annotations

import csv
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.batching import Sender, statuses
from tests.cli.command import SCRIPT
from tests.cli.scanning import QUESTION, fill, records
from tests.faults import replies
from tests.faults.decisions import in_words

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command


@pytest.fixture(autouse=True)
def pictures(command: Command) -> None:
    fill(command.folder / "pics", 3)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_second_fetch_writes_all_again_as_cached(sender: Sender) -> None:
    path = sender.command.folder / "out.csv"
    sender.submit("pics")
    first = sender.fetch("-o", "out.csv")
    again = sender.fetch("-o", "out.csv")
    assert (again.code, len(rows(path))) == (0, 3)
    assert [{record["cached"] for record in records(each)} for each in (first, again)] == [{False}, {True}]
    assert "$0 " in again.err or again.err.rstrip().endswith("$0"), "nothing is paid again"


def test_a_fetch_without_results_leaves_a_good_file_alone(sender: Sender) -> None:
    path = sender.command.folder / "out.csv"
    sender.submit("pics")
    sender.fetch("-o", "out.csv")
    good = path.read_bytes()
    fill(sender.command.folder / "more", 2, first=20)
    sender.server.plan.statuses = ["in_progress"]
    other = sender("submit", "Another?", "more").out.strip()
    early = sender.fetch(other, "-o", "out.csv")
    assert (early.code, "out.csv is left as it is" in early.err) == (6, True)
    sender.server.plan.statuses = ["completed"]
    sender("cancel", other)
    sender.fetch(other)
    nothing = sender.fetch("-o", "out.csv")
    assert (nothing.code, "nothing to fetch" in nothing.err) == (0, True), "more than one: none is chosen for the user"
    assert path.read_bytes() == good
    assert not list(sender.command.folder.glob("*.part"))


def test_a_missing_file_of_results_is_a_missing_input(sender: Sender) -> None:
    for name, fact in (("gone.jsonl", "no such file"), ("pics", "is a folder")):
        imported = sender("import", name)
        assert (imported.code, fact in imported.err) == (3, True), imported.err
        assert len(imported.error_lines) == 2


def test_a_budget_that_lets_nothing_in_leaves_no_batch(sender: Sender) -> None:
    stopped = sender.submit("pics", "--max-cost", "0.0000001")
    assert (stopped.code, stopped.out) == (5, "")
    assert sender("list", "--json").record["data"]["batches"] == []


@pytest.mark.parametrize("factor", [1.0, 1.01, 1.5])
def test_sums_that_the_provider_counts_otherwise_are_told(sender: Sender, factor: float) -> None:
    sender.server.plan.usage_factor = factor
    sender.submit("pics")
    sender("status")  # so that the end is known already when it is fetched
    fetched = sender.fetch()
    assert fetched.code == 0
    # three answers of 1,014 and 35
    told = (
        "batch_0: the provider counts 4,563 tokens in and 157 out for the whole batch, but its results 3,042 in and 105"
    )
    assert (told in fetched.err) == (factor == 1.5)
    assert ("the provider counts" in fetched.err) == (factor == 1.5)


def test_a_page_is_chosen_as_in_a_scan(sender: Sender) -> None:
    pages = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    pages[0].save(sender.command.folder / "two.tiff", save_all=True, append_images=pages[1:])
    assert sender.submit("two.tiff", "--page", "2").code == 0
    (first,) = sender.server.lines()
    assert sender("export", QUESTION, "two.tiff", "--page", "1", "--output", "out").code == 0
    (path,) = (sender.command.folder / "out").glob("*.jsonl")
    assert json.loads(path.read_text())["custom_id"] != first["custom_id"]


def test_hostile_words_reach_no_terminal(sender: Sender) -> None:
    evil = "\x1b]0;owned\x07\x1b[31m"
    (sender.command.folder / "pics" / f"{evil}.png").write_bytes(b"no picture")
    plan = sender.server.plan
    plan.failing = lambda _: {"message": f"bad {evil}"}
    submitted = sender.submit("pics")
    fetched = sender("fetch")
    plan.statuses, plan.failure = ["failed"], {"code": f"x{evil}", "message": evil}
    sender.submit("pics", "--retry-failed")
    told = [submitted, fetched, sender("status"), sender("fetch"), sender("list")]
    (sender.command.folder / f"r{evil}.jsonl").write_text(json.dumps({"custom_id": evil, "response": None}) + "\n{")
    told.append(sender("import", f"r{evil}.jsonl"))
    told.append(sender("import", f"gone{evil}.jsonl"))
    for result in told:
        assert b"\x1b" not in result.out_bytes + result.err_bytes
        assert b"\x07" not in result.out_bytes + result.err_bytes


def test_a_disk_that_is_full_keeps_what_came_and_the_next_fetch_goes_on(sender: Sender) -> None:
    sender.server.plan.answering = lambda request: replies.completion(request, content="word " * 50_000)
    batch = sender.submit("pics").out.strip()
    limited = ["sh", "-c", 'ulimit -f 900; exec "$0" "$@"', SCRIPT, "batch", "fetch"]  # 450 KB a file, results 750 KB
    env = sender.command.env | sender.env
    done = subprocess.run(limited, env=env, cwd=sender.command.folder, capture_output=True, timeout=60, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (9, False), done.stderr
    assert b"cannot be read or written" in done.stderr
    assert not list(sender.command.folder.parent.rglob("results-*"))
    assert set(statuses(sender.fetch(batch)).values()) == {"ok"}


def test_two_fetches_at_once_pay_once(sender: Sender) -> None:
    batch = sender.submit("pics", "--shard-requests", "1").out.strip()
    both = [sender.start("fetch", batch, "--json") for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
    assert {process.returncode for process in both} <= {0, 9}
    assert 0 in {process.returncode for process in both}
    days = sender.command("logs", "stats", "--json").record["data"]["spend"]
    assert [day["requests"] for day in days] == [3]


def test_a_failure_and_an_answer_to_one_line_are_an_answer(sender: Sender) -> None:
    sender("export", QUESTION, "pics", "-o", "out", "-m", "qwen")
    (path,) = (sender.command.folder / "out").glob("*.jsonl")
    lines = []
    for line in map(json.loads, path.read_text().splitlines()):
        name, body = {"custom_id": line["custom_id"]}, json.dumps(replies.completion(line["body"]))
        lines.append(name | {"response": {"status_code": 0, "body": {}}, "error": {"message": "first try"}})
        lines.append(name | {"response": {"status_code": 200, "body": body}})
    (sender.command.folder / "r.jsonl").write_text("\n".join(map(json.dumps, lines)))
    imported = sender("import", "r.jsonl", "--json")
    assert (imported.code, set(statuses(imported).values())) == (0, {"ok"}), imported.err


def vanish(sender: Sender, kind: str) -> None:
    """Let one of the batches, or the results of one, be no more."""
    server = sender.server
    file = server.batches["batch_0"]["output_file_id"]
    if kind.startswith("batch"):
        del server.batches["batch_0"]
    if kind == "batch alone":
        return
    if kind in ("batch", "file"):
        del server.files[file]
    else:
        server.files[file]["_data"] = json.dumps({"error": {"message": "No such file", "code": "not_found"}}).encode()


@pytest.mark.parametrize("kind", ["batch", "file", "an error in a 200"])
def test_a_batch_that_has_vanished_keeps_no_other_back_and_can_be_submitted_again(sender: Sender, kind: str) -> None:
    sender.submit("pics", "--shard-requests", "1")
    sender("status")
    vanish(sender, kind)
    first = sender.fetch("-o", "out.jsonl")
    assert (first.code, sorted(statuses(first).values())) == (7, ["ok", "ok", "undone"]), first.err
    assert "gone at the provider: batch_0" in first.err
    assert "may be billed" in first.err
    assert sender.submit("pics", "--shard-requests", "1", "--retry-failed").code == 0
    again = sender.fetch("-o", "out.jsonl")
    assert (again.code, sorted(statuses(again).values())) == (0, ["ok", "ok", "ok"]), again.err


def test_the_results_of_a_vanished_batch_are_taken_where_they_are_there(sender: Sender) -> None:
    sender.submit("pics")
    sender("status")
    vanish(sender, "batch alone")
    result = sender.fetch()
    assert (result.code, sorted(statuses(result).values())) == (0, ["ok", "ok", "ok"]), result.err


def test_an_error_that_may_pass_in_place_of_a_file_is_fetched_later(sender: Sender) -> None:
    sender.submit("pics", "--shard-requests", "1")
    sender("status")
    file = sender.server.files[sender.server.batches["batch_0"]["output_file_id"]]
    data = file["_data"]
    file["_data"] = json.dumps({"error": {"message": "try later", "code": 503}}).encode()
    first = sender.fetch()
    assert (first.code, sorted(statuses(first).values())) == (7, ["ok", "ok"]), first.err
    assert "try later" in first.err
    file["_data"] = data
    again = sender.fetch()
    assert (again.code, sorted(statuses(again).values())) == (0, ["ok", "ok", "ok"]), again.err


def test_a_vanished_batch_keeps_no_submit_and_no_status_back(sender: Sender) -> None:
    sender.submit("pics")
    vanish(sender, "batch alone")
    fill(sender.command.folder / "pics", 1, first=40)
    more = sender.submit("pics")
    assert more.code == 0, more.err
    assert "is gone at the provider" in more.err
    assert len(sender.server.batches) == 1
    shown = sender("status")
    assert (shown.code, "gone" in shown.out) == (0, True)


HTML = b"<html><head><title>Bad gateway</title></head></html>"
SPOILED = {
    "HTML": (200, HTML),
    "bad JSON": (200, b'{"id": "batch_0", '),
    "a list": (200, b"[1, 2]"),
    "deep": (200, b"[" * 100_000),
    "an error": (200, b'{"error": {"message": "kaputt", "code": 500}}'),
    "500": (500, b'{"error": {"message": "kaputt"}}'),
    "429": (429, b'{"error": {"message": "slow down"}}'),
    "400": (400, b"no"),
    "403": (403, b'{"error": {"message": "not of your project"}}'),
}


@pytest.mark.parametrize("kind", SPOILED)
@pytest.mark.parametrize("number", [0, 2])
def test_a_bad_reply_about_one_batch_keeps_no_other_back(sender: Sender, kind: str, number: int) -> None:
    sender.server.plan.statuses = ["in_progress"]
    sender.submit("pics", "--shard-requests", "1")
    sender.server.spoiled = {f"/batches/batch_{number}": SPOILED[kind], "/batches": SPOILED[kind]}
    shown = sender("status", "--retries", "0", "--json")
    rows = shown.record["data"]["shards"]
    assert (shown.code, [row["failure"] is not None for row in rows].count(True)) == (7, 1), shown.err
    for batch in sender.server.batches.values():
        batch["_statuses"] = ["completed"]
    fetched = sender("fetch", "--retries", "0", "--json")
    assert (fetched.code, sorted(statuses(fetched).values())) == (7, ["ok", "ok"]), fetched.err
    sender.server.spoiled = {}
    again = sender.fetch()
    assert (again.code, sorted(statuses(again).values())) == (0, ["ok", "ok", "ok"]), again.err


@pytest.mark.parametrize("kind", ["HTML", "500", "an error"])
def test_a_batch_that_cannot_be_cancelled_keeps_no_other_back(sender: Sender, kind: str) -> None:
    sender.server.plan.statuses = ["in_progress"]
    batch = sender.submit("pics", "--shard-requests", "1", "--json").record["data"]["batch"]
    sender.server.spoiled = {"/batches/batch_1/cancel": SPOILED[kind]}
    result = sender("cancel", batch, "--retries", "0")
    assert (result.code, result.out.count("cancelled")) == (7, 2), result.err


@pytest.mark.parametrize("kind", ["HTML", "an error", "400", "500"])
def test_what_comes_in_place_of_results_is_fetched_later(sender: Sender, kind: str) -> None:
    sender.submit("pics", "--shard-requests", "1")
    sender("status")
    file = sender.server.batches["batch_0"]["output_file_id"]
    sender.server.spoiled = {f"/files/{file}/content": SPOILED[kind]}
    first = sender("fetch", "--retries", "0", "--json")
    assert (first.code, sorted(statuses(first).values())) == (7, ["ok", "ok"]), first.err
    sender.server.spoiled = {}
    again = sender.fetch()
    assert (again.code, sorted(statuses(again).values())) == (0, ["ok", "ok", "ok"]), again.err


@pytest.mark.parametrize(("what", "step"), [("/content", "fetch"), ("/batches/batch_{}", "status")])
def test_the_same_bad_reply_about_8_batches_in_a_row_ends_all(sender: Sender, what: str, step: str) -> None:
    fill(sender.command.folder / "pics", 12)
    sender.server.plan.statuses = ["completed" if step == "fetch" else "in_progress"]
    sender.submit("pics", "--shard-requests", "1")
    if step == "fetch":
        sender("status")
    paths = {what.format(number) for number in range(12)}
    sender.server.spoiled = dict.fromkeys([*paths, "/batches"], SPOILED["HTML"])
    before = len(sender.server.journal)
    result = sender(step)
    asked = [path for method, path in sender.server.journal[before:] if method == "GET"]
    assert (result.code, result.err.count("warning:")) == (8, 8), result.err
    assert asked.count("/files/content" if step == "fetch" else "/batches/ID") == 8


def test_a_creation_whose_answer_is_cut_is_looked_for(sender: Sender) -> None:
    sender.server.cut = {"POST /batches": b'{"id": "batch_'}
    result = sender.submit("pics")
    assert (result.code, len(sender.server.batches)) == (0, 1), result.err


def test_a_server_without_batches_is_told_as_before(sender: Sender) -> None:
    sender.submit("pics")
    sender.server.fails("GET /batches/ID", 404)
    sender.server.fails("GET /batches", 404)
    result = sender.fetch()
    assert (result.code, result.record["error"]["code"]) == (8, "bad_request"), result.err
    assert sorted(statuses(sender.fetch()).values()) == ["ok", "ok", "ok"], "nothing was given up"


def test_results_with_a_byte_order_mark_and_other_line_ends_are_read(sender: Sender) -> None:
    sender.submit("pics")
    sender("status")
    file = sender.server.files[sender.server.batches["batch_0"]["output_file_id"]]
    file["_data"] = b"\xef\xbb\xbf" + file["_data"].replace(b"\n", b"\r\n\r\n")
    result = sender.fetch()
    assert (result.code, sorted(statuses(result).values())) == (0, ["ok", "ok", "ok"]), result.err


def test_what_is_no_file_is_not_imported(sender: Sender) -> None:
    result = sender("import", "/dev/zero")
    assert (result.code, "not a regular file" in result.err) == (3, True)


@pytest.mark.parametrize("is_export", [False, True])
def test_closed_questions_come_back_as_verdicts(sender: Sender, is_export: bool) -> None:
    """A batch has no decisions: one vote each, and columns and fields as a scan has them."""
    folder, asked = sender.command.folder, ["theme?", "--choice", "light,dark", "--expect", "light"]
    asked += ["--statement", "red 0.9", "pics/i0.png"]
    answer = lambda request: replies.completion(request, content=json.dumps(in_words(request)))  # noqa: E731
    if is_export:
        sender("export", "-o", "out", *asked)
        (line,) = map(json.loads, (folder / "out" / "visionask-0001.jsonl").read_text().splitlines())
        result = {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": answer(line["body"])}}
        (folder / "r.jsonl").write_text(json.dumps(result))
        fetched = sender("import", "r.jsonl", "--json", "-o", "out.csv")
    else:
        sender.server.plan.answering = answer
        sender("submit", *asked)
        fetched = sender.fetch("-o", "out.csv")
    (record,), (row,) = records(fetched), rows(folder / "out.csv")
    assert (record["question"], record["answer"]) == ("theme?; red 0.9", "dark, true"), fetched.err
    assert record["data"] == {
        "theme?: verdict": "false",
        "theme?: choice": "dark",
        "theme?: probability": None,
        "theme?: reason": "because of q1",
        "red 0.9: verdict": "true",
        "red 0.9: probability": None,
        "red 0.9: reason": "because of q2",
    }
    assert (row["theme?: choice"], row["red 0.9: verdict"]) == ("dark", "true")
    live = sender.command("scan", "--engine", "schema", *asked, "--json", env=sender.env)
    assert (live.record["data"], live.record["cached"]) == (record["data"], True), "a scan pays none of it again"


def test_what_a_batch_cannot_tell_is_refused(sender: Sender) -> None:
    path = sender.command.folder / "checks.toml"
    path.write_text('[[check]]\nstatements = ["a"]\nthreshold = 0.9\n')
    refused = sender("submit", "--file", "checks.toml", "pics")
    assert (refused.code, "no probability" in refused.err) == (2, True), refused.err
    path.write_text('[[check]]\nstatements = ["a"]\nagainst = "b.png"\n')
    refused = sender("submit", "--file", "checks.toml", "pics")
    assert (refused.code, "has a baseline" in refused.err) == (2, True), refused.err
