"""What goes over the wire by the SDK's typed methods: our own body, byte for byte, in our own order."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from tests.api.conftest import KEY, request
from tests.faults.plain import PlainServer, Said, answer
from visionask.api.client import Client
from visionask.api.wire import wire_of
from visionask.core.checks import Predicate
from visionask.core.request import Endpoint

DECISION = Said(200, {"answers": [{"type": "predicate", "name": "q1", "probability": 0.9}]})
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
