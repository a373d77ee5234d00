"""The price of a request before it is sent: the sum over its images, the text, and the rate that is assumed.

The correction of a projection by what was billed before: never silent, never taken for the provider's rule.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.catalog import SURE, Basis, Model
from visionask.core.errors import BudgetError
from visionask.core.format import count
from visionask.core.namedtuple import NamedTuple
from visionask.core.plan import PictureOptions, Planner, Sizing
from visionask.core.prices import Rates, Tier, cost_usd, sum_usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction


class Usual(NamedTuple):
    """The output tokens of earlier answers, reasoning in them: to the same question, or of the model to any."""

    median_tokens: int
    p90_tokens: int
    answers: int  # that were looked at
    of: str  # "question" or "model"


LEAST_ANSWERS = 20  # fewer tell nothing that is usual


def usual_of(tokens: "Sequence[int]", of: str) -> Usual | None:
    """Return the median and the 90th percentile, by nearest rank; None for fewer than `LEAST_ANSWERS`.

    1 to 20: the 10th and the 18th of them, 10 and 18.
    """
    if len(tokens) < LEAST_ANSWERS:
        return None
    ranked, number = sorted(tokens), len(tokens)
    return Usual(ranked[(number + 1) // 2 - 1], ranked[-(-number * 9 // 10) - 1], number, of)


class Terms(NamedTuple):
    """How the tokens will be billed: the tier, whether a cache write is paid, and the longest answer allowed."""

    tier: Tier = "standard"
    pays_cache_write: bool = False
    max_output_tokens: int | None = None
    is_free: bool = False  # a model on this machine
    is_one_request: bool = True  # False: one request for each image, as a scan sends them
    usual: Usual | None = None  # what answers took before, where it is known


class Projection(NamedTuple):
    """Tokens and price before anything is sent. None: not known, never 0."""

    model: Model
    images: int
    image_tokens: int | None
    text_tokens: int
    input_tokens: int | None
    full_size_tokens: int | None
    input_usd: Decimal | None
    max_output_usd: Decimal | None
    input_rate: Decimal | None  # USD for 1,000,000 tokens
    rate: str  # what the price assumes: "standard", "batch", "flex, long context", ...
    basis: Basis
    is_about: bool
    largest_tokens: int | None = None  # of its largest request
    standard_usd: Decimal | None = None  # of the input, were it asked now and in the standard tier
    usual: Usual | None = None
    usual_output_usd: Decimal | None = None  # of answers as long as the median
    p90_output_usd: Decimal | None = None
    limits: tuple[tuple[str, int], ...] = ()  # what models see badly, and in how many of the pictures

    @property
    def full_size_usd(self) -> Decimal | None:
        """The price of the images alone, had they been sent as they are."""
        return cost_usd(self.full_size_tokens, self.input_rate)


# From 1,024 input tokens the provider caches by itself (GPT-5.6 and newer), and a write costs more than input.
# Source: developers.openai.com/api/docs/guides/prompt-caching, as read 2026-11-22.
CACHED_FROM_TOKENS = 1024


def project(
    model: Model, sizings: "Iterable[Sizing]", *, text_tokens: int, is_text_about: bool, terms: Terms
) -> Projection:
    """Price one request about these pictures. One unknown picture makes the sum unknown."""
    tally = Tally()
    for sizing in sizings:
        tally.add(sizing)
    return tally.project(model, text_tokens=text_tokens, is_text_about=is_text_about, terms=terms)


class Tally:
    """A running sum over pictures, so that 100,000 of them need no more memory than one."""

    def __init__(self) -> None:
        self.images = 0
        self.tokens: int | None = 0
        self.full_size_tokens: int | None = 0
        self._limits: dict[str, int] = {}
        self._sizes: dict[int, int] = {}  # pictures by their tokens: those of a scan have few different numbers
        self.is_sure = True
        self.is_sampled = False

    def add(self, sizing: "Sizing", images: int = 1) -> None:
        """Count pictures of one sizing in."""
        tokens, full = sizing.tokens, sizing.full_size_tokens
        self.images += images
        self.is_sure &= sizing.is_sure
        self.tokens = None if self.tokens is None or tokens is None else self.tokens + tokens * images
        if tokens is not None:
            self._sizes[tokens] = self._sizes.get(tokens, 0) + images
        known = self.full_size_tokens
        self.full_size_tokens = None if known is None or full is None else known + full * images
        for limit in sizing.limits:
            self._limits[limit] = self._limits.get(limit, 0) + images

    def add_all(self, sizings: "Iterable[Sizing]") -> None:
        """Count pictures in."""
        for sizing in sizings:
            self.add(sizing)

    def times(self, factor: "Fraction") -> "Tally":
        """Return what so many times as many pictures like these come to, about; 3 of 4 pictures times 1/2 are 2."""
        sum_ = Tally()
        sum_.images, sum_.is_sure, sum_.is_sampled = round(self.images * factor), self.is_sure, True
        sum_.tokens = None if self.tokens is None else round(self.tokens * factor)
        sum_.full_size_tokens = None if self.full_size_tokens is None else round(self.full_size_tokens * factor)
        sum_._limits = {limit: round(number * factor) for limit, number in self._limits.items()}
        sum_._sizes = {tokens: round(number * factor) for tokens, number in self._sizes.items()}
        return sum_

    def project(self, model: Model, *, text_tokens: int, is_text_about: bool, terms: Terms) -> Projection:
        """Return the price of the pictures, as one request or as one for each; `text_tokens` are those of one request.

        A sum is the sum of its requests: each pays the rates of its own size.
        """
        requests = 1 if terms.is_one_request else self.images
        total = None if self.tokens is None else self.tokens + text_tokens * requests
        sizes = self._sizes if total is not None and not terms.is_one_request else {self.tokens or 0: requests}
        bills = [_bill(model, size + text_tokens, number, terms) for size, number in sorted(sizes.items())]
        bills = bills or [_bill(model, text_tokens, 0, terms)]
        basis: Basis = "inferred" if model.is_sure and not self.is_sure else model.basis
        return Projection(
            model=model,
            images=self.images,
            image_tokens=self.tokens,
            text_tokens=text_tokens * requests,
            input_tokens=total,
            full_size_tokens=self.full_size_tokens,
            input_usd=sum_usd([bill.input_usd for bill in bills])
            if total is not None or terms.is_free or model.is_free
            else None,
            max_output_usd=sum_usd([bill.max_output_usd for bill in bills]),
            usual=terms.usual,
            usual_output_usd=sum_usd([bill.usual_output_usd for bill in bills]),
            p90_output_usd=sum_usd([bill.p90_output_usd for bill in bills]),
            input_rate=bills[-1].input_rate,
            rate=" or ".join(dict.fromkeys(bill.rate for bill in bills)),
            basis=basis,
            is_about=basis not in SURE or is_text_about or model.is_elsewhere or self.is_sampled,
            largest_tokens=None if total is None else max(sizes, default=0) + text_tokens,
            standard_usd=None if total is None else sum_usd([bill.standard_usd for bill in bills]),
            limits=tuple(self._limits.items()),
        )


class _Bill(NamedTuple):
    """What requests of one size cost."""

    input_usd: Decimal | None
    max_output_usd: Decimal | None
    standard_usd: Decimal | None
    input_rate: Decimal | None
    rate: str
    usual_output_usd: Decimal | None = None
    p90_output_usd: Decimal | None = None


def _bill(model: Model, input_tokens: int, requests: int, terms: Terms) -> _Bill:
    rates, input_rate, rate = find_rates(model, input_tokens, terms)
    if terms.is_free or model.is_free:
        return _Bill(Decimal(0), Decimal(0), Decimal(0), input_rate, rate)
    longest = None if terms.max_output_tokens is None else terms.max_output_tokens * requests
    output_rate = None if rates is None else rates.output
    output_usd = Decimal(0) if output_rate == 0 else cost_usd(longest, output_rate)
    usual = () if terms.usual is None else (terms.usual.median_tokens, terms.usual.p90_tokens)
    usual_usd = [cost_usd(tokens * requests, output_rate) for tokens in usual]
    input_usd = standard_usd = cost_usd(input_tokens * requests, input_rate)
    if terms.tier != "standard":
        standard_rate = find_rates(model, input_tokens, terms._replace(tier="standard"))[1]
        standard_usd = cost_usd(input_tokens * requests, standard_rate)
    return _Bill(input_usd, output_usd, standard_usd, input_rate, rate, *usual_usd)


_SUMMED = (
    *("image_tokens", "input_tokens", "full_size_tokens", "input_usd", "standard_usd"),
    *("max_output_usd", "usual_output_usd", "p90_output_usd"),
)


def total(projections: "Sequence[Projection]") -> Projection:
    """Add projections of requests to one model up; what one of them does not know is not known. At least one."""
    sums: dict[str, Any] = {}
    for name in _SUMMED:
        values = [getattr(each, name) for each in projections]
        sums[name] = None if None in values else sum(values)
    return projections[0]._replace(
        **sums,
        images=sum(each.images for each in projections),
        text_tokens=sum(each.text_tokens for each in projections),
        is_about=any(each.is_about for each in projections),
    )


def find_rates(model: Model, input_tokens: int | None, terms: Terms) -> tuple[Rates | None, Decimal | None, str]:
    """Find the rates of a request of so many tokens, the one that its input pays, and the name of what is assumed."""
    if terms.is_free or model.is_free:
        return None, None, "this machine"
    prices = model.prices
    rates = None if prices is None else prices.rates(terms.tier, input_tokens or 0)
    if prices is None or rates is None:
        return None, None, terms.tier
    name: str = terms.tier
    if prices.is_long(input_tokens or 0):
        name += ", long context"
    if terms.pays_cache_write and rates.cache_write is not None and (input_tokens or 0) >= CACHED_FROM_TOKENS:
        return rates, rates.cache_write, f"{name}, cache write"
    return rates, rates.input, name


def check_budget(projection: Projection, max_cost_usd: Decimal | None) -> None:
    """Raise BudgetError when the request may cost more than allowed, or when nobody can tell."""
    if max_cost_usd is None:
        return
    worst = worst_usd(projection)
    if worst is None:
        raise BudgetError(
            f"the price of {projection.model.name} is not known, so --max-cost ${max_cost_usd:f} cannot be enforced",
            "leave --max-cost out, or give the model prices in the config file",
        )
    if worst > max_cost_usd:
        raise BudgetError(
            f"the request is projected at ${worst:f}, more than --max-cost ${max_cost_usd:f} allows; nothing was sent",
            "raise --max-cost, or use --detail low, --image-tokens or a cheaper model",
        )


def check_priced(projection: Projection) -> None:
    """Refuse a budget where the price is unknown: one request would pass it unseen. Raises BudgetError."""
    if projection.images and projection.input_rate is None and projection.input_usd is None:
        kind = "batch " if projection.rate == "batch" else ""
        raise BudgetError(
            f"the {kind}price of {projection.model.name} is not known, so no budget can be enforced",
            "leave the budget out, or give the model prices in the config file",
        )


def may_exceed(projection: Projection, usd: Decimal) -> bool:
    """Return whether it may cost more than this, or nobody can tell."""
    bill = bill_usd(projection)
    return projection.images > 0 and (bill is None or bill > usd)


def bill_usd(projection: Projection) -> Decimal | None:
    """Add input and output: the bound of --max-tokens, else what is usual, else none; None where nobody knows."""
    if projection.input_usd is None or projection.max_output_usd is not None:
        return worst_usd(projection)
    return projection.input_usd + (projection.usual_output_usd or Decimal(0))


def worst_usd(projection: Projection) -> Decimal | None:
    """Add input and longest answer; None where the input's price is not known. Without --max-tokens: input only."""
    if projection.input_usd is None:
        return None
    return projection.input_usd + (projection.max_output_usd or Decimal(0))


class Compared(NamedTuple):
    """One set of images across models, each with its price at detail low too.

    Bills are compared whole where the output of all that have a price is bounded or usual, else by their input alone:
    half a bill is not cheaper than a whole one.
    """

    rows: "tuple[tuple[Projection, Projection], ...]"
    counts_output: bool

    @classmethod
    def of(cls, rows: "Sequence[tuple[Projection, Projection]]") -> "Compared":
        """Sort them: the cheapest first, those without a price last."""
        outputs = [_output_usd(row) is not None for row, _ in rows if row.input_usd is not None]
        unsorted = cls(tuple(rows), all(outputs))

        def price(pair: tuple[Projection, Projection]) -> tuple[bool, Decimal]:
            usd = unsorted.usd(pair[0])
            return usd is None, usd or Decimal(0)

        return unsorted._replace(rows=tuple(sorted(rows, key=price)))

    def usd(self, projection: Projection) -> Decimal | None:
        """Return what is compared: the whole bill, or its input; None where nobody knows."""
        return bill_usd(projection) if self.counts_output else projection.input_usd

    def per_thousand(self, projection: Projection) -> Decimal | None:
        """Return that for a thousand images; None where none was counted."""
        usd = self.usd(projection)
        return None if usd is None or not projection.images else usd * 1000 / projection.images

    @property
    def left_out(self) -> tuple[str, ...]:
        """The models whose usual output is known, and is not compared as that of others is not."""
        known = [row.model.name for row, _ in self.rows if _output_usd(row) is not None]
        return () if self.counts_output else tuple(known)


def _output_usd(projection: Projection) -> Decimal | None:
    bound = projection.max_output_usd
    return projection.usual_output_usd if bound is None else bound


class Measured(NamedTuple):
    """Billed over projected tokens of pictures of one detail: the mean over so many requests."""

    detail: str
    ratio: float
    requests: int


class CalibratedPlanner(Planner):
    """Size pictures as a Planner does, and multiply their tokens by what was measured for their detail.

    Worked: 3,000 projected tokens at a ratio of 1.02 are 3,060. A detail that was never measured is left as it is, and
    full size, which was not measured either, is not known.
    """

    def __init__(self, model: Model, options: PictureOptions, measured: tuple[Measured, ...]) -> None:
        super().__init__(model, options)
        self._ratios = {each.detail: Decimal(str(each.ratio)) for each in measured}
        self._scaled: dict[tuple[int, int], Sizing] = {}

    def size(self, upright: tuple[int, int]) -> Sizing:
        """Decide what is sent of a picture of this upright size, and what it is likely to be billed."""
        found = self._scaled.get(upright)
        if found is None:
            found = self._scaled[upright] = self._scale(super().size(upright))
        return found

    def _scale(self, sizing: Sizing) -> Sizing:
        if not self._ratios:
            return sizing
        ratio = self._ratios.get(sizing.level)
        if sizing.tokens is None or ratio is None:
            return sizing._replace(full_size_tokens=None)
        scaled = (sizing.tokens * ratio).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return sizing._replace(tokens=int(scaled), full_size_tokens=None)


def calibrated_model(model: Model, measured: tuple[Measured, ...]) -> Model:
    """Say in the model itself that its tokens are now inferred, and from what."""
    if not measured or model.rule is None:
        return model
    ratios = ", ".join(f"{each.detail} x {each.ratio:.3f} ({count(each.requests, 'request')})" for each in measured)
    note = f"calibrated by what the ledger has measured: {ratios}; what was not measured is as projected"
    return model._replace(basis="inferred", rule_note=f"{note}; {model.rule_note}" if model.rule_note else note)
