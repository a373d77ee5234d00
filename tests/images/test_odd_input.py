"""What comes from a server, a picture or a command line may be anything; readers raise only what callers expect."""

from __future__ import annotations

import contextlib
import random
from email.message import Message
from typing import TYPE_CHECKING

import pytest

from visionask.core.errors import InputError
from visionask.core.retry import told_wait_s
from visionask.core.url import host_of, normal_base_url, public_url, shown_url
from visionask.images.formats import is_pdf, name_kind, sniff
from visionask.images.frames import count_by_header, count_gif_frames, count_tiff_pages
from visionask.images.jpeg import mend_jpeg, read_jpeg, with_noise
from visionask.images.links import parse_link, redirect_target
from visionask.images.png import read_icon, read_png
from visionask.images.probe import orientation, probe_bytes, raw_exif, read_header
from visionask.images.sources import decode_data_url, expand, natural_key
from visionask.images.stores import is_readable, parse_object_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 10_000
WORDS = (
    "http://", "https://", "file://", "s3://", "data:", "//", "/", "\\", "[", "]", "[::1", "::", "@", ":", "?", "#",
    "%", "%zz", "%00", "h", "host.example", "127.0.0.1", "0x7f", ":99999", ":-1", ":\u0663", "xn--", "xn--\u00fc",
    "\u00fc", "a" * 70, ".", "..", "\0", "\n", "\r\n", "\t", " ", "\x7f", "\x85", "\u2028", "\u202e", "\udc80",
    "\ud800", "\U0010ffff", ";base64,", ",", "=", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 99 Nov 99999", "-1", "1e999",
    "nan", "inf", "\u0661", "9" * 400, "0", "ms", "bytes 0-",
)  # fmt: skip
BYTES = (
    b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9", b"\xff\xc0\0\x11\x08", b"\xff\xc2", b"\xff\xdd\0\4", b"\xff\xe1",
    b"\xff\xff", b"Exif\0\0", b"\x89PNG\r\n\x1a\n", b"\0\0\0\rIHDR", b"IDAT", b"IEND\xaeB`\x82", b"tRNS", b"eXIf",
    b"zTXt", b"Raw profile type exif\0\0", b"GIF89a", b",", b"!", b"RIFF", b"WEBPVP8X", b"EXIF", b"II*\0", b"MM\0*",
    b"II+\0", b"BM", b"\0\0\1\0\1\0", b"\0\0\2\0", b"%PDF-1.4", b"P5\n9 9\n255\n", b"\x12\x01\3\0\1\0\0\0", b"\0",
    b"\0\0\0\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80", b"ftypavif", b"ftypheic", b"<svg", b"\xfe\xff",
)  # fmt: skip


def texts() -> Iterator[str]:
    chance = random.Random(3)
    for _ in range(COUNT):
        yield "".join(chance.choices(WORDS, k=chance.randrange(1, 9)))


def blocks() -> Iterator[bytes]:
    chance = random.Random(4)
    for _ in range(COUNT):
        yield b"".join(chance.choice(BYTES) if chance.random() < 0.7 else chance.randbytes(5) for _ in range(12))


def headers(text: str) -> object:
    return told_wait_s({"retry-after": text, "date": text, "retry-after-ms": text}, status=429, now_s=1e9)


def expanded(text: str) -> object:
    return [found for found in expand([text]) if hasattr(found, "error") is False]


READERS: tuple[Callable[[str], object], ...] = (
    parse_link,
    lambda text: redirect_target("http://h.example/a", text.encode("utf-8", "surrogatepass").decode("latin-1")),
    shown_url, public_url, normal_base_url, host_of, headers, expanded, natural_key, parse_object_url, is_readable,
    lambda text: decode_data_url("data:" + text + ",x"),
)  # fmt: skip
BLOCK_READERS: tuple[Callable[[bytes], object], ...] = (
    sniff, is_pdf, name_kind, orientation, read_png, read_jpeg, read_icon, count_gif_frames,
    lambda block: count_tiff_pages(lambda at, count: block[at : at + count]),
    lambda block: count_by_header("WEBP", lambda at, count: block[at : at + count], len(block)),
    lambda block: count_by_header("PNG", lambda at, count: block[at : at + count], len(block)),
    with_noise,
    lambda block: raw_exif(b"zTXt", b"Raw profile type exif\0\0" + block),
    lambda block: raw_exif(b"tEXt", b"Raw profile type exif\0" + block),
    lambda block: read_header(lambda at, count: block[at : at + count]),
    lambda block: read_jpeg(mend_jpeg(block)),
)  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_a_reader_of_text_raises_only_what_is_expected(
    read: Callable[[str], object], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    for text in texts():
        with contextlib.suppress(InputError):
            read(text)


@pytest.mark.parametrize("read", BLOCK_READERS)
def test_a_reader_of_bytes_raises_nothing(read: Callable[[bytes], object]) -> None:
    for block in blocks():
        read(block)


def test_a_header_is_read_or_refused() -> None:
    for block in blocks():
        try:
            probe_bytes(block, "a")
        except InputError as error:
            assert "\n" not in error.message  # noqa: PT017


def test_header_values_of_a_message_are_text() -> None:
    message = Message()
    message["Location"] = "http://\udcff"
    with pytest.raises(InputError):
        redirect_target("http://h.example/", str(message["Location"]))
