"""`visionask models NAME` and the warnings about models that are, or will soon be, shut down."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command


def test_a_model_is_shown_with_rule_price_limits_and_sources(command: Command) -> None:
    shown = command("models", "gpt-6-luna").out
    for part in (
        "1.2 x 32 px patches",
        "standard: input $0.1,",
        "1,500 images, 512 MB, 400 typed questions",
        "sent as max_completion_tokens",
        "source: developers.openai.com/api/docs/guides/images-vision, checked 2026-09-29",
        "checked 2026-11-22",
    ):
        assert part in shown
    assert "sent as max_tokens" in command("models", "gpt-4o").out
    assert command("models", "gpt-4o", "--json").record["data"]["model"]["limits"]["max_images_per_request"] == 1500


def shut_down_in(command: Command, days: int) -> None:
    day = (dt.datetime.now().astimezone().date() + dt.timedelta(days=days)).isoformat()
    folder = command.folder.parent / "home" / "config" / "visionask"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f'[models.mine]\nlike = "gpt-5.4"\nshutdown = "{day}"\n')


@pytest.mark.parametrize("name", ["ask", "scan", "cost"])
@pytest.mark.parametrize(
    ("days", "said"),
    [
        pytest.param(0, "mine was shut down on", id="today"),
        pytest.param(90, "mine will be shut down on", id="within 90 days"),
        pytest.param(92, None, id="later"),  # and a midnight that passes meanwhile
    ],
)
def test_a_model_that_is_or_will_soon_be_gone_is_warned_of(
    command: Command, dot: Path, name: str, days: int, said: str | None
) -> None:
    shut_down_in(command, days)
    question = () if name == "cost" else ("why?", "-n")
    result = command(name, *question, dot, "-m", "mine")
    assert result.code == 0, result.err
    assert ("shut down" in result.err) == (said is not None)
    assert said is None or f"warning: {said}" in result.err


def test_the_list_names_what_will_soon_be_gone(command: Command) -> None:
    shut_down_in(command, 30)
    result = command("models")
    assert result.code == 0
    line = next(line for line in result.err.splitlines() if "within 90 days" in line)
    assert "mine" in line.replace(",", "").split()
    assert "will be shut down on" in command("models", "mine").out
