"""Owns the limits of vision models that a picture's size alone shows: a warning for each, with the flags that help.

The provider's guide names more of them: rotated pictures, text that is not Latin, counting, places in the picture,
medical images. No header tells those for certain (a page that lies on its side without an orientation has the size of
one that is meant to lie), so nothing is said of them.

The guide gives no numbers: the thresholds are visionask's own, each with its reason. A warning says no size, so that
those of many pictures are one line with a count.

Source: developers.openai.com/api/docs/guides/images-vision, "Limitations" (small text, panoramas).
"""

from collections.abc import Sequence

from visionask.core.geometry import Size

STRIP_RATIO = 200  # beyond this a model sees a line, not a picture
PANORAMA_RATIO = 4  # two and a half times 16:9 side by side; cinema is 2.4, and two screens side by side 3.6
ORDINARY_TEXT_PX = 16  # the text of a page on a screen: what browsers call medium
LEAST_TEXT_PX = 4  # its capitals are 3 px high then: letters of fewer than 5 rows cannot be told apart


def limits_of(region: Size, seen: Size, *, flags: Sequence[str]) -> tuple[str, ...]:
    """Tell which limits show where `region` is seen at the size `seen`; `flags` are what lets more of it be seen.

    At most one for the shape and one for the size. 8000 x 6000 px seen at 2048 x 1536 shrinks text of 16 px to
    16 x 2048 / 8000 = 4.096 px, and nothing is said; 8200 x 6150 px to 3.996 px, which is told.
    """
    found = []
    if max(region) > STRIP_RATIO * min(region):
        found.append("a very long strip: little of it can be seen (see --crop)")
    elif max(region) > PANORAMA_RATIO * min(region) and max(seen) < max(region):
        found.append("a shrunk panorama: models see such pictures badly (see --crop: a part at a time)")
    if max(region) * LEAST_TEXT_PX > max(seen) * ORDINARY_TEXT_PX:
        found.append(f"shrunk so far that ordinary text cannot be read (see {', '.join(('--crop', *flags))})")
    return tuple(found)
