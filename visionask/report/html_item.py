"""Owns one item of the page: its thumbnail, its answer or failure, and what it took. All text is escaped here."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any

from visionask.core.schema import spell
from visionask.report.clean import clean, one_line
from visionask.report.human import usd

if TYPE_CHECKING:
    from visionask.report.item import Item
    from visionask.report.records import Record


_TIMES = "\N{MULTIPLICATION SIGN}"


def escape(text: str) -> str:
    """Make a text safe in HTML, also within an attribute, and its invisible characters visible."""
    return html.escape(clean(text))


def item_html(item: Item, record: Record, thumbnail: bytes | None) -> str:
    """Write one card. What the script sorts by stands in data attributes, as numbers."""
    kind = "cached" if item.is_cached and item.status == "ok" else item.status
    price = item.billed_usd if item.billed_usd is not None else item.projected_usd
    tokens = item.billed.get("input_tokens") or item.image.get("tokens")
    numbers = {"price": None if price is None else f"{price:f}", "tokens": tokens, "seconds": record.get("seconds")}
    sorts = "".join(f' data-{name}="{escape(str(value))}"' for name, value in numbers.items() if value is not None)
    name = html.escape(one_line(item.source)) or "no name"
    return (
        f'<li class="{escape(kind)}" data-status="{escape(kind)}"{sorts}><article>{_picture(thumbnail)}<div>'
        f'<h2>{name}</h2>{_answer(item)}{_failure(item)}<p class="facts">{_facts(item, record)}</p>'
        "</div></article></li>\n"
    )


def _picture(thumbnail: bytes | None) -> str:
    if not thumbnail:
        return '<div class="picture none"></div>'
    data = base64.b64encode(thumbnail).decode()
    image = f'<img src="data:image/jpeg;base64,{data}" alt="">'
    return f'<div class="picture">{image}</div>'


def _answer(item: Item) -> str:
    if item.data:
        fields = "".join(
            f"<div><dt>{html.escape(one_line(name))}</dt><dd>{escape(spell(value))}</dd></div>"
            for name, value in item.data.items()
        )
        return f'<dl class="data">{fields}</dl>'
    return f'<p class="answer">{escape(item.answer.strip())}</p>' if item.answer else ""


def _failure(item: Item) -> str:
    if not item.is_failed:
        return ""
    hint = item.error.get("hint")
    told = f'<p class="hint">{escape(str(hint))}</p>' if hint else ""
    code = escape(str(item.error.get("code") or "unknown"))
    return f'<p class="error"><code>{code}</code> {escape(item.failure)}</p>{told}'


def _facts(item: Item, record: Record) -> str:
    """Tell the size, what was sent of it, tokens, price and time; what is not known is left out."""
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
        facts.append("from the ledger, not paid again")
    elif isinstance(record.get("seconds"), (int, float)):
        facts.append(f"{record['seconds']:.1f} s")
    if (record.get("attempts") or 0) > 1:
        facts.append(f"{record['attempts']} attempts")
    facts += [str(warning) for warning in image.get("warnings") or ()]
    last = len(facts) - 1
    return " ".join(f"<span>{escape(fact)}{' ·' if at < last else ''}</span>" for at, fact in enumerate(facts))


def _size(image: dict[str, Any], prefix: str) -> str:
    return f"{image.get(prefix + 'width_px')} {_TIMES} {image.get(prefix + 'height_px')}"
