"""The list of picture formats that are opened here, and why the others are not.

Pillow opens 44 formats; each decoder is a way in for a hostile file, and some start another program.
Kept: what browsers, phones, cameras, scanners and screenshot tools write, each known by its first bytes
and bounded by the size in its header. Left out on purpose: EPS (runs Ghostscript), WMF and EMF (drawn by the
platform), PSD, FITS, GRIB, HDF5, the game and science formats (rarely fuzzed decoders), QOI (decoded in
Python: 12 Mpixel take a minute), TGA, IM and XVTHUMB (no signature: they match text).

`Image.open` is not used: it loads every plugin when one of `formats=` is missing, and it warns or raises by
its own pixel limit. The class of the one format that the first bytes name is called instead.

Naming what a file is that is no picture opened here, so that the message can say what it looks like.

The value that a picture file is taken apart into: what is decoded, and what merely describes it.
"""

from __future__ import annotations

import re
from dataclasses import field

from visionask.core.dataclass import dataclass

OPENABLE: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM", "HEIF")


PLUGINS: dict[str, tuple[str, str]] = {  # format: (module, class)
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),  # of an MPO too: its first picture
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("visionask.images.webp", "WebPFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "ICO": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "PPM": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "HEIF": ("pillow_heif", "HeifImageFile"),  # the extra visionask[heif]
}


_PDF = re.compile(rb"%PDF-\d")
_LATEST_PDF = 1024  # bytes before the magic: what viewers and PDFium take
_LATE_MAGIC = re.compile(rb"\xff\xd8\xff[\xe0-\xef\xdb]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP", re.DOTALL)


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


def is_pdf(head: bytes) -> bool:
    """Return whether the first KB begin a PDF, which images/pdf.py draws; up to 1,024 other bytes may come first."""
    found = _PDF.search(head, 0, _LATEST_PDF + 6)
    return found is not None and (found.start() == 0 or sniff(head[:64]) is None)


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


HEAD_BYTES = 1088  # of a file that are looked at: the latest mark of a PDF is among them


# Pictures, documents and films: something to look at, in a format that is not opened.
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"8BPS", "PSD (Photoshop)"),
    (b"gimp xcf", "XCF (GIMP)"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"II\xbc\1", "JPEG XR"),
    (b"\x8aMNG\r\n", "MNG"),
    (b"qoif", "QOI"),
    (b"DDS ", "DDS"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"SIMPLE  =", "FITS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\0\0\2\0\0\0", "TGA"),  # without a colour map; a cursor counts its pictures here
    (b"\0\0\3\0\0\0", "TGA"),
    (b"\0\0\x0a\0\0\0", "TGA"),
    (b"\0\0\x0b\0\0\0", "TGA"),
    (b"\0\1\1\0\0", "TGA"),
    (b"\0\1\x09\0\0", "TGA"),
    (b"\0\0\2\0", "CUR (a cursor)"),
    (b"icns", "ICNS (a Mac icon)"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"\x01\xda\0\1", "SGI"),
    (b"\x01\xda\1\1", "SGI"),
    (b"/* XPM */", "XPM"),
    (b"AT&TFORM", "DjVu"),
    (b"P7\n", "PAM"),
    (b"PF\n", "PFM in colour"),
    (b"FUJIFILMCCD-RAW", "RAW (Fujifilm)"),
    (b"IIRO", "RAW (Olympus)"),
    (b"IIRS", "RAW (Olympus)"),
    (b"MMOR", "RAW (Olympus)"),
    (b"IIU\0", "RAW (Panasonic)"),
    (b"FOVb", "RAW (Sigma)"),
    (b"\0MRM", "RAW (Minolta)"),
    (b"\x1aE\xdf\xa3", "video (Matroska or WebM)"),
    (b"\0\0\1\xba", "video (MPEG)"),
    (b"\0\0\1\xb3", "video (MPEG)"),
    (b"FLV\1", "video (Flash)"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video (Windows Media)"),
)


_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"PK\3\4", "a zip archive or an office document"),
    (b"PK\5\6", "an empty zip archive"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"(\xb5/\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\7", "a RAR archive"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a Mac program"),
    (b"\xca\xfe\xba\xbe", "a Mac program or a Java class"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"version https://git-lfs", "a Git LFS pointer: run `git lfs pull`"),
    (b"#!", "a script"),
    (b"data:image/", "a data: URL in a text file"),
    (b"/9j/", "a picture in base64"),
    (b"iVBORw0KGgo", "a picture in base64"),
    (b"ID3", "MP3 sound"),
    (b"OggS", "Ogg sound or video"),
    (b"fLaC", "FLAC sound"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
)


def name_kind(head: bytes) -> tuple[str, bool]:
    """Name what a file's first KB looks like, and say whether it is a picture, document or film that is not opened."""
    for magics, is_unsupported in ((_UNSUPPORTED, True), (_OTHERS, False)):
        for magic, name in magics:
            if head.startswith(magic):
                return name, is_unsupported
    return _name_inside(head) or _name_late(head) or _name_text(head)


def _name_late(head: bytes) -> tuple[str, bool] | None:
    """Name a picture that begins behind other bytes, such as the headers of a saved reply: no viewer shows it."""
    found = _LATE_MAGIC.search(head)
    if found is None:
        return None
    return f"{sniff(head[found.start() :][:64])} behind {found.start():,} bytes of something else", False


def _name_inside(head: bytes) -> tuple[str, bool] | None:
    """Name a kind whose mark stands further inside."""
    found: tuple[str, bool] | None = None
    if head[4:8] == b"ftyp":
        found = _name_ftyp(head[8:12]), True
    elif head[:4] == b"RIFF":
        found = ("video (AVI)", True) if head[8:12] == b"AVI " else ("sound or other RIFF data", False)
    elif head[128:132] == b"DICM":
        found = "DICOM", True
    elif head[40:44] == b" EMF":
        found = "EMF", True
    elif head[257:262] == b"ustar":
        found = "a tar archive", False
    elif not head.strip(b"\0"):
        found = "nothing but zero bytes", False
    return found


def _name_ftyp(brand: bytes) -> str:
    if brand == b"crx ":
        return "RAW (Canon)"
    return "video (QuickTime)" if brand == b"qt  " else "video (MP4)"


def _name_text(head: bytes) -> tuple[str, bool]:
    for mark, code in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-8")):
        if head.startswith(mark):
            text = head.removeprefix(mark).decode(code, "replace").lstrip("\ufeff \t\r\n")
            break
    start = text[:200].lower()
    odd = sum(c == "\ufffd" or not (c.isprintable() or c in "\t\r\n\f") for c in text)
    found = "text" if text and odd <= 1 else "binary data of no known kind"
    if start.startswith("<") and "<svg" in text.lower():
        return "SVG", True
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<script")) or "<html" in start:
        found = "HTML"
    elif start.startswith("<"):
        found = "XML"
    elif start.startswith(("{", "[")) and odd <= 1:
        found = "JSON"
    return found, False


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
    is_turn_late: bool = False  # a PNG whose EXIF stands behind the pixels, where browsers do not look
    key: tuple[
        int, ...
    ] = ()  # of a PNG: the RGB or grey value that means transparent, of 8 bits, or 16 where the grey has
    gamma: float = 0.0  # of a PNG whose samples were made by another one than sRGB's: 1.0 is linear light
    unknown: tuple[str, ...] = ()  # what its header says of the pixels that is not heeded here
    has_spare_alpha: bool = False  # alpha that is all 0 is not in use: of a BMP, and an icon whose mask hides nothing
    inflated_bytes: int = 0  # of a PNG: what its IDAT must hold
    faults: tuple[str, ...] = ()  # why the file is not whole; empty for a sound one
