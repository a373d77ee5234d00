"""What `diff` tells of two runs that were really made, and of files that are none."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import fill
from tests.faults.plain import PlainServer, Said, answer, refusal
from visionask.core.difference import Result, differ
from visionask.report.difference import summary
from visionask.report.table import columns_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.command import Result as Done


def made(command: Command, name: str, *replies: object) -> Path:
    """Scan three pictures, one after the other, and return the file of their records."""
    folder, path = fill(command.folder / "p", 3), command.folder / name
    with PlainServer(*replies) as server:  # type: ignore[arg-type]
        command(
            "scan", "-q", "Is it red?", folder, "-j", "1", "--retries", "0", "--no-cache", "-o", path,
            "--base-url", server.base_url, "-m", "gpt-6-luna", env={"OPENAI_API_KEY": KEY},
        )  # fmt: skip
    return path


def asked(command: Command, *replies: object, **env: str) -> None:
    """Scan two pictures anew."""
    folder = fill(command.folder / "p", 2)
    with PlainServer(*replies) as server:  # type: ignore[arg-type]
        command(
            "scan", "-q", "Is it red?", folder, "-j", "1", "--retries", "0", "--no-cache",
            "--base-url", server.base_url, env={"OPENAI_API_KEY": KEY} | env,
        )  # fmt: skip


def test_runs_of_the_ledger_are_compared_by_id_answer_and_day(command: Command) -> None:
    asked(command, answer("yes"), answer("no"))
    asked(command, answer("Yes."), refusal(400, "no"), VISIONASK_MODEL="gpt-6-terra")
    newest, oldest = command("logs", "runs", "--json").record["data"]["runs"]
    assert (newest["answers"], newest["failed"], newest["models"]) == (1, 1, ["gpt-6-terra"])
    assert (oldest["answers"], oldest["failed"], oldest["questions"]) == (2, 0, ["Is it red?"])
    record = json.loads(command("diff", "--json", oldest["id"][:12], newest["id"]).out)
    assert (record["same"], record["changed"], [run["answers"] for run in record["runs"]]) == (1, [], [2, 1])
    assert record["failed_second"][0].endswith("i1.png")
    ids = [each["id"] for each in command("logs", "list", "--json").record["data"]["answers"]]
    assert json.loads(command("diff", "--json", ids[-1], newest["id"]).out)["same"] == 1
    day = time.strftime("%Y-%m-%d", time.gmtime(newest["at"]))
    record = json.loads(command("diff", "--json", day, f"{day}..{day}").out)
    assert (record["same"], record["runs"][0]["answers"]) == (3, 3)  # by image and model, of which there are two
    record = json.loads(command("diff", "--json", day, newest["id"], "-m", "gpt-6-terra").out)
    assert (record["same"], record["runs"][0]["answers"]) == (1, 1)


@pytest.mark.parametrize(
    ("name", "args", "code", "told"),
    [
        ("2026-02-30", [], 2, "2026-02-30 is not a date"),
        ("2001-01-01", [], 3, "the ledger has no answers of 2001-01-01"),
        ("abcdef012345", [], 3, "no answers of abcdef012345"),
        ("gone.jsonl", [], 3, "gone.jsonl"),
        ("a.jsonl", ["-m", "gpt-4o"], 2, "--question and --model choose answers of a run"),
    ],
)
def test_a_run_that_is_none_is_told(command: Command, name: str, args: list[str], code: int, told: str) -> None:
    (command.folder / "a.jsonl").write_text('{"schema": "visionask/1", "status": "ok", "answer": "x"}')
    result = command("diff", "a.jsonl", name, *args)
    assert result.code == code
    assert told in result.err


def words(command: Command, name: str, *answers: str) -> None:
    """Write records of answers in words."""
    lines = [
        {"schema": "visionask/1", "command": "scan", "status": "ok", "images": [{"source": f"i{n}.png"}],
         "question": "What is it?", "answer": text}
        for n, text in enumerate(answers)
    ]  # fmt: skip
    (command.folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def judged(command: Command, server: PlainServer, *args: str) -> Done:
    return command(
        "diff", "a.jsonl", "b.jsonl", "--judge", "gpt-6-luna", "--retries", "0", "-j", "1",
        "--base-url", server.base_url, *args, env={"OPENAI_API_KEY": KEY},
    )  # fmt: skip


def verdict(*, same: bool) -> Said:
    return answer(json.dumps({"reason": "so", "same": same}))


def test_a_judge_tells_whether_words_mean_the_same_and_is_paid_once(command: Command) -> None:
    words(command, "a.jsonl", "A cat on a mat.", "A dog.", "yes", "A bird", "A dog.")
    words(command, "b.jsonl", "On a mat lies a cat", "A horse.", "no", "a bird!", "A horse.")
    with PlainServer(verdict(same=True), verdict(same=False)) as server:
        dry = judged(command, server, "-n")
        poor = judged(command, server, "--max-cost", "0.0000001")
        unsent = len(server.heard)
        first = judged(command, server, "--json", "--fail-above", "0.6")
        again = judged(command, server, "--fail-above", "50%", "-o", "d.html")
        text = judged(command, server, "-n").err
        sent = [json.loads(each.body) for each in server.heard]
    assert (dry.code, poor.code, unsent, first.code, again.code, len(sent)) == (0, 5, 0, 0, 1, 2), first.err
    assert "2 pairs to judge by gpt-6-luna" in dry.err
    assert "0 pairs to judge" in text
    record = json.loads(first.out)
    assert record["judge"]["model"] == "gpt-6-luna"
    assert record["judge"]["usd"] is not None
    assert record["share_changed"] == 0.6
    assert {change["image"]: change["means_same"] for change in record["changed"]} == {
        "i0.png": True,
        "i1.png": False,
        "i2.png": None,  # yes and no differ plainly
        "i4.png": False,
    }
    assert '"first": "A cat on a mat."' in json.dumps(sent[0]["messages"]).replace('\\"', '"')
    assert "image_url" not in json.dumps(sent)
    page = (command.folder / "d.html").read_text()
    assert page.index("differs") < page.index("means the same")


def test_a_judge_that_fails_leaves_what_it_did_not_judge(command: Command) -> None:
    words(command, "a.jsonl", "A cat.", "A dog.")
    words(command, "b.jsonl", "A lion.", "A wolf.")
    with PlainServer(verdict(same=False), refusal(400, "no")) as server:
        result = judged(command, server)
    assert result.code == 7
    assert "0 same · 0 mean the same · 2 changed (100.0%)" in result.out
    assert "judged by gpt-6-luna: 1, 1 not judged" in result.out


@pytest.fixture
def runs(command: Command) -> tuple[Path, Path]:
    first = made(command, "a.jsonl", answer("yes"), answer("no"), answer("no"))
    return first, made(command, "b.jsonl", answer("Yes."), answer("yes"), refusal(400, "no"))


def test_what_changed_is_told(command: Command, runs: tuple[Path, Path]) -> None:
    result = command("diff", *runs)
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0].endswith("i1.png  no -> yes")
    assert lines[1] == "1 same · 1 changed (50.0%)"
    assert "1 failed in" in lines[2]
    assert "flips: no -> yes 1" in lines


def test_a_record_holds_it_all(command: Command, runs: tuple[Path, Path]) -> None:
    record = json.loads(command("diff", "--json", *runs).out)
    assert (record["schema"], record["command"], record["same"]) == ("visionask/1", "diff", 1)
    assert [(change["first"], change["second"]) for change in record["changed"]] == [("no", "yes")]
    assert [run["answers"] for run in record["runs"]] == [3, 2]
    assert record["failed_second"][0].endswith("i2.png")


@pytest.mark.parametrize(("above", "code"), [("49%", 1), ("0.5", 0), ("50%", 0), ("0", 1)])
def test_more_than_is_allowed_is_false(command: Command, runs: tuple[Path, Path], above: str, code: int) -> None:
    assert command("diff", "-q", *runs, "--fail-above", above).code == code


def test_markdown_goes_into_a_file(command: Command, runs: tuple[Path, Path]) -> None:
    assert command("diff", *runs, "-o", "d.md").code == 0
    assert "| no | yes |" in (command.folder / "d.md").read_text()


def test_a_page_shows_what_changed_with_its_picture(command: Command, runs: tuple[Path, Path]) -> None:
    assert command("diff", *runs, "-o", "d.html").code == 0
    page = (command.folder / "d.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 1
    assert 'href="p/i1.png"' in page
    (command.folder / "p" / "i1.png").write_bytes((command.folder / "p" / "i2.png").read_bytes())
    assert (
        "data:image/jpeg" not in command("diff", *runs, "-f", "html").out
    )  # no other picture than the one asked about


def test_lines_of_an_eval_are_compared_by_setting(command: Command) -> None:
    for name, other in (("a", "no"), ("b", "yes")):
        lines = [
            {"schema": "visionask/1", "command": "eval", "setting": setting, "image": "a.png", "label": "yes",
             "answer": said, "right": said == "yes", "error": None}
            for setting, said in (("luna", "yes"), ("terra", other))
        ]  # fmt: skip
        (command.folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = command("diff", "a.jsonl", "b.jsonl")
    assert result.out.splitlines()[:2] == ["a.png: terra  no -> yes", "1 same · 1 changed (50.0%)"]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", 3, "b.jsonl: the file is empty"),
        ("image,answer\na.png,yes\n", 2, "b.jsonl, line 1: it is no JSON"),
        ('\n{"a": 1}\n', 2, "b.jsonl, line 2: it is no record of visionask"),
        ('{"schema": "visionask/1", "status": "planned"}', 2, "b.jsonl holds no results"),
        ('{"schema": "visionask/1", "command": "eval", "status": "ok", "settings": []}', 2, "b.jsonl holds no results"),
        ('{"schema": "visionask/1", "status": "ok", "answer": "x"}\n{"sch', 9, "b.jsonl, line 2: it is no JSON"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_line(command: Command, text: str, code: int, told: str) -> None:
    (command.folder / "a.jsonl").write_text('{"schema": "visionask/1", "status": "ok", "answer": "x"}')
    (command.folder / "b.jsonl").write_text(text)
    result = command("diff", "a.jsonl", "b.jsonl")
    assert result.code == code
    assert told in result.err
    assert code == 3 or "name a .jsonl file" in result.err


@pytest.mark.parametrize(
    "args",
    [["-n"], ["--max-cost", "1"], ["--fail-above", "two"], ["--fail-above", "101%"], ["-o", "d.csv"], ["-f", "xml"]],
)
def test_what_cannot_be_meant_is_usage(command: Command, args: list[str]) -> None:
    (command.folder / "a.jsonl").write_text('{"schema": "visionask/1", "status": "ok", "answer": "x"}')
    assert command("diff", "a.jsonl", "a.jsonl", *args).code == 2


@pytest.mark.parametrize("folder", ["photos/holiday_2024", "p" * 90])
def test_a_line_that_names_images_holds_80_columns(folder: str) -> None:
    every = [Result(name=f"{folder}/img_{number:05}.jpg", image="", answer="x", model="m") for number in range(4)]
    _, lacking, *_ = summary(differ(every, every[:1]), (f"{folder}/runs/monday.jsonl", "b.jsonl"))
    assert lacking.startswith("3 images only in ")
    assert ".jpg" in lacking
    assert columns_of(lacking) <= 80


def test_statements_of_a_check_are_compared(command: Command) -> None:
    for name, verdict in (("a", True), ("b", False)):
        checks = [{"image": "a.png", "statement": "it is red", "verdict": verdict, "value": None, "error": None}]
        record = {"schema": "visionask/1", "command": "check", "status": "ok", "data": {"checks": checks}}
        (command.folder / f"{name}.json").write_text(json.dumps(record))
    assert "a.png: it is red  true -> false" in command("diff", "a.json", "b.json").out
