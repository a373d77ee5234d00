"""Open models on local servers: the rule of their engine, their context, no charge; and servers that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.shaped_servers import Body, Reply, ShapedServer
from visionask.config.catalog import open_model, server_named

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command, Result


@pytest.fixture
def photo(command: Command) -> Path:
    path = command.folder / "photo.png"
    Image.new("L", (3024, 4032), 128).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "engine", "rule"),
    [
        ("qwen2.5-vl:7b", "ollama", "llamacpp-28"),
        ("qwen2.5vl", "ollama", "llamacpp-28"),
        ("qwen3-vl:2b", "ollama", "llamacpp-32"),
        ("ggml-org/Qwen2.5-VL-3B-Instruct-GGUF", "llamacpp", "llamacpp-28"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "vllm", "qwen2.5-vl"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", None, "qwen2.5-vl"),
        ("llava", "ollama", "llava-next"),
        ("llava-hf/llava-1.5-7b-hf", "transformers", "llava-1.5"),
        ("gemma3:12b", "ollama", "gemma3"),
        ("google/gemma-3-4b-it", "vllm", "gemma3"),
        ("minicpm-v:8b", "ollama", "minicpm-v2.6"),
        ("openbmb/MiniCPM-V-4_6", "vllm", "minicpm-v4.6"),
        ("HuggingFaceTB/SmolVLM-256M-Instruct", "transformers", "smolvlm-512"),
        ("ollama/gemma3", None, "gemma3"),
        ("gemma3:1b", "ollama", None),  # it sees nothing
        ("gemma3n:e4b", "ollama", None),
        ("qwen3:8b", "ollama", None),
        ("medgemma-4b-it", "vllm", None),
        ("gpt-4o", "vllm", None),
    ],
)
def test_the_family_of_an_open_model_is_read_from_its_name(name: str, engine: str | None, rule: str | None) -> None:
    found = open_model(name, None if engine is None else server_named(engine))
    assert (None if found is None or found.rule is None else found.rule.name) == rule
    assert found is None or (found.prices, found.is_sure) == (None, False)


def test_a_model_of_a_server_on_this_machine_is_counted_and_free(command: Command, photo: Path) -> None:
    for args in (["-m", "ollama/qwen2.5-vl:7b"], ["-m", "qwen2.5-vl:7b", "--profile", "ollama"]):
        run = command("ask", "why?", photo, *args, "-n")
        assert "qwen2.5-vl:7b high · ~4,0" in run.err
        assert "on this machine, no charge" in run.err
        shown = command("cost", photo, *args)
        assert shown.out.splitlines()[1].split()[-2:] == ["~4,017", "$0"]


def test_a_server_elsewhere_has_no_price(command: Command, photo: Path) -> None:
    args = ("-m", "Qwen/Qwen2.5-VL-7B-Instruct", "--base-url", "http://192.0.2.1:8000/v1")
    assert "~15,5" in command("ask", "why?", photo, *args, "-n").err
    projected = command("cost", photo, *args, "--json").record["projected"]
    assert (projected["image_tokens"], projected["input_usd"], projected["basis"]) == (15_554, None, "inferred")


def test_a_request_above_the_server_s_context_is_told_before_it_is_sent(command: Command, photo: Path) -> None:
    told = "about 8,034 image tokens, and the server's context is 4,096"
    assert told in command("cost", photo, photo, "-m", "ollama/qwen2.5-vl:7b").err
    asked = command("ask", "why?", photo, photo, "-m", "ollama/qwen2.5-vl:7b", "--retries", "0").err
    assert "and the server's context is 4,096: send less (--max-side, --image-tokens" in asked
    assert "context" not in command("cost", photo, "-m", "ollama/qwen2.5-vl:7b").err
    assert "context" not in command("cost", photo, photo, "-m", "vllm/Qwen/Qwen2.5-VL-7B-Instruct").err


def test_an_open_model_without_a_server_is_never_sent_to_openai(command: Command, photo: Path) -> None:
    run = command("ask", "why?", photo, "-m", "gemma3", env={"OPENAI_API_KEY": KEY})
    assert run.code == 4
    assert run.error_lines == [
        "error: gemma3 is an open model, and nothing says which server has it",
        "hint: --profile ollama, lmstudio, llamacpp or vllm, -m ollama/gemma3, or --base-url URL",
    ]


def test_the_open_models_of_a_server_are_shown(command: Command) -> None:
    assert "qwen3-vl:2b" in command("models", "--provider", "ollama").out
    assert "~" not in command("models", "ollama/gemma3").out
    shown = command("models", "ollama/gemma3").out
    assert shown.splitlines()[0] == "gemma3"
    assert "260 a picture, about" in shown
    assert "prices: none, on this machine" in shown


def ask_unnamed(command: Command, server: ShapedServer, photo: Path, *args: str) -> Result:
    more = ("--base-url", server.base_url, "--no-log", "--no-stream", "--max-side", "512")
    return command("ask", "why?", photo, *more, *args, env={"OPENAI_API_KEY": KEY, "VISIONASK_MODEL": ""})


def takes_all(_: Body) -> Reply | None:
    return None


def test_the_one_model_that_a_server_lists_is_asked_and_has_no_price(command: Command, photo: Path) -> None:
    with ShapedServer(takes_all, models=[{"id": "Qwen/Qwen2.5-VL-7B-Instruct", "max_model_len": 200}]) as server:
        run = ask_unnamed(command, server, photo)
    assert run.code == 0, run.err
    assert [body["model"] for body in server.bodies] == ["Qwen/Qwen2.5-VL-7B-Instruct"]
    assert "tokens · $?" in run.err
    assert "and the server's context is 200" in run.err


def test_one_of_several_models_must_be_named(command: Command, photo: Path) -> None:
    with ShapedServer(takes_all, models=[{"id": "a-1"}, {"id": "b-2"}]) as server:
        run = ask_unnamed(command, server, photo)
        assert (run.code, server.bodies) == (4, [])
        assert "lists 2: a-1, b-2" in run.err
        named = ask_unnamed(command, server, photo, "-m", "b-2")
    assert named.code == 0, named.err


def test_the_default_model_is_never_priced_where_nobody_named_it(command: Command, photo: Path) -> None:
    with ShapedServer(takes_all) as server:
        run = ask_unnamed(command, server, photo)
        held = ask_unnamed(command, server, photo, "--max-cost", "1")
        dry = ask_unnamed(command, server, photo, "-n")
        named = ask_unnamed(command, server, photo, "-m", "gpt-6-luna")
    assert [body["model"] for body in server.bodies] == ["gpt-6-luna", "gpt-6-luna"]
    assert "$?" in run.err
    assert "$?" in dry.err
    where = ("--base-url", server.base_url)
    compared = command("cost", photo, "--compare", "gpt-6-luna", *where, env={"VISIONASK_MODEL": ""})
    assert "?" not in compared.out
    assert held.code == 5
    assert "~$0.0000" in named.err
