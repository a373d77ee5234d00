"""The messages of a conversation: what each turn sends again, in which order, and where a cache may end."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from visionask.api.chat import body
from visionask.core.image import EncodedImage
from visionask.core.request import Exchanged, Request, SentImage


def picture(data: bytes) -> SentImage:
    made = EncodedImage(data, "PNG", 2, 2, sha256="00", source_format="PNG", is_untouched=True)
    return SentImage(detail="low", encoded=made)


A, B = picture(b"a"), picture(b"b")
A_URL, B_URL = "data:image/png;base64,YQ==", "data:image/png;base64,Yg=="
FIRST = Request(model="m", question="One?", images=(A,), system="Be brief.", puts_images_first=True)
SECOND = replace(FIRST, question="Two?", history=(Exchanged(question="One?", answer="1", images=1),))
THIRD = replace(
    SECOND, question="Three?", history=(*SECOND.history, Exchanged(question="Two?", answer="2")), images=(A, B)
)


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}, **more}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_images_stay_with_the_question_that_they_came_with() -> None:
    assert body(THIRD)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [image(A_URL), text("One?")]},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": [text("Two?")]},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": [image(B_URL), text("Three?")]},
    ]


@pytest.mark.parametrize("puts_images_first", [True, False])
@pytest.mark.parametrize("marks_cache", [True, False])
def test_a_turn_begins_with_the_bytes_of_the_turn_before(puts_images_first: bool, marks_cache: bool) -> None:
    how = {"puts_images_first": puts_images_first, "marks_cache": marks_cache}
    sent = [json.dumps(body(replace(turn, **how))) for turn in (FIRST, SECOND, THIRD)]  # type: ignore[arg-type]
    for before, after in itertools.pairwise(sent):
        assert after.startswith(before.removesuffix("]}"))


def test_a_cache_ends_at_the_last_image_of_each_question() -> None:
    asked = [
        message["content"]
        for message in body(replace(THIRD, images=(A, A, B), marks_cache=True, history=(
            Exchanged(question="One?", answer="1", images=2), Exchanged(question="Two?", answer="2"),
        )))["messages"]
        if message["role"] == "user"
    ]  # fmt: skip
    end = {"prompt_cache_breakpoint": {"mode": "explicit"}}
    assert asked == [
        [image(A_URL), image(A_URL, **end), text("One?")],
        [text("Two?")],
        [image(B_URL, **end), text("Three?")],
    ]


def test_one_question_is_sent_as_ever() -> None:
    request = Request(model="m", question="Why?", images=(A,))
    assert body(request) == {"model": "m", "messages": [{"role": "user", "content": [text("Why?"), image(A_URL)]}]}
