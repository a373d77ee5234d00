"""What the tests of `scan` share: folders of tiny pictures, and what the server saw of each of them."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import time
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.cli.command import TIMEOUT_S
from tests.faults.replies import facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Argument, Process, Result
    from tests.cli.conftest import Wire

QUESTION = "What is it?"


def tiny(number: int, side: int = 8) -> bytes:
    """Return a PNG of one colour, another for each number."""
    colour = bytes([number & 255, number >> 8, 77])
    pixels = b"".join(b"\0" + colour * side for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def fill(folder: Path, count: int, *, first: int = 0) -> Path:
    """Lay pictures that differ into a folder."""
    folder.mkdir(exist_ok=True)
    for number in range(first, first + count):
        (folder / f"i{number}.png").write_bytes(tiny(number))
    return folder


def scan(sender: Wire, *args: Argument, env: dict[str, str] | None = None, **how: Any) -> Result:
    """Run a scan to its end."""
    return sender.command("scan", "-q", QUESTION, *args, env=sender.env | (env or {}), **how)


def start(sender: Wire, *args: Argument, **streams: Any) -> Process:
    """Start a scan."""
    return sender.command.start("scan", "-q", QUESTION, *args, env=sender.env, **streams)


def asked(sender: Wire) -> Counter[str]:
    """Count the requests by picture, as the server saw them."""
    return Counter(image["sha256"] for body in sender.bodies if body for image in facts(body)["images"])


def wait_for(sender: Wire, requests: int) -> None:
    """Wait until so many requests have reached the server."""
    until = time.monotonic() + TIMEOUT_S
    while len(sender.bodies) < requests:
        assert time.monotonic() < until, "the requests did not come"
        time.sleep(0.01)


@contextlib.contextmanager
def shop(picture: bytes) -> Iterator[tuple[str, list[str]]]:
    """Serve one picture; the second value is the methods of the requests for it."""
    seen: list[str] = []

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.command)
            self.send_response(200)
            self.send_header("content-length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/a.png", seen
        finally:
            server.shutdown()


def records(result: Result | bytes) -> list[dict[str, Any]]:
    """Read the records, one a line."""
    data = result if isinstance(result, bytes) else result.out_bytes
    return [json.loads(line) for line in data.splitlines()]


def names(result: Result) -> list[str]:
    """Return the sources of all records, sorted."""
    return sorted(record["images"][0]["source"] for record in records(result))
