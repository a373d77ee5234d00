"""The arithmetic of picture sides: fitting into a box, a short side or a patch budget, in exact integers.

All sides are px, at least 1. Nothing here ever enlarges. Floating point is avoided on purpose: with IEEE doubles the
budget step loses a whole row of patches for sizes such as 1659 x 1659 (2,882 instead of 3,000 tokens).

Source: developers.openai.com/api/docs/guides/images-vision, checked 2026-09-29.
"""

from math import isqrt

from visionask.core.namedtuple import NamedTuple


class Box(NamedTuple):
    """A part of a picture in px: X,Y,WIDTH,HEIGHT, as users name it, of the upright picture, turned by --rotate."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, as Pillow takes them."""
        return self.left, self.top, self.right, self.bottom


def box_between(left: int, top: int, right: int, bottom: int) -> Box | None:
    """Return the box between these sides; None where nothing is between them."""
    return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None


class Size(NamedTuple):
    """Width and height in px, upright."""

    width_px: int
    height_px: int


def fit_box(size: Size, box_px: int) -> Size:
    """Scale down so that the longer side is at most `box_px`; each side rounds to the nearest integer, half up.

    Size(2049, 513) in 2048 gives Size(2048, 513).
    """
    w, h = size
    longest = max(w, h)
    if longest <= box_px:
        return size
    return Size(
        max(1, (2 * w * box_px + longest) // (2 * longest)), max(1, (2 * h * box_px + longest) // (2 * longest))
    )


def fit_short_side(size: Size, limit_px: int) -> Size:
    """Scale down so that the shorter side is at most `limit_px`; the other side rounds down.

    Size(1366, 1024) at 768 gives Size(1024, 768).
    """
    w, h = size
    if min(w, h) <= limit_px:
        return size
    return Size(w * limit_px // h, limit_px) if w > h else Size(limit_px, h * limit_px // w)


def cells(size: Size, cell_px: int) -> int:
    """Count the squares of `cell_px` that cover the picture: patches of 32 px, tiles of 512 px."""
    return -(-size[0] // cell_px) * -(-size[1] // cell_px)


def fit_patch_budget(size: Size, budget_patches: int, *, patch_px: int) -> Size:
    """Scale down to at most `budget_patches`, one side on a patch border, as the provider does.

    Size(2048, 2048) with 2,500 patches of 32 px gives Size(1600, 1600).
    """
    if cells(size, patch_px) <= budget_patches:
        return size
    w, h = size
    columns, rows = isqrt(budget_patches * w // h), isqrt(budget_patches * h // w)
    if not columns or not rows:
        # The formula would leave nothing of a strip this thin (possible only with a user's own small budget).
        return fit_box(size, patch_px * budget_patches)
    if columns * columns * h * h <= rows * rows * w * w:
        return Size(patch_px * columns, max(1, h * patch_px * columns // w))
    return Size(max(1, w * patch_px * rows // h), patch_px * rows)


def at_least_two_px(size: Size) -> Size:
    """Return a side of 1 px a second one: real servers refuse 1 px. Never changes the count of patches or tiles."""
    return Size(max(2, size[0]), max(2, size[1]))


def turn(size: Size, degrees: int) -> Size:
    """Turn a picture by a multiple of 90 degrees: its sides change places at 90 and 270."""
    return Size(size[1], size[0]) if degrees % 180 else size


def clip_box(box: Box, size: tuple[int, int]) -> Box | None:
    """Cut a box to the picture; None when nothing of it lies inside."""
    left, top, right, bottom = Box(*box).sides
    return box_between(max(0, left), max(0, top), min(size[0], right), min(size[1], bottom))
