"""Owns the reading of what `check` is asked: the statement, its type and rule, and the images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visionask.cli.context import has_piped_image, is_image, more_images
from visionask.core.errors import UsageError
from visionask.core.questions import Group
from visionask.run.check.read import read_points

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    points = read_points(flags, texts)
    return (Group(images=tuple(images), points=points, against=flags["against"]),)


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
