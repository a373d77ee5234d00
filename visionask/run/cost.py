"""The order of calls of `cost`: survey once, size for each model, add up. Free of network but for links."""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from visionask.core.catalog import Model
from visionask.core.errors import Bug, TooLarge, UsageError
from visionask.core.geometry import Size
from visionask.core.image import Failed
from visionask.core.namedtuple import NamedTuple
from visionask.core.plan import ImagePlan, Kind, PictureOptions, Planner, kind_of
from visionask.core.projection import Compared, Projection, Tally, Terms, find_rates
from visionask.core.text_tokens import TextCount, count_messages, with_schema_text
from visionask.run.survey import Choosing, asks_once, survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visionask.core.errors import VisionaskError
    from visionask.core.projection import Measured, Usual
    from visionask.core.schema import Schema


class Pricing(NamedTuple):
    """What to price, for which models, on which terms. No messages: images alone."""

    models: tuple[Model, ...]
    choosing: Choosing
    options: PictureOptions
    terms: Terms
    messages: tuple[str, ...] = ()
    schema: "Schema | None" = None  # of the answer, which is sent with the question
    compares: bool = False  # several models, each at detail low too
    skips_unable: bool = False  # leave a model out that cannot meet the options, as of "all"
    usual: "Mapping[str, Usual | None]" = MappingProxyType({})  # output of earlier answers, by model
    measured: "tuple[tuple[Measured, ...], ...]" = ()  # for each model, with --calibrated


def calibrated(pricing: Pricing, measured: "tuple[tuple[Measured, ...], ...]") -> Pricing:
    """Correct the tokens by what was billed before; each model says that it is so."""
    from visionask.core.projection import calibrated_model

    pairs = zip(pricing.models, measured, strict=True)
    return pricing._replace(models=tuple(calibrated_model(*pair) for pair in pairs), measured=measured)


MOST_NAMED = 10


class Priced:
    """Iterate over the images once, then ask for the projections.

    Named files are priced as one request, as `ask` sends them; folders and globs as one request for each image, as a
    scan does: then a question is paid with every image, and no long-context price applies to their sum.
    """

    def __init__(self, pricing: Pricing, *, keeps: bool = False) -> None:
        """`keeps`: hold on to the plans as `kept`, for what is done with them afterwards."""
        self._pricing, self._keeps = pricing, keeps
        self._terms = pricing.terms._replace(is_one_request=asks_once(pricing.choosing))
        self._planners = _planners(pricing)
        low = pricing._replace(options=pricing.options._replace(detail="low"), measured=())
        self._low_planners = _planners(low) if pricing.compares else []
        self._numbers: dict[Kind, list[int]] = {}  # one each, added to in place: to hash a kind twice takes long
        self.unable: dict[str, VisionaskError] = {}  # models that are left out, and why
        self.kept: list[ImagePlan] = []
        self.failed = 0
        self.first_failed: list[Failed] = []  # as many as are worth naming
        self.error: VisionaskError | None = None  # of the first image that cannot be sent

    @property
    def counts(self) -> dict[Kind, int]:
        """The images that can be sent, so far: those of a folder are of few different kinds."""
        return {kind: number for kind, (number,) in self._numbers.items()}

    @property
    def images(self) -> int:
        """Count the images that can be sent, so far."""
        return sum(self.counts.values())

    @property
    def input_rate(self) -> Decimal | None:
        """The rate of one image of the first model, USD for 1,000,000 tokens."""
        model = self._pricing.models[0]
        return Decimal(0) if model.is_free else find_rates(model, None, self._terms)[1]

    def __iter__(self) -> Iterator[ImagePlan | Failed]:
        numbers = self._numbers
        for found in survey(self._pricing.choosing, self._planners[0]):
            if isinstance(found, ImagePlan):
                kind = kind_of(found)
                number = numbers.get(kind)
                if number is None:
                    self._check(found.sizing.upright)
                    number = numbers[kind] = [0]
                number[0] += 1
                if self._keeps:
                    self.kept.append(found)
            else:
                self.failed += 1
                if self.failed <= MOST_NAMED:
                    self.first_failed.append(found)
                self.error = found.error if isinstance(found.error, Bug) else self.error or found.error
            yield found

    def _check(self, upright: Size) -> None:
        """Leave out the other models that cannot take a picture of this size, or raise why they cannot."""
        for planner in (*self._planners[1:], *self._low_planners):
            try:
                if planner.model.name not in self.unable:
                    planner.size(upright)
            except (TooLarge, UsageError) as error:
                if not self._pricing.skips_unable:
                    raise
                self.unable[planner.model.name] = error

    def projections(self) -> list[Projection]:
        """Return the price of what was counted, for each model in the order given."""
        return self._project(self._planners)

    def compared(self) -> Compared:
        """Return the price for each model, and at detail low: the cheapest first, those without a price last."""
        pairs = zip(self.projections(), self._project(self._low_planners), strict=True)
        known = [pair for pair in pairs if pair[0].model.name not in self.unable]
        return Compared.of(known)

    def _project(self, planners: "Sequence[Planner]") -> list[Projection]:
        return [
            self._tally(planner).project(
                model,
                text_tokens=text.tokens,
                is_text_about=text.is_about,
                terms=self._terms._replace(usual=self._pricing.usual.get(model.name)),
            )
            for model, planner in zip(self._pricing.models, planners, strict=True)
            for text in [self._text(model)]
        ]

    def _tally(self, planner: Planner) -> Tally:
        """Add up what one model would be sent, until it is one of those that are left out."""
        tally = Tally()
        for (_, sizing), images in self.counts.items():
            try:
                tally.add(sizing if planner is self._planners[0] else planner.size(sizing.upright), images)
            except (TooLarge, UsageError):
                break
        return tally

    def text(self) -> TextCount:
        """Count the text of one request to the first model."""
        return self._text(self._pricing.models[0])

    def _text(self, model: Model) -> TextCount:
        if not self._pricing.messages and self._pricing.schema is None:
            return TextCount(tokens=0, is_about=False)
        text = count_messages(model, list(self._pricing.messages))
        schema = self._pricing.schema
        return text if schema is None else with_schema_text(text, model, schema.sent)


def _planners(pricing: Pricing) -> list[Planner]:
    if not pricing.measured:
        return [Planner(model=model, options=pricing.options) for model in pricing.models]
    from visionask.core.projection import CalibratedPlanner

    pairs = zip(pricing.models, pricing.measured, strict=True)
    return [CalibratedPlanner(model, pricing.options, measured) for model, measured in pairs]
