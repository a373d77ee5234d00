"""Owns images in object stores: their headers by ranged requests, their whole bytes, and links signed for others.

Whatever is read of one object is of one version of it: each request after the first asks for the same ETag.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from visionask.core.errors import NotAnImage, VisionaskError
from visionask.images.buckets import is_readable, open_bucket, parse_object_url, unreadable_name, worded
from visionask.images.files import MAX_BYTES, too_large
from visionask.images.header import read_header
from visionask.images.pieces import MOST_REQUESTS, PIECE_BYTES, HeaderNotFound, Pieces
from visionask.images.probe import as_probe, ask_pillow, probe_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore import GetOptions

    from visionask.core.image import ObjectSource, Probe
    from visionask.images.buckets import Place

SIGNED_HOURS = 48  # a batch may take 24 before its provider fetches the last link


def probe_object(source: ObjectSource, *, frame: int = 0, max_bytes: int = MAX_BYTES) -> Probe:
    """Read what the header of an object says, or that of its page or frame `frame` (from 0), by ranges.

    One request of 16 KB is enough for most; a PDF, and what hides its header in 1 MB, is downloaded whole.
    Raises NotFound, FetchFailed, Unreadable (it changed), TooLarge (bytes), and what `probe` raises.
    """
    pieces = _Pieces(source, max_bytes)
    with worded(source.url):
        try:
            head = pieces.read_at(0, PIECE_BYTES)
            header = None if frame else read_header(pieces.read_at, head)
            if header:
                return as_probe(header, pieces.size_bytes)
            return _ask_pillow(pieces, source.url, frame)
        except HeaderNotFound:
            return probe_bytes(pieces.read_whole(), source.url, max_bytes=max_bytes, frame=frame)


def download_object(source: ObjectSource, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return an object's bytes. Raises NotFound, FetchFailed, Unreadable (it changed), NotAnImage (empty), TooLarge."""
    with worded(source.url):
        return _Pieces(source, max_bytes).read_whole()


def sign_object(url: str) -> str:
    """Return an http(s) link by which anybody can read one object, for 48 hours. Raises InputError."""
    from datetime import timedelta

    import obstore

    place = _readable(url)
    with worded(url):
        store: Any = open_bucket(place.root)
        return obstore.sign(store, "GET", place.key, timedelta(hours=SIGNED_HOURS))


def _readable(url: str) -> Place:
    place = parse_object_url(url)
    if not is_readable(place.key):
        raise unreadable_name(url)
    return place


def _ask_pillow(pieces: _Pieces, url: str, frame: int) -> Probe:
    """Let Pillow read the header through ranges. Raises HeaderNotFound where only the whole object can tell."""
    assert pieces.size_bytes is not None
    file = _RangeFile(pieces)
    try:
        with io.BufferedReader(file, PIECE_BYTES) as buffered:
            return ask_pillow(buffered, url, pieces.size_bytes, frame)
    except VisionaskError:
        if file.failure is not None:
            raise file.failure from None
        if file.is_sparse:
            raise HeaderNotFound from None
        raise


class _Pieces(Pieces):
    """What is known of an object."""

    def __init__(self, source: ObjectSource, max_bytes: int) -> None:
        super().__init__()
        self.size_bytes = source.size_bytes
        self._url, self._etag, self._max_bytes = source.url, source.etag, max_bytes
        self._place = _readable(source.url)
        self._check_size()

    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        return offset, self._get({"range": (offset, offset + count)})

    def read_whole(self) -> bytes:
        """Return all bytes, by one request."""
        return self._get({})

    def _get(self, options: GetOptions) -> bytes:
        import obstore

        if self._etag is not None and not self._etag.startswith("W/"):  # a weak one never matches
            options["if_match"] = '"' + self._etag.strip('"') + '"'  # Azure lists them without the quotes
        reply = obstore.get(open_bucket(self._place.root), self._place.key, options=options)
        self.size_bytes, self._etag = reply.meta["size"], reply.meta["e_tag"]
        self._check_size()
        return bytes(reply.bytes())

    def _check_size(self) -> None:
        if self.size_bytes == 0:
            raise NotAnImage(f"{self._url}: is empty", "check how it was written")
        if self.size_bytes is not None and self.size_bytes > self._max_bytes:
            raise too_large(self._url, self.size_bytes, self._max_bytes)


class _RangeFile(io.RawIOBase):
    """An object as a file. `failure` is what went wrong in reading: a plugin takes it for a broken picture."""

    def __init__(self, pieces: _Pieces) -> None:
        self.failure: Exception | None = None
        self.is_sparse = False
        self._pieces, self._at = pieces, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._pieces.size_bytes or 0)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        data = self._read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Read to the end; of HEIC and AVIF, whose plugins do so, only the boxes that describe the picture."""
        start, end = self._at, self._pieces.size_bytes or 0
        self._at = end
        if self._read(4, 4) != b"ftyp":
            return self._read(start, end - start)
        self.is_sparse = True
        data = bytearray(end)
        for offset, count in self._boxes():
            data[offset : offset + count] = self._read(offset, count)
        return bytes(data[start:])

    def _boxes(self) -> Iterator[tuple[int, int]]:
        """Yield where the boxes are, up to `meta`: whole but for `mdat`, of which only the head is wanted."""
        at = 0
        for _ in range(MOST_REQUESTS):
            head = self._read(at, 16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if len(head) < 8 or size < 8:
                return
            yield at, len(head) if kind == b"mdat" else size
            if kind in (b"meta", b"moov"):
                return
            at += size

    def _read(self, offset: int, count: int) -> bytes:
        try:
            return self._pieces.read_at(offset, count)
        except Exception as error:
            self.failure = error
            raise
