"""The exact body of a request, and the reading of shapes that no server should send."""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.api.chat import body, content_text, judge, parse, parse_usage
from visionask.api.stream import EventReader, Gathering
from visionask.api.words import clean, mask
from visionask.core.errors import IncompleteAnswer, RejectedError
from visionask.core.image import EncodedImage
from visionask.core.request import Request, SentImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender

RED = EncodedImage(
    data=b"\x89PNG", format="PNG", width_px=2, height_px=2, sha256="0", source_format="PNG", is_untouched=True
)
GREY = EncodedImage(
    data=b"\xff\xd8\xff", format="JPEG", width_px=2, height_px=2, sha256="1", source_format="WEBP", is_untouched=False
)
IMAGES = (SentImage(detail="high", encoded=RED), SentImage(detail="low", encoded=GREY))
CONTENT = [
    {"type": "text", "text": "Which?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw==", "detail": "high"}},
    {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/", "detail": "low"}},
]


def test_only_what_the_user_set_is_sent() -> None:
    assert body(Request(model="m", question="Which?", images=IMAGES)) == {
        "model": "m",
        "messages": [{"role": "user", "content": CONTENT}],
    }


def test_everything_that_can_be_set_is_sent() -> None:
    request = Request(
        model="m",
        question="Which?",
        images=IMAGES,
        system="Be brief.",
        max_tokens=9,
        is_reasoning_model=True,
        temperature=0.0,
        reasoning_effort="low",
        service_tier="flex",
        avoids_cache_write=True,
        stream=True,
    )
    assert body(request) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": CONTENT}],
        "max_completion_tokens": 9,
        "temperature": 0.0,
        "reasoning_effort": "low",
        "service_tier": "flex",
        "prompt_cache_options": {"mode": "explicit"},
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_token_field_follows_the_model() -> None:
    assert body(Request(model="m", question="", images=(), max_tokens=9))["max_tokens"] == 9


def test_the_body_arrives_as_it_is_built(sender: Callable[..., Sender]) -> None:
    line = sender("ok")
    line.send(images=IMAGES, question="Which?", max_tokens=9)
    assert line.journal[0]["body"] == {
        "model": "m",
        "messages": [{"role": "user", "content": CONTENT}],
        "max_tokens": 9,
    }


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        (None, ""),
        (3, ""),
        ({}, ""),
        (["a", "b"], "ab"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, None, {"text": 3}], "a"),
    ],
)
def test_content_of_any_shape_is_text(content: object, text: str) -> None:
    assert content_text(content) == text


def test_a_boolean_is_no_count() -> None:
    assert parse_usage({"prompt_tokens": True, "completion_tokens": -1}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "delta", "content", "text", "usage", "finish_reason", "error", "index"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@pytest.mark.slow
@settings(deadline=None)
@given(raw=JSON)
def test_no_reply_breaks_the_reading(raw: Any) -> None:
    with contextlib.suppress(RejectedError):
        assert judge(parse(raw)).finish_reason == "stop"


@settings(deadline=None)
@given(raw=JSON, name=st.sampled_from(["", "error", "ping"]))
def test_no_event_breaks_the_reading(raw: Any, name: str) -> None:
    gathering = Gathering()
    with contextlib.suppress(IncompleteAnswer):
        gathering.take(name, json.dumps(raw).encode())
    assert isinstance(gathering.answer().text, str)


EVENTS = b"\xef: c\r\ndata: one\r\n\r\nevent: x\ndata: two\ndata:three\n\n: ping\n\ndata: four\r\rdata: five"


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, len(EVENTS)), max_size=8))
def test_events_are_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    reader, found, places = EventReader(), [], [0, *sorted(cuts), len(EVENTS)]
    for start, end in itertools.pairwise(places):
        found += reader.feed(EVENTS[start:end])
    found += reader.finish()
    assert found == [("", b"one"), ("x", b"two\nthree"), ("", b"four"), ("", b"five")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\n\x1b[2Jb\u2028c", "a [2Jb c"),
        ("bad key sk-proj-abcd1234 given", "bad key sk-*** given"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("url data:image/png;base64,AAAA/+= end", "url data:... end"),
        ("x" * 79, "x" * 79),
        ("A1" * 50, "..."),
        ("word " * 100, ("word " * 100)[:297].rstrip() + "..."),
    ],
)
def test_a_servers_text_is_cleaned(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("s3cret-key", "no model *** here"), ("model", "no model s3cret-key here"), ("no", "no model s3cret-key here")],
)
def test_a_key_is_masked_and_a_word_is_not(key: str, expected: str) -> None:
    assert mask("no model s3cret-key here", key) == expected
