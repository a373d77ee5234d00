"""Owns how a missing recording is told: what is asked, and how the nearest saved request differs from it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from visionask.api.recording import SUFFIX, read
from visionask.api.words import clean
from visionask.core.errors import NoRecording, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.api.recording import Body, Saved
    from visionask.core.request import Request

Flat = dict[Any, Any]  # a value by its place in the body

_COMPARED = 200  # of the saved requests that share a picture or the words
_WORDS = {
    "sha256": "the picture's bytes",
    "width_px": "the size that is sent",
    "height_px": "the size that is sent",
    "keeps_metadata": "--keep-metadata",
    "response_format": "the schema",
    "system": "the system prompt",
    "text": "the question",
    "url": "the link",
}
_PICTURE_FLAGS = "crop", "redact", "rotate", "quality", "detail"
_FLAGS = *_PICTURE_FLAGS, "max_tokens", "temperature", "reasoning_effort", "service_tier"
_NAMED = 4  # differences in one message


class Shelf:
    """The saved requests of a folder as they were at first sight, to find the one that is nearest to another."""

    def __init__(self, folder: str) -> None:
        self._by_trait: dict[str, list[Flat]] = {}
        self.count = 0
        for saved in _all(folder):
            self.count += 1
            flat: Flat = {**dict(_leaves(saved.request, ())), "path": saved.path}
            for trait in _traits(flat):
                self._by_trait.setdefault(trait, []).append(flat)

    def differences(self, path: str, body: Body) -> list[str]:
        """Name in what the nearest saved request differs; nothing where none shares a picture or the words."""
        flat: Flat = {**dict(_leaves(body, ())), "path": path}
        known = [each for trait in _traits(flat) for each in self._by_trait.get(trait, ())[:_COMPARED]]
        if not known:
            return []
        return min((_compare(each, flat) for each in known), key=len)


def no_recording(folder: str, request: Request, differences: list[str]) -> NoRecording:
    """Tell that nothing is saved for a request."""
    labels = [image.label or image.url or f"image {number}" for number, image in enumerate(request.images, 1)]
    about = f" about {', '.join(labels[:3])}{' ...' if len(labels) > 3 else ''}" if labels else ""
    text = f"{folder}: no recording of {clean(request.question, limit=80)!r}{about}"
    if differences:
        more = " and more" if len(differences) > _NAMED else ""
        text += f"; the nearest one is stale, it differs in {', '.join(differences[:_NAMED])}{more}"
    return NoRecording(text, f"run the same once with --record {folder} in place of --replay")


def _all(folder: str) -> Iterator[Saved]:
    for name in sorted(os.listdir(folder)):
        if name.endswith(SUFFIX):
            try:
                saved = read(os.path.join(folder, name))
            except StateError:  # told when it is what was asked for
                continue
            if saved is not None:
                yield saved


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give each value in a body under its place. A schema and a box are one value, as a message's place is its role."""
    if isinstance(value, dict) and path[:1] != ("response_format",):
        role = value.get("role")
        for name, each in value.items():
            if name == "content" and isinstance(each, str):
                yield (*path, str(role) if role == "system" else "text"), each
            elif name != "role":
                yield from _leaves(each, (*path, name))
    elif isinstance(value, list) and any(isinstance(each, dict | str) for each in value):
        seats: dict[str, int] = {}
        for each in value:
            kind = _kind(each)
            seats[kind] = seats.get(kind, 0) + 1
            yield from _leaves(each, (*path, f"{kind} {seats[kind]}"))
    else:
        yield path, value


def _kind(value: Any) -> str:
    """Name a part of a list, so that a system prompt that is there or not moves nothing else."""
    return str(value.get("role") or value.get("type") or "part") if isinstance(value, dict) else "part"


def _traits(flat: Flat) -> list[str]:
    """Return what makes two requests akin: each picture and each text."""
    return [
        f"{place[-1]} {value}"
        for place, value in flat.items()
        if isinstance(place, tuple) and place and place[-1] in ("sha256", "text", "url") and isinstance(value, str)
    ]


def _compare(saved: Flat, asked: Flat) -> list[str]:
    places = [place for place in {**asked, **saved} if saved.get(place) != asked.get(place)]
    changed = {place[:-1] for place in places if isinstance(place, tuple) and place[-1] == "sha256"}
    seats = _seats(saved) ^ _seats(asked)
    said = [
        _name_seat(place, seats) or _say(place, saved, asked)
        for place in places
        if not _follows(place, changed - seats)
    ]
    return [*dict.fromkeys(said)]


def _seats(flat: Flat) -> set[tuple[str, ...]]:
    """Return the places of all parts of lists."""
    return {place[:end] for place in flat if isinstance(place, tuple) for end in range(1, len(place))}


def _name_seat(place: Any, seats: set[tuple[str, ...]]) -> str | None:
    """Name a part that only one of the two has: a message, a picture."""
    found = next(
        (seat for seat in sorted(seats, key=len) if isinstance(place, tuple) and place[: len(seat)] == seat), None
    )
    if found is None:
        return None
    kind = found[-1].rpartition(" ")[0] or found[-1]
    return {"system": "the system prompt", "response_format": "the schema"}.get(
        kind, "the number of pictures" if "image" in kind else f"the number of {kind} parts"
    )


def _follows(place: Any, changed: set[tuple[str, ...]]) -> bool:
    """Tell whether a picture's size differs because the picture does."""
    return isinstance(place, tuple) and place[-1] in ("width_px", "height_px") and place[:-1] in changed


def _say(place: Any, saved: Flat, asked: Flat) -> str:
    if place == "path":
        return f"the endpoint ({saved['path']} there, {asked['path']} here)"
    name = place[-1]
    word = _WORDS.get(name) or (f"--{name.replace('_', '-')}" if name in _FLAGS else str(name).replace("_", " "))
    old, new = saved.get(place), asked.get(place)
    if name in _WORDS or name == "type" or isinstance(old, dict | list) or isinstance(new, dict | list):
        return word
    return f"{word} ({_short(old)} there, {_short(new)} here)"


def _short(value: Any) -> str:
    return "none" if value is None else clean(str(value), limit=60)
