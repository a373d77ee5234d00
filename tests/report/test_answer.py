"""The end of a plain answer: one line break, whatever came."""

from __future__ import annotations

import io

import pytest

from visionask.report.answer import PlainWriter
from visionask.report.console import Console


@pytest.mark.parametrize(
    ("pieces", "written"),
    [(["a"], "a\n"), (["a\n"], "a\n"), (["a", "\n", "\n"], "a\n\n"), (["a\r"], "a\\r\n"), ([], "")],
)
def test_a_plain_answer_ends_with_one_line_break(pieces: list[str], written: str) -> None:
    out = io.StringIO()
    writer = PlainWriter(Console(out=out, err=io.StringIO()), is_raw=False)
    for piece in pieces:
        writer.feed(piece)
    writer.close()
    assert out.getvalue() == written
