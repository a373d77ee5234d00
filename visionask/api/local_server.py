"""The child process in which llama.cpp serves one local model; `api.local` starts it, by path, and ends it.

Settings arrive as one JSON line on standard input, so that neither the key nor a path stands in the list of
processes; one JSON line goes back on standard output: `{"address": ...}` or `{"error": ...}`. Then it serves
until standard input ends, which happens also when the parent is killed. Imports nothing of visionask: it is
run as a plain file, and every import delays the first answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def main(start: Callable[[dict[str, Any]], Any]) -> int:
    """Start what listens at its `listening_address`, and serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    die_with_parent()
    settings = json.loads(sys.stdin.readline())
    reply = take_standard_output()
    try:
        server = start(settings)
    except Exception as error:  # noqa: BLE001  (whatever the engine raises belongs in the parent's message)
        os.write(reply, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        return 1
    os.write(reply, json.dumps({"address": server.listening_address}).encode() + b"\n")
    sys.stdin.read()
    os._exit(0)  # the engine's own teardown can wait for a running answer


def die_with_parent() -> None:
    """Ask Linux to kill this process with its parent: the end of a pipe is not noticed while a model loads."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def take_standard_output() -> int:
    """Keep standard output under another number and silence 1 and 2: C code writes to them past any setting."""
    reply = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    return reply


def start_llama(settings: dict[str, Any]) -> Any:
    """Load the model and listen on a loopback port, 0: of the system's choice. Returns when requests are served."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model_path"]
    params.mmproj.path = settings["mmproj_path"]
    params.model_alias = {settings["name"]}
    params.api_keys = [settings["api_key"]]
    params.hostnames = ["127.0.0.1"]
    params.port = settings["port"]
    params.ui = False
    params.endpoint_slots = False  # it would show other requests' prompts
    params.offline = True
    params.verbosity = -1
    if settings["threads"] is not None:  # else as many as there are cores
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context_tokens"]
    params.cache_ram_mib = 0  # else prompts of earlier images fill up to 8 GiB
    params.sampling.temp = 0.0  # the same picture and question give the same answer
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main(start_llama))
