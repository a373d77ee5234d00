"""Tests of the Markdown report: one row an item, totals on top, and nothing in it is markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.report.scan_records import HOSTILE_TEXTS, answered, failed
from visionask.report.output import Summary, open_output

if TYPE_CHECKING:
    from pathlib import Path


def report(path: Path, *records: dict[str, object], question: str = "What?", summary: Summary | None = None) -> str:
    output = open_output(str(path), question=question)
    for record in records:
        output.add(record)
    output.close(summary or {})
    return path.read_text(encoding="utf-8")


def test_totals_stand_above_the_table(tmp_path: Path) -> None:
    cached = answered("c.jpg", cached=True)
    records = [answered("a.jpg"), answered("b.jpg"), cached, failed("d.jpg"), failed("e.jpg", "timeout", "too slow")]
    text = report(tmp_path / "r.md", *records, summary={"seconds": 200.0, "stopped": "Ctrl-C", "left": 7})
    top, _, rows = text.partition("| image |")
    assert top.startswith("# What?\n\n**stopped early: Ctrl-C; 7 images left; run the same command again to go on**\n")
    assert re.findall(r"^ *- (.*)$", top, re.MULTILINE) == [
        "images: **5** (in 3 min 20 s)",
        "answered: **3** (60%)",
        "cached: **1** (not paid again, saving \\$0.00032)",
        "failed: **2** (40%)",
        "not\\_found: 1 (check the name)",
        "timeout: 1 (check the name)",
        "tokens in: **6,032** (6,028 projected, +4)",
        "tokens out: **70**",
        "billed: **\\$0.00064** (\\$0.00060 projected for the input)",
    ]
    assert rows.splitlines()[2:] == [
        "| a.jpg | a cat | 3,016 | \\$0.00032 |",
        "| b.jpg | a cat | 3,016 | \\$0.00032 |",
        "| c.jpg | a cat | 3,016 | cached |",
        "| d.jpg | **failed**: no such file<br>check the name |  |  |",
        "| e.jpg | **failed**: too slow<br>check the name |  |  |",
    ]


def test_unknown_prices_are_not_0(tmp_path: Path) -> None:
    unpriced = answered("a.jpg", projected=None, billed={"input_tokens": 9, "output_tokens": 1, "usd": None})
    assert "billed: **unknown**" in report(tmp_path / "r.md", unpriced)
    assert "price unknown for 1" in report(tmp_path / "r.md", unpriced, answered("b.jpg"))


def test_nothing_is_markup(tmp_path: Path) -> None:
    records = [answered(text, text, data={text: text} if i % 2 else None) for i, text in enumerate(HOSTILE_TEXTS)]
    records += [failed(text, code=text, message=text) for text in HOSTILE_TEXTS]
    text = report(tmp_path / "r.md", *records, question="".join(HOSTILE_TEXTS))
    assert set(re.findall(r"<[^>]*>", text)) == {"<br>"}
    assert not re.search(r"(?<!\\)(\\\\)*[`\[\]!~$]", text)
    rows = text[text.index("| image |") :].splitlines()
    assert len(rows) == 2 + len(records)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ufeff]", text)


def test_report_of_nothing_has_totals(tmp_path: Path) -> None:
    assert report(tmp_path / "r.md").startswith("# What?\n\n- images: **0**\n")
