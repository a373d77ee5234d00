"""Owns the value that a picture file is taken apart into: what is decoded, and what merely describes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One picture file. `pixels` is what the decoder is given; `own` is what may be sent as it is, or None."""

    format: str
    pixels: bytes = field(repr=False)
    own: bytes | None = field(default=None, repr=False)
    exif: bytes = field(default=b"", repr=False)
    icc: bytes = field(default=b"", repr=False)
    xmp: bytes = field(default=b"", repr=False)
    frames: int = 1
    scans: int = 1  # of a JPEG: each costs a pass over the whole picture
    is_buffered: bool = False  # a JPEG whose coefficients are all held before the first pixel
    is_arithmetic: bool = False  # a JPEG that is not Huffman-coded
    key: tuple[int, ...] = ()  # of a PNG: the 8-bit grey or RGB value that means transparent
    inflated_bytes: int = 0  # of a PNG: what its IDAT must hold
    faults: tuple[str, ...] = ()  # why the file is not whole; empty for a sound one


def crowd(frames: int, most: int) -> str:
    """Word a number of frames that was counted only up to `most`."""
    return f"more than {most:,}" if frames > most else f"{frames:,}"
