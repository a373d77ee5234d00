"""The fixtures of the command's tests: servers that fail or answer, and an `ask` that is pointed at them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.batching import Sender
from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.cli.servers import AnswerServer, PictureServer
from tests.faults.batch_server import BatchServer
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result

_tags = itertools.count(1)


@pytest.fixture(scope="session")
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def answers() -> Iterator[AnswerServer]:
    with AnswerServer() as server:
        yield server


@pytest.fixture(scope="session")
def links() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture(scope="session")
def dot_bytes() -> bytes:
    return encoded(photo((64, 48)), "PNG")


@pytest.fixture
def dot(command: Command, dot_bytes: bytes) -> Path:
    """A good small picture in the working folder."""
    path = command.folder / "dot.png"
    path.write_bytes(dot_bytes)
    return path


@pytest.fixture
def batch_server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


@pytest.fixture
def sender(command: Command, batch_server: BatchServer) -> Sender:
    """`batch` on a batch server of its own."""
    return Sender(command, batch_server)


class Wire:
    """`ask` on a script of the fault server, and what the server saw."""

    def __init__(self, command: Command, server: FaultServer, script: str) -> None:
        self.command, self.server, self.script = command, server, f"{next(_tags)}~{script}"

    @property
    def env(self) -> dict[str, str]:
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.base_url(self.script)}

    def ask(self, *args: Argument, env: dict[str, str] | None = None, **how: Any) -> Result:
        return self.command("ask", *args, env=self.env | (env or {}), **how)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.server.journal(self.script)]


@pytest.fixture
def wire(command: Command, faults: FaultServer) -> Any:
    """Point `ask` at a script: `wire("429,ok").ask(...)`."""
    return lambda script: Wire(command, faults, script)
