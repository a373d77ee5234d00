"""The bodies for OpenAI, byte for byte as they were before other providers had files of their own.

The texts were kept from what the commit before those files sent. A proxy of ours stands where OpenAI would.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.faults.plain import PlainServer, answer

if TYPE_CHECKING:
    from tests.cli.command import Command

PNG = (  # 2 x 2 px, grey: small and upright, so that it is sent as it is
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGMQUGAwcAAAAXYAoewwivQAAAAASUVORK5CYII="
)
HEAD = '{"model":"gpt-6-luna","messages":['
UNCACHED = '"prompt_cache_options":{"mode":"explicit"}'
SCHEMA = (
    '{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object","properties":'
    '{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}}}'
)


def picture(detail: str, url: str = f"data:image/png;base64,{PNG}") -> str:
    return '{"type":"image_url","image_url":{"url":"' + url + '","detail":"' + detail + '"}}'


def user(text: str, *parts: str) -> str:
    return '{"role":"user","content":[' + ",".join(['{"type":"text","text":"' + text + '"}', *parts]) + "]}]"


CASES = [
    pytest.param(
        ["--stream", "What is it?", "a.png"],
        HEAD
        + user("What is it?", picture("low"))
        + f',{UNCACHED},"stream":true,"stream_options":{{"include_usage":true}}}}',
        id="stream",
    ),
    pytest.param(
        ["-d", "high", "--prompt-cache", "Which?", "a.png", "b.png"],
        HEAD + user("Which?", picture("high"), picture("high")) + "}",
        id="detail, two pictures, prompt cache",
    ),
    pytest.param(
        ["--schema", "name, age int", "Who?", "a.png"],
        HEAD + user("Who?", picture("low")) + f',"response_format":{SCHEMA},{UNCACHED}}}',
        id="schema",
    ),
    pytest.param(
        ["--pass-url", "Which?", "https://example.com/a.png"],
        HEAD + user("Which?", picture("high", "https://example.com/a.png")) + f",{UNCACHED}}}",
        id="link",
    ),
    pytest.param(
        [
            *("--service-tier", "flex", "--max-tokens", "50", "--reasoning-effort", "low"),
            *("--system", "Be brief: ü.", "Which?", "a.png"),
        ],
        HEAD
        + '{"role":"system","content":"Be brief: ü."},'
        + user("Which?", picture("low"))
        + f',"max_completion_tokens":50,"reasoning_effort":"low","service_tier":"flex",{UNCACHED}}}',
        id="tier, limit, effort, system",
    ),
    pytest.param(
        ["-m", "gpt-4o", "--max-tokens", "50", "--temperature", "0.5", "Which?", "a.png"],
        HEAD.replace("gpt-6-luna", "gpt-4o") + user("Which?", picture("low")) + ',"max_tokens":50,"temperature":0.5}',
        id="a model that does not reason",
    ),
]


@pytest.mark.parametrize(("args", "body"), CASES)
def test_a_body_for_openai_is_as_ever(command: Command, args: list[str], body: str) -> None:
    for name in ("a.png", "b.png"):
        (command.folder / name).write_bytes(base64.b64decode(PNG))
    text = json.dumps({"name": "x", "age": 1})
    with PlainServer(answer(text)) as proxy:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://api.openai.com/v1"}
        env |= {"http_proxy": proxy.root, "NO_PROXY": ""}
        streams = [] if "--stream" in args else ["--no-stream"]
        command("ask", "--no-log", *streams, *args, env=env)
        (heard,) = proxy.heard
    assert heard.path == "http://api.openai.com/v1/chat/completions"
    assert heard.body.decode() == body
