"""The pure rules of the Batch API: a line of requests, when a file is full, what a line of results says.

Also the values that a submission and a reading of results are told in.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from visionask.core.dataclass import dataclass
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.errors import VisionaskError

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
WINDOW: Literal["24h"] = "24h"  # the only one. Source: openai SDK 3.54, resources/batches.py, as read 2026-11-22
ID_DIGITS = 32  # of a key's 64: 128 bits tell the lines of any file apart
GONE = "gone"  # our word for a batch that the provider does not know any more
ENDED = frozenset({"completed", "failed", "expired", "cancelled", GONE})
LAPSED = frozenset({"batch_expired", "batch_cancelled"})  # error codes of lines whose turn never came
# The error code of a batch that its model's queue has no room for, as so many tokens wait: create it again later.
# Source: learn.microsoft.com/answers/questions/2285577, as read 2026-11-22. The limit itself is of each account's tier.
TOKEN_LIMIT = "token_limit_exceeded"  # noqa: S105


class Limits(NamedTuple):
    """The most that one file of requests may hold, and where that is said."""

    requests: int
    bytes: int
    source: str = ""
    checked: str = ""

    def holds(self, *, requests: int, size_bytes: int) -> bool:
        """Return whether a file with so many requests and bytes is within the limits."""
        return requests <= self.requests and size_bytes <= self.bytes


class Result(NamedTuple):
    """One line of results. `status` is None where the request was never made, `body` None where there is no reply."""

    custom_id: str
    status: int | None
    body: object
    error: object = None
    request_id: str | None = None

    @property
    def error_code(self) -> str:
        """The code of an error beside the reply: `batch_expired` and its like."""
        code = self.error.get("code") if isinstance(self.error, dict) else None
        return code if isinstance(code, str) else ""


class Torn(NamedTuple):
    """A line of results that cannot be read, and why."""

    why: str


_SAMPLE_NAMES, _NAME_CHARS = 3, 80


class Sample:
    """Things of one kind: how many, and the names of the first, however many come."""

    __slots__ = ("count", "first")

    def __init__(self) -> None:
        self.count, self.first = 0, list[str]()

    def add(self, name: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < _SAMPLE_NAMES:
            self.first.append(name[:_NAME_CHARS])


@dataclass(slots=True, kw_only=True)
class Submission:
    """What became of the images of a submission so far."""

    lines: int = 0
    shards: int = 0
    bytes: int = 0
    reserved_usd: Decimal | None = Decimal(0)
    settled: Counter[str] = field(default_factory=Counter)  # by reason: answered, pending, failed, same, asked live
    failed: Counter[str] = field(default_factory=Counter)  # by error code: what cannot be sent
    stopped: VisionaskError | None = None

    @property
    def images(self) -> int:
        """Count the images that were looked at."""
        return self.lines + self.settled.total() + self.failed.total()


def custom_id(key: str) -> str:
    """Name the line of an answer's key."""
    return key[:ID_DIGITS]


def request_line(key: str, body: Mapping[str, Any]) -> bytes:
    """Write one request as a line of ASCII, its end included."""
    line = {"custom_id": custom_id(key), "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def read_result(line: bytes) -> Result | Torn | None:
    """Read a line of a provider's or an engine's results; None for a blank one.

    `response.body` may be an object or a JSON text, an error may stand in the body, beside the reply, or instead of it.
    """
    if not line.removeprefix(codecs.BOM_UTF8).strip():
        return None
    raw = _json(line)
    if not isinstance(raw, dict):
        return Torn("cut or broken JSON")
    name = raw.get("custom_id")
    if not isinstance(name, str) or not name:
        return Torn("no custom_id")
    response = raw.get("response")
    response = response if isinstance(response, dict) else {}
    body, status, request_id = response.get("body"), response.get("status_code"), response.get("request_id")
    if isinstance(body, str):
        parsed = _json(body)
        body = body if parsed is None else parsed
    if not isinstance(status, int) or isinstance(status, bool) or status <= 0:  # 0 is told where none was made
        status = None if not body or raw.get("error") else 200
    return Result(
        custom_id=name,
        status=status,
        body=body,
        error=raw.get("error") or None,
        request_id=request_id if isinstance(request_id, str) else None,
    )


def _json(text: str | bytes) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
