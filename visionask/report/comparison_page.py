"""The pages of `eval` and `diff`: one file each, which loads nothing and runs no script.

They have the style, the escaping and the links of the page of a scan, and a policy that lets in that style, by its
hash, and `data:` pictures. The curve is drawn as inline SVG: no style attribute, which the policy would refuse.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from visionask.core.evaluation import by_price, confusion
from visionask.core.format import count, usd
from visionask.core.namedtuple import NamedTuple
from visionask.report.clean import one_line
from visionask.report.difference import changed_whole, meaning, summary
from visionask.report.evaluation import BINS, HEADS, advice, bin_rows, rows_of, threshold_words
from visionask.report.html_report import escape, framed, jpeg, link, page_policy, read_asset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from visionask.core.difference import Difference
    from visionask.core.evaluation import Calibration, Judged, Recommendation, SettingResult

MOST_CARDS = 500  # of one setting, or of one difference: the rest is counted
_SHORT_CHARS = 24  # of a value that heads a row or a column


class Shown(NamedTuple):
    """A picture of a page: where its file is, and the thumbnail, if it could be made."""

    path: str
    thumbnail: bytes | None = None


def page(title: str, command: str, body: str) -> str:
    """Return a whole page. `title` is plain text, `body` is HTML."""
    style = read_asset("report.css") + read_asset("comparison.css")
    name = html.escape(one_line(title))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{page_policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="generator" content="visionask">\n<link rel="icon" href="data:,">\n'
        f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n<header>\n"
        f'<p class="brand">visionask <span>{command}</span></p>\n<h1>{name}</h1>\n</header>\n'
        f"<main>\n{body}</main>\n</body>\n</html>\n"
    )


def eval_page(
    results: Sequence[SettingResult],
    found: Recommendation,
    *,
    margin: float,
    title: str,
    pictures: Mapping[str, Shown],
    folder: str,
) -> str:
    """Return the page of an eval: the curve, the table, and the matrix and the mistakes of each setting."""
    ranked = by_price(results)
    parts = [
        f'<p class="advice">{escape(advice(found, margin=margin))}</p>\n',
        _curve(ranked, found),
        _table(ranked, found),
    ]
    parts += [_setting(n, each, found, pictures, folder) for n, each in enumerate(ranked, 1)]
    return page(title, "eval", "".join(parts))


def diff_page(found: Difference, names: tuple[str, str], *, pictures: Mapping[str, Shown], folder: str) -> str:
    """Return the page of a difference: what it comes to, then each change with its picture and both answers."""
    lines = "".join(f'<p class="advice">{escape(line)}</p>\n' for line in summary(found, names))
    cards = []
    for change in found.changed[:MOST_CARDS]:
        pair = zip(names, changed_whole(change), strict=True)
        rows = "".join(
            f"<div><dt>{html.escape(one_line(name))}</dt><dd>{escape(text)}</dd></div>" for name, text in pair
        )
        name, judged = change.first.name, meaning(change).strip("( )")
        note = f'<p class="note">{judged}</p>' if judged else ""
        cards.append(_card(name, pictures.get(name, Shown(name)), folder, f'<dl class="pair">{rows}</dl>{note}'))
    changes = _cards(cards, len(found.changed), "change") or '<p class="note">No answer changed.</p>\n'
    title = " and ".join(names)
    return page(
        title, "diff", f'<section>\n{lines}</section>\n<section>\n<h2 class="part">Changes</h2>\n{changes}</section>\n'
    )


def _table(ranked: Sequence[SettingResult], found: Recommendation) -> str:
    heads = "<td></td>" + "".join(
        f'<th scope="col"{" class=name" if head == "setting" else ""}>{html.escape(head)}</th>' for head in HEADS
    )
    rows = []
    for number, (result, cells) in enumerate(zip(ranked, rows_of(ranked, found), strict=True), 1):
        chosen = ' class="chosen"' if result is found.setting else ""
        first, *rest = (escape(cell) for cell in cells)
        told = "".join(f"<td>{cell}</td>" for cell in rest)
        rows.append(f'<tr{chosen}><td>{number}</td><th scope="row" class="name">{first}</th>{told}</tr>\n')
    return (
        '<section>\n<h2 class="part">Settings</h2>\n<div class="wide" tabindex="0" role="region" aria-label="Settings">'
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody></table></div>\n</section>\n"
    )


def _setting(
    number: int, result: SettingResult, found: Recommendation, pictures: Mapping[str, Shown], folder: str
) -> str:
    missed = [judged for judged in result.judged if not judged.is_right]
    cards = [
        _mistake(judged, pictures.get(judged.image, Shown(judged.image)), folder) for judged in missed[:MOST_CARDS]
    ]
    is_open = " open" if result is (found.setting or found.best) else ""
    wrong = sum(judged.is_right is False for judged in result.judged)
    counts = count(wrong, "mistake") + (f", {len(missed) - wrong:,} not answered" if len(missed) > wrong else "")
    matrices = "".join(_matrix(result, path) for path in (result.judged[0].label if result.judged else ()))
    matrices += "".join(_reliability(path, each) for path, each in result.calibrations.items())
    shown = f'<div class="matrices">{matrices}</div>\n' if matrices else ""
    return (
        f'<details class="setting"{is_open}>\n'
        f"<summary>{number} · {escape(one_line(result.name))} <small>{counts}</small>"
        f"</summary>\n{shown}{_cards(cards, len(missed), 'mistake')}</details>\n"
    )


def _cards(cards: Sequence[str], whole: int, noun: str) -> str:
    if not cards:
        return ""
    more = f'<p class="note">The first {len(cards):,} of {count(whole, noun)}.</p>\n' if whole > len(cards) else ""
    return f'<ol class="cards" role="list">\n{"".join(cards)}</ol>\n{more}'


def _mistake(judged: Judged, shown: Shown, folder: str) -> str:
    rows = []
    for path, label in judged.label.items():
        rows.append((f"{path}: label" if path else "label", label))
        answer = judged.answer.get(path)
        rows.append((f"{path}: answer" if path else "answer", "none" if answer is None else answer.strip()))
    told = "".join(f"<div><dt>{html.escape(one_line(head))}</dt><dd>{escape(text)}</dd></div>" for head, text in rows)
    error = f'<p class="error"><code>{escape(judged.error)}</code></p>' if judged.error else ""
    return _card(judged.image, shown, folder, f'<dl class="pair">{told}</dl>{error}')


def _card(name: str, shown: Shown, folder: str, told: str) -> str:
    image, label = jpeg(shown.thumbnail, "", ' loading="lazy"'), html.escape(one_line(name)) or "no name"
    picture = framed("div", "picture", image, link(shown.path, folder), f"Open {label}")
    return f"<li><article>{picture}<div><h2>{label}</h2>{told}</div></article></li>\n"


def _matrix(result: SettingResult, path: str) -> str:
    """Return how often each label was answered how; nothing where the labels are not closed."""
    counts = confusion(result, path)
    if not counts:
        return ""
    labels = sorted({label for label, _ in counts})
    answers = [*labels, *sorted({answer for _, answer in counts if answer is not None} - set(labels))]
    columns: list[str | None] = [*answers, *([None] if any(answer is None for _, answer in counts) else [])]
    heads = "".join(f'<th scope="col">{_short("no answer" if each is None else each)}</th>' for each in columns)
    rows = []
    for label in labels:
        cells = []
        for answer in columns:
            number = counts.get((label, answer), 0)
            kind = "" if not number else ' class="yes"' if answer == label else ' class="no"'
            cells.append(f"<td{kind}>{number:,}</td>")
        rows.append(f'<tr><th scope="row">{_short(label)}</th>{"".join(cells)}</tr>\n')
    told = f"{escape(one_line(path))}: label" if path else "label"
    return (
        f'<div class="wide counts" tabindex="0" role="region" aria-label="Confusion matrix"><table>\n'
        f"<caption>{told} (rows), answer (columns)</caption>\n<thead><tr><td></td>{heads}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def _reliability(path: str, found: Calibration) -> str:
    """Return how far the probabilities of a setting can be believed."""
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in BINS)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>\n'
        for first, *rest in bin_rows(found)
    )
    asked = f"{escape(one_line(path))}: " if path else ""
    told = f"{asked}reliability, Brier {found.brier:.3f}{escape(threshold_words(found))}"
    return (
        f'<div class="wide counts" tabindex="0" role="region" aria-label="Reliability"><table>\n'
        f"<caption>{told}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )


def _short(text: str) -> str:
    line = one_line(text)
    return html.escape(line if len(line) <= _SHORT_CHARS else line[: _SHORT_CHARS - 1] + "…")


_STEP = 13  # units between points that would hide each other
_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 520, 300, 48, 20, 20, 46  # units of the drawing


def _curve(ranked: Sequence[SettingResult], found: Recommendation) -> str:
    """Return accuracy over price as a drawing, with intervals; settings whose price is not known stand in a note."""
    priced = [(n, each, float(each.usd_each) * 1000) for n, each in enumerate(ranked, 1) if each.usd_each is not None]
    open_ = len(ranked) - len(priced)
    left_out = f" Not drawn: {count(open_, 'setting')} whose price is not known." if open_ else ""
    note = (
        "Bars are 95% Wilson intervals; the dashed line joins the settings that no cheaper one reaches. "
        f"Settings of nearly one price stand side by side.{left_out}"
    )
    drawing = _drawing(priced, found) if priced else ""
    text = note if priced else left_out.strip()
    return f'<section>\n<h2 class="part">Accuracy over price</h2>\n{drawing}<p class="note">{text}</p>\n</section>\n'


def _drawing(priced: Sequence[tuple[int, SettingResult, float]], found: Recommendation) -> str:
    prices = [price for _, _, price in priced]
    across, ticks = _price_axis(min(prices), max(prices))
    floor = math.floor(10 * min(result.interval.low for _, result, _ in priced)) / 10
    high = _HIGH - _TOP - _BOTTOM

    def up(share: float) -> float:
        return _TOP + high * (1 - (share - floor) / (1 - floor or 1))

    parts = []
    step = 0.1 if 1 - floor <= 0.6 else 0.2
    for number in range(round((1 - floor) / step + 1e-9) + 1):
        share = 1 - number * step
        if share < floor - 1e-9:
            continue
        y = up(share)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for price in ticks:
        told = html.escape(f"${price:g}")
        parts.append(f'<text x="{across(price):.1f}" y="{_HIGH - _BOTTOM + 18}" text-anchor="middle">{told}</text>')
    parts.append(f'<text x="{_WIDE / 2}" y="{_HIGH - 6}" text-anchor="middle">$ for 1,000 images</text>')
    places = _side_by_side([across(price) for price in prices])
    best, line = -1.0, []
    for (_, result, _), x in zip(priced, places, strict=True):  # cheapest first
        accuracy = result.accuracy or 0.0
        if accuracy > best:
            best = accuracy
            line.append(f"{x:.1f},{up(accuracy):.1f}")
    if len(line) > 1:
        parts.append(f'<polyline class="front" points="{" ".join(line)}"/>')
    parts += [_point(number, result, x, up, found) for (number, result, _), x in zip(priced, places, strict=True)]
    label = f"Accuracy over price of {count(len(priced), 'setting')}; the figures stand in the table"
    return (
        f'<svg class="curve" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{label}">\n{"".join(parts)}\n</svg>\n'
    )


def _side_by_side(places: Sequence[float]) -> list[float]:
    """Return the places, which rise, with those that would hide each other beside each other."""
    found: list[float] = []
    for start, x in enumerate(places):
        if start and x - places[start - 1] < _STEP:
            continue
        end = start + 1
        while end < len(places) and places[end] - places[end - 1] < _STEP:
            end += 1
        size = end - start
        first = sum(places[start:end]) / size - _STEP * (size - 1) / 2 if size > 1 else x
        first = max(_LEFT + 8, min(first, _WIDE - _RIGHT - _STEP * size))
        found += [first + _STEP * number for number in range(size)]
    return found


def _point(number: int, result: SettingResult, x: float, up: Callable[[float], float], found: Recommendation) -> str:
    low, high = result.interval
    chosen = ' class="chosen"' if result is found.setting else ""
    y = up(result.accuracy or 0.0)
    price = "?" if result.usd_each is None else usd(result.usd_each * 1000)
    told = f"{one_line(result.name)}: {result.accuracy or 0:.1%} ({low:.0%}-{high:.0%}), {price} for 1,000 images"
    return (
        f"<g{chosen}><title>{html.escape(told)}</title>"
        f'<line class="spread" x1="{x:.1f}" x2="{x:.1f}" y1="{up(low):.1f}" y2="{up(high):.1f}"/>'
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text class="number" x="{x + 7:.1f}" y="{y - 6:.1f}">{number}</text></g>'
    )


def _price_axis(low: float, high: float) -> tuple[Callable[[float], float], list[float]]:
    """Return where a price stands, and which ones are written: by powers of ten where prices differ fivefold."""
    room = _WIDE - _LEFT - _RIGHT - 40
    if low > 0 and high / low >= 5:
        first, last = math.log10(low), math.log10(high)
        marks = [m * 10.0**e for e in range(math.floor(first), math.ceil(last) + 1) for m in (1, 2, 5)]
        inside = [mark for mark in marks if low * 0.9 <= mark <= high * 1.1]
        step = math.ceil(len(inside) / 6)
        return lambda price: _LEFT + 20 + room * (math.log10(price) - first) / (last - first), inside[::step]
    top = high * 1.15 or 1.0
    raw = top / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step_usd = next(m * size for m in (1, 2, 5, 10) if m * size >= raw)
    marks = [n * step_usd for n in range(int(top / step_usd) + 1)]
    return lambda price: _LEFT + 20 + room * price / top, marks
