"""Owns a child process of ours that speaks Chat Completions on loopback, for as long as a command needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.core.errors import ApiError, ConfigError, ServerFailed
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Engine(NamedTuple):
    """What runs in the child: its file, and what is said when it does not start."""

    script: str
    name: str
    failure: str  # such as "llama.cpp cannot load this model"
    hint: str


@contextmanager
def serve_child(engine: Engine, settings: Mapping[str, Any], *, timeout_s: float) -> Iterator[Endpoint]:
    """Run an engine behind an OpenAI-compatible server, and end it with the `with` block.

    It listens on 127.0.0.1 at a port of the system's choice, with a random key that is in no argument list and no
    environment: it goes by standard input, with `settings`. `timeout_s` bounds the loading. Raises ConfigError when it
    cannot be loaded, ServerFailed when an ApiError came because it died.
    """
    import secrets

    api_key = secrets.token_urlsafe(32)
    # -P: a file in the user's folder must not be imported instead of a library
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and file)
        [sys.executable, "-P", engine.script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = _wait_until_ready(process, engine, settings={**settings, "api_key": api_key}, timeout_s=timeout_s)
        yield Endpoint(base_url=f"{address}/v1", api_key=api_key)
    except ApiError as error:
        if (status := _status_of_the_dead(process)) is None:
            raise
        message = f"{engine.name}: the local engine stopped (status {status})"
        raise ServerFailed(message, "free some memory, or take a smaller model") from error
    finally:
        process.kill()  # nothing to save: no orderly end is needed
        process.communicate()


def _status_of_the_dead(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(0.2)  # its connections end before its last thread does
    except subprocess.TimeoutExpired:
        return None


def _wait_until_ready(
    process: subprocess.Popen[bytes], engine: Engine, *, settings: Mapping[str, Any], timeout_s: float
) -> str:
    import threading

    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(timeout_s, process.kill)
    timer.daemon = True
    timer.start()
    try:
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        process.stdin.flush()
        reply = json.loads(process.stdout.readline() or b"{}")
    except BrokenPipeError:
        reply = {}
    finally:
        timer.cancel()
    if "address" in reply:
        return str(reply["address"])
    reason = " ".join(str(reply.get("error") or f"it ended with status {process.wait()}").split())
    raise ConfigError(f"{engine.name}: {engine.failure} ({reason})", engine.hint)
