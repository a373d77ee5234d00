"""The faults: what the server does to one request, by name."""

from __future__ import annotations

import functools
import gzip
import json
import random
import time
import zlib
from email.utils import formatdate
from typing import TYPE_CHECKING

from tests.faults import replies
from tests.faults.tables import CHANGED, RAW, STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.server import Line

Arguments = dict[str, str]
_HOLD_S = 30.0  # how long a stalled reply is kept open, unless the client leaves before


def run(line: Line, step: str, arguments: Arguments) -> bool:
    """Do what the step says; return whether the connection may be used again."""
    if step == "mix":
        step, arguments = _draw(arguments), {}
    if step.isdigit():
        return _status(line, int(step), arguments)
    if step == "ok" and line.body.get("stream"):
        return _stream_ok(line, b"\n")
    if step in CHANGED:
        return line.reply_json(replies.completion(line.body, **CHANGED[step]))
    if step in RAW:
        kind, data = RAW[step]
        return line.reply(200, data, content_type=kind)
    return _stream(line, *STREAMS[step]) if step in STREAMS else _SPECIAL[step](line, arguments)


def told_s(arguments: Arguments) -> float:
    """Return the wait that a step asks for, in seconds."""
    waits = [
        float(arguments.get("retry-after-ms", 0)) / 1000,
        float(arguments.get("date", 0)),
        _positive(arguments.get("retry-after", "0")),
    ]
    return max(waits)


def _positive(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def _draw(arguments: Arguments) -> str:
    """Draw a fault by its share; the rest of the requests go well."""
    point = random.random()
    for name, share in arguments.items():
        point -= float(share)
        if point < 0:
            return name
    return "ok"


def _status(line: Line, status: int, arguments: Arguments) -> bool:
    headers = {name: arguments[name] for name in arguments if name not in {"kind", "date", "to"}}
    if "date" in arguments:
        now = int(time.time())
        headers |= {
            "date": formatdate(now, usegmt=True),
            "retry-after": formatdate(now + float(arguments["date"]), usegmt=True),
        }
    if "to" in arguments:
        headers["location"] = arguments["to"].replace("|", "/")
    kind, data = replies.error(arguments.get("kind", ""), status)
    return line.reply(status, data, content_type=kind, headers=headers)


def _stream(line: Line, events: list[object], then: str) -> bool:
    line.start_stream()
    for data in events:
        line.send_chunk(replies.event(data))
    if then == "hold":
        line.hold(_HOLD_S)
    if then == "reset":
        line.reset()
    if then == "end":
        line.send_chunk(b"")
    return then == "end"


def _stream_ok(line: Line, end: bytes, *, pieces: int = 0) -> bool:
    """Stream the facts as a good server would, with usage if it was asked for."""
    text = json.dumps(replies.facts(line.body))
    cut = len(text) // 2
    chunks: list[object] = [replies.chunk({"role": "assistant", "content": ""})]
    chunks += [replies.chunk({"content": part}) for part in (text[:cut], text[cut:])]
    chunks.append(replies.chunk({}, "stop"))
    if line.body.get("stream_options", {}).get("include_usage"):
        chunks.append({"choices": [], "usage": replies.usage(line.body)})
    data = b": hello\n\n" + b"".join(replies.event(part, end=end.decode()) for part in [*chunks, "[DONE]"])
    line.start_stream()
    size = pieces or len(data)
    for start in range(0, len(data), size):
        line.send_chunk(data[start : start + size])
    line.send_chunk(b"")
    return True


def _reset_before(line: Line, _: Arguments) -> bool:
    line.reset()
    return False


def _reset_reused(line: Line, _: Arguments) -> bool:
    """Break a connection that was kept alive, as a server does that closes it while the request is on its way."""
    if not line.is_reused:
        return line.reply_json(replies.completion(line.body))
    line.reset()
    return False


def _stall(line: Line, _: Arguments) -> bool:
    line.hold(_HOLD_S)
    return False


def _drip(line: Line, arguments: Arguments) -> bool:
    """Send a byte every 20 ms: of `kind` headers, body, space, ping, text or stream."""
    kind = arguments.get("kind", "body")
    if kind == "headers":
        line.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    elif kind in {"ping", "stream"}:
        line.start_stream()
    else:
        line.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    piece = {"headers": b"x", "space": b" ", "ping": b": ping\n\n"}.get(kind, b'"')
    word = replies.event(replies.chunk({"content": "a"}))
    until = time.monotonic() + _HOLD_S
    while time.monotonic() < until and not line.hold(0.02):
        if kind in {"ping", "stream"}:
            line.send_chunk(word if kind == "stream" else piece)
        else:
            line.send(piece)
    return False


def _cut_body(line: Line, _: Arguments) -> bool:
    data = json.dumps(replies.completion(line.body)).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    line.send(head.encode() + data[: len(data) // 2])
    return False


@functools.cache
def _bomb() -> bytes:
    packer, block = zlib.compressobj(1, zlib.DEFLATED, 31), b" " * 2**20
    return b"".join([*(packer.compress(block) for _ in range(64)), packer.flush()])


def _zipped(line: Line, arguments: Arguments) -> bool:
    """Send gzip: `kind` bomb (64 MiB of spaces), bad, or a good reply."""
    kind, status = arguments.get("kind", "good"), int(arguments.get("status", "200"))
    data = gzip.compress(json.dumps(replies.completion(line.body)).encode())
    if kind == "bad":
        data = b"\x1f\x8b" + b"not gzip at all"
    if kind == "bomb":
        data = _bomb()
    return line.reply(status, data, headers={"content-encoding": "gzip"})


_SPECIAL: dict[str, Callable[[Line, Arguments], bool]] = {
    "reset-before": _reset_before,
    "reset-after": _reset_before,  # the body has been read by then; see BEFORE_BODY
    "reset-reused": _reset_reused,
    "close": lambda _line, _: False,
    "stall": _stall,
    "drip": _drip,
    "cut-body": _cut_body,
    "gzip": _zipped,
    "stream-crlf": lambda line, _: _stream_ok(line, b"\r\n"),
    "stream-cr": lambda line, _: _stream_ok(line, b"\r"),
    "stream-bytewise": lambda line, _: _stream_ok(line, b"\r\n", pieces=1),
    "stream-json": lambda line, _: line.reply_json(replies.completion(line.body)),
}
BEFORE_BODY = frozenset({"reset-before"})
