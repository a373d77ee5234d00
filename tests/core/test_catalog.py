"""Names of models: entries, aliases, dated snapshots, shutdown dates, and what a wrong name may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.suggest import near_names

from . import reference

if TYPE_CHECKING:
    from visionask.core.catalog import Model

CATALOG = load_catalog()
OPENAI = [name for name in CATALOG.names if CATALOG.providers[name] == "openai"]

SHUTDOWN = {  # by hand, from the provider's deprecations page as of 2026-11-22
    "2024-12-06": ["gpt-4-vision-preview"],
    "2025-07-14": ["gpt-4.5-preview"],
    "2026-07-23": [
        *("computer-use-preview", "gpt-5-chat-latest", "gpt-5-codex", "gpt-5.1-codex", "gpt-5.1-codex-max"),
        *("gpt-5.1-codex-mini", "gpt-5.1-chat-latest", "gpt-5.2-codex"),
    ],
    "2026-08-10": ["gpt-5.2-chat-latest", "gpt-5.3-chat-latest"],
    "2026-10-23": [
        *("gpt-4-turbo", "gpt-4-turbo-2024-04-09", "gpt-4.1-nano", "gpt-4o-2024-05-13", "gpt-image-1", "o1"),
        *("o1-pro", "o4-mini"),
    ],
    "2026-11-22": ["gpt-5-codex-mini", "codex-mini-latest", "chatgpt-4o-latest"],  # on this day or earlier
    "2026-12-01": ["gpt-image-1.5", "gpt-image-1-mini"],
    "2026-12-11": ["gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5-pro", "o3", "o3-pro"],
    "2027-01-14": ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"],
    "2027-04-01": ["gpt-5.1", "gpt-5.4-nano", "gpt-5.3-codex"],
}


def known(name: str) -> Model:
    model = CATALOG.find(name)
    assert model is not None
    return model


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        pytest.param("gpt-6-luna", "gpt-6-luna", id="an entry"),
        pytest.param("gpt-5.6", "gpt-5.6-sol", id="an alias"),
        pytest.param("gpt-4o-2024-08-06", "gpt-4o", id="a snapshot"),
        pytest.param("gpt-4o-mini-2024-07-18", "gpt-4o-mini", id="the longest entry, not gpt-4o"),
        pytest.param("gpt-5.6-2026-07-01", "gpt-5.6-sol", id="a snapshot of an alias"),
        pytest.param("gpt-4o-2024-05-13", "gpt-4o-2024-05-13", id="a snapshot with prices of its own"),
        pytest.param("gpt-4-turbo-2024-04-09", "gpt-4-turbo-2024-04-09", id="another"),
    ],
)
def test_a_name_finds_its_entry_and_stays_itself_on_the_wire(name: str, entry: str):
    model = known(name)
    assert (model.name, model.entry) == (name, entry)
    assert model.rule == known(entry).rule
    assert model.prices == known(entry).prices


@pytest.mark.parametrize(
    "name",
    [
        "gpt-7",
        "GPT-4o",
        "gpt-4o ",
        "",
        "gpt-4o-2024",
        "gpt-4o-1999-01-01",
        "gpt-9-2026-01-01",
        "-2024-08-06",
        "qwen-vl",
    ],
)
def test_other_names_are_unknown_and_never_another_model(name: str):
    assert CATALOG.find(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gpt-6-lunar", "gpt-6-luna"),
        ("gpt6-luna", "gpt-6-luna"),
        ("GPT-4o", "gpt-4o"),
        ("gpt4o-mini", "gpt-4o-mini"),
        ("o4mini", "o4-mini"),
        ("gpt-5.4mini", "gpt-5.4-mini"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(name: str, meant: str):
    near = CATALOG.near(name)
    assert near[0] == meant
    assert len(near) <= 3


def test_a_name_like_no_other_is_answered_with_none():
    assert CATALOG.near("llava:13b-q4") == []
    assert near_names("x", []) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gpt4o", ["gpt-4o"]),
        ("GPT-6-Luna", ["gpt-6-luna"]),
        ("gpt-6-lunna", ["gpt-6-luna"]),
        ("gpt-6-lua", ["gpt-6-luna"]),
        ("gpt-6-lnua", ["gpt-6-luna"]),
        ("openai/gpt-6luna", ["gpt-6-luna"]),
        ("gpt-6-lunar2", []),  # other numbers are another version
        ("gpt-6.3-luna", []),
        ("gpt-6-lunatic", []),
        ("claude-haiku-5.5", []),  # of another provider
    ],
)
def test_a_slip_of_the_hand_is_told_from_another_model(name: str, meant: list[str]):
    assert CATALOG.misspelled(name, "openai") == meant


@pytest.mark.parametrize("name", OPENAI)
def test_inferred_rules_are_marked_and_say_why(name: str):
    model = known(name)
    if reference.RULES[name] is None:
        assert model.basis == "unknown"
    else:
        assert model.basis == (
            "exact" if name == "gpt-6-luna" else "inferred" if name in reference.INFERRED else "documented"
        )
        assert model.rule_source
        assert model.rule_checked == "2026-09-29"
    assert bool(model.rule_note) == (model.basis != "documented")


def test_shutdown_dates():
    dates = {name: day for day, names in SHUTDOWN.items() for name in names}
    assert {name: known(name).shutdown for name in OPENAI if known(name).shutdown} == dates


@pytest.mark.parametrize(
    ("today", "is_gone"), [("2026-10-22", False), ("2026-10-23", True), ("2026-10-24", True), ("2025-12-31", False)]
)
def test_a_model_is_gone_from_its_day_on_and_keeps_its_price(today: str, is_gone: bool):
    model = known("o4-mini")
    assert model.is_shut_down(today) is is_gone
    assert model.rule is not None
    assert model.prices is not None


def test_a_model_without_a_date_is_never_gone():
    assert not known("gpt-6-luna").is_shut_down("2999-01-01")


def test_makers_of_pictures_answer_no_questions():
    makers = {name for name in CATALOG.names if not known(name).answers_questions}
    assert makers == {name for name in CATALOG.names if name.startswith("gpt-image-")}


def test_reasoning_models_take_max_completion_tokens():
    plain = {name for name in OPENAI if not known(name).is_reasoning and known(name).answers_questions}
    assert plain == {
        *("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-mini"),
        *("chatgpt-4o-latest", "gpt-4-turbo", "gpt-4-turbo-2024-04-09", "gpt-4-vision-preview", "gpt-4.5-preview"),
        "chat-latest",
    }


def test_only_the_oldest_models_use_the_old_encoding():
    old = {name for name in CATALOG.names if known(name).encoding == "cl100k_base"}
    assert old == {"gpt-4-turbo", "gpt-4-turbo-2024-04-09", "gpt-4-vision-preview"}
