"""Owns the limits of vision models that a picture shows: a warning for each, with the flags that help.

The provider's guide names more: text that is not Latin, counting, places in the picture, medical images. Nothing
shows those for certain, so nothing is said of them. Rotated pages are told where a picture is decoded anyway
(`images/lying.py`): no header shows them.

The guide gives no numbers: the thresholds are visionask's own. They are in `data/models.json` under `sight`, each with
its reason. A warning says no size, so that those of many pictures are one line with a count.
"""

from collections.abc import Sequence
from typing import NamedTuple

from visionask.core.geometry import Size

LIES_ON_SIDE = (
    "looks like a page that lies on its side: models read turned text badly (see --rotate 90 or --rotate 270)"
)


class Sight(NamedTuple):
    """From where on a picture is seen badly. Ratios are of the longer side to the shorter."""

    strip_ratio: int
    panorama_ratio: int
    ordinary_text_px: int  # high, in the picture as it is
    least_text_px: int  # high, as it is seen


def limits_of(region: Size, seen: Size, *, sight: Sight, flags: Sequence[str]) -> tuple[str, ...]:
    """Tell which limits show where `region` is seen at the size `seen`; `flags` are what lets more of it be seen.

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
