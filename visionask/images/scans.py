"""Owns the decoding of JPEGs in several scans (progressive ones), with proof that the last scan is whole.

Every scan covers the whole picture, so a last scan that breaks off leaves no grey rows: only its refinement is missing.
libjpeg warns of it ("premature end of data segment"), and Pillow counts no warnings. But a decoder that is given bytes
and no end marker tells by what it leaves unread: inside a scan it keeps bytes that it cannot use yet, behind the scan
it skips whatever comes. So some bytes of noise are put between the last scan and the end marker. This costs nothing,
for the picture is decoded once. Not noticed is what the noise can stand in for: a cut of the last 13 bytes or less,
which is a bit or two of the last blocks (tried at every length of 16 files, 2026-11-22).

Tried and left: decoding again with noise and comparing pixels takes all the time of a progressive JPEG twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_EOI = b"\xff\xd9"
# The decoder takes in 8 bytes ahead; ones, for the long codes begin so and a block is not soon at its end with them.
_NOISE = (b"\xfe" * 8, b"\xfe", b"\xfe")


def load_scans(im: ImageFile, jpeg: bytes) -> bool:
    """Decode a Huffman-coded JPEG of several scans that ends in EOI; return whether its last scan is all there.

    Raises OSError where the decoder gives up.
    """
    from PIL import Image

    im.load_prepare()
    name, extents, _, args = im.tile[0]
    decoder = Image._getdecoder(im.mode, name, args, im.decoderconfig)
    is_whole = True
    try:
        decoder.setimage(im.im, extents)
        left: bytes | memoryview = memoryview(jpeg)[: len(jpeg.removesuffix(_EOI).rstrip(b"\xff"))]
        for piece in (b"", *_NOISE, _EOI):
            left = bytes(left) + piece if piece else left
            read, error = decoder.decode(left)
            if read < 0:
                break
            left = left[read:]
            is_whole = is_whole and not (piece and left)
    finally:
        decoder.cleanup()
    if read >= 0 or error < 0:
        raise OSError("broken data stream" if error < 0 else "image file is truncated")
    im.tile = []
    im.fp = None  # as Pillow does: the file's bytes go
    return is_whole
