"""Lines of batches: what is written for a request, when a file is full, and every shape of result."""

from __future__ import annotations

import json

import pytest

from visionask.core.batch import Limits, Result, Torn, custom_id, read_result, request_line

KEY = "0123456789abcdef" * 4


def test_a_line_is_ascii_json_with_the_first_half_of_the_key():
    line = request_line(KEY, {"model": "m", "messages": [{"content": "è\n\ud800"}]})
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert json.loads(line) == {
        "custom_id": "0123456789abcdef0123456789abcdef",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "messages": [{"content": "è\n\ud800"}]},
    }
    assert custom_id(KEY) == KEY[:32]


@pytest.mark.parametrize(
    ("requests", "size_bytes", "fits"),
    [(2, 99, True), (3, 100, True), (4, 100, False), (3, 101, False)],
    ids=["below", "both at the limit", "one request more", "one byte more"],
)
def test_a_file_is_full_at_either_limit(requests: int, size_bytes: int, fits: bool):
    assert Limits(requests=3, bytes=100).holds(requests=requests, size_bytes=size_bytes) is fits


OPENAI = {"id": "b", "custom_id": "c", "response": {"status_code": 200, "request_id": "r", "body": {"a": 1}}}


@pytest.mark.parametrize(
    ("line", "result"),
    [
        pytest.param(OPENAI | {"error": None}, Result("c", 200, {"a": 1}, None, "r"), id="openai"),
        pytest.param(
            {"custom_id": "c", "response": {"status_code": 200, "body": '{"a": 1}'}},
            Result("c", 200, {"a": 1}),
            id="body as a string",
        ),
        pytest.param({"custom_id": "c", "response": {"body": {"a": 1}}}, Result("c", 200, {"a": 1}), id="no status"),
        pytest.param(
            {"custom_id": "c", "response": None, "error": {"code": "batch_expired"}},
            Result("c", None, None, {"code": "batch_expired"}),
            id="expired",
        ),
        pytest.param(
            {"custom_id": "c", "response": {"status_code": 400, "body": None}, "error": {"message": "no"}},
            Result("c", 400, None, {"message": "no"}),
            id="vllm's error",
        ),
        pytest.param(
            {"custom_id": "c", "response": {"status_code": 502, "body": "<html>"}},
            Result("c", 502, "<html>"),
            id="no json in the body",
        ),
        pytest.param({"response": {}}, Torn("no custom_id"), id="no name"),
        pytest.param([1], Torn("cut or broken JSON"), id="a list"),
    ],
)
def test_results_of_every_shape_are_read(line: object, result: object):
    assert read_result(json.dumps(line).encode()) == result


@pytest.mark.parametrize(
    "line", [b'{"custom_id": "c", "respo', b"\xff\xfe", b"[" * 100_000], ids=["cut", "bytes", "deep"]
)
def test_a_torn_line_is_said_to_be_one(line: bytes):
    assert read_result(line) == Torn("cut or broken JSON")


def test_a_blank_line_is_none():
    assert read_result(b" \n") is None


def test_a_line_of_a_byte_order_mark_alone_is_blank() -> None:
    assert read_result(b"\xef\xbb\xbf\r\n") is None
