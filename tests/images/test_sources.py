"""Arguments become one stream of images, in order, and one bad argument is a value in it."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.core.errors import InputError, NotAnImage, NotFound, Unreadable
from visionask.core.image import BytesSource, Failed, FileSource, UrlSource
from visionask.images.probe import probe
from visionask.images.sources import Filter, decode_data_url, expand, natural_key, sort_naturally


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(folder, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def labels(*args: str, **options: object) -> list[str]:
    return [found.label for found in found_by(*args, **{"allow_folders": True, **options})]


def found_by(*args: str, include=(), exclude=(), **options: object):
    return expand(args, chosen=Filter(include, exclude), **options)


def only(*args: str, **options: object):
    (found,) = found_by(*args, **options)
    return found


def test_keeps_the_order_and_goes_on_after_a_bad_argument(here) -> None:
    make(here, "b.jpg", "a.jpg", "d/x.png")
    found = list(expand(["b.jpg", "none.jpg", "d", "https://e.org/i", "a.jpg", "ftp://e.org/i"], allow_folders=True))
    assert [type(f) for f in found] == [FileSource, Failed, FileSource, UrlSource, FileSource, Failed]
    assert [f.label for f in found] == [
        "b.jpg",
        "none.jpg",
        os.path.join("d", "x.png"),
        "https://e.org/i",
        "a.jpg",
        "ftp://e.org/i",
    ]


def test_a_named_file_needs_no_picture_suffix_and_may_have_any_name(here) -> None:
    names = ["-rf.png", "http:x.png", "[a].jpg", "a*b?.jpg", "two\nlines.png", "@list", "data:x.png", "c:d.png"]
    names.append(os.fsdecode(b"caf\xe9.jpg"))
    make(here, *names)
    assert list(expand(names)) == [FileSource(path=name) for name in names]


def test_folder_in_natural_order_without_hidden_and_other_files(here) -> None:
    make(here, "f/img10.jpg", "f/img2.jpg", "f/IMG1.JPG", "f/img02b.png", "f/.hidden.png", "f/notes.txt", "f/sub/z.gif")
    assert labels("f") == ["f/IMG1.JPG", "f/img2.jpg", "f/img02b.png", "f/img10.jpg"]
    assert labels("f", recursive=True)[-1] == "f/sub/z.gif"


names = st.one_of(st.from_regex(r"[Aa]?[0-9]{2}[.-]?[0-9][b٣]?", fullmatch=True), st.text("Aa019.-٣", max_size=6))


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(st.from_regex(r"[Aa]?[0-9][0-9][b٣]?", fullmatch=True), max_size=6) | st.lists(names, max_size=6))
def test_names_with_their_digits_in_the_same_places_come_in_the_same_order(found: list[str]) -> None:
    sort_naturally(found)
    assert found == sorted(found, key=natural_key)


def test_recursion_takes_folders_in_order_and_skips_hidden_ones(here) -> None:
    make(here, "t/d10/a.jpg", "t/d9/b.jpg", "t/d9/e/c.jpg", "t/z.jpg", "t/.git/x.jpg")
    assert labels("t", recursive=True) == ["t/z.jpg", "t/d9/b.jpg", "t/d9/e/c.jpg", "t/d10/a.jpg"]


def test_include_and_exclude_hold_for_patterns_too(here) -> None:
    make(here, "t/a.jpg", "t/old/c.jpg", "t/new/d.jpg")
    assert labels("t/**/*.jpg") == ["t/a.jpg", "t/new/d.jpg", "t/old/c.jpg"]
    assert labels("t/**/*.jpg", exclude=["old"]) == ["t/a.jpg", "t/new/d.jpg"]
    assert labels("t/**/*.jpg", exclude=["old/*", "a*"]) == ["t/new/d.jpg"]
    assert labels("t/**/*.jpg", include=["[cd]*"]) == ["t/new/d.jpg", "t/old/c.jpg"]
    assert labels("t/a.jpg", exclude=["a*"]) == ["t/a.jpg"]  # named by itself
    assert isinstance(only("*/a.jpg", exclude=["t"]), Failed)


def test_include_and_exclude(here) -> None:
    make(here, "t/a.jpg", "t/b.png", "t/raw.dat", "t/old/c.jpg", "t/new/d.jpg", "t/a.txt")
    assert labels("t", recursive=True, include=["*.jpg"]) == ["t/a.jpg", "t/new/d.jpg", "t/old/c.jpg"]
    assert labels("t", recursive=True, include=["*.jpg"], exclude=["old"]) == ["t/a.jpg", "t/new/d.jpg"]
    assert labels("t", recursive=True, include=["new/*"]) == ["t/new/d.jpg"]
    assert labels("t", include=["*.dat"]) == ["t/raw.dat"]
    assert labels("t", include=["a*"]) == ["t/a.jpg"]


def test_links_to_folders_are_visited_once(here) -> None:
    make(here, "t/a.jpg", "t/sub/b.jpg", "other/c.jpg")
    (here / "t/sub/up").symlink_to("..")
    (here / "t/again").symlink_to("sub")
    (here / "t/there").symlink_to(here / "other")
    found = labels("t", recursive=True)
    assert sorted(os.path.basename(path) for path in found) == ["a.jpg", "b.jpg", "c.jpg"]


def test_dangling_links_and_special_files_in_a_folder_are_errors_in_place(here) -> None:
    make(here, "t/a.jpg", "t/c.jpg")
    (here / "t/b.jpg").symlink_to("nowhere")
    os.mkfifo(here / "t/d.jpg")
    a, b, c, d = expand(["t"], allow_folders=True)
    assert (a.label, c.label) == ("t/a.jpg", "t/c.jpg")
    assert isinstance(b.error, NotFound)
    assert isinstance(d.error, Unreadable)
    assert "FIFO" in d.error.message


def test_a_link_to_itself_spoils_nothing_else_in_its_folder(here) -> None:
    make(here, "t/a.jpg", "t/c.jpg")
    (here / "t/b.jpg").symlink_to("b.jpg")
    a, b, c = expand(["t"], allow_folders=True)
    assert (a.label, c.label) == ("t/a.jpg", "t/c.jpg")
    assert isinstance(b.error, Unreadable)
    assert "cannot be followed" in b.error.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root enters every folder")
def test_a_file_in_a_folder_that_may_not_be_entered_is_not_called_missing(here) -> None:
    make(here, "t/a.jpg")
    (here / "t").chmod(0o600)
    source = only("t/a.jpg")
    with pytest.raises(Unreadable, match="permission denied"):
        probe(source)
    (here / "t").chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_without_permission_is_named_and_the_others_are_read(here) -> None:
    make(here, "t/a/x.jpg", "t/b/y.jpg")
    (here / "t/a").chmod(0)
    closed, y = expand(["t"], allow_folders=True, recursive=True)
    (here / "t/a").chmod(0o700)
    assert isinstance(closed.error, Unreadable)
    assert (closed.label, y.label) == ("t/a", "t/b/y.jpg")


def test_folder_without_pictures_and_folder_where_none_is_taken(here) -> None:
    make(here, "t/notes.txt")
    none = only("t", allow_folders=True)
    assert isinstance(none.error, NotFound)
    assert none.error.hint == "name another folder; -r looks into subfolders"
    refused = only("t")
    assert isinstance(refused.error, Unreadable)


def test_a_pattern_that_is_too_deep_is_refused(here) -> None:
    (found,) = expand(["[a]/" * 2000 + "x.png"], stdin=lambda: b"")
    assert isinstance(found, Failed)
    assert isinstance(found.error, Unreadable)


def test_patterns_match_files_in_natural_order(here) -> None:
    make(here, "p/i10.jpg", "p/i9.jpg", "p/q/i1.jpg", "p/x.png", "p/raw.dat", "p/notes")
    assert labels("p/*.jpg") == ["p/i9.jpg", "p/i10.jpg"]
    assert labels("p/**/*.jpg") == ["p/i9.jpg", "p/i10.jpg", "p/q/i1.jpg"]
    assert labels("p/i[19]*") == ["p/i9.jpg", "p/i10.jpg"]
    assert labels("p/?.png") == ["p/x.png"]
    assert labels("p/*") == ["p/i9.jpg", "p/i10.jpg", "p/x.png"]
    assert labels("p/*.dat") == ["p/raw.dat"]
    none = only("p/*.gif")
    assert isinstance(none.error, NotFound)
    assert "no file matches this pattern" in none.error.message


def test_missing_file_suggests_a_near_name(here) -> None:
    make(here, "d/holiday.jpg", "d/other.png")
    assert only("d/holliday.jpg").error.hint == "did you mean d/holiday.jpg?"
    assert "did you mean" not in only("d/zzz.bmp").error.hint
    assert "no folder nowhere" in only("nowhere/a.jpg").error.hint
    assert isinstance(only("a\0b.jpg").error, NotFound)
    assert isinstance(only("").error, NotFound)


def test_standard_input_is_read_once() -> None:
    reads: list[int] = []

    def stdin() -> bytes:
        reads.append(1)
        return b"bytes"

    first, second = expand(["-", "-"], stdin=stdin)
    assert first == BytesSource(label="standard input", data=b"bytes")
    assert isinstance(second.error, InputError)
    assert reads == [1]
    assert isinstance(only("-").error, NotFound)


@pytest.mark.parametrize(
    ("url", "data"),
    [
        pytest.param("data:image/png;base64,aGVsbG8=", b"hello", id="base64"),
        pytest.param("DATA:image/png;charset=x;BASE64,aGVsbG8", b"hello", id="no padding, capitals"),
        pytest.param("data:image/png;base64,aGVs%62G8%3D", b"hello", id="base64 in percent form"),
        pytest.param("data:;base64,__-_", b"\xff\xff\xbf", id="URL alphabet"),
        pytest.param("data:image/svg+xml,%3Csvg%2F%3E", b"<svg/>", id="percent form"),
    ],
)
def test_data_urls_are_decoded(url: str, data: bytes) -> None:
    assert only(url).data == data


def test_data_url_label_is_short() -> None:
    url = "data:image/png;base64," + base64.b64encode(bytes(1234)).decode()
    assert only(url).label == "data:image/png (1.2 kB)"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        pytest.param("data:image/png;base64,a", InputError, id="cut"),
        pytest.param("data:image/png;base64,aGVs!G8=", InputError, id="other characters"),
        pytest.param("data:image/png;base64,", NotAnImage, id="nothing"),
    ],
)
def test_bad_data_urls_fail_without_showing_their_data(url: str, kind: type[InputError]) -> None:
    failed = only(url)
    assert type(failed.error) is kind
    assert "aGVs" not in failed.label + failed.error.message + failed.error.hint


def test_data_url_size_limit() -> None:
    with pytest.raises(InputError, match="more than the 3 kB"):
        decode_data_url("data:image/png;base64," + "A" * 4000, max_bytes=2999)
    assert len(decode_data_url("data:image/png;base64," + "A" * 4000, max_bytes=3000).data) == 3000


@pytest.mark.parametrize("url", ["ftp://h/a.png", "gopher://h/", "s3n://bucket/key"])
def test_other_schemes_are_refused(url: str) -> None:
    assert "only http and https" in only(url).error.message


def test_passwords_in_links_are_refused_and_hidden() -> None:
    for url in ("https://me:secret@e.org/a.png", "ftp://me:secret@e.org/a.png"):
        failed = only(url)
        assert isinstance(failed.error, InputError)
        assert "secret" not in failed.label + failed.error.message + failed.error.hint
        assert "***@e.org" in failed.label


def test_a_large_folder_is_not_held_in_memory_at_once(here) -> None:
    import tracemalloc

    for folder in range(40):
        make(here, *[f"big/{folder}/{i}.jpg" for i in range(50)])
    tracemalloc.start()
    count = sum(1 for _ in expand(["big"], recursive=True, allow_folders=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 150_000


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_file_url_is_a_path(here, host: str) -> None:
    make(here, "my pic#1.png", "f/a.jpg")
    (found,) = expand([f"file://{host}{here}/my%20pic%231.png"])
    assert (found.label, "file: URL" in found.note) == (f"{here}/my pic#1.png", True)
    assert labels(f"FILE://{host}{here}/f") == [f"{here}/f/a.jpg"]
    assert labels(f"file:{here}/my%20pic%231.png") == [f"{here}/my pic#1.png"]
    assert "no file of this machine" in only(f"file://elsewhere{here}/a.png").error.message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Shot 4.42 PM.png", "Shot 4.42\u202fPM.png"),
        ("Shot 4.42 PM.png", "Shot 4.42\u00a0PM.png"),
        ("Caf\u00e9.png", "Cafe\u0301.png"),
        ("Cafe\u0301.png", "Caf\u00e9.png"),
        ("Caf\u00e9/a b.png", "Cafe\u0301/a\u202fb.png"),
    ],
)
def test_the_one_name_that_looks_alike_is_taken_with_a_note(here, typed: str, stored: str) -> None:
    make(here, stored)
    found = only(typed)
    assert (found.path, "look alike" in found.note) == (stored, True)
    make(here, stored.replace("PM", "PM ").replace(".png", "\u00a0.png"))
    assert only(typed).path == stored


def test_two_names_that_look_alike_are_not_chosen_from(here) -> None:
    make(here, "a\u00a0b.png", "a\u202fb.png")
    assert isinstance(only("a b.png"), Failed)
