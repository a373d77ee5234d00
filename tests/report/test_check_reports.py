"""Reports of a check: JUnit as a consumer reads it, GitHub's commands, Markdown; whatever text they hold."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from visionask.core.checks import Finding, Judged, Overall, Point, Predicate, Reading, Rule
from visionask.core.errors import Undecided, Unreachable
from visionask.report.check_report import MOST_SUMMARY_BYTES, annotate, append_summary, check_database, junit
from visionask.report.check_report import check_markdown as markdown
from visionask.report.check_report import check_table as table
from visionask.report.output import is_results

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = 'a]]><b>&"\x00\x1b[31m\ufffe\ud800 100%\r\n::error::x|`*'


def finding(verdict: str, *, text: str = "it is red", image: str = "a.png", reason: str = "seen") -> Finding:
    point = Point(question=Predicate(id="q1", text=text), rule=Rule())
    if verdict == "unasked":
        return Finding(image=image, point=point)
    if verdict == "error":
        return Finding(image=image, point=point, error=Unreachable(f"nobody there {reason}", "retry later"))
    probability = {"true": 0.97, "false": 0.03, "undecided": 0.5}[verdict]
    judged = Judged(verdict=verdict, value=None, probability=probability, distribution={verdict: 1.0})  # type: ignore[arg-type]
    return Finding(
        image=image,
        point=point,
        judged=judged,
        readings=(Reading(weights={verdict: 1.0}, reason=reason),) * 2,
        engine="decisions",
        error=Undecided(f"torn {reason}", "look again") if verdict == "undecided" else None,
    )


ALL = ("true", "false", "undecided", "error", "unasked")


def test_a_consumer_reads_junit() -> None:
    findings = [finding(verdict, text=verdict, image=image) for image in ("a.png", "b.png") for verdict in ALL]
    read = JUnitXml.fromfile(io.BytesIO(junit(findings, seconds=1.5)))
    assert (read.tests, read.failures, read.errors, read.time) == (10, 2, 4, 1.5)
    assert [suite.skipped for suite in read] == [1, 1]  # Jenkins knows no count of the whole
    suites = list(read)
    assert [(suite.name, suite.tests, suite.failures, suite.errors) for suite in suites] == [
        ("a.png", 5, 1, 2),
        ("b.png", 5, 1, 2),
    ]
    kinds = [[type(result) for result in case.result] for case in suites[0]]
    assert kinds == [[], [Failure], [Error], [Error], [Skipped]]
    assert [(case.name, case.classname) for case in suites[0]] == [(verdict, "a.png") for verdict in ALL]


@pytest.mark.parametrize("verdict", ALL)
def test_hostile_text_is_xml(verdict: str) -> None:
    data = junit([finding(verdict, text=HOSTILE, image=HOSTILE, reason=HOSTILE)], seconds=0)
    (suite,) = JUnitXml.fromfile(io.BytesIO(data))
    (case,) = suite
    assert "\\x1b[31m" in case.name
    assert "\\xfffe\\xd800" in case.name
    assert "]]><b>&" in suite.name


def test_findings_are_a_table_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    path.write_bytes(check_database([finding("true"), finding("false", text=HOSTILE, image=HOSTILE)]))
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT image, statement, verdict FROM results").fetchall()
    assert rows[0] == ("a.png", "it is red", "true")
    assert rows[1][2] == "false"
    assert "\\x1b[31m" in rows[1][0]
    assert is_results(str(path))


def test_annotations_cannot_be_broken_out_of() -> None:
    lines = annotate([finding(verdict, text=HOSTILE, image="a,b:c%\n.png", reason=HOSTILE) for verdict in ALL])
    assert len(lines) == 3
    for line in lines:
        assert line.replace("\ufffe", "").isprintable(), line
        assert line.startswith("::error file=a%2Cb%3Ac%25%0A.png,title=visionask check::")
        assert "100%25" in line
    assert [" could not be told " in line for line in lines] == [False, True, True]


def test_the_summary_is_appended_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary(str(path), markdown([finding("false", text=HOSTILE)], Overall(verdict="false")))
    text = path.read_text()
    assert text.startswith("before\n### visionask check: false\n")
    assert "<b>" not in text
    assert "\\`\\*" in text
    append_summary(str(path), "line\n" * 1_000_000)
    assert path.stat().st_size <= MOST_SUMMARY_BYTES + 1000


def test_the_table_is_lines_without_controls() -> None:
    lines = table([finding(verdict, text=HOSTILE, image=HOSTILE, reason=HOSTILE) for verdict in ALL])
    assert all(line.replace("\ufffe", "").isprintable() for line in lines)
    assert [line.split()[0] for line in lines if line[0] != " "] == [
        "verdict",
        "true",
        "false",
        "undecided",
        "error",
        "not",
    ]
