"""Owns images behind links: their headers by ranged requests, or their whole bytes, within a policy's limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visionask.core.errors import FetchFailed, NotAnImage
from visionask.images.fetch import Deadline, FetchPolicy, get
from visionask.images.files import too_large
from visionask.images.formats import PDF_MAGIC, sniff
from visionask.images.header import read_header
from visionask.images.pieces import MOST_BYTES, HeaderNotFound, Pieces
from visionask.images.probe import as_probe, probe_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.image import Probe
    from visionask.images.fetch import Reply

__all__ = ["FetchPolicy", "download", "probe_url"]

_FIRST_BYTES = 65536  # of a link: decides nearly every picture
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_HINT = "try again later, or download it and name the file"


def probe_url(url: str, policy: FetchPolicy) -> Probe:
    """Read what the header of a linked image says, by ranges of at most 1 MB in all where the server knows ranges.

    A format that only Pillow reads is downloaded whole. Raises what `download` and `probe` raise.
    """
    deadline = Deadline(policy.total_s)
    pieces = _Pieces(url, policy, deadline)
    try:
        head = pieces.read_at(0, _FIRST_BYTES)
        header = read_header(pieces.read_at, head)
    except HeaderNotFound:
        header = None
    if header:
        return as_probe(header, pieces.size_bytes)
    if not head:
        raise NotAnImage(f"{url}: is empty", "check the link")
    if sniff(head[:64]) is None and not head.startswith(PDF_MAGIC):
        return probe_bytes(head, url)  # raises, and names what it is
    return probe_bytes(_download(url, policy, deadline), url)


def download(url: str, policy: FetchPolicy) -> bytes:
    """Return the bytes behind a link.

    Raises NotFound, FetchFailed (also for one that is cut), ForbiddenAddress, TooLarge above `max_bytes`, NotAnImage
    for nothing, or InputError for a link that is not fetched.
    """
    return _download(url, policy, Deadline(policy.total_s))


def _download(url: str, policy: FetchPolicy, deadline: Deadline) -> bytes:
    with get(url, policy, deadline=deadline) as reply:
        if reply.status != 200:
            raise FetchFailed(f"{url}: the server answers with status {reply.status}", _HINT)
        if (reply.length or 0) > policy.max_bytes:
            raise too_large(url, reply.length or 0, policy.max_bytes)
        data = bytearray()
        for piece in _body(reply, deadline):
            data += piece
            if len(data) > policy.max_bytes:
                raise too_large(url, len(data), policy.max_bytes)
        _check_whole(url, reply, len(data))
    if not data:
        raise NotAnImage(f"{url}: is empty", "check the link")
    return bytes(data)


def _body(reply: Reply, deadline: Deadline) -> Iterator[bytes]:
    while piece := reply.response.read1(65536):
        deadline.left_s()
        yield piece


def _check_whole(url: str, reply: Reply, count: int) -> None:
    if reply.length is not None and count < reply.length:
        raise FetchFailed(f"{url}: the download was cut after {count:,} of {reply.length:,} bytes", _HINT)


class _Pieces(Pieces):
    """What is known of a linked file, under one deadline."""

    def __init__(self, url: str, policy: FetchPolicy, deadline: Deadline) -> None:
        super().__init__()
        self._url = url
        self._at = url  # after redirects
        self._policy = policy
        self._deadline = deadline

    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        """Return where the bytes that came start, and the bytes: from the start where the server ignores ranges."""
        byte_range = f"{offset}-{offset + count - 1}"
        with get(self._at, self._policy, deadline=self._deadline, byte_range=byte_range) as reply:
            self._at = reply.url
            if reply.status == 416:  # nothing there
                return offset, b""
            if reply.status == 200:
                if offset + count > MOST_BYTES:
                    raise HeaderNotFound
                self._learn(reply.length)
                return 0, self._read(reply, offset + count)
            found = _CONTENT_RANGE.fullmatch(reply.response.headers.get("Content-Range", "").strip())
            if found is None or int(found[1]) != offset:
                raise FetchFailed(f"{self._url}: the server sends another part than the one asked for", _HINT)
            self._learn(None if found[3] == "*" else int(found[3]))
            return offset, self._read(reply, min(count, int(found[2]) - offset + 1))

    def _read(self, reply: Reply, count: int) -> bytes:
        data = b""
        for piece in _body(reply, self._deadline):
            data += piece
            if len(data) >= count:
                return data[:count]
        if reply.length is not None:
            _check_whole(self._url, reply, len(data))
        return data

    def _learn(self, size_bytes: int | None) -> None:
        if self.size_bytes is not None and size_bytes != self.size_bytes:
            raise FetchFailed(f"{self._url}: the file changed while it was read", "try again")
        self.size_bytes = size_bytes
