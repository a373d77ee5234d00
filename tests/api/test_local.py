"""A real llama.cpp server, the practice model, and real processes that die."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from visionask.api.local import LocalModel, find, known_models, list_models, serve
from visionask.core.errors import ApiError, ConfigError, MissingExtra, ServerFailed, UnknownModel, Unreachable
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

PRACTICE_FILES = Path(__file__).parents[2] / "visionask" / "data" / "practice"
REFUSAL = "I only know simple drawings, and this is not one."
needs_engine = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="xllamacpp is not installed")


def request(endpoint: Endpoint, path: str, *, key: str | None, body: object = None) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{endpoint.base_url}{path}", data, headers)) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def ask(endpoint: Endpoint, question: str, picture: bytes = (PRACTICE_FILES / "example.png").read_bytes()) -> str:
    picture_text = base64.b64encode(picture).decode()
    content = [
        {"type": "text", "text": question},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture_text}"}},
    ]
    body = {"model": "practice", "messages": [{"role": "user", "content": content}]}
    status, reply = request(endpoint, "/chat/completions", key=endpoint.api_key, body=body)
    assert status == 200, reply
    return str(json.loads(reply)["choices"][0]["message"]["content"])


def rough_picture() -> bytes:
    """Return a picture that is no drawing: blended noise of several sizes, as the grain and light of a photograph."""
    rng = random.Random(7)
    layers = [Image.frombytes("RGB", (n, n), rng.randbytes(n * n * 3)).resize((384, 384)) for n in (4, 16, 64)]
    picture = Image.blend(Image.blend(layers[0], layers[1], 0.4), layers[2], 0.3)
    with io.BytesIO() as file:
        picture.save(file, "PNG")
        return file.getvalue()


def children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(claim: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.01)
    return False


@needs_engine
def test_practice_model_answers_from_the_pixels(tmp_path: Path) -> None:
    with serve(find("practice", str(tmp_path))) as endpoint:
        assert ask(endpoint, "What color is the background?") == "white"
        assert ask(endpoint, "What color is the triangle?") == "yellow"
        assert ask(endpoint, "How many shapes are there?") == "4"
        assert ask(endpoint, "What does it say?", (PRACTICE_FILES / "word.png").read_bytes()) == "OPEN"
        assert ask(endpoint, "What is in this image?") == (
            "A red circle, a green circle, a blue square and a yellow triangle on a white background."
        )
        assert ask(endpoint, "What is in this image?", rough_picture()) == REFUSAL


@needs_engine
def test_nobody_uses_the_server_without_its_key(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    with serve(find("practice", str(tmp_path))) as endpoint:
        assert endpoint.base_url is not None
        assert endpoint.base_url.startswith("http://127.0.0.1:")
        assert len(endpoint.api_key) >= 32
        assert endpoint.api_key not in repr(endpoint)
        for key in (None, "sk-test", endpoint.api_key[:-1]):
            assert request(endpoint, "/chat/completions", key=key, body=body)[0] == 401
        assert request(endpoint, "/models", key=None)[0] == 401
        front = Endpoint(base_url=endpoint.base_url.removesuffix("/v1"), api_key="")
        assert request(front, "/", key=endpoint.api_key)[0] == 404, "a web page is served"
        if sys.platform == "linux":
            (child,) = [pid for pid in children(os.getpid()) if b"local_server" in proc(pid, "cmdline")]
            assert endpoint.api_key.encode() not in proc(child, "cmdline") + proc(child, "environ")


def proc(pid: int, file: str) -> bytes:
    return Path(f"/proc/{pid}/{file}").read_bytes()


@needs_engine
def test_server_ends_with_the_block_also_after_an_error(tmp_path: Path) -> None:
    kept: list[Endpoint] = []
    with pytest.raises(ValueError, match="own"), serve(find("practice", str(tmp_path))) as endpoint:  # noqa: PT012
        kept.append(endpoint)
        raise ValueError("own")
    with pytest.raises(urllib.error.URLError):
        request(kept[0], "/models", key=kept[0].api_key)


PARENT = """
import sys, time
from visionask.api.local import find, serve
with serve(find("practice", "/nonexistent")) as endpoint:
    print("ready", flush=True)
    time.sleep(60)
"""


@needs_engine
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_server_dies_with_its_parent_and_prints_nothing(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        assert parent.stdout.readline() == b"ready\n"
        (child,) = children(parent.pid)
        parent.send_signal(number)
        assert wait_until(lambda: not runs(child)), "the server outlives the command"
        assert parent.wait(10) != 0
        assert parent.stdout.read() == b""
        noise = parent.stderr.read()
    assert b"llama" not in noise
    assert b"srv" not in noise


@needs_engine
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_dead_engine_is_named_as_the_cause(tmp_path: Path) -> None:
    before = set(children(os.getpid()))
    fact = r"practice: the local engine stopped \(status -9\)"
    with pytest.raises(ServerFailed, match=fact), serve(find("practice", str(tmp_path))):  # noqa: PT012
        (child,) = set(children(os.getpid())) - before
        os.kill(child, signal.SIGKILL)
        assert wait_until(lambda: not runs(child))
        raise Unreachable("127.0.0.1: connection refused")


@needs_engine
def test_other_api_errors_pass_while_the_engine_lives(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as caught, serve(find("practice", str(tmp_path))):
        raise Unreachable("own")
    assert type(caught.value) is Unreachable


@needs_engine
@pytest.mark.parametrize("broken", ["model", "mmproj", "same file twice"])
def test_model_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path, broken: str) -> None:
    (tmp_path / "cut.gguf").write_bytes((PRACTICE_FILES / "tiny-vlm.gguf").read_bytes()[:400_000])
    whole, eyes = str(PRACTICE_FILES / "tiny-vlm.gguf"), str(PRACTICE_FILES / "tiny-vlm-mmproj.gguf")
    cut = str(tmp_path / "cut.gguf")
    paths = {"model": (cut, eyes), "mmproj": (whole, cut), "same file twice": (whole, whole)}[broken]
    model = LocalModel(name="mine", model_path=paths[0], mmproj_path=paths[1])
    with pytest.raises(ConfigError, match=r"^mine: llama\.cpp cannot load this model") as caught, serve(model):
        pass
    assert "\n" not in caught.value.message
    assert "belong together" in caught.value.hint


def test_missing_extra_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import importlib.util, sys\n"
        "sys.path = [p for p in sys.path if 'site-packages' not in p]\n"
        f"sys.path.insert(0, {str(PRACTICE_FILES.parents[2])!r})\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        "from visionask.api.local import find, serve\n"
        "from visionask.core.errors import MissingExtra\n"
        "try:\n"
        "    serve(find('practice', '')).__enter__()\n"
        "except MissingExtra as error:\n"
        "    print(error.message, '|', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == (
        'local models need xllamacpp, which is not installed | run: pip install "visionask[local]"\n'
    )
    assert MissingExtra.code == "missing_extra"


def test_engine_is_not_loaded_by_listing_models(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from visionask.api.local import list_models\n"
        f"assert list_models({str(tmp_path)!r})[0].local\n"
        "print(sorted({'xllamacpp', 'httpx2', 'openai'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def write_pair(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"GGUF")


def test_own_file_finds_the_mmproj_beside_it(tmp_path: Path) -> None:
    write_pair(tmp_path, "cat-Q4.gguf", "cat-Q8.gguf", "mmproj-cat.gguf")
    model = find(str(tmp_path / "cat-Q8.gguf"), "/nonexistent")
    assert model.name == "cat-Q8"
    assert Path(model.mmproj_path) == tmp_path / "mmproj-cat.gguf"


@pytest.mark.parametrize(
    ("files", "fact"),
    [
        pytest.param(("cat.gguf",), "no mmproj", id="text only"),
        pytest.param(("cat.gguf", "mmproj-a.gguf", "mmproj-b.gguf"), "2 mmproj", id="two mmproj"),
    ],
)
def test_own_file_without_one_mmproj_is_refused(tmp_path: Path, files: tuple[str, ...], fact: str) -> None:
    write_pair(tmp_path, *files)
    with pytest.raises(ConfigError, match=f"cat.gguf: {fact}"):
        find(str(tmp_path / "cat.gguf"), "/nonexistent")


def test_names_that_are_not_here_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as missing:
        find("smolvlm-500m", str(tmp_path))
    assert missing.value.hint == "run: visionask local pull smolvlm-500m"
    with pytest.raises(UnknownModel, match="nonsense: no local model"):
        find("nonsense", str(tmp_path))
    with pytest.raises(ConfigError, match="no such model file"):
        find(str(tmp_path / "absent.gguf"), str(tmp_path))


def test_file_that_vanished_is_named(tmp_path: Path) -> None:
    eyes = str(PRACTICE_FILES / "tiny-vlm-mmproj.gguf")
    model = LocalModel(name="gone", model_path=str(tmp_path / "gone.gguf"), mmproj_path=eyes)
    with pytest.raises(ConfigError, match=r"gone.gguf is missing"), serve(model):
        pass


def test_list_shows_what_is_here_and_what_can_be_had(tmp_path: Path) -> None:
    write_pair(tmp_path / "smolvlm-500m", "a.gguf", "mmproj-a.gguf")
    write_pair(tmp_path / "someone--some-GGUF", "b.gguf", "mmproj-b.gguf")
    write_pair(tmp_path / "half", "c.gguf")
    here = {line.name: line.local is not None for line in list_models(str(tmp_path))}
    assert here == {
        "practice": True,
        "smolvlm-500m": True,
        "qwen2.5-vl-3b": False,
        "gemma-3-4b": False,
        "someone/some-GGUF": True,
    }


def test_only_the_practice_model_claims_to_be_tested() -> None:
    assert [model.name for model in known_models() if model.is_tested] == ["practice"]
    practice = known_models()[0]
    assert practice.size_bytes == sum(path.stat().st_size for path in PRACTICE_FILES.glob("*.gguf"))
