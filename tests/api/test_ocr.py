"""The order in which found text is read, and the server that reads it, with the engine left out."""

from __future__ import annotations

import pytest

from visionask.api.ocr_server import in_reading_order, pictures


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param([(300, 10, 40, "42.50"), (10, 12, 42, "Total")], "Total 42.50", id="left to right"),
        pytest.param([(10, 60, 90, "second"), (10, 10, 40, "first")], "first\nsecond", id="top to bottom"),
        pytest.param(
            [(10, 10, 50, "a"), (200, 20, 60, "b"), (400, 30, 70, "c")], "a b c", id="a line that climbs a little"
        ),
        pytest.param([(10, 10, 110, "BIG"), (200, 90, 110, "small")], "BIG\nsmall", id="small print beside a heading"),
        pytest.param([(10, 10, 30, "a"), (10, 30, 50, "b")], "a\nb", id="lines that touch"),
    ],
)
def test_pieces_are_read_as_a_page_is(words: list[tuple[float, float, float, str]], text: str):
    assert in_reading_order(words) == text


def test_the_pictures_of_a_request_are_taken_in_their_order():
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,b25l"}},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,dHdv"}},
    ]
    body = {"messages": [{"role": "system", "content": "briefly"}, {"role": "user", "content": parts}]}
    assert list(pictures(body)) == [b"one", b"two"]


def test_a_link_is_never_followed():
    part = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}
    with pytest.raises(ValueError, match="no links"):
        list(pictures({"messages": [{"role": "user", "content": [part]}]}))
