"""What the tests of `doctor` share: a server whose list of models is as a test has it, and a doctor sent there."""

from __future__ import annotations

import json
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.cli.command import KEY
from tests.cli.servers import _Quiet, _Server

if TYPE_CHECKING:
    from tests.cli.command import Argument, Command, Result


class Listing(NamedTuple):
    """A reply to GET /models. `date` is the server's Unix time; None: it tells none."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    date: float | None = None


class _Handler(_Quiet):
    server: ModelsServer

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        name = self.path.split("/")[1]
        self.server.seen.append((self.path, self.headers.get("authorization")))
        told = self.server.listings[name]
        self.send_response_only(told.status)
        if told.date is not None:
            self.send_header("date", formatdate(told.date, usegmt=True))
        self.send_header("content-type", told.content_type)
        self.send_header("content-length", str(len(told.body)))
        for header in told.headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(told.body)


class ModelsServer(_Server):
    """Lists models in the shapes of many servers, each under a base URL of its own."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.listings: dict[str, Listing] = {}
        self.seen: list[tuple[str, str | None]] = []

    def says(self, body: Any, status: int = 200, **more: Any) -> str:
        """Return the base URL of a server that replies so; what is not bytes is sent as JSON."""
        name = f"m{len(self.listings)}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.listings[name] = Listing(data, status, **{"date": time.time()} | more)
        return f"{self.root}/{name}/v1"


class Examined(NamedTuple):
    """What `doctor --json` said."""

    result: Result

    @property
    def code(self) -> int:
        return self.result.code

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.result.record["data"]["findings"]
        return found

    def __getitem__(self, place: str) -> dict[str, Any]:
        """Find the one finding of a place such as "server models"."""
        (found,) = [each for each in self.findings if f"{each['section']} {each['name']}" == place]
        return found

    def status(self, place: str) -> str:
        return str(self[place]["status"])

    def names(self, section: str) -> list[str]:
        return [each["name"] for each in self.findings if each["section"] == section]

    @property
    def bad(self) -> dict[str, str]:
        """Every place where something is not ok."""
        return {f"{each['section']} {each['name']}": each["status"] for each in self.findings if each["status"] != "ok"}


class Doctor:
    """`doctor` with a key."""

    def __init__(self, command: Command) -> None:
        self.command = command

    def __call__(self, *args: Argument, base_url: str | None = None, env: dict[str, str] | None = None) -> Examined:
        where = ("--offline",) if base_url is None else ("--base-url", base_url)
        return Examined(self.command("doctor", "--json", *where, *args, env={"OPENAI_API_KEY": KEY} | (env or {})))
