"""The lines that people read: the price line, the table of `cost`, usage after an answer, amounts of money."""

from __future__ import annotations

import sys
from bisect import bisect_left
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.format import count, usd
from visionask.core.prices import OLD_DAYS, cost_usd
from visionask.report.clean import one_line
from visionask.report.table import Column, Row, cut_middle, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from visionask.core.catalog import Model
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan, Kind, Sizing
    from visionask.core.projection import Compared, Projection
    from visionask.core.request import Outcome
    from visionask.report.console import Console

DRIFT = Decimal("0.02")  # a bill that differs more than this from the projection is told
SOON_DAYS = 90


WIDEST = 80  # columns of the price line


def price_line(projection: Projection, levels: Iterable[str], *more: str) -> str:
    """Return the one line that stands before a request is sent; `more` are facts at its end.

    `~` stands before a figure that is inferred or usual, `<=` before a bound, `?` for what is not known.
    """
    if not projection.images:
        return "0 images · nothing to ask"
    about = "~" if projection.is_about else ""
    tokens = "?" if projection.input_tokens is None else f"{about}{projection.input_tokens:,}"
    if projection.rate == "this machine":
        facts = [] if projection.input_tokens is None else [f"{tokens} tokens"]
        facts.append("on this machine, no charge")
    else:
        facts = [f"{tokens} tokens", _price(projection)]
        if projection.rate != "standard" and projection.input_usd is not None:
            facts.append(f"{projection.rate} rate")
        saved = saving_percent(projection.image_tokens, projection.full_size_tokens)
        facts += [f"{saved}% saved"] if saved else []
    images, level = count(projection.images, "image"), " ".join(["", "/".join(sorted(set(levels)))]).rstrip()
    rest = " · ".join([*facts, *more])
    room = WIDEST - len(f"{images} · {level} · {rest}")
    return f"{images} · {cut_middle(one_line(projection.model.name), room)}{level} · {rest}"


def _price(projection: Projection) -> str:
    if projection.input_usd is None:
        return "$?"
    about = "~" if projection.is_about else ""
    output = "" if projection.max_output_usd == 0 else f" + {output_price(projection)}"
    return f"{about}{usd(projection.input_usd)}{output}"


def output_price(projection: Projection) -> str:
    """Return the price of the answers: a bound, what is usual, or only that there is one."""
    if projection.max_output_usd == 0:
        return "$0 out"
    if projection.max_output_usd is not None:
        return f"<={usd(projection.max_output_usd)} out"
    return "output" if projection.usual_output_usd is None else f"~{usd(projection.usual_output_usd)} out"


def usual_note(projection: Projection) -> str:
    """Return where the usual output comes from; empty where none is known."""
    usual = projection.usual
    if usual is None:
        return ""
    whose = "to this question" if usual.of == "question" else "of this model"
    figures = f"median {usual.median_tokens:,}, 90% up to {usual.p90_tokens:,}"
    return f"usual output: {figures} tokens in {usual.answers:,} answers {whose}"


def answered_line(asking: Projection, whole: int, *, answered: int, refused: int, is_about: bool) -> str:
    """Return the line before a scan of which some is answered: only what is to be asked has a price."""
    about = "~" if is_about else ""
    before = f"{about}{answered:,} of {whole:,} answered before"
    before += f", {refused:,} refused" if refused else ""
    if not asking.images:
        return f"{before}; nothing to ask · $0"
    price = "no charge" if asking.rate == "this machine" else _price(asking)
    return f"{before}; {about}{asking.images:,} to ask · {price}"


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
    notes += filter(None, [usual_note(projection)])
    return notes


def saving_percent(sent: int | None, full: int | None) -> int:
    """Say how many percent fewer tokens are sent than full size would cost; 0 where it is not known or not less."""
    if sent is None or not full or sent >= full:
        return 0
    return (full - sent) * 100 // full


def model_warnings(projection: Projection, today: str) -> list[str]:
    """Return warnings of a price that may hold no more, and of a model that is gone or will soon be."""
    return [*_past_price(projection, today), *_context(projection), *_shutdown(projection.model, today)]


def old_prices(models: Iterable[Model], today: str) -> str | None:
    """Say that prices were checked long ago, of all models in one line; None where none is old."""
    old = [model for model in models if model.prices is not None and model.prices.is_old(today)]
    if not old:
        return None
    first = min(model.prices.checked for model in old if model.prices is not None)
    names = one_line(old[0].name) + (f" and {count(len(old) - 1, 'more model')}" if old[1:] else "")
    return f"prices of {names} were last checked on {first}, more than {OLD_DAYS} days ago: they may have changed"


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
    model, about = projection.model, "about " if projection.is_about else ""
    whose = "the server's context" if model.is_server_context else f"the context of {model.name}"
    is_images = model.is_server_context and not projection.text_tokens
    tokens = "image tokens" if is_images else "tokens in one request"
    fact = f"{about}{needed:,} {tokens}, and {whose} is {most:,}"
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


MOST_ROWS = 20  # images: more are summed up by kind and size, unless --list asks for a row each
SIDES_PX = (512, 1024, 2048, 4096)  # the classes of size, by the longest side
OVER = SIDES_PX[-1] + 1  # of all that are larger
_CLASS_PX = (*SIDES_PX, OVER)
_FIGURES = (Column("tokens", "number"), Column("price", "number"))
_IMAGES = (
    Column("image", "name"),
    Column("size", "number", goes=2),
    Column("detail", goes=1),
    Column("sent", "number", goes=3),
    *_FIGURES,
)
_CLASSES = (Column("kind and longest side"), Column("images", "number"), *_FIGURES)
_CANNOT_BE_SENT = ("-",) * (len(_IMAGES) - 1)


class ImageTable:
    """The table of `cost`: a row for each image where they are few or a list is asked for, else sums by kind and size.

    `rate` is USD for 1,000,000 input tokens.
    """

    def __init__(self, rate: Decimal | None, *, lists_all: bool = False) -> None:
        self._rate = rate
        self._most = sys.maxsize if lists_all else MOST_ROWS
        self._rows: list[Row] = []
        self.has_room = True  # for a row: False when one more image was added than is listed
        self._reasons: list[str] = []  # why images cannot be sent
        self._cells: dict[Sizing, tuple[str, ...]] = {}

    def add(self, image: ImagePlan) -> None:
        """Take in an image; more than `has_room` need not be added."""
        if self.has_room:
            self._add(Row((one_line(image.source.label), *self._figures(image))))

    def add_failed(self, failed: Failed) -> None:
        """Take in an image that cannot be sent."""
        if self.has_room:
            self._add(Row((one_line(failed.label), *_CANNOT_BE_SENT), "red"))
        if len(self._reasons) < self._most:
            self._reasons.append(one_line(failed.error.message))

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        self.has_room = len(self._rows) <= self._most

    def write(self, console: Console, projection: Projection, counts: Mapping[Kind, int], failed: int = 0) -> None:
        """Write the table, the images that cannot be sent, and what the sum means; `counts` are of all images."""
        figures = _sum_figures(projection)
        if self.has_room:
            total = (count(projection.images, "image"), "", "", "", *figures)
            write_table(console, _IMAGES, self._rows, total if len(self._rows) > 1 or projection.text_tokens else ())
        else:
            rows = [
                (_class_name(*key), f"{images:,}", *_figures(tokens, self._rate))
                for key, (images, tokens) in sorted(_sums(counts).items())
            ]
            write_table(console, _CLASSES, rows, ("all", f"{projection.images:,}", *figures))
        for reason in self._reasons if failed > 1 else ():  # of one, the error that ends the command
            console.prose(f"cannot be sent: {reason}")
        if len(self._reasons) < failed:
            console.prose(f"cannot be sent: {failed - len(self._reasons):,} more (--list names all)")
        console.prose(sum_line(projection))

    def _figures(self, image: ImagePlan) -> tuple[str, ...]:
        sizing = image.sizing
        if image.probe is None:  # a link that the provider fetches
            return ("-", sizing.level, "-", "?", "?")
        found = self._cells.get(sizing)
        if found is None:
            size, sent = (f"{w}x{h}" for w, h in (sizing.upright, sizing.sent))
            found = (size, sizing.level, sent, *_figures(sizing.tokens, self._rate, "" if sizing.is_sure else "~"))
            self._cells[sizing] = found
        return found


def _sums(counts: Mapping[Kind, int]) -> dict[tuple[str, int], tuple[int, int | None]]:
    """Add up images and tokens by format and class of size."""
    sums: dict[tuple[str, int], tuple[int, int | None]] = {}
    for (kind, sizing), number in counts.items():
        key = ("link", 0) if kind is None else (kind, _CLASS_PX[bisect_left(SIDES_PX, max(sizing.upright))])
        images, tokens = sums.get(key, (0, 0))
        tokens = None if tokens is None or sizing.tokens is None else tokens + sizing.tokens * number
        sums[key] = images + number, tokens
    return sums


def _figures(tokens: int | None, rate: Decimal | None, about: str = "") -> tuple[str, str]:
    return "?" if tokens is None else f"{about}{tokens:,}", marked_usd(cost_usd(tokens, rate), about)


def _sum_figures(projection: Projection) -> tuple[str, str]:
    about = "~" if projection.is_about and projection.images else ""
    tokens = "?" if projection.input_tokens is None else f"{about}{projection.input_tokens:,}"
    return tokens, marked_usd(projection.input_usd, about)


def _class_name(kind: str, side_px: int) -> str:
    if not side_px:
        return "link, handed on"
    return f"{kind} over {SIDES_PX[-1]:,} px" if side_px == OVER else f"{kind} up to {side_px:,} px"


def sum_line(projection: Projection) -> str:
    """Return what the sum of a table is of: the model, the text in it, what full size would have cost."""
    facts = [one_line(projection.model.name)]
    if projection.input_usd is None:
        facts.append("price unknown")
    elif projection.images and projection.rate != "this machine":
        is_free = projection.max_output_usd == 0
        facts.append("output is free" if is_free else f"+ {output_price(projection)}{_usual_reason(projection)}")
    if projection.text_tokens:
        facts.append(f"{projection.text_tokens:,} text tokens in it")
    saved = saving_percent(projection.image_tokens, projection.full_size_tokens)
    if saved:
        full = f"{projection.full_size_tokens:,} tokens"
        full += "" if projection.full_size_usd is None else f", {usd(projection.full_size_usd)}"
        facts.append(f"{saved}% saved (full size: {full})")
    return " · ".join(facts)


def table_total(projection: Projection, failed: int) -> list[str]:
    """Return the totals of images that are not listed."""
    tokens, price = _sum_figures(projection)
    more = f" · {failed:,} cannot be sent" if failed else ""
    return [f"{count(projection.images, 'image')} · {tokens} tokens · {price}{more}", sum_line(projection)]


def _usual_reason(projection: Projection) -> str:
    usual = projection.usual
    if usual is None or projection.max_output_usd is not None or projection.p90_output_usd is None:
        return ""
    whose = "to this question" if usual.of == "question" else "of this model"
    return f" (90% up to {usd(projection.p90_output_usd)}: {usual.answers:,} answers {whose})"


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


_COMPARED = (
    Column("model", "name"),
    Column("tokens", "number"),
    Column("price", "number"),
    Column("output", "number"),
    Column("1,000 images", "number", goes=2),
    Column("at low", "number", goes=1),
)


def write_compared(console: Console, compared: Compared) -> None:
    """Write the same images across models, in their order, and say where the usual output is not compared."""
    found = []
    for row, low in compared.rows:
        about = "~" if row.is_about else ""
        tokens = "?" if row.input_tokens is None else f"{about}{row.input_tokens:,}"
        output = "?" if row.input_usd is None else output_price(row).removesuffix(" out")
        found.append(
            (
                one_line(row.model.name),
                tokens,
                marked_usd(row.input_usd, about),
                "+ output" if output == "output" else output,
                marked_usd(compared.per_thousand(row), _mark_of(row) if compared.counts_output else about),
                marked_usd(compared.usd(low), _mark_of(low) if compared.counts_output else about),
            )
        )
    write_table(console, _COMPARED, found)
    if compared.left_out:
        names = ", ".join(map(one_line, compared.left_out))
        console.note(f"sorted by the input alone: the usual output is known of {names} only (--max-tokens bounds all)")


def _mark_of(projection: Projection) -> str:
    """Return the mark of input and output together."""
    if projection.max_output_usd:
        return "<="
    return "~" if projection.is_about or projection.usual_output_usd is not None else ""


def marked_usd(amount: Decimal | None, about: str) -> str:
    """Return an amount with its mark, `?` for what is not known."""
    return "?" if amount is None else f"{about if amount else ''}{usd(amount)}"


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
