"""WEBP by Pillow's plugin, whose decoded frame is used where it lies.

Pillow copies each frame, which libwebp gives as four bytes a pixel, into an image of its own: a seventh of the CPU of
12 MP, and 4 bytes a pixel of memory. Pillow before 13 crashes when it exports mapped memory (its issue 9896), and
copies.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import PIL
from PIL import Image, ImageFile
from PIL.WebPImagePlugin import WebPImageFile

_CAN_SHARE = int(PIL.__version__.partition(".")[0]) >= 13
_SHARED = {"RGBX": "RGB", "RGBA": "RGBA"}  # raw mode: mode


class _SharedFrame(ImageFile.ImageFile):
    """The last step of loading: pixels that lie in memory as Pillow has them are not copied."""

    def load(self) -> Any:
        raw = self.tile[0].args if len(self.tile) == 1 and self.tile[0].codec_name == "raw" else None
        if _CAN_SHARE and raw in _SHARED and isinstance(self.fp, BytesIO):
            frame = Image.frombuffer(str(raw), self.size, self.fp.getvalue(), "raw", raw, 0, 1)
            self.im = Image.fromarrow(frame, _SHARED[str(raw)], self.size).im
            self.readonly = 1  # who paints on it gets a copy
            self.tile = []
        return super().load()


class WebPFile(WebPImageFile, _SharedFrame):
    """A WEBP, whose `load` goes by way of `_SharedFrame`."""
