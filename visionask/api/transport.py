"""The transport under the SDK's http client: one for each thread that sends.

The http client's own pool looks through all of its connections when a request begins, and again when it ends: with 64
under way that is a sixth of what a request takes. A thread has one request under way, so that its pool has one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable


class ThreadTransports(httpx2.BaseTransport):
    """Hands each request to the transport of its thread. A new thread takes over what one of its number has left."""

    def __init__(self, make: Callable[[], httpx2.BaseTransport]) -> None:
        """Raises what `make` raises."""
        self._make = make
        self._spare: list[httpx2.BaseTransport] = [make()]
        self._own: dict[int, httpx2.BaseTransport] = {}  # by the thread's number
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises what the transport raises."""
        number = threading.get_ident()
        with self._lock:
            if number not in self._own:
                self._own[number] = self._spare.pop() if self._spare else self._make()
            own = self._own[number]
        return own.handle_request(request)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            everyone = [*self._own.values(), *self._spare]
        for each in everyone:
            each.close()
