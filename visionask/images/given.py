"""What a Python program hands over as an image: paths and links stay words, all else becomes bytes in hand."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, cast

from visionask.core.errors import UsageError
from visionask.core.image import CLIPBOARD, BytesSource
from visionask.images.files import MAX_BYTES, too_large

if TYPE_CHECKING:
    from PIL.Image import Image

    Given = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image

_TAKEN = "hand over a path, a link, bytes, a file that is opened with 'rb', or a Pillow image"
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")  # that a PNG holds as they are


def take(image: object) -> str | BytesSource:
    """Return the argument that a path or link is, or the bytes of anything else; a Pillow image becomes a PNG.

    A file object is read from where it stands. Raises UsageError for what is no image, TooLarge for too many bytes,
    CorruptImage for a Pillow image that cannot be written.
    """
    if isinstance(image, str):
        return image
    if isinstance(image, os.PathLike):
        path = os.fsdecode(image)
        return os.path.join(os.curdir, path) if path in ("-", CLIPBOARD) else path  # as arguments they mean something
    if isinstance(image, bytes | bytearray | memoryview):
        return _in_hand(bytes(image))
    if _is_pillow(image):
        return _in_hand(_png(cast("Image", image)))
    if hasattr(image, "read"):
        return _read(cast("BinaryIO", image))
    raise UsageError(f"an image cannot be given as {type(image).__name__}", _TAKEN)


def _in_hand(data: bytes, label: str | None = None) -> BytesSource:
    """Name bytes by their digest: the same picture has the same name in every run."""
    label = label or f"bytes:{hashlib.sha256(data).hexdigest()[:12]}"
    if len(data) > MAX_BYTES:
        raise too_large(label, len(data), MAX_BYTES)
    return BytesSource(label=label, data=data)


def _read(file: BinaryIO) -> BytesSource:
    try:
        data, name = file.read(MAX_BYTES + 1), getattr(file, "name", None)
    except ValueError as error:
        raise UsageError("an image was handed over as a file that is closed", _TAKEN) from error
    if not isinstance(data, bytes):
        raise UsageError("an image was handed over as a file that is opened as text", _TAKEN)
    return _in_hand(data, name if isinstance(name, str) else None)


def _is_pillow(image: object) -> bool:
    """Return whether it is one, without loading Pillow: whoever has one of its images has loaded it."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(image, pillow.Image)


def _png(image: Image) -> bytes:
    """Write what a viewer shows of a Pillow image, and nothing else of it, losslessly where a PNG can."""
    from io import BytesIO

    from PIL import ImageOps

    from visionask.images.colour import flatten, to_srgb
    from visionask.images.decode import as_corrupt

    out = BytesIO()
    with as_corrupt("the Pillow image", lenient=True):
        upright = ImageOps.exif_transpose(image)
        icc = upright.info.get("icc_profile")
        if upright.mode not in _PNG_MODES:
            upright, icc = to_srgb(flatten(upright), icc or b""), None
        upright.save(out, "PNG", compress_level=1, icc_profile=icc)
    return out.getvalue()
