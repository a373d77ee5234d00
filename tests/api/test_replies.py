"""What is made of every kind of reply, by the real SDK against the fault server."""

from __future__ import annotations

import json
import resource
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import KEY, request
from tests.faults.plain import PlainServer, Said, answer
from visionask.api.client import Client
from visionask.core.errors import BadReply, IncompleteAnswer, OverLimit, Refused, VisionaskError
from visionask.core.request import Endpoint, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender
    from visionask.core.request import Answer

TEXT = "The sky is blue."


def test_a_good_answer_has_text_usage_and_request_id(sender: Callable[..., Sender]) -> None:
    answer = sender("ok").send()
    assert json.loads(answer.text)["question"] == "What colour?"
    assert (answer.finish_reason, answer.request_id, answer.attempts, answer.notes) == ("stop", "req_1", 1, ())
    assert answer.usage == Usage(
        input_tokens=1014, image_tokens=1000, cached_tokens=0, output_tokens=35, reasoning_tokens=8
    )


@pytest.mark.parametrize("script", ["ok", "stream-crlf", "stream-cr", "stream-bytewise"])
def test_a_streamed_answer_is_the_same(sender: Callable[..., Sender], script: str) -> None:
    line = sender(script)
    answer = line.send(stream=True)
    assert json.loads(answer.text)["images"] == [{"url": "https://x/a.png", "detail": "low"}]
    assert "".join(line.texts) == answer.text
    assert len([text for text in line.texts if text]) == 2
    assert answer.usage is not None
    assert answer.usage.image_tokens == 1000


@pytest.mark.parametrize(
    ("script", "usage"),
    [
        ("usage-null", None),
        ("usage-missing", None),
        ("usage-negative", None),
        ("usage-partial", Usage(input_tokens=7)),
    ],
)
def test_odd_usage_is_no_crash_and_no_zero(sender: Callable[..., Sender], script: str, usage: Usage | None) -> None:
    assert sender(script).send().usage == usage


@pytest.mark.parametrize("is_stream", [False, True])
def test_content_may_be_a_list_of_parts(sender: Callable[..., Sender], is_stream: bool) -> None:
    assert sender("stream-parts" if is_stream else "content-list").send(stream=is_stream).text == TEXT


def test_a_compressed_answer_is_read(sender: Callable[..., Sender]) -> None:
    assert sender("gzip").send().finish_reason == "stop"


@pytest.mark.parametrize(
    "script",
    ["stream-no-done", "stream-two", "stream-odd", "stream-thinking", "stream-hold-after-done"],
)
def test_a_stream_with_a_finish_reason_is_whole(sender: Callable[..., Sender], script: str) -> None:
    line = sender(script)
    assert line.send(stream=True).text == TEXT
    assert "".join(line.texts) == TEXT


def test_a_stream_that_hangs_after_its_finish_reason_is_whole(sender: Callable[..., Sender]) -> None:
    assert sender("stream-hold-after-finish", idle_s=0.3).send(stream=True).text == TEXT


def test_a_plain_reply_to_a_stream_request_is_an_answer(sender: Callable[..., Sender]) -> None:
    line = sender("stream-json")
    answer = line.send(stream=True)
    assert line.texts == [answer.text]


def test_a_stream_nobody_asked_for_is_read(sender: Callable[..., Sender]) -> None:
    assert sender("stream-parts").send(stream=False).text == TEXT


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("html", BadReply, "HTML, 'Sign in & go'"),
        ("html-as-json", BadReply, "HTML"),
        ("empty", BadReply, "empty"),
        ("bad-utf8", BadReply, "UTF-8"),
        ("deep-json", BadReply, "deep"),
        ("list", BadReply, "a list"),
        ("null", BadReply, "null"),
        ("string", BadReply, "a string"),
        ("text", BadReply, "not JSON"),
        ("no-choices", BadReply, "no choices"),
        ("choices-null", BadReply, "no choices"),
        ("message-null", IncompleteAnswer, "empty"),
        ("content-null", IncompleteAnswer, "empty"),
        ("empty-text", IncompleteAnswer, "empty"),
        ("refusal", Refused, "refused"),
        ("filter", Refused, "content filter"),
        ("length", OverLimit, "token limit"),
        ("length-empty", OverLimit, "before any text"),
        ("no-finish", IncompleteAnswer, "finish reason"),
        ("odd-finish", IncompleteAnswer, "insufficient_system_resource"),
        ("gzip;kind=bad", BadReply, "decompressed"),
        ("204", BadReply, "empty"),
    ],
)
def test_a_reply_that_is_no_answer_is_named_and_not_asked_again(
    sender: Callable[..., Sender], script: str, kind: type[VisionaskError], words: str
) -> None:
    line = sender(script)
    error = line.fail()
    assert type(error) is kind
    assert words in error.message
    assert error.hint
    assert (error.attempts, len(line.journal)) == (1, 1)


@pytest.mark.parametrize(
    ("script", "words"), [("cut-json", "cut"), ("choice-null", "finish reason"), ("cut-body", "broke")]
)
def test_a_reply_that_was_cut_is_named(sender: Callable[..., Sender], script: str, words: str) -> None:
    error = sender(script, retries=0).fail()
    assert type(error) is IncompleteAnswer
    assert words in error.message
    assert error.hint


@pytest.mark.parametrize("script", ["html", "empty", "null"])
def test_a_reply_of_another_program_hints_at_the_base_url(sender: Callable[..., Sender], script: str) -> None:
    assert "/v1" in sender(script).fail(stream=True).hint


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("stream-cut", IncompleteAnswer, "The sky "),
        ("stream-reset", IncompleteAnswer, "The sky "),
        ("stream-half-json", IncompleteAnswer, "The sky "),
        ("stream-error", IncompleteAnswer, "The sky "),
        ("stream-list", IncompleteAnswer, "The sky "),
        ("stream-length", OverLimit, "The sky "),
        ("stream-filter", Refused, "The sky "),
        ("stream-refusal", Refused, "I cannot."),
        ("length", OverLimit, "The sky is"),
    ],
)
def test_a_cut_answer_is_kept_as_partial_and_not_asked_again(
    sender: Callable[..., Sender], script: str, kind: type[VisionaskError], text: str
) -> None:
    line = sender(script)
    error = line.fail(stream=True)
    assert isinstance(error, (IncompleteAnswer, Refused))
    assert type(error) is kind
    assert error.partial is not None
    assert error.partial.text == text
    assert len(line.journal) == 1


def test_a_cut_answer_tells_its_usage(sender: Callable[..., Sender]) -> None:
    error = sender("length").fail()
    assert isinstance(error, IncompleteAnswer)
    assert error.partial is not None
    assert error.partial.usage is not None
    assert (error.partial.usage.output_tokens, error.request_id) == (35, "req_1")


@pytest.mark.parametrize("script", ["stream-cut-early", "stream-empty"])
def test_an_empty_stream_is_no_answer(sender: Callable[..., Sender], script: str) -> None:
    assert sender(script).fail(stream=True).code in {"incomplete", "bad_reply"}


@pytest.mark.parametrize("status", ["200", "500"])
def test_a_bomb_is_not_unpacked(sender: Callable[..., Sender], status: str) -> None:
    line = sender(f"gzip;kind=bomb;status={status}", retries=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = line.fail()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert error.code == ("bad_reply" if status == "200" else "server_error")
    assert sys.platform != "linux" or grown < 60_000  # kB; unpacked it has 65,536


ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
STREAM = [
    {"choices": [{"index": 0, "delta": {"content": "No, "}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "red."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7}},
    {"choices": [], "usage": ZERO},
]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_stream_may_begin_with_a_mark_and_end_with_zeros(start: bytes) -> None:
    data = start + b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in STREAM)
    for kind in ("text/event-stream", "application/json"):
        found = ask(Said(200, data, {"content-type": kind}))
        assert (found.text, found.usage) == ("No, red.", Usage(input_tokens=7))


def test_a_usage_of_zeros_measures_nothing() -> None:
    assert ask(answer(usage=ZERO)).usage is None
    assert ask(answer(usage=ZERO | {"completion_tokens": 3})).usage == Usage(output_tokens=3)


@pytest.mark.parametrize("reason", ["STOP", "Stop", "COMPLETE", "end_turn"])
def test_a_whole_answer_is_known_in_either_case(reason: str) -> None:
    assert ask(answer(choices=[choice(reason)])).text == "red"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("MAX_TOKENS", OverLimit), ("Length", OverLimit), ("SAFETY", Refused), ("ERROR_TOXIC", Refused)],
)
def test_a_finish_reason_means_the_same_in_either_case(reason: str, kind: type[VisionaskError]) -> None:
    with pytest.raises(kind):
        ask(answer(choices=[choice(reason)]))


def choice(reason: str) -> dict[str, object]:
    return {"index": 0, "message": {"role": "assistant", "content": "red"}, "finish_reason": reason}


def ask(said: Said) -> Answer:
    with PlainServer(said) as server:
        endpoint = Endpoint(base_url=server.base_url, api_key=KEY, retries=0)
        with closing(Client(endpoint, print)) as client:
            return client.send(request())
