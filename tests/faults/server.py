"""A loopback server that speaks Chat Completions and fails as its URL says.

    http://127.0.0.1:PORT/TAG~429;retry-after=1,ok/v1

The first request gets a 429, all later ones an answer; `TAG~` keeps the counts of tests apart. Steps are separated by
commas, their arguments by semicolons; the last step repeats. steps.py has the steps. The answer to `ok` is JSON: what
arrived. `GET /__journal?script=TAG~...` is the list of requests, with arrival times and whether one came too early.
Run it alone with `python -m tests.faults.server PORT`.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import socketserver
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.faults import steps

_ALLOWED_EARLY_S = 0.005  # clocks of two threads


@dataclass(kw_only=True)
class Line:
    """One request and the connection it came on."""

    sock: socket.socket
    body: dict[str, Any] = field(default_factory=dict)
    is_reused: bool = False
    request_id: str = ""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(
        self, status: int, data: bytes, *, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> bool:
        lines = {"content-type": content_type, "x-request-id": self.request_id, **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.send(f"HTTP/1.1 {status} Scripted\r\n{head}content-length: {len(data)}\r\n\r\n".encode() + data)
        return True

    def reply_json(self, value: object) -> bool:
        return self.reply(200, json.dumps(value).encode())

    def start_stream(self) -> None:
        head = f"content-type: text/event-stream\r\nx-request-id: {self.request_id}\r\ntransfer-encoding: chunked"
        self.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())

    def send_chunk(self, data: bytes) -> None:
        """Send one piece of a chunked body; the empty one ends it."""
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def reset(self) -> None:
        """Close so that the client gets a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def hold(self, seconds: float) -> bool:
        """Wait; True at once if the client leaves."""
        readable, _, _ = select.select([self.sock], [], [], seconds)
        return bool(readable)


class _Handler(socketserver.BaseRequestHandler):
    server: FaultServer
    request: socket.socket

    def handle(self) -> None:
        # a client that leaves in the middle of a fault is what the faults are for
        with contextlib.suppress(OSError):
            is_reused = False
            while self._serve(is_reused=is_reused):
                is_reused = True

    def _serve(self, *, is_reused: bool) -> bool:
        line = Line(sock=self.request, is_reused=is_reused)
        held = self._read_head()
        if held.startswith(b"\x16"):  # a TLS greeting
            return line.reply(400, b"plain HTTP only", content_type="text/plain")
        if not held:
            return False
        head, _, rest = held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if method == "GET":
            return self._answer_get(line, target)
        if method == "CONNECT":
            return line.reply(502, b"", content_type="text/plain")
        script = unquote(target).split("/")[1]
        step, arguments, number = self.server.enter(script, headers)
        line.request_id = f"req_{number}"
        time.sleep(float(arguments.get("read-late", "0")))
        if step not in steps.BEFORE_BODY:
            line.body = self._read_body(rest, int(headers.get("content-length", "0")))
            self.server.keep(script, number, line.body)
        return self.server.answer(line, step, arguments)

    def _read_head(self) -> bytes:
        held = b""
        while b"\r\n\r\n" not in held and not held.startswith(b"\x16"):
            piece = self.request.recv(65536)
            if not piece:
                return b""
            held += piece
        return held

    def _read_body(self, start: bytes, size: int) -> dict[str, Any]:
        held = bytearray(start)
        while len(held) < size:
            piece = self.request.recv(1 << 20)
            if not piece:
                raise ConnectionAbortedError
            held += piece
        return json.loads(held or b"{}")

    def _answer_get(self, line: Line, target: str) -> bool:
        parts = urlsplit(target)
        if parts.path == "/__journal":
            return line.reply_json(self.server.journal(parse_qs(parts.query)["script"][0]))
        return line.reply_json({"object": "list", "data": [{"id": "fault-model", "object": "model"}]})


class FaultServer(socketserver.ThreadingTCPServer):
    """The server; `with FaultServer() as server` runs it in a thread."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._lock = threading.Lock()
        self._journal: dict[str, list[dict[str, Any]]] = {}
        self._not_before: dict[str, float] = {}

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def answer(self, line: Line, step: str, arguments: steps.Arguments) -> bool:
        """Do what the step says; return whether the connection may be used again."""
        return steps.run(line, step, arguments)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def base_url(self, script: str) -> str:
        return f"http://127.0.0.1:{self.port}/{script}/v1"

    def journal(self, script: str) -> list[dict[str, Any]]:
        """Return the requests of a script: `at` (monotonic s), `is_early`, `headers`, `body` (None if not read)."""
        with self._lock:
            return [dict(entry) for entry in self._journal.get(script, [])]

    def enter(self, script: str, headers: dict[str, str]) -> tuple[str, steps.Arguments, int]:
        """Note a request; return its step, the step's arguments and its number, from 1."""
        now = time.monotonic()
        with self._lock:
            entries = self._journal.setdefault(script, [])
            is_early = now < self._not_before.get(script, 0.0) - _ALLOWED_EARLY_S
            entries.append({"at": now, "is_early": is_early, "headers": headers, "body": None})
            names = script.rpartition("~")[2].split(",")
            step, *pairs = names[min(len(entries), len(names)) - 1].split(";")
            arguments = dict(pair.split("=", 1) for pair in pairs)
            self._not_before[script] = now + steps.told_s(arguments)
            return step, arguments, len(entries)

    def keep(self, script: str, number: int, body: dict[str, Any]) -> None:
        """Note the body of a request."""
        with self._lock:
            self._journal[script][number - 1]["body"] = body


def main() -> None:
    with FaultServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as server:
        print(server.base_url("ok"), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
