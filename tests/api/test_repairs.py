"""What happens to a request whose one field a server does not take: seen in the bodies on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from visionask.core.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender


def sent(line: Sender) -> list[dict[str, Any]]:
    return [entry["body"] for entry in line.journal]


@pytest.mark.parametrize("kind", ["param", "words"])
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("stream_options", {"stream": True}),
        ("temperature", {"temperature": 0.0}),
        ("reasoning_effort", {"reasoning_effort": "low"}),
        ("service_tier", {"service_tier": "flex"}),
        ("prompt_cache_options", {"avoids_cache_write": True}),
    ],
)
def test_a_field_that_is_refused_is_left_out(
    sender: Callable[..., Sender], kind: str, name: str, changes: dict[str, Any]
) -> None:
    line = sender(f"400;kind={kind}:{name},ok")
    answer = line.send(**changes)
    first, second = sent(line)
    assert {key: value for key, value in first.items() if key != name} == second
    assert name in first
    assert answer.attempts == 2
    assert list(answer.notes) == line.notices
    assert name in answer.notes[0]
    assert ("WITHOUT" in answer.notes[0]) == (name in {"temperature", "reasoning_effort", "service_tier"})


def test_a_repair_is_remembered_and_told_once(sender: Callable[..., Sender]) -> None:
    line = sender("400;kind=param:temperature,ok")
    line.send(temperature=0.5)
    again = line.send(temperature=0.5)
    assert again.attempts == 1
    assert len(again.notes) == len(line.notices) == 1
    assert "temperature" not in sent(line)[2]


@pytest.mark.parametrize(
    ("kind", "is_reasoning_model", "before", "after"),
    [
        ("swap", False, "max_tokens", "max_completion_tokens"),
        ("param:max_completion_tokens", True, "max_completion_tokens", "max_tokens"),
    ],
)
def test_the_other_token_field_is_tried(
    sender: Callable[..., Sender], kind: str, is_reasoning_model: bool, before: str, after: str
) -> None:
    line = sender(f"400;kind={kind},ok")
    line.send(max_tokens=9, is_reasoning_model=is_reasoning_model)
    first, second = sent(line)
    assert (first[before], second[after]) == (9, 9)
    assert after not in first
    assert before not in second


def test_a_server_that_takes_neither_token_field_is_not_asked_for_ever(sender: Callable[..., Sender]) -> None:
    line = sender("400;kind=param:max_tokens,400;kind=param:max_completion_tokens")
    assert type(line.fail(max_tokens=9)) is BadRequest
    assert len(line.journal) == 2


def test_detail_goes_from_every_image(sender: Callable[..., Sender]) -> None:
    line = sender("400;kind=param:messages[0].content[1].image_url.detail,ok")
    line.send()
    assert sent(line)[1]["messages"][0]["content"][1]["image_url"] == {"url": "https://x/a.png"}


def test_a_422_of_fastapi_is_understood(sender: Callable[..., Sender]) -> None:
    line = sender("422;kind=detail,ok")
    assert line.send(temperature=1.0).attempts == 2
    assert "temperature" not in sent(line)[1]


@pytest.mark.parametrize(
    ("script", "changes"),
    [
        pytest.param("400;kind=param:temperature", {}, id="not sent"),
        pytest.param("400;kind=param:model", {}, id="cannot go"),
        pytest.param("400;kind=image", {"temperature": 1.0}, id="another cause"),
        pytest.param("403;kind=param:temperature", {"temperature": 1.0}, id="another status"),
    ],
)
def test_other_refusals_are_final(sender: Callable[..., Sender], script: str, changes: dict[str, Any]) -> None:
    line = sender(script)
    line.fail(**changes)
    assert len(line.journal) == 1


def test_a_field_is_left_out_only_once(sender: Callable[..., Sender]) -> None:
    line = sender("400;kind=param:temperature")
    line.fail(temperature=1.0)
    assert len(line.journal) == 2
