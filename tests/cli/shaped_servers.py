"""A loopback server in the shape of one that users run: what it refuses, and how it words that."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from tests.faults import replies

if TYPE_CHECKING:
    from collections.abc import Callable

Reply = tuple[int, bytes]
Body = dict[str, Any]


def links(body: Body) -> list[str]:
    parts = body["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [url for url in urls if not url.startswith("data:")]


def lmstudio(body: Body) -> Reply | None:
    """An error is a string, not an object."""
    if links(body):
        return 400, b'{"error": "\'url\' field must be a base64 encoded image."}'
    if "reasoning_effort" in body:
        return 400, b'{"error": "Unrecognized key: \'reasoning_effort\'"}'
    return None


def ollama(body: Body) -> Reply | None:
    """A link is refused in words that name no link; `max_completion_tokens` is unknown to it, and ignored."""
    if links(body):
        error = {"message": "invalid image input", "type": "invalid_request_error", "param": None, "code": None}
        return 400, json.dumps({"error": error}).encode()
    return None


def transformers(body: Body) -> Reply | None:
    """An unknown field is a 422 whose detail is a text."""
    strange = sorted(set(body) & {"stream_options", "service_tier", "max_completion_tokens"})
    if strange:
        return 422, json.dumps({"detail": f"Unexpected keys in the request: {{'{strange[0]}'}}"}).encode()
    return None


def vllm(body: Body) -> Reply | None:
    """A validation error is a list, and its message is told once more as an object elsewhere."""
    if "service_tier" in body:
        found = {"type": "extra_forbidden", "loc": ["body", "service_tier"], "msg": "Extra inputs are not permitted"}
        return 422, json.dumps({"detail": [found]}).encode()
    return None


def llamacpp(body: Body) -> Reply | None:
    """The code is a number."""
    if "reasoning_effort" in body:
        error = {"code": 400, "message": "Unsupported param: reasoning_effort", "type": "invalid_request_error"}
        return 400, json.dumps({"error": error}).encode()
    return None


def plain(body: Body) -> Reply | None:
    """A proxy's text, no JSON at all."""
    return (400, b"temperature is not supported here") if "temperature" in body else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ShapedServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        models = self.server.models
        data = json.dumps({"error": "no list"} if models is None else {"object": "list", "data": models}).encode()
        self.send_response(404 if models is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        self.server.keys.append(self.headers["authorization"])
        answer = replies.completion(body, content=self.server.text, usage=self.server.usage)
        status, data = self.server.shape(body) or (200, json.dumps(answer).encode())
        kind = "text/plain" if self.server.shape is plain and status != 200 else "application/json"
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class ShapedServer(ThreadingHTTPServer):
    """The server; it keeps the bodies and the Authorization headers that arrived."""

    daemon_threads = True

    def __init__(
        self,
        shape: Callable[[Body], Reply | None],
        text: str = "seen",
        *,
        models: list[dict[str, Any]] | None = None,
        usage: dict[str, Any] | None = None,
    ) -> None:
        """`models` is the list of models that it gives; None: it has none."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shape, self.text, self.models = shape, text, models
        self.usage = usage or {"prompt_tokens": 277, "completion_tokens": 3, "total_tokens": 280}
        self.bodies: list[Body] = []
        self.keys: list[str | None] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"
