"""Tests of the file of records: followed while it grows, mended when it was torn, never told twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.scan_records import HOSTILE_TEXTS, answered, failed
from visionask.core.errors import StateError
from visionask.report.output import open_output

if TYPE_CHECKING:
    from pathlib import Path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def fill(path: Path, *records: dict[str, Any]) -> None:
    output = open_output(str(path))
    for record in records:
        output.add(record)
    output.close({})


def test_records_are_followed_while_they_grow(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    output = open_output(str(path))
    output.add(answered("a.jpg"))
    with path.open("rb") as follower:
        assert json.loads(follower.readline()) == answered("a.jpg")
        output.add(failed("b.jpg"))
        assert json.loads(follower.readline()) == failed("b.jpg")
    output.close({})


def test_rerun_adds_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    fill(path, answered("a.jpg"), failed("b.jpg"), failed("c.jpg"))
    again = answered("a.jpg", cached=True, seconds=None, attempts=None)
    fill(path, answered("d.jpg"), again, failed("c.jpg"), answered("b.jpg", "a dog"))
    told = [(record["images"][0]["source"], record["status"]) for record in lines(path)]
    assert told == [("a.jpg", "ok"), ("b.jpg", "failed"), ("c.jpg", "failed"), ("d.jpg", "ok"), ("b.jpg", "ok")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"answer": "a dog"}, id="answer"),
        pytest.param({"question": "How many?"}, id="question"),
        pytest.param({"model": "gpt-5.4"}, id="model"),
        pytest.param({"data": {"a": 1}}, id="data"),
    ],
)
def test_other_outcome_of_one_picture_gets_its_own_line(other: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    fill(path, answered("a.jpg"))
    fill(path, answered("a.jpg") | other)
    assert lines(path) == [answered("a.jpg"), answered("a.jpg") | other]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(failed("a.jpg") | {"model": None, "question": None}, id="could not be read"),
        pytest.param(failed("a.jpg"), id="failed"),
        pytest.param(answered("a.jpg", "another picture"), id="changed"),
    ],
)
@pytest.mark.parametrize("spelling", [{}, {"sort_keys": True}], ids=["as written", "sorted"])
def test_last_line_of_an_item_is_the_one_that_holds(
    between: dict[str, Any], spelling: dict[str, Any], tmp_path: Path
) -> None:
    path, other = tmp_path / "r.jsonl", answered("a.jpg") | {"question": "How many?"}
    for told in (answered("a.jpg"), other, between):
        fill(path, told)
    spelled = [json.dumps(answered("a.jpg")), *(json.dumps(line, **spelling) for line in lines(path)[1:])]
    path.write_text("\n".join(spelled) + "\n")
    for _ in range(2):
        fill(path, between)
    for _ in range(2):
        fill(path, answered("a.jpg"))
    assert lines(path) == [answered("a.jpg"), other, between, answered("a.jpg")]
    fill(path, between)
    assert lines(path)[-1] == between


@pytest.mark.parametrize("kept", [1, 20, 23, 300, 700])
def test_torn_last_line_is_cut_when_the_file_is_opened_again(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    fill(path, answered("a.jpg"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])
    fill(path, answered("b.jpg"))
    assert lines(path) == [answered("a.jpg"), answered("b.jpg")]


def test_file_of_one_torn_line_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"schema": "vis')
    fill(path, answered("a.jpg"))
    assert lines(path) == [answered("a.jpg")]


NASTY = {"error": {"code": "y"}, "images": [{"detail": 3, "source": 2}], "model": "x", "request_id": 1, "status": "z"}
SPELLINGS = [
    pytest.param({}, id="as it was written"),
    pytest.param({"separators": (",", ":")}, id="without spaces"),
    pytest.param({"sort_keys": True}, id="sorted"),
    pytest.param({"ensure_ascii": False}, id="UTF-8"),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_line_is_known_again_however_it_is_spelled(spelling: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    two = answered("two.jpg") | {"images": [*answered("e.jpg")["images"], *answered("f.jpg")["images"]]}
    told = [answered('"é", "model": "m', data=NASTY), failed("b.jpg"), two, answered("c.jpg", data={"a": [1]})]
    spelled = [json.dumps(answered("a.jpg")), *(json.dumps(record, **spelling) for record in told)]
    path.write_text("\n".join(spelled) + "\n", encoding="utf-8")
    other = [answered('"é", "model": "m', data=NASTY | {"status": "w"}), answered("b.jpg"), two | {"answer": "a dog"}]
    fill(path, *told, *other)
    assert lines(path) == [answered("a.jpg"), *told, *other]


def test_two_lines_in_one_are_no_record(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    fill(path, answered("a.jpg"), answered("b.jpg"))
    torn = path.read_bytes().replace(b'"cached": false, "attempts": 1', b'"cach', 1).replace(b"\n", b"", 1)
    path.write_bytes(torn)
    fill(path, answered("a.jpg"))
    assert path.read_bytes().startswith(torn)
    assert json.loads(path.read_bytes().splitlines()[-1]) == answered("a.jpg")


def test_last_line_without_its_end_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(answered("a.jpg")))
    fill(path, answered("a.jpg"), answered("b.jpg"))
    assert lines(path) == [answered("a.jpg"), answered("b.jpg")]


@pytest.mark.parametrize("content", [b"my notes, no line end", b'{"other": 1}\n', b"\xff\xd8\xff\xe0", b"\n"])
def test_file_of_something_else_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"r\.jsonl"):
        open_output(str(path))
    assert path.read_bytes() == content


def test_records_hold_any_text(tmp_path: Path) -> None:
    records = [answered(text, text) for text in HOSTILE_TEXTS]
    fill(tmp_path / "r.jsonl", *records)
    fill(tmp_path / "r.jsonl", *records)
    assert lines(tmp_path / "r.jsonl") == records


def test_what_is_in_the_ledger_already_waits_for_more_but_never_for_good(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    output = open_output(str(path))
    output.add(answered("a.jpg", cached=True))
    output.add(answered("b.jpg", cached=True))
    assert lines(path) == []
    output.flush()
    assert [record["images"][0]["source"] for record in lines(path)] == ["a.jpg", "b.jpg"]
    output.add(answered("c.jpg", cached=True))
    output.add(answered("d.jpg"))
    assert [record["images"][0]["source"] for record in lines(path)] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    output.add(answered("e.jpg", cached=True))
    output.abandon()
    assert len(lines(path)) == 5


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    output = open_output(str(path))
    for number in range(100):
        output.add(answered(f"{number}.jpg", "a dog " * 200, cached=True))
    assert 0 < 100 - len(lines(path)) < 60
    output.close({})
    assert len(lines(path)) == 100
