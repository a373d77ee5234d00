"""The share of a scan that one of several machines takes: which images, and how much of each limit.

The machines need not know of each other: the name of an image decides, below the folder that was named, so that it
counts for nothing where that folder lies. `photos/a/b.jpg` of the folder `photos` is the image `a/b.jpg`:
SHA-256 of that begins with 4a 51 63 62 46 e7 c4 18, which is 0 modulo 3, so it is in share 1 of 3.
"""

from __future__ import annotations

import hashlib
import unicodedata
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import UsageError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SHARES = 10_000
_CENT_PARTS = Decimal("1e-9")  # USD: shares are rounded down, so that together they pass no limit


class Share(NamedTuple):
    """The share `number` of `total`, from 1."""

    number: int
    total: int

    def takes(self, name: str) -> bool:
        """Return whether an image is in this share, by the name that `name_below` gives. It is in just one."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.total == self.number - 1

    def of_usd(self, limit: Decimal | None) -> Decimal | None:
        """Return this share of an amount."""
        return None if limit is None else (limit / self.total).quantize(_CENT_PARTS, ROUND_DOWN)

    def of_rate(self, limit: int | None, flag: str) -> int | None:
        """Return this share of a rate. Raises UsageError where there is less than 1 for each."""
        if limit is not None and limit < self.total:
            raise UsageError(f"{flag} {limit} is less than 1 for each of {self.total} shards", "use fewer shards")
        return None if limit is None else limit // self.total


def read_share(text: str) -> Share:
    """Read I/N, such as 2/3. Raises UsageError."""
    number, slash, count = text.partition("/")
    parts = [int(part) if part.isascii() and part.isdigit() and len(part) < 9 else 0 for part in (number, count)]
    if not slash or not 1 <= parts[0] <= parts[1] <= MOST_SHARES:
        raise UsageError(f"--shard {text!r} is not I/N, with I from 1 to N", "such as --shard 1/3, 2/3 and 3/3")
    return Share(*parts)


def roots_of(args: Iterable[str]) -> frozenset[str]:
    """Return what the names of images in these folders begin with. A file is named by itself, as it was given."""
    return frozenset(_plain(arg).rstrip("/") + "/" for arg in args)


def name_below(label: str, roots: frozenset[str]) -> str:
    """Name an image as every machine does: below the innermost folder that was named, with slashes, composed (NFC)."""
    name = _plain(label)
    end = name.rfind("/")
    while end >= 0:
        if name[: end + 1] in roots or name[:end].rstrip("/") + "/" in roots:
            return name[end + 1 :]
        end = name.rfind("/", 0, end)
    return name


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\\", "/"))
