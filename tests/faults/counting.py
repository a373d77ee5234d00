"""A fault server that also counts, by the SDK's own types: an input in the shape of the Responses API.

The count is made of what arrived, so that a test can tell it beforehand: 300 tokens for each image of detail low, 1,000
for any other, and 1 for each character of text. Steps beside those of steps.py:

    count            the above
    count;add=7      that many more
    count;say=VALUE  this JSON value in place of the number
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openai.types.responses import InputTokenCountResponse
from openai.types.responses.input_token_count_params import InputTokenCountParams
from pydantic import TypeAdapter

from tests.faults.decisions import fault_against
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from tests.faults import steps
    from tests.faults.server import Line

LOW, HIGH = 300, 1000
_PARAMS: TypeAdapter[Any] = TypeAdapter(InputTokenCountParams)


class CountServer(FaultServer):
    """A fault server that counts; `invalid` is what the SDK's types say of requests that they do not take."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.invalid: list[str] = []

    def answer(self, line: Line, step: str, arguments: steps.Arguments) -> bool:
        if step != "count":
            return super().answer(line, step, arguments)
        fault = fault_against(_PARAMS, line.body)
        if fault:
            self.invalid.append(fault)
            return line.reply(400, json.dumps({"error": {"message": fault}}).encode())
        number = tokens_of(line.body) + int(arguments.get("add", "0"))
        reply = InputTokenCountResponse(input_tokens=number, object="response.input_tokens").model_dump(mode="json")
        if "say" in arguments:
            reply["input_tokens"] = json.loads(arguments["say"])
        return line.reply_json(reply)


def parts_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of all messages; a text that stands alone is one."""
    contents = [message["content"] for message in body["input"]]
    return [
        part
        for content in contents
        for part in (content if isinstance(content, list) else [{"type": "input_text", "text": content}])
    ]


def tokens_of(body: dict[str, Any]) -> int:
    """Count as the docstring above says."""
    total = 0
    for part in parts_of(body):
        if part["type"] == "input_image":
            total += LOW if part["detail"] == "low" else HIGH
        else:
            total += len(part["text"])
    return total
