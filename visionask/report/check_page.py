"""The page of a check: one file with each picture, what was stated of it, the verdict, and its baseline beside it.

It has the style, the escaping and the links of the page of a scan, and a policy of the same kind: nothing but its one
style and its one script, by their hashes, and `data:` pictures. It is written picture by picture. Without scripts all
of it is shown; the script filters, and lays an image over its baseline.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.format import count, usd
from visionask.core.namedtuple import NamedTuple
from visionask.report.check_report import seen, sure, verdict_word, why
from visionask.report.clean import one_line
from visionask.report.html_report import escape, framed, jpeg, link, page_parts, page_policy, read_asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from visionask.core.checks import Finding, Overall


class Pictures(NamedTuple):
    """JPEGs of an image, of its baseline, and of where they differ; None for what cannot be shown."""

    image: bytes | None = None
    baseline: bytes | None = None
    difference: bytes | None = None


_KINDS = {"undecided": "unsure", "refused": "error", "unasked": "unasked"}
_FILTERS = (
    ("false", "false"),
    ("unsure", "unsure"),
    ("error", "error"),
    ("true", "true"),
    ("value", "value"),
    ("unasked", "not asked"),
)


def check_page(
    shown: Iterable[tuple[Pictures, Sequence[Finding]]],
    findings: Sequence[Finding],
    overall: Overall,
    *,
    missing: Sequence[str] = (),
    folder: str = ".",
) -> Iterator[str]:
    """Yield the page in parts: `shown` has each picture with its own of all `findings`, in order."""
    style, script = read_asset("report.css") + read_asset("check.css"), read_asset("check.js")
    head, foot = page_parts("check.html")
    values = {
        "policy": page_policy(style, script),
        "style": style,
        "script": script,
        "command": "check",
        "title": html.escape(_title(findings)),
        "prompt": "",
        "totals": _totals(findings, overall, missing),
        "filters": _filters(findings),
    }
    yield re.sub(r"\{(\w+)\}", lambda found: values[found[1]], head)
    for pictures, own in shown:
        if own:
            yield _card(pictures, own, folder)
    yield foot


_TITLE_CHARS = 120


def _title(findings: Sequence[Finding]) -> str:
    texts = list(dict.fromkeys(one_line(finding.point.question.text) for finding in findings))
    if not texts:
        return "What the check found"
    first = texts[0] if len(texts[0]) <= _TITLE_CHARS else texts[0][: _TITLE_CHARS - 1] + "…"
    return first if len(texts) == 1 else f"{first} and {len(texts) - 1:,} more"


def _kind(finding: Finding) -> str:
    return _KINDS.get(finding.verdict, finding.verdict)


def _filters(findings: Sequence[Finding]) -> str:
    counts = Counter(_kind(finding) for finding in findings)
    labels = ['<label><input type="radio" name="status" value="all" checked><span>all</span></label>']
    labels += [
        f'<label><input type="radio" name="status" value="{kind}"><span>{word} {counts[kind]:,}</span></label>'
        for kind, word in _FILTERS
        if counts[kind]
    ]
    return "\n".join(labels)


def _totals(findings: Sequence[Finding], overall: Overall, missing: Sequence[str]) -> str:
    counts = Counter(_kind(finding) for finding in findings)
    models = dict.fromkeys(finding.model for finding in findings if finding.model)
    lines = [f'<p class="model">{escape(", ".join(models))}</p>'] if models else []
    if overall.error is not None:
        lines.append(f'<p class="stopped">{escape(overall.error.message)}</p>')
    images = len(dict.fromkeys((finding.image, finding.against) for finding in findings))
    bad = overall.verdict == "false" or overall.error is not None
    word: str = overall.verdict or ("no verdict" if overall.error is not None else "not asked")
    tiles = [("verdict", word, "bad" if bad else "good" if overall.verdict == "true" else "")]
    tiles += [("images", f"{images:,}", ""), ("statements", f"{len(findings):,}", "")]
    tiles += [(name, f"{counts[kind]:,}", "bad" if kind == "false" else "") for kind, name in _FILTERS if counts[kind]]
    prices = [finding.usd for finding in findings if finding.usd is not None]
    tiles += [("billed", usd(sum(prices, Decimal(0))), "")] if prices else []
    lines.append('<dl class="tiles">')
    for name, figure, kind in tiles:
        own = f' class="{kind}"' if kind else ""
        lines.append(f"<div{own}><dt>{name}</dt><dd><b>{escape(figure)}</b></dd></div>")
    lines.append("</dl>")
    if missing:
        lines.append(f'<p class="missing">{count(len(missing), "baseline")} without an image:</p><ul class="failures">')
        lines += [f"<li><code>{html.escape(one_line(path))}</code></li>" for path in missing]
        lines.append("</ul>")
    return "\n".join(lines)


def _card(pictures: Pictures, findings: Sequence[Finding], folder: str) -> str:
    first = findings[0]
    name = html.escape(one_line(first.image)) or "no name"
    rows = "".join(_row(finding) for finding in findings)
    against = "" if first.against is None else f'<p class="facts">{escape(_compared(first))}</p>'
    return (
        f"<li><article>{_stage(pictures, first, folder)}"
        f'<div class="told"><h2>{name}</h2><ul class="findings">{rows}</ul>{against}</div></article></li>\n'
    )


def _compared(finding: Finding) -> str:
    """Say what it was held against, and how many of the pixels differ."""
    against = f"against {one_line(finding.against or '')}"
    if finding.difference is None:
        return f"{against}, pixels not compared"
    if finding.difference == 0:
        return f"{against}, no pixel differs"
    share = 100 * finding.difference
    return f"{against}, {'under 0.01' if share < 0.01 else f'{share:.2f}'}% of the pixels differ"


def _stage(pictures: Pictures, finding: Finding, folder: str) -> str:
    figures = [_figure("shot", "image", pictures.image, finding.image, folder)]
    if finding.against is not None:
        figures.append(_figure("baseline", "baseline", pictures.baseline, finding.against, folder))
    if pictures.difference is not None:
        figures.append(_figure("difference", "difference, in red", pictures.difference, None, folder))
    pair = " pair" if pictures.image and pictures.baseline else ""
    if len(figures) == 1:
        figures[0] = re.sub("<figcaption>.*</figcaption>", "", figures[0])
    return f'<div class="pictures{pair}"><div class="stage">{"".join(figures)}</div></div>'


def _figure(kind: str, caption: str, data: bytes | None, source: str | None, folder: str) -> str:
    target = None if source is None else link(source, folder)
    frame = framed("span", "frame", jpeg(data, caption), target, f"Open {html.escape(one_line(source or ''))}")
    return f'<figure class="{kind}">{frame}<figcaption>{caption}</figcaption></figure>'


def _row(finding: Finding) -> str:
    """Return a statement with its verdict, what was seen, how sure that is, and why."""
    saw, certain, reason = seen(finding), sure(finding), why(finding)
    parts = [*([f"saw {one_line(saw)}"] if saw else []), *([certain] if certain not in ("", "-") else [])]
    if finding.probability is not None and finding.point.rule.threshold is not None:
        parts.append(f"threshold {finding.point.rule.threshold:g}")
    if finding.is_cached:
        parts.append("cached")
    word = "unsure" if finding.verdict == "undecided" else verdict_word(finding)
    lines = [f'<p><b class="verdict">{escape(word)}</b>{escape(finding.point.question.text.strip())}</p>']
    if parts:
        lines.append(f'<p class="sees">{escape(" · ".join(parts))}</p>')
    error = [] if finding.error is None else [finding.error.message, finding.error.hint]
    lines += [f'<p class="reason">{escape(text)}</p>' for text in dict.fromkeys([reason, *error]) if text]
    return f'<li class="{_kind(finding)}">{"".join(lines)}</li>'
