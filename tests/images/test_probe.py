"""Probing tells what a file is, or in one line why it is no image, and never decodes or hangs."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.images.sample_pictures import all_kinds, exif, noise, save, tiff
from visionask.core.errors import (
    CorruptImage,
    InputError,
    NotAnImage,
    NotFound,
    TooLarge,
    Unreadable,
    UnsupportedFormat,
)
from visionask.core.image import BytesSource, FileSource, PictureSpec, Probe
from visionask.images.prepare import encode
from visionask.images.probe import probe, read_bytes, read_file_header

if TYPE_CHECKING:
    from pathlib import Path

JPEG = save(noise(37, 23), "JPEG")


def in_memory(data: bytes) -> BytesSource:
    return BytesSource(label="here", data=data)


def refused(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        probe(in_memory(data))
    assert "\n" not in caught.value.message + caught.value.hint
    assert caught.value.message.startswith("here: ")
    return caught.value


def test_file_and_bytes_say_the_same(tmp_path) -> None:
    for name, data in all_kinds().items():
        path = str(tmp_path / name.replace(":", "_"))
        with open(path, "wb") as file:
            file.write(data)
        found = probe(FileSource(path=path))
        assert found == probe(in_memory(data))
        assert found.size_bytes == len(data)
        assert read_file_header(path) == (
            found.format,
            found.width_px,
            found.height_px,
            found.orientation,
            len(data),
            found.frames,
        )


@pytest.mark.parametrize(
    ("kind", "named", "options"),
    [
        pytest.param("BMP", "BMP", {}, id="BMP"),
        pytest.param("TIFF", "TIFF", {}, id="TIFF"),
        pytest.param("TIFF", "TIFF", {"compression": "tiff_lzw"}, id="TIFF LZW"),
        pytest.param("PPM", "PPM", {}, id="PPM"),
        pytest.param("ICO", "ICO", {"sizes": [(30, 20)]}, id="ICO"),
        pytest.param("JPEG2000", "JPEG2000", {}, id="JPEG 2000"),
        pytest.param("AVIF", "AVIF", {}, id="AVIF"),
    ],
)
def test_asks_pillow_for_the_other_formats(kind, named, options) -> None:
    data = save(noise(30, 20), kind, **options)
    assert probe(in_memory(data)) == Probe(format=named, width_px=30, height_px=20, size_bytes=len(data))


@pytest.mark.parametrize("turn", range(1, 9))
def test_tiff_sides_are_as_stored(turn: int) -> None:
    found = probe(in_memory(save(noise(30, 20), "TIFF", tiffinfo={274: turn})))
    assert (found.width_px, found.height_px, found.orientation) == (30, 20, turn)
    assert found.upright == ((20, 30) if turn >= 5 else (30, 20))


def test_avif_orientation() -> None:
    data = save(noise(32, 20), "AVIF", exif=exif(6))
    assert probe(in_memory(data)).upright == (20, 32)


def test_jpeg_with_junk_between_its_segments_is_read_by_pillow() -> None:
    found = probe(in_memory(JPEG[:20] + b"junk" + JPEG[20:]))
    assert (found.format, found.width_px, found.height_px) == ("JPEG", 37, 23)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS", id="EPS"),
        pytest.param(b"\xc5\xd0\xd3\xc6" + bytes(40), "EPS", id="EPS with preview"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG", id="SVG"),
        pytest.param(b'<?xml version="1.0"?>\n<!-- made -->\n<svg/>', "SVG", id="SVG in XML"),
        pytest.param(b"8BPS\0\1" + bytes(40), "PSD", id="PSD"),
        pytest.param(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "RAW", id="CR3"),
        pytest.param(b"FUJIFILMCCD-RAW 0201", "RAW", id="RAF"),
        pytest.param(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "video", id="MP4"),
        pytest.param(b"\x1aE\xdf\xa3" + bytes(40), "video", id="WebM"),
        pytest.param(bytes(128) + b"DICM" + bytes(9), "DICOM", id="DICOM"),
        pytest.param(b"\xff\x0a" + bytes(40), "JPEG XL", id="JPEG XL"),
        pytest.param(b"SIMPLE  =                    T", "FITS", id="FITS"),
    ],
)
def test_picture_formats_that_are_not_opened_are_named(data: bytes, name: str) -> None:
    error = refused(data)
    assert type(error) is UnsupportedFormat
    assert name in error.message


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        pytest.param(
            {258: (32, 32, 32), 259: (1,), 262: (2,), 277: (3,), 339: (3, 3, 3)},
            "TIFF with pixels of 3 x 32 bit float RGB",
            id="float RGB",
        ),
        pytest.param(
            {258: (64,), 259: (1,), 262: (1,), 277: (1,), 339: (6,)},
            "TIFF with pixels of 1 x 64 bit complex",
            id="complex",
        ),
        pytest.param(
            {258: (16, 16), 259: (1,), 262: (32844,), 277: (2,)},
            "TIFF with pixels of 2 x 16 bit photometric 32844",
            id="LogL",
        ),
        pytest.param({258: (8,), 259: (60000,), 262: (1,), 277: (1,)}, "TIFF with compression 60000", id="compression"),
        pytest.param({258: (14,), 259: (1,), 262: (32803,), 277: (1,)}, "RAW (DNG, NEF, ARW ...)", id="sensor"),
    ],
)
def test_a_tiff_of_unknown_pixels_is_unsupported_and_not_damaged(tags: dict[int, tuple[int, ...]], what: str) -> None:
    data = tiff(4, 3, tags, bytes(4 * 3 * 16))
    error = refused(data)
    assert type(error) is UnsupportedFormat
    assert error.message == f"here: {what} is not opened here"
    assert error.hint == "convert it to PNG or JPEG"
    with pytest.raises(UnsupportedFormat, match="is not opened here"):
        encode(data, PictureSpec(width_px=4, height_px=3), label="here")


def test_a_tiff_written_by_hand_opens() -> None:
    data = tiff(4, 3, {258: (8, 8, 8), 259: (1,), 262: (2,), 277: (3,)}, bytes(4 * 3 * 3))
    assert probe(in_memory(data))[:3] == ("TIFF", 4, 3)
    assert encode(data, PictureSpec(width_px=4, height_px=3), label="here").format == "PNG"


def test_raw_in_tiff_is_not_taken_for_its_thumbnail() -> None:
    error = refused(save(noise(16, 12), "TIFF", tiffinfo={50706: b"\1\4\0\0"}))
    assert type(error) is UnsupportedFormat
    assert "RAW" in error.message


def test_heic_without_the_extra_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['pillow_heif'] = None\n"  # as if it were not installed
        "from visionask.core.errors import UnsupportedFormat\n"
        "from visionask.images.probe import probe_bytes\n"
        "try: probe_bytes(b'\\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic' + bytes(100), 'a.heic')\n"
        "except UnsupportedFormat as error: print(error.message, error.hint, sep='|')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'a.heic: HEIC pictures need an extra part|pip install "visionask[heif]"\n'


@pytest.mark.parametrize("turn", [1, 6])
def test_heic_with_the_extra(turn: int) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    data = save(noise(64, 48), "HEIF", exif=b"Exif\0\0" + exif(turn))
    found = probe(in_memory(data))
    assert found.format == "HEIF"
    assert found.upright == ((48, 64) if turn == 6 else (64, 48))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(b"<!DOCTYPE html><html><body>404", "HTML", id="HTML"),
        pytest.param(b'\xef\xbb\xbf  {"error": "not found"}', "JSON", id="JSON"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS", id="LFS"),
        pytest.param(b"PK\3\4\x14\0", "zip", id="zip"),
        pytest.param(b"\x7fELF\2\1\1", "ELF", id="ELF"),
        pytest.param(b"\x1f\x8b\x08\0", "gzip", id="gzip"),
        pytest.param(b"just some words\n", "text", id="text"),
        pytest.param("ein schöner Tag\n".encode("utf-16"), "text", id="UTF-16"),
        pytest.param(bytes(5000), "zero bytes", id="zeros"),
        pytest.param(bytes(range(128, 256)) * 4, "binary", id="binary"),
        pytest.param(b"iVBORw0KGgoAAAANSUhEUg", "base64", id="base64"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", "sound", id="WAV"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + save(noise(9, 9), "PNG"), "PNG behind 19 bytes", id="late PNG"),
        pytest.param(b"notice: x\n" + save(noise(9, 9), "JPEG"), "JPEG behind 10 bytes", id="late JPEG"),
    ],
)
def test_what_is_no_image_says_what_it_looks_like(data: bytes, name: str) -> None:
    error = refused(data)
    assert type(error) is NotAnImage
    assert name in error.message


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xd8\xff", id="JPEG magic"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="PNG magic"),
        pytest.param(b"GIF89a", id="GIF magic"),
        pytest.param(b"RIFF\0\0\0\0WEBPVP8 ", id="WEBP magic"),
        pytest.param(b"BM", id="BMP magic"),
        pytest.param(b"II*\0", id="TIFF magic"),
        pytest.param(b"\0\0\1\0", id="ICO magic"),
        pytest.param(save(noise(9, 9), "TIFF")[:40], id="TIFF cut"),
        pytest.param(save(noise(9, 9), "AVIF")[:150], id="AVIF cut"),
        pytest.param(b"P6\n0 5\n255\n", id="PPM of width 0"),
    ],
)
def test_a_cut_header_is_corrupt(data: bytes) -> None:
    assert type(refused(data)) is CorruptImage


def test_reading_a_header_does_not_decode() -> None:
    big = Image.new("1", (12_000, 9_000))
    for kind in ("PNG", "TIFF"):
        data = save(big, kind)
        tracemalloc.start()
        assert probe(in_memory(data)).width_px == 12_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8_000_000


def test_warnings_of_pillow_stay_inside(recwarn) -> None:
    data = save(noise(30, 20), "TIFF", tiffinfo={270: "words " * 30})
    at = data.index(b"words ")
    probe(in_memory(data[: at + 5] if at > 2000 else data))
    assert not recwarn.list


@pytest.mark.parametrize("take", [probe, read_bytes])
def test_special_files_are_refused_at_once(take, tmp_path) -> None:
    fifo, sock = str(tmp_path / "fifo.jpg"), str(tmp_path / "s.jpg")
    os.mkfifo(fifo)
    link = str(tmp_path / "zero.jpg")
    os.symlink("/dev/zero", link)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sock)
        for path, kind in ((fifo, "FIFO"), (sock, "socket"), (link, "device"), (str(tmp_path), "folder")):
            began = time.monotonic()
            with pytest.raises(Unreadable, match=f"not a regular file: it is a {kind}"):
                take(FileSource(path=path))
            assert time.monotonic() - began < 2


@pytest.mark.parametrize("take", [probe, read_bytes])
def test_missing_empty_and_dangling(take, tmp_path) -> None:
    empty, link = tmp_path / "empty.png", tmp_path / "link.png"
    empty.write_bytes(b"")
    link.symlink_to("nowhere.png")
    for path, kind, words in (
        (empty, NotAnImage, "is empty"),
        (link, NotFound, "link to a file that does not exist"),
        (tmp_path / "none.png", NotFound, "no such file"),
        (tmp_path / ("x" * 300), NotFound, "no such file"),
        (empty / "below.png", NotFound, "no such file"),
    ):
        with pytest.raises(kind, match=words):
            take(FileSource(path=str(path)))
    with pytest.raises(NotFound):
        take(FileSource(path="a\0b.png"))
    with pytest.raises(NotAnImage, match="is empty"):
        take(in_memory(b""))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(JPEG)
    path.chmod(0)
    with pytest.raises(Unreadable, match="permission denied"):
        probe(FileSource(path=str(path)))


@pytest.mark.parametrize("take", [probe, read_bytes])
def test_size_limit_is_checked_before_reading(take, tmp_path) -> None:
    path = str(tmp_path / "sparse.jpg")
    with open(path, "wb") as file:
        file.write(JPEG)
        file.truncate(8 << 30)
    with pytest.raises(TooLarge, match=r"8,589\.9 MB"):
        take(FileSource(path=path))
    exact = str(tmp_path / "exact.jpg")
    with open(exact, "wb") as file:
        file.write(JPEG)
    take(FileSource(path=exact), max_bytes=len(JPEG))
    for source in (FileSource(path=exact), in_memory(JPEG)):
        with pytest.raises(TooLarge):
            take(source, max_bytes=len(JPEG) - 1)


def test_read_bytes_returns_the_whole_file(tmp_path) -> None:
    data = os.urandom(3_000_000)
    path = tmp_path / os.fsdecode(b"caf\xe9\n-[x].bin")
    path.write_bytes(data)
    assert read_bytes(FileSource(path=str(path))) == data
    assert read_bytes(in_memory(data)) == data


def test_the_four_usual_formats_need_no_pillow(tmp_path) -> None:
    paths = []
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        paths.append(str(tmp_path / kind))
        with open(paths[-1], "wb") as file:
            file.write(save(noise(20, 20), kind))
    code = (
        "import sys\n"
        "from visionask.core.image import FileSource\n"
        "from visionask.images.probe import probe\n"
        "from visionask.images.sources import expand\n"
        "print([probe(s).format for s in expand(sys.argv[1:])])\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'PIL', 'http', 'ssl', 'socket', 'difflib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['JPEG', 'PNG', 'GIF', 'WEBP']", "[]"]


def test_icon_says_its_largest_picture() -> None:
    data = save(noise(64, 64), "ICO", sizes=[(16, 16), (64, 64)])
    with Image.open(io.BytesIO(data)) as im:
        assert im.size == (64, 64)
    assert probe(in_memory(data)).width_px == 64


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"GIF89a"], ids=["png", "gif"])
def test_a_header_that_only_begins_is_told_in_words_for_people(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(head)
    with pytest.raises(CorruptImage, match=r"header is cut or damaged \(it ends too early\)"):
        probe(FileSource(str(path)))


@pytest.mark.parametrize("colours", ["RGB", "L", "P"])
@pytest.mark.parametrize("packing", [None, "tga_rle"])
def test_a_tga_is_no_cursor(colours: str, packing: str | None) -> None:
    data = save(noise(9, 9).convert(colours), "TGA", compression=packing)
    assert refused(data).message.endswith("TGA is not opened here")
    assert "cursor" in refused(b"\0\0\2\0\1\0\x20\x20" + bytes(40)).message
