"""What `doctor` tells of a server, as the command: the steps that fail, and what is asked of whom."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.doctoring import Doctor, ModelsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.command import Command

OPENAI = {"object": "list", "data": [{"id": "gpt-6-luna", "object": "model"}, {"id": "gpt-5", "object": "model"}]}


@pytest.fixture(scope="module")
def models() -> Iterator[ModelsServer]:
    with ModelsServer() as server:
        yield server


@pytest.fixture
def doctor(command: Command) -> Doctor:
    return Doctor(command)


def test_a_server_that_is_well_is_ok_in_every_line(doctor: Doctor, models: ModelsServer) -> None:
    found = doctor(base_url=models.says(OPENAI))
    assert (found.code, found.bad) == (0, {})
    assert found["server models"]["fact"] == "gpt-6-luna is in the list of 2"
    assert models.seen[-1][1] == f"Bearer {KEY}"


def test_a_key_that_is_refused_ends_in_4_and_is_not_repeated(doctor: Doctor, models: ModelsServer) -> None:
    found = doctor(base_url=models.says({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401))
    assert (found.code, found.bad) == (4, {"server HTTP": "fail"})
    assert found.result.record["status"] == "failed"
    assert found.result.record["error"]["code"] == "key_refused"


def test_a_closed_port_ends_in_6(doctor: Doctor) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    found = doctor(base_url=f"http://127.0.0.1:{port}/v1")
    assert (found.code, found.bad) == (6, {"server HTTP": "fail"})
    assert found["server HTTP"]["fact"] == f"127.0.0.1:{port} refuses connections"
    assert found["server HTTP"]["code"] == "unreachable"


def test_a_server_that_speaks_no_tls_is_told(doctor: Doctor, models: ModelsServer) -> None:
    found = doctor(base_url=models.says(OPENAI).replace("http:", "https:"))
    assert (found.code, found.bad) == (6, {"server HTTP": "fail"})


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "127.0.0.1:8080", "http://127.0.0.1:99999/v1", "http://"])
def test_a_base_url_that_is_none_is_a_failure_of_the_configuration(doctor: Doctor, url: str) -> None:
    found = doctor(base_url=url)
    assert (found.code, found.bad) == (4, {"server base URL": "fail"})


def test_without_a_key_nothing_is_asked(doctor: Doctor, models: ModelsServer) -> None:
    asked = len(models.seen)
    found = doctor(base_url=models.says(OPENAI), env={"OPENAI_API_KEY": " "})
    assert (found.code, found.bad) == (4, {"config key": "fail"})
    assert found.names("server") == ["base URL", "decisions"]
    assert len(models.seen) == asked


def test_offline_opens_no_connection(doctor: Doctor, models: ModelsServer) -> None:
    asked = len(models.seen)
    found = doctor("--base-url", models.says(OPENAI))
    assert found.code == 0
    assert found["server network"]["fact"] == "not tried: --offline"
    assert len(models.seen) == asked


def test_a_proxy_is_asked_instead_of_the_server(doctor: Doctor, models: ModelsServer) -> None:
    env = {"NO_PROXY": "", "HTTP_PROXY": f"http://ann:{KEY}@127.0.0.1:{models.server_address[1]}"}
    models.listings.setdefault("", models.listings[models.says(OPENAI).split("/")[3]])
    found = doctor(base_url="http://nowhere.invalid/v1", env=env)
    assert found.names("server")[:4] == ["base URL", "decisions", "proxy", "HTTP"]
    assert "HTTP_PROXY" in found["server proxy"]["fact"]
    assert models.seen[-1][0] == "http://nowhere.invalid/v1/models"
    assert found.code == 0


def test_a_proxy_that_is_not_there_is_in_the_hint(doctor: Doctor) -> None:
    found = doctor(base_url="https://nowhere.invalid/v1", env={"NO_PROXY": "", "HTTPS_PROXY": "http://127.0.0.1:9"})
    assert (found.code, found.bad) == (6, {"server HTTP": "fail"})
    assert found["server HTTP"]["hint"] == "check HTTPS_PROXY and NO_PROXY, then the base URL"


def test_the_lines_for_people_say_the_same(command: Command, models: ModelsServer) -> None:
    result = command("doctor", "--base-url", models.says(b"", 500), env={"OPENAI_API_KEY": KEY})
    assert result.code == 6
    lines = result.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["program", "config", "server", "ledger", "machine"]
    (place,) = [number for number, line in enumerate(lines) if line.startswith("  fail  ")]
    assert lines[place].startswith("  fail  HTTP: 127.0.0.1:")
    assert lines[place + 1] == "        hint: retry later"
    assert result.err == "1 failure, no warnings\n"


def test_failures_come_first_and_what_is_not_installed_is_a_line_that_is_not_ok(command: Command) -> None:
    (command.folder / "no").mkdir()
    args = ("doctor", "--offline", "--ledger", "no")
    env = {"OPENAI_API_KEY": "", "SHELL": "/bin/bash"}
    lines = command(*args, env=env).out.splitlines()
    assert lines[0].startswith("  fail  key: ")
    assert [line for line in lines if line.startswith("  fail")] == [line for line in lines[:4] if "fail" in line[:6]]
    (missing,) = [line for line in lines if "not installed" in line and "completion" in line]
    assert missing == "  -     not installed: completion (visionask completion bash --install)"
    assert not [line for line in lines if line.startswith("  ok") and "not installed" in line]


def test_quiet_shows_failures_alone(command: Command) -> None:
    failed = command("doctor", "--offline", "-q", env={"OPENAI_API_KEY": ""})
    assert [line[:14] for line in failed.out.splitlines()] == ["  fail  key: n", "        hint: "]
    assert (failed.code, failed.err) == (4, "")
    well = command("doctor", "--offline", "-q", env={"OPENAI_API_KEY": KEY})
    assert (well.code, well.out, well.err) == (0, "", "")
    seen = command.on_terminal("doctor", "--offline", env={"OPENAI_API_KEY": ""})
    assert b"\x1b[31mfail\x1b[0m  key" in seen.out_bytes
