"""Tests of the files: whole or appended to, followed while they grow, and told when they cannot be written."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.report.scan_records import answered
from visionask.core.errors import StateError, UsageError
from visionask.report.output import open_output, open_outputs

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = ("csv", "html", "md")


def fill(path: Path, *records: dict[str, Any]) -> None:
    output = open_output(str(path))
    for record in records:
        output.add(record)
    output.close({})


def python(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["results.txt", "results", "photo.jpg", "results.csv.gz"])
def test_unknown_suffix_is_a_usage_error_that_names_the_known(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_output(str(tmp_path / name))
    assert all(suffix in caught.value.hint for suffix in (".jsonl", ".csv", ".html", ".md"))
    assert os.listdir(tmp_path) == []


def test_chosen_format_comes_before_the_suffix(tmp_path: Path) -> None:
    output = open_output(str(tmp_path / "results.txt"), "csv")
    output.close({})
    assert (tmp_path / "results.txt").read_bytes().startswith(b"source,status,answer")


@pytest.mark.parametrize("suffix", ["jsonl", "db", *SUFFIXES])
def test_unwritable_places_are_told_before_anything_is_asked(suffix: str, tmp_path: Path) -> None:
    folder = tmp_path / f"folder.{suffix}"
    folder.mkdir()
    for path in (folder, tmp_path / "none" / f"r.{suffix}", f"{tmp_path}/nul\0.{suffix}"):
        with pytest.raises(StateError) as caught:
            open_output(str(path))
        assert str(path) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize("lay", [os.symlink, os.link, lambda _, part: os.mkfifo(part)])
def test_a_part_that_somebody_has_laid_is_not_written_through(lay: Any, tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "r.csv"
    victim.write_text("mine")
    lay(victim, tmp_path / "r.csv.part")
    output = open_output(str(path))
    output.add(answered("a.jpg", "a tabby"))
    output.close({})
    assert (victim.read_text(), "a tabby" in path.read_text()) == ("mine", True)
    assert sorted(os.listdir(tmp_path)) == ["r.csv", "victim"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_file_is_replaced_only_when_complete(suffix: str, tmp_path: Path) -> None:
    path, part = tmp_path / f"r.{suffix}", tmp_path / f"r.{suffix}.part"
    path.write_text("the last complete one")
    path.chmod(0o640)
    output = open_output(str(path))
    output.add(answered("a.jpg", "a tabby"))
    assert path.read_text() == "the last complete one"
    assert "a tabby" in part.read_text()
    output.close({})
    assert "a tabby" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_link_keeps_leading_to_its_file(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / f"r.{suffix}", tmp_path / f"r.{suffix}"
    real.write_text("old")
    link.symlink_to(real)
    fill(link, answered("a.jpg", "a tabby"))
    assert link.is_symlink()
    assert "a tabby" in real.read_text()


@pytest.mark.parametrize("suffix", ["jsonl", *SUFFIXES])
def test_giving_up_leaves_what_was_done_and_nothing_else(suffix: str, tmp_path: Path) -> None:
    output = open_output(str(tmp_path / f"r.{suffix}"))
    output.abandon()
    assert os.listdir(tmp_path) == []
    output = open_output(str(tmp_path / f"r.{suffix}"))
    output.add(answered("a.jpg", "a tabby"))
    output.abandon()
    (left,) = tmp_path.iterdir()
    assert left.name == ("r.jsonl" if suffix == "jsonl" else f"r.{suffix}.part")
    assert "a tabby" in left.read_text()


def test_several_outputs_open_all_or_none(tmp_path: Path) -> None:
    good, bad = str(tmp_path / "r.csv"), str(tmp_path / "none" / "r.html")
    with pytest.raises(StateError):
        open_outputs([good, bad])
    with pytest.raises(UsageError):
        open_outputs([good, "r.txt"])
    assert os.listdir(tmp_path) == []
    outputs = open_outputs([good, str(tmp_path / "r.html")])
    assert outputs.wants_thumbnails
    outputs.add(answered("a.jpg", "a tabby"))
    outputs.close({})
    assert all("a tabby" in path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["jsonl", *SUFFIXES])
def test_two_runs_do_not_write_one_file(suffix: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"r.{suffix}")
    first = open_output(path)
    first.add(answered("a.jpg", "a tabby"))
    with pytest.raises(StateError, match="another run"):
        open_output(path)
    first.close({})
    assert "a tabby" in (tmp_path / f"r.{suffix}").read_text()


@pytest.mark.parametrize("suffix", ["jsonl", *SUFFIXES])
def test_kill_leaves_every_item_that_was_added(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"r.{suffix}"
    script = """
        import os, signal, sys
        from tests.report.scan_records import answered
        from visionask.report.output import open_output
        output = open_output(sys.argv[1])
        for number in range(50):
            output.add(answered(f"{number}.jpg", f"answer number {number}."))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert python(script, str(path)).returncode == -signal.SIGKILL
    left = path if suffix == "jsonl" else tmp_path / f"{path.name}.part"
    assert all(f"answer number {number}." in left.read_text() for number in range(50))
    fill(path, answered("again.jpg"))
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", ["jsonl", *SUFFIXES])
def test_full_disk_is_told_with_the_name_and_tears_no_line(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"r.{suffix}"
    script = """
        import resource, sys
        from tests.report.scan_records import answered
        from visionask.core.errors import StateError
        from visionask.report.output import open_output
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        output = open_output(sys.argv[1])
        try:
            for number in range(1000):
                output.add(answered(f"{number}.jpg", "word " * 30))
        except StateError as error:
            print(number, error.message, "/", error.hint)
            sys.exit(9)
    """
    done = python(script, str(path))
    assert (done.returncode, done.stderr) == (9, "")
    assert str(path) in done.stdout
    assert "free some space" in done.stdout
    if suffix == "jsonl":
        assert len([json.loads(line) for line in path.read_bytes().splitlines()]) == int(done.stdout.split()[0])


def test_device_is_written_to_and_not_replaced() -> None:
    for suffix in ("jsonl", *SUFFIXES):
        output = open_output("/dev/full", suffix)
        with pytest.raises(StateError, match="/dev/full"):
            output.add(answered("a.jpg"))
    assert not os.path.exists("/dev/full.part")


@pytest.mark.parametrize("suffix", ["jsonl", *SUFFIXES])
def test_dash_is_standard_output(suffix: str) -> None:
    script = """
        import sys
        from tests.report.scan_records import answered
        from visionask.report.output import open_output
        output = open_output("-", sys.argv[1])
        output.add(answered("a.jpg", "a tabby"))
        output.close({})
    """
    done = python(script, suffix)
    assert (done.returncode, done.stderr) == (0, "")
    assert "a tabby" in done.stdout


def test_files_that_are_written_whole_are_in_the_order_of_the_images(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"r.{suffix}") for suffix in ("csv", "md", "html", "db", "jsonl")]
    outputs = open_outputs(paths)
    for place in (3, 1, 0, 4):  # the image at 2 never comes to its end
        outputs.add(answered(f"{place}.jpg"), place=place)
    outputs.close({})
    for path in paths[:3]:
        text = (tmp_path / path).read_text()
        assert sorted("0134", key=lambda place: text.index(f"{place}.jpg")) == [*"0134"]
    assert _rows(tmp_path / "r.db", "source") == [(f"{place}.jpg",) for place in "0134"]
    lines = (tmp_path / "r.jsonl").read_text().splitlines()
    assert [json.loads(line)["images"][0]["source"] for line in lines] == [f"{place}.jpg" for place in "3104"]


def _rows(path: Path, what: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT {what} FROM results").fetchall()


def test_a_database_has_a_row_for_each_item_and_a_column_for_each_field(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    fill(path, answered("gone.jpg"))
    fill(
        path,
        answered("caf\udce9.png", data={"Answer": "a", "n": 2**70, "ok": True}),
        answered("b.jpg", "a\0b\x1b[2J", data={"answer": 1.5, 'say "x"': None, "list": [1, {"a": 2}]}),
    )
    assert os.listdir(tmp_path) == ["r.db"]
    assert _rows(path, '"data.Answer", "data.answer_", n, ok, "say ""x""", list') == [
        ("a", None, str(2**70), 1, None, None),
        (None, 1.5, None, None, None, '[1, {"a": 2}]'),
    ]
    assert _rows(path, "typeof(billed_usd), typeof(tokens), cached, status")[0] == ("real", "integer", 0, "ok")
    assert "\x1b" not in _rows(path, "answer")[1][0]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PDF", "AVIF"])
def test_no_output_takes_the_place_of_a_picture(form: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    Image.new("RGB", (8, 8)).save(picture, form)
    held = picture.read_bytes()
    for chosen in ("csv", "jsonl", "sqlite"):
        with pytest.raises(StateError):
            open_output(str(picture), chosen)
    assert (picture.read_bytes(), len(os.listdir(tmp_path))) == (held, 1)


def test_a_text_that_begins_like_a_picture_may_be_replaced(tmp_path: Path) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text("BMW,1\n")
    open_output(str(notes), "csv").abandon()
    assert notes.exists()


def test_no_output_takes_the_place_of_a_database_that_is_not_ours(tmp_path: Path) -> None:
    others, text = tmp_path / "others.db", tmp_path / "text.db"
    with contextlib.closing(sqlite3.connect(others)) as db:
        db.execute("CREATE TABLE mine (x)")
    text.write_text("mine")
    held = others.read_bytes()
    for path, form in ((others, None), (text, None), (others, "csv"), (others, "html"), (others, "jsonl")):
        with pytest.raises(StateError):
            open_output(str(path), form)
    assert (others.read_bytes(), text.read_text(), len(os.listdir(tmp_path))) == (held, "mine", 2)
