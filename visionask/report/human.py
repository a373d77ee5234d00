"""The lines that people read: the price line, the table of `cost`, usage after an answer, amounts of money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.format import count, usd
from visionask.core.projection import per_thousand, worst_usd
from visionask.report.clean import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.catalog import Model
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan, Sizing
    from visionask.core.projection import Projection
    from visionask.core.request import Outcome

DRIFT = Decimal("0.02")  # a bill that differs more than this from the projection is told
SOON_DAYS = 90


WIDEST = 80  # columns of the price line


def price_line(projection: Projection, levels: Iterable[str], *more: str) -> str:
    """Return the one line that stands before a request is sent; `more` are facts at its end.

    `~` stands before a figure that is inferred or usual, `<=` before a bound, `?` for what is not known.
    """
    if projection.rate == "this machine":
        facts = ["on this machine, no charge"]
    else:
        about = "~" if projection.is_about else ""
        tokens = "?" if projection.input_tokens is None else f"{about}{projection.input_tokens:,}"
        facts = [f"{tokens} tokens", _price(projection)]
        if projection.rate != "standard" and projection.input_usd is not None:
            facts.append(f"{projection.rate} rate")
        saved = saving_percent(projection.image_tokens, projection.full_size_tokens)
        facts += [f"{saved}% saved"] if saved else []
    images, level = count(projection.images, "image"), "/".join(sorted(set(levels)))
    rest = " · ".join([*facts, *more])
    room = WIDEST - len(f"{images} ·  {level} · {rest}")
    return f"{images} · {cut_middle(one_line(projection.model.name), room)} {level} · {rest}"


def _price(projection: Projection) -> str:
    if projection.input_usd is None:
        return "$?"
    about = "~" if projection.is_about else ""
    out = " + output" if projection.max_output_usd is None else f" + <={usd(projection.max_output_usd)} out"
    return f"{about}{usd(projection.input_usd)}{out}"


def price_notes(projection: Projection) -> list[str]:
    """Return why the figures of the price line are what they are, for --verbose."""
    model = projection.model
    if projection.rate == "this machine":
        return []
    notes = [f"image tokens: {projection.basis}" + (f" ({one_line(model.rule_note)})" if model.rule_note else "")]
    if model.is_elsewhere:
        notes.append(f"asked of a server that is not {model.provider}'s: priced as {model.provider} bills it")
    notes[0] += f", checked {model.rule_checked}" if model.rule_checked else ""
    if model.prices is not None:
        notes.append(f"prices: {one_line(model.prices.source)}, checked {model.prices.checked or 'never'}")
    notes.append(f"text tokens: {projection.text_tokens:,}")
    return notes


def cut_middle(text: str, room: int, *, least: int = 12) -> str:
    """Return a text of at most `room` characters, but no fewer than `least`, cut in its middle where it is longer."""
    room = max(room, least)
    if len(text) <= room:
        return text
    head = (room - 1) // 2
    return f"{text[:head]}…{text[len(text) - (room - 1 - head) :]}"


def saving_percent(sent: int | None, full: int | None) -> int:
    """Say how many percent fewer tokens are sent than full size would cost; 0 where it is not known or not less."""
    if sent is None or not full or sent >= full:
        return 0
    return (full - sent) * 100 // full


def model_warnings(projection: Projection, today: str) -> list[str]:
    """Return warnings of a price that may hold no more, and of a model that is gone or will soon be."""
    return [*_past_price(projection, today), *_context(projection), *_shutdown(projection.model, today)]


def _past_price(projection: Projection, today: str) -> list[str]:
    """Say that nothing tells whether the price still holds."""
    model = projection.model
    if model.prices is None or not model.prices.is_past(today) or projection.input_usd is None:
        return []
    return [f"the price of {model.name} was said to hold until {model.prices.until}: it may be higher now"]


def _context(projection: Projection) -> list[str]:
    """Say that a request is longer than the model reads."""
    most, needed = projection.model.context_tokens, projection.largest_tokens
    if most is None or needed is None or needed <= most:
        return []
    about = "about " if projection.is_about else ""
    fact = f"{about}{needed:,} tokens in one request, and the context of {projection.model.name} is {most:,}"
    return [f"{fact}: send less (--max-side, --image-tokens, fewer images)"]


def _shutdown(model: Model, today: str) -> list[str]:
    if model.shutdown is not None:
        note = f" ({model.shutdown_note})" if model.shutdown_note else ""
        if model.is_shut_down(today):
            return [f"{model.name} was shut down on {model.shutdown}{note}: the provider no longer answers for it"]
        left = model.days_left(today) or 0
        if left <= SOON_DAYS:
            return [f"{model.name} will be shut down on {model.shutdown}{note}, in {count(left, 'day')}"]
    return []


TABLE_HEAD = f"{'size':>13}  {'detail':<8}  {'sent':>13}  {'tokens':>8}  {'price':>13}  image"


def table_row(sizing: Sizing, price: Decimal | None) -> str:
    """Write one row of `cost` without its name: the name comes last, as only it has no width of its own."""
    tokens = "unknown" if sizing.tokens is None else f"{sizing.tokens:,}"
    size, sent = (f"{w}x{h}" for w, h in (sizing.upright, sizing.sent))
    return f"{size:>13}  {sizing.level:<8}  {sent:>13}  {tokens:>8}  {usd(price):>13}  "


def failed_row(failed: Failed) -> str:
    """Write the row of an image that cannot be sent."""
    return f"{'-':>13}  {'-':<8}  {'-':>13}  {'-':>8}  {'-':>13}  {one_line(failed.error.message)}"


def image_row(image: ImagePlan, price: Decimal | None) -> str:
    """Write one row of `cost` with its name."""
    if image.probe is None:
        unknown = f"{'-':>13}  {image.sizing.level:<8}  {'-':>13}  {'unknown':>8}  {usd(None):>13}  "
        return unknown + one_line(image.source.label)
    return table_row(image.sizing, price) + one_line(image.source.label)


def table_total(projection: Projection, failed: int) -> list[str]:
    """Write the totals below the table, and what full size would have cost."""
    tokens = "unknown" if projection.input_tokens is None else f"{projection.input_tokens:,}"
    about = "about " if projection.is_about and projection.images else ""
    name = f"{about}{count(projection.images, 'image')} on {one_line(projection.model.name)}"
    if projection.text_tokens:
        name += f", with {projection.text_tokens:,} text tokens"
    if failed:
        name += f"; {failed:,} cannot be sent"
    lines = [f"{'total':>13}  {'':<8}  {'':>13}  {tokens:>8}  {usd(projection.input_usd):>13}  {name}"]
    saved = saving_percent(projection.image_tokens, projection.full_size_tokens)
    if saved:
        full = f"{projection.full_size_tokens:>8,}  {usd(projection.full_size_usd):>13}"
        lines.append(f"{'':>13}  {'':<8}  {'':>13}  {full}  the images at full size ({saved}% saved)")
    return lines


def exact_line(counted: int, projected: int | None, *, requests: int | None = None) -> str:
    """Set the provider's own count against the projection; `requests` where there may be several."""
    if not projected:
        beside = "projection unknown"
    elif counted == projected:
        beside = "as projected"
    else:
        percent = abs(counted - projected) / projected * 100
        off = "under 0.1%" if percent < 0.05 else f"{percent:,.1f}%"
        ratio = "" if requests is None else f": x {counted / projected:.4f}"
        beside = f"projected {projected:,}, {off} off{ratio}"
    where = "" if requests is None else f" in {count(requests, 'request')}"
    return f"exact: {counted:,} tokens{where} ({beside})"


COMPARED_NAME = 44  # columns of a model's name in the table of --compare


def compare_lines(rows: Sequence[tuple[Projection, Projection]]) -> list[str]:
    """Return the same images across models, in the order given; the second of each pair is at detail low."""
    head = f"{'tokens':>11}  {'price':>11}  {'1,000 images':>12}  {'at low':>11}"
    width = min(COMPARED_NAME, max([5, *(len(one_line(row.model.name)) for row, _ in rows)]))
    lines = [f"{'model':<{width}}  {head}"]
    for row, low in rows:
        about = "~" if row.is_about else ""
        tokens = "?" if row.input_tokens is None else f"{about}{row.input_tokens:,}"
        prices = [marked_usd(worst_usd(row), about), marked_usd(per_thousand(row), about)]
        prices.append(marked_usd(worst_usd(low), "~" if low.is_about else ""))
        figures = f"{tokens:>11}  {prices[0]:>11}  {prices[1]:>12}  {prices[2]:>11}"
        lines.append(f"{cut_middle(one_line(row.model.name), width):<{width}}  {figures}")
    return lines


def marked_usd(amount: Decimal | None, about: str) -> str:
    """Return an amount with its mark, `?` for what is not known."""
    return "?" if amount is None else f"{about}{usd(amount)}"


def usage_line(outcome: Outcome, *, always: bool) -> str | None:
    """Set projected against billed; None when nothing was billed, or it agrees within 2% and nobody asked."""
    usage = None if outcome.answer is None else outcome.answer.usage
    if usage is None or usage.input_tokens is None or outcome.planned is None:
        return "the server did not say what it billed" if always and outcome.answer is not None else None
    projection = outcome.planned.projection
    projected = projection.input_tokens
    drifts = projected is not None and abs(usage.input_tokens - projected) > DRIFT * projected
    if not always and not drifts:
        return None
    parts = [f"billed {usage.input_tokens:,} tokens in"]
    if usage.image_tokens is not None:
        parts[0] += f" ({usage.image_tokens:,} image)"
    if projected is not None:
        parts[0] += f" against {projected:,} projected"
    if usage.cached_tokens:
        parts.append(f"{usage.cached_tokens:,} cached")
    if usage.output_tokens is not None:
        thought = f" ({usage.reasoning_tokens:,} reasoning)" if usage.reasoning_tokens else ""
        parts.append(f"{usage.output_tokens:,} out{thought}")
    if projection.rate != "this machine":
        parts.append("price unknown" if outcome.billed_usd is None else usd(outcome.billed_usd))
    return " · ".join(parts)


class Warned:
    """Warnings of images: each of them one line, with the name of the first image and the count of the others."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, int]] = {}

    def add(self, label: str, warnings: Iterable[str]) -> None:
        """Take the warnings of one image in."""
        for warning in warnings:
            first, others = self._found.get(warning, (label, -1))
            self._found[warning] = (first, others + 1)

    def add_prepared(self, outcome: Outcome) -> None:
        """Take in what was seen when the pictures of a request were made."""
        if outcome.planned is None or not outcome.encoded:
            return
        for plan, picture in zip(outcome.planned.images, outcome.encoded, strict=True):
            self.add(plan.source.label, () if picture is None else picture.warnings)

    @property
    def lines(self) -> list[str]:
        """The warnings so far."""
        return [
            f"{one_line(label)}{_and_others(others)}: {warning}" for warning, (label, others) in self._found.items()
        ]


def _and_others(others: int) -> str:
    return f" and {count(others, 'more image')}" if others else ""


def image_warnings(plans: Iterable[ImagePlan]) -> list[str]:
    """Write the warnings of the images of one request."""
    warned = Warned()
    for plan in plans:
        warned.add(plan.source.label, plan.sizing.warnings)
    return warned.lines


def limit_warnings(projection: Projection) -> list[str]:
    """Say in how many images of a scan there is what models see badly."""
    return [f"{number:,} of {count(projection.images, 'image')}: {limit}" for limit, number in projection.limits]
