"""What the tests of the ledger are made of: keys, intents, answers, and programs run beside the test."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from visionask.core.ledger import ImageRef, Intent
from visionask.core.request import Answer, Usage

ROOT = Path(__file__).parents[2]
NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC
USD = Decimal("0.0003191")


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def intent(name: object = "a", **changes: Any) -> Intent:
    fields: dict[str, Any] = {
        "key": key(name),
        "model": "gpt-6-luna",
        "question": "What is it?",
        "base_url": "https://api.openai.com/v1",
        "images": (ImageRef(f"{name}.jpg", key(f"bytes of {name}")),),
        "detail": "high",
        "projected_input_tokens": 3014,
        "projected_image_tokens": 3000,
        "reserved_usd": Decimal("0.00045"),
    }
    return Intent(**fields | changes)


def answer(text: str = "A dog.", **changes: Any) -> Answer:
    usage = Usage(input_tokens=3016, image_tokens=3000, cached_tokens=0, output_tokens=35, reasoning_tokens=0)
    fields: dict[str, Any] = {"text": text, "finish_reason": "stop", "request_id": "req_1", "usage": usage}
    return Answer(**fields | changes)


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start `python -m tests.store.program ...` beside the test."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.program", *map(str, arguments)],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], typed: str = "") -> str:
    """Wait for its end, and return what it printed; it must have ended well."""
    out, err = process.communicate(typed, timeout=60)
    assert process.returncode == 0, err
    return out
