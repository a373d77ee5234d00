"""Owns making Pillow's object of one picture, with what a plugin cannot open named instead of called damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from visionask.core.errors import UnsupportedFormat
from visionask.images.formats import PLUGINS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_CONVERT_HINT = "convert it to PNG or JPEG"
# TIFF tags and the names of their values. Source: TIFF 6.0, TIFF/EP, the DNG specification.
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _SAMPLE_FORMAT = 258, 259, 262, 277, 339
_DNG, _SENSOR = 50706, 32803
_KINDS = {0: "", 1: "", 2: " RGB", 3: " palette", 4: " mask", 5: " CMYK", 6: " YCbCr", 8: " Lab"}
_NUMBERS = {2: " signed", 3: " float", 5: " complex", 6: " complex"}


def open_plugin(name: str, file: BinaryIO, label: str) -> ImageFile:
    """Call the class of the one format that the first bytes named. Only the header is read.

    Raises UnsupportedFormat, and for broken bytes whatever the plugin raises.
    """
    from importlib import import_module

    module, factory = PLUGINS[name]
    try:
        make = getattr(import_module(module), factory)
    except ImportError as error:
        raise UnsupportedFormat(
            f"{label}: HEIC pictures need an extra part", 'pip install "visionask[heif]"'
        ) from error
    try:
        opened: ImageFile = make(file)
    except SyntaxError as error:
        what = _unopened_tiff(file, error) if name == "TIFF" else None
        if what is None:
            raise
        raise UnsupportedFormat(f"{label}: {what} is not opened here", _CONVERT_HINT) from error
    return opened


def _unopened_tiff(file: BinaryIO, error: SyntaxError) -> str | None:
    """Name the pixels or the compression that Pillow does not know; None where the file is damaged instead."""
    from PIL.TiffImagePlugin import COMPRESSION_INFO, ImageFileDirectory_v2

    file.seek(0)
    head = file.read(8)
    tags = ImageFileDirectory_v2(head + file.read(8) if head[2] == 43 or head[3] == 43 else head)
    file.seek(tags.next)
    tags.load(file)
    if _DNG in tags or tags.get(_PHOTOMETRIC) == _SENSOR:
        return "RAW (DNG, NEF, ARW ...)"
    compression = tags.get(_COMPRESSION, 1)
    if compression not in COMPRESSION_INFO:
        return f"TIFF with compression {compression}"
    return f"TIFF with pixels of {_pixels(tags)}" if str(error) == "unknown pixel mode" else None


def _pixels(tags: Any) -> str:
    """Word a TIFF's pixels: `3 x 32 bit float RGB`, `1 x 12 bit signed`."""
    bits = tags.get(_BITS, (1,))
    samples = tags.get(_SAMPLES, len(bits))
    depth = "/".join(str(each) for each in sorted(set(bits)))
    photometric = tags.get(_PHOTOMETRIC, 0)
    kind = _KINDS.get(photometric, f" photometric {photometric}")
    return f"{samples} x {depth} bit{_NUMBERS.get(max(tags.get(_SAMPLE_FORMAT, (1,))), '')}{kind}"
