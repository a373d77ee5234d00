"""Owns the list of picture formats that are opened here, and why the others are not.

Pillow opens 44 formats; each decoder is a way in for a hostile file, and some start another program.
Kept: what browsers, phones, cameras, scanners and screenshot tools write, each known by its first bytes
and bounded by the size in its header. Left out on purpose: EPS (runs Ghostscript), WMF and EMF (drawn by the
platform), PSD, FITS, GRIB, HDF5, the game and science formats (rarely fuzzed decoders), QOI (decoded in
Python: 12 Mpixel take a minute), TGA, IM and XVTHUMB (no signature: they match text).

`Image.open` is not used: it loads every plugin when one of `formats=` is missing, and it warns or raises by
its own pixel limit. The class of the one format that the first bytes name is called instead.
"""

from __future__ import annotations

OPENABLE: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM", "HEIF")

PLUGINS: dict[str, tuple[str, str]] = {  # format: (module, class)
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),  # of an MPO too: its first picture
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "ICO": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "PPM": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "HEIF": ("pillow_heif", "HeifImageFile"),  # the extra visionask[heif]
}

PDF_MAGIC = b"%PDF-"  # drawn by images/pdf.py, not by Pillow
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\0\0\1\0", "ICO"),
)
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"))


def sniff(prefix: bytes) -> str | None:
    """Name the format of OPENABLE that the first bytes (64 are enough) show, or None."""
    for magic, name in _MAGIC:
        if prefix.startswith(magic):
            return name
    if prefix[:4] == b"RIFF" and prefix[8:12] == b"WEBP":
        return "WEBP"
    if prefix[4:8] == b"ftyp":
        return _sniff_ftyp(prefix)
    if prefix[:1] == b"P" and prefix[1:2] in b"123456f" and prefix[2:3] in (b" ", b"\t", b"\r", b"\n"):
        return "PPM"
    return None


def _sniff_ftyp(prefix: bytes) -> str | None:
    brands = {prefix[8:12]} | {prefix[i : i + 4] for i in range(16, len(prefix) - 3, 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None
