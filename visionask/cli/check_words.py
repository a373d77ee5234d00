"""Owns the reading of what `check` is asked: the statement, its type and rule, and the images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visionask.cli.context import has_piped_image, is_image, more_images
from visionask.core.errors import UsageError
from visionask.core.questions import (
    Choice,
    Group,
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
    from collections.abc import Callable, Mapping

_FILE_NAME = re.compile(r"\S+\.\w{2,5}")
_EXAMPLE = 'visionask check "a login button is visible" shot.png'
_OF_WORDS = ("words", "also", "image", "clipboard", "against", "choice", "score", "expect", "threshold", "unsure")


def read_groups(flags: Mapping[str, Any]) -> tuple[Group, ...]:
    """Read what is checked, from a file or from the command line. Raises UsageError."""
    if flags["file"] is not None:
        both = next((name for name in _OF_WORDS if flags[name]), None)
        if both is not None:
            name = "an argument" if both == "words" else f"--{both}"
            raise UsageError(f"--file says what is checked, so {name} cannot", "write it into the file, or drop --file")
        from visionask.config.checks import read_checks

        return read_checks(flags["file"])
    statement, images = split_words(flags["words"] or [], more_images(flags["image"], is_clipboard=flags["clipboard"]))
    texts = [statement, *(flags["also"] or [])]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", _EXAMPLE)
    first = _question(flags, statement)
    points = [_point(flags, first, flags["expect"])]
    points += [_point(flags, Predicate(id=f"q{place}", text=text), None) for place, text in enumerate(texts[1:], 2)]
    return (Group(images=tuple(images), points=tuple(points), against=flags["against"]),)


def split_words(words: list[str], images: list[str]) -> tuple[str, list[str]]:
    """Tell the statement from the images: it comes first, or is the only one of the arguments that is no image.

    An argument that looks like a file's name is a misspelled image, and no statement. Raises UsageError.
    """
    if not words:
        raise UsageError("nothing is stated", _EXAMPLE)
    place = 0
    if is_image(words[0]):
        others = [place for place, word in enumerate(words) if not is_image(word)]
        if len(others) != 1 or _FILE_NAME.fullmatch(words[others[0]]):
            raise UsageError(f"{words[0]} is an image, and no statement comes before it", _EXAMPLE)
        place = others[0]
    named = [*words[:place], *words[place + 1 :], *images]
    if not named and has_piped_image():
        named = ["-"]
    if not named:
        raise UsageError(f"no image was named for the statement {words[place]!r}", _EXAMPLE)
    return words[place].strip(), named


def _question(flags: Mapping[str, Any], text: str) -> Question:
    choice, score = flags["choice"], flags["score"]
    if choice is not None and score is not None:
        raise UsageError("--choice and --score exclude each other", "drop one of them")
    if choice is not None:
        return Choice(id="q1", text=text, values=_read("--choice", choice, lambda text: read_values(text.split(","))))
    if score is not None:
        low, high = _read("--score", score, read_levels)
        return Score(id="q1", text=text, low=low, high=high)
    if flags["expect"] is not None:
        raise UsageError("--expect needs --choice or --score", "a statement is expected to be true")
    return Predicate(id="q1", text=text)


def _point(flags: Mapping[str, Any], question: Question, expect: str | None) -> Point:
    threshold = None if flags["threshold"] is None else _read("--threshold", flags["threshold"], read_probability)
    zone = flags["unsure"]
    unsure = None if zone is None else _read("--unsure", zone, lambda text: read_zone(text.split(",")))
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
