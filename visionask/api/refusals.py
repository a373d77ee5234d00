"""The translation of an HTTP error: which of our errors it is, in the server's words and with our next step.

The translation of what goes wrong below HTTP: connections, deadlines, replies that break off.

"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.api.attempt import DeadlineExceeded, ReplyTooLarge, StatusFault
from visionask.api.reasons import Refusal, read_refusal
from visionask.api.sdk import CONNECT_S, base_url, host, is_loopback, proxy_of
from visionask.api.words import clean
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    BadReply,
    BadRequest,
    ConfigError,
    IncompleteAnswer,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
    VisionaskError,
)
from visionask.core.format import duration
from visionask.core.retry import is_of_proxy, is_passing, told_wait_s

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from visionask.api.attempt import Exchange
    from visionask.api.sdk import Proxy
    from visionask.core.errors import Cause
    from visionask.core.request import Answer, Endpoint


_QUOTA = (
    r"(?i)insufficient_quota|exceeded your current quota|billing_|billing (hard )?limit|plan and billing|not active"
    r"|out of credits|insufficient (credit|balance|funds)|request too large|quota_exceeded"
)
_DAILY = r"(?i)per[ -]?day|\b(rpd|tpd)\b|daily (limit|quota)|monthly (limit|quota)|per[ -]?month"
_SPENT = (  # sent with 400, 401 and 403 too
    r"(?i)insufficient_quota|billing_hard_limit|billing_not_active|budget_?exceeded|exceeded_?budget"
    r"|credit balance is too low|insufficient (credit|balance|funds)|out of credits"
    r"|crossed (its |the )?budget"
)
_SOON_S = 3600.0  # a wait that is told and no longer is a limit of the rate, whatever else is said of quotas
_WRONG_URL = "check the base URL: is /v1 missing?"
_PROXY_REFUSES = (403, 407)
_PROXY_PAGES = (403, 502, 503, 504)
_REFUSES_CONTENT = (400, 403, 422)
_GATEWAY_TIMEOUTS = frozenset({504, 524})  # the gateway left; the model behind it may have run
_HINTS: dict[Cause | None, str] = {
    "address": _WRONG_URL,
    "context": "use --detail low, or fewer images",
    "count": "send fewer images in one request",
    "model": "check the model's name: visionask models",
    "link": "check that the model takes images, and that this one opens",
    "image": "check that the model takes images, and that this one opens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of an attempt that brought no answer, and whether another try may help."""

    error: VisionaskError
    is_passing: bool = False
    told_s: float | None = None  # the wait that the server asked for
    is_at_once: bool = False  # try again without a wait
    is_maybe_billed: bool = False
    is_lost: bool = False  # a reply was cut or lost on its way: whoever asks again may pay again
    status: int | None = None
    said: Refusal | None = None
    headers: Mapping[str, str] | None = None


def from_status(
    status: int, headers: Mapping[str, str], text: str, *, where: str, proxy: Proxy | None = None
) -> Failure:
    """Translate an HTTP status that is no success. `where` names the server; `headers` has lower-case names.

    `proxy` is one that may have answered in the server's place.
    """
    said = read_refusal(text)
    is_proxys = status == 407 or (proxy is not None and _is_of_proxy(status, said, headers))
    error = _error(status, said, headers=headers, where=where)
    if is_proxys:
        error = _proxy_error(status, said, where=where, proxy=proxy)
    elif proxy is not None and isinstance(error, KeyRefused):
        if said.is_text:
            fact = f"(status {status}): {said.message}"
            text = f"{where}, or the proxy {proxy.host} on the way to it, refuses the request {fact}"
            error = KeyRefused(text, f"check {proxy.variable} and NO_PROXY, then the API key and its rights")
        else:
            error.hint += f"; the answer came through the proxy {proxy.host}"
    error.request_id, error.status = headers.get("x-request-id"), status
    error.answered_by = "proxy" if is_proxys else "server"
    error.cause = _cause(status, said)
    told = told_wait_s(headers, status=status, now_s=time.time())
    is_final = isinstance(error, (QuotaExhausted, KeyRefused))
    return Failure(
        error=error,
        is_passing=not is_final and is_passing(status, headers.get("x-should-retry")),
        told_s=max(filter(None, (told, said.wait_s)), default=None),
        is_maybe_billed=status in _GATEWAY_TIMEOUTS,
        status=status,
        said=said,
        headers=headers,
    )


def _is_of_proxy(status: int, said: Refusal, headers: Mapping[str, str]) -> bool:
    """Return whether a reply through a proxy is its own: it says so, or is a page where an API answers JSON."""
    return is_of_proxy(headers) or (status in _PROXY_PAGES and (said.is_html or not said.message))


def _proxy_error(status: int, said: Refusal, *, where: str, proxy: Proxy | None) -> VisionaskError:
    name, variable = ("the proxy", "the proxy's URL") if proxy is None else (f"the proxy {proxy.host}", proxy.variable)
    fact = f"(status {status})" + (f": {said.message}" if said.message else "")
    if status == 407:
        return ConfigError(
            f"{name} wants a login {fact}", f"put it into the URL in {variable}: http://user:password@..."
        )
    if status in _PROXY_REFUSES or status < 500:
        return ConfigError(f"{name} refuses to connect to {where} {fact}", f"check {variable} and NO_PROXY")
    return ServerFailed(f"{name} has no answer from {where} {fact}", f"retry later, or check {variable} and NO_PROXY")


def _error(status: int, said: Refusal, *, headers: Mapping[str, str], where: str) -> VisionaskError:
    fact = f" (status {status})" + (f": {said.message}" if said.message else "")
    if 300 <= status < 400:
        target = clean(headers.get("location", "nowhere"), limit=150)
        hint = "if that is right, make it the base URL"
        return BadReply(f"{where} redirects to {target} (status {status}), which is not followed", hint)
    if status in {402, 429} or re.search(_SPENT, said.all):
        return _limited(status, said, fact=fact, where=where)
    kind: type[VisionaskError]
    if status in _REFUSES_CONTENT and said.cause == "policy":
        kind, what = Refused, "refuses this by its content policy"
        hint = "use another image, or word the question differently"
    elif status in {401, 403}:
        kind, what, hint = KeyRefused, "refused the API key", "check the API key and its rights"
        if said.is_html:  # of something that stands before it, such as a firewall
            what, hint = "refused access", f"check what stands before the server, then {hint[6:]}"
    elif status >= 600:
        kind, what, hint = BadReply, "answered with what is no status of HTTP", _GARBLED
    elif status >= 500 or status in {408, 409, 425}:
        kind, what, hint = ServerFailed, "failed", "retry later"
    elif status < 300:
        kind, what, hint = BadReply, "sent no reply", _WRONG_URL
    else:
        kind, what, hint = BadRequest, "refused the request", _hint(status, said)
    return kind(f"{where} {what}{fact}", hint)


def _limited(status: int, said: Refusal, *, fact: str, where: str) -> VisionaskError:
    """Distinguish a limit of the rate, which passes, from a quota or budget that is spent."""
    if "request too large" in said.message.lower():
        return QuotaExhausted(
            f"the request alone exceeds the rate limit of a minute{fact}", "use --detail low or --max-side"
        )
    is_spent = re.search(_SPENT, said.all) or re.search(_DAILY, said.all)
    is_soon = said.wait_s is not None and said.wait_s <= _SOON_S and not is_spent
    if status != 429 or is_spent or (re.search(_QUOTA, said.all) and not is_soon):
        return QuotaExhausted(f"the quota at {where} is used up{fact}", "check the plan and billing")
    return RateLimited(f"{where} limits the rate{fact}", "retry later, or lower --jobs or --rpm")


def _cause(status: int, said: Refusal) -> Cause | None:
    """Return what a refusal blames; a path that the server does not have is the base URL's."""
    is_address = status == 405 or (status == 404 and (said.is_html or said.cause != "model"))
    return "address" if is_address else said.cause


def _hint(status: int, said: Refusal) -> str:
    cause, most = _cause(status, said), said.most_images
    if status == 413:
        return "send smaller images: --max-side or --detail low"
    if cause == "count" and most is not None:
        return f"send at most {most} image{'' if most == 1 else 's'} in one request" if most else "use another model"
    return _HINTS.get(cause, "change what the message names")


_BILLED = "it may be billed"
_GARBLED = "check the base URL, and what stands before the server"
_HTTP = b"HTTP/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of an attempt when it fails."""

    where: str  # host:port
    proxy: Proxy | None = None  # that the request went by
    is_plain: bool = False  # http: a proxy may answer in the server's place
    silence_s: float = 60.0  # that was allowed
    is_loopback: bool = False
    is_sent: bool = False
    is_fresh: bool = True
    received_bytes: int = 0
    begins: bytes = b""  # what came back begins with this
    partial: Answer | None = None


def seen_of(
    endpoint: Endpoint,
    exchange: Exchange,
    *,
    silence_s: float | None = None,
    partial: Answer | None = None,
    is_paid: bool = True,
) -> Seen:
    """Gather what is known of an exchange that failed."""
    url = base_url(endpoint)
    return Seen(
        where=host(endpoint),
        proxy=proxy_of(url),
        is_plain=url.lower().startswith("http://"),
        silence_s=exchange.silence_s if silence_s is None else silence_s,
        is_loopback=is_loopback(endpoint),
        is_sent=is_paid and exchange.watch.is_sent,
        is_fresh=exchange.watch.is_fresh,
        received_bytes=exchange.received_bytes,
        begins=exchange.watch.begins,
        partial=partial,
    )


def translate(cause: Exception, seen: Seen) -> Failure | None:
    """Return what an exception of the SDK, the http client or our deadlines means; None for one that is a bug."""
    if isinstance(cause, StatusFault):
        proxy = seen.proxy if seen.is_plain else None
        failure = from_status(cause.status, cause.headers, cause.text, where=cause.where or seen.where, proxy=proxy)
        return replace(failure, is_lost=failure.is_maybe_billed and seen.is_sent)
    import httpx2
    import openai

    if isinstance(cause, DeadlineExceeded):
        return _deadline_exceeded(cause, seen)
    if isinstance(cause, (ReplyTooLarge, httpx2.DecodingError)):
        fact = "is far too large for an answer" if isinstance(cause, ReplyTooLarge) else "cannot be decompressed"
        error = BadReply(f"the reply of {seen.where} {fact}", "check the base URL")
        return Failure(error=error, is_maybe_billed=seen.is_sent)
    if isinstance(cause, (openai.APIConnectionError, httpx2.TransportError)):
        return _connection(cause, seen)
    if isinstance(cause, (openai.OpenAIError, httpx2.InvalidURL, UnicodeError)):
        # a part of a host's name may be too long
        is_name = type(cause) is UnicodeError or getattr(cause, "encoding", None) == "idna"
        fact = f"a setting cannot be sent: {clean(str(cause))}"
        return Failure(error=_unknown_name(seen) if is_name else ConfigError(fact, "check the base URL and key"))
    return None


def _deadline_exceeded(cause: DeadlineExceeded, seen: Seen) -> Failure:
    spent = duration(cause.limit_s)
    billed = f"; {_BILLED}" if seen.is_sent else ""
    if seen.partial is not None and seen.partial.text:
        what = "was not finished within" if cause.is_total else "stopped for"
        return _cut(f"the answer {what} {spent}", seen, "raise --timeout, or ask again")
    if cause.is_total:
        error = TimedOut(f"no whole answer from {seen.where} within {spent}{billed}", "raise --timeout, or retry later")
        return Failure(error=error, is_passing=seen.is_sent, is_maybe_billed=seen.is_sent, is_lost=seen.is_sent)
    error = TimedOut(f"{seen.where} was silent for {spent}{billed}", "retry later")
    return Failure(error=error, is_passing=True, is_maybe_billed=seen.is_sent, is_lost=True)


def _connection(cause: Exception, seen: Seen) -> Failure:
    import httpx2

    chain = _chain(cause)
    for error in chain:
        if isinstance(error, (httpx2.ConnectTimeout, httpx2.PoolTimeout)):
            text = f"no connection to {_peer(seen)} within {CONNECT_S:g} s"
            hint = _proxy_hint(seen) or "check the network and the base URL"
            return Failure(error=_blame(TimedOut(text, hint), seen), is_passing=True)
        if isinstance(error, httpx2.TimeoutException):
            return _deadline_exceeded(DeadlineExceeded(seen.silence_s, is_total=False), seen)
    lasting = _lasting(chain, seen) or _garbled(chain, seen)
    if lasting is not None:
        return Failure(error=lasting, is_maybe_billed=isinstance(lasting, BadReply) and seen.is_sent)
    if seen.begins:
        return _cut("the connection broke before the answer was whole", seen, "ask again")
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        hint = "start the server, or check the port" if seen.is_loopback else "check the base URL"
        error = _blame(Unreachable(f"{_peer(seen)} refuses connections", _proxy_hint(seen) or hint), seen)
        # nobody starts a local server within a few seconds of our asking
        return Failure(error=error, is_passing=not seen.is_loopback)
    billed = f" after the request was sent; {_BILLED}" if seen.is_sent else ""
    told = (
        "closed the connection without an answer" if _is_broken_off(chain) else f"cannot be reached: {_reason(chain)}"
    )
    return Failure(
        error=Unreachable(f"{seen.where} {told}{billed}", "check the network, or retry later"),
        is_passing=True,
        is_at_once=not seen.is_fresh,
        is_maybe_billed=seen.is_sent,
        is_lost=seen.is_sent,
    )


def _lasting(chain: list[BaseException], seen: Seen) -> VisionaskError | None:
    """Return the error for a cause that another try meets again."""
    import socket
    import ssl

    import httpx2

    for error in chain:
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return _unknown_name(seen)
        if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return _no_tls(error, seen)
        if isinstance(error, httpx2.ProxyError):
            return _refused_by_proxy(clean(str(error), limit=120), seen)
        if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)):
            return ConfigError(f"a setting cannot be sent: {clean(str(error))}", "check the base URL and key")
    return None


def _no_tls(error: ssl.SSLError, seen: Seen) -> Unreachable:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"the TLS certificate of {seen.where} is not accepted: {clean(error.verify_message, limit=120)}"
        if "expired" in error.verify_message or "not yet valid" in error.verify_message:
            today = time.strftime("%Y-%m-%d", time.gmtime())
            return Unreachable(
                text, f"this machine's clock says {today}: is that right? If so, the server's is at fault"
            )
        return Unreachable(text, "check the base URL; for a private authority set SSL_CERT_FILE")
    text = f"no TLS connection to {seen.where}: {clean(error.reason or str(error), limit=120)}"
    return Unreachable(text, "is the base URL's https right?")


def _peer(seen: Seen) -> str:
    """Name whom the connection was made to."""
    return seen.where if seen.proxy is None else f"the proxy {seen.proxy.host}"


def _proxy_hint(seen: Seen) -> str:
    return "" if seen.proxy is None else f"check {seen.proxy.variable} and NO_PROXY, then the base URL"


def _blame(error: VisionaskError, seen: Seen) -> VisionaskError:
    error.answered_by = None if seen.proxy is None else "proxy"
    return error


def _unknown_name(seen: Seen) -> VisionaskError:
    hint = _proxy_hint(seen) or "check the base URL and the network"
    return _blame(Unreachable(f"the name of {_peer(seen)} is not known (DNS)", hint), seen)


def _refused_by_proxy(said: str, seen: Seen) -> VisionaskError:
    """Return the error for a proxy that made no tunnel. `said` begins with its status, where it gave one."""
    status = int(said[:3]) if re.match(r"\d{3}\b", said) else None
    kind = ConfigError if status in _PROXY_REFUSES else Unreachable
    error = kind(f"{_peer(seen)} does not connect to {seen.where}: {said}", _proxy_hint(seen))
    error.status, error.answered_by = status, "proxy"
    return error


def _cut(text: str, seen: Seen, hint: str) -> Failure:
    error = IncompleteAnswer(text, hint)
    error.partial = seen.partial
    return cut(error, is_maybe_billed=True)


def cut(error: VisionaskError, *, is_maybe_billed: bool) -> Failure:
    """Return the failure of a reply that is no answer: one that was cut on its way may come whole the next time.

    One that came whole would come again.
    """
    partial = error.partial
    is_lost = isinstance(error, IncompleteAnswer) and (partial is None or partial.finish_reason is None)
    return Failure(error=error, is_passing=is_lost, is_maybe_billed=is_maybe_billed, is_lost=is_lost)


def _chain(cause: BaseException) -> list[BaseException]:
    """Return the exception and what led to it, outermost first."""
    chain: list[BaseException] = []
    current: BaseException | None = cause
    while current is not None and current not in chain and len(chain) < 20:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _garbled(chain: list[BaseException], seen: Seen) -> BadReply | None:
    """Return the error for a reply that came and is none: it was answered, and may be billed."""
    garble = _garble(chain, seen)
    if not garble:
        return None
    billed = f"; {_BILLED}" if seen.is_sent else ""
    error = BadReply(f"the reply of {seen.where} is no valid HTTP ({garble}){billed}", _GARBLED)
    error.partial = seen.partial
    return error


def _garble(chain: list[BaseException], seen: Seen) -> str:
    """Return what is wrong with a reply; empty where it merely ended too early, or none came."""
    import h11

    start = seen.begins[: len(_HTTP)]
    if not _HTTP.startswith(start):
        return f"it begins with {seen.begins.decode('ascii', 'replace')!r}"
    told = next((str(error) for error in chain if isinstance(error, h11.RemoteProtocolError)), "")
    return "" if "peer closed" in told else clean(re.sub(r"bytearray\(b(.*)\)", r"\1", told), limit=120)


def _is_broken_off(chain: list[BaseException]) -> bool:
    import ssl

    import httpx2

    kinds = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError, ConnectionError, ssl.SSLEOFError)
    return any(isinstance(error, kinds) for error in chain)


def _reason(chain: list[BaseException]) -> str:
    """Return the innermost cause that says something."""
    for error in reversed(chain):
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if text:
            return clean(text, limit=120)
    return "no reason given"
