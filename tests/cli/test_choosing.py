"""Which images `cost` and `prep` take: lists of names, the first, a sample, as `scan` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.pictures import encoded, photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command, Result

CHOICES = (("--limit", "2"), ("--sample", "3"), ("--sample", "3", "--limit", "2"))


@pytest.fixture
def pictures(command: Command) -> list[str]:
    """Give six pictures, one with a line break in its name."""
    (command.folder / "p").mkdir()
    names = [f"p/{name}" for name in ("a.png", "b.png", "c.png", "d.png", "e\nf.png", "g.png")]
    for number, name in enumerate(names):
        (command.folder / name).write_bytes(encoded(photo((40 + 10 * number, 40)), "PNG"))
    return names


def sources(done: Result) -> list[str]:
    assert done.code == 0, done.err
    return [image["source"] for image in done.record["images"]]


def test_names_come_from_standard_input_and_are_priced_as_a_scan_asks_them(
    command: Command, pictures: list[str]
) -> None:
    names = "\0".join(pictures).encode()
    question = "Is there a person?"
    done = command("cost", "--files-from", "-", "-0", "--question", question, "--json", stdin=names)
    assert sources(done) == pictures
    scanned = command("scan", question, "--files-from", "-", "-0", "-n", "--json", stdin=names)
    assert done.record["projected"] == scanned.record["projected"]
    together = command("cost", *pictures, "--question", question, "--json").record["projected"]
    assert done.record["projected"]["text_tokens"] == 6 * together["text_tokens"]


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_is_that_of_a_scan(command: Command, pictures: list[str], choice: tuple[str, ...]) -> None:
    done = command("cost", "p", "--question", "Why?", "--json", *choice)
    taken = sources(done)
    assert len(taken) == int(choice[-1])
    assert set(taken) < set(pictures)
    scanned = command("scan", "Why?", "p", "-n", "--json", *choice).record
    assert scanned["projected"] == done.record["projected"]
    assert sources(command("prep", "p", "-o", "out", "--json", *choice)) == taken
    assert sources(command("cost", "p", "--json", *choice)) == taken, "the same each time"


def test_prep_takes_a_list(command: Command, pictures: list[str]) -> None:
    (command.folder / "names.txt").write_text("p/a.png\np/b.png\n")
    done = command("prep", "p/c.png", "--files-from", "names.txt", "-o", "out", "--json")
    assert sources(done) == ["p/c.png", "p/a.png", "p/b.png"]
    assert sorted(path.name for path in (command.folder / "out").iterdir()) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("args", [("cost",), ("prep", "-o", "out")])
def test_an_empty_list_names_no_image(command: Command, args: tuple[str, ...], tmp_path: Path) -> None:
    done = command(*args, "--files-from", "-", stdin=b"")
    assert (done.code, "no image was named" in done.err) == (2, True)
    for wrong in (("--limit", "0"), ("--sample", "0"), ("--files-from", "gone.txt")):
        assert command(*args, ".", *wrong).code == 2


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le with a mark"], ids=["UTF-8 with a mark", "UTF-16", "PowerShell"]
)
def test_a_list_may_begin_with_a_byte_order_mark(command: Command, encoding: str) -> None:
    (command.folder / "ä b.png").write_bytes(encoded(photo((60, 50)), "PNG"))
    names = "ä b.png\r\n"
    data = names.encode(encoding) if "mark" not in encoding else b"\xff\xfe" + names.encode("utf-16-le")
    (command.folder / "list.txt").write_bytes(data)
    result = command("cost", "--files-from", "list.txt")
    assert result.code == 0, result.err
    assert "ä b.png" in result.out


def test_the_lines_of_a_list_may_end_in_cr_alone(command: Command) -> None:
    for name in ("a.png", "b.png"):
        (command.folder / name).write_bytes(encoded(photo((60, 50)), "PNG"))
    result = command("cost", "--files-from", "-", stdin=b"a.png\rb.png\r")
    assert (result.code, "b.png" in result.out) == (0, True), result.err


def test_a_list_that_only_begins_as_utf_16_is_named(command: Command) -> None:
    (command.folder / "list.txt").write_bytes(b"\xff\xfea")
    result = command("cost", "--files-from", "list.txt")
    assert (result.code, "UTF-16" in result.err) == (2, True)
