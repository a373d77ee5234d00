"""Owns the memory of WebP: Pillow decodes a still picture as an animation, with two canvases beside the picture.

A still, opaque picture is decoded by libwebp itself where its symbol can be reached in Pillow's own module: 7 bytes a
pixel at most, not 16, and the same pixels. Everything else goes Pillow's way, with the canvases let go early: 12 bytes.
`_get_next`, `_decoder` and `rawmode` are Pillow's own (12 and 13); where they are not, nothing is gained or broken.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any


def release_canvases(im: Any, data: bytes) -> None:
    """Let the decoder go as soon as the first frame is out, before that is copied, or before it is made at all."""
    get_next = getattr(im, "_get_next", None)
    if get_next is None or not hasattr(im, "_decoder"):
        return

    def get_first() -> Any:
        still = _decode_still(im, data)
        frame = get_next() if still is None else (still, 0, 0)
        im._decoder, im._get_next = None, get_next  # this function holds the file's bytes
        return frame

    im._get_next = get_first


def _decode_still(im: Any, data: bytes) -> bytes | None:
    """Return the pixels as RGB; None for an animation, for alpha, and where libwebp refuses or is out of reach."""
    decode = _rgb_decoder()
    if decode is None or im.mode != "RGB" or getattr(im, "rawmode", "") != "RGBX" or im.n_frames > 1:
        return None
    import ctypes

    size = im.width * im.height * 3
    pixels = BytesIO()
    pixels.write(bytes(size))  # never touched by us, so no memory of its own
    with pixels.getbuffer() as view:
        target = (ctypes.c_char * size).from_buffer(view)
        is_done = decode(data, len(data), target, size, im.width * 3)
        del target
    if not is_done:
        return None
    im.rawmode = "RGB"
    return pixels.getvalue()


@lru_cache(maxsize=1)
def _rgb_decoder() -> Any:
    """Return libwebp's `WebPDecodeRGBInto`, or None where it is hidden (a static build, another operating system)."""
    import ctypes

    from PIL import _webp

    try:
        decode = ctypes.CDLL(_webp.__file__).WebPDecodeRGBInto
    except (AttributeError, OSError):
        return None
    decode.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    decode.restype = ctypes.c_void_p
    return decode
