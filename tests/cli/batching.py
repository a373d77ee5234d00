"""What the tests of `batch` share: the command on a batch server, and what both know of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, records

if TYPE_CHECKING:
    from tests.cli.command import Argument, Command, Process, Result
    from tests.faults.batch_server import BatchServer


class Sender:
    """`batch` on a server, with a known model."""

    def __init__(self, command: Command, server: BatchServer) -> None:
        self.command, self.server = command, server

    @property
    def env(self) -> dict[str, str]:
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.base_url}

    def __call__(self, *args: Argument, **how: Any) -> Result:
        return self.command("batch", *args, env=self.env, **how)

    def submit(self, *args: Argument, **how: Any) -> Result:
        return self("submit", QUESTION, *args, **how)

    def fetch(self, *args: Argument) -> Result:
        return self("fetch", *args, "--json")

    def start(self, *args: Argument) -> Process:
        return self.command.start("batch", *args, env=self.env)

    def scan(self, *args: Argument) -> Result:
        return self.command("scan", "-q", QUESTION, *args, "--json", env=self.env)


def statuses(result: Result) -> dict[str, str]:
    """Return the status of each image by its name: the code of its error where it failed."""
    return {
        record["images"][0]["source"].rpartition("/")[2]: record["error"]["code"]
        if record["error"]
        else record["status"]
        for record in records(result)
    }
