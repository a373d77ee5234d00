"""A second reading of the provider's image-token text, in other arithmetic, to hold the estimator against.

Written from the guide's words ("nearest", "keep full precision", "round down") with fractions and 60-digit decimals;
it shares no line with visionask.core. Sizes are (width, height) in px.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

Pair = tuple[int, int]
_EXACT = Decimal(1).scaleb(-30)  # far below the least distance of such a square root from a whole number


@dataclass(frozen=True)
class Patch:
    multiplier: str
    low: tuple[int, int | None]  # longest side in px, patch budget
    high: tuple[int, int | None]
    original: tuple[int, int | None] | None = None
    auto: str = "high"


@dataclass(frozen=True)
class Tile:
    base: int
    per_tile: int
    short_side: int = 768
    auto: str = "high"


def nearest(value: Fraction) -> int:
    return max(1, int((Decimal(value.numerator) / value.denominator).quantize(Decimal(1), ROUND_HALF_UP)))


def boxed(size: Pair, box: int) -> Pair:
    if max(size) <= box:
        return size
    scale = Fraction(box, max(size))
    return nearest(size[0] * scale), nearest(size[1] * scale)


def patches(size: Pair) -> int:
    return math.ceil(Fraction(size[0], 32)) * math.ceil(Fraction(size[1], 32))


def budgeted(size: Pair, budget: int) -> Pair:
    if patches(size) <= budget:
        return size
    with localcontext(Context(prec=60)):
        w, h = Decimal(size[0]), Decimal(size[1])
        scale = (1024 * budget / (w * h)).sqrt()
        across, down = w * scale / 32, h * scale / 32
        scale *= min(floor(across) / across, floor(down) / down)
        return int(floor(w * scale)), int(floor(h * scale))


def floor(value: Decimal) -> Decimal:
    return value.quantize(_EXACT).to_integral_value("ROUND_FLOOR")


def counted(rule: Patch | Tile, size: Pair, level: str) -> Pair:
    """The size that the provider counts."""
    if isinstance(rule, Tile):
        if level == "low":
            return size
        w, h = boxed(size, 2048)
        scale = min(Fraction(1), Fraction(rule.short_side, min(w, h)))
        return math.floor(w * scale), math.floor(h * scale)
    box, budget = getattr(rule, level)
    size = boxed(size, box)
    return size if budget is None else budgeted(size, budget)


def tokens(rule: Patch | Tile, size: Pair, level: str) -> int | None:
    """The tokens that the provider bills; None where it answers 400 (more than 30,000 patches)."""
    size = counted(rule, size, level)
    if isinstance(rule, Tile):
        tiles = math.ceil(Fraction(size[0], 512)) * math.ceil(Fraction(size[1], 512))
        return rule.base + (0 if level == "low" else rule.per_tile * tiles)
    count = patches(size)
    return None if count > 30_000 else math.ceil(count * Fraction(rule.multiplier))


_6 = Patch("1.2", (512, None), (65535, 2500), (65535, None), "original")
_56 = Patch("1.2", (512, None), (2048, 2500), (65535, None), "original")
_55 = Patch("1.2", (512, None), (2048, 2500), (6000, 10000), "original")
_54 = Patch("1.2", (2048, 6144), (2048, 2500), (6000, 10000), "high")
_52 = Patch("1.2", (2048, 6144), (2048, 6144))
_SMALL = Patch("1.2", (2048, 1536), (2048, 1536))
_85, _75, _70 = Tile(85, 170), Tile(75, 150), Tile(70, 140)
_IMAGE = Tile(65, 129, short_side=512)

# Copied by hand from the sizing tables of the guide (2026-09-29); models that the guide omits follow the sibling
# that `data/providers/openai.json` names, and are listed in INFERRED.
RULES: dict[str, Patch | Tile | None] = {
    "gpt-6.2-astra": _6,
    "gpt-6.2-sol": _6,
    "gpt-6-astra": _6,
    "gpt-6-sol": _6,
    "gpt-6-luna": _6,
    "gpt-6.1-sol": _6,
    "gpt-6.1-terra": _6,
    "gpt-5.6-sol": _56,
    "gpt-5.6-terra": _56,
    "gpt-5.6-luna": _56,
    "gpt-5.6-cyber": _56,
    "gpt-5.5": _55,
    "gpt-5.5-pro": _55,
    "gpt-5.4": _54,
    "gpt-5.4-mini": _54,
    "gpt-5.4-nano": _54,
    "gpt-5.4-pro": _54,
    "gpt-5.3-codex": _SMALL,
    "gpt-5.3-chat-latest": _52,
    "gpt-5.2": _52,
    "gpt-5.2-pro": _52,
    "gpt-5.2-codex": _SMALL,
    "gpt-5.2-chat-latest": _52,
    "gpt-5.1": _70,
    "gpt-5.1-codex": _70,
    "gpt-5.1-codex-max": _70,
    "gpt-5.1-codex-mini": _SMALL,
    "gpt-5.1-chat-latest": _70,
    "gpt-5": _70,
    "gpt-5-mini": _SMALL,
    "gpt-5-nano": Patch("1.5", (2048, 1536), (2048, 1536)),
    "gpt-5-pro": _70,
    "gpt-5-codex": _70,
    "gpt-5-codex-mini": _SMALL,
    "gpt-5-chat-latest": _70,
    "chat-latest": None,
    "gpt-4.5-preview": _85,
    "gpt-4.1": _85,
    "gpt-4.1-mini": Patch("1.62", (2048, 6144), (2048, 6144)),
    "gpt-4.1-nano": Patch("2.46", (2048, 1536), (2048, 1536)),
    "gpt-4o": _85,
    "gpt-4o-2024-05-13": _85,
    "chatgpt-4o-latest": _85,
    "gpt-4o-mini": Tile(2833, 5667),
    "gpt-4-turbo": _85,
    "gpt-4-turbo-2024-04-09": _85,
    "gpt-4-vision-preview": _85,
    "o1": _75,
    "o1-pro": _75,
    "o3": _75,
    "o3-pro": _75,
    "o4-mini": Patch("1.72", (2048, 1536), (2048, 1536)),
    "codex-mini-latest": Patch("1.72", (2048, 1536), (2048, 1536)),
    "computer-use-preview": Tile(65, 129),
    "gpt-image-1": _IMAGE,
    "gpt-image-1.5": _IMAGE,
    "gpt-image-1-mini": _IMAGE,
    "gpt-image-2": None,
    "gpt-image-2.5-sunburst": None,
    "gpt-image-2.5-flare": None,
}

INFERRED = {
    *("gpt-6.2-astra", "gpt-6.2-sol", "gpt-6-sol", "gpt-6.1-sol", "gpt-6.1-terra", "gpt-5.6-cyber"),
    *("gpt-5.5-pro", "gpt-5.4-pro", "gpt-5.3-codex", "gpt-5.3-chat-latest", "gpt-5.2-pro"),
    *("gpt-5.2-codex", "gpt-5.2-chat-latest", "gpt-5.1-codex", "gpt-5.1-codex-max", "gpt-5.1-codex-mini"),
    *("gpt-5.1-chat-latest", "gpt-5-pro", "gpt-5-codex", "gpt-5-codex-mini", "o3-pro"),
    *("codex-mini-latest", "gpt-image-1.5", "gpt-image-1-mini"),
}


def levels(rule: Patch | Tile) -> tuple[str, ...]:
    has_original = isinstance(rule, Patch) and rule.original is not None
    return ("low", "high", "original") if has_original else ("low", "high")
