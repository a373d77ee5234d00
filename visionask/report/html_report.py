"""The page: one self-contained HTML file, written item by item, that loads nothing and runs one known script.

The page's own policy lets in nothing but the one style and the one script, by their hashes, and `data:` pictures. The
totals are known last, so they stand at the end of the file; the style shows them first, and the script moves them.

Items stand in groups. The script, which runs before the first of them is read, shows one group's worth at a time: a
browser lays out no group that is not shown, and without scripts none that is not in sight. 10,000 items with thumbnails
(48 MB) paint after 0.3 s, are all read after 3, and a filter takes 0.15 (Chromium, 2 shared cores); as one list, 15 s.

One item of the page: its thumbnail, its answer or failure, and what it took. All text is escaped here.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import os
import re
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from visionask.core.format import usd
from visionask.core.schema import spell
from visionask.report.clean import clean, one_line
from visionask.report.output import WholeReport, open_target
from visionask.report.records import read_item
from visionask.report.totals import Totals, stop_note, tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt

    from visionask.report.output import Summary
    from visionask.report.records import Item, Record


_TIMES = "\N{MULTIPLICATION SIGN}"


def escape(text: str) -> str:
    """Make a text safe in HTML, also within an attribute, and its invisible characters visible."""
    return html.escape(clean(text))


def item_html(item: Item, record: Record, thumbnail: bytes | None, *, folder: str = ".") -> str:
    """Return one card of a page in `folder`. What the script sorts by stands in data attributes, as numbers."""
    kind = "cached" if item.is_cached and item.status == "ok" else item.status
    price = item.billed_usd if item.billed_usd is not None else item.projected_usd
    tokens = item.billed.get("input_tokens") or item.image.get("tokens")
    numbers = {"price": None if price is None else f"{price:f}", "tokens": tokens, "seconds": record.get("seconds")}
    probability = item.data.get("probability")
    numbers["probability"] = probability if isinstance(probability, int | float) else None
    sorts = "".join(f' data-{name}="{escape(str(value))}"' for name, value in numbers.items() if value is not None)
    name = html.escape(one_line(item.source)) or "no name"
    picture = _picture(item, thumbnail, link(item.source, folder))
    return (
        f'<li class="{escape(kind)}" data-status="{escape(kind)}"{sorts}><article>{picture}<div>'
        f'<h2>{name}</h2>{_answer(item)}{_failure(item)}<p class="facts">{_facts(item, record)}</p>'
        "</div></article></li>\n"
    )


def _picture(item: Item, thumbnail: bytes | None, target: str | None) -> str:
    """Return the thumbnail, whose text is the answer; it leads to the file where that is there."""
    told = "; ".join(f"{name}: {spell(value)}" for name, value in item.data.items()) or item.answer or ""
    return framed("div", "picture", jpeg(thumbnail, escape(" ".join(told.split())[:_ALT_CHARS])), target)


def jpeg(data: bytes | None, alt: str, more: str = "") -> str:
    """Return a picture as HTML; nothing where there is none. `alt` is escaped already.

    A thumbnail fills its frame, whatever its own size; a picture that is smaller than one is shown as it is.
    """
    if not data:
        return ""
    sides = _SIDES.search(data)
    is_thumbnail = sides is not None and max(int.from_bytes(side, "big") for side in sides.groups()) >= _LEAST_PX
    more += ' class="fills"' if is_thumbnail else ""
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}" alt="{alt}"{more}>'


_SIDES = re.compile(rb"\xff[\xc0\xc2]\0[\x0b\x11]\x08(..)(..)", re.DOTALL)  # in the head of a JPEG's frame
_LEAST_PX = 90  # of the longer side of a thumbnail of a larger picture


def framed(tag: str, kind: str, image: str, target: str | None, label: str = "") -> str:
    """Return a picture in its frame, which leads to the file where that is to be found. `label` is escaped already."""
    kind = kind if image else f"{kind} none"
    if target is None:
        return f'<{tag} class="{kind}">{image}</{tag}>'
    label = f' aria-label="{label}"' if label else ""
    return f'<a class="{kind}" href="{html.escape(target)}" target="_blank" rel="noreferrer"{label}>{image}</a>'


def link(source: str, folder: str) -> str | None:
    """Return where an image is, as a page in `folder` reaches it; None where it is not to be found."""
    from urllib.parse import quote

    if re.match(r"https?://[^\s/]", source):
        return quote(source, safe=":/?#[]@!$&'()*+,;=%~-._")
    path = re.sub(r"#(page|frame)=\d+$", "", source)
    try:
        if not os.path.isfile(path):
            return None
        reached = os.path.join(_reached(os.path.dirname(path), folder), os.path.basename(path))
    except (OSError, ValueError):  # a NUL in the name; another drive
        return None
    return quote(os.fsencode(reached).replace(os.fsencode(os.sep), b"/"), safe="/")


@lru_cache(maxsize=1)
def _reached(pictures: str, folder: str) -> str:
    """Return how a page in `folder` reaches the folder of a picture: mostly as it reached that of the last one."""
    reached = os.path.relpath(pictures or os.curdir, folder)
    return "" if reached == os.curdir else reached


def _answer(item: Item) -> str:
    if item.data:
        fields = "".join(
            f"<div><dt>{html.escape(one_line(name))}</dt><dd>{escape(spell(value))}</dd></div>"
            for name, value in item.data.items()
        )
        return f'<dl class="data">{fields}</dl>'
    if not item.answer:
        return ""
    if _MARKS.search(item.answer):
        return f'<div class="answer drawn">{_drawer().render(clean(item.answer.strip()))}</div>'
    return f'<p class="answer">{escape(item.answer.strip())}</p>'


_ALT_CHARS = 300
_MARKS = re.compile(r"\*\*|__|`|^ {0,3}(#{1,6} |[-*+] |\d{1,9}[.)] |> |\|.*\|)", re.MULTILINE)


@cache
def _drawer() -> MarkdownIt:
    """Return a drawer of Markdown in which nothing loads, leads away or is HTML of its own: that stays text."""
    from markdown_it import MarkdownIt

    drawer = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", "table"])
    return drawer.disable(["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"])


def _failure(item: Item) -> str:
    if not item.is_failed:
        return ""
    hint = item.error.get("hint")
    told = f'<p class="hint">{escape(str(hint))}</p>' if hint else ""
    code = escape(str(item.error.get("code") or "unknown"))
    return f'<p class="error"><code>{code}</code> {escape(item.failure)}</p>{told}'


def _facts(item: Item, record: Record) -> str:
    """Report the size, what was sent of it, tokens, price and time; what is not known is left out."""
    image, facts = item.image, []
    if image.get("width_px"):
        size, sent = _size(image, ""), _size(image, "sent_")
        facts.append(f"{size} px" if size == sent or not image.get("sent_width_px") else f"{size} → {sent} px")
    if image.get("detail"):
        facts.append(str(image["detail"]))
    tokens, out = item.billed.get("input_tokens") or image.get("tokens"), item.billed.get("output_tokens")
    if isinstance(tokens, int):
        facts.append(f"{tokens:,} tokens" + (f" + {out:,} out" if isinstance(out, int) else ""))
    if item.billed_usd is not None:
        facts.append(usd(item.billed_usd))
    elif item.projected_usd is not None and not item.is_failed:
        facts.append(f"{usd(item.projected_usd)} projected")
    if item.is_cached:
        facts.append("cached, not paid again")
    elif isinstance(record.get("seconds"), (int, float)):
        facts.append(f"{record['seconds']:.1f} s")
    if (record.get("attempts") or 0) > 1:
        facts.append(f"{record['attempts']} attempts")
    facts += [str(warning) for warning in image.get("warnings") or ()]
    last = len(facts) - 1
    return " ".join(f"<span>{escape(fact)}{' ·' if at < last else ''}</span>" for at, fact in enumerate(facts))


def _size(image: dict[str, Any], prefix: str) -> str:
    return f"{image.get(prefix + 'width_px')} {_TIMES} {image.get(prefix + 'height_px')}"


class KeptThumbnails:
    """The thumbnails of the pages that a scan is about to replace, by their names: these need no picture decoded.

    In memory is where each stands in its page; a page that changed meanwhile has none.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths

    def find(self, name: bytes) -> bytes | None:
        """Return a thumbnail; None where no page has it. Safe to call from several threads."""
        path, start, stop = self._places.get(name, ("", 0, 0))
        if not path:
            return None
        try:
            with open(path, "rb") as page:
                page.seek(start)
                data = base64.b64decode(page.read(stop - start), validate=True)
        except (OSError, ValueError):
            return None
        return data if _name_in(data) == name else None

    @cached_property
    def _places(self) -> dict[bytes, tuple[str, int, int]]:
        """(path, start, stop) of each, as Base64."""
        found: dict[bytes, tuple[str, int, int]] = {}
        for path in self._paths:
            with contextlib.suppress(OSError, ValueError):  # "-", a pipe, an empty file
                if os.path.isfile(path):
                    found |= _thumbnails_in(path)
        return found


def _thumbnails_in(path: str) -> dict[bytes, tuple[str, int, int]]:
    import mmap

    found = {}
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as page:
        at = page.find(_IMAGE) if page[: len(_PAGE)] == _PAGE else -1
        while at >= 0:
            start = at + len(_IMAGE)
            stop = page.find(b'"', start, start + _LONGEST_THUMBNAIL)
            with contextlib.suppress(ValueError):
                name = _name_in(base64.b64decode(page[start : start + _HEAD_CHARS]))
                if name and stop > 0:
                    found[name] = path, start, stop
            at = page.find(_IMAGE, start)
    return found


def _name_in(jpeg: bytes) -> bytes:
    """Return the comment that follows a JPEG's first segment; empty where there is none."""
    return jpeg[24:56] if jpeg[20:24] == b"\xff\xfe\x00\x22" else b""


_PAGE = b"<!DOCTYPE html>"
_IMAGE = b'<img src="data:image/jpeg;base64,'
_HEAD_CHARS = 76  # of Base64: a comment of 32 bytes and what stands before it
_LONGEST_THUMBNAIL = 200_000


_GROUP = 100  # items; as many as the script shows on one page


DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "report")


class HtmlReport(WholeReport):
    """Writes a card an item. In memory are the totals only."""

    wants_thumbnails = True

    def __init__(self, path: str, *, question: str = "") -> None:
        self._style, self._script = read_asset("report.css"), read_asset("report.js")
        self._head, self._foot = page_parts("report.html")
        self._question = clean(question.strip())
        self._totals = Totals()
        self._models: dict[str, None] = {}
        self._has_head = False
        self._items = 0
        self._target = open_target(path)
        self._folder = os.path.dirname(os.path.realpath(path)) if path != "-" else os.getcwd()

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:
        item = read_item(record)
        self._totals.add(item)
        model = record.get("model")
        if model and len(self._models) < 4:
            self._models[str(model)] = None
        group = '</ol>\n<ol role="list">\n' if self._items and not self._items % _GROUP else ""
        self._items += 1
        self._target.write((self._opening() + group + item_html(item, record, thumbnail, folder=self._folder)).encode())

    def close(self, summary: Summary) -> None:
        totals = _totals_html(self._totals, summary, tuple(self._models))
        self._target.write((self._opening() + self._foot.replace("{totals}", totals)).encode())
        self._target.finish()

    def _opening(self) -> str:
        """Return the head once, with the first bytes."""
        if self._has_head:
            return ""
        self._has_head = True
        first = _first_line(self._question)
        folded = f"<details><summary>The whole prompt</summary><pre>{html.escape(self._question)}</pre></details>"
        values = {
            "policy": page_policy(self._style, self._script),
            "style": self._style,
            "script": self._script,
            "command": "scan",
            "title": html.escape(first or "What the scan found"),
            "prompt": "" if first == self._question else folded,
        }
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self._head)


_TITLE_CHARS = 200


def _first_line(text: str) -> str:
    """Return the line that heads the page: of a prompt of many lines the first one."""
    lines = text.splitlines()
    if len(lines) <= 2 and len(text) <= _TITLE_CHARS:
        return text
    return lines[0] if len(lines[0]) <= _TITLE_CHARS else f"{lines[0][: _TITLE_CHARS - 1]}…"


def page_parts(name: str) -> tuple[str, str]:
    """Return what stands before the items of a page, in the frame that all pages have, and what stands behind them."""
    before, behind = (read_asset("page.html") + read_asset(name)).split("{items}\n")
    return before, behind


def read_asset(name: str) -> str:
    """Read a file of the page with the line ends that a browser hashes."""
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return file.read()


def page_policy(style: str, script: str | None = None) -> str:
    """Return the policy of a page: its one style, its one script if it has any, and pictures; nothing else."""
    hashes = f"style-src {_hash(style)}" + ("" if script is None else f"; script-src {_hash(script)}")
    return f"default-src 'none'; img-src data: file:; {hashes}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _totals_html(totals: Totals, summary: Summary, models: tuple[str, ...]) -> str:
    stopped = stop_note(summary)
    lines = [f'<p class="model">{escape(", ".join(models))}</p>'] if models else []
    lines += [f'<p class="stopped">{escape(stopped)}</p>'] if stopped else []
    lines.append('<dl class="tiles">')
    for tile in tiles(totals, summary):
        kind = ' class="bad"' if tile.name == "failed" else ""
        lines.append(f"<div{kind}><dt>{escape(tile.name)}</dt><dd><b>{escape(tile.figure)}</b>")
        lines.append(f"<small>{escape(tile.note)}</small></dd></div>" if tile.note else "</dd></div>")
    lines.append("</dl>")
    if totals.failures:
        lines.append('<ul class="failures">')
        for code, number in totals.failures.most_common():
            hint = totals.hints.get(code)
            told = f"<span>{escape(hint)}</span>" if hint else ""
            lines.append(f"<li><b>{number:,}</b> <code>{escape(code)}</code> {told}</li>")
        lines.append("</ul>")
    return "\n".join(lines)
