"""Owns the way from what was set to a Check: its points, engine, votes and second look; for the command and for Python.

`flags` are what the user set by name, as `check` has its parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_one_of, need_range
from visionask.core.errors import UsageError
from visionask.core.questions import (
    Choice,
    Point,
    Predicate,
    Question,
    Score,
    read_levels,
    read_probability,
    read_rule,
    read_values,
    read_zone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from visionask.config.settings import Settings
    from visionask.core.questions import Group
    from visionask.run.check.look import Look
    from visionask.run.check.order import Check
    from visionask.run.survey import Choosing

ENGINES = ("auto", "decisions", "schema")
CHAT_ONLY = ("max_tokens", "temperature", "reasoning_effort", "service_tier")


def read_check(
    flags: Mapping[str, Any],
    settings: Settings,
    *,
    groups: tuple[Group, ...],
    choosing: Choosing,
    on_notice: Callable[[str], None],
) -> Check:
    """Read how the groups are to be checked. Raises UsageError, ConfigError."""
    from visionask.config.catalog import shipped
    from visionask.run.check.look import Look, choose_engine
    from visionask.run.check.order import Check
    from visionask.run.options import read_job, refuse_ocr

    refuse_ocr(flags, "judges no statement")
    repeat, chat_only = _votes(flags), _chat_only(flags)

    def look(chosen: Settings) -> tuple[Look, bool]:
        job = read_job(flags, chosen, question="", choosing=choosing, on_notice=on_notice)
        is_openai = chosen.is_openai and flags["local"] is None
        needs_chat = bool(chat_only)
        engine, falls_back = choose_engine(flags["engine"], job.model, is_openai=is_openai, needs_chat=needs_chat)
        most = shipped()["limits"]["max_questions_per_decision"]
        return Look(job=job, engine=engine, repeat=repeat, most_questions=most), falls_back

    first, falls_back = look(settings)
    other = flags["escalate"]
    has_budget = settings.max_cost is not None or settings.daily_budget is not None
    return Check(
        groups=groups,
        first=first,
        second=None if other is None else look(settings._replace(model=other))[0],
        falls_back=falls_back,
        is_any=flags["is_any"],
        workers=1 if has_budget or flags["local"] else settings.jobs,  # money that is held would stop the others
    )


def read_points(flags: Mapping[str, Any], texts: Sequence[str]) -> tuple[Point, ...]:
    """Read the statements: the first is of the type that was set, the others are true or false. Raises UsageError."""
    first = _question(flags, texts[0])
    points = [_point(flags, first, flags["expect"])]
    points += [_point(flags, Predicate(id=f"q{place}", text=text), None) for place, text in enumerate(texts[1:], 2)]
    return tuple(points)


def _votes(flags: Mapping[str, Any]) -> int:
    need_one_of(flags["engine"], "--engine", ENGINES)
    return need_range(flags["repeat"], "--repeat", least=1, most=100) or 1


def _chat_only(flags: Mapping[str, Any]) -> list[str]:
    """Name the flags that were given and that decisions do not take. Raises UsageError where that engine was chosen."""
    names = [name for name in CHAT_ONLY if flags[name] is not None] + ["repeat"] * (flags["repeat"] > 1)
    if names and flags["engine"] == "decisions":
        flag = names[0].replace("_", "-")
        raise UsageError(f"--{flag} does not go with --engine decisions", "drop it, or use --engine schema")
    return names


def _question(flags: Mapping[str, Any], text: str) -> Question:
    choice, score = flags["choice"], flags["score"]
    if choice is not None and score is not None:
        raise UsageError("--choice and --score exclude each other", "drop one of them")
    if choice is not None:
        return Choice(id="q1", text=text, values=_read("--choice", choice, lambda given: read_values(_several(given))))
    if score is not None:
        low, high = _read("--score", score, read_levels)
        return Score(id="q1", text=text, low=low, high=high)
    if flags["expect"] is not None:
        raise UsageError("--expect needs --choice or --score", "a statement is expected to be true")
    return Predicate(id="q1", text=text)


def _point(flags: Mapping[str, Any], question: Question, expect: str | None) -> Point:
    threshold = None if flags["threshold"] is None else _read("--threshold", flags["threshold"], read_probability)
    zone = flags["unsure"]
    unsure = None if zone is None else _read("--unsure", zone, lambda given: read_zone([*_several(given)]))
    _read(
        "--threshold",
        flags["threshold"],
        lambda _: read_rule(question, threshold=threshold, unsure=unsure, expect=None),
    )
    rule = _read("--expect", expect, lambda text: read_rule(question, threshold=threshold, unsure=unsure, expect=text))
    return Point(question=question, rule=rule)


def _read(flag: str, value: Any, reader: Callable[[Any], Any]) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise UsageError(f"{flag} must be {error}, not {value!r}", "correct the value") from None


def _several(given: Any) -> list[Any]:
    return given.split(",") if isinstance(given, str) else list(given)
