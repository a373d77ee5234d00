"""Owns reading the header of a picture that is far away: by ranges that are kept, few and small in all."""

from __future__ import annotations

from abc import ABC, abstractmethod

PIECE_BYTES = 16384  # the least that is asked for: decides nearly every picture, most cameras' too
MOST_BYTES = 1_000_000  # in all, before the whole is downloaded
MOST_REQUESTS = 12


class HeaderNotFound(Exception):
    """More would have to be read for the header than it is worth."""


class Pieces(ABC):
    """What is known of one file. Grows by requests, which are counted."""

    def __init__(self) -> None:
        self.size_bytes: int | None = None
        self._pieces: list[tuple[int, bytes]] = []
        self._requests = self._bytes = 0

    def read_at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`, fewer only at the end. Raises HeaderNotFound."""
        if self.size_bytes is not None:
            count = min(count, self.size_bytes - offset)
        if count <= 0:
            return b""
        for start, piece in self._pieces:
            if start <= offset and offset + count <= start + len(piece):
                return piece[offset - start : offset - start + count]
        wanted = max(count, PIECE_BYTES)
        if self._requests >= MOST_REQUESTS or self._bytes + wanted > MOST_BYTES:
            raise HeaderNotFound
        self._requests += 1
        start, piece = self._request(offset, wanted)
        self._bytes += len(piece)
        self._pieces.append((start, piece))
        return piece[offset - start : offset - start + count]

    @abstractmethod
    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        """Return where the bytes that came start, and the bytes; `offset` must be among them or their end."""
