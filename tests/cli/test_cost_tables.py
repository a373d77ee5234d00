"""The table of `cost`: rows for few images, sums for many, on terminals of 80 and 50 columns and in a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.pictures import encoded, photo

if TYPE_CHECKING:
    from tests.cli.command import Command

SGR = re.compile(r"\x1b\[[0-9;]*m")
NAME = "holiday-{:02}-" + "with-a-very-long-name-" * 4 + "end.{}"


@pytest.fixture
def folder(command: Command) -> Command:
    """Write 21 images of two kinds and three sizes."""
    (command.folder / "p").mkdir()
    for number in range(21):
        form = "PNG" if number % 2 else "JPEG"
        size = ((64, 48), (600, 300), (5000, 10))[number % 3]
        (command.folder / "p" / NAME.format(number, form.lower())).write_bytes(encoded(photo(size), form))
    return command


def test_many_images_are_sums_by_kind_and_size(folder: Command) -> None:
    lines = folder("cost", "p").out.splitlines()
    kinds = [line.split("  ")[0] for line in lines[1:-2]]
    assert kinds == [
        f"{form} {side}" for form in ("JPEG", "PNG") for side in ("up to 512 px", "up to 1,024 px", "over 4,096 px")
    ]
    images = [int(re.split(r"  +", line)[1]) for line in lines[1:-1]]
    assert sum(images[:-1]) == images[-1] == 21
    record = folder("cost", "p", "--json").record
    assert f"{record['projected']['input_tokens']:,}" in lines[-2]


def test_a_list_has_a_row_for_each_and_few_have_it_anyway(folder: Command) -> None:
    listed = folder("cost", "p", "-l").out.splitlines()
    assert [line.split()[0] for line in listed[1:22]] == sorted(
        f"p/{path.name}" for path in (folder.folder / "p").iterdir()
    )
    assert listed[22].startswith("21 images ")
    few = folder("cost", "p", "--limit", "20").out.splitlines()
    assert len([line for line in few if line.startswith("p/holiday-")]) == 20


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_a_table_fits_the_terminal(folder: Command, columns: int) -> None:
    for args in (("-l",), (), ("--compare", "gpt-4o,gpt-6-luna")):
        shown = folder.on_terminal("cost", "p", *args, size=(columns, 40))
        lines = SGR.sub("", shown.out_bytes.decode()).replace("\r\n", "\n").splitlines()
        table = [line for line in lines if not line.startswith(("warning", "about"))]
        assert max(map(len, table)) <= columns
        if args == ("-l",):
            rows = [line for line in table if line.startswith("p/h")]
            assert len(rows) == 21
            assert all(re.search(r"  ~?\$[0-9.]+$", row) for row in rows)


def test_why_a_count_is_inferred_stands_in_verbose(folder: Command) -> None:
    args = ("cost", "p", "-m", "gpt-6.2-astra")
    assert "inferred" not in folder(*args).err
    assert "gpt-6.2-astra: image tokens: inferred" in folder(*args, "-v").err


def test_a_failure_is_red_on_a_terminal_and_a_row_in_a_pipe(folder: Command) -> None:
    for name in ("bad.png", "worse.png"):
        (folder.folder / name).write_text("no picture")
    args = ("cost", "bad.png", "worse.png")
    assert b"\x1b[31mbad.png" in folder.on_terminal(*args).out_bytes
    assert b"\x1b" not in folder.on_terminal(*args, env={"NO_COLOR": "1"}).out_bytes
    piped = folder(*args)
    assert re.search(r"^bad.png +-", piped.out, re.MULTILINE)
    assert "cannot be sent: worse.png: " in piped.out
