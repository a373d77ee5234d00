"""Owns opening and decoding: one Pillow class for one format, pixel limits first, and proof that the file is whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from visionask.core.errors import CorruptImage, NotAnImage, TooLarge
from visionask.images.container import Container
from visionask.images.exif import orientation as read_orientation
from visionask.images.faults import RESAVE_HINT, TRUNCATED_HINT, as_corrupt, corrupt_hint, quieten_libtiff, reason
from visionask.images.formats import sniff
from visionask.images.frames import MOST_FRAMES, PAGED, count_gif_frames, count_tiff_pages, go_to
from visionask.images.header import read_header
from visionask.images.icon import read_icon
from visionask.images.jpeg import mend_jpeg, read_jpeg, with_noise
from visionask.images.plugins import open_plugin
from visionask.images.png import holds_all_rows, mend_png, read_png
from visionask.images.scans import load_scans
from visionask.images.webp import release_canvases

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

TRUNCATED = "truncated: sent what is there"  # the warning of what is sent with --allow-truncated
# What a decoder holds for one pixel, in units of the 4 bytes that Pillow holds: WebP, AVIF and HEIF keep a canvas and
# a copy beside it; OpenJPEG keeps 4 bytes a channel twice.
_WEIGHTS = {"WEBP": 2, "AVIF": 2, "HEIF": 2, "JPEG2000": 4}
_LEAST_ROW_PX = 16  # Pillow keeps a pointer and more for each row, however short
_ROWS = 256  # compared at a time
_MOST_SCANS = 100
_MOST_SCANNED_PIXELS = 5_000_000_000  # scans x pixels: about 1 s of CPU for each 1,000,000,000
_MOST_SLOW_BYTES = 8_000_000  # of formats that Pillow decodes in Python, 1.5 MB a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A picture whose header is read and whose pixels are not. `is_cut` says that it was mended."""

    im: ImageFile
    container: Container
    orientation: int
    source_format: str
    is_cut: bool = False

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) in px as a viewer shows them."""
        width, height = self.im.size
        return (height, width) if self.orientation >= 5 else (width, height)


def open_picture(data: bytes, *, label: str, max_pixels: int, lenient: bool, frame: int = 0) -> Opened:
    """Read a picture's header, decode nothing but the frames before `frame` (from 0).

    Raises NotAnImage, UnsupportedFormat, CorruptImage for a file that is cut or inconsistent (unless `lenient`), and
    TooLarge for one whose decoder would need more memory or time than `max_pixels` allows at full size.
    """
    name = sniff(data[:64])
    if name is None:
        raise NotAnImage(f"{label}: not an image of a known format", "send JPEG, PNG, WEBP, GIF, TIFF, BMP or AVIF")
    header = read_header(lambda at, count: data[at : at + count])
    if header and name == "WEBP":  # its decoder allocates the canvas when it is made
        check_pixels(header[1] * header[2] * _WEIGHTS[name], max_pixels, label=label)
    container = _take_apart(name, data)
    if lenient and container.format == "PNG":
        check_pixels(container.inflated_bytes // 8, max_pixels, label=label)
    is_cut = bool(container.faults) or (lenient and container.format == "PNG" and not holds_all_rows(container))
    if is_cut and not lenient:
        raise CorruptImage(f"{label}: damaged, {container.faults[0]}", TRUNCATED_HINT)
    if is_cut:
        container = _mend(container, data)
    with as_corrupt(label, lenient=lenient):
        im = _open(container, label)
        turn = header[3] if header else _orientation(im)
    if im.width < 1 or im.height < 1:
        raise CorruptImage(f"{label}: no pixels in it", RESAVE_HINT)
    container = _described(im, container)
    if frame:
        if container.format not in PAGED:
            check_pixels(im.width * im.height * _WEIGHTS.get(name, 1), max_pixels, label=label)
        with as_corrupt(label, lenient=lenient):
            go_to(im, frame, container.frames, label)
    elif name == "WEBP":
        release_canvases(im, data)
    if _is_slow(container.format, data) and len(data) > _MOST_SLOW_BYTES:
        raise TooLarge(f"{label}: {len(data):,} bytes in a spelling that is decoded slowly", "save it as PNG")
    return Opened(im=im, container=container, orientation=turn, source_format=name, is_cut=is_cut)


def check_pixels(pixels: int, max_pixels: int, *, label: str) -> None:
    """Raise TooLarge for more pixels than are decoded here."""
    if pixels > max_pixels:
        raise TooLarge(
            f"{label}: needs {pixels / 1e6:,.0f} megapixels of memory, more than {max_pixels / 1e6:,.0f}",
            "raise --max-pixels, or send a smaller picture",
        )


def load(opened: Opened, *, label: str, max_pixels: int, lenient: bool) -> bool:
    """Decode the pixels at the size that was asked of the decoder; return whether they are all there.

    Raises TooLarge before decoding, and CorruptImage for pixels that are not all there unless `lenient`.
    """
    im, container = opened.im, opened.container
    size = im.size
    _check_cost(opened, label=label, max_pixels=max_pixels)
    is_whole, reads_scans = not opened.is_cut, container.is_buffered and not container.is_arithmetic
    try:
        has_all_scans = load_scans(im, container.pixels) if reads_scans else im.load() is not None
    except Exception as error:
        if not (lenient and _salvage(im)):
            raise CorruptImage(
                f"{label}: cannot be decoded ({reason(error)})", corrupt_hint(lenient=lenient)
            ) from error
        is_whole = False
    if im.size != size:
        raise CorruptImage(f"{label}: decoded to another size than its header says", RESAVE_HINT)
    if is_whole and not (has_all_scans if reads_scans else _is_whole(im, container)):
        if not lenient:
            what = "its last scan breaks off" if reads_scans else "its last rows are missing"
            raise CorruptImage(f"{label}: cut short, {what}", TRUNCATED_HINT)
        is_whole = False
    return is_whole


def without_file(opened: Opened) -> Opened:
    """Let go of the file's bytes once the pixels are there, so that they do not lie beside the next copy of these."""
    for name in ("fp", "_fp", "_exif"):  # Pillow keeps them for more frames and for more of the EXIF, too
        if hasattr(opened.im, name):
            setattr(opened.im, name, None)
    return replace(opened, container=replace(opened.container, pixels=b"", own=None))


def _take_apart(name: str, data: bytes) -> Container:
    if name == "JPEG":
        return read_jpeg(data)
    if name == "PNG":
        return read_png(data)
    if name == "ICO":
        return read_icon(data)
    frames = count_gif_frames(data) if name == "GIF" else count_tiff_pages(data) if name == "TIFF" else 1
    return Container(format=name, pixels=data, frames=frames)


def _is_slow(name: str, data: bytes) -> bool:
    """Tell PPM in digits and BMP in runs."""
    return (name == "PPM" and data[1:2] in b"123") or (name == "BMP" and data[30:31] in b"\1\2")


def _mend(container: Container, data: bytes) -> Container:
    if container.format == "JPEG":
        return replace(read_jpeg(mend_jpeg(data)), own=None)
    if container.format == "PNG" and container.inflated_bytes:
        return replace(container, pixels=mend_png(container), own=None, faults=())
    return container


def _open(container: Container, label: str) -> ImageFile:
    if container.format == "TIFF":
        quieten_libtiff()
    return open_plugin(container.format, BytesIO(container.pixels), label)


def _orientation(im: Image.Image) -> int:
    """Return what is left to do: Pillow turns a TIFF, and pillow-heif a HEIC, while it loads."""
    if im.format == "TIFF":
        return 1
    exif = im.info.get("exif", b"")
    return read_orientation(exif) or 1 if isinstance(exif, bytes) and exif else 1


def _described(im: Image.Image, container: Container) -> Container:
    """Fill in what the plugin read where the format is not taken apart here."""
    if container.format in ("JPEG", "PNG"):
        return container
    exif, icc, xmp = (
        value if isinstance(value := im.info.get(key), bytes) else b"" for key in ("exif", "icc_profile", "xmp")
    )
    frames = container.frames
    if container.format in ("WEBP", "AVIF", "HEIF"):
        frames = min(int(getattr(im, "n_frames", 1)), MOST_FRAMES + 1)
    return replace(container, frames=frames, exif=exif, icc=icc, xmp=xmp)


def _check_cost(opened: Opened, *, label: str, max_pixels: int) -> None:
    im, container = opened.im, opened.container
    pixels = max(im.width, _LEAST_ROW_PX) * im.height * _WEIGHTS.get(container.format, 1)
    if container.is_buffered:
        full = _jpeg_pixels(container)
        pixels = max(pixels, full // 2)  # 2 bytes a coefficient, of all channels, whatever the shrinking
        if container.scans > _MOST_SCANS or container.scans * full > _MOST_SCANNED_PIXELS:
            raise TooLarge(f"{label}: a JPEG of {container.scans:,} scans", "save it again with another program")
    check_pixels(pixels, max_pixels, label=label)


def _jpeg_pixels(container: Container) -> int:
    header = read_header(lambda at, count: container.pixels[at : at + count])
    return header[1] * header[2] if header else 0


def _salvage(im: ImageFile) -> bool:
    """Keep the rows that were decoded before the error. No global switch of Pillow is touched: threads share those."""
    if getattr(im, "_im", None) is None:
        return False
    im.tile = []
    return any(low != high for low, high in _pairs(im))


def _pairs(im: Image.Image) -> tuple[tuple[float, float], ...]:
    extrema = im.getextrema()
    return extrema if isinstance(extrema[0], tuple) else (extrema,)


def _is_whole(im: ImageFile, container: Container) -> bool:
    """Catch the two cuts that Pillow lets pass: a JPEG closed too early is grey at its end, a PNG all zero.

    Only a picture that ends so is looked at again.
    """
    if container.format == "PNG" and container.inflated_bytes:
        rows = range(max(0, im.height - 2), im.height)  # two: the last pass of an interlaced one may end above the last
        ends = (_pairs(im.crop((0, y, im.width, y + 1))) for y in rows)
        return all(any(high for _, high in end) for end in ends) or holds_all_rows(container)
    if container.format == "JPEG":
        corner = im.getpixel((im.width - 1, im.height - 1))
        values = corner if isinstance(corner, tuple) else (corner,)
        if all(v in (127, 128) for v in values):
            return _same_with_noise(im, container)
    return True


def _same_with_noise(im: ImageFile, container: Container) -> bool:
    again = _open(replace(container, pixels=with_noise(container.pixels)), "")
    again.draft(im.mode, im.size)
    again.load()
    boxes = ((0, top, im.width, min(top + _ROWS, im.height)) for top in range(0, im.height, _ROWS))
    return again.size == im.size and all(again.crop(box).tobytes() == im.crop(box).tobytes() for box in boxes)
