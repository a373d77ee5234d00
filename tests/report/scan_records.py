"""The records that the tests of reports write: in the contract's shape, spelled out here."""

from __future__ import annotations

from typing import Any

HOSTILE_TEXTS = (
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</style></title></script><script>alert(1)</script>",
    "<!-- {totals} {script} {items} {question} {policy} {style}",
    "javascript:alert(1)",
    '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>x</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '=HYPERLINK("http://127.0.0.1/","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\0=1",
    "\n=1",
    "\uff1d1+1",
    "a|b`c`\n| d | e |\n\n# f\n![g](http://127.0.0.1/g.png) <img src=http://127.0.0.1/>",
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "\u202egpj.exe\u2066\ufeff\U000e0041",
    "caf\udce9.png",
    'a,b;"c"\r\nd',
    "",
)


def image(source: str, **more: Any) -> dict[str, Any]:
    known = {
        "source": source,
        "sha256": "ab" * 32,
        "format": "JPEG",
        "width_px": 4000,
        "height_px": 3000,
        "sent_width_px": 2048,
        "sent_height_px": 1536,
        "sent_format": "JPEG",
        "sent_bytes": 412345,
        "detail": "high",
        "tokens": 3000,
        "warnings": [],
        "error": None,
    }
    return known | more


def answered(source: str, answer: str = "a cat", **more: Any) -> dict[str, Any]:
    known = {
        "schema": "visionask/1",
        "command": "scan",
        "status": "ok",
        "images": [image(source)],
        "model": "gpt-6-luna",
        "question": "What is it?",
        "answer": answer,
        "data": None,
        "finish_reason": "stop",
        "request_id": "req_1",
        "projected": {"image_tokens": 3000, "text_tokens": 14, "input_tokens": 3014, "input_usd": "0.0003014"},
        "billed": {"input_tokens": 3016, "output_tokens": 35, "usd": "0.00031910"},
        "cached": False,
        "attempts": 1,
        "seconds": 1.25,
        "error": None,
    }
    return known | more


def failed(source: str, code: str = "not_found", message: str = "no such file", **more: Any) -> dict[str, Any]:
    error = {"code": code, "message": f"{source}: {message}", "hint": "check the name", "retryable": False}
    known = answered(source) | {"status": "failed", "error": error, "seconds": None, "attempts": None}
    return known | dict.fromkeys(("answer", "finish_reason", "request_id", "billed", "projected")) | more
