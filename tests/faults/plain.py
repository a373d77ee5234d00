"""A loopback server that gives the replies of a list, whatever is asked, and keeps what arrived."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class Said(NamedTuple):
    """One reply. A body that is no bytes is sent as JSON."""

    status: int
    body: object
    headers: Mapping[str, str] = MappingProxyType({})


class Heard(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    server: PlainServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.server.next(Heard(self.command, self.path, headers, body))
        data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        self.send_response(said.status)
        kind = "application/octet-stream" if isinstance(said.body, bytes) else "application/json"
        for name, value in ({"content-type": kind} | dict(said.headers) | {"content-length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.do_POST()

    def do_CONNECT(self) -> None:
        self.do_POST()


class PlainServer(ThreadingHTTPServer):
    """The server; `with PlainServer(replies) as server` runs it in a thread. The last reply repeats."""

    daemon_threads = True

    def __init__(self, *replies: Said) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Heard] = []
        self._replies = replies
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"

    def next(self, heard: Heard) -> Said:
        """Take note of a request, and return the reply to it."""
        with self._lock:
            self.heard.append(heard)
            return self._replies[min(len(self.heard), len(self._replies)) - 1]


def answer(text: str = "A red square.", **changes: Any) -> Said:
    """Return a whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 277, "completion_tokens": 3, "total_tokens": 280}
    return Said(200, {"id": "c1", "object": "chat.completion", "choices": [choice], "usage": usage} | changes)


def refusal(status: int, message: str, **more: Any) -> Said:
    """Return an error as OpenAI words it."""
    return Said(status, {"error": {"message": message, **more}})
