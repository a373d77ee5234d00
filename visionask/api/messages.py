"""Owns the messages of a Chat Completions request: system, the turns so far, the question with its images.

The provider keeps no conversation: every turn sends the whole again. A turn is written the same way while it is asked
and when it has become history, so that a request begins with the very bytes of the one before it: that is what a
prompt cache needs. Source: developers.openai.com/api/docs/guides/prompt-caching, as read 2026-11-22.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.request import Request, SentImage

_BREAKPOINT = {"mode": "explicit"}


def messages_of(request: Request) -> list[dict[str, Any]]:
    """Return the messages. A question stands before its images, or after them where a conversation is to go on."""
    messages: list[dict[str, Any]] = []
    if request.system is not None:
        messages.append({"role": "system", "content": request.system})
    images, at = request.images, 0
    for turn in request.history:
        messages.append(_asked(request, turn.question, images[at : at + turn.images]))
        answer = turn.answer.encode("utf-8", "replace").decode()  # a model may have said half a character
        messages.append({"role": "assistant", "content": answer})
        at += turn.images
    messages.append(_asked(request, request.question, images[at:]))
    return messages


def _asked(request: Request, question: str, images: Sequence[SentImage]) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "text", "text": question}
    parts = [_image_part(image) for image in images]
    if request.marks_cache and parts:
        parts[-1]["prompt_cache_breakpoint"] = dict(_BREAKPOINT)
    return {"role": "user", "content": [*parts, text] if request.puts_images_first else [text, *parts]}


def data_url(image: SentImage) -> str | None:
    """Write a picture as every wire takes it: as a `data:` URL, or the link that is handed on."""
    if image.encoded is None:
        return image.url
    payload = binascii.b2a_base64(image.encoded.data, newline=False).decode("ascii")
    return f"data:{image.encoded.mime};base64,{payload}"


def _image_part(image: SentImage) -> dict[str, Any]:
    source: dict[str, Any] = {"url": data_url(image)}
    if image.detail:
        source["detail"] = image.detail
    return {"type": "image_url", "image_url": source}
