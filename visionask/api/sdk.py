"""The making of the one openai SDK client: its http client, its key and URL checked, error bodies bounded."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from visionask.api.words import clean
from visionask.core.dataclass import dataclass
from visionask.core.errors import ConfigError, MissingKey
from visionask.core.namedtuple import NamedTuple
from visionask.core.url import OPENAI_URL, host_of, is_this_machine, split_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpcore2 import NetworkStream
    from httpx2 import BaseTransport, Request, Response
    from openai import OpenAI

    from visionask.core.request import Endpoint

CONNECT_S = 10.0
ERROR_BODY_BYTES = 256 * 1024  # of an error's body, decompressed; a message is in the first few kB
_MOST_SECRETS = re.compile(r"(sk|pk|rk|gsk|xai)-.{8,}|.{20,}")  # a local server's made-up key is no secret
_ADDED_PATH = re.compile(r"/(chat/completions|completions|responses|decisions)/*(?=$|[?#])")
_BEGINS_BYTES = 16  # of a reply
_watching = threading.local()


@dataclass(slots=True, kw_only=True)
class Watch:
    """What was seen of one request under way. The SDK's exceptions do not tell these apart."""

    is_fresh: bool = False  # a connection was opened for it: no leftover of an earlier request
    is_sent: bool = False  # its whole body has left
    is_posting: bool = False  # its body has begun to leave
    begun_at: float = 0.0  # when the connecting began, on the monotonic clock
    sent_at: float = 0.0
    begins: bytes = b""  # what came back begins with this, whether or not it is HTTP
    tape: Any = None  # what a recording transport heard

    def note(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith("connect_tcp.started"):
            self.begun_at, self.is_fresh = time.monotonic(), True
        elif name.endswith(("connect_tcp.complete", "start_tls.complete")):
            _listen(info["return_value"])
        elif name.endswith("send_request_body.started"):
            # a proxy is asked for its tunnel first, by a request of its own
            self.is_posting = info["request"].method == b"POST"
        elif name.endswith("send_request_body.complete") and self.is_posting:
            self.sent_at, self.is_sent = time.monotonic(), True


def _listen(stream: NetworkStream) -> None:
    """Show what comes first over a connection to the watch of whoever reads: of a reply that is none, the http client
    does not say whether anything came."""
    read = stream.read

    def heard(max_bytes: int, timeout: float | None = None) -> bytes:
        data = read(max_bytes, timeout)
        watch = watched()
        if watch.is_posting and len(watch.begins) < _BEGINS_BYTES:
            watch.begins += data[:_BEGINS_BYTES]
        return data

    setattr(stream, "read", heard)  # noqa: B010 - a method of one object


def watch_requests(watch: Watch) -> None:
    """Show `watch` the requests that the calling thread sends from now on."""
    _watching.watch = watch


def watched() -> Watch:
    """Return the watch of the calling thread."""
    watch: Watch | None = getattr(_watching, "watch", None)
    return Watch() if watch is None else watch


def base_url(endpoint: Endpoint) -> str:
    """Return where requests go; None and blank mean the provider's own address, and a path that we add is left out."""
    return _ADDED_PATH.sub("", (endpoint.base_url or "").strip()) or OPENAI_URL


def host(endpoint: Endpoint) -> str:
    """Return "host:port" for messages, without a user name or password."""
    return split_url(base_url(endpoint)).authority


def is_loopback(endpoint: Endpoint) -> bool:
    """Return whether requests stay on this machine."""
    return is_this_machine(base_url(endpoint))


def is_key_exposed(endpoint: Endpoint) -> bool:
    """Return whether a real key would cross a network in the clear."""
    is_plain = base_url(endpoint).lower().startswith("http://")
    return is_plain and not is_loopback(endpoint) and _MOST_SECRETS.fullmatch(endpoint.api_key) is not None


class Proxy(NamedTuple):
    """The proxy that requests to a server take, and the variable that names it."""

    variable: str  # HTTPS_PROXY, say
    url: str

    @property
    def host(self) -> str:
        """Return "host:port" for messages, without a user name or password."""
        return clean(split_url(self.url).authority, limit=100)


def proxy_of(url: str) -> Proxy | None:
    """Return the proxy that the environment (or the system) names for a URL, as curl reads it; None for none."""
    from urllib.request import getproxies, proxy_bypass

    parts, known = split_url(url), getproxies()
    name = next((each for each in (parts.start[:-3].lower(), "all") if known.get(each)), None)
    if name is None or any(map(proxy_bypass, (host_of(url), parts.authority))):
        return None
    scheme, _, rest = known[name].strip().rpartition("://")
    kind = scheme.lower() or "http"
    return Proxy(f"{name.upper()}_PROXY", f"{'socks5' if kind == 'socks' else kind}://{rest}")


def check(endpoint: Endpoint) -> None:
    """Raise ConfigError for a key or base URL that cannot work: the SDK fails on them late, and unclearly."""
    key = endpoint.api_key
    if not key:
        raise MissingKey("no API key", "set OPENAI_API_KEY, or name another variable with --api-key-env")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError(
            "the API key has characters that no key has (a line break, a space, or not ASCII)", "copy the key again"
        )
    url = base_url(endpoint)
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ConfigError(f"the base URL {url!r} is not an http(s) URL", "it looks like https://host/v1")


class Line:
    """The SDK client of one endpoint, built where it is first needed, for many threads."""

    def __init__(self, endpoint: Endpoint, *, over: Callable[[BaseTransport], BaseTransport] | None = None) -> None:
        self._endpoint, self._over = endpoint, over
        self._lock = threading.Lock()
        self._sdk: OpenAI | None = None

    @property
    def sdk(self) -> OpenAI:
        """The client. Raises ConfigError."""
        with self._lock:
            if self._sdk is None:
                self._sdk = build(self._endpoint, over=self._over)
            return self._sdk

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._sdk is not None:
                self._sdk.close()


def build(endpoint: Endpoint, *, over: Callable[[BaseTransport], BaseTransport] | None = None) -> OpenAI:
    """Build the client, its transport wrapped by `over`. Heavy (it imports openai); no request is sent.

    The SDK's own retries are off, so that every attempt is seen. Redirects are off: one would post the picture again,
    somewhere else. Raises ConfigError.
    """
    check(endpoint)
    load()
    import httpx2
    import openai

    transport = _transport(endpoint)
    try:
        http_client = httpx2.Client(
            transport=transport if over is None else over(transport),
            follow_redirects=False,
            timeout=httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_S),
            event_hooks={"request": [_attach_watch], "response": [_bound_error]},
        )
        url, _, query = base_url(endpoint).partition("#")[0].partition("?")
        sdk = openai.OpenAI(
            api_key=endpoint.api_key,
            base_url=url,
            default_query=dict(parse_qsl(query, keep_blank_values=True)),
            max_retries=0,
            http_client=http_client,
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigError(f"the base URL is not valid: {error}", "it looks like https://host/v1") from error
    except openai.OpenAIError as error:
        raise ConfigError(f"the openai SDK refuses its settings: {error}", "check the OPENAI_* variables") from error
    # from OPENAI_ORG_ID and OPENAI_PROJECT_ID: blank where a CI secret is not set
    sdk.organization = (sdk.organization or "").strip() or None
    sdk.project = (sdk.project or "").strip() or None
    for name, value in (("OPENAI_ORG_ID", sdk.organization), ("OPENAI_PROJECT_ID", sdk.project)):
        if value and not (value.isascii() and value.isprintable()):
            raise ConfigError(f"{name} has characters that no header has", f"correct {name}, or unset it")
    return sdk


def _transport(endpoint: Endpoint) -> BaseTransport:
    """Make the transport to one server, by the proxy that the environment names for it. Raises ConfigError."""
    import httpx2

    from visionask.api.transport import ThreadTransports

    url, proxy = base_url(endpoint), proxy_of(base_url(endpoint))
    named = None if proxy is None else proxy.url if proxy.host else "no host"
    try:
        # a TLS context costs 16 ms
        context = httpx2.create_ssl_context(verify=not url.lower().startswith("http://"))
        return ThreadTransports(lambda: httpx2.HTTPTransport(verify=context, proxy=named))
    except ImportError as error:
        fact = f"{proxy.variable if proxy else 'a variable'} names a SOCKS proxy, and its support is not installed"
        raise ConfigError(fact, f'pip install "httpx2[socks]", or put {host(endpoint)} into NO_PROXY') from error
    except OSError as error:  # SSL_CERT_FILE, SSL_CERT_DIR
        fact = f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error.strerror or error}"
        raise ConfigError(clean(fact), "name a file of PEM certificates, or unset the variable") from error
    except (httpx2.InvalidURL, ValueError) as error:
        name = proxy.variable if proxy else "the proxy"
        raise ConfigError(
            f"the URL in {name} is not a proxy of a known kind", "it looks like http://host:port, or socks5://host:port"
        ) from error


def load() -> None:
    """Import the SDK with the collector off, and keep it off what was made: 0.65 of the time, start and exit together.

    From any thread, several at once, and quietly: where it cannot be imported, whoever uses it is told. A collection
    that another thread misses meanwhile comes later. The import has a thread of its own, for a short stack: CPython
    keeps frames in pieces of 16 KB, and asks the system for one at each call where a piece ends. Thirty calls deep that
    comes 9,600 times, and takes a tenth of the import; at the top 500 times.
    """
    import gc

    was_on = gc.isenabled()
    gc.disable()
    try:
        above = threading.Thread(target=_quietly_import, daemon=True)
        above.start()
        above.join()
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _quietly_import() -> None:
    with contextlib.suppress(Exception):
        __import__("openai")
        __import__("httpcore2")  # by the http client, with the first transport


def _attach_watch(request: Request) -> None:
    watch = getattr(_watching, "watch", None)
    if watch is not None:
        request.extensions["trace"] = watch.note


def _bound_error(response: Response) -> None:
    """Bound what the SDK reads of an error: it takes all of it, decompressed, whatever its size."""
    import httpx2

    if response.is_success:
        return
    inner = httpx2.Response(response.status_code, headers=response.headers, stream=response.stream)

    class Bounded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            left = ERROR_BODY_BYTES
            try:
                for piece in inner.iter_bytes():
                    yield piece[:left]
                    left -= len(piece)
                    if left <= 0:
                        return
            except (httpx2.TransportError, httpx2.DecodingError):
                return  # the status is known, and says more than how its body broke off

        def close(self) -> None:
            inner.close()

    response.stream = Bounded()
    if "content-encoding" in response.headers:
        del response.headers["content-encoding"]
