"""The Plan of each image: the detail, the very size that is sent, and its tokens. There is no second estimator.

`cost`, `--dry-run`, the budget gate and the paid run all read the same values. Made from a header alone: no pixel is
decoded for a plan. The price of the whole is in `projection.py`.

The limits of vision models that a picture shows: a warning for each, with the flags that help.

The provider's guide names more: text that is not Latin, counting, places in the picture, medical images. Nothing
shows those for certain, so nothing is said of them, nor of pages that lie on their side (`--rotate` turns them).

The guide gives no numbers: the thresholds are visionask's own. They are in `data/sight.json`, each with its reason. A
warning says no size, so that those of many pictures are one line with a count.
"""

import typing
from collections.abc import Sequence

from visionask.core.catalog import Model
from visionask.core.errors import InputError, TooLarge, UsageError
from visionask.core.geometry import Box, Size, at_least_two_px, clip_box, fit_box, turn
from visionask.core.image import PictureSpec, Probe, Source
from visionask.core.namedtuple import NamedTuple
from visionask.core.tokens import (
    LOW_BOX_PX,
    Level,
    decide_level,
    has_level,
    image_tokens,
    is_above_limit,
    provider_size,
    sent_size,
)


class Sight(NamedTuple):
    """From where on a picture is seen badly. Ratios are of the longer side to the shorter."""

    strip_ratio: int
    panorama_ratio: int
    ordinary_text_px: int  # high, in the picture as it is
    least_text_px: int  # high, as it is seen


def limits_of(region: Size, seen: Size, *, sight: Sight, flags: Sequence[str]) -> tuple[str, ...]:
    """Return which limits show where `region` is seen at the size `seen`; `flags` are what lets more of it be seen.

    At most one for the shape and one for the size. With text of 16 px that is to be seen 4 px high, nothing is said of
    8000 x 6000 px seen at 2048 x 1536 (16 x 2048 / 8000 = 4.096 px); 8200 x 6150 px (3.996 px) is told.
    """
    found = []
    if max(region) > sight.strip_ratio * min(region):
        found.append("a very long strip: little of it can be seen (see --crop)")
    elif max(region) > sight.panorama_ratio * min(region) and max(seen) < max(region):
        found.append("a shrunk panorama: models see such pictures badly (see --crop: a part at a time)")
    if max(region) * sight.least_text_px > max(seen) * sight.ordinary_text_px:
        found.append(f"shrunk so far that ordinary text cannot be read (see {', '.join(('--crop', *flags))})")
    return tuple(found)


UNKNOWN_BOX_PX, UNKNOWN_BUDGET_PX = 2048, 1600 * 1600  # what an unknown model is sent: the commonest `high` today


class PictureOptions(NamedTuple):
    """What the user asked for the pictures. None and False: nothing special."""

    detail: str = "auto"
    max_side_px: int | None = None
    max_image_tokens: int | None = None
    crop: Box | None = None
    redact: tuple[Box, ...] = ()
    resizes: bool = True
    quality: int = 85
    keeps_metadata: bool = False
    allows_truncated: bool = False
    max_pixels: int = 89_000_000
    frame: int = 0  # page or frame, from 0
    rotate: int | None = None  # 90, 180 or 270 degrees clockwise; boxes are in the picture as it is seen then


class Sizing(NamedTuple):
    """What becomes of a picture of one size: shared by all pictures of that size.

    `upright` is before `--rotate`, `sent` behind it. `tokens` is None for a model whose rule is not known;
    `full_size_tokens` also where the provider would refuse.
    `limits` are those of the `warnings` that say what models see badly: the same words for pictures of all sizes.
    """

    upright: Size
    level: Level
    sent: Size
    tokens: int | None
    full_size_tokens: int | None
    spec: PictureSpec
    warnings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    is_sure: bool = True  # False: the count is inferred for this size, or for every size of the model


class ImagePlan(typing.NamedTuple):
    """One image: where it is, what its header says (None: a link handed on unread), what is sent."""

    source: Source
    probe: Probe | None
    sizing: Sizing


Kind = tuple[str | None, Sizing]


def kind_of(plan: ImagePlan) -> Kind:
    """Return an image's format, None for a link handed on unread, and its sizing: what sums and tables count by."""
    probe = plan.probe
    return None if probe is None else probe.format, plan.sizing


class Planner:
    """Size pictures for one model and one set of options; remembers each size it has met."""

    def __init__(self, model: Model, options: PictureOptions) -> None:
        self.model = model
        self.options = options
        self._known: dict[tuple[int, int], Sizing] = {}

    def size(self, upright: tuple[int, int]) -> Sizing:
        """Decide what is sent of a picture of this upright size.

        Raises UsageError for options that cannot be met, TooLarge where the provider would refuse the size.
        """
        known = self._known.get(upright)
        if known is None:
            known = self._known[upright] = self._size(Size(*upright))
        return known

    def size_as_it_is(self, upright: tuple[int, int] | None) -> Sizing:
        """Decide the detail of a picture that the provider fetches itself, at its own size; None: nobody knows it."""
        if upright is not None:
            detail = decide_level(Size(*upright)) if self.options.detail == "auto" else self.options.detail
            return Planner(self.model, PictureOptions(detail=detail, resizes=False)).size(upright)
        nothing = Size(0, 0)
        return Sizing(
            upright=nothing,
            level=self._level(Size(LOW_BOX_PX + 1, LOW_BOX_PX + 1)),
            sent=nothing,
            tokens=None,
            full_size_tokens=None,
            spec=PictureSpec(width_px=0, height_px=0),
            warnings=("handed on unread: its size and price are not known",),
        )

    def _size(self, upright: Size) -> Sizing:
        options, rule = self.options, self.model.rule
        turned = turn(upright, options.rotate or 0)
        crop = None if options.crop is None else _inside(options.crop, turned, "--crop")
        redact = tuple(_inside(box, turned, "--redact") for box in options.redact)
        region = turned if crop is None else Size(crop.width, crop.height)
        level = self._level(region)
        if not options.resizes:
            sent = at_least_two_px(region)
        elif rule is None:
            if options.max_image_tokens is not None:
                raise UsageError(
                    f"--image-tokens cannot be met: the token rule of {self.model.name} is not known",
                    "use --max-side, or give the model a rule in the config file",
                )
            sent = _unknown_model_size(region, level, options.max_side_px)
        else:
            sent = sent_size(rule, region, level, max_side_px=options.max_side_px, max_tokens=options.max_image_tokens)
        limits = self._limits(region, level, sent)
        return Sizing(
            upright=upright,
            level=level,
            sent=sent,
            tokens=None if rule is None else image_tokens(rule, sent, level),
            full_size_tokens=self._full_size_tokens(upright),
            spec=PictureSpec(
                width_px=sent.width_px,
                height_px=sent.height_px,
                crop=crop,
                redact=redact,
                quality=options.quality,
                keeps_metadata=options.keeps_metadata,
                allows_truncated=options.allows_truncated,
                max_pixels=options.max_pixels,
                frame=options.frame,
                rotate=options.rotate or 0,
            ),
            warnings=(*self._warnings(region, level, sent), *limits),
            limits=limits,
            is_sure=self.model.is_sure and self._agrees(sent, level),
        )

    def _agrees(self, sent: Size, level: Level) -> bool:
        """Return whether the other rule that may hold for the model counts the same."""
        rule, doubt = self.model.rule, self.model.doubt
        return rule is None or doubt is None or image_tokens(rule, sent, level) == image_tokens(doubt, sent, level)

    def _level(self, region: Size) -> Level:
        """Decide the detail. With `--no-resize`, `auto` is the provider's own choice for the model."""
        detail, rule = self.options.detail, self.model.rule
        if detail == "auto":
            return rule.auto if rule is not None and not self.options.resizes else decide_level(region)
        level: Level = "low" if detail == "low" else "high" if detail == "high" else "original"
        if rule is not None and not has_level(rule, level):
            raise UsageError(f"{self.model.name} has no detail level {level}", "use low, high or auto")
        return level

    def _full_size_tokens(self, upright: Size) -> int | None:
        """Count what the whole picture would cost, sent as it is with no detail, as other tools do."""
        if self.model.rule is None:
            return None
        try:
            return image_tokens(self.model.rule, upright, self.model.rule.auto)
        except TooLarge:
            return None

    def _warnings(self, region: Size, level: Level, sent: Size) -> tuple[str, ...]:
        found = []
        if self.options.resizes and level == "original" and is_above_limit(self.model.rule, region, level):
            found.append(
                f"{region[0]} x {region[1]} px is above the provider's patch limit: shrunk to {sent[0]} x {sent[1]} px"
            )
        if min(region) < 2:
            found.append("a side of 1 px is sent as 2 px, its pixels repeated: servers refuse 1 px")
        return tuple(found)

    def _limits(self, region: Size, level: Level, sent: Size) -> tuple[str, ...]:
        """Return what models see badly in it, and the flags that decided how small it is."""
        options, rule, sight = self.options, self.model.rule, self.model.sight
        if sight is None:
            return ()
        seen = sent if options.resizes or rule is None else provider_size(rule, sent, level)
        chosen = {"--max-side": options.max_side_px, "--image-tokens": options.max_image_tokens}
        flags = [flag for flag, value in chosen.items() if value is not None]
        if not flags and level == "low":
            flags = ["-d high"]
        elif not flags and level == "high" and (rule is None or has_level(rule, "original")):
            flags = ["-d original"]
        return limits_of(region, seen, sight=sight, flags=flags)


def _inside(box: Box, size: Size, flag: str) -> Box:
    clipped = clip_box(box, size)
    if clipped is None:
        raise InputError(
            f"{flag} {','.join(map(str, box))} lies outside the picture of {size[0]} x {size[1]} px",
            "give X,Y,WIDTH,HEIGHT in pixels of the upright picture",
        )
    return clipped


def _unknown_model_size(region: Size, level: Level, max_side_px: int | None) -> Size:
    """Choose a size for a model whose rule nobody knows: small enough for every server, large enough to read."""
    if level != "original":
        region = fit_box(region, LOW_BOX_PX if level == "low" else UNKNOWN_BOX_PX)
        if level == "high" and region[0] * region[1] > UNKNOWN_BUDGET_PX:
            longest = max(region)
            region = fit_box(region, int(longest * (UNKNOWN_BUDGET_PX / (region[0] * region[1])) ** 0.5))
    if max_side_px is not None:
        region = fit_box(region, max_side_px)
    return at_least_two_px(region)
