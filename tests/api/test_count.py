"""What is sent to have an input counted, judged by the SDK's own types, and what is made of the replies."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import KEY, request
from tests.faults.counting import CountServer, parts_of
from visionask.api.client import Client
from visionask.core.errors import BadReply, BadRequest, IncompleteAnswer, VisionaskError
from visionask.core.request import Endpoint, SentImage, Usage
from visionask.core.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Sent = Callable[[str], tuple[Client, str]]

_tags = itertools.count(1)
PICTURES = (SentImage(detail="low", url="https://x/a.png"), SentImage(detail="original", url="https://x/b.png"))


@pytest.fixture(scope="module")
def server() -> Iterator[CountServer]:
    with CountServer() as started:
        yield started


@pytest.fixture
def sent(server: CountServer) -> Iterator[Callable[[str], tuple[Client, str]]]:
    """Make a client for a script; the second value is the script's name in the journal."""
    made = []

    def make(script: str) -> tuple[Client, str]:
        tagged = f"{next(_tags)}~{script}"
        endpoint = Endpoint(base_url=server.base_url(tagged), api_key=KEY, timeout_s=5.0)
        made.append(Client(endpoint, print, backoff=Backoff(base_s=0.001)))
        return made[-1], tagged

    yield make
    for client in made:
        client.close()


def test_the_input_is_sent_as_the_responses_api_takes_it(sent: Sent, server: CountServer) -> None:
    client, script = sent("count")
    answer = client.send(request(images=PICTURES, system="Be brief.", is_count=True))
    assert server.invalid == []
    assert (answer.text, answer.usage) == ("1321", Usage(input_tokens=1321))  # 9 + 12 + 300 + 1000
    (entry,) = server.journal(script)
    assert set(entry["body"]) == {"model", "input"}
    assert parts_of(entry["body"]) == [
        {"type": "input_text", "text": "Be brief."},
        {"type": "input_text", "text": "What colour?"},
        {"type": "input_image", "image_url": "https://x/a.png", "detail": "low"},
        {"type": "input_image", "image_url": "https://x/b.png", "detail": "original"},
    ]


def test_no_question_is_no_part(sent: Sent, server: CountServer) -> None:
    client, script = sent("count")
    assert client.send(request(question="", images=PICTURES[:1], is_count=True)).text == "300"
    assert len(parts_of(server.journal(script)[0]["body"])) == 1


def test_a_count_is_asked_again_like_any_request(sent: Sent, server: CountServer) -> None:
    client, script = sent("429;retry-after-ms=1,503,count")
    assert client.send(request(is_count=True)).attempts == 3
    keys = {entry["headers"]["idempotency-key"] for entry in server.journal(script)}
    assert (len(keys), len(server.journal(script))) == (1, 3)


@pytest.mark.parametrize("value", ["null", '"12"', "-1", "1.5", "true"])
def test_what_is_no_count_is_told(sent: Sent, value: str) -> None:
    client, _ = sent(f"count;say={value}")
    with pytest.raises(BadReply, match="has no token count") as caught:
        client.send(request(is_count=True))
    assert "--exact" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "kind"), [("ok", BadReply), ("404", BadRequest), ("405", BadRequest), ("cut-body", IncompleteAnswer)]
)
def test_other_replies_are_errors(sent: Sent, script: str, kind: type[VisionaskError]) -> None:
    client, _ = sent(script)
    with pytest.raises(kind):
        client.send(request(is_count=True))
