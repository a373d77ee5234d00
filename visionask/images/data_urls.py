"""Owns taking `data:` URLs apart."""

from __future__ import annotations

import binascii

from visionask.core.errors import InputError, NotAnImage
from visionask.core.image import BytesSource
from visionask.images.files import MAX_BYTES, too_large

_HINT = "the form is data:image/png;base64,..."


def is_data_url(text: str) -> bool:
    """Tell whether an argument is a `data:` URL: without a comma it is a file's name."""
    return text[:5].lower() == "data:" and "," in text


def decode_data_url(url: str, *, max_bytes: int = MAX_BYTES) -> BytesSource:
    """Return the bytes in a `data:` URL, under a short label that says its type and size.

    Raises InputError for a URL that does not decode, NotAnImage for one without data, TooLarge above `max_bytes`.
    """
    start, _, body = url[5:].partition(",")
    mime, *parameters = start.split(";")
    label = f"data:{mime[:40]}"
    if len(body) > 4 * max_bytes:  # no form is longer than three characters a byte
        raise too_large(label, len(body) // 4 * 3, max_bytes)
    data = _unquote(body)
    if any(parameter.strip().lower() == "base64" for parameter in parameters):
        data = _from_base64(data, label)
    if not data:
        raise NotAnImage(f"{label}: the URL holds no data", _HINT)
    if len(data) > max_bytes:
        raise too_large(label, len(data), max_bytes)
    return BytesSource(label=f"{label} ({_size(len(data))})", data=data)


def _from_base64(data: bytes, label: str) -> bytes:
    compact = data.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n")
    padding = b"=" * (-len(compact) % 4)
    try:
        return binascii.a2b_base64(compact + padding, strict_mode=True)
    except binascii.Error as error:
        raise InputError(f"{label}: the base64 in the URL is cut or damaged", _HINT) from error


def _unquote(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if b"%" not in raw:
        return raw
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(raw)


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
