"""Owns one GET request to a checked address: resolved, connected, redirected and read under one deadline."""

from __future__ import annotations

import errno
import io
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visionask import __version__
from visionask.core.errors import FetchFailed, ForbiddenAddress, InputError, NotFound
from visionask.images.addresses import is_public
from visionask.images.links import Link, parse_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse

_MOST_HEADER_BYTES = 65536 + 8192  # 8192: what is read ahead of the body
_LATER_HINT = "try again later, or download it and name the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What a download may do and take. `is_allowed_address` judges each numeric address unless `allows_private`."""

    allows_private: bool = False
    max_bytes: int = 30_000_000
    total_s: float = 30.0
    connect_s: float = 10.0
    max_redirects: int = 5
    is_allowed_address: Callable[[str], bool] = is_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The head of an answer with status 200, 206 or 416, and its body, not yet read. `url` is where it came from."""

    url: str
    status: int
    response: HTTPResponse

    @property
    def length(self) -> int | None:
        """The body's length in bytes as the server states it."""
        text = self.response.headers.get("Content-Length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


class Deadline:
    """The point in time at which a download ends, whatever the server does."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self._end = time.monotonic() + total_s

    def left_s(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _TimedSocket(io.RawIOBase):
    """A socket each of whose reads may take only what is left of the deadline; http.client asks it for `makefile`."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self.header_bytes_left: float = _MOST_HEADER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.header_bytes_left <= 0:
            raise FetchFailed("the headers of the answer are too long", _LATER_HINT)
        self._sock.settimeout(self._deadline.left_s())
        count = self._sock.recv_into(buffer)
        self.header_bytes_left -= count
        return count

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left_s())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """Leave the socket open: http.client closes its connection while the body is still to be read."""


@contextmanager
def get(url: str, policy: FetchPolicy, *, deadline: Deadline, byte_range: str = "") -> Iterator[Reply]:
    """Send a GET request, follow redirects, and yield the answer; every host on the way is checked.

    `byte_range` is such as "0-65535". Raises FetchFailed, NotFound, ForbiddenAddress or InputError.
    """
    at = url
    with _worded(url, deadline):
        for _ in range(policy.max_redirects + 1):
            link = parse_link(at)
            with _connected(link, policy, deadline) as sock:
                response = _ask(link, sock, byte_range)
                if response.status not in (301, 302, 303, 307, 308):
                    _check_status(url, response)
                    yield Reply(url=at, status=response.status, response=response)
                    return
                at = _target(link, response.headers.get("Location"))
        raise FetchFailed(f"{url}: more than {policy.max_redirects} redirects", "name the link it leads to")


def _target(link: Link, location: str | None) -> str:
    from urllib.parse import urljoin

    if not location:
        raise FetchFailed(f"{link.url}: a redirect to nowhere", _LATER_HINT)
    # http.client decodes headers as Latin-1; servers write UTF-8.
    return urljoin(link.url, location.encode("latin-1").decode("utf-8", "replace"))


def _ask(link: Link, sock: _TimedSocket, byte_range: str) -> HTTPResponse:
    from http.client import HTTPConnection

    connection = HTTPConnection(link.host, link.port)
    connection.sock = sock
    connection.putrequest("GET", link.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", link.authority)
    connection.putheader("User-Agent", f"visionask/{__version__}")
    connection.putheader("Accept", "image/*,*/*;q=0.5")
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("Connection", "close")
    if byte_range:
        connection.putheader("Range", f"bytes={byte_range}")
    connection.endheaders()
    response = connection.getresponse()
    sock.header_bytes_left = float("inf")
    return response


def _check_status(url: str, response: HTTPResponse) -> None:
    status = response.status
    if status in (404, 410):
        raise NotFound(f"{url}: the server has no such file (status {status})", "check the link")
    if status in (401, 403, 407):
        raise FetchFailed(f"{url}: the server refuses it (status {status})", "download it and name the file")
    if status not in (200, 206, 416):
        raise FetchFailed(f"{url}: the server answers with status {status}", _LATER_HINT)
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise FetchFailed(f"{url}: the server sends it compressed, unasked", "download it and name the file")


@contextmanager
def _connected(link: Link, policy: FetchPolicy, deadline: Deadline) -> Iterator[_TimedSocket]:
    addresses = _resolve(link, deadline)
    for _, where in addresses:
        if not (policy.allows_private or policy.is_allowed_address(where[0])):
            raise ForbiddenAddress(f"{link.url}: leads to the private address {where[0]}", "use --allow-private-urls")
    sock = _connect(addresses, policy, deadline)
    try:
        if link.is_tls:
            import ssl

            sock.settimeout(deadline.left_s())
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=link.host)
        timed = _TimedSocket(sock, deadline)
        yield timed
    finally:
        sock.close()


def _connect(addresses: list[tuple[int, Any]], policy: FetchPolicy, deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers: to what was checked, not to the name once more."""
    failure: OSError = OSError("the name has no address")
    for family, where in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(policy.connect_s, deadline.left_s()))
            sock.connect(where)
        except TimeoutError:
            sock.close()
            failure = ConnectionError(errno.ETIMEDOUT, f"no connection within {policy.connect_s:g} s")
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _resolve(link: Link, deadline: Deadline) -> list[tuple[int, Any]]:
    """Return (family, socket address) of a host. In a thread, for the system's resolver knows no time limit."""
    found: list[tuple[int, Any]] = []
    failure: list[Exception] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
            found.extend((family, where) for family, _, _, _, where in answers)
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left_s())
    if failure:
        raise FetchFailed(f"{link.url}: no address is known for {link.host}", "check the link") from failure[0]
    if thread.is_alive():
        raise TimeoutError
    return found


@contextmanager
def _worded(url: str, deadline: Deadline) -> Iterator[None]:
    """Turn what sockets, TLS and http.client raise into one line that names the link."""
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    try:
        yield
    except InputError as error:
        if "://" not in error.message:
            error.message = f"{url}: {error.message}"
        raise
    except IncompleteRead as error:
        raise FetchFailed(f"{url}: the download was cut", _LATER_HINT) from error
    except RemoteDisconnected as error:
        raise FetchFailed(f"{url}: the server closed the connection without an answer", _LATER_HINT) from error
    except HTTPException as error:
        raise FetchFailed(f"{url}: the server's answer is not valid HTTP", _LATER_HINT) from error
    except TimeoutError as error:
        raise FetchFailed(f"{url}: no complete answer within {deadline.total_s:g} s", _LATER_HINT) from error
    except OSError as error:
        fact = getattr(error, "verify_message", "") or error.strerror or "the connection broke"
        raise FetchFailed(f"{url}: cannot be fetched ({str(fact).lower()})", _LATER_HINT) from error
