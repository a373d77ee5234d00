"""What the command knows of providers: comparisons, limits, keys, and what goes over the wire to each."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.shaped_servers import Body, Reply, ShapedServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result
    from tests.cli.servers import PictureServer


@pytest.fixture
def photo(command: Command) -> Path:
    path = command.folder / "photo.png"
    Image.new("L", (1024, 1024), 128).save(path)
    return path


def ask(command: Command, provider: str, server: ShapedServer, *args: Argument) -> Result:
    """Ask a server in the place of a provider: a profile of the provider's name leads to it."""
    folder = command.folder.parent / "home" / "config" / "visionask"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f'[profiles.{provider}]\nbase_url = "{server.base_url}"\n')
    names = (
        "ANTHROPIC_API_KEY",
        "MISTRAL_API_KEY",
        "XAI_API_KEY",
        "GEMINI_API_KEY",
        "OPENROUTER_API_KEY",
        "DEEPSEEK_API_KEY",
    )
    env = dict.fromkeys((*names, "GROQ_API_KEY", "DASHSCOPE_API_KEY"), KEY)
    return command("ask", "why?", *args, "--profile", provider, "--no-log", "--no-stream", env=env)


def takes_all(_: Body) -> Reply | None:
    return None


def test_models_are_compared_by_the_whole_bill(command: Command, photo: Path) -> None:
    names = "gpt-4o,step-3.7,claude-haiku-5-5,gemini-3.5-flash-lite"
    run = command("cost", photo, "--compare", names, "--max-tokens", "100")
    assert run.code == 0
    head, *rows = run.out.splitlines()
    assert head.split() == ["model", "tokens", "price", "output", "1,000", "images", "at", "low"]
    assert [row.split() for row in rows] == [
        ["claude-haiku-5-5", "1,369", "$0.00014", "<=$0.000050", "<=$0.19", "<=$0.000086"],  # 37 x 37 x 0.1 + 100 x 0.5
        ["gemini-3.5-flash-lite", "1,089", "$0.00033", "<=$0.00025", "<=$0.58", "<=$0.00058"],  # 33 x 33 x 0.3
        ["gpt-4o", "765", "$0.0019", "<=$0.0010", "<=$2.91", "<=$0.0012"],
        ["step-3.7", "~504", "?", "?", "?", "?"],  # no price is known
    ]


def test_all_models_are_compared_and_those_without_a_price_come_last(command: Command, photo: Path) -> None:
    run = command("cost", photo, "--compare", "all", "--json")
    rows: list[dict[str, Any]] = run.record["data"]["compare"]
    priced = [row for row in rows if row["usd"] is not None]
    assert rows[: len(priced)] == priced
    assert [float(row["usd"]) for row in priced] == sorted(float(row["usd"]) for row in priced)
    assert len({row["provider"] for row in rows}) >= 20
    assert all(row["usd"] is None for row in rows if row["projected"]["basis"] == "unknown")
    assert not any(row["model"].startswith("gpt-image") for row in rows)


def test_the_models_of_one_provider_are_listed(command: Command) -> None:
    rows = command("models", "--provider", "anthropic").out.splitlines()
    assert len(rows) == 17
    assert all(row.startswith("claude-") for row in rows[1:])
    wrong = command("models", "--provider", "nobody")
    assert wrong.code == 2
    assert "known: openai, anthropic" in wrong.err


def test_a_model_of_another_provider_is_not_told_openai_s_limits(command: Command) -> None:
    out = command("models", "claude-sonnet-5-5").out
    assert "600 images" in out
    assert "ANTHROPIC_API_KEY" in out
    assert "openai.com" not in out
    assert command("models", "claude-sonnet-5-5", "--json").record["data"]["model"]["provider"] == "anthropic"


def test_a_model_of_the_responses_api_is_priced_and_not_asked(command: Command, photo: Path) -> None:
    assert command("cost", photo, "-m", "gpt-5.5-pro").code == 0
    asked = command("ask", "why?", photo, "-m", "gpt-5.5-pro", env={"OPENAI_API_KEY": KEY})
    assert asked.code == 4
    assert "Responses API alone" in asked.err


def test_a_price_that_may_hold_no_more_is_told(command: Command, photo: Path) -> None:
    assert "said to hold until 2026-11-21" in command("cost", photo, "-m", "gpt-5.6-sol").err


def test_the_key_of_the_model_s_provider_is_asked_for(command: Command, photo: Path) -> None:
    run = command("ask", "why?", photo, "-m", "claude-haiku-5-5", env={"OPENAI_API_KEY": KEY})
    assert run.code == 4
    assert "ANTHROPIC_API_KEY is not set" in run.err
    shown = command("config", env={"VISIONASK_MODEL": "claude-haiku-5-5"}).out
    assert "https://api.anthropic.com/v1/" in shown
    assert "ANTHROPIC_API_KEY" in shown


@pytest.mark.parametrize(
    ("provider", "model", "field", "has_detail"),
    [
        pytest.param("anthropic", "claude-haiku-5-5", "max_tokens", False, id="detail is ignored there"),
        pytest.param("gemini", "gemini-3.8-flash", "max_tokens", False, id="not known to be honoured"),
        pytest.param("mistral", "mistral-small-2603", "max_tokens", False, id="no effect was found"),
        pytest.param("xai", "grok-4.5", "max_completion_tokens", True, id="detail is accepted"),
    ],
)
def test_a_request_is_spelled_as_the_provider_takes_it(
    command: Command, photo: Path, provider: str, model: str, field: str, has_detail: bool
) -> None:
    with ShapedServer(takes_all) as server:
        run = ask(command, provider, server, photo, "-m", model, "--max-tokens", "50", "--json")
    assert run.code == 0, run.err
    (body,) = server.bodies
    assert {name for name in body if "tokens" in name} == {field}
    (image,) = [part["image_url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
    assert ("detail" in image) == has_detail
    assert server.keys == [f"Bearer {KEY}"]
    billed = run.record["billed"]
    assert (billed["input_tokens"], billed["image_tokens"]) == (277, None)
    assert billed["usd"] is not None


def test_more_images_than_a_provider_takes_are_refused_by_its_name(command: Command, photo: Path) -> None:
    with ShapedServer(takes_all) as server:
        run = ask(command, "groq", server, *[photo] * 6, "-m", "qwen/qwen3.8-27b")
    assert run.code == 3
    assert not server.bodies
    assert "6 images" in run.err
    assert "5" in run.err


def refuses(status: int, body: object) -> Callable[[Body], Reply | None]:
    return lambda _: (status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("provider", "model", "shape", "told"),
    [
        pytest.param(
            "gemini",
            "gemini-3.8-flash",
            refuses(400, [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]),
            "API key not valid",
            id="Gemini wraps an error in a list",
        ),
        pytest.param(
            "anthropic",
            "claude-haiku-5-5",
            refuses(400, {"error": {"code": "invalid_request_error", "message": "image exceeds 10 MB", "type": "x"}}),
            "image exceeds 10 MB",
            id="Anthropic's compatibility layer",
        ),
        pytest.param(
            "openrouter",
            "anthropic/claude-haiku-5-5",
            refuses(
                400, {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": "too big"}}}
            ),
            "Provider returned error",
            id="OpenRouter wraps the error of the provider behind it",
        ),
    ],
)
def test_an_error_is_told_whatever_its_shape(
    command: Command,
    photo: Path,
    provider: str,
    model: str,
    shape: Callable[[Body], Reply | None],
    told: str,
) -> None:
    with ShapedServer(shape) as server:
        run = ask(command, provider, server, photo, "-m", model, "--retries", "0")
    assert (run.code, len(server.bodies)) == (8, 1), run.err
    assert told in run.err


def test_a_request_above_the_model_s_context_is_told(command: Command, photo: Path) -> None:
    folder = command.folder.parent / "home" / "config" / "visionask"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[models.local]\nrule = "qwen3-vl"\ncontext_tokens = 1024\n')
    assert "1,026 tokens in one request, and the context of local is 1,024" in command("cost", photo, "-m", "local").err
    assert "context" not in command("cost", photo, "-m", "local", "--max-side", "512").err


def test_old_prices_are_told_once(command: Command, photo: Path) -> None:
    folder = command.folder.parent / "home" / "config" / "visionask"
    folder.mkdir(parents=True, exist_ok=True)
    table = 'rule = "qwen3-vl"\nprices = { standard = { input = "1", output = "2" }, checked = 2026-01-02 }\n'
    (folder / "config.toml").write_text(f"[models.a]\n{table}[models.b]\n{table}")
    told = "were last checked on 2026-01-02, more than 60 days ago"
    compared = command("cost", photo, "--compare", "gpt-4o,a,b").err
    assert compared.count("60 days") == 1
    assert f"prices of a and 1 more model {told}" in compared
    assert "60 days" not in command("cost", photo).err
    assert "60 days ago" in command("doctor", "--offline", env={"VISIONASK_MODEL": "a"}).out


def test_a_route_of_openrouter_is_counted_and_priced_about(command: Command, photo: Path) -> None:
    args = ("-m", "anthropic/claude-haiku-5.5", "--profile", "openrouter")
    assert "~$0.000" in command("ask", "why?", photo, *args, "-n").err
    projected = command("cost", photo, *args, "--json").record["projected"]
    assert (projected["image_tokens"], projected["basis"]) == (1369, "about")
    assert projected["input_usd"] is not None
    listed = command("models", "--provider", "openrouter").out
    assert "\nanthropic/claude-haiku-5.5 " in listed
    assert "openrouter" in command("models", "--provider", "nobody").err


def test_long_sides_among_many_pictures_are_refused_before_they_are_sent(command: Command) -> None:
    path = command.folder / "long.png"
    Image.new("L", (2100, 40), 128).save(path)
    with ShapedServer(takes_all) as server:
        run = ask(command, "anthropic", server, *[path] * 21, "-m", "claude-haiku-5-5")
        few = ask(command, "anthropic", server, *[path] * 20, "-m", "claude-haiku-5-5")
        less = ask(command, "anthropic", server, *[path] * 21, "-m", "claude-haiku-5-5", "--max-side", "2000")
    assert (run.code, few.code, less.code) == (3, 0, 0), run.err
    assert "no side above 2,000 px in a request of more than 20 pictures" in run.err
    assert "--max-side 2000" in run.err
    assert len(server.bodies) == 2


def test_a_link_to_a_format_that_a_provider_does_not_take_is_fetched_here(
    command: Command, links: PictureServer, photo: Path
) -> None:
    picture = io.BytesIO()
    Image.open(photo).save(picture, "WEBP")
    link = links.put("photo.webp", picture.getvalue())
    flags = ("--pass-url", "--allow-private-urls")
    with ShapedServer(takes_all) as server:
        assert ask(command, "xai", server, link, "-m", "grok-4.5", *flags).code == 0
        assert ask(command, "anthropic", server, link, "-m", "claude-haiku-5-5", *flags).code == 0
    urls = [part["image_url"]["url"] for body in server.bodies for part in body["messages"][-1]["content"][1:]]
    assert [url[:5] for url in urls] == ["data:", "http:"]


def test_usage_without_an_image_split_and_with_it_is_read(command: Command, photo: Path) -> None:
    """Model Studio and xAI tell the tokens of pictures; most tell sums alone; DeepSeek has its own word for cached."""
    sums = {"prompt_tokens": 277, "completion_tokens": 3, "total_tokens": 280}
    for provider, model, more, images, cached in (
        ("anthropic", "claude-haiku-5-5", {}, None, 0),
        ("alibaba", "qwen3.7-plus", {"prompt_tokens_details": {"image_tokens": 258, "text_tokens": 19}}, 258, 0),
        ("deepseek", "deepseek-flash", {"prompt_cache_hit_tokens": 128, "prompt_cache_miss_tokens": 149}, None, 128),
    ):
        with ShapedServer(takes_all, usage=sums | more) as server:
            billed = ask(command, provider, server, photo, "-m", model, "--json").record["billed"]
        assert (billed["input_tokens"], billed["image_tokens"], billed["cached_tokens"] or 0) == (277, images, cached)
        assert billed["usd"] is not None
