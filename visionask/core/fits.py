"""The fits and choices of the token rules: how a provider resizes a picture before it counts cells or tiles.

A fit takes a size and the numbers of a rule (its table in the data) and returns the grid that is counted, with the
size that may be sent in the picture's place: never larger than the picture, and counted the same.

Where a provider publishes code that works in IEEE doubles, the same operations stand here in the same order: exact
integers would give other cells for some sizes. OpenAI's own arithmetic is not known: `budget` and `cover` are exact.

Sources: the text of each provider, and the image processors of transformers 5.24.0, sglang 0.5.23 and mistral-common
1.13.1 as released; checked 2026-11-27. The rules in `data/providers/` name theirs one by one.
"""

from collections.abc import Callable, Mapping
from math import ceil, floor, log, sqrt
from typing import Any

from visionask.core.errors import TooLarge
from visionask.core.geometry import Size, fit_box, fit_patch_budget, fit_short_side
from visionask.core.namedtuple import NamedTuple

Numbers = Mapping[str, Any]


class Grid(NamedTuple):
    """Columns and rows of cells or tiles, and the size that may be sent in the picture's place."""

    columns: int
    rows: int
    size: Size


def _up(length: int, step: int) -> int:
    return -(-length // step)


def _covering(size: Size, cell: int) -> Grid:
    return Grid(_up(size[0], cell), _up(size[1], cell), size)


def _whole_cells(columns: int, rows: int, cell: int) -> Grid:
    return Grid(columns, rows, Size(columns * cell, rows * cell))


def fit_none(size: Size, numbers: Numbers) -> Grid:
    """Return the cells that cover the picture as it is."""
    return _covering(size, numbers["cell"])


def fit_box_of(size: Size, numbers: Numbers) -> Grid:
    """Return the cells of a picture whose longer side is at most `side` (Mistral).

    With `cells = "nearest"` the nearest number of cells counts, and the shorter side is at least `min_side` (MiniMax).
    """
    w, h = size
    cell, side = numbers["cell"], numbers["side"]
    if numbers.get("cells") == "nearest":
        scale = side / max(size) if max(size) > side else 1.0
        if scale == 1.0 and min(size) < numbers["min_side"]:
            scale = min(numbers["min_side"] / min(size), side / max(size))
        grid = _whole_cells(max(1, round(w * scale / cell)), max(1, round(h * scale / cell)), cell)
        return grid if scale < 1 else grid._replace(size=size)
    if max(size) > side:
        size = Size(max(1, round(w / (max(w, h) / side))), max(1, round(h / (max(w, h) / side))))
    return _covering(size, cell)


def fit_budget(size: Size, numbers: Numbers) -> Grid:
    """Return the cells of a picture in a box, then within a budget with one side on a cell's border (OpenAI)."""
    if numbers.get("side"):
        size = fit_box(size, numbers["side"])
    if numbers.get("max_cells"):
        size = fit_patch_budget(size, numbers["max_cells"], patch_px=numbers["cell"])
    return _covering(size, numbers["cell"])


def fit_largest(size: Size, numbers: Numbers) -> Grid:
    """Return the cells of the largest picture of this shape within a side and a number of cells (Anthropic)."""
    cell, side, most = numbers["cell"], numbers["side"], numbers["max_cells"]

    def fits(tried: Size) -> bool:
        columns, rows, _ = _covering(tried, cell)
        return bool(max(columns, rows) * cell <= side and columns * rows <= most)

    if fits(size):
        return _covering(size, cell)
    longer, shorter = max(size), min(size)
    shape, low, high = longer / shorter, 1, longer
    while low + 1 < high:
        middle = (low + high) // 2
        if fits(Size(middle, max(round(middle / shape), 1))):
            low = middle
        else:
            high = middle
    found = low, max(round(low / shape), 1)
    return _covering(Size(*(found if size[0] >= size[1] else found[::-1])), cell)


def fit_smart(size: Size, numbers: Numbers) -> Grid:
    """Return the nearest cells, fewer above `max_px` and more below `min_px` (Qwen and its children)."""
    w, h = size
    cell, frames, ratio = numbers["cell"], numbers.get("frames", 1), numbers.get("max_ratio")
    if numbers.get("grow_to_cell") and min(size) < cell:
        scale = max(cell / h, cell / w)
        w, h = int(w * scale), int(h * scale)
    if ratio and max(w, h) / min(w, h) > ratio:
        raise TooLarge(
            f"{size[0]} x {size[1]} px is longer than {ratio} times its other side, and the provider refuses it",
            "send a part of it: --crop",
        )
    if numbers.get("round") == "up":
        columns, rows = (2 * w + cell) // (2 * cell), (2 * h + cell) // (2 * cell)
    else:
        columns, rows = round(w / cell), round(h / cell)  # halves to the even one, as the reference rounds
    px = frames * columns * rows * cell * cell
    if px > numbers["max_px"]:
        scale = sqrt(frames * h * w / numbers["max_px"])
        return _whole_cells(max(1, floor(w / scale / cell)), max(1, floor(h / scale / cell)), cell)
    if px < numbers["min_px"]:
        scale = sqrt(numbers["min_px"] / (frames * h * w))
        columns, rows = ceil(w * scale / cell), ceil(h * scale / cell)
    return Grid(columns, rows, size)


def fit_fill(size: Size, numbers: Numbers) -> Grid:
    """Return the whole cells of a picture scaled up or down to fill the budget: its size does not matter (Gemini)."""
    w, h = size
    cell, most = numbers["cell"], numbers["max_cells"]
    scale = sqrt(most * cell * cell / (h * w))
    columns, rows = floor(scale * w / cell), floor(scale * h / cell)
    if not rows:
        columns, rows = min(w // h, most), 1
    elif not columns:
        columns, rows = 1, min(h // w, most)
    return Grid(columns, rows, size if scale >= 1 else Size(max(1, int(scale * w)), max(1, int(scale * h))))


def fit_navit(size: Size, numbers: Numbers) -> Grid:
    """Return the cells of a picture within a number of patches, all in all and on a side (Kimi)."""
    w, h = size
    patch, longest = numbers["patch"], numbers["side_patches"] * numbers["patch"]
    patches = max(1.0, w // patch) * max(1.0, h // patch)
    scale = min(1.0, sqrt(numbers["max_patches"] / patches), longest / w, longest / h)
    fitted = Size(min(max(1, int(w * scale)), longest), min(max(1, int(h * scale)), longest))
    return _covering(fitted, numbers["cell"])


def fit_search(size: Size, numbers: Numbers) -> Grid:
    """Return the covering cells, more below `min_cells`; above `max_cells` those of the highest picture (GLM-5)."""
    w, h = size
    cell, most = numbers["cell"], numbers["max_cells"]
    grid = _covering(size, cell)
    if grid.columns * grid.rows < numbers["min_cells"]:
        scale = sqrt(numbers["min_cells"] * 2 * cell * cell / (2 * h * w))
        return _covering(Size(max(1, ceil(w * scale)), max(1, ceil(h * scale))), cell)._replace(size=size)
    if grid.columns * grid.rows <= most:
        return grid
    low, high, grid = 1, h, Grid(1, 1, Size(1, 1))
    while low <= high:
        middle = (low + high) // 2
        tried = _covering(Size(max(1, floor(w * middle / h)), middle), cell)
        if tried.columns * tried.rows <= most:
            grid, low = tried, middle + 1
        else:
            high = middle - 1
    return grid


def fit_nearest(size: Size, numbers: Numbers) -> Grid:
    """Return, of the four roundings of the ideal cells, the shape that is nearest within the budget (Muse)."""
    w, h = size
    cell, most = numbers["cell"], numbers["max_cells"]
    rows, columns = h / cell, w / cell
    is_shrunk = rows * columns > most
    if is_shrunk:
        shape = columns / rows
        rows = (most / shape) ** 0.5
        columns = rows * shape
    # On a tie, as for every square, the reference takes what its set yields first: the same set is built here.
    pairs = {(y, x) for y in (floor(rows), ceil(rows)) for x in (floor(columns), ceil(columns))}
    within = [pair for pair in pairs if min(pair) >= 1 and pair[0] * pair[1] <= most]
    best = min(within, key=lambda pair: abs(pair[0] / pair[1] - h / w)) if within else (round(rows), round(columns))
    grid = _whole_cells(max(1, best[1]), max(1, best[0]), cell)
    return grid if is_shrunk else grid._replace(size=size)


def fit_solve(size: Size, numbers: Numbers) -> Grid:
    """Return the merged patches of a picture of at least `min_px`, solved for above `max_tokens` (DeepSeek)."""
    w, h = size
    patch, merge, cell, most = numbers["patch"], numbers["merge"], numbers["cell"], numbers["max_tokens"]
    if w * h < numbers["min_px"]:
        scale = (numbers["min_px"] / (w * h)) ** 0.5
        w, h = int(w * scale), int(h * scale)
    across, down = ceil(w / patch), ceil(h / patch)
    if _up(down, merge) * (_up(across, merge) + 1) + 2 <= most:
        return Grid(_up(across, merge), _up(down, merge), size)
    x = sqrt((most - 2) / (h / w) + 0.25) - 0.5
    y = x * (h / w)
    if x < 1.0:
        across, down = merge, (most - 2) // 2 * merge
    elif y < 1.0:
        across, down = (most - 3) * merge, merge
    else:
        scale = min(floor(x) * cell / w, floor(y) * cell / h)
        across, down = floor(w * scale / patch), floor(h * scale / patch)
    return Grid(_up(across, merge), _up(down, merge), Size(across * patch, down * patch))


def fit_patches(size: Size, numbers: Numbers) -> Grid:
    """Return the merged cells of a picture between a least and a most number of patches (Nemotron)."""
    w, h = size
    patch, least, most = numbers["patch"], numbers["min_patches"], numbers["max_patches"]
    merge = numbers["cell"] // patch
    down, across = round(h / patch + 0.5), round(w / patch + 0.5)
    scale = min(sqrt(most / (down * across)), 1.0)
    down, across = floor(scale * down), floor(scale * across)
    if not (down and across):  # a strip of which the formula leaves nothing: the reference fails there
        down, across = (min(max(side, merge), most // merge) for side in (down, across))
    if down * across < least:
        more = sqrt(least / (down * across))
        down, across = ceil(more * down), ceil(more * across)
    down = _merged(down, across, merge, most)
    across = _merged(across, down, merge, most)
    # One px less than whole patches: the reference counts one patch more than those that a whole number fills.
    fitted = Size(across * patch - 1, down * patch - 1) if scale < 1 else size
    return Grid(across // merge, down // merge, fitted)


def _merged(patches: int, other: int, merge: int, most: int) -> int:
    """Return the next whole number of merged cells, or the one before it where the next is too many."""
    rest = patches % merge
    if not rest:
        return patches
    more = patches + merge - rest
    return more if more * other <= most else max(merge, patches - rest)


def fit_slices(size: Size, numbers: Numbers) -> Grid:
    """Return the cells of the whole picture and of each slice of it, two marks a slice and one a row (MiniCPM-V).

    They are no grid: their number stands as one row. A picture of one slice's area is not cut.
    """
    w, h = size
    cell, side = numbers["cell"], numbers["side"]
    across, down = _slices(size, side, numbers["max"])
    if across * down == 1:
        return Grid(*_one_slice(w, h, cell, side), size)
    whole = _one_slice(w, h, cell, side)
    # A slice is a share of the picture whose sides are whole in each direction, brought to a slice's area.
    part = _one_slice(max(round(w / across), 1), max(round(h / down), 1), cell, side)
    cells = whole[0] * whole[1] + across * down * (part[0] * part[1] + 2) + down - 1
    fitted = Size(part[0] * across * cell, part[1] * down * cell)
    return Grid(cells, 1, Size(min(w, fitted[0]), min(h, fitted[1])))


def _slices(size: Size, side: int, most: int) -> tuple[int, int]:
    """Return columns and rows of slices: their number from the area, their shape the nearest by its logarithm."""
    w, h = size
    wanted = min(ceil(w * h / (side * side)), most)
    best, least = (1, 1), float("inf")
    for number in (wanted - 1, wanted, wanted + 1) if wanted > 1 else ():
        for rows in range(1, number + 1):
            if number % rows or not 1 < number <= most:
                continue
            far = abs(log(w / h) - log((number // rows) / rows))
            if far < least or (far == least and rows > best[1]):
                best, least = (number // rows, rows), far
    return best


def _one_slice(w: float, h: float, cell: int, side: int) -> tuple[int, int]:
    """Return the nearest cells of a picture that is brought to the area of a slice, larger or smaller."""
    shape = w / h
    h = int(side / sqrt(shape))
    return max(round(int(h * shape) / cell), 1), max(round(h / cell), 1)


def choose_cover(size: Size, numbers: Numbers) -> Grid:
    """Return the tiles that cover a picture fitted into a box and a short side (OpenAI, xAI)."""
    if numbers.get("box"):
        size = fit_box(size, numbers["box"])
    if numbers.get("short_side"):
        size = fit_short_side(size, numbers["short_side"])
    return _covering(size, numbers["tile"])


def choose_ratio(size: Size, numbers: Numbers) -> Grid:
    """Return the grid of the nearest shape; on a tie the larger, if the picture fills half of it (InternVL, Aya)."""
    w, h = size
    tile, most = numbers["tile"], numbers["max"]
    # A set sorted by the number alone: among grids of one number the reference takes what its set yields first.
    grids = {
        (a, b)
        for n in range(numbers["min"], most + 1)
        for a in range(1, n + 1)
        for b in range(1, n + 1)
        if numbers["min"] <= a * b <= most
    }
    best, least = (1, 1), float("inf")
    for grid in sorted(grids, key=lambda grid: grid[0] * grid[1]):
        far = abs(w / h - grid[0] / grid[1])
        if far < least or (far == least and w * h > 0.5 * tile * tile * grid[0] * grid[1]):
            best, least = grid, far
    return _whole_cells(*best, tile)


def choose_canvas(size: Size, numbers: Numbers) -> Grid:
    """Return the canvas that enlarges the picture least, else shrinks it least; then the smallest (Llama, Cohere)."""
    (a, b), scale = _canvas(size, numbers)
    return Grid(a, b, Size(max(1, int(size[0] * scale)), max(1, int(size[1] * scale))))


def _canvas(size: Size, numbers: Numbers) -> tuple[tuple[int, int], Any]:
    """Return the columns and rows of the canvas, and its scale; a side of 0 or less asks for one tile."""
    from fractions import Fraction

    w, h = size
    tile, most = numbers["tile"], numbers["max"]

    def scale_of(tiles: int, length: int) -> Any:
        return Fraction(tiles * tile, length) if length else float("inf")

    scales = {(a, b): min(scale_of(a, w), scale_of(b, h)) for a in range(1, most + 1) for b in range(1, most // a + 1)}
    scale = min((each for each in scales.values() if each >= 1), default=max(scales.values()))
    sign = 1 if numbers.get("tie") == "narrow" else -1
    best = min((grid for grid in scales if scales[grid] == scale), key=lambda grid: (grid[0] * grid[1], sign * grid[0]))
    return best, scale


def choose_crops(size: Size, numbers: Numbers) -> Grid:
    """Return the pooled cells of crops that overlap: the canvas is chosen without its margin (Molmo)."""
    w, h = size
    tile, margin, cell = numbers["tile"], numbers["margin"], numbers["cell"]
    (a, b), _ = _canvas(Size(w - margin, h - margin), numbers)
    wide, high = a * tile + margin, b * tile + margin
    scale = min(1.0, max(wide / w, high / h))
    return Grid(_up(wide, cell), _up(high, cell), Size(ceil(w * scale), ceil(h * scale)))


def choose_longest(size: Size, numbers: Numbers) -> Grid:
    """Return the whole tiles of a picture whose longer side becomes `side`, larger or smaller (SmolVLM, Idefics3)."""
    w, h = size
    tile, side = numbers["tile"], numbers["side"]
    shape = w / h
    if w >= h:
        w, h = side, max(1, _even(int(side / shape)))
    else:
        w, h = max(1, _even(int(side * shape))), side
    shape = w / h
    if w >= h:
        w = _up(w, tile) * tile
        h = _up(int(w / shape), tile) * tile
    else:
        h = _up(h, tile) * tile
        w = _up(int(h * shape), tile) * tile
    return Grid(max(1, w // tile), max(1, h // tile), fit_box(size, side))


def _even(length: int) -> int:
    return length + length % 2


def choose_pinpoints(size: Size, numbers: Numbers) -> Grid:
    """Return the features, cut to the picture's shape, of the pinpoint that keeps most of its pixels (LLaVA)."""
    w, h = size
    tile, features = numbers["tile"], numbers["side_tokens"]
    best, kept, wasted = (1, 1), 0, float("inf")
    for rows, columns in numbers["pinpoints"]:
        scale = min(columns * tile / w, rows * tile / h)
        keeps = min(int(w * scale) * int(h * scale), w * h)
        wastes = rows * tile * columns * tile - keeps
        if keeps > kept or (keeps == kept and wastes < wasted):
            best, kept, wasted = (rows, columns), keeps, wastes
    high, wide = features * best[0], features * best[1]
    if w / h > wide / high:
        high -= (high - int(round(h * (wide / w), 7))) // 2 * 2
    else:
        wide -= (wide - int(round(w * (high / h), 7))) // 2 * 2
    if numbers.get("max_tiles"):
        scale = sqrt(high * wide / (numbers["max_tiles"] * features * features))
        if scale > 1.1:
            high, wide = int(high // scale), int(wide // scale)
    return Grid(wide, high, size)


def choose_slices(size: Size, numbers: Numbers) -> Grid:
    """Return the slices of a picture, each of which counts the same (MiniCPM-V before 4.6)."""
    return Grid(*_slices(size, numbers["tile"], numbers["max"]), size)


def choose_windows(size: Size, numbers: Numbers) -> Grid:
    """Return the windows that slide over a picture, none of them where it is small (Step)."""
    w, h = size
    if min(size) < 32 and max(w / h, h / w) > 4:
        w = h = max(size)
    if max(w, h) > numbers["side"]:
        scale = numbers["side"] / max(w, h)
        w, h = max(1, int(w * scale)), max(1, int(h * scale))
    fitted, shorter, longer = Size(min(size[0], w), min(size[1], h)), min(w, h), max(w, h)
    if longer <= numbers["global"]:
        window = shorter if longer / shorter > 1.5 else 0
    else:
        window = min(shorter, numbers["tile"]) if longer / shorter > 4 else numbers["tile"]
    if not window:
        return Grid(0, 0, fitted)
    across, down = (max(1, _windows(length, window)) for length in (w, h))
    return Grid(across, down, fitted)


def _windows(length: int, window: int) -> int:
    """Return how many windows lie along a side: a rest counts as one where it is over a fifth of a window."""
    return 0 if length < window else length // window + (length % window > 0.2 * window)


class Way(NamedTuple):
    """A fit or choice: its function, the numbers that it needs, those that it may have, and whether more px cost more.

    Where they do not always, `--image-tokens` must not search by halving.
    """

    grid: Callable[[Size, Numbers], Grid]
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    is_monotone: bool = False


FITS: Mapping[str, Way] = {
    "none": Way(fit_none, (), is_monotone=True),
    "box": Way(fit_box_of, ("side",), ("cells", "min_side")),
    "budget": Way(fit_budget, (), ("side", "max_cells"), is_monotone=True),
    "largest": Way(fit_largest, ("side", "max_cells"), is_monotone=True),
    "smart": Way(fit_smart, ("min_px", "max_px"), ("max_ratio", "frames", "grow_to_cell", "round")),
    "fill": Way(fit_fill, ("max_cells",)),
    "navit": Way(fit_navit, ("patch", "max_patches", "side_patches")),
    "search": Way(fit_search, ("min_cells", "max_cells")),
    "nearest": Way(fit_nearest, ("max_cells",)),
    "solve": Way(fit_solve, ("patch", "merge", "min_px", "max_tokens")),
    "patches": Way(fit_patches, ("patch", "min_patches", "max_patches")),
    "slices": Way(fit_slices, ("side", "max")),
}
CHOICES: Mapping[str, Way] = {
    "cover": Way(choose_cover, (), ("box", "short_side"), is_monotone=True),
    "ratio": Way(choose_ratio, ("min", "max")),
    "canvas": Way(choose_canvas, ("max",), ("tie",)),
    "crops": Way(choose_crops, ("max", "margin", "cell")),
    "longest": Way(choose_longest, ("side",)),
    "pinpoints": Way(choose_pinpoints, ("side_tokens", "pinpoints"), ("max_tiles",)),
    "slices": Way(choose_slices, ("max",)),
    "windows": Way(choose_windows, ("side", "global")),
}
