"""A loopback server that answers every Chat Completions request at once, in a process of its own.

It holds nothing of what it got, so that 100,000 requests cost it no memory, and its CPU counts as nobody's.
`python -m tests.bench.server [DELAY_S [TEXT]]` prints its base URL.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 7,
        "total_tokens": 107,
        "prompt_tokens_details": {"cached_tokens": 0, "image_tokens": 86, "text_tokens": 14},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}


@contextmanager
def answering(delay_s: float = 0.0, *, text: str = "A picture of a field.") -> Iterator[str]:
    """Run it in another process; yield its base URL."""
    argv = [sys.executable, "-m", __name__, str(delay_s), text]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, reply: bytes, delay_s: float) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, rest = head.partition(b"content-length:")
            await reader.readexactly(int(rest.partition(b"\r\n")[0] or b"0"))
            if delay_s:
                await asyncio.sleep(delay_s)
            writer.write(reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _run(delay_s: float, text: str) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = json.dumps({**REPLY, "choices": [choice]}).encode()
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ncontent-length: "
    reply = f"{head}{len(body)}\r\n\r\n".encode() + body
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, reply=reply, delay_s=delay_s),
        "127.0.0.1",
        0,
        limit=1 << 20,
        backlog=256,
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    delay, text = (*sys.argv[1:], "", "")[:2]
    asyncio.run(_run(float(delay or 0), text))
