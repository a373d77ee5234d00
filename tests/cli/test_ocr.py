"""`--local ocr` reads what is written in a picture, says that it does nothing else, and downloads nothing."""

from __future__ import annotations

import csv
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.cli.pictures import encoded

if TYPE_CHECKING:
    from tests.cli.command import Command

needs_ocr = pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra `ocr` is not installed")
REMARK = "ocr reads the text in pictures and answers nothing else: the question is not looked at"


@pytest.fixture
def receipt(command: Command) -> Path:
    return written(command, "receipt.png", {(40, 30): "INVOICE 2026", (40, 110): "Total", (380, 110): "42.50"})


def written(command: Command, name: str, words: dict[tuple[int, int], str]) -> Path:
    """Write words at their places, in letters that nobody can misread."""
    picture = Image.new("RGB", (600, 200), "white")
    pen = ImageDraw.Draw(picture)
    for place, word in words.items():
        pen.text(place, word, fill="black", font=ImageFont.load_default(48))
    path = command.folder / name
    path.write_bytes(encoded(picture, "PNG"))
    return path


@needs_ocr
def test_the_text_is_printed_in_reading_order(command: Command, receipt: Path):
    done = command("ask", "--local", "ocr", "What is it about?", "receipt.png")
    assert (done.code, done.out) == (0, "INVOICE 2026\nTotal 42.50\n"), done.err
    assert done.err.splitlines() == ["1 image · ocr high · on this machine, no charge", REMARK]


@needs_ocr
def test_a_picture_without_text_is_no_answer(command: Command, receipt: Path):
    (command.folder / "empty.png").write_bytes(encoded(Image.new("RGB", (300, 200), "red"), "PNG"))
    done = command("ask", "-q", "--json", "--local", "ocr", "What colour is it?", "empty.png")
    assert done.code == 8
    assert (done.record["status"], done.record["error"]["code"]) == ("failed", "no_text")
    assert done.error_lines == [
        "error: no text found",
        "hint: ocr reads text and nothing else: ask a model what is in the picture",
    ]
    assert REMARK not in done.err


@needs_ocr
def test_a_scan_reads_each_picture_once_and_for_nothing(command: Command, receipt: Path):
    written(command, "sign.png", {(40, 60): "EXIT"})
    scan = ("scan", "--local", "ocr", "-f", "jsonl", "Read it.", "sign.png", "receipt.png", "-o", "texts.csv")
    done = command(*scan)
    assert done.code == 0, done.err
    assert REMARK in done.err
    with open(command.folder / "texts.csv", encoding="utf-8-sig", newline="") as file:
        found = {row["source"]: row["answer"] for row in csv.DictReader(file)}
    assert found == {"sign.png": "EXIT", "receipt.png": "INVOICE 2026\nTotal 42.50"}
    assert '"usd":"0"' in done.out.replace(" ", "")
    again = command(*scan)
    assert again.code == 0
    assert again.out.count('"cached":true') + again.out.count('"cached": true') == 2


@needs_ocr
def test_models_that_are_not_there_are_not_downloaded(command: Command, receipt: Path, tmp_path: Path):
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / "lib" / "rapidocr", ignore=shutil.ignore_patterns("*.onnx"))
    done = command("ask", "--local", "ocr", "Read it.", "receipt.png", env={"PYTHONPATH": str(tmp_path / "lib")})
    assert done.code == 8
    assert "the models of rapidocr are not with it, and none are downloaded" in done.error_lines[0]
    assert not list((tmp_path / "lib").rglob("*.onnx"))


@pytest.mark.parametrize(
    ("words", "what"),
    [
        pytest.param(("check", "it is red", "receipt.png"), "judges no statement", id="check"),
        pytest.param(("chat", "receipt.png"), "holds no conversation", id="chat"),
        pytest.param(("ask", "--schema", "total", "Read it.", "receipt.png"), "fills no schema", id="schema"),
    ],
)
def test_what_only_a_model_does_is_refused(command: Command, receipt: Path, words: tuple[str, ...], what: str):
    done = command(*words, "--local", "ocr")
    assert done.code == 2
    assert done.error_lines == [
        f"error: --local ocr reads the text in pictures and {what}",
        "hint: use a model: visionask local list",
    ]


@needs_ocr
def test_it_is_listed_beside_the_models(command: Command):
    models = {model["name"]: model for model in command("local", "list", "--json").record["data"]["models"]}
    assert models["ocr"]["is_here"]
