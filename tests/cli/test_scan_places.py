"""Tests of where the results of a scan go: refused before the survey, in the format asked for."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.cli.scanning import QUESTION, fill, scan, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from sqlite3 import Connection

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(("--ledger", "file/ledger.db"), id="ledger-below-a-file"),
        pytest.param(("--ledger", "p"), id="ledger-is-a-folder"),
        pytest.param(("-o", "none/r.jsonl"), id="records-in-no-folder"),
        pytest.param(("-o", "none/r.html"), id="page-in-no-folder"),
        pytest.param(("-o", "good.csv", "-o", "p", "-f", "csv"), id="one-of-two-is-a-folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_survey(command: Command, place: tuple[str, ...]) -> None:
    fill(command.folder / "p", 3)
    (command.folder / "file").write_bytes(b"")
    before = sorted(path.name for path in command.folder.iterdir())
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    result = command("scan", QUESTION, "p", *place, env=env)
    assert result.code == 9
    assert [line.partition(":")[0] for line in result.err.splitlines()] == ["error", "hint"]  # and no price
    assert sorted(path.name for path in command.folder.iterdir()) == before


def test_a_scan_that_is_not_confirmed_leaves_no_file(command: Command) -> None:
    fill(command.folder / "p", 3)
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    result = command("scan", QUESTION, "p", "--confirm-above", "0", "-o", "r.jsonl", "-o", "r.html", env=env)
    assert result.code == 5
    assert [path.name for path in command.folder.iterdir()] == ["p"]


def is_records(path: Path) -> bool:
    return all(json.loads(line)["status"] == "ok" for line in path.read_bytes().splitlines())


def test_a_suffix_that_names_nothing_takes_the_format(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 2)
    odd, page = command.folder / "x.odd", command.folder / "x.html"
    result = scan(sender, folder, "-f", "jsonl", "-o", odd)
    assert (result.code, len(odd.read_bytes().splitlines()), is_records(odd)) == (0, 2, True)
    assert scan(sender, folder, "-f", "json", "-o", page, "-o", command.folder / "y").code == 0
    assert page.read_bytes().lower().startswith(b"<!doctype html")
    assert is_records(command.folder / "y")


def test_a_format_is_for_those_of_several_whose_suffix_names_none(
    wire: Callable[[str], Wire], command: Command
) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 2)
    paths = [command.folder / name for name in ("a.jsonl", "b.html", "c.odd")]
    assert scan(sender, folder, "-f", "csv", *(word for path in paths for word in ("-o", path))).code == 0
    assert is_records(paths[0])
    assert paths[1].read_bytes().lower().startswith(b"<!doctype html")
    assert paths[2].read_bytes().startswith(b"source,status,answer")
    assert scan(sender, folder, "-f", "csv", "-o", command.folder / "d.txt").code == 0
    assert (command.folder / "d.txt").read_bytes().startswith(b"source,status,answer")


def test_what_is_written_whole_takes_standard_output(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    shown = scan(sender, folder, "-f", "csv")
    rows = csv.DictReader(shown.out.splitlines())
    assert [os.path.basename(row["source"]) for row in rows] == ["i0.png", "i1.png", "i2.png"]
    assert scan(sender, folder, "-f", "csv", "-o", "-", "-o", "r.db").out.count("p/i1.png") == 1
    assert (command.folder / "r.db").read_bytes().startswith(b"SQLite format 3")
    assert scan(sender, folder, "-f", "md").out.startswith(f"# {QUESTION}")
    assert "i0.png: " in scan(sender, folder, "-o", "-").out
    for wrong in (("-f", "csv", "--json"), ("-f", "sqlite"), ("-l", "-f", "csv", "--statement", "red")):
        assert sender.command("scan", *wrong, *([] if "-l" in wrong else ["q"]), folder, env=sender.env).code == 2


IMAGE = b'<img src="data:image/jpeg;base64,'


def thumbnails(page: Path) -> list[bytes]:
    return [base64.b64decode(each) for each in re.findall(IMAGE + rb'([^"]+)"', page.read_bytes())]


def test_a_page_that_is_written_again_keeps_the_thumbnails_of_the_same_pictures(
    wire: Callable[[str], Wire], command: Command
) -> None:
    """Told by marks in them, which nobody would make again."""
    sender, folder, page = wire("ok"), fill(command.folder / "p", 3), command.folder / "r.html"
    assert scan(sender, folder, "-o", page).code == 0
    made = thumbnails(page)
    marked = [jpeg[:-2] + b"MARK" + jpeg[-2:] for jpeg in made]
    text = page.read_bytes()
    for old, new in zip(made, marked, strict=True):
        text = text.replace(base64.b64encode(old), base64.b64encode(new))
    page.write_bytes(text)
    assert scan(sender, folder, "-o", page).code == 0
    assert thumbnails(page) == marked

    (folder / "i1.png").write_bytes(tiny(9))
    assert scan(sender, folder, "-o", page).code == 0
    assert [b"MARK" in jpeg for jpeg in thumbnails(page)] == [True, False, True]
    assert scan(sender, folder, "--redact", "0,0,4,4", "-o", page).code == 0
    assert [b"MARK" in jpeg for jpeg in thumbnails(page)] == [False] * 3


def test_the_first_page_of_a_finished_scan_has_the_thumbnails_of_the_ledger(
    wire: Callable[[str], Wire], command: Command
) -> None:
    """Told by marks in them, which nobody would make again."""
    sender, folder, page = wire("ok"), fill(command.folder / "p", 3), command.folder / "r.html"
    assert scan(sender, folder, "--ledger", "l.db").code == 0
    with connect(command.folder / "l.db") as db:
        db.execute("UPDATE thumbnails SET jpeg = CAST(jpeg || x'4d41524b' AS BLOB)")
        assert db.execute("SELECT count(*), count(thumbnail) FROM answers").fetchone() == (3, 3)
        name = db.execute("SELECT min(name) FROM thumbnails").fetchone()
        db.execute("UPDATE thumbnails SET jpeg = CAST('MARK, and no picture' AS BLOB) WHERE name = ?", name)
    assert scan(sender, folder, "--ledger", "l.db", "-o", page).code == 0
    assert sorted(b"MARK" in jpeg for jpeg in thumbnails(page)) == [False, True, True]
    assert len(thumbnails(page)) == 3


@pytest.mark.parametrize(
    ("args", "env", "kept"),
    [
        pytest.param((), {}, 2, id="kept"),
        pytest.param((), {"VISIONASK_THUMBNAILS": "false"}, 0, id="unwanted"),
        pytest.param(("-o", "r.html"), {"VISIONASK_THUMBNAILS": "false"}, 0, id="unwanted, and a page"),
        pytest.param(("--no-log", "-o", "r.html"), {}, None, id="no ledger"),
    ],
)
def test_thumbnails_are_kept_where_answers_are_unless_that_is_set_off(
    wire: Callable[[str], Wire], command: Command, args: tuple[str, ...], env: dict[str, str], kept: int | None
) -> None:
    sender, folder, ledger = wire("ok"), fill(command.folder / "p", 2), command.folder / "l.db"
    assert scan(sender, folder, "--ledger", ledger, *args, env=env).code == 0
    assert ledger.exists() == (kept is not None)
    if kept is not None:
        with connect(ledger) as db:
            assert db.execute("SELECT count(*) FROM thumbnails").fetchone() == (kept,)
    if "-o" in args:
        assert len(thumbnails(command.folder / "r.html")) == 2


def test_what_is_asked_by_hand_has_no_thumbnail_in_the_ledger(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 1)
    assert sender.command("ask", QUESTION, folder / "i0.png", "--ledger", "l.db", env=sender.env).code == 0
    with connect(command.folder / "l.db") as db:
        assert db.execute("SELECT count(*) FROM thumbnails").fetchone() == (0,)


@contextmanager
def connect(ledger: Path) -> Iterator[Connection]:
    with closing(sqlite3.connect(ledger)) as db, db:
        yield db


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<!DOCTYPE html>", id="no-pictures"),
        pytest.param(b'<!DOCTYPE html><img src="data:image/jpeg;base64,', id="cut"),
        pytest.param(
            b'<!DOCTYPE html><img src="data:image/jpeg;base64,===="><img src="data:image/jpeg;base64,"', id="odd"
        ),
    ],
)
def test_a_page_of_anything_else_is_replaced(wire: Callable[[str], Wire], command: Command, old: bytes) -> None:
    folder, page = fill(command.folder / "p", 1), command.folder / "r.html"
    page.write_bytes(old)
    assert scan(wire("ok"), folder, "-o", page).code == 0
    assert len(thumbnails(page)) == 1
