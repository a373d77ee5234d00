"""Owns the translation of what goes wrong below HTTP: connections, deadlines, replies that break off."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.api.exchange import Lapsed, ReplyTooLarge, StatusFault
from visionask.api.refusals import Failure, from_status
from visionask.api.sdk import CONNECT_S
from visionask.api.words import clean
from visionask.core.errors import BadReply, ConfigError, IncompleteAnswer, TimedOut, Unreachable, VisionaskError
from visionask.core.retry import spell_duration

if TYPE_CHECKING:
    from visionask.core.request import Answer

_BILLED = "it may be billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of an attempt when it fails."""

    where: str  # host:port
    silence_s: float = 60.0  # that was allowed
    is_loopback: bool = False
    is_sent: bool = False
    is_fresh: bool = True
    received_bytes: int = 0
    partial: Answer | None = None


def translate(cause: Exception, seen: Seen) -> Failure | None:
    """Return what an exception of the SDK, the http client or our deadlines means; None for one that is a bug."""
    if isinstance(cause, StatusFault):
        return from_status(cause.status, cause.headers, cause.text, where=cause.where or seen.where)
    import httpx2
    import openai

    if isinstance(cause, Lapsed):
        return _lapsed(cause, seen)
    if isinstance(cause, (ReplyTooLarge, httpx2.DecodingError)):
        fact = "is far too large for an answer" if isinstance(cause, ReplyTooLarge) else "cannot be decompressed"
        return Failure(error=BadReply(f"the reply of {seen.where} {fact}", "check the base URL"), is_maybe_billed=True)
    if isinstance(cause, (openai.APIConnectionError, httpx2.TransportError)):
        return _connection(cause, seen)
    if isinstance(cause, (openai.OpenAIError, httpx2.InvalidURL, UnicodeEncodeError)):
        return Failure(
            error=ConfigError(f"a setting cannot be sent: {clean(str(cause))}", "check the base URL and key")
        )
    return None


def _lapsed(cause: Lapsed, seen: Seen) -> Failure:
    spent = spell_duration(cause.limit_s) if cause.limit_s > 2 else f"{cause.limit_s:g} s"
    billed = f"; {_BILLED}" if seen.is_sent else ""
    if seen.partial is not None and seen.partial.text:
        what = "was not finished within" if cause.is_total else "stopped for"
        return _cut(f"the answer {what} {spent}", seen, "raise --timeout, or ask again")
    if cause.is_total:
        error = TimedOut(f"no whole answer from {seen.where} within {spent}{billed}", "raise --timeout, or retry later")
        return Failure(error=error, is_maybe_billed=seen.is_sent)
    error = TimedOut(f"{seen.where} was silent for {spent}{billed}", "retry later")
    # a second silence means a slow model, not a lost request; each try may be billed
    is_passing = seen.received_bytes == 0
    return Failure(error=error, is_passing=is_passing, is_maybe_billed=seen.is_sent, retry_limit=1)


def _connection(cause: Exception, seen: Seen) -> Failure:
    import httpx2

    chain = _chain(cause)
    for error in chain:
        if isinstance(error, (httpx2.ConnectTimeout, httpx2.PoolTimeout)):
            text = f"no connection to {seen.where} within {CONNECT_S:g} s"
            return Failure(error=TimedOut(text, "check the network and the base URL"), is_passing=True)
        if isinstance(error, httpx2.TimeoutException):
            return _lapsed(Lapsed(seen.silence_s, is_total=False), seen)
    lasting = _lasting(chain, seen)
    if lasting is not None:
        return Failure(error=lasting)
    if seen.received_bytes:
        return _cut("the connection broke before the answer was whole", seen, "ask again")
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        hint = "start the server, or check the port" if seen.is_loopback else "check the base URL"
        # nobody starts a local server within a few seconds of our asking
        return Failure(error=Unreachable(f"{seen.where} refuses connections", hint), is_passing=not seen.is_loopback)
    billed = f" after the request was sent; {_BILLED}" if seen.is_sent else ""
    told = (
        "closed the connection without an answer" if _is_broken_off(chain) else f"cannot be reached: {_reason(chain)}"
    )
    return Failure(
        error=Unreachable(f"{seen.where} {told}{billed}", "check the network, or retry later"),
        is_passing=True,
        is_at_once=not seen.is_fresh,
        is_maybe_billed=seen.is_sent,
    )


def _lasting(chain: list[BaseException], seen: Seen) -> VisionaskError | None:
    """Return the error for a cause that another try meets again."""
    import httpx2

    for error in chain:
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return Unreachable(f"the name of {seen.where} is not known (DNS)", "check the base URL and the network")
        if isinstance(error, ssl.SSLCertVerificationError):
            text = f"the TLS certificate of {seen.where} is not accepted: {clean(error.verify_message, limit=120)}"
            return Unreachable(text, "check the base URL; for a private authority set SSL_CERT_FILE")
        if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            text = f"no TLS connection to {seen.where}: {clean(error.reason or str(error), limit=120)}"
            return Unreachable(text, "is the base URL's https right?")
        if isinstance(error, httpx2.ProxyError):
            text = f"the proxy does not connect to {seen.where}: {clean(str(error), limit=120)}"
            return Unreachable(text, "check HTTPS_PROXY and NO_PROXY")
        if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)):
            return ConfigError(f"a setting cannot be sent: {clean(str(error))}", "check the base URL and key")
    return None


def _cut(text: str, seen: Seen, hint: str) -> Failure:
    error = IncompleteAnswer(text, hint)
    error.partial = seen.partial
    return Failure(error=error, is_maybe_billed=True)


def _chain(cause: BaseException) -> list[BaseException]:
    """Return the exception and what led to it, outermost first."""
    chain: list[BaseException] = []
    current: BaseException | None = cause
    while current is not None and current not in chain and len(chain) < 20:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _is_broken_off(chain: list[BaseException]) -> bool:
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
