"""Pulling a model from a loopback server that speaks as much of the hub as is needed."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from visionask.api.local import find
from visionask.api.local_pull import pull
from visionask.core.errors import FetchFailed, RateLimited, ServerFailed, StateError, UnknownModel, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Command

REPO = "ggml-org/SmolVLM-500M-Instruct-GGUF"
MODEL, EYES = b"GGUF model " * 40_000, b"GGUF eyes " * 1_000


@dataclass
class Hub:
    """What the hub holds, what it gets wrong, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=lambda: {"smol-Q8_0.gguf": MODEL, "mmproj-smol-Q8_0.gguf": EYES})
    announced: dict[str, bytes] = field(default_factory=dict)  # where the list tells of other bytes
    cut_after: int | None = None
    status: int = 200
    listing: bytes | None = None
    ranges: list[str | None] = field(default_factory=list)
    token: str | None = None  # without which nothing is given
    tokens: list[tuple[str, str | None]] = field(default_factory=list)  # by path
    cdn: str = ""  # another host that the files are at
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        told = self.headers.get("Authorization")
        self.hub.tokens.append((self.path, told))
        is_open = self.hub.token is None or self.path.startswith("/cdn/") or told == f"Bearer {self.hub.token}"
        if not is_open:
            self.reply(401, b"Access to this model is restricted")
        elif self.hub.status != 200:
            self.reply(self.hub.status, b"no")
        elif self.path == f"/api/models/{REPO}/tree/main":
            self.reply(200, self.hub.listing or self.tree())
        elif self.path.startswith(f"/{REPO}/resolve/main/"):
            self.send_response(302)
            self.send_header("Location", f"{self.hub.cdn or self.hub.url}/cdn/{self.path.rsplit('/', 1)[1]}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/cdn/"):
            self.send_file(self.hub.files[self.path.removeprefix("/cdn/")])
        else:
            self.reply(404, b"no")

    def tree(self) -> bytes:
        entries: list[dict[str, object]] = [{"type": "file", "path": "README.md", "size": 3, "oid": "1"}]
        for name, held in self.hub.files.items():
            data = self.hub.announced.get(name, held)
            lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entries.append({"type": "file", "path": name, "size": len(data), "oid": "2", "lfs": lfs})
        return json.dumps(entries).encode()

    def send_file(self, data: bytes) -> None:
        asked = self.headers.get("Range")
        self.hub.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start : self.hub.cut_after])
        self.close_connection = True

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    held = Hub()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("OwnHandler", (Handler,), {"hub": held})) as server:
        held.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield held
        server.shutdown()
        thread.join()


def silent(name: str, done: int, total: int | None) -> None:
    """Take no notice."""


def test_pull_fetches_both_parts_through_redirects_and_reports(hub: Hub, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    model = pull("smolvlm-500m", str(tmp_path), on_progress=lambda *at: seen.append(at), hub=hub.url)
    directory = tmp_path / "smolvlm-500m"
    assert sorted(path.name for path in directory.iterdir()) == ["mmproj-smol-Q8_0.gguf", "smol-Q8_0.gguf"]
    assert (directory / "smol-Q8_0.gguf").read_bytes() == MODEL
    assert (directory / "mmproj-smol-Q8_0.gguf").read_bytes() == EYES
    assert seen[0] == ("smol-Q8_0.gguf", 0, 440_000)
    assert ("smol-Q8_0.gguf", 440_000, 440_000) in seen
    assert seen[-1] == ("mmproj-smol-Q8_0.gguf", 10_000, 10_000)
    assert model == find("smolvlm-500m", str(tmp_path))


def test_second_pull_downloads_nothing(hub: Hub, tmp_path: Path) -> None:
    pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    hub.ranges.clear()
    pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert hub.ranges == []


def test_cut_download_is_kept_and_continued(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after = 300_000
    with pytest.raises(Unreachable) as caught:
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert "goes on where it stopped" in caught.value.hint
    (part,) = (tmp_path / "smolvlm-500m").iterdir()
    assert part.name.endswith(".part")
    hub.cut_after = None
    model = pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert hub.ranges == [None, f"bytes={part_size(hub)}-", None]
    with open(model.model_path, "rb") as file:
        assert file.read() == MODEL


def part_size(hub: Hub) -> int:
    """Return the offset that was asked for; at most what the cut let through, and not nothing."""
    asked = int(str(hub.ranges[1]).removeprefix("bytes=").removesuffix("-"))
    assert 0 < asked <= 300_000
    return asked


@pytest.mark.parametrize("announced", [b"x" * len(EYES), EYES + b"more", EYES[:-1]], ids=["digest", "short", "long"])
def test_wrong_bytes_never_get_the_name(hub: Hub, tmp_path: Path, announced: bytes) -> None:
    hub.announced = {"mmproj-smol-Q8_0.gguf": announced}
    with pytest.raises((FetchFailed, Unreachable), match="mmproj-smol"):
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert not (tmp_path / "smolvlm-500m" / "mmproj-smol-Q8_0.gguf").exists()


def test_bytes_with_a_wrong_digest_are_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.announced = {"smol-Q8_0.gguf": b"x" * len(MODEL)}
    with pytest.raises(FetchFailed, match="not those that the hub announced"):
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert list((tmp_path / "smolvlm-500m").iterdir()) == []


def test_usual_quantization_is_chosen_and_odd_files_are_not(hub: Hub, tmp_path: Path) -> None:
    hub.files = {
        "m-F16.gguf": b"1", "m-Q4_K_M.gguf": MODEL, "m-Q8_0.gguf": b"2", "m-Q4_K_M-00001-of-00002.gguf": b"3",
        "mtp-m-Q4_K_M.gguf": b"4", "mmproj-m-f16.gguf": b"5", "mmproj-m-Q8_0.gguf": EYES, "../evil-Q4_K_M.gguf": b"6",
        "sub/m-Q4_K_M.gguf": b"7",
    }  # fmt: skip
    pull(REPO, str(tmp_path), on_progress=silent, hub=hub.url)
    directory = tmp_path / "ggml-org--SmolVLM-500M-Instruct-GGUF"
    assert sorted(path.name for path in directory.iterdir()) == ["m-Q4_K_M.gguf", "mmproj-m-Q8_0.gguf"]
    assert find(REPO, str(tmp_path)).model_path == str(directory / "m-Q4_K_M.gguf")


@pytest.mark.parametrize(
    ("files", "fact"),
    [
        pytest.param({"m.gguf": MODEL}, "no picture part", id="text only"),
        pytest.param({"mmproj-m.gguf": EYES}, "no GGUF model in one file", id="no model"),
    ],
)
def test_repository_that_cannot_see_is_refused(hub: Hub, tmp_path: Path, files: dict[str, bytes], fact: str) -> None:
    hub.files = files
    with pytest.raises(UnknownModel, match=fact):
        pull(REPO, str(tmp_path), on_progress=silent, hub=hub.url)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, UnknownModel), (401, FetchFailed), (403, FetchFailed), (429, RateLimited), (503, ServerFailed)],
)
def test_status_of_the_hub_becomes_one_clear_error(
    hub: Hub, tmp_path: Path, status: int, error: type[Exception]
) -> None:
    hub.status = status
    with pytest.raises(error, match="SmolVLM"):
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)


@pytest.mark.parametrize("listing", [b"<html>", b'{"error": "x"}', b"[1]", b"null", b"\xff"])
def test_reply_that_is_no_list_of_files_is_named(hub: Hub, tmp_path: Path, listing: bytes) -> None:
    hub.listing = listing
    with pytest.raises(FetchFailed, match="not a list of files"):
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)


def test_no_network_is_one_line_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
        hub = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Unreachable) as caught:
            pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub)
    assert "\n" not in caught.value.message
    assert "--local MODEL.gguf" in caught.value.hint


def test_folder_that_cannot_be_made_is_a_state_error(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot be kept there"):
        pull("smolvlm-500m", str(tmp_path / "file"), on_progress=silent, hub=hub.url)


def test_unknown_name_asks_nobody(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="nonsense"):
        pull("nonsense", str(tmp_path), on_progress=silent, hub=hub.url)


def test_practice_model_needs_no_pull(tmp_path: Path) -> None:
    assert pull("practice", str(tmp_path), on_progress=silent, hub="http://127.0.0.1:9").name == "practice"


def test_a_token_opens_a_gated_model_and_goes_to_no_other_host(hub: Hub, tmp_path: Path) -> None:
    hub.token, hub.cdn = "hf_secret", hub.url.replace("127.0.0.1", "localhost")
    with pytest.raises(FetchFailed, match="only after a login") as caught:
        pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=hub.url)
    assert "HF_TOKEN" in caught.value.hint
    hub.tokens.clear()
    pull("smolvlm-500m", str(tmp_path), on_progress=silent, hub=f"{hub.url}/", token="hf_secret")
    told = {path.split("/")[1]: token for path, token in hub.tokens}
    assert told == {"api": "Bearer hf_secret", "ggml-org": "Bearer hf_secret", "cdn": None}


def test_the_command_takes_the_hub_and_its_token_from_the_environment(hub: Hub, command: Command) -> None:
    hub.token = "hf_secret"
    refused = command("local", "pull", "smolvlm-500m", env={"HF_ENDPOINT": hub.url})
    assert refused.code == 3
    assert "set HF_TOKEN" in refused.err
    env = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_secret"}
    hub.cut_after = 300_000
    assert command("local", "pull", "smolvlm-500m", env=env).code == 6
    hub.cut_after = None
    pulled = command("local", "pull", "smolvlm-500m", env=env)
    assert (pulled.code, "smolvlm-500m is here" in pulled.err) == (0, True), pulled.err
    assert str(hub.ranges[1]).startswith("bytes=")
    assert "hf_secret" not in refused.err + pulled.err
    listed = command("local", "list", "--json").record
    here = {model["name"]: model for model in listed["data"]["models"]}
    assert here["smolvlm-500m"]["is_here"]
    wrong = command("local", "pull", "ggml-org/SmolVLM-500M-Instruct-GGUF", env={"HF_ENDPOINT": "no address"})
    assert wrong.code in (3, 6)
    assert "Traceback" not in wrong.err
