"""Images behind links: their headers by ranged requests, or their whole bytes, within a policy's limits.

One GET request goes to a checked address: resolved, connected, redirected and read under one deadline. A server that
refuses ranges, or compresses what was asked for as it is, is asked for the whole picture.

Links use the proxy that requests use (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), never for this machine
itself. A proxy resolves names by itself: it is asked for no address that is known here to be private.
"""

from __future__ import annotations

import errno
import io
import random
import re
import socket
import threading
import time
import zlib
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from visionask import __version__
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    ApiError,
    FetchFailed,
    ForbiddenAddress,
    InputError,
    NotAnImage,
    NotFound,
    RateLimited,
    ServerFailed,
)
from visionask.core.namedtuple import NamedTuple
from visionask.core.retry import Backoff, is_of_proxy, told_wait_s, wait_s
from visionask.core.url import shown_url
from visionask.images.files import too_large
from visionask.images.formats import is_pdf, sniff
from visionask.images.probe import as_probe, probe_bytes, read_header
from visionask.images.ranges import MOST_BYTES, HeaderNotFound, Pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse

    from visionask.core.image import Probe


_KEPT = "%/?:@!$&'()*+,;=~[]-._"  # characters of a path and query that stay as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An http(s) link that can be asked for. `target` is path and query, `authority` is for the Host header."""

    url: str
    is_tls: bool
    host: str
    port: int
    authority: str
    target: str


def parse_link(url: str) -> Link:
    """Take a link apart. Raises InputError for another scheme, a user name or password, or no valid host."""
    shown = shown_url(url)
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
        target = quote(parts.path or "/", safe=_KEPT, errors="surrogateescape")
        target += "?" * bool(parts.query) + quote(parts.query, safe=_KEPT, errors="surrogateescape")
    except ValueError as error:
        raise InputError(f"{shown}: not a valid link", "check the spelling") from error
    if scheme not in ("http", "https"):
        raise InputError(f"{shown}: only http and https links are fetched", "download it and name the file")
    if parts.username is not None or parts.password is not None:
        raise InputError(f"{shown}: a link with a user name or password is not fetched", "download it with curl")
    if not host or not host.isascii() or any(c <= " " or c == "\x7f" for c in host):  # a zone of IPv6 may be anything
        raise InputError(f"{shown}: a link without a valid host", "check the spelling")
    shown_host = f"[{host}]" if ":" in host else host
    usual = 443 if scheme == "https" else 80
    return Link(
        url=url,
        is_tls=scheme == "https",
        host=host,
        port=usual if port is None else port,
        authority=shown_host if port in (None, usual) else f"{shown_host}:{port}",
        target=target,
    )


_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether a numeric address is on the public internet.

    An IPv6 address that carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is as public as that one.
    Text such as "0x7f.1" must have been through the resolver, which turns it into numbers. Example: 169.254.169.254,
    where cloud machines keep their credentials, is not public.

    Source: https://docs.python.org/3/library/ipaddress.html, checked 2026-11-22.
    """
    try:
        ip = ip_address(address.partition("%")[0])  # without the zone
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return _is_global(inner)
        if ip.is_site_local or ip.is_reserved:
            return False
    return _is_global(ip)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast


_MOST_HEADER_BYTES = 65536 + 8192  # 8192: what is read ahead of the body


_LATER_HINT = "try again later, or download it and name the file"


_HAND_HINT = "download it and name the file"


_REDIRECTS = (301, 302, 303, 307, 308)


_USER_AGENT = f"visionask/{__version__} (+https://github.com/visionask/visionask)"  # hosts want to know whom to ask


_BACKOFF = Backoff()


_PROXY_NAMES_S = 2.0  # behind a proxy names are often not known here


_MOST_INFLATED_BYTES = 1 << 20  # at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What a download may do and take. `is_allowed_address` judges each numeric address unless `allows_private`."""

    allows_private: bool = False
    max_bytes: int = 30_000_000
    total_s: float = 30.0
    connect_s: float = 10.0
    max_redirects: int = 5
    retries: int = 3  # after 429 and 503, within `total_s`
    is_allowed_address: Callable[[str], bool] = is_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The head of an answer with status 200, 206 or 416, and its body, not yet read. `url` is where it came from."""

    url: str
    status: int
    response: HTTPResponse

    @property
    def length(self) -> int | None:
        """The body's length in bytes as the server states it, compressed where it is."""
        text = self.response.headers.get("Content-Length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    @property
    def is_compressed(self) -> bool:
        return _coding(self.response) != ""


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

    def __init__(self, sock: socket.socket, deadline: Deadline, proxy: _Proxy | None = None) -> None:
        self._sock = sock
        self.proxy = proxy
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

    `byte_range` is such as "0-65535". 429 and 503 are asked again, after as long as the server says. Raises
    FetchFailed, NotFound, ForbiddenAddress or InputError; RateLimited and ServerFailed for what may pass;
    HeaderNotFound where a range is refused.
    """
    at, redirects, attempt = url, 0, 1
    with _worded(url, deadline):
        while True:
            link = parse_link(at)
            with _connected(link, policy, deadline) as sock:
                response = _ask(link, sock, byte_range)
                if response.status in _REDIRECTS:
                    redirects += 1
                    if redirects > policy.max_redirects:
                        raise FetchFailed(f"more than {policy.max_redirects} redirects", "name the link it leads to")
                    at = redirect_target(link.url, response.headers.get("Location"))
                    continue
                if response.status not in (429, 503):
                    _check_status(response, None if link.is_tls else sock.proxy, is_ranged=bool(byte_range))
                    yield Reply(url=at, status=response.status, response=response)
                    return
                pause_s = _pause_s(response, None if link.is_tls else sock.proxy, attempt, policy, deadline)
            attempt += 1
            time.sleep(pause_s)


def _pause_s(response: HTTPResponse, by: _Proxy | None, attempt: int, policy: FetchPolicy, deadline: Deadline) -> float:
    """Return how long to wait after a 429 or 503. Raises RateLimited or ServerFailed where that is too long."""
    status = response.status
    told_s = told_wait_s(_headers(response), status=status, now_s=time.time())
    pause_s = wait_s(_BACKOFF, attempt, told_s=told_s, fraction=random.random())  # noqa: S311
    if attempt <= policy.retries and pause_s < deadline.left_s():
        return pause_s
    after = "" if told_s is None else f", which asks to wait {told_s:,.0f} s"
    who, hint = _whose(response, by, _LATER_HINT)
    if status == 429:
        raise RateLimited(f"too many requests for {who}{after} (status 429)", hint)
    raise ServerFailed(f"{who} is busy{after} (status 503)", hint)


def redirect_target(url: str, location: str | None) -> str:
    """Return where a redirect of `url` leads. Raises FetchFailed for what is no link."""
    if not location:
        raise FetchFailed("the server redirects without saying where", _LATER_HINT)
    try:  # http.client decodes headers as Latin-1; servers write UTF-8
        return urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
    except ValueError as error:
        raise FetchFailed("the server redirects to something that is not a link", _LATER_HINT) from error


def _ask(link: Link, sock: _TimedSocket, byte_range: str) -> HTTPResponse:
    from http.client import HTTPConnection

    connection = HTTPConnection(link.host, link.port)
    connection.sock = sock
    target = f"http://{link.authority}{link.target}" if sock.proxy and not link.is_tls else link.target
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", link.authority)
    connection.putheader("User-Agent", _USER_AGENT)
    connection.putheader("Accept", "image/*,*/*;q=0.5")
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("Connection", "close")
    if byte_range:
        connection.putheader("Range", f"bytes={byte_range}")
    if sock.proxy and sock.proxy.login and not link.is_tls:
        connection.putheader("Proxy-Authorization", sock.proxy.login)
    connection.endheaders()
    response = connection.getresponse()
    sock.header_bytes_left = float("inf")
    return response


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in response.headers.items()}


def _whose(response: HTTPResponse, by: _Proxy | None, hint: str) -> tuple[str, str]:
    """Return who says so, and what to do: a proxy that was asked for a plain link may answer in the server's place."""
    if by is None:
        return "the server", hint
    is_proxys = response.status == 407 or is_of_proxy(_headers(response))
    who = f"the proxy {by.name}" if is_proxys else f"the server, or the proxy {by.name} on the way to it,"
    return who, f"check {by.variable} and NO_PROXY, or {hint}"


def _check_status(response: HTTPResponse, by: _Proxy | None, *, is_ranged: bool) -> None:
    status = response.status
    if status in (404, 410):
        raise NotFound(f"the server has no such file (status {status})", "check the link")
    if is_ranged and status not in (200, 206, 416, 407):
        raise HeaderNotFound
    if status == 407:
        name, variable = ("the proxy", "HTTPS_PROXY") if by is None else (f"the proxy {by.name}", by.variable)
        raise FetchFailed(f"{name} wants a login (status 407)", f"set it in {variable}, or {_HAND_HINT}")
    if status in (401, 403):
        who, hint = _whose(response, by, _HAND_HINT)
        raise FetchFailed(f"{who} refuses it (status {status})", hint)
    if status not in (200, 206, 416):
        who, hint = _whose(response, by, _LATER_HINT)
        raise FetchFailed(f"{who} answers with status {status}", hint)
    if (coding := _coding(response)) not in ("", "gzip", "x-gzip", "deflate"):
        raise FetchFailed(f"the server sends it compressed by {coding[:20]!r}, unasked", _HAND_HINT)


def _coding(response: HTTPResponse) -> str:
    coding = str(response.headers.get("Content-Encoding", "")).strip().lower()
    return "" if coding == "identity" else coding


@contextmanager
def _connected(link: Link, policy: FetchPolicy, deadline: Deadline) -> Iterator[_TimedSocket]:
    proxy = _proxy_of(link)
    host, port = (link.host, link.port) if proxy is None else (proxy.host, proxy.port)
    with _named(proxy):
        addresses = _resolve(host, port, deadline)
    _check_addresses(_known_addresses(link, deadline) if proxy else addresses, policy)
    with _named(proxy):
        sock = _connect(addresses, policy, deadline)
    try:
        if proxy and link.is_tls:
            _open_tunnel(link, proxy, _TimedSocket(sock, deadline, proxy))
        if link.is_tls:
            import ssl

            sock.settimeout(deadline.left_s())
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=link.host)
        yield _TimedSocket(sock, deadline, proxy)
    finally:
        sock.close()


@contextmanager
def _named(proxy: _Proxy | None) -> Iterator[None]:
    """Name the proxy where it cannot be reached."""
    try:
        yield
    except (OSError, FetchFailed) as error:
        if proxy is None or isinstance(error, TimeoutError):
            raise
        reason = error.message if isinstance(error, FetchFailed) else (error.strerror or "the connection broke").lower()
        fact = f"the proxy {proxy.name} cannot be reached ({reason})"
        raise FetchFailed(fact, f"check {proxy.variable} and NO_PROXY, or {_HAND_HINT}") from error


def _check_addresses(addresses: list[tuple[int, Any]], policy: FetchPolicy) -> None:
    for _, where in addresses:
        if not (policy.allows_private or policy.is_allowed_address(where[0])):
            raise ForbiddenAddress(f"leads to the private address {where[0]}", "use --allow-private-urls")


class _Proxy(NamedTuple):
    """An HTTP proxy. `login` is the value of Proxy-Authorization, or "". `variable` names it."""

    host: str
    port: int
    login: str
    variable: str

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _proxy_of(link: Link) -> _Proxy | None:
    """Return the proxy that the environment names for a link; None for this machine itself, and where there is none.

    Raises FetchFailed for a kind of proxy that links cannot use.
    """
    from base64 import b64encode
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    kind = next((each for each in ("https" if link.is_tls else "http", "all") if proxies.get(each)), "all")
    url = proxies.get(kind)
    if not url or _is_here(link.host) or proxy_bypass(link.host):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host = None
    if host is None or parts.scheme.lower() != "http":
        fact = f"{shown_url(link.url)}: links do not use the proxy {shown_url(url)}, which is no http:// one"
        raise FetchFailed(fact, "set HTTPS_PROXY to an http:// proxy, or NO_PROXY to the link's host")
    login = unquote(f"{parts.username or ''}:{parts.password or ''}")
    basic = "Basic " + b64encode(login.encode("utf-8", "surrogateescape")).decode() if login != ":" else ""
    return _Proxy(host, port, basic, f"{kind.upper()}_PROXY")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _known_addresses(link: Link, deadline: Deadline) -> list[tuple[int, Any]]:
    """Return the addresses of a host that a proxy will be asked for, as far as they are known here, and at once."""
    try:
        return _resolve(link.host, link.port, Deadline(min(_PROXY_NAMES_S, deadline.left_s())))
    except (FetchFailed, TimeoutError):
        return []


def _open_tunnel(link: Link, proxy: _Proxy, sock: _TimedSocket) -> None:
    from http.client import HTTPResponse

    where = f"[{link.host}]:{link.port}" if ":" in link.host else f"{link.host}:{link.port}"
    login = f"Proxy-Authorization: {proxy.login}\r\n" if proxy.login else ""
    sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{login}\r\n".encode("ascii"))
    response = HTTPResponse(sock, method="CONNECT")  # type: ignore[arg-type]  # it asks for `makefile` alone
    response.begin()
    if not 200 <= response.status < 300:
        fact = f"the proxy {proxy.name} refuses the connection (status {response.status})"
        raise FetchFailed(fact, f"check {proxy.variable} and NO_PROXY, or {_HAND_HINT}")


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


def _resolve(host: str, port: int, deadline: Deadline) -> list[tuple[int, Any]]:
    """Return (family, socket address) of a host. In a thread, for the system's resolver knows no time limit."""
    found: list[tuple[int, Any]] = []
    failure: list[Exception] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((family, where) for family, _, _, _, where in answers)
        except (OSError, ValueError) as error:
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left_s())
    if failure:
        raise FetchFailed(f"no address is known for {host}", "check the link") from failure[0]
    if thread.is_alive():
        raise TimeoutError
    return found


@contextmanager
def _worded(url: str, deadline: Deadline) -> Iterator[None]:
    """Turn what sockets, TLS and http.client raise into one line that names the link."""
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    shown = shown_url(url)
    try:
        yield
    except (InputError, ApiError) as error:
        if "://" not in error.message:
            error.message = f"{shown}: {error.message}"
        raise
    except IncompleteRead as error:
        raise FetchFailed(f"{shown}: the download was cut", _LATER_HINT) from error
    except RemoteDisconnected as error:
        raise FetchFailed(f"{shown}: the server closed the connection without an answer", _LATER_HINT) from error
    except HTTPException as error:
        raise FetchFailed(f"{shown}: the server's answer is not valid HTTP", _LATER_HINT) from error
    except zlib.error as error:
        raise FetchFailed(f"{shown}: the server's compression is damaged", _LATER_HINT) from error
    except TimeoutError as error:
        raise FetchFailed(f"{shown}: no complete answer within {deadline.total_s:g} s", _LATER_HINT) from error
    except OSError as error:
        doubt = getattr(error, "verify_message", "")
        fact, hint = doubt or error.strerror or "the connection broke", _LATER_HINT
        if "expired" in doubt or "not yet valid" in doubt:
            today = time.strftime("%Y-%m-%d", time.gmtime())
            hint = f"this machine's clock says {today}: is that right? If so, the server's is at fault"
        raise FetchFailed(f"{shown}: cannot be fetched ({str(fact).lower()})", hint) from error
    except ValueError as error:  # not before: a certificate that is refused is one too
        raise FetchFailed(f"{shown}: the server's answer is not valid HTTP", _LATER_HINT) from error


__all__ = ["FetchPolicy", "download", "probe_url"]


_FIRST_BYTES = 65536  # of a link: decides nearly every picture


_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")


_UNSATISFIED = re.compile(r"bytes \*/(\d{1,15})")


def probe_url(url: str, policy: FetchPolicy) -> Probe:
    """Read what the header of a linked image says, by ranges of at most 1 MB in all where the server knows ranges.

    A format that only Pillow reads is downloaded whole. Raises what `download` and `probe` raise.
    """
    deadline = Deadline(policy.total_s)
    pieces = _Pieces(url, policy, deadline)
    try:
        head = pieces.read_at(0, _FIRST_BYTES)
        header = read_header(pieces.read_at, head)
    except HeaderNotFound:
        return probe_bytes(_download(url, policy, deadline), shown_url(url))
    if header:
        return as_probe(header, pieces.size_bytes)
    if not head:
        raise NotAnImage(f"{shown_url(url)}: is empty", "check the link")
    if sniff(head[:64]) is None and not is_pdf(head):
        return probe_bytes(head, shown_url(url))  # raises, and names what it is
    return probe_bytes(_download(url, policy, deadline), shown_url(url))


def download(url: str, policy: FetchPolicy) -> bytes:
    """Return the bytes behind a link.

    Raises NotFound, FetchFailed (also for one that is cut), ForbiddenAddress, TooLarge above `max_bytes`, NotAnImage
    for nothing, or InputError for a link that is not fetched.
    """
    return _download(url, policy, Deadline(policy.total_s))


def _download(url: str, policy: FetchPolicy, deadline: Deadline) -> bytes:
    with get(url, policy, deadline=deadline) as reply:
        if reply.status != 200:
            raise FetchFailed(f"{shown_url(url)}: the server answers with status {reply.status}", _LATER_HINT)
        if (reply.length or 0) > policy.max_bytes:
            raise too_large(shown_url(url), reply.length or 0, policy.max_bytes)
        data = bytearray()
        for piece in _body(reply, deadline):
            data += piece
            if len(data) > policy.max_bytes:
                raise too_large(shown_url(url), len(data), policy.max_bytes)
    if not data:
        raise NotAnImage(f"{shown_url(url)}: is empty", "check the link")
    return bytes(data)


def _body(reply: Reply, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body without its compression, a piece at a time. Raises FetchFailed where it ends too early."""
    inflater = zlib.decompressobj(wbits=47) if reply.is_compressed else None  # 47: gzip or zlib, as its head says
    count = 0
    while raw := reply.response.read1(65536):
        deadline.left_s()
        count += len(raw)
        while inflater and raw:
            yield inflater.decompress(raw, _MOST_INFLATED_BYTES)
            raw = inflater.unconsumed_tail
        yield raw
    if reply.length is not None and count < reply.length:
        raise FetchFailed(f"the download was cut after {count:,} of {reply.length:,} bytes", _LATER_HINT)
    if inflater and not inflater.eof:
        raise FetchFailed("the download was cut inside its compression", _LATER_HINT)


class _Pieces(Pieces):
    """What is known of a linked file, under one deadline."""

    def __init__(self, url: str, policy: FetchPolicy, deadline: Deadline) -> None:
        super().__init__()
        self._url = url
        self._at = url  # after redirects
        self._policy = policy
        self._deadline = deadline

    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        """Return where the bytes that came start, and the bytes: from the start where the server ignores ranges."""
        byte_range = f"{offset}-{offset + count - 1}"
        with get(self._at, self._policy, deadline=self._deadline, byte_range=byte_range) as reply:
            self._at = reply.url
            if reply.status == 416:
                if self._is_refused(reply, offset):
                    raise HeaderNotFound
                return offset, b""
            if reply.is_compressed:
                raise HeaderNotFound
            if reply.status == 200:
                if offset + count > MOST_BYTES:
                    raise HeaderNotFound
                self._learn(reply.length)
                return 0, self._read(reply, offset + count)
            found = _CONTENT_RANGE.fullmatch(reply.response.headers.get("Content-Range", "").strip())
            if found is None or int(found[1]) != offset:
                raise FetchFailed(f"{self._url}: the server sends another part than the one asked for", _LATER_HINT)
            self._learn(None if found[3] == "*" else int(found[3]))
            return offset, self._read(reply, min(count, int(found[2]) - offset + 1))

    def _is_refused(self, reply: Reply, offset: int) -> bool:
        """Return whether a 416 refuses ranges as such: something is there, or the first byte was asked for."""
        found = _UNSATISFIED.fullmatch(reply.response.headers.get("Content-Range", "").strip())
        return int(found[1]) > offset if found else offset == 0

    def _read(self, reply: Reply, count: int) -> bytes:
        data = b""
        for piece in _body(reply, self._deadline):
            data += piece
            if len(data) >= count:
                return data[:count]
        return data

    def _learn(self, size_bytes: int | None) -> None:
        if self.size_bytes is not None and size_bytes != self.size_bytes:
            raise FetchFailed(f"{shown_url(self._url)}: the file changed while it was read", "try again")
        self.size_bytes = size_bytes
