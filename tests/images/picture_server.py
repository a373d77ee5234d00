"""A loopback server for links: each path is a script of raw bytes, so that it can misbehave as servers do."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator

Handler = Callable[[socket.socket, str], None]


class PictureServer:
    """Answers `GET /name` with what `serve(name, ...)` was given; `requests` holds the heads that came in."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.handlers: dict[str, Handler] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def run(self, name: str, handler: Handler) -> str:
        self.handlers["/" + name] = handler
        return self.url(name)

    def serve(self, name: str, body: bytes, *, status: str = "200 OK", headers: str = "", length: bool = True) -> str:
        head = f"HTTP/1.1 {status}\r\n{headers}" + (f"Content-Length: {len(body)}\r\n" if length else "") + "\r\n"
        return self.run(name, lambda sock, _: sock.sendall(head.encode() + body))

    def serve_ranges(self, name: str, body: bytes) -> str:
        def handler(sock: socket.socket, request: str) -> None:
            found = re.search(r"Range: bytes=(\d+)-(\d+)", request)
            if not found:
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                return
            first, last = int(found[1]), min(int(found[2]), len(body) - 1)
            if first >= len(body):
                sock.sendall(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */%d\r\n\r\n" % len(body))
                return
            part = body[first : last + 1]
            head = f"HTTP/1.1 206 Part\r\nContent-Length: {len(part)}\r\n"
            sock.sendall(f"{head}Content-Range: bytes {first}-{last}/{len(body)}\r\n\r\n".encode() + part)

        return self.run(name, handler)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := sock.recv(65536)):
                    return
                head += more
            request = head.decode()
            self.requests.append(request)
            self.handlers[request.split()[1].partition("?")[0]](sock, request)


@contextlib.contextmanager
def running() -> Iterator[PictureServer]:
    server = PictureServer()
    try:
        yield server
    finally:
        server.close()
