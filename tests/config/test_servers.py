"""Which server a profile or base URL stands for, and what follows for base URL and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visionask.config.catalog import server_at, server_named, server_names
from visionask.config.settings import NO_KEY, find_key, load_settings
from visionask.core.errors import MissingKey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        pytest.param("http://localhost:11434/v1/", "ollama", id="ollama"),
        pytest.param("http://127.0.0.1:11434/v1", "ollama", id="by number"),
        pytest.param("http://[::1]:1234/v1", "lmstudio", id="by number of six"),
        pytest.param("HTTP://LocalHost:8080", "llamacpp", id="capitals"),
        pytest.param("http://localhost:8000/v1", "vllm", id="vllm"),
        pytest.param("https://mine.openai.azure.com/openai/v1/", "azure", id="azure"),
        pytest.param("https://openai.azure.com.evil.example/v1", None, id="a host that only begins so"),
        pytest.param("http://gpu-box:11434/v1", None, id="the port alone"),
        pytest.param("http://localhost:11435/v1", None, id="another port"),
        pytest.param("http://localhost:port/v1", None, id="no port"),
        pytest.param("nonsense", None, id="no address"),
    ],
)
def test_a_base_url_stands_for_a_server(base_url: str, name: str | None) -> None:
    found = server_at(base_url)
    assert (None if found is None else found.name) == name


@pytest.mark.parametrize("name", server_names())
def test_a_built_in_profile_has_a_source_and_a_date(name: str) -> None:
    server = server_named(name)
    assert server is not None
    assert server.source
    assert server.checked.startswith("2026-")
    assert server.examples


def env(tmp_path: Path, text: str = "", **more: str) -> dict[str, str]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return {"VISIONASK_CONFIG": str(path), **more}


def test_azure_is_found_by_its_resource(tmp_path: Path) -> None:
    there = env(tmp_path, 'azure_resource = "mine"\n', AZURE_OPENAI_API_KEY="a", OPENAI_BASE_URL="http://x/v1")
    settings = load_settings({"profile": "azure"}, env=there)
    assert settings.base_url == "https://mine.openai.azure.com/openai/v1/"
    assert find_key(settings, env=there) == "a"
    assert not settings.is_openai


def test_a_key_goes_to_a_known_address_only_if_it_is_set(tmp_path: Path) -> None:
    there = env(tmp_path, OPENAI_BASE_URL="http://localhost:8080/v1")
    assert find_key(load_settings({}, env=there), env=there) == NO_KEY
    assert find_key(load_settings({}, env=there), env=there | {"OPENAI_API_KEY": "k"}) == "k"
    with pytest.raises(MissingKey, match="MINE"):
        find_key(load_settings({"api_key_env": "MINE"}, env=there), env=there)


def test_an_address_on_the_command_line_is_not_that_of_the_file_s_profile(tmp_path: Path) -> None:
    there = env(tmp_path, 'profile = "azure"\nazure_resource = "mine"\n')
    settings = load_settings({"base_url": "https://api.openai.com/v1"}, env=there)
    assert (settings.server, settings.api_key_env, settings.is_openai) == (None, "OPENAI_API_KEY", True)


def test_a_profile_of_the_file_stands_before_the_built_in_one(tmp_path: Path) -> None:
    there = env(tmp_path, '[profiles.ollama]\nbase_url = "http://gpu-box:11434/v1"\nmodel = "moondream"\n')
    settings = load_settings({"profile": "ollama"}, env=there)
    assert (settings.base_url, settings.model) == ("http://gpu-box:11434/v1", "moondream")
    assert settings.server is not None
    assert not settings.server.takes_links


def test_a_model_goes_to_its_provider_with_that_provider_s_key(tmp_path: Path) -> None:
    there = env(tmp_path, 'api_key_env = "MINE"\n', ANTHROPIC_API_KEY="a", MINE="m", OPENAI_API_KEY="o")
    for name in ("claude-haiku-5-5", "anthropic/claude-haiku-5-5"):
        settings = load_settings({"model": name}, env=there)
        assert settings.base_url == "https://api.anthropic.com/v1/"
        assert settings.model == "claude-haiku-5-5"
        assert find_key(settings, env=there) == "a"
        assert not settings.is_openai
    assert find_key(load_settings({"model": "gpt-4o"}, env=there), env=there) == "m"
    assert load_settings({"model": "openai/gpt-4o"}, env=there).model == "gpt-4o"
    named = load_settings({"model": "claude-haiku-5-5", "api_key_env": "MINE"}, env=there)
    assert find_key(named, env=there) == "m"


def test_the_key_of_openai_never_goes_to_another_provider(tmp_path: Path) -> None:
    there = env(tmp_path, OPENAI_API_KEY="o")
    with pytest.raises(MissingKey, match="ANTHROPIC_API_KEY"):
        find_key(load_settings({"model": "claude-haiku-5-5"}, env=there), env=there)


def test_a_base_url_stands_above_the_model_s_own(tmp_path: Path) -> None:
    there = env(tmp_path, OPENAI_BASE_URL="https://openrouter.ai/api/v1")
    settings = load_settings({"model": "anthropic/claude-haiku-5-5"}, env=there)
    assert (settings.base_url, settings.model) == ("https://openrouter.ai/api/v1", "anthropic/claude-haiku-5-5")
    assert settings.server is not None
    assert settings.server.name == "openrouter"


def test_a_model_of_the_file_is_the_user_s_own(tmp_path: Path) -> None:
    there = env(tmp_path, '[models."claude-haiku-5-5"]\nlike = "gpt-4o"\n')
    assert load_settings({"model": "claude-haiku-5-5"}, env=there).base_url is None


def test_a_long_comment_and_a_byte_order_mark_are_no_faults(tmp_path: Path) -> None:
    there = env(tmp_path)
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf# " + b"_" * 210 + b'\r\nmodel = "gpt-4o"\r\n')
    assert load_settings({}, env=there).model == "gpt-4o"
