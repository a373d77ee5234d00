"""What is left out of a request after a server refused it for one field, and how that is told."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from visionask.core.schema import instruction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.api.reasons import Refusal


_TOKEN_FIELDS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_OURS = ("stream_options", "prompt_cache_options", *_TOKEN_FIELDS)  # no loss to the user
_FORMAT = "response_format"
_USERS = ("temperature", "reasoning_effort", "service_tier", "detail", _FORMAT)
_UNKNOWN = (
    r"(?i)unsupported|not support|n't support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed"
    r"|extra_forbidden"
    r"|extra (field|input|param)|invalid (field|param|argument|key)|additional propert|does not exist|not available"
    r"|not implemented|only the default|incompatible|deprecated"
)


# servers word this refusal in many ways; where the schema itself is refused, it goes in words too
_NO_FORMAT = r"(?i)response[_ ]format|json[_ ]schema|structured output|invalid schema"


class Repairs:
    """What one server does not take, learned from its refusals. Shared by the threads of one client."""

    def __init__(self) -> None:
        self._dropped: set[str] = set()
        self._lock = threading.Lock()

    def apply(self, fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body as this server takes it, and one note for each field that had to change."""
        with self._lock:
            dropped = sorted(self._dropped)
        notes = []
        for name in dropped:
            if is_sent(name, fields):
                fields = _without(name, fields)
                notes.append(note(name))
        return fields, tuple(notes)

    def learn(self, said: Refusal, fields: dict[str, Any]) -> str | None:
        """Return the field that a 400 or 422 blames, if it was sent and can go; from now on it is left out."""
        for name in (*_OURS, *_USERS):
            if is_sent(name, fields) and _blames(said, name):
                with self._lock:
                    # both spellings refused: going back and forth would never end
                    if name in self._dropped or _TOKEN_FIELDS.get(name) in self._dropped:
                        return None
                    self._dropped.add(name)
                return name
        return None


def is_sent(name: str, fields: dict[str, Any]) -> bool:
    """Return whether the body holds the field; `detail` is one of each image part."""
    if name != "detail":
        return name in fields
    return any("detail" in part["image_url"] for part in _image_parts(fields))


def note(name: str) -> str:
    """Return the line that tells the user what changed."""
    if name in _TOKEN_FIELDS:
        return f"the server does not take {name}: {_TOKEN_FIELDS[name]} was sent instead"
    if name in _OURS:
        return f"the server does not take {name}: it was left out"
    if name == _FORMAT:
        return f"the server does not take {name}: it was asked for the schema in words, and does not enforce it"
    return f"the server does not take {name}: the answer was made WITHOUT it"


def _blames(said: Refusal, name: str) -> bool:
    if name == _FORMAT:
        return bool(re.search(_NO_FORMAT, said.all))
    if not re.search(_UNKNOWN, said.all):
        return False
    if said.param:
        last = re.split(r"[.\[\]]+", said.param.strip(".[]"))[-1]
        return last == name or said.param.split(".", maxsplit=1)[0] == name
    # without `param` a common word must stand in quotes, as a field's name does
    quoted = name == "detail"
    pattern = rf"['\"`]{name}['\"`]" if quoted else rf"(?<![\w-]){name}(?![\w-])"
    return _is_named_first(said.message, pattern, name)


def _is_named_first(message: str, pattern: str, name: str) -> bool:
    """Of two token fields in one message, the first is blamed and the second is what to use instead."""
    found = re.search(pattern, message)
    if found is None:
        return False
    other = _TOKEN_FIELDS.get(name)
    rival = re.search(rf"(?<![\w-]){other}(?![\w-])", message) if other else None
    return rival is None or found.start() < rival.start()


def _without(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    if name in _TOKEN_FIELDS:
        return {_TOKEN_FIELDS[name] if key == name else key: value for key, value in fields.items()}
    if name != "detail":
        left = {key: value for key, value in fields.items() if key != name}
        return left if name != _FORMAT else _in_words(left, fields[name]["json_schema"]["schema"])
    messages = [
        {**message, "content": [_bare(part) for part in message["content"]]}
        if isinstance(message["content"], list)
        else message
        for message in fields["messages"]
    ]
    return {**fields, "messages": messages}


def _in_words(fields: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Ask in the system message for what the response format would have enforced."""
    messages, words = fields["messages"], instruction(schema)
    if messages[0]["role"] == "system":
        words, messages = f"{messages[0]['content']}\n\n{words}", messages[1:]
    return {**fields, "messages": [{"role": "system", "content": words}, *messages]}


def _bare(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") != "image_url":
        return part
    return {**part, "image_url": {key: value for key, value in part["image_url"].items() if key != "detail"}}


def _image_parts(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        part
        for message in fields.get("messages", ())  # other wires spell their images otherwise
        if isinstance(message["content"], list)
        for part in message["content"]
        if part.get("type") == "image_url"
    ]
