"""Tests of the answers next to images: the answer's bytes, and never over somebody's file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from visionask.core.errors import StateError
from visionask.core.image import BytesSource, FileSource, UrlSource
from visionask.report.output import sidecar_path, sidecar_text, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path


def test_only_a_file_has_something_next_to_it() -> None:
    assert sidecar_path(FileSource("dir/photo.jpg")) == "dir/photo.jpg.txt"
    assert sidecar_path(UrlSource("http://127.0.0.1/photo.jpg")) is None
    assert sidecar_path(BytesSource("standard input", b"")) is None


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        ("a cat", b"a cat\n"),
        ("a cat\n\n", b"a cat\n"),
        ("two\r\nlines", b"two\nlines\n"),
        ("caf\u00e9 \x1b[2J\udce9", "caf\u00e9 \\x1b[2J\\xe9\n".encode()),
    ],
)
def test_file_holds_the_cleaned_answer(answer: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg.txt"
    assert write_sidecar(str(path), answer)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["photo.jpg.txt"]


@pytest.mark.parametrize("content", [b"", b"my own notes\n", b"\xff\xfe", b"a cat"])
def test_file_of_another_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg.txt"
    path.write_bytes(content)
    assert not write_sidecar(str(path), "a cat")
    assert path.read_bytes() == content
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert not write_sidecar(str(path), "a cat", is_ours=lambda text: text == "an older answer\n")
    assert not (tmp_path / "elsewhere").exists()


def test_own_answer_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg.txt"
    assert write_sidecar(str(path), "an older\r\nanswer")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert write_sidecar(str(path), "an older\r\nanswer")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    ours = {sidecar_text("an older\r\nanswer")}
    assert write_sidecar(str(path), "a newer one", is_ours=ours.__contains__)
    assert path.read_text() == "a newer one\n"


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "photo.jpg.txt"
    with pytest.raises(StateError, match=r"photo\.jpg\.txt"):
        write_sidecar(str(path), "a cat")
