"""The sound inputs that mutation starts from: small, and of every form that is read."""

from __future__ import annotations

import io
import json
import struct
from functools import cache

from PIL import Image, ImageCms

from tests.images.sample_pictures import all_kinds, exif, noise, pdf, save

URLS = (
    b"https://example.com/a/b.png?x=1&y=%20#f",
    b"http://user:secret@host.example:8080/p",
    b"http://[::1%25eth0]:80/a.jpg",
    "https://bücher.example/\u202e\U0001f600.png".encode(),
    b"HTTPS://EXAMPLE.COM",
    b"http://0x7f.1/",
    b"data:image/png;base64,iVBORw0KGgo=",
    b"data:image/svg+xml;charset=utf-8,%3Csvg%3E%00",
    b"data:,plain",
    b"file:///etc/passwd",
    b"photos/*.jp[eg]*",
    b"-",
)
URL_WORDS = (
    *(b"://", b"@", b":", b"[", b"]", b"%", b"%0d%0a", b"\r\n", b"\0", b"#", b"?", b"..", b"xn--", b";base64,"),
    *(b"\xe2\x80\xae", b"\xff", b"\xef\xbc\x8f", b"\xc2\xb2", b"::ffff:127.0.0.1", b"=" * 5, b"A" * 300),
)
JSON_WORDS = (
    *(b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"NaN", b"true", b'"\\ud800"', b'"\\u001b[2J"', b"[" * 2000),
    *(b"9" * 5000, b"data: ", b"\n\n", b"\r", b"event: error\n", b": ping\n\n", b"[DONE]", b"\xff", b"<html>"),
)
TOML_WORDS = (
    *(b"[", b"]]", b"=", b'"', b"'''", b"\n", b"nan", b"-inf", b"true", b"1_0", b"0x10", b"2026-02-30", b"{ }"),
    *(b"1979-05-27T07:32:00Z", b"[" * 500, b"a." * 500, b"9" * 5000, b"9" * 400, b"0x" + b"F" * 4000, b"1e400"),
    *(b'"-1"', b"\\ud800", b"\0", b"\xff"),
)
PDF_WORDS = (
    *(b"/MediaBox[0 0 9e99 1]", b"/MediaBox[-5 5 0 0]", b"/CropBox[1 1 2 2]", b"/Rotate 91", b"/UserUnit 1e9"),
    *(b"/Parent 3 0 R", b"/Kids[2 0 R]", b"/Count 99999999", b"/Encrypt 1 0 R", b"/Filter/FlateDecode", b"<<" * 2000),
    *(b"[" * 5000, b" q" * 5000, b"/Length 9999999999", b"/Annots[3 0 R]", b"/AcroForm<</Fields[4 0 R]>>", b"endobj"),
)

CONFIGS = (
    b"""model = "gpt-4o"
detail = "low"
timeout = 3.5
max_cost = "0.50"
quality = 80
max_side = 2048
profile = "p"
[profiles.p]
base_url = "http://127.0.0.1:1/v1"
retries = 3
api_key_env = "K"
""",
    b"""[models."mine"]
rule = "r"
basis = "inferred"
encoding = "o200k_base"
reasoning = true
shutdown = 2027-01-01
prices.standard = { input = "0.40", output = 1.60 }
prices.batch = { input = "0.2", output = 1 }
prices.priority_multiplier = "1.5"
[rules.r]
kind = "tile"
base_tokens = 85
tile_tokens = 170
""",
    b"""[models.a]
like = "gpt-4o-mini"
[models.b]
like = "a"
rule = "q"
[rules.q]
kind = "patch"
multiplier = "1.62"
auto = "high"
patch_px = 32
[rules.q.levels]
low = { box_px = 512 }
high = { box_px = 2048, budget_patches = 1536 }
""",
)


@cache
def headers() -> tuple[bytes, ...]:
    """Every form of the formats whose headers are read here."""
    return tuple(data[:60_000] for data in all_kinds().values())


@cache
def pictures() -> tuple[bytes, ...]:
    """At least one small picture of every openable format, with orientation and profiles, in the odd modes too."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    smooth = Image.radial_gradient("L").resize((48, 36))
    colour = Image.merge("RGB", (smooth, smooth.rotate(90), smooth.rotate(180)))
    made = [data for name, data in all_kinds().items() if "big" not in name]
    made += [save(colour, "JPEG", exif=b"Exif\0\0" + exif(6), icc_profile=icc, progressive=i > 0) for i in range(2)]
    made += [
        save(colour, "PNG", exif=exif(5), icc_profile=icc),
        save(noise(40, 30).quantize(20), "PNG", transparency=3),
    ]
    made += [save(noise(9, 7, mode), "PNG", interlace=1) for mode in ("L", "RGB")]
    made += [save(colour.convert(mode), "TIFF", compression=how) for mode, how in (
        ("RGB", "tiff_lzw"), ("RGB", "jpeg"), ("CMYK", None), ("LAB", None), ("F", "tiff_deflate"), ("1", "group4"),
        ("1", "group3"), ("L", "packbits"), ("I;16", None), ("P", "tiff_adobe_deflate"), ("RGBA", "tiff_lzw"),
    )]  # fmt: skip
    made.append(save(colour, "TIFF", save_all=True, append_images=[smooth], tiffinfo={274: 8}))
    made += [save(colour.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB")]
    made += [save(colour.convert(mode), "AVIF", speed=10) for mode in ("RGB", "RGBA")]
    made += [save(colour.convert(mode), "JPEG2000") for mode in ("L", "RGBA")]
    made += [save(colour.resize((32, 32)), "ICO", bitmap_format=kind) for kind in ("png", "bmp")]
    made += [save(colour.convert(mode), "PPM") for mode in ("1", "L", "RGB")]
    made += [
        b"P3\n2 2 255\n" + b"1 2 3 " * 4,
        b"P1\n4 2\n0 1 0 1 1 1 1 1\n",
        b"Pf\n2 2\n-1.0\n" + struct.pack("<4f", 0, 1, 2, 3),
    ]
    return (*made, *_heif(colour))


def _heif(im: Image.Image) -> list[bytes]:
    try:
        import pillow_heif
    except ImportError:
        return []
    with io.BytesIO() as file:
        pillow_heif.from_pillow(im).save(file, exif=exif(3), quality=60)
        return [file.getvalue()]


@cache
def pdfs() -> tuple[bytes, ...]:
    """PDF pages: drawings, a photograph, a fax, a mask; turned, and two in a file."""
    smooth = Image.radial_gradient("L").resize((48, 36))
    drawn = b"q .5 0 0 .5 5 5 cm 1 0 0 rg 0 0 50 50 re f 2 w 0 0 m 9 40 80 9 60 60 c S Q BT (text) Tj ET"
    made = [pdf((100, 60, drawn), (40, 90, b"0 0 1 rg 0 0 9 9 re f")), pdf((60, 80, drawn), more=b"/Rotate 90")]
    made += [save(smooth.convert(mode), "PDF") for mode in ("RGB", "L", "1", "P", "CMYK", "LA")]
    made.append(save(smooth, "PDF", save_all=True, append_images=[smooth.rotate(90)]))
    return tuple(made)


def replies() -> tuple[bytes, ...]:
    """Good replies in one piece, and errors as servers word them."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "prompt_tokens_details": {"image_tokens": 7, "cached_tokens": 0},
    }
    message = {"role": "assistant", "content": "The sky is blue.", "refusal": None}
    whole = {"id": "a", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    parts = {"choices": [{"message": {"content": [{"type": "text", "text": "A"}, "b"]}, "finish_reason": "length"}]}
    errors: list[object] = [
        {"error": {"message": "Rate limit reached", "type": "tokens", "code": "rate_limit_exceeded", "param": None}},
        {"detail": [{"loc": ["body", "max_tokens"], "msg": "bad", "type": "value_error"}]},
        {"error": "plain"},
        [{"error": {"message": "m"}}],
    ]
    made = [json.dumps(value).encode() for value in (whole, parts, *errors)]
    return (*made, b"<html><title>502 Bad</title></html>", b"", streams()[0])


def streams() -> tuple[bytes, ...]:
    """Streams that end well, in the three spellings of a line's end, and one that is broken off by an error."""
    deltas: list[dict[str, str]] = [
        {"role": "assistant", "content": ""},
        {"content": "The "},
        {"content": "sky\u20ac"},
        {"refusal": "no"},
        {},
    ]
    chunks: list[object] = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
    events = [
        b": hello",
        *(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() for chunk in chunks),
        b"data: [DONE]",
    ]
    made = [b"".join(event + end + end for event in events) for end in (b"\n", b"\r\n", b"\r")]
    return (*made, b"".join(event + b"\n\n" for event in [*events[:3], b'event: error\ndata: {"message": "over"}']))
