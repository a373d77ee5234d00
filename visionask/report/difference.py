"""What changed between two runs, as people and programs read it: lines, Markdown, one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.format import count, usd
from visionask.report.clean import one_line
from visionask.report.markdown_report import literal
from visionask.report.records import dumps, money
from visionask.report.table import Column, Row, columns_of, cut_middle, plain_lines, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.difference import Change, Difference, Result, Sums
    from visionask.report.console import Console

_LONGEST = 60  # characters of an answer in a line
_COLUMNS = 80  # of a line that names images
_MOST_NAMES = 3


MOST_ROWS = 20  # changes, unless all are asked for


def write_difference(console: Console, found: Difference, names: tuple[str, str], *, lists_all: bool) -> None:
    """Write a row for each change, then the counts and what both runs took."""
    columns, rows = _table(found, names, lists_all=lists_all)
    if rows:
        write_table(console, columns, rows, has_head=False)
    for line in (*_more(found, rows), *summary(found, names)):
        console.line(line)


def difference_text(found: Difference, names: tuple[str, str]) -> str:
    """Return the plain table of all changes, and the summary."""
    columns, rows = _table(found, names, lists_all=True)
    lines = [*(plain_lines(columns, rows, has_head=False) if rows else ()), *summary(found, names)]
    return "".join(f"{line}\n" for line in lines)


def _table(found: Difference, names: tuple[str, str], *, lists_all: bool) -> tuple[tuple[Column, ...], list[Row]]:
    head = " -> ".join(one_line(name) for name in names)
    shown = found.changed if lists_all else found.changed[:MOST_ROWS]
    rows = [Row((one_line(change.first.name), " -> ".join(answers(change)) + meaning(change))) for change in shown]
    return (Column("image", "name"), Column(head, "fold")), rows


def meaning(change: Change) -> str:
    """Return what a judge said of a change; nothing where nobody judged it."""
    return "" if change.means_same is None else "  (means the same)" if change.means_same else "  (differs)"


def _more(found: Difference, rows: Sequence[Row]) -> Iterator[str]:
    if len(rows) < len(found.changed):
        yield f"... and {len(found.changed) - len(rows):,} more: -l lists them"


def summary(found: Difference, names: tuple[str, str]) -> Iterator[str]:
    """Yield the counts, the flips of closed answers, and what both runs took."""
    if found.judge is None:
        yield f"{found.same:,} same · {len(found.changed):,} changed ({found.share_changed:.1%})"
    else:
        differ = len(found.changed) - found.same_meaning
        alike = f"{found.same:,} same · {found.same_meaning:,} mean the same"
        yield f"{alike} · {differ:,} changed ({found.share_changed:.1%})"
        unjudged = sum(change.means_same is None for change in found.changed)
        others = f", {unjudged:,} not judged" if unjudged else ""
        yield f"judged by {one_line(found.judge)}: {len(found.changed) - unjudged:,}{others} · {usd(found.judge_usd)}"
    for only, name in ((found.only_first, names[0]), (found.only_second, names[1])):
        if only:
            yield _naming(f"{count(len(only), 'image')} only in {_short_name(name)}", only)
    for failed, name in ((found.failed_first, names[0]), (found.failed_second, names[1])):
        if failed:
            yield _naming(f"{len(failed):,} failed in {_short_name(name)} alone", failed)
    if found.flips:
        yield "flips: " + ", ".join(f"{one_line(a)} -> {one_line(b)} {n:,}" for (a, b), n in found.flips.items())
    if found.kappa is not None:
        p = "" if found.p is None else f" · McNemar p = {found.p:.2g}"
        yield f"agreement beyond chance (Cohen's kappa) {found.kappa:.2f}{p}"
    if found.questions:
        yield "they were not asked the same: " + " | ".join(_short(question) for question in found.questions[:3])
    for sums, name in ((found.first, names[0]), (found.second, names[1])):
        yield f"{one_line(name)}: {_took(sums)}"


def markdown(found: Difference, names: tuple[str, str]) -> str:
    """Return a table of the changes and the summary, for a comment of a pull request."""
    judged = found.judge is not None
    rows = [f"| image | {literal(names[0])} | {literal(names[1])} |", "|---|---|---|"]
    rows = [row + more * judged for row, more in zip(rows, (" meaning |", "---|"), strict=True)]
    for change in found.changed:
        cells = (one_line(change.first.name), *answers(change), *([meaning(change).strip("( )")] if judged else ()))
        rows.append("| " + " | ".join(literal(cell) for cell in cells) + " |")
    return "\n".join(
        [*(rows if found.changed else []), "", *(f"- {literal(line)}" for line in summary(found, names)), ""]
    )


def difference_record(found: Difference, names: tuple[str, str]) -> dict[str, Any]:
    """Return the difference as one record; answers are whole there."""
    return {
        "schema": "visionask/1",
        "command": "diff",
        "status": "ok",
        "same": found.same,
        "share_changed": round(found.share_changed, 6),
        "changed": [
            {
                "image": change.first.name,
                "fields": [*change.fields],
                "first": _whole(change.first),
                "second": _whole(change.second),
                "means_same": change.means_same,
            }
            for change in found.changed
        ],
        "only_first": [*found.only_first],
        "only_second": [*found.only_second],
        "failed_first": [*found.failed_first],
        "failed_second": [*found.failed_second],
        "flips": [{"first": a, "second": b, "count": n} for (a, b), n in found.flips.items()],
        "kappa": None if found.kappa is None else round(found.kappa, 6),
        "mcnemar_p": found.p,
        "questions": [*found.questions],
        "judge": None if found.judge is None else {"model": found.judge, "usd": money(found.judge_usd)},
        "runs": [
            {"name": name, "answers": sums.answers, "failed": sums.failed, "usd": money(sums.usd),
             "input_tokens": sums.tokens, "seconds": round(sums.seconds, 3)}
            for name, sums in zip(names, (found.first, found.second), strict=True)
        ],
    }  # fmt: skip


def answers(change: Change) -> tuple[str, str]:
    """Return both answers of a change in a line each; of data, the fields that differ."""
    return _answer(change.first, change.fields), _answer(change.second, change.fields)


def changed_whole(change: Change) -> tuple[str, str]:
    """Return both answers of a change whole; of data, the fields that differ, a line each."""
    return _all(change.first, change.fields), _all(change.second, change.fields)


def _all(result: Result, fields: tuple[str, ...]) -> str:
    if fields and result.data is not None:
        return "\n".join(f"{name}: {dumps(result.data.get(name))}" for name in fields)
    return (result.answer or "").strip()


def _answer(result: Result, fields: tuple[str, ...]) -> str:
    if fields and result.data is not None:
        return _short(", ".join(f"{name}: {dumps(result.data.get(name))}" for name in fields))
    return _short(result.answer or "")


def _whole(result: Result) -> Any:
    return dict(result.data) if result.data is not None else result.answer


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _short_name(name: str) -> str:
    return cut_middle(one_line(name), 32)


def _naming(head: str, names: tuple[str, ...]) -> str:
    """Return a line of at most 80 columns: `head`, and as many of the first names as it holds, one at least."""
    shown = [one_line(name) for name in names[:_MOST_NAMES]]
    while True:
        more = ", ..." if len(names) > len(shown) else ""
        room = _COLUMNS - columns_of(f"{head}: {more}")
        if len(shown) == 1:
            return f"{head}: {cut_middle(shown[0], room)}{more}"
        if columns_of(", ".join(shown)) <= room:
            return f"{head}: {', '.join(shown)}{more}"
        shown.pop()


def _took(sums: Sums) -> str:
    price = "? (no bill)" if sums.usd is None else usd(sums.usd)
    failed = f", {sums.failed:,} failed" if sums.failed else ""
    return f"{count(sums.answers, 'answer')}{failed} · {price} · {sums.tokens:,} tokens · {sums.seconds:,.1f} s"
