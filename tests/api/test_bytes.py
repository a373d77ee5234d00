"""What the SDK posts: our own body, byte for byte, in our own order."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.conftest import KEY, request
from tests.faults.plain import PlainServer, Said, answer
from visionask.api.chat import DataUrl
from visionask.api.client import Client
from visionask.api.wire import body_json, wire_of
from visionask.core.checks import Predicate
from visionask.core.image import EncodedImage
from visionask.core.request import Endpoint, SentImage

DECISION = Said(200, {"answers": [{"type": "predicate", "name": "q1", "probability": 0.9}]})
MADE = EncodedImage(
    data=bytes(range(256)) * 400,
    format="PNG",
    width_px=1,
    height_px=1,
    sha256="0" * 64,
    source_format="PNG",
    is_untouched=True,
)
PICTURES = (SentImage(detail="low", encoded=MADE), SentImage(detail="high", url="https://x/a.png"))
CASES: list[tuple[str, dict[str, Any], Said]] = [
    ("chat", {}, answer()),
    (
        "chat with all fields",
        {
            "system": "Be brief: ü.",
            "max_tokens": 9,
            "temperature": 0.0,
            "reasoning_effort": "high",
            "service_tier": "flex",
            "avoids_cache_write": True,
            "marks_cache": True,
            "schema": {"type": "object", "properties": {"schema": {"type": "string"}}, "x-odd": [None, 1.0]},
        },
        answer(),
    ),
    ("a picture and text like one", {"images": PICTURES, "question": 'data:image/png;base64,"\\\n'}, answer()),
    ("count", {"is_count": True}, Said(200, {"input_tokens": 5})),
    ("decisions", {"questions": (Predicate(id="q1", text="red"),), "avoids_cache_write": True}, DECISION),
]


@pytest.mark.parametrize(("name", "changes", "said"), CASES)
def test_the_body_is_ours_byte_for_byte(name: str, changes: dict[str, Any], said: Said) -> None:
    asked = request(**changes)
    with PlainServer(said) as server:
        endpoint = Endpoint(base_url=server.base_url, api_key=KEY)
        with closing(Client(endpoint, print)) as client:
            client.send(asked)
    wire, (heard,) = wire_of(asked), server.heard
    assert heard.path == f"/v1{wire.path}", name
    assert heard.body.decode() == json.dumps(wire.body(asked), ensure_ascii=False, separators=(",", ":"))
    assert heard.headers["idempotency-key"]
    assert heard.headers["content-type"] == "application/json"


BODIES = st.recursive(
    st.none()
    | st.integers()
    | st.text(st.characters(codec="utf-8"))
    | st.from_regex(r"[A-Za-z0-9+/]*", fullmatch=True).map(DataUrl),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(fields=st.dictionaries(st.text(st.characters(codec="utf-8")), BODIES))
def test_pictures_that_are_put_in_last_make_the_same_json(fields: dict[str, Any]) -> None:
    assert body_json(fields) == json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
