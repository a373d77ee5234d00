"""Tests of what is read of objects in a store: which bytes, of which version, and what is said when not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.images.object_store import ObjectStore
from tests.images.sample_pictures import noise, save, segment, with_segments
from visionask.core.errors import (
    CorruptImage,
    FetchFailed,
    InputError,
    NotAnImage,
    NotFound,
    TooLarge,
    Unreadable,
)
from visionask.core.image import Failed, ObjectSource
from visionask.images.probe import probe_bytes
from visionask.images.sources import Filter, expand
from visionask.images.stores import download_object, probe_object, sign_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.image import Source

KB = 1024


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with ObjectStore() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.env.items():
            patch.setenv(name, value)
        yield server


def named(store: ObjectStore, data: bytes, key: str = "a.jpg") -> ObjectSource:
    return ObjectSource(f"s3://{store.bucket({key: data})}/{key}")


def found_by(*args: str, recursive: bool = False, **how: object) -> Iterator[Source | Failed]:
    return expand(args, allow_folders=True, recursive=recursive, chosen=Filter(**how))  # type: ignore[arg-type]


def labels(*args: str, **how: object) -> list[str]:
    found = list(found_by(*args, **how))
    assert not [each for each in found if isinstance(each, Failed)]
    return [each.label.split("/", 3)[3] for each in found]


def error_of(*args: str, **how: object) -> InputError:
    (found,) = found_by(*args, **how)
    assert isinstance(found, Failed)
    assert isinstance(found.error, InputError)
    return found.error


def long_head() -> bytes:
    """A JPEG whose size stands behind 40,000 bytes of other segments, as a camera's preview is."""
    return with_segments(save(noise(320, 240), "JPEG"), segment(0xE2, bytes(40_000)))


def large_exif() -> bytes:
    """A JPEG with all the EXIF that one segment holds, as a camera's with a thumbnail in it."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x9286] = b"ASCII\0\0\0" + b"x" * 65_000
    return save(noise(320, 240), "JPEG", exif=exif.tobytes(), quality=95)


def many_segments() -> bytes:
    """A JPEG with five full segments before its size, as phones write previews and maps of depth."""
    return with_segments(save(noise(320, 240), "JPEG"), *[segment(0xE2, bytes(65_000))] * 5)


def late_directory() -> bytes:
    """A TIFF whose directory stands at its end, behind 600,000 bytes of pixels."""
    return save(noise(500, 400), "TIFF")


@pytest.mark.parametrize(
    ("make", "size", "most_requests", "most_bytes"),
    [
        pytest.param(lambda: save(noise(320, 240), "JPEG"), (320, 240), 1, 16 * KB, id="jpeg"),
        pytest.param(lambda: save(noise(320, 240), "PNG"), (320, 240), 1, 16 * KB, id="png"),
        pytest.param(lambda: save(noise(320, 240), "WEBP", lossless=True), (320, 240), 1, 16 * KB, id="webp"),
        pytest.param(lambda: save(noise(320, 240), "GIF"), (320, 240), 1, 16 * KB, id="gif"),
        pytest.param(lambda: save(noise(320, 240), "BMP"), (320, 240), 1, 16 * KB, id="bmp"),
        pytest.param(long_head, (320, 240), 2, 32 * KB, id="jpeg with a long head"),
        pytest.param(large_exif, (320, 240), 2, 32 * KB, id="jpeg with a large exif"),
        pytest.param(many_segments, (320, 240), 6, 96 * KB, id="jpeg with 300 kB of previews"),
        pytest.param(late_directory, (500, 400), 3, 48 * KB, id="tiff"),
        pytest.param(lambda: save(noise(500, 400), "AVIF", quality=95), (500, 400), 2, 32 * KB, id="avif"),
    ],
)
def test_a_header_costs_few_bytes(
    store: ObjectStore, make: object, size: tuple[int, int], most_requests: int, most_bytes: int
) -> None:
    data: bytes = make()  # type: ignore[operator]
    source = named(store, data)
    found = probe_object(source)
    reads = store.reads(source.url.split("/")[2])
    assert (found.width_px, found.height_px, found.size_bytes) == (*size, len(data))
    assert len(reads) <= most_requests
    assert sum(each.sent_bytes for each in reads) <= most_bytes < len(data)


@pytest.mark.parametrize("turn", [1, 6, 8])
@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "TIFF", "JPEG", "PNG", "WEBP"])
def test_an_object_is_seen_as_its_whole_bytes_are(store: ObjectStore, kind: str, turn: int) -> None:
    from PIL import Image

    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = turn
    data = save(noise(300, 200), kind, exif=exif.tobytes())
    assert probe_object(named(store, data)) == probe_bytes(data, "a")


def test_heic_is_sized_without_its_pixels(store: ObjectStore) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    source = named(store, save(noise(500, 400), "HEIF", quality=95), "a.heic")
    found = probe_object(source)
    assert (found.format, found.width_px, found.height_px) == ("HEIF", 500, 400)
    assert sum(each.sent_bytes for each in store.reads(source.url.split("/")[2])) <= 32 * KB


def test_an_exif_orientation_behind_the_pixels_is_read(store: ObjectStore) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    source = named(store, save(noise(320, 240), "WEBP", lossless=True, exif=exif.tobytes()))
    assert probe_object(source).upright == (240, 320)
    assert len(store.reads(source.url.split("/")[2])) <= 3


def test_a_page_of_an_object_is_read(store: ObjectStore) -> None:
    pages = [noise(300, 200), noise(100, 80)]
    source = named(store, save(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert probe_object(source, frame=1).upright == (100, 80)
    with pytest.raises(InputError, match="page"):
        probe_object(source, frame=2)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        pytest.param(b"hello there\n" * 9, NotAnImage, "looks like text", id="text"),
        pytest.param(b"", NotAnImage, "is empty", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(40), CorruptImage, "cut or damaged", id="damaged"),
    ],
)
def test_what_is_no_image_is_named(store: ObjectStore, data: bytes, kind: type[InputError], words: str) -> None:
    source = named(store, data)
    with pytest.raises(kind, match=words):
        probe_object(source)


def test_too_many_bytes_are_not_read(store: ObjectStore) -> None:
    source = named(store, save(noise(320, 240), "PNG"))
    for read in (probe_object, download_object):
        with pytest.raises(TooLarge):
            read(source, max_bytes=20_000)


def test_an_object_that_changes_is_noticed(store: ObjectStore) -> None:
    bucket = store.bucket({"a.jpg": long_head()})
    (listed,) = expand([f"s3://{bucket}/"], allow_folders=True)
    assert isinstance(listed, ObjectSource)
    assert download_object(listed) == long_head()
    fresh = ObjectSource(listed.url)
    store.after_request = lambda _: store.put(bucket, "a.jpg", b"other bytes " * 9000)
    with pytest.raises(Unreadable, match="changed"):
        probe_object(fresh)
    with pytest.raises(Unreadable, match="changed"):
        download_object(listed)


@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"'])
def test_an_etag_is_understood_in_every_spelling(store: ObjectStore, form: str) -> None:
    from hashlib import md5

    source = named(store, b"some bytes")._replace(etag=form.format(md5(b"some bytes").hexdigest()))
    assert download_object(source) == b"some bytes"


def test_names_come_in_natural_order_and_filtered(store: ObjectStore) -> None:
    keys = ["d/img10.jpg", "d/img2.jpg", "d/.hidden.jpg", "d/notes.txt", "d/sub/x.png", "d/.git/y.png", "dd/z.png"]
    bucket = store.bucket(dict.fromkeys(keys, b"x"))
    assert labels(f"s3://{bucket}/d") == labels(f"s3://{bucket}/d/") == ["d/img2.jpg", "d/img10.jpg"]
    assert labels(f"s3://{bucket}/d", recursive=True) == ["d/img2.jpg", "d/img10.jpg", "d/sub/x.png"]
    assert labels(f"s3://{bucket}", recursive=True, exclude=["sub", "img1*"]) == ["d/img2.jpg", "dd/z.png"]
    assert labels(f"S3://{bucket}/d/", include=["*.txt"]) == ["d/notes.txt"]
    assert labels(f"s3://{bucket}/d/", recursive=True, include=["sub/*.png"]) == ["d/sub/x.png"]


def test_strange_names_are_taken_as_they_are(store: ObjectStore) -> None:
    keys = ["s/100%.jpg", "s/a b+c.jpg", "s/p%20q.jpg", "s/q?h#[1]*.jpg", "s/ünï ☃.jpg", "s/back\\slash'\".jpg"]
    data = save(noise(20, 10), "JPEG")
    bucket = store.bucket(dict.fromkeys(keys, data))
    assert sorted(labels(f"s3://{bucket}/s/")) == sorted(keys)
    for key in keys:
        assert download_object(ObjectSource(f"s3://{bucket}/{key}")) == data


UNREADABLE = [  # keys that S3 takes and obstore does not read
    "d/new\nline.jpg",
    "d/\x01.jpg",
    "d/\x7f.jpg",
    "d//empty.jpg",
    "d/../up.jpg",
    "d/./here.jpg",
    "d/name/../x.jpg",
]


@pytest.mark.parametrize("key", [*UNREADABLE, "/lead.jpg", "lead.jpg/", "//", "d/a.jpg//"])
def test_a_name_that_cannot_be_asked_for_reads_nothing_else(store: ObjectStore, key: str) -> None:
    """obstore leaves out a slash at either end, which is the name of another object."""
    bucket = store.bucket({key: b"x", "lead.jpg": b"other", "d/a.jpg": b"other"})
    url = f"s3://{bucket}/{key}"
    for read in (download_object, lambda source: sign_object(source.url)):
        with pytest.raises(InputError, match="control characters or empty") as caught:
            read(ObjectSource(url))
        assert caught.value.message.startswith(f"{url}: ")
    assert store.seen(bucket) == []


@pytest.mark.parametrize("key", UNREADABLE)
def test_a_listing_ends_with_an_error_at_a_name_that_cannot_be_read(store: ObjectStore, key: str) -> None:
    bucket = store.bucket(dict.fromkeys(["d/a.jpg", "d/z.jpg", key], b"x"))
    (found,) = expand([f"s3://{bucket}/d"], allow_folders=True, recursive=True)
    assert isinstance(found, Failed)
    assert found.error.message.startswith(f"s3://{bucket}/d: the listing ends at ")
    assert "a name with control characters or empty" in found.error.message


def test_a_name_that_begins_with_a_slash_is_not_taken_for_another(store: ObjectStore) -> None:
    bucket = store.bucket({"/b.jpg": b"x", "a.jpg": b"x", "b.jpg": b"x"})
    assert "the listing ends at a name with control" in error_of(f"s3://{bucket}", recursive=True).message


def test_a_folder_whose_name_cannot_be_asked_for_is_told(store: ObjectStore) -> None:
    bucket = store.bucket({"a//b/c.jpg": b"x"})
    assert "control characters or empty" in error_of(f"s3://{bucket}/a//b/").message


def test_a_listing_that_cannot_go_on_names_where_it_ends(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.google_env.items():
        monkeypatch.setenv(name, value)
    bucket = store.bucket({"d/a.jpg": b"x", "d//b.jpg": b"x"})
    message = error_of(f"gs://{bucket}/d").message
    assert message.startswith(f"gs://{bucket}/d: the listing ends at 'd//b.jpg', a name with control characters")


def test_a_name_without_suffix_is_a_folder_or_an_object(store: ObjectStore) -> None:
    bucket = store.bucket({"both": b"x", "both/a.jpg": b"x", "single": b"x", "texts/a.txt": b"x"})
    assert labels(f"s3://{bucket}/both") == ["both/a.jpg"]
    assert labels(f"s3://{bucket}/single") == ["single"]
    assert [each.label for each in expand([f"s3://{bucket}/both"])] == [f"s3://{bucket}/both"]
    assert "no pictures" in error_of(f"s3://{bucket}/texts").message
    assert "no pictures" in error_of(f"s3://{bucket}/empty/").message


def test_a_folder_is_listed_without_those_below_it(store: ObjectStore) -> None:
    below = {f"f/m/{number}.jpg": b"x" for number in range(6000)}
    bucket = store.bucket({"f/a.jpg": b"x", "f/z.jpg": b"x", "f/m.jpg": b"x"} | below)
    assert labels(f"s3://{bucket}/f/") == ["f/a.jpg", "f/m.jpg", "f/z.jpg"]
    assert len(store.seen(bucket)) <= 3, "7 pages are there"


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process that was just started is told by /proc")
def test_a_long_listing_needs_no_more_memory(store: ObjectStore) -> None:
    script = (
        "import sys\nfrom visionask.images.sources import expand\n"
        "print(sum(1 for _ in expand([sys.argv[1]], allow_folders=True)))\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for count in (1000, 5000):
        bucket = store.bucket({f"n/{'x' * 200}{number}.jpg": b"x" for number in range(count)})
        url = f"s3://{bucket}/n/"
        ran = subprocess.run([sys.executable, "-c", script, url], env=os.environ, capture_output=True, check=True)
        found, peak_kb = map(int, ran.stdout.split())
        assert found == count
        peaks.append(peak_kb)
    assert peaks[1] - peaks[0] < 2500, peaks  # KB; 4,000 sources with their names and sizes take 3,800


def test_a_signed_link_needs_no_key(store: ObjectStore) -> None:
    source = named(store, b"the bytes", "a b%20ü.jpg")
    link = sign_object(source.url)
    assert "X-Amz-Expires=172800&" in link
    assert "secret-canary" not in link
    with urlopen(link) as reply:
        assert reply.read() == b"the bytes"


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        pytest.param("s3://nobody/a.jpg", NotFound, "no such bucket", id="bucket"),
        pytest.param("s3://refuses-403/a.jpg", FetchFailed, "refuses it .403 AccessDenied", id="403"),
        pytest.param("s3://refuses-301/a.jpg", FetchFailed, "another region", id="301"),
        pytest.param("s3://refuses-400/a.jpg", FetchFailed, "another region", id="malformed"),
        pytest.param("s3://refuses-503/a.jpg", FetchFailed, "answers with an error .503 SlowDown", id="503"),
        pytest.param("s3:///a.jpg", InputError, "names no bucket", id="none"),
        pytest.param("az://photos/a.jpg", FetchFailed, "no credentials", id="azure without an account"),
    ],
)
def test_failures_name_the_object_and_the_fact(
    store: ObjectStore, url: str, kind: type[InputError], words: str
) -> None:
    for read in (probe_object, download_object):
        with pytest.raises(kind, match=words) as caught:
            read(ObjectSource(url))
        assert caught.value.message.startswith(f"{url}: ")
        assert "\n" not in caught.value.message + caught.value.hint
    if not url.endswith("//a.jpg"):
        folder = url.removesuffix("a.jpg")
        assert words.partition(" ")[0] in error_of(folder).message


def test_a_missing_object_is_not_found(store: ObjectStore) -> None:
    source = ObjectSource(f"s3://{store.bucket()}/a.jpg")
    with pytest.raises(NotFound, match="no such object"):
        probe_object(source)
