"""The values that describe one image on its way: where it is, what its header says, what is sent."""

import typing

from visionask.core.errors import VisionaskError
from visionask.core.geometry import Box
from visionask.core.namedtuple import NamedTuple
from visionask.core.url import shown_url

CLIPBOARD = "clipboard:"  # as an argument, what `--clipboard` means; a file of this name is `./clipboard:`


class Pages(NamedTuple):
    """Which pages of each document are images of their own: ranges (first, last) from 1; last None is the end."""

    ranges: tuple[tuple[int, int | None], ...]

    def takes(self, number: int) -> bool:
        """Return whether a page is wanted."""
        return any(first <= number and (last is None or number <= last) for first, last in self.ranges)

    def beyond(self, count: int) -> list[int]:
        """Return the pages at which ranges begin that a document of `count` pages does not have."""
        return sorted({first for first, _ in self.ranges if first > count})


def page_label(name: str, page: int) -> str:
    """Return the name of one page of a document, as it is shown and as it may be given as an argument."""
    return f"{name}#page={page}"


class FileSource(typing.NamedTuple):
    """An image in a file. `path` is as the user named it, or as the folder walk found it.

    `note` is for the user: that the name was spelled with other characters. `page` is that of a document, from 1.
    `link` is the name of what was fetched into the file.
    """

    path: str
    note: str = ""
    page: int | None = None
    link: str | None = None

    @property
    def label(self) -> str:
        if self.link is not None:
            return self.link
        return self.path if self.page is None else page_label(self.path, self.page)


class UrlSource(NamedTuple):
    """An image behind an http(s) URL, not yet fetched. Its label has no secret of the URL."""

    url: str

    @property
    def label(self) -> str:
        return shown_url(self.url)


class ObjectSource(NamedTuple):
    """An image in an object store, not yet read. Size and ETag are what a listing told; None where none was made."""

    url: str
    size_bytes: int | None = None
    etag: str | None = None

    @property
    def label(self) -> str:
        return self.url


class BytesSource(NamedTuple):
    """An image whose bytes are in hand: standard input, a `data:` URL, a fetched link or object."""

    label: str
    data: bytes
    page: int | None = None  # of a document, from 1; its label ends with it

    def __repr__(self) -> str:
        return f"BytesSource({self.label!r}, {len(self.data)} bytes)"


Source = FileSource | UrlSource | ObjectSource | BytesSource


class Failed(NamedTuple):
    """An image that was named and cannot be used, and why: a value, for it stops no other image."""

    label: str
    error: VisionaskError


class Probe(typing.NamedTuple):
    """What an image's header says. Sides are as stored, before orientation; both at least 1.

    `format` is Pillow's name in capitals ("JPEG", "PNG", "GIF", "WEBP", ...); `orientation` is the EXIF
    value 1 to 8; `size_bytes` is None where it is not known (a link that does not say). `frames` counts pages or
    frames, as far as a header tells.
    """

    format: str
    width_px: int
    height_px: int
    orientation: int = 1
    size_bytes: int | None = None
    frames: int = 1

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) in px as a viewer shows them."""
        if self.orientation >= 5:
            return self.height_px, self.width_px
        return self.width_px, self.height_px


class EncodedImage(NamedTuple):
    """The very bytes that are sent, and what was done to get them."""

    data: bytes
    format: str  # "JPEG" or "PNG"
    width_px: int
    height_px: int
    sha256: str  # of the source's bytes
    source_format: str
    is_untouched: bool  # own pixels, only metadata cut out
    warnings: tuple[str, ...] = ()
    dropped_bytes: int = 0  # the size of `data` where it was let go of
    sent_sha256: str | None = None  # of `data`, where it is known

    def __repr__(self) -> str:
        return f"EncodedImage({self.format}, {self.width_px} x {self.height_px} px, {self.sent_bytes} bytes)"

    @property
    def sent_bytes(self) -> int:
        return self.dropped_bytes or len(self.data)

    def without_data(self) -> "EncodedImage":
        """Return what reports tell of it, without the bytes."""
        return self._replace(data=b"", dropped_bytes=self.sent_bytes)

    @property
    def mime(self) -> str:
        return "image/png" if self.format == "PNG" else "image/jpeg"


class PictureSpec(NamedTuple):
    """What to make of one image. Boxes are (x, y, width, height) in upright source px, already inside the image.

    Where it is turned by `rotate`, they count in the turned picture, as does the size that is sent.
    """

    width_px: int  # of the picture that is sent; both sides at least 2
    height_px: int
    crop: Box | None = None
    redact: tuple[Box, ...] = ()
    quality: int = 85  # JPEG, 1 to 100
    keeps_metadata: bool = False
    allows_truncated: bool = False
    max_pixels: int = 89_000_000  # that are really decoded, after shrink-on-load
    frame: int = 0  # page or frame, from 0
    rotate: int = 0  # 0, 90, 180 or 270 degrees clockwise, after the picture's own orientation
