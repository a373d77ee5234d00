"""The wire of the provider's own count as a pure pair: the tokens of an input, counted and not answered.

The answer's text is the number, so that recordings keep it as any other answer. Source:
`resources/responses/input_tokens.py` and `types/responses/input_token_count_response.py` of the openai SDK 3.54, and
developers.openai.com/api/docs/guides/token-counting, as read 2026-11-22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.api.chat import data_url, error_text
from visionask.core.errors import BadReply
from visionask.core.request import Answer, Usage

if TYPE_CHECKING:
    from visionask.core.request import Request

PATH = "/responses/input_tokens"
_HINT = "leave --exact out: this server may have no count of its own"


def body(request: Request) -> dict[str, Any]:
    """Return the JSON body: the messages of the question in the shape of the Responses API, text before images."""
    messages: list[dict[str, Any]] = []
    if request.system is not None:
        messages.append({"type": "message", "role": "system", "content": request.system})
    parts: list[dict[str, Any]] = [{"type": "input_text", "text": request.question}] if request.question else []
    parts += [{"type": "input_image", "image_url": data_url(image), "detail": image.detail} for image in request.images]
    messages.append({"type": "message", "role": "user", "content": parts})
    return {"model": request.model, "input": messages}


def parse(raw: object) -> Answer:
    """Read the count. Raises BadReply for anything else."""
    if isinstance(raw, dict) and raw.get("error"):
        raise BadReply(f"the server sent an error as its reply: {error_text(raw['error'])}", _HINT)
    tokens = raw.get("input_tokens") if isinstance(raw, dict) else None
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
        raise BadReply("the server's reply has no token count", _HINT)
    return Answer(text=str(tokens), finish_reason="stop", usage=Usage(input_tokens=tokens))
