"""The image-token rules: how many tokens a provider bills for one picture of a given size and detail.

A rule is data (`data/providers/*.json`, `[rules]` of the config file), of one of five kinds:

    grid    cells after a fit:      ceil(columns * rows * multiplier) + rows * per_row + extra
    tiles   tiles after a choice:   base + columns * rows * tile_tokens + markers; `single` for one tile
    fixed   one number
    area    px / px_per_token
    table   the row of the nearest shape, then of the nearest area

The same functions answer both questions of a plan: what does this size cost (`image_tokens`), and which size is sent
(`sent_size`). `image_tokens(rule, sent_size(...))` never shrinks again: the projection holds whatever the server does.
"""

from collections.abc import Mapping
from typing import Any, Literal

from visionask.core.errors import TooLarge, UsageError
from visionask.core.fits import CHOICES, FITS, Grid, Numbers
from visionask.core.geometry import Size, at_least_two_px, fit_box, fit_patch_budget
from visionask.core.namedtuple import NamedTuple

Level = Literal["low", "high", "original"]
LEVELS: tuple[Level, ...] = ("low", "high", "original")
LOW_BOX_PX = 512  # visionask's own: `low` is always a picture of this side, made here


class Rule(NamedTuple):
    """A rule by its name, with the kind and the numbers that hold at each detail level."""

    name: str
    levels: Mapping[Level, Numbers]
    auto: Level = "high"  # what the provider does when no detail is sent


_ABOUT = ("levels", "auto", "source", "checked", "worked", "basis", "tolerance")  # what is no number of the rule


def rule_of(name: str, table: Mapping[str, Any]) -> Rule:
    """Return the rule of a table of the data. Without `levels`, low and high are counted alike."""
    shared = {key: value for key, value in table.items() if key not in _ABOUT}
    levels = table.get("levels") or {"low": {}, "high": {}}
    return Rule(name, {level: shared | own for level, own in levels.items()}, table.get("auto", "high"))


def exact(number: str | float) -> tuple[int, int]:
    """Return a decimal number as an exact fraction: "1.2" is 12/10."""
    whole, _, part = str(number).partition(".")
    return int(whole + part), 10 ** len(part)


def decide_level(size: Size) -> Level:
    """Return the level of `auto`: low where the picture fits in 512 x 512, else high."""
    return "low" if max(size) <= LOW_BOX_PX else "high"


def has_level(rule: Rule, level: Level) -> bool:
    """Return whether the model takes this detail level."""
    return level in rule.levels


def grid_of(numbers: Numbers, size: Size) -> Grid | None:
    """Return the cells or tiles that are counted; None for a kind that counts none. Raises TooLarge."""
    if numbers["kind"] == "grid":
        return FITS[numbers["fit"]].grid(size, numbers)
    return CHOICES[numbers["choose"]].grid(size, numbers) if numbers["kind"] == "tiles" else None


def provider_size(rule: Rule, size: Size, level: Level) -> Size:
    """Return the smallest size that the provider counts the same and the model sees the same. Never larger."""
    numbers = rule.levels[level]
    grid = grid_of(numbers, size)
    if grid is None or grid.size == size:
        return size
    fitted = Size(min(size[0], grid.size[0]), min(size[1], grid.size[1]))
    again = grid_of(numbers, fitted)
    return fitted if again is not None and again[:2] == grid[:2] else size


def image_tokens(rule: Rule, size: Size, level: Level) -> int:
    """Return the input tokens that the provider bills for one picture sent at this size and detail.

    1024 x 1024 at high is 765 on gpt-4o (85 + 4 x 170) and 1,229 on gpt-6-astra (1,024 patches x 1.2).
    Raises TooLarge where the provider would answer 400 (more patches than it takes, a picture too thin for it).
    """
    numbers = rule.levels[level]
    grid = grid_of(numbers, size)
    if grid is None:
        return _gridless_tokens(numbers, size)
    count = grid.columns * grid.rows
    if numbers["kind"] == "tiles":
        count = min(count, numbers.get("max_counted", count))
        if count <= 1 and "single" in numbers:
            return int(numbers["single"])
        markers = (grid.columns - 1) * grid.rows * numbers.get("between_columns", 0)
        markers += grid.rows * numbers.get("after_row", 0)
        return int(numbers["base"] + count * numbers["tile_tokens"] + markers)
    limit = numbers.get("refuse_above")
    if limit is not None and count > limit:
        raise TooLarge(
            f"{size[0]} x {size[1]} px needs {count:,} patches at {level} detail, and the provider takes {limit:,}",
            "let it be resized (without --no-resize), or use --detail high or --max-side",
        )
    numerator, denominator = exact(numbers.get("multiplier", 1))
    tokens = -(-count * numerator // denominator) + grid.rows * numbers.get("per_row", 0) + numbers.get("extra", 0)
    return int(tokens)


def _gridless_tokens(numbers: Numbers, size: Size) -> int:
    if numbers["kind"] == "fixed":
        return int(numbers["tokens"])
    if numbers["kind"] == "area":
        numerator, denominator = exact(numbers["px_per_token"])
        scaled = size[0] * size[1] * denominator
        whole = -(-scaled // numerator) if numbers.get("round") == "ceil" else scaled // numerator
        return whole + int(numbers.get("extra", 0))
    from math import log

    def distance(row: tuple[int, int, int]) -> tuple[float, float]:
        shapes = (log(max(sides) / min(sides)) for sides in (size, row[:2]))
        first, second = shapes
        return round(abs(first - second), 3), abs(log(size[0] * size[1]) - log(row[0] * row[1]))

    return int(min(numbers["rows"], key=distance)[2])


def is_above_limit(rule: Rule | None, size: Size, level: Level) -> bool:
    """Return whether the provider would refuse this size at this level, so that it has to be shrunk to the limit."""
    limit = None if rule is None else rule.levels[level].get("refuse_above")
    if rule is None or limit is None:
        return False
    grid = grid_of(rule.levels[level], size)
    return grid is not None and grid.columns * grid.rows > limit


def sent_size(rule: Rule, size: Size, level: Level, *, max_side_px: int | None, max_tokens: int | None) -> Size:
    """Return the size that is sent: the provider's own grid for the level, then the user's limits. Never enlarges
    (but a side of 1 px becomes 2, which no rule of OpenAI counts).

    Raises UsageError when no size costs as little as `max_tokens`.
    """
    fitted = fit_box(size, LOW_BOX_PX) if level == "low" else provider_size(rule, size, level)
    numbers = rule.levels[level]
    if numbers.get("refuse_above") is not None:
        fitted = fit_patch_budget(fitted, numbers["refuse_above"], patch_px=numbers["cell"])
    if max_side_px is not None:
        fitted = fit_box(fitted, max_side_px)
    if max_tokens is not None:
        fitted = _largest_within(rule, fitted, level, max_tokens)
    return at_least_two_px(fitted)


def _largest_within(rule: Rule, size: Size, level: Level, max_tokens: int) -> Size:
    """Return the largest picture of the same shape whose tokens do not exceed `max_tokens`.

    Where more px never cost less, the longer side is searched by halving; elsewhere over the sizes of the rule's own
    grid, from the largest down, and by halving inside the one step where the tokens first fit.
    """

    def costs(longest: int) -> int:
        try:
            return image_tokens(rule, at_least_two_px(fit_box(size, longest)), level)
        except TooLarge:  # rounded to a shape that is too thin
            return max_tokens + 1

    if costs(max(size)) <= max_tokens:
        return size
    low, high = _bounds(rule.levels[level], max(size), lambda longest: costs(longest) <= max_tokens)
    while high - low > 1:
        middle = (low + high) // 2
        if costs(middle) <= max_tokens:
            low = middle
        else:
            high = middle
    if low == 0:
        raise UsageError(
            f"--image-tokens {max_tokens} cannot be reached at {level} detail: the least is {costs(1)}",
            "allow more tokens" + ("" if level == "low" else ", or use --detail low"),
        )
    return fit_box(size, low)


def _bounds(numbers: Numbers, longest: int, fits: Any) -> tuple[int, int]:
    """Return a longer side that fits, or 0, and a larger one that does not, with no step of the grid between them."""
    way = FITS.get(numbers.get("fit", "")) or CHOICES.get(numbers.get("choose", ""))
    if way is not None and way.is_monotone:
        return 0, longest
    step = numbers.get("cell") or numbers.get("tile") or 1
    if way is None:
        step = max(1, longest // 100)
    above = longest
    for tried in range((longest - 1) // step * step, 0, -step):
        if fits(tried):
            return tried, above
        above = tried
    return 0, above
