"""Models on this machine: which there are, and a llama.cpp server of our own for the length of one command.

The engine runs in a child process, not in this one. Measured with xllamacpp 2026.10 and the practice model:
in process it is ready in 0.11 s, as a child in 0.2 s, and the child needs 40 MB of its own. For that price a
crash or a lack of memory in C++ is one clear error here instead of the end of the command, Ctrl-C works
while a model loads (the engine holds Python's lock all that time), and what C code prints reaches nobody.

A child process of ours that speaks Chat Completions on loopback, for as long as a command needs it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from visionask.core.dataclass import dataclass
from visionask.core.errors import ApiError, ConfigError, MissingExtra, ServerFailed, UnknownModel
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Endpoint
from visionask.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Engine(NamedTuple):
    """What runs in the child: its file, and what is said when it does not start."""

    script: str
    name: str
    failure: str  # such as "llama.cpp cannot load this model"
    hint: str


_OTHERWISE = "see: visionask local list; a server of yours, such as Ollama: --profile ollama -m MODEL"


@contextmanager
def serve_child(
    engine: Engine,
    settings: Mapping[str, Any],
    *,
    timeout_s: float,
    api_key: str | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[Endpoint]:
    """Run an engine behind an OpenAI-compatible server, and end it with the `with` block.

    It listens on 127.0.0.1, by default at a port of the system's choice and with a random key, which is in no argument
    list and no environment: it goes by standard input, with `settings`. `timeout_s` bounds the loading, and `meanwhile`
    is called beside it, in a thread. Raises ConfigError when it cannot be loaded, ServerFailed when an ApiError came
    because it died.
    """
    import secrets

    api_key = api_key or secrets.token_urlsafe(32)
    # -P: a file in the user's folder must not be imported instead of a library
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and file)
        [sys.executable, "-P", engine.script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        settings = {**settings, "api_key": api_key}
        address = _wait_until_ready(process, engine, settings=settings, timeout_s=timeout_s, meanwhile=meanwhile)
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
    process: subprocess.Popen[bytes],
    engine: Engine,
    *,
    settings: Mapping[str, Any],
    timeout_s: float,
    meanwhile: Callable[[], None] | None,
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
        if meanwhile is not None:
            threading.Thread(target=meanwhile, daemon=True).start()
        reply = json.loads(process.stdout.readline() or b"{}")
    except BrokenPipeError:
        reply = {}
    finally:
        timer.cancel()
    if "address" in reply:
        return str(reply["address"])
    reason = " ".join(str(reply.get("error") or f"it ended with status {process.wait()}").split())
    raise ConfigError(f"{engine.name}: {engine.failure} ({reason})", engine.hint)


PRACTICE = "practice"
LOADING_S = 600.0  # a large model, from a slow disk
PRACTICE_THREADS = 1  # two answer the first question no sooner beside the loading of the SDK, for 1.1 of the CPU


DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "local_server.py")


REPO_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model on this machine: the language part and the picture part (mmproj), both GGUF files."""

    name: str
    model_path: str
    mmproj_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model that can be had by name. `repo` is None for the one that comes with visionask."""

    name: str
    about: str
    repo: str | None
    size_bytes: int | None  # None: not known before the hub is asked
    licence: str
    is_tested: bool  # by this project's own tests
    source: str
    checked: str  # date, YYYY-MM-DD


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of `local list`: a known model, one that is here, or both."""

    name: str
    known: KnownModel | None
    local: LocalModel | None


def known_models() -> tuple[KnownModel, ...]:
    """Return the models of data/local_models.json in its order, the practice model first."""
    with open(os.path.join(DATA, "local_models.json"), encoding="utf-8") as file:
        return tuple(KnownModel(**entry) for entry in json.load(file)["models"])


def list_models(folder: str) -> tuple[Listed, ...]:
    """Return what is on this machine (in `folder`, where `pull` puts models) and what can be pulled."""
    known = {model.name: model for model in known_models()}
    pulled = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    names = [*known, *(name for entry in pulled if (name := entry.replace("--", "/")) not in known)]
    listed = (Listed(name=name, known=known.get(name), local=_installed(name, folder)) for name in names)
    return tuple(line for line in listed if line.known or line.local)


def find(name: str, folder: str) -> LocalModel:
    """Return the model called `name`: "practice", a pulled one in `folder`, or a path to a .gguf file.

    Beside a .gguf file of the user's own its mmproj file must lie, the only one in that folder.
    Raises UnknownModel for a name that nobody knows, ConfigError for one that is not here or has no picture part.
    """
    if name.lower().endswith(".gguf"):
        return _own_file(name)
    if model := _installed(name, folder):
        return model
    if name in {model.name for model in known_models()} or REPO_NAME.fullmatch(name):
        raise ConfigError(f"{name}: this model is not on this machine", f"run: visionask local pull {name}")
    hint = did_you_mean(name, [model.name for model in list_models(folder)], otherwise=_OTHERWISE)
    raise UnknownModel(f"{name}: no local model of this name", hint)


def model_folder(name: str, folder: str) -> str:
    """Return where `pull` keeps the model `name`; a hub name such as owner/repo is one level deep too."""
    return os.path.join(folder, name.replace("/", "--"))


@contextmanager
def serve(
    model: LocalModel,
    *,
    slots: int = 1,
    context_tokens: int = 8192,
    port: int = 0,
    api_key: str | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[Endpoint]:
    """Run `model` behind an OpenAI-compatible server of our own, and end it with the `with` block.

    It listens at `port` (0: one of the system's choice) with `api_key`, or a new one. `slots` requests are answered at
    once, each with `context_tokens` for pictures, question and answer. `meanwhile` is `serve_child`'s. Raises
    MissingExtra without xllamacpp, and what `serve_child` raises.
    """
    _check(model)
    settings = {
        "name": model.name,
        "model_path": os.path.abspath(model.model_path),
        "mmproj_path": os.path.abspath(model.mmproj_path),
        "slots": slots,
        "context_tokens": context_tokens,
        "port": port,
        "threads": PRACTICE_THREADS if model.name == PRACTICE else None,
    }
    _need_port(port)
    engine = Engine(
        script=SERVER,
        name=model.name,
        failure="llama.cpp cannot load this model",
        hint="check that both files are whole, belong together, and fit into memory",
    )
    with serve_child(engine, settings, timeout_s=LOADING_S, api_key=api_key, meanwhile=meanwhile) as endpoint:
        yield endpoint


def _need_port(port: int) -> None:
    """Raise ConfigError for a port that is taken: the engine would not say so."""
    import socket

    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(f"--port {port} cannot be opened ({error.strerror})", "choose another --port") from error


def _check(model: LocalModel) -> None:
    from importlib.util import find_spec

    for path in (model.model_path, model.mmproj_path):
        if not os.path.isfile(path):
            raise ConfigError(f"{model.name}: {path} is missing", f"run: visionask local pull {model.name}")
    if find_spec("xllamacpp") is None:
        raise MissingExtra("local models need xllamacpp, which is not installed", 'run: pip install "visionask[local]"')


def _installed(name: str, folder: str) -> LocalModel | None:
    directory = os.path.join(DATA, PRACTICE) if name == PRACTICE else model_folder(name, folder)
    models, mmprojs = _gguf_files(directory)
    if len(models) != 1 or len(mmprojs) != 1:
        return None
    return LocalModel(name=name, model_path=models[0], mmproj_path=mmprojs[0])


def _own_file(path: str) -> LocalModel:
    if not os.path.isfile(path):
        raise ConfigError(f"{path}: no such model file", "see: visionask local list")
    _, mmprojs = _gguf_files(os.path.dirname(os.path.abspath(path)))
    if len(mmprojs) != 1:
        found = "no" if not mmprojs else f"{len(mmprojs)}"
        raise ConfigError(
            f"{path}: {found} mmproj files beside it, so it cannot see pictures",
            "put the model and its one mmproj-*.gguf into a folder of their own",
        )
    name = os.path.splitext(os.path.basename(path))[0]
    return LocalModel(name=name, model_path=path, mmproj_path=mmprojs[0])


def _gguf_files(directory: str) -> tuple[list[str], list[str]]:
    """Return (models, mmprojs) in `directory`; the field's habit is a file name with "mmproj" in it."""
    if not os.path.isdir(directory):
        return [], []
    paths = [os.path.join(directory, name) for name in sorted(os.listdir(directory)) if name.lower().endswith(".gguf")]
    mmprojs = [path for path in paths if "mmproj" in os.path.basename(path).lower()]
    return [path for path in paths if path not in mmprojs], mmprojs
