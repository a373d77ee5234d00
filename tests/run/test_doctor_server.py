"""What is told of servers: of the shapes that people run, of refusals, of clocks and of lists of models."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.doctoring import ModelsServer
from visionask.cli.exits import exit_code
from visionask.config.settings import Settings
from visionask.core.errors import ConfigError, Unreachable
from visionask.run.doctor import server_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.finding import Finding

KEY = "sk-canary-0123456789"
OPENAI = {"object": "list", "data": [{"id": "gpt-6-luna", "object": "model"}, {"id": "gpt-5", "object": "model"}]}
OLLAMA = {"object": "list", "data": [{"id": "qwen3-vl:2b", "object": "model", "created": 1, "owned_by": "library"}]}
VLLM = {"object": "list", "data": [{"id": "Qwen/Qwen3-VL-2B-Instruct", "max_model_len": 4096, "permission": [{}]}]}
ROUTER = {"data": [{"id": "a/text", "architecture": {"input_modalities": ["text"]}}]}
LLAMA_CPP = {
    "models": [{"name": "x.gguf", "model": "x.gguf", "capabilities": ["completion", "multimodal"]}],
    "object": "list",
    "data": [{"id": "x.gguf", "object": "model", "meta": {"n_params": 1}}],
}
BLIND = LLAMA_CPP | {"models": [{"name": "x.gguf", "model": "x.gguf", "capabilities": ["completion"]}]}


@pytest.fixture(scope="module")
def models() -> Iterator[ModelsServer]:
    with ModelsServer() as server:
        yield server


def look(base_url: str, model: str = "gpt-6-luna") -> dict[str, Finding]:
    """Look at a server, and return what is found by its name."""
    return {
        each.name: each for each in server_findings(Settings(base_url=base_url, model=model), KEY, is_offline=False)
    }


def bad(found: dict[str, Finding]) -> dict[str, str]:
    return {name: each.status for name, each in found.items() if each.status != "ok"}


# body, model, (status of `models`, status of `vision`), in the fact of `vision`
SHAPES = [
    pytest.param(OPENAI, "gpt-6-luna", ("ok", "ok"), "does not say", id="OpenAI"),
    pytest.param(OLLAMA, "qwen3-vl:2b", ("ok", "ok"), "does not say", id="Ollama"),
    pytest.param(VLLM, "Qwen/Qwen3-VL-2B-Instruct", ("ok", "ok"), "does not say", id="vLLM"),
    pytest.param(LLAMA_CPP, "x.gguf", ("ok", "ok"), "x.gguf takes images", id="llama.cpp"),
    pytest.param(LLAMA_CPP, "any", ("warn", "ok"), "x.gguf takes images", id="llama.cpp answers to any name"),
    pytest.param(BLIND, "x.gguf", ("ok", "warn"), "x.gguf takes no images", id="llama.cpp without mmproj"),
    pytest.param(ROUTER, "a/text", ("ok", "warn"), "a/text takes no images", id="modalities"),
    pytest.param(OLLAMA, "qwen3-vl", ("warn", "ok"), "does not say", id="another name"),
]


@pytest.mark.parametrize(("body", "model", "statuses", "fact"), SHAPES)
def test_a_list_of_models_is_read_in_every_shape(
    models: ModelsServer, body: Any, model: str, statuses: tuple[str, str], fact: str
) -> None:
    found = look(models.says(body), model)
    assert (found["models"].status, found["vision"].status) == statuses
    assert model in found["models"].fact
    assert fact in found["vision"].fact
    assert list(found) == ["base URL", "decisions", "HTTP", "clock", "models", "vision"]
    assert found["HTTP"].fact.startswith("GET /models: status 200, ")
    assert models.seen[-1][1] == f"Bearer {KEY}"


# body, status, exit code, (where it is told, how)
REFUSALS = [
    pytest.param({"error": {"message": f"Incorrect API key: {KEY}"}}, 401, 4, ("HTTP", "fail"), id="401"),
    pytest.param({"error": {"message": "no access"}}, 403, 4, ("HTTP", "fail"), id="403"),
    pytest.param({"error": {"message": "Missing scopes: api.model.read"}}, 403, 0, ("models", "warn"), id="scope"),
    pytest.param({"detail": "Not Found"}, 404, 0, ("models", "warn"), id="no list"),
    pytest.param(b"", 200, 0, ("models", "warn"), id="empty body"),
    pytest.param(b"[" * 100_000, 200, 0, ("models", "warn"), id="deep nesting"),
    pytest.param({"data": []}, 200, 0, ("models", "warn"), id="empty list"),
    pytest.param({"data": [None, 1, {"id": 5}, []]}, 200, 0, ("models", "warn"), id="odd entries"),
    pytest.param({"error": "slow down"}, 429, 0, ("models", "warn"), id="429"),
    pytest.param(b"<html><title>Bad gateway</title>", 502, 6, ("HTTP", "fail"), id="502"),
    pytest.param(b"<!doctype html><title>Chat \x1b[31m</title>", 200, 4, ("HTTP", "fail"), id="a web page"),
]


@pytest.mark.parametrize(("body", "status", "code", "told"), REFUSALS)
def test_a_refusal_is_judged_by_what_questions_will_meet(
    models: ModelsServer, body: Any, status: int, code: int, told: tuple[str, str]
) -> None:
    found = look(models.says(body, status))
    name, how = told
    assert bad(found) == {name: how}
    assert found[name].hint
    error = found[name].error
    assert (0 if error is None else exit_code(error)) == code


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b"[" + b" " * 5_000_000 + b"]", (), id="too long"),
        pytest.param(b"no gzip at all", (("content-encoding", "gzip"),), id="not what it says"),
    ],
)
def test_bytes_that_nobody_can_read_are_told_as_a_wrong_base_url(
    models: ModelsServer, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    found = look(models.says(body, headers=headers))
    assert bad(found) == {"HTTP": "fail"}
    assert isinstance(found["HTTP"].error, ConfigError)


def test_a_name_that_cannot_be_one_is_told() -> None:
    found = look(f"https://{'a' * 64}.invalid/v1")
    assert bad(found) == {"HTTP": "fail"}
    assert isinstance(found["HTTP"].error, Unreachable)


def test_a_redirect_is_told_as_a_wrong_base_url(models: ModelsServer) -> None:
    found = look(models.says(b"", 307, headers=(("location", "https://elsewhere.test/v1/models"),)))["HTTP"]
    assert "elsewhere.test" in found.fact
    assert isinstance(found.error, ConfigError)


@pytest.mark.parametrize(
    ("ahead_s", "status", "fact"),
    [
        pytest.param(0, "ok", "agrees", id="right"),
        pytest.param(3600, "warn", "s behind the server's", id="behind"),
        pytest.param(-3600, "warn", "s ahead of the server's", id="ahead"),
    ],
)
def test_the_clock_is_compared(models: ModelsServer, ahead_s: float, status: str, fact: str) -> None:
    found = look(models.says(OPENAI, date=time.time() + ahead_s))["clock"]
    assert found.status == status
    assert fact in found.fact


def test_a_server_that_tells_no_time_is_not_compared(models: ModelsServer) -> None:
    assert "clock" not in look(models.says(OPENAI, date=None))


ONE_VOTE = "one vote, without a probability: only gpt-6-luna at OpenAI"


@pytest.mark.parametrize(
    ("base_url", "model", "words"),
    [
        pytest.param(None, "gpt-6-luna", "have probabilities here", id="OpenAI"),
        pytest.param(None, "gpt-5.4-mini", ONE_VOTE, id="another model"),
        pytest.param(
            "http://127.0.0.1:9/v1",
            "gpt-6-luna",
            ONE_VOTE,
            id="elsewhere",
        ),
    ],
)
def test_where_decisions_work_is_told(base_url: str | None, model: str, words: str) -> None:
    found = server_findings(Settings(base_url=base_url, model=model), KEY, is_offline=True)
    (told,) = [each for each in found if each.name == "decisions"]
    assert (told.status, words in told.fact) == ("ok", True), told.fact
