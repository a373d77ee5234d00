"""The identity of what is asked: the key of an answer, and the key of a scan.

A key is SHA-256 over a canonical encoding in which each value carries its type and its length, so that no two inputs
have the same bytes: `["ab", "c"]` is `l2:s2:abs1:c` and `["a", "bc"]` is `l2:s1:as2:bc`. The encoding and the wire have
versions: raise `WIRE_VERSION` when the same inputs come to send other bytes, and old answers are no longer found.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from visionask.core.namedtuple import NamedTuple
from visionask.core.url import normal_base_url, public_url

if TYPE_CHECKING:
    from visionask.core.image import PictureSpec

KEY_VERSION = 1
WIRE_VERSION = 1

Value = bool | int | float | str | bytes | Decimal | Sequence["Value"] | Mapping[str, "Value"] | None


class Asked(NamedTuple):
    """What is asked of every picture alike: where, whom, what, and each parameter that is sent by the user's wish.

    `parameters` holds what is sent and nothing else (max_tokens, temperature, effort, tier, schema ...): a parameter
    that is None and one that is absent are different questions.
    """

    base_url: str | None
    model: str
    question: str
    system: str | None = None
    parameters: Mapping[str, Value] = {}


class SentPicture(NamedTuple):
    """One picture of a request: the source's bytes, and what decides the bytes that are made of them.

    `sha256` is of the source's bytes, in hexadecimal; a link that is handed on has `url` and neither digest nor spec.
    """

    detail: str
    sha256: str | None = None
    spec: PictureSpec | None = None
    url: str | None = None
    frame: int = 0


class AnswerKeys:
    """The keys of the answers to one question: what is asked of every picture alike is encoded and hashed once."""

    def __init__(self, asked: Asked) -> None:
        self._start = hashlib.sha256(_head("answer") + _list(2) + encode(_asked(asked)))

    def key(self, pictures: Sequence[SentPicture]) -> str:
        """Return the key of an answer: 64 hexadecimal digits. The order of the pictures counts; their names do not."""
        digest = self._start.copy()
        digest.update(_list(len(pictures)) + b"".join(map(_picture, pictures)))
        return digest.hexdigest()


def answer_key(asked: Asked, pictures: Sequence[SentPicture]) -> str:
    """Return the key of one answer, as `AnswerKeys` does for many."""
    return AnswerKeys(asked).key(pictures)


def scan_key(asked: Asked, options: Mapping[str, Value]) -> str:
    """Return the key of a scan: 64 hexadecimal digits. `options` are the picture options as the user set them."""
    return hashlib.sha256(_head("scan") + encode([_asked(asked), options])).hexdigest()


def encode(value: Value) -> bytes:
    """Encode a value so that different values give different bytes. A mapping's order does not count, a list's does.

    Raises ValueError for a number that is not finite, TypeError for what is none of `Value`.
    """
    if value is None or isinstance(value, bool):
        return b"n" if value is None else b"t" if value else b"f"
    if isinstance(value, int):
        return _sized(b"i", str(value).encode())
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no key")
        return _sized(b"d" if isinstance(value, float) else b"m", repr(value).encode())
    if isinstance(value, str | bytes):
        return _sized(b"b", value) if isinstance(value, bytes) else _sized(b"s", value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Mapping):
        pairs = sorted((encode(name), encode(each)) for name, each in value.items())
        return b"o%d:" % len(pairs) + b"".join(name + each for name, each in pairs)
    if isinstance(value, Sequence):
        return _list(len(value)) + b"".join(encode(each) for each in value)
    raise TypeError(f"{type(value).__name__} has no key")


def _sized(tag: bytes, data: bytes) -> bytes:
    return tag + b"%d:" % len(data) + data


def _list(count: int) -> bytes:
    """Begin a list of so many values."""
    return b"l%d:" % count


def _head(kind: str) -> bytes:
    """Begin the list that every key is of; its last value follows."""
    return _list(5) + encode("visionask") + encode(kind) + encode(KEY_VERSION) + encode(WIRE_VERSION)


def _asked(asked: Asked) -> Value:
    return [normal_base_url(asked.base_url), asked.model, asked.question, asked.system, asked.parameters]


def _picture(picture: SentPicture) -> bytes:
    digest = b"n" if picture.sha256 is None else _sized(b"s", picture.sha256.lower().encode())
    url = None if picture.url is None else public_url(picture.url)
    return _before(picture.detail) + digest + _behind(url, picture.frame, picture.spec)


@lru_cache(maxsize=16)
def _before(detail: str) -> bytes:
    return _list(5) + encode(detail)


@lru_cache(maxsize=1024)  # a folder's pictures have few sizes
def _behind(url: str | None, frame: int, spec: PictureSpec | None) -> bytes:
    return encode(url) + encode(frame) + _made(spec)


def _made(spec: PictureSpec | None) -> bytes:
    """Leave out what only refuses a picture (pixel limit, truncation): it never changes the bytes that are sent."""
    if spec is None:
        return encode(None)
    made: dict[str, Value] = {
        "size": (spec.width_px, spec.height_px),
        "crop": spec.crop,
        "redact": sorted(set(spec.redact)),
        "quality": spec.quality,
        "keeps_metadata": spec.keeps_metadata,
    }
    return encode(made | {"rotate": spec.rotate} if spec.rotate else made)  # older keys, which have none, stay valid
