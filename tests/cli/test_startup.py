"""What each command loads, read from sys.modules at its end: a heavy library on a light command's road fails here."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from visionask.config.settings import config_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command

HEAVY = {"openai", "httpx2", "httpcore2", "pydantic", "rich", "PIL", "asyncio", "http.client", "ssl", "sqlite3"}
UNNEEDED = HEAVY | {"splintr", "tomllib", "dataclasses", "logging", "concurrent.futures", "platformdirs", "tempfile"}
PROBE = """
import os, sys
before = set(sys.modules)
sys.argv = ["visionask", *sys.argv[1:]]
from visionask.__main__ import main
try:
    main()
finally:
    os.write(3, "\\n".join(sorted(set(sys.modules) - before)).encode())
"""


def loaded(command: Command, *args: str) -> set[str]:
    """Run the command and return the names of the modules that it loaded."""
    reader, writer = os.pipe()
    here = f"import os; os.dup2({writer}, 3) if {writer} != 3 else None\n"
    with os.fdopen(reader) as names:
        try:
            done = subprocess.run(  # noqa: PLW1510 - some of these commands end in errors
                [sys.executable, "-c", here + PROBE, *args],
                env=command.env, cwd=command.folder, pass_fds=(writer,), stdin=subprocess.DEVNULL,
                capture_output=True, timeout=60,
            )  # fmt: skip
        finally:
            os.close(writer)
        found = set(names.read().split())
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert "visionask.__main__" in found
    return found


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("cost", "dot.png"), id="cost"),
        pytest.param(("cost", "dot.png", "missing.png"), id="cost of a missing file"),
        pytest.param(("cost", "--json", "dot.png"), id="cost --json"),
        pytest.param(("cost", "."), id="cost of a folder"),
        pytest.param(("cost", "--compare", "gpt-4o,gpt-6-luna", "dot.png"), id="cost --compare"),
        pytest.param(("--help",), id="help"),
        pytest.param(("cost", "--help"), id="help of a command"),
        pytest.param((), id="nothing"),
        pytest.param(("csot",), id="no such command"),
        pytest.param(("cost", "--no-such-flag"), id="no such flag"),
        pytest.param(("cost", "--detail", "best", "dot.png"), id="bad value"),
        pytest.param(("completion", "bash"), id="completion bash"),
        pytest.param(("completion", "zsh"), id="completion zsh"),
    ],
)
def test_light_commands_load_nothing_heavy(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    unneeded = UNNEEDED - ({"platformdirs", "tempfile"} if sys.platform != "linux" else set())
    assert loaded(command, *args) & unneeded == set()


def test_only_a_table_is_written_without_json(command: Command, dot: Path) -> None:
    assert "visionask.report.records" not in loaded(command, "cost", "dot.png")


def test_cost_of_a_file_loads_only_what_reads_headers(command: Command, dot: Path) -> None:
    found = {name for name in loaded(command, "cost", "dot.png") if name.startswith("visionask.")}
    assert {name for name in found if name.startswith("visionask.images.")} <= {
        f"visionask.images.{name}" for name in ("files", "frames", "probe", "sources")
    }
    assert (
        found & {"visionask.config.own_models", "visionask.cli.ask", "visionask.run.ask", "visionask.report.answer"}
        == set()
    )


def test_help_of_ask_loads_nothing_that_sends(command: Command) -> None:
    assert loaded(command, "ask", "--help") & (HEAVY | {"splintr"}) == set()


def test_a_dry_run_loads_no_sdk_and_no_decoder(command: Command, dot: Path) -> None:
    found = loaded(command, "ask", "--dry-run", "What is this?", "dot.png")
    assert found & (HEAVY - {"ssl"}) == set()
    assert "splintr" in found


def test_version_loads_itself_alone(command: Command) -> None:
    assert loaded(command, "--version") == {"visionask", "visionask.__main__"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"XDG_CONFIG_HOME": "/some/where"}, id="a folder of its own"),
        pytest.param({"XDG_CONFIG_HOME": "/some/where/"}, id="a slash at the end"),
        pytest.param({"XDG_CONFIG_HOME": ""}, id="blank"),
        pytest.param({"XDG_CONFIG_HOME": "", "HOME": "/home/me/"}, id="home with a slash"),
        pytest.param({"XDG_CONFIG_HOME": "", "HOME": "/"}, id="home is the root"),
        pytest.param({"XDG_CONFIG_HOME": "relative"}, id="relative"),
    ],
)
def test_the_config_folder_is_where_platformdirs_finds_it(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    expected = os.path.join(platformdirs.user_config_dir("visionask", appauthor=False), "config.toml")
    assert config_path(os.environ) == expected
