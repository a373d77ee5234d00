"""Tests of the CSV: it reads back, a field of the data is a column, and no cell is a formula."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.scan_records import HOSTILE_TEXTS, answered, failed
from visionask.core.schema import read_schema
from visionask.report.output import open_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visionask.core.schema import Schema


def table(path: Path, records: Sequence[dict[str, Any]], schema: Schema | None = None) -> list[dict[str, str]]:
    output = open_output(str(path), schema=schema)
    for record in records:
        output.add(record)
    output.close({})
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == len(records) + 1
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_rows_tell_what_the_records_tell(tmp_path: Path) -> None:
    done, lost = table(tmp_path / "r.csv", [answered("a.jpg", 'two\nlines, "quoted"'), failed("b.jpg")])
    assert done == {
        "source": "a.jpg",
        "status": "ok",
        "answer": 'two\nlines, "quoted"',
        "error_code": "",
        "error_message": "",
        "width_px": "4000",
        "height_px": "3000",
        "sent_width_px": "2048",
        "sent_height_px": "1536",
        "detail": "high",
        "tokens": "3000",
        "projected_usd": "0.0003014",
        "billed_usd": "0.00031910",
        "billed_input_tokens": "3016",
        "billed_output_tokens": "35",
        "model": "gpt-6-luna",
        "finish_reason": "stop",
        "cached": "false",
        "seconds": "1.25",
    }
    assert (lost["status"], lost["error_code"], lost["error_message"]) == ("failed", "not_found", "b.jpg: no such file")
    assert (lost["answer"], lost["billed_usd"], lost["seconds"]) == ("", "", "")
    assert (tmp_path / "r.csv").read_bytes().count(b"\r\n") == 3


def test_no_text_is_a_formula(tmp_path: Path) -> None:
    hostile = [text for text in HOSTILE_TEXTS if text]
    records = [answered(text, text, model=text, finish_reason=text, data={text: text}) for text in hostile]
    records += [failed(text, code=text) for text in hostile]
    rows = table(tmp_path / "r.csv", records)
    cells = [cell for row in rows for cell in (*row, *row.values()) if cell]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"]
    assert not [cell for cell in cells if any(ord(c) < 32 and c not in "\n\t" for c in cell)]
    quoted = ('\'=HYPERLINK("http://127.0.0.1/","x")', "'-2+3", "'@SUM(1)", "'\t=1", "'\\r=1", "'\\x00=1", "'\n=1")
    assert {row["answer"] for row in rows}.issuperset(quoted)
    assert "caf\\xe9.png" in {row["source"] for row in rows}


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    data = {"below": -5, "ratio": -0.5, "yes": True, "none": None, "list": [1, "a"], "endless": float("-inf")}
    (row,) = table(tmp_path / "r.csv", [answered("a.jpg", data=data)])
    assert [row[name] for name in data] == ["-5", "-0.5", "true", "", "1; a", "'-Infinity"]


def test_fields_met_late_get_a_column_and_early_rows_are_filled_up(tmp_path: Path) -> None:
    records = [
        failed("0.jpg"),
        answered("1.jpg", "a\n\nb\r\nc\r", data={"one": "x\ny"}),
        answered("2.jpg", data={"two": 2, "one": "z"}),
        answered("3.jpg", data={"status": "mine"}),
        failed("4.jpg"),
    ]
    rows = table(tmp_path / "r.csv", records)
    assert list(rows[0])[-3:] == ["one", "two", "data.status"]
    told = [(row["source"], row["status"], row["one"], row["two"], row["data.status"]) for row in rows]
    assert told == [
        ("0.jpg", "failed", "", "", ""),
        ("1.jpg", "ok", "x\ny", "", ""),
        ("2.jpg", "ok", "z", "2", ""),
        ("3.jpg", "ok", "", "", "mine"),
        ("4.jpg", "failed", "", "", ""),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_fields_of_a_schema_have_columns_before_any_answer(tmp_path: Path) -> None:
    (row,) = table(tmp_path / "r.csv", [failed("0.jpg")], schema=read_schema("name, age"))
    assert list(row)[-2:] == ["name", "age"]
    assert table(tmp_path / "empty.csv", [], schema=read_schema("name")) == []
    assert (tmp_path / "empty.csv").read_text().endswith(",seconds,name\n")


def test_an_object_in_an_object_is_spread_and_what_the_schema_lacks_has_no_column(tmp_path: Path) -> None:
    text = {"type": "string"}
    place = {"type": "object", "properties": {"city": text, "zip": {"type": "integer"}}, "required": ["city"]}
    tags = {"type": "array", "items": text}
    schema = read_schema(
        json.dumps({"type": "object", "properties": {"at": place, "tags": tags, "n": {"type": "number"}}})
    )
    full = answered("1.jpg", data={"n": -5, "tags": ["=1+1", "b"], "at": {"city": "@x", "zip": -1}, "more": "y"})
    rows = table(tmp_path / "r.csv", [failed("0.jpg"), full, answered("2.jpg", data={"at": {"city": "y"}})], schema)
    assert [list(row)[-5:] for row in rows] == [["seconds", "at.city", "at.zip", "tags", "n"]] * 3
    assert [list(row.values())[-4:] for row in rows] == [[""] * 4, ["'@x", "-1", "'=1+1; b", "-5"], ["y", "", "", ""]]


@pytest.mark.slow
def test_memory_is_flat(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from tests.report.scan_records import answered
        from visionask.report.output import open_outputs
        outputs = open_outputs([f"{sys.argv[1]}/r.{suffix}" for suffix in ("csv", "html", "md")])
        for number in range(12_000):
            if number == 2_000:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            outputs.add(answered(f"{number}.jpg", "a cat", data={"late": 1} if number else None), b"x" * 4000)
        outputs.close({})
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) < 6_000  # kB; the rows are 66,000
