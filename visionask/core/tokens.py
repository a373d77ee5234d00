"""The image-token rules: how many tokens a provider bills for one picture of a given size and detail.

Two rules exist. A `TileRule` charges a base and a price for each 512 px tile; a `PatchRule` charges each 32 px patch
times a multiplier. Their numbers are data (`data/models.json`); this file is only the arithmetic.

The same functions answer both questions of a plan: what does this size cost (`image_tokens`), and which size is sent
(`sent_size`). `image_tokens(rule, sent_size(...))` never shrinks again: the projection holds whatever the server does.

Source: developers.openai.com/api/docs/guides/images-vision, checked 2026-09-29.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from visionask.core.errors import TooLarge, UsageError
from visionask.core.geometry import Size, at_least_two_px, cells, fit_box, fit_patch_budget, fit_short_side

Level = Literal["low", "high", "original"]
LEVELS: tuple[Level, ...] = ("low", "high", "original")
LOW_BOX_PX = 512  # visionask's own: `low` is always a picture of this side, made here


class PatchLevel(NamedTuple):
    """Limits of one detail level: the longest side, and the patches an image is shrunk to (None: no such step)."""

    box_px: int
    budget_patches: int | None = None


class PatchRule(NamedTuple):
    """`tokens = ceil(patches * multiplier)`, the multiplier an exact fraction (6/5 for 1.2)."""

    name: str
    multiplier: tuple[int, int]
    levels: Mapping[Level, PatchLevel]
    auto: Level  # what the provider does when no detail is sent
    patch_px: int = 32
    reject_above_patches: int | None = None


class TileRule(NamedTuple):
    """`low` costs the base; otherwise base + tiles of the picture fitted into a box and a short side."""

    name: str
    base_tokens: int
    tile_tokens: int
    box_px: int = 2048
    short_side_px: int = 768
    tile_px: int = 512
    auto: Level = "high"


Rule = PatchRule | TileRule


def decide_level(size: Size) -> Level:
    """Decide `auto`: low where the picture fits in 512 x 512, else high."""
    return "low" if max(size) <= LOW_BOX_PX else "high"


def has_level(rule: Rule, level: Level) -> bool:
    """Tell whether the model takes this detail level."""
    return level in rule.levels if isinstance(rule, PatchRule) else level != "original"


def provider_size(rule: Rule, size: Size, level: Level) -> Size:
    """Give the size that the provider's own rule shrinks a picture to before it counts."""
    if isinstance(rule, TileRule):
        return size if level == "low" else fit_short_side(fit_box(size, rule.box_px), rule.short_side_px)
    limits = rule.levels[level]
    size = fit_box(size, limits.box_px)
    if limits.budget_patches is None:
        return size
    return fit_patch_budget(size, limits.budget_patches, patch_px=rule.patch_px)


def image_tokens(rule: Rule, size: Size, level: Level) -> int:
    """Count the input tokens that the provider bills for one picture sent at this size and detail.

    1024 x 1024 at high is 765 on gpt-4o (85 + 4 x 170) and 1,229 on gpt-6-astra (1,024 patches x 1.2).
    Raises TooLarge where the provider would answer 400 (more patches than it takes).
    """
    counted = provider_size(rule, size, level)
    if isinstance(rule, TileRule):
        return rule.base_tokens + (0 if level == "low" else rule.tile_tokens * cells(counted, rule.tile_px))
    patches = cells(counted, rule.patch_px)
    limit = rule.reject_above_patches
    if limit is not None and patches > limit:
        raise TooLarge(
            f"{size[0]} x {size[1]} px needs {patches:,} patches at {level} detail, and the provider takes {limit:,}",
            "let it be resized (without --no-resize), or use --detail high or --max-side",
        )
    numerator, denominator = rule.multiplier
    return -(-patches * numerator // denominator)


def is_above_limit(rule: Rule | None, size: Size, level: Level) -> bool:
    """Tell whether the provider would refuse this size at this level, so that it has to be shrunk to the limit."""
    if not isinstance(rule, PatchRule) or rule.reject_above_patches is None:
        return False
    return cells(provider_size(rule, size, level), rule.patch_px) > rule.reject_above_patches


def sent_size(rule: Rule, size: Size, level: Level, *, max_side_px: int | None, max_tokens: int | None) -> Size:
    """Choose the size that is sent: the provider's own grid for the level, then the user's limits. Never enlarges
    (but a side of 1 px becomes 2, which no rule counts).

    Raises UsageError when no size costs as little as `max_tokens`.
    """
    fitted = fit_box(size, LOW_BOX_PX) if level == "low" else provider_size(rule, size, level)
    if isinstance(rule, PatchRule) and rule.reject_above_patches is not None:
        fitted = fit_patch_budget(fitted, rule.reject_above_patches, patch_px=rule.patch_px)
    if max_side_px is not None:
        fitted = fit_box(fitted, max_side_px)
    if max_tokens is not None:
        fitted = _largest_within(rule, fitted, level, max_tokens)
    return at_least_two_px(fitted)


def _largest_within(rule: Rule, size: Size, level: Level, max_tokens: int) -> Size:
    """Find the largest picture of the same shape whose tokens do not exceed `max_tokens`.

    Both sides grow with the longer one, and so do the tokens: a binary search over the longer side.
    """
    if image_tokens(rule, size, level) <= max_tokens:
        return size
    low, high = 0, max(size)
    while high - low > 1:
        middle = (low + high) // 2
        if image_tokens(rule, fit_box(size, middle), level) <= max_tokens:
            low = middle
        else:
            high = middle
    if low == 0:
        least = image_tokens(rule, Size(1, 1), level)
        raise UsageError(
            f"--image-tokens {max_tokens} cannot be reached at {level} detail: the least is {least}",
            "allow more tokens" + ("" if level == "low" else ", or use --detail low"),
        )
    return fit_box(size, low)
