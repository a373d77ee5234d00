"""The transport under the SDK's http client: one for each thread that sends.

The http client's own pool looks through all of its connections when a request begins, and again when it ends: with 64
under way that is a sixth of what a request takes. A thread has one request under way, so that its pool has one.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable


class ThreadTransports(httpx2.BaseTransport):
    """Hands each request to the transport of the calling thread, which goes with its thread."""

    def __init__(self, make: Callable[[], httpx2.BaseTransport]) -> None:
        """Raises what `make` raises."""
        self._make = make
        self._lock = threading.Lock()
        self._own = threading.local()
        self._first: httpx2.BaseTransport | None = make()
        self._all = weakref.WeakSet([self._first])

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises what the transport raises."""
        own: httpx2.BaseTransport | None = getattr(self._own, "transport", None)
        if own is None:
            with self._lock:
                own, self._first = self._first or self._make(), None
                self._all.add(own)
            self._own.transport = own
        return own.handle_request(request)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            everyone = [*self._all]
        for each in everyone:
            each.close()
