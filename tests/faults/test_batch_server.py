"""Tests that the batch server does what its plan says, seen with the SDK that everybody uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openai
import pytest

from tests.faults.batch_server import BatchServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.fixture
def client(server: BatchServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=server.base_url, max_retries=0) as made:
        yield made


def lines(count: int) -> bytes:
    body = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "why?"}]}]}
    return b"".join(json.dumps({"custom_id": f"c{n}", "body": body}).encode() + b"\n" for n in range(count))


def submit(client: openai.OpenAI, count: int = 4) -> str:
    file = client.files.create(file=("a.jsonl", lines(count)), purpose="batch")
    assert file.bytes == len(lines(count))
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    ).id


def test_a_batch_runs_to_its_results(server: BatchServer, client: openai.OpenAI) -> None:
    batch = client.batches.retrieve(submit(client))
    assert (batch.status, batch.metadata, batch.request_counts.completed) == ("completed", {"a": "b"}, 4)
    results = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert [result["custom_id"] for result in results] == ["c3", "c2", "c1", "c0"], "in another order"
    assert results[0]["response"]["body"]["choices"][0]["finish_reason"] == "stop"


def test_faults_come_in_their_order_and_may_do_what_they_deny(server: BatchServer, client: openai.OpenAI) -> None:
    server.fails("POST /batches", 500)
    server.fails("POST /batches", 503, after=True)
    for _ in range(2):
        with pytest.raises(openai.InternalServerError):
            submit(client)
    assert len(server.batches) == 1
    assert server.count("POST /batches") == 2


def test_an_expired_batch_tells_what_it_did_not_do(server: BatchServer, client: openai.OpenAI) -> None:
    server.plan.statuses, server.plan.done_share = ["expired"], 0.5
    batch = client.batches.retrieve(submit(client))
    errors = [json.loads(line) for line in client.files.content(batch.error_file_id).text.splitlines()]
    assert [error["error"]["code"] for error in errors] == ["batch_expired"] * 2


def test_lists_come_in_pages(server: BatchServer, client: openai.OpenAI) -> None:
    server.page = 2
    made = [submit(client, 1) for _ in range(5)]
    assert [batch.id for batch in client.batches.list(limit=100)] == made[::-1]
