"""Two loopback servers: one that gives the answers of a test, one that has pictures behind links."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.faults import replies


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def reply(self, status: int, data: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answering(_Quiet):
    server: AnswerServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = self.path.split("/")[1]
        self.server.bodies.setdefault(name, []).append(body)
        images = [part["image_url"]["url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
        if name in self.server.without_links and any(not url.startswith("data:") for url in images):
            message = "invalid image input: 'url' field must be a base64 encoded image."
            self.reply(400, json.dumps({"error": {"message": message}}).encode(), "application/json")
            return
        pieces, usage = self.server.answers[name]
        if not body.get("stream"):
            reply = replies.completion(body, content="".join(pieces), usage=usage)
            self.reply(200, json.dumps(reply).encode(), "application/json")
            return
        events = [*(replies.chunk({"content": piece}) for piece in pieces), replies.chunk({}, "stop")]
        events.append({"choices": [], "usage": usage})
        data = b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events) + b"data: [DONE]\n\n"
        self.reply(200, data, "text/event-stream")


class AnswerServer(_Server):
    """Says what a test lets it say, and keeps what arrived."""

    def __init__(self) -> None:
        super().__init__(_Answering)
        self.answers: dict[str, tuple[list[str], dict[str, Any]]] = {}
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self.without_links: set[str] = set()

    def says(self, *pieces: str, takes_links: bool = True, usage: dict[str, Any] | None = None) -> str:
        """Return the base URL of a model that says this, in these pieces when it streams."""
        name = f"a{len(self.answers)}"
        usage = usage or {"prompt_tokens": 277, "completion_tokens": 3, "total_tokens": 280}
        self.answers[name] = (list(pieces), usage)
        if not takes_links:
            self.without_links.add(name)
        return f"{self.root}/{name}/v1"

    def arrived(self, base_url: str) -> list[dict[str, Any]]:
        return self.bodies.get(base_url.split("/")[3], [])


class _Showing(_Quiet):
    server: PictureServer

    def do_GET(self) -> None:
        found = self.server.pictures.get(self.path.partition("?")[0].lstrip("/"))
        self.reply(404 if found is None else 200, found or b"not here", "image/png" if found else "text/plain")

    def do_HEAD(self) -> None:
        self.do_GET()


class PictureServer(_Server):
    """Has pictures by name."""

    def __init__(self) -> None:
        super().__init__(_Showing)
        self.pictures: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> str:
        """Return the link to a picture."""
        self.pictures[name] = data
        return f"{self.root}/{name}"
