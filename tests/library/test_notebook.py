"""The Python API where it lives: many threads, Ctrl-C, a program's end, `help`, and what is loaded."""

from __future__ import annotations

import inspect
import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import visionask
from tests.cli.command import KEY, TIMEOUT_S, clean_environment
from tests.cli.scanning import QUESTION, fill, tiny
from visionask import ask, scan
from visionask.core import errors as tree

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from visionask import scan
folder, base_url, ledger = sys.argv[1:4]
results = scan({question!r}, folder, base_url=base_url, api_key={key!r}, ledger=ledger, jobs=3)
print(next(results).answer, flush=True)
{rest}
"""


def start(tmp_path: Path, options: dict[str, Any], rest: str) -> subprocess.Popen[bytes]:
    """Start a program of somebody's that scans 40 pictures, up to its first result and `rest`."""
    code = SCRIPT.format(question=QUESTION, key=KEY, rest=rest)
    folder = fill(tmp_path / "many", 40)
    env = clean_environment(tmp_path) | {"PYTHONPATH": ":".join(sys.path)}
    words = [sys.executable, "-c", code, folder, options["base_url"], options["ledger"]]
    return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check_nothing_is_lost(sent: Any, tmp_path: Path) -> None:
    """What arrived at the server is in the ledger, and no more than the rest is asked by the next run."""
    paid = len(sent.bodies)
    assert 0 < paid < 40
    results = list(scan(QUESTION, tmp_path / "many", **sent.options))
    assert (len(results), sum(result.is_cached for result in results), len(sent.bodies)) == (40, paid, 40)


def test_ctrl_c_ends_a_scan_and_loses_nothing(says: Any, tmp_path: Path) -> None:
    sent = says("ok,ok,ok,ok;read-late=0.3")
    with start(tmp_path, sent.options, "for result in results: pass") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == -signal.SIGINT
    assert err.rstrip().endswith(b"KeyboardInterrupt")
    check_nothing_is_lost(sent, tmp_path)


def test_a_scan_that_a_program_leaves_open_ends_with_it_and_loses_nothing(says: Any, tmp_path: Path) -> None:
    sent = says("ok,ok,ok,ok;read-late=0.3")
    with start(tmp_path, sent.options, "print('the end')") as process:
        out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (0, b"")
    assert out.endswith(b"the end\n")
    check_nothing_is_lost(sent, tmp_path)


def test_many_threads_ask_at_a_time(says: Any, tmp_path: Path) -> None:
    sent = says("ok")
    together = threading.Barrier(6)

    def one(number: int) -> visionask.Reply:
        together.wait()
        return ask(f"{number}?", tiny(number), **sent.options)

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(one, range(6)))
    assert [json.loads(reply.answer)["question"] for reply in replies] == [f"{number}?" for number in range(6)]
    assert len({reply.conversation for reply in replies} - {None}) == 6


def test_a_price_needs_neither_the_sdk_nor_a_decoder(dot: Path, tmp_path: Path) -> None:
    code = (
        "import sys, visionask; assert visionask.plan(sys.argv[1], question='What?').input_usd; "
        "print(*{'openai', 'httpx2', 'PIL', 'sqlite3', 'rich', 'typer'} & set(sys.modules))"
    )
    env = clean_environment(tmp_path) | {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, dot], env=env, capture_output=True, check=True)
    assert done.stdout == b"\n"


def test_each_class_of_what_can_fail_is_public() -> None:
    import visionask.errors

    ours = {
        name: each for name, each in vars(tree).items() if inspect.isclass(each) and each.__module__ == tree.__name__
    }
    assert {name: getattr(visionask.errors, name) for name in visionask.errors.__all__} == ours
    assert visionask.errors is sys.modules["visionask.errors"]


@pytest.mark.parametrize("name", ["plan", "ask", "scan", "check"])
def test_help_names_the_keywords_and_fits_a_screen(name: str) -> None:
    import pydoc

    text = pydoc.plain(pydoc.render_doc(getattr(visionask, name)))
    assert "local: a model on this machine" in text or name == "plan"
    assert "detail: low, high, auto" in text
    assert max(len(line) for line in text.splitlines() if "(" not in line) <= 120
