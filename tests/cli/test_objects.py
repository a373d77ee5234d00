"""Images in object stores on the road of each command: priced by ranges, downloaded once, handed on signed."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from tests.cli.batching import Sender
from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, asked, names, records, scan, tiny
from tests.faults.batch_server import BatchServer
from tests.images.object_store import ObjectStore
from tests.images.sample_pictures import noise, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with ObjectStore() as server:
        yield server


@pytest.fixture
def bucket(store: ObjectStore) -> str:
    """A folder of five pictures, which differ, and one that is none."""
    pictures = {f"p/i{number}.png": tiny(number) for number in range(5)}
    return store.bucket(pictures | {"p/broken.jpg": b"no picture"})


def links_of(sender: Wire) -> list[str]:
    return [part["image_url"]["url"] for body in sender.bodies for part in body["messages"][-1]["content"][1:]]


def test_a_folder_is_priced_by_ranges(command: Command, store: ObjectStore) -> None:
    big = save(noise(150, 120), "PNG")
    name = store.bucket({f"p/i{number}.png": big for number in range(30)})
    result = command("cost", f"s3://{name}/p/", "--json", env=store.env)
    found = result.record["images"]
    assert (result.code, len(found)) == (0, 30)
    assert [image["source"] for image in found] == [f"s3://{name}/p/i{number}.png" for number in range(30)]
    assert {(image["width_px"], image["height_px"]) for image in found} == {(150, 120)}
    reads = store.reads(name)
    assert len(reads) == 30
    assert max(each.sent_bytes for each in reads) <= 16384 < len(big)


def test_a_folder_of_photographs_costs_a_request_and_16_kb_for_each(command: Command, store: ObjectStore) -> None:
    photos = {f"p/i{number}.jpg": save(noise(640, 480 + number), "JPEG", quality=95) for number in range(12)}
    name = store.bucket(photos)
    assert command("cost", f"s3://{name}/p/", env=store.env).code == 0
    seen = store.seen(name)
    assert [each.is_listing for each in seen].count(True) == 1
    assert sorted(each.path.rpartition("/")[2] for each in store.reads(name)) == sorted(key[2:] for key in photos)
    assert sum(each.sent_bytes for each in store.reads(name)) == 12 * 16384 < sum(map(len, photos.values())) / 10


def test_a_listing_that_ends_early_is_one_failed_item_that_names_the_place(
    wire: Callable[[str], Wire], store: ObjectStore
) -> None:
    keys, sender = ["p/a.png", "p//c.png", "p/d.png"], wire("ok")
    name = store.bucket({key: tiny(number) for number, key in enumerate(keys)})
    (sender.command.folder / "e.png").write_bytes(tiny(5))
    result = scan(sender, "-r", "e.png", f"s3://{name}/p", "--json", env=store.env)
    assert result.code == 7
    failed = next(record for record in records(result) if record["status"] == "failed")
    assert "the listing ends at 'p//c.png'" in failed["error"]["message"]


def test_google_is_spoken_to_as_well(wire: Callable[[str], Wire], store: ObjectStore, bucket: str) -> None:
    sender, env = wire("ok"), store.google_env
    assert sender.command("cost", f"gs://{bucket}/p", "--exclude", "broken*", env=env).code == 0
    assert scan(sender, f"gs://{bucket}/p", "--exclude", "broken*", env=env).code == 0
    assert sorted(asked(sender).values()) == [1] * 5
    result = sender.ask(QUESTION, f"gs://{bucket}/p/i1.png", "-q", env=env)
    assert (result.code, "secret-canary" in result.err + result.out) == (0, False)


def test_a_folder_is_priced_as_a_request_for_each_object(command: Command, store: ObjectStore, bucket: str) -> None:
    """As the same files in a folder are: the question is paid with each."""
    (command.folder / "p").mkdir()
    for number in range(5):
        (command.folder / "p" / f"i{number}.png").write_bytes(tiny(number))
    args = ["--question", QUESTION, "--json", "--exclude", "broken*"]
    remote = command("cost", f"s3://{bucket}/p", *args, env=store.env).record["projected"]
    assert remote == command("cost", "p", *args).record["projected"]
    named = [f"s3://{bucket}/p/i{number}.png" for number in range(5)]
    together = command("cost", *named, *args, env=store.env).record["projected"]
    assert together["text_tokens"] * 5 == remote["text_tokens"]


def test_an_object_that_is_no_picture_stops_no_other(command: Command, store: ObjectStore, bucket: str) -> None:
    result = command("cost", f"s3://{bucket}/p", "--json", env=store.env)
    assert result.code == 3
    codes = {
        image["source"].rpartition("/")[2]: (image["error"] or {}).get("code") for image in result.record["images"]
    }
    assert codes == {"broken.jpg": "not_an_image"} | {f"i{number}.png": None for number in range(5)}


def test_a_scan_asks_each_object_once(
    wire: Callable[[str], Wire], command: Command, store: ObjectStore, bucket: str
) -> None:
    sender = wire("ok")
    first = scan(sender, f"s3://{bucket}/p/", "--json", env=store.env)
    assert first.code == 7
    assert names(first) == sorted(
        f"s3://{bucket}/p/{name}" for name in ["broken.jpg", *(f"i{n}.png" for n in range(5))]
    )
    assert sorted(asked(sender).values()) == [1] * 5
    whole = [each for each in store.reads(bucket) if not each.byte_range]
    assert len(whole) == 6, "each is downloaded once"
    assert all(each.if_match for each in whole), "and only as it was listed"
    (command.folder / "i3.png").write_bytes(tiny(3))
    again = scan(sender, f"s3://{bucket}/p/", "i3.png", "--json", "--limit", "9", env=store.env)
    assert asked(sender).total() == 5, "a file of the same bytes is the same picture"
    assert sum(record["cached"] for record in records(again)) == 6


def test_links_to_objects_are_signed_and_answers_kept_by_their_name(
    wire: Callable[[str], Wire], store: ObjectStore, bucket: str
) -> None:
    sender, url = wire("ok"), f"s3://{bucket}/p/i1.png"
    for times in (1, 2):
        result = scan(sender, url, "--pass-url", "--json", env=store.env)
        assert (result.code, len(sender.bodies)) == (0, 1), times
        assert result.record["images"][0]["source"] == url
        assert "X-Amz" not in str(result.record | {"answer": ""}) + result.err  # the server answers what it was asked
    (link,) = links_of(sender)
    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Expires"] == ["172800"]
    assert query["X-Amz-Signature"][0]
    with urlopen(link) as reply:
        assert reply.read() == tiny(1)


def test_ask_and_prep_take_objects(
    wire: Callable[[str], Wire], command: Command, store: ObjectStore, bucket: str
) -> None:
    sender, urls = wire("ok"), [f"s3://{bucket}/p/i{number}.png" for number in (1, 2)]
    assert sender.ask(QUESTION, *urls, "-q", env=store.env).code == 0
    assert all(link.startswith("data:image/png;base64,") for link in links_of(sender))
    assert len(links_of(sender)) == 2
    made = command("prep", f"s3://{bucket}/p/", "--exclude", "broken*", "-o", "out", env=store.env)
    assert made.code == 0
    assert sorted(path.name for path in (command.folder / "out").iterdir()) == [f"i{number}.png" for number in range(5)]


def test_ask_takes_no_folder(command: Command, store: ObjectStore, bucket: str) -> None:
    env = store.env | {"OPENAI_API_KEY": KEY}
    result = command("ask", "-n", QUESTION, f"s3://{bucket}/p/", env=env)
    assert result.code == 3
    assert "is a folder" in result.err


def test_a_batch_is_made_of_objects(command: Command, store: ObjectStore, bucket: str) -> None:
    with BatchServer() as server:
        sender = Sender(command, server)
        submitted = command("batch", "submit", QUESTION, f"s3://{bucket}/p/", env=sender.env | store.env)
        assert submitted.code == 7, "one is no picture"
        assert len(server.lines()) == 5


@pytest.mark.parametrize(
    ("url", "change", "words"),
    [
        pytest.param("s3://refuses-403/p/", {}, "refuses it", id="refused"),
        pytest.param("s3://nobody/p/", {}, "no such bucket", id="no bucket"),
        pytest.param("s3://b/p/", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "cannot be reached", id="unreachable"),
        pytest.param(
            "s3://b/p/",
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1"},
            "no credentials were found",
            id="keyless",
        ),
    ],
)
def test_a_bucket_that_cannot_be_read_is_one_line(
    wire: Callable[[str], Wire], store: ObjectStore, url: str, change: dict[str, str], words: str
) -> None:
    env = {name: value for name, value in (store.env | change).items() if value}
    sender = wire("ok")
    for args, mark in ((["cost"], "error:"), (["scan", QUESTION], "failed:")):
        result = sender.command(*args, url, env=sender.env | env)
        assert result.code == 3
        assert [words in line for line in result.err.splitlines() if line.startswith(mark)] == [True]
        assert "secret-canary" not in result.out + result.err
    assert sender.bodies == []


def test_without_the_extra_the_command_says_what_to_install(
    wire: Callable[[str], Wire], store: ObjectStore, command: Command
) -> None:
    (command.folder / "obstore.py").write_text("raise ImportError('not installed')\n")
    env = store.env | {"PYTHONPATH": str(command.folder)}
    sender = wire("ok")
    for result in (command("cost", "s3://b/p/", env=env), scan(sender, "s3://b/a.png", env=env)):
        assert result.code == 4
        assert 'pip install "visionask[cloud]"' in result.err


@pytest.mark.parametrize("path", ["p/", "p/a.jpg"])
def test_an_interrupt_does_not_wait_for_a_store_that_hangs(command: Command, store: ObjectStore, path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = store.env | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        process = command.start("cost", f"s3://b/{path}", env=env)
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=15)  # obstore itself would wait for 30 s
        assert process.returncode == 130


def test_a_replay_does_not_look_into_a_store(command: Command, store: ObjectStore, bucket: str) -> None:
    (command.folder / "saved").mkdir()
    result = command("scan", QUESTION, f"s3://{bucket}/p/", "--replay", "saved", env=store.env)
    assert result.code == 3
    assert store.seen(bucket) == []


def test_the_library_is_loaded_for_objects_alone(command: Command, store: ObjectStore, bucket: str) -> None:
    (command.folder / "i1.png").write_bytes(tiny(1))
    for path, is_loaded in (("i1.png", False), (f"s3://{bucket}/p/i1.png", True)):
        loaded = command("cost", path, env=store.env | {"PYTHONPROFILEIMPORTTIME": "1"}).err
        assert ("obstore" in loaded) is is_loaded
        assert ("concurrent.futures" in loaded) is is_loaded
