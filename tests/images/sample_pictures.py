"""The pictures that the tests of headers and probes are made of: real files, written by Pillow or by hand."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    made = Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))
    return made if mode == "RGB" else made.convert(mode)


def save(im: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def exif(turn: int, *, order: str = "<", kind: int = 3, before: int = 1) -> bytes:
    """A TIFF block with `before` other tags and then the orientation as SHORT (3) or LONG (4)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    tags = [struct.pack(order + "HHIHxx", 0x8000 + i, 3, 1, 0x0112) for i in range(before)]
    value = {3: "Hxx", 4: "I"}[kind]
    tags.append(struct.pack(order + "HHI" + value, 0x0112, kind, 1, turn))
    return mark + struct.pack(order + "IH", 8, len(tags)) + b"".join(tags) + bytes(4)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", 0xFF00 | marker, len(body) + 2) + body


def with_segments(jpeg: bytes, *parts: bytes) -> bytes:
    return jpeg[:2] + b"".join(parts) + jpeg[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *parts: bytes) -> bytes:
    return png[:33] + b"".join(parts) + png[33:]


def tiff(width: int, height: int, tags: dict[int, tuple[int, ...]], pixels: bytes) -> bytes:
    """A TIFF of one strip, written by hand: `tags` are SHORTs beside width, height and where the strip is."""
    tags = {256: (width,), 257: (height,), 278: (height,)} | tags
    start = 8 + 2 + 12 * (len(tags) + 2) + 4
    entries, more = [], b""
    for tag, values in tags.items():
        packed = struct.pack(f"<{len(values)}H", *values)
        if len(packed) > 4:
            more, packed = more + packed, struct.pack("<I", start + len(more))
        entries.append(struct.pack("<HHI4s", tag, 3, len(values), packed))
    entries.append(struct.pack("<HHII", 273, 4, 1, start + len(more)))
    entries.append(struct.pack("<HHII", 279, 4, 1, len(pixels)))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(sorted(entries)) + bytes(4) + more + pixels


def pdf(*pages: tuple[int, int, bytes], trailer: bytes = b"", more: bytes = b"") -> bytes:
    """A PDF written by hand: (width, height in points, what is drawn) for each page; `more` goes into the pages."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * i) for i in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))]
    for i, (width, height, drawn) in enumerate(pages):
        box = b"/MediaBox[0 0 %d %d]/Contents %d 0 R%b" % (width, height, 4 + 2 * i, more)
        objects.append(b"<</Type/Page/Parent 2 0 R%b>>" % box)
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ends = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + ends


def all_kinds() -> dict[str, bytes]:
    """Every mode that Pillow writes in the four formats, and the usual options."""
    made: dict[str, bytes] = {}
    for mode in ("RGB", "L", "CMYK"):
        made[f"jpeg {mode}"] = save(noise(37, 23, mode), "JPEG")
    made["jpeg progressive"] = save(noise(61, 20), "JPEG", progressive=True)
    made["jpeg 4:2:0 optimized"] = save(noise(19, 45), "JPEG", optimize=True, subsampling=2)
    made["jpeg big icc"] = save(noise(30, 31), "JPEG", icc_profile=random.Random(1).randbytes(200_000))
    made["jpeg comment"] = save(noise(9, 8), "JPEG", comment=b"\xff\xd8\xff\xc0" * 200)
    made["mpo"] = save(noise(33, 22), "MPO", save_all=True, append_images=[noise(11, 12)])
    for mode in ("1", "L", "LA", "I;16", "P", "RGB", "RGBA"):
        picture = noise(29, 17, "L").convert("I").convert("I;16") if mode == "I;16" else noise(29, 17, mode)
        made[f"png {mode}"] = save(picture, "PNG")
    made["png icc"] = save(noise(12, 13), "PNG", icc_profile=random.Random(1).randbytes(90_000))
    made["apng"] = save(noise(15, 16), "PNG", save_all=True, append_images=[noise(15, 16, "L").convert("RGB")])
    for mode in ("RGB", "RGBA"):
        made[f"webp {mode}"] = save(noise(41, 27, mode), "WEBP")
        made[f"webp lossless {mode}"] = save(noise(21, 47, mode), "WEBP", lossless=True)
    made["webp icc exif"] = save(noise(22, 44), "WEBP", icc_profile=b"x" * 5000, exif=exif(8))
    made["webp animated"] = save(noise(24, 18), "WEBP", save_all=True, append_images=[noise(24, 18, "L")] * 3)
    for mode in ("L", "P", "RGB", "1"):
        made[f"gif {mode}"] = save(noise(31, 19, mode), "GIF")
    made["gif animated"] = save(noise(14, 22), "GIF", save_all=True, append_images=[noise(14, 22, "L")], loop=0)
    made["gif comment"] = save(noise(18, 12), "GIF", comment=b"c" * 9000)
    return made
