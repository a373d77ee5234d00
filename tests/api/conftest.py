"""The fixtures of the wire's tests: the fault server, and a client with short waits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.server import FaultServer
from visionask.api.client import Client
from visionask.core.errors import VisionaskError
from visionask.core.request import Answer, Endpoint, Request, SentImage
from visionask.core.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk-canary-0123456789"
_tags = itertools.count(1)


@pytest.fixture(scope="session")
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@dataclass(kw_only=True)
class Sender:
    """A client on one script, and what was seen of its use."""

    client: Client
    server: FaultServer
    script: str
    notices: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def send(self, **changes: Any) -> Answer:
        return self.client.send(request(**changes), on_text=self.texts.append)

    def fail(self, **changes: Any) -> VisionaskError:
        with pytest.raises(VisionaskError) as caught:
            self.send(**changes)
        return caught.value

    @property
    def journal(self) -> list[dict[str, Any]]:
        return self.server.journal(self.script)


def request(**changes: Any) -> Request:
    fields = {"model": "m", "question": "What colour?", "images": (SentImage(detail="low", url="https://x/a.png"),)}
    return Request(**(fields | changes))


@pytest.fixture
def sender(faults: FaultServer) -> Iterator[Callable[..., Sender]]:
    """Make a sender for a script; further arguments go to the Endpoint."""
    made = []

    def make(script: str, **settings: Any) -> Sender:
        tagged = f"{next(_tags)}~{script}"
        backoff = Backoff(base_s=0.001, max_wait_s=settings.pop("max_wait_s", 2.0))
        stop = settings.pop("stop", None)
        endpoint = Endpoint(**({"base_url": faults.base_url(tagged), "api_key": KEY, "timeout_s": 5.0} | settings))
        notices: list[str] = []
        client = Client(endpoint, notices.append, backoff=backoff, stop=stop)
        made.append(client)
        return Sender(client=client, server=faults, script=tagged, notices=notices)

    yield make
    for client in made:
        client.close()
