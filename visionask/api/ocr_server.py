"""The child process in which RapidOCR reads text; `api.ocr` starts it, by path, and ends it.

It speaks as much of Chat Completions as visionask does: the pictures of a request are read in their order, the text of
the question is not looked at, and a request without any text in its pictures ends with the finish reason `no_text`.
"""

from __future__ import annotations

import base64
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any

from visionask.api.chat import NO_TEXT
from visionask.api.local_server import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_BODY_BYTES = 600_000_000
MOST_SIDE_PX = 4000  # the engine shrinks more than this before it looks for text: a page of 24 MP takes it minutes
_NO_MODELS = "the models of rapidocr are not with it, and none are downloaded: install it anew"

Word = tuple[float, float, float, str]  # left, top and bottom in px, and what is written there


def in_reading_order(words: Sequence[Word]) -> str:
    """Join what was found to lines, from top to bottom and from left to right.

    Two pieces are on one line where the middle of each lies between the top and the bottom of the other. Columns are
    not told from tables: a line goes across both.
    """
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word[1] + word[2]):
        if lines and _is_beside(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return "\n".join(" ".join(word[3] for word in sorted(line)) for line in lines)


def _is_beside(one: Word, other: Word) -> bool:
    return _holds_middle(one, other) and _holds_middle(other, one)


def _holds_middle(one: Word, other: Word) -> bool:
    return one[1] <= (other[1] + other[2]) / 2 <= one[2]


def pictures(body: Any) -> Iterator[bytes]:
    """Yield the pictures of a request in order. Raises ValueError for what is no `data:` URL."""
    for message in body["messages"]:
        content = message["content"]
        for part in content if isinstance(content, list) else ():
            if part.get("type") == "image_url":
                head, comma, data = part["image_url"]["url"].partition(",")
                if not head.startswith("data:") or not comma:
                    raise ValueError("only pictures that are sent along are read, and no links")
                yield base64.b64decode(data, validate=True)


class Reader:
    """RapidOCR, one picture at a time: it uses all processors for each."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": MOST_SIDE_PX})
        self._lock = threading.Lock()

    def read(self, data: bytes) -> str:
        """Return the text in a picture, nothing where there is none. Raises RuntimeError where nobody can tell."""
        with self._lock:
            try:
                found = self._engine(data)
            except Exception as error:
                raise RuntimeError(_NO_MODELS if "download" in str(error) else str(error)) from error
        if found.txts:
            rows = zip(found.boxes, found.txts, strict=True)
            return in_reading_order([(*_sides(box), text) for box, text in rows if text.strip()])
        # the engine hides that a model cannot be loaded: it answers as if there was no text
        if self._engine.text_det is None or (found.boxes is not None and self._engine.text_rec is None):
            raise RuntimeError(_NO_MODELS)
        return ""


def _sides(box: Any) -> tuple[float, float, float]:
    tops = [float(corner[1]) for corner in box]
    return min(float(corner[0]) for corner in box), min(tops), max(tops)


class Server(ThreadingTCPServer):
    """A loopback server on a port of the system's choice."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, api_key: str, reader: Reader) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api_key, self.reader = api_key, reader

    @property
    def listening_address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request: pictures in, their text out."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        if size > MOST_BODY_BYTES:
            self.close_connection = True
            return self._refuse(413, "the request is too large")
        body = self.rfile.read(size)
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {self.server.api_key}"):
            return self._refuse(401, "wrong key")
        if self.path != "/v1/chat/completions":
            return self._refuse(404, "only /v1/chat/completions is here")
        try:
            texts = [self.server.reader.read(data) for data in pictures(json.loads(body))]
        except Exception as error:  # noqa: BLE001  (whatever the engine raises belongs in the reply)
            return self._refuse(400, f"the text cannot be read: {error}")
        text = "\n\n".join(text for text in texts if text)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop" if text else NO_TEXT}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return self._reply(200, {"object": "chat.completion", "model": "ocr", "choices": [choice], "usage": usage})

    def _refuse(self, status: int, message: str) -> None:
        self._reply(status, {"error": {"message": message}})

    def _reply(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Write nothing: what is asked is private."""


def stay_here(event: str, _: object) -> None:
    """Refuse, as an audit hook, every way to another machine: a model that is not here is not downloaded."""
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise ConnectionRefusedError("nothing is downloaded, and nothing is sent")


def start(settings: dict[str, Any]) -> Server:
    """Load the engine and listen. Requests are served from then on."""
    sys.addaudithook(stay_here)
    server = Server(settings["api_key"], Reader())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    sys.exit(main(start))
