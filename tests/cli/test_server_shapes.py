"""What happens on servers that users run: the two repairs in every shape of refusal, and the built-in profiles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli import shaped_servers
from tests.cli.command import KEY
from tests.cli.shaped_servers import ShapedServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result
    from tests.cli.servers import PictureServer


def ask(command: Command, server: ShapedServer, *args: Argument) -> Result:
    return command("ask", "why?", *args, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url})


def profile(command: Command, name: str, server: ShapedServer, more: str = "") -> None:
    """Let a profile of this name lead to the server: what is known about it comes from its name."""
    folder = command.folder.parent / "home" / "config" / "visionask"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f'[profiles.{name}]\nbase_url = "{server.base_url}"\n{more}')


REFUSED_FIELDS = [
    pytest.param("lmstudio", "reasoning_effort", ("--reasoning-effort", "low"), id="an error that is a string"),
    pytest.param("llamacpp", "reasoning_effort", ("--reasoning-effort", "low"), id="a code that is a number"),
    pytest.param("transformers", "stream_options", ("--stream",), id="a detail that is a text"),
    pytest.param("vllm", "service_tier", ("--service-tier", "flex"), id="a detail that is a list"),
    pytest.param("plain", "temperature", ("--temperature", "0.5"), id="plain text"),
]


@pytest.mark.parametrize(("shape", "field", "args"), REFUSED_FIELDS)
def test_a_refused_field_is_left_out_whatever_the_shape_of_the_refusal(
    command: Command, dot: Path, shape: str, field: str, args: tuple[str, ...]
) -> None:
    with ShapedServer(getattr(shaped_servers, shape)) as server:
        result = ask(command, server, dot, "-m", "some-model", "--no-log", *args)
    assert result.code == 0, result.err
    assert result.out == "seen\n"
    assert [field in body for body in server.bodies] == [True, False]
    assert field in result.err


@pytest.mark.parametrize("shape", ["lmstudio", "ollama"])
def test_a_refused_link_is_fetched_here(command: Command, links: PictureServer, dot_bytes: bytes, shape: str) -> None:
    link = links.put("dot.png", dot_bytes)
    with ShapedServer(getattr(shaped_servers, shape)) as server:
        result = ask(command, server, link, "--pass-url", "--allow-private-urls", "-m", "some-model", "--no-log")
    assert result.code == 0, result.err
    assert [len(shaped_servers.links(body)) for body in server.bodies] == [1, 0]


@pytest.mark.parametrize("command_name", ["ask", "scan"])
@pytest.mark.parametrize("name", ["lmstudio", "ollama"])
def test_a_profile_of_a_server_without_links_fetches_them_at_once(
    command: Command, links: PictureServer, dot_bytes: bytes, name: str, command_name: str
) -> None:
    link = links.put("dot.png", dot_bytes)
    with ShapedServer(getattr(shaped_servers, name)) as server:
        profile(command, name, server)
        args = ("--profile", name, "--pass-url", "--allow-private-urls", "-m", "some-model", "--no-log")
        result = command(command_name, "why?", link, *args)
    assert result.code == 0, result.err
    assert [len(shaped_servers.links(body)) for body in server.bodies] == [0]
    assert "takes no links" in result.err


def test_transformers_is_never_sent_what_it_refuses(command: Command, dot: Path) -> None:
    with ShapedServer(shaped_servers.transformers) as server:
        profile(command, "transformers", server)
        args = ("--profile", "transformers", "-m", "gpt-5", "--max-tokens", "9", "--stream", "--no-log")
        result = command("ask", "why?", dot, *args)
    assert result.code == 0, result.err
    (body,) = server.bodies  # gpt-5 reasons: elsewhere the field would be max_completion_tokens
    assert (body["max_tokens"], body["stream"]) == (9, True)
    assert "left out" not in result.err


def test_a_server_that_needs_no_key_gets_none(command: Command, dot: Path) -> None:
    with ShapedServer(shaped_servers.ollama) as server:
        profile(command, "ollama", server)
        args: Any = ("ask", "why?", dot, "--profile", "ollama", "-m", "moondream", "--no-log")
        assert command(*args).code == 0
        assert command(*args, env={"OPENAI_API_KEY": KEY}).code == 0  # another server's: it must not go there
        assert command(*args, env={"OLLAMA_API_KEY": KEY}).code == 0
    assert server.keys == ["Bearer none", "Bearer none", f"Bearer {KEY}"]


def test_a_key_that_is_named_and_missing_is_told(command: Command, dot: Path) -> None:
    with ShapedServer(shaped_servers.ollama) as server:
        profile(command, "ollama", server)
        args = ("--profile", "ollama", "-m", "moondream", "--api-key-env", "GONE", "--json")
        result = command("ask", "why?", dot, *args)
    assert (result.code, result.record["error"]["code"]) == (4, "missing_key")
    assert server.bodies == []


def test_azure_takes_its_own_key(command: Command, dot: Path) -> None:
    with ShapedServer(lambda _: None) as server:
        profile(command, "azure", server)
        args = ("ask", "why?", dot, "--profile", "azure", "--no-log")
        missing = command(*args, env={"OPENAI_API_KEY": KEY})
        assert missing.code == 4
        assert "AZURE_OPENAI_API_KEY" in missing.err
        assert command(*args, env={"AZURE_OPENAI_API_KEY": KEY}).code == 0
    assert server.keys == [f"Bearer {KEY}"]


def test_azure_without_its_resource_says_what_to_set(command: Command, dot: Path) -> None:
    result = command("ask", "why?", dot, "--profile", "azure", env={"AZURE_OPENAI_API_KEY": KEY})
    assert result.code == 4
    assert "azure_resource" in result.error_lines[0]
    assert "config set azure_resource" in result.error_lines[1]


def test_a_model_is_not_guessed_for_a_server_of_ones_own(command: Command, dot: Path) -> None:
    del command.env["VISIONASK_MODEL"]  # that the tests' servers are asked for
    with ShapedServer(shaped_servers.ollama) as server:
        profile(command, "ollama", server)
        result = command("ask", "why?", dot, "--profile", "ollama")
        assert result.code == 4
        assert result.error_lines[1] == "hint: -m qwen3-vl:2b"
        assert command("cost", dot, "--profile", "ollama").code == 4  # no price of a model that it has not
        unknown = command("cost", dot, "--profile", "ollama", "-m", "moondream")
        assert unknown.out.splitlines()[1].split()[-2:] == ["?", "?"]
        profile(command, "ollama", server, 'model = "moondream"\n')
        assert command("ask", "why?", dot, "--profile", "ollama", "--no-log").code == 0
    assert [body["model"] for body in server.bodies] == ["moondream"]


def test_a_body_above_the_limit_is_not_sent(command: Command) -> None:
    noise = Image.frombytes("RGB", (1600, 1600), os.urandom(1600 * 1600 * 3))
    for number in range(4):  # 3 MB of JPEG each at quality 100, and a third more as base64
        noise.rotate(90 * number).save(command.folder / f"{number}.jpg", quality=95, subsampling=0)
    with ShapedServer(shaped_servers.ollama) as server:
        profile(command, "ollama", server)
        args = ("--profile", "ollama", "-m", "moondream", "--quality", "100", "--no-log")
        names = [f"{number}.jpg" for number in range(4)]
        result = command("ask", "why?", *names, *args, "--json")
        assert (result.code, result.record["error"]["code"]) == (3, "too_large"), result.err
        assert "9 MB" in result.err
        assert server.bodies == []
        assert command("ask", "why?", "0.jpg", *args, "--max-side", "256").code == 0
