"""Owns the proof of the CSV: it reads back, a field of the data is a column, and no cell is a formula."""

from __future__ import annotations

import csv
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from tests.report.scan_records import HOSTILE_TEXTS, answered, failed
from visionask.report.outputs import open_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def table(path: Path, records: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> list[dict[str, str]]:
    output = open_output(str(path), columns=columns)
    for record in records:
        output.add(record)
    output.close({})
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    quoted = ('\'=HYPERLINK("http://127.0.0.1/","x")', "'-2+3", "'@SUM(1)", "'\t=1", "'\\r=1", "'\\x00=1", "'\n=1")
    assert by_answer.issuperset(quoted)
    assert "caf\\xe9.png" in {row["source"] for row in rows}


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    data = {"below": -5, "ratio": -0.5, "yes": True, "none": None, "list": [1, "a"], "endless": float("-inf")}
    (row,) = table(tmp_path / "r.csv", [answered("a.jpg", data=data)])
    assert [row[name] for name in data] == ["-5", "-0.5", "true", "", '[1, "a"]', "'-Infinity"]


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
    (row,) = table(tmp_path / "r.csv", [failed("0.jpg")], columns=("name", "age"))
    assert list(row)[-2:] == ["name", "age"]
    assert table(tmp_path / "empty.csv", [], columns=("name",)) == []
    assert (tmp_path / "empty.csv").read_text().endswith(",seconds,name\n")


def test_memory_is_flat(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from tests.report.scan_records import answered
        from visionask.report.outputs import open_outputs
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
