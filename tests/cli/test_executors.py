"""Batches prepared by other workers than threads of ours: the same lines, whoever makes them and whoever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.command import TIMEOUT_S, clean_environment
from tests.cli.pictures import encoded, photo
from tests.cli.scanning import QUESTION, fill
from tests.faults.batch_server import BatchServer
from tests.images.object_store import ObjectStore
from visionask.run.batch.workers import leave

psutil = pytest.importorskip("psutil")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.command import Argument, Command

DASK = str(Path(sys.executable).with_name("dask"))
WORKERS = '''
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from visionask.core.errors import StateError


class Dying(ProcessPoolExecutor):
    """Workers that die of one picture, as a decoder's bug would have it."""

    def submit(self, work, chunk):
        return super().submit(_die, work, chunk)


class Telling(ThreadPoolExecutor):
    """Workers that write down what they are given."""

    def submit(self, work, chunk):
        with open("given.txt", "a") as file:
            file.writelines(f"{piece.source.label}\\n" for piece in chunk.pieces)
        return super().submit(work, chunk)


class Meeting(ThreadPoolExecutor):
    """Workers that begin once 40 of them are at it."""

    def __init__(self):
        super().__init__(40)
        self.all = threading.Barrier(40, timeout=20)

    def submit(self, work, chunk):
        return super().submit(self.meet, work, chunk)

    def meet(self, work, chunk):
        self.all.wait()
        return work(chunk)


class Stopping(ThreadPoolExecutor):
    """Workers that one folder has no more room for."""

    def submit(self, work, chunk):
        is_last = any(piece.source.label.endswith("i3.png") for piece in chunk.pieces)
        return super().submit(_stop if is_last else work, chunk)


def _stop(chunk):
    raise StateError("no room", "")


def _die(work, chunk):
    if any(piece.source.label.endswith("i4.png") for piece in chunk.pieces):
        os._exit(1)
    return work(chunk)


def dying():
    return Dying(2, mp_context=get_context("spawn"))


def telling():
    return Telling(2)


def meeting():
    return Meeting()


def stopping():
    return Stopping(1)


def nothing():
    return "nothing"
'''


@pytest.fixture
def workers(command: Command) -> dict[str, str]:
    """Lay a module of executors into the working folder, and return how Python finds it."""
    (command.folder / "workers.py").write_text(WORKERS)
    return {"PYTHONPATH": str(command.folder)}


@pytest.fixture
def photos(command: Command) -> Path:
    """Lay photographs that take a while into a folder."""
    folder = command.folder / "photos"
    folder.mkdir()
    for number in range(16):
        (folder / f"p{number:02}.jpg").write_bytes(encoded(photo((2400 + 8 * number, 1800)), "JPEG"))
    return folder


def exporting(folder: Path, to: str, *more: Argument) -> tuple[Argument, ...]:
    """Return the arguments of an export; each has a ledger of its own."""
    return ("batch", "export", QUESTION, folder, "--to", to, "--ledger", f"{to}.db", "--chunk", "2", *more)


def lines(folder: Path) -> dict[str, str]:
    """Return the requests in a folder by name; none may be there twice."""
    read = [line for path in folder.glob("*.jsonl") for line in path.read_text("ascii").splitlines()]
    found = {json.loads(line)["custom_id"]: line for line in read}
    assert len(found) == len(read)
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.01)


def chunks(folder: Path) -> int:
    return len(list(folder.glob("chunks-*/*.chunk")))


@pytest.mark.parametrize("executor", ["threads:2", "processes:2", "workers:telling"])
def test_every_executor_writes_the_same_lines(command: Command, workers: dict[str, str], executor: str) -> None:
    pictures = fill(command.folder / "pics", 7)
    (pictures / "twin.png").write_bytes((pictures / "i1.png").read_bytes())
    (pictures / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert command(*exporting(pictures, "alone")).code == 7
    assert command(*exporting(pictures, "shared", "--executor", executor), env=workers).code == 7
    shared = lines(command.folder / "shared")
    assert shared == lines(command.folder / "alone")
    assert len(shared) == 7
    manifests = [sorted((command.folder / to / "visionask-batch.manifest").read_text().splitlines()[1:])
                 for to in ("alone", "shared")]  # fmt: skip
    assert manifests[0] == manifests[1]
    assert not list((command.folder / "shared").glob("chunks-*")), "nothing is left over"


def test_all_workers_of_an_executor_are_given_work(command: Command, workers: dict[str, str]) -> None:
    pictures = fill(command.folder / "pics", 40)
    result = command(*exporting(pictures, "out", "--executor", "workers:meeting", "--chunk", "1"), env=workers)
    assert (result.code, len(lines(command.folder / "out"))) == (0, 40), result.err


def test_a_picture_that_kills_its_worker_fails_alone(command: Command, workers: dict[str, str]) -> None:
    pictures = fill(command.folder / "pics", 8)
    result = command(*exporting(pictures, "out", "--executor", "workers:dying", "--json"), env=workers)
    assert (result.code, result.record["data"]["failed"]) == (7, {"input": 1})
    assert "i4.png: the worker that prepared it failed" in result.err
    command(*exporting(pictures, "alone"))
    made, alone = lines(command.folder / "out"), lines(command.folder / "alone")
    assert made.items() < alone.items()
    assert len(made) == len(alone) - 1 == 7


def test_a_worker_that_its_broken_pool_forgot_is_ended() -> None:
    """CPython 3.11 starts one in the moment in which another dies, and then waits for it for ever."""
    spawn = get_context("spawn")
    forgotten = spawn.Process(target=time.sleep, args=(60,))
    forgotten.start()
    leave(ProcessPoolExecutor(1, mp_context=spawn), is_broken=True)
    forgotten.join(20)
    assert forgotten.exitcode == -signal.SIGKILL


def test_a_killed_run_does_no_chunk_again_and_leaves_no_worker(
    command: Command, photos: Path, workers: dict[str, str]
) -> None:
    out = command.folder / "out"
    process = command.start(*exporting(photos, "out", "--executor", "processes:2"))
    until(lambda: chunks(out) >= 2)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    done = chunks(out)
    assert 2 <= done < 8
    assert command(*exporting(photos, "out", "--executor", "workers:telling"), env=workers).code == 0
    assert len((command.folder / "given.txt").read_text().splitlines()) == 16 - 2 * done
    assert command(*exporting(photos, "alone")).code == 0
    assert lines(out) == lines(command.folder / "alone")


def test_a_batch_is_submitted_once_whoever_prepares_it(command: Command, workers: dict[str, str]) -> None:
    pictures = fill(command.folder / "pics", 7)
    how = ("--executor", "workers:telling", "--chunk", "3", "--shard-requests", "2", "--spool", "spool")
    given = command.folder / "given.txt"
    with BatchServer() as server:
        sender = Sender(command, server)
        environment = sender.env | workers

        def submit() -> int:
            return command("batch", "submit", QUESTION, pictures, *how, env=environment).code

        process = command.start("batch", "submit", QUESTION, pictures, *how, env=environment)
        server.kills(process, "POST /batches", 2, after=True)
        process.communicate(timeout=TIMEOUT_S)
        server.kills(None, "", after=False)
        assert submit() == 0
        assert (len(server.lines()), len({line["custom_id"] for line in server.lines()})) == (7, 7)
        seen = server.count("POST /files")
        given.unlink()
        assert submit() == 0
        assert server.count("POST /files") == seen
        assert not list((command.folder / "spool").iterdir())
        assert set(statuses(sender.fetch()).values()) == {"ok"}


@pytest.mark.parametrize(
    ("spec", "fact"),
    [
        ("threads:0", "names no number"),
        ("processes:many", "names no number"),
        ("ray", "is no executor"),
        ("no_such_module:make", "No module named"),
        ("workers:missing", "no attribute 'missing'"),
        ("workers:nothing", "returned no executor, but str"),
    ],
)
def test_what_is_no_executor_is_refused(command: Command, workers: dict[str, str], spec: str, fact: str) -> None:
    pictures = fill(command.folder / "pics", 1)
    result = command(*exporting(pictures, "out", "--executor", spec), env=workers)
    assert (result.code, fact in result.err) == (2, True), result.err


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with ObjectStore() as server:
        yield server


def test_chunks_in_an_object_store_make_the_same_lines(
    command: Command, workers: dict[str, str], store: ObjectStore
) -> None:
    pictures, name = fill(command.folder / "pics", 7), store.bucket()
    (pictures / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    how = ("--executor", "workers:telling", "--chunk-store", f"s3://{name}/made/here")
    assert command(*exporting(pictures, "out", *how), env=workers | store.env).code == 7
    assert command(*exporting(pictures, "alone")).code == 7
    assert lines(command.folder / "out") == lines(command.folder / "alone")
    written = [each.path for each in store.seen(name) if each.method == "PUT"]
    assert len(written) == len(set(written)) == 4, "a file for each chunk"
    assert all(path.startswith(f"/{name}/made/here/chunks-") for path in written)
    assert store.keys(name) == [], "nothing is left over"
    assert not list((command.folder / "out").glob("chunks-*"))


@pytest.mark.parametrize(
    ("damage", "is_noticed_at_once"),
    [
        pytest.param(lambda data: data[: len(data) // 2], True, id="cut"),
        pytest.param(lambda data: data[100:], True, id="without its beginning"),
        pytest.param(lambda data: data[:0], True, id="empty"),
        pytest.param(lambda data: data[:300] + bytes([data[300] ^ 1]) + data[301:], False, id="one bit"),
    ],
)
@pytest.mark.parametrize("place", ["folder", "store"])
def test_a_chunk_that_is_not_whole_is_never_taken(
    command: Command,
    workers: dict[str, str],
    store: ObjectStore,
    place: str,
    damage: Callable[[bytes], bytes],
    is_noticed_at_once: bool,
) -> None:
    pictures, name = fill(command.folder / "pics", 4), store.bucket()
    where = f"s3://{name}/w" if place == "store" else "shared"
    how, env = ("--chunk-store", where, "--executor"), workers | store.env
    assert command(*exporting(pictures, "out", *how, "workers:stopping"), env=env).code == 9
    if place == "store":
        (key,) = store.keys(name)
        store.put(name, key, damage(store.get(name, key)))
    else:
        (path,) = (command.folder / "shared").glob("chunks-*/*.chunk")
        path.write_bytes(damage(path.read_bytes()))
    again = command(*exporting(pictures, "out", *how, "workers:telling"), env=env)
    if not is_noticed_at_once:
        assert (again.code, "its lines do not match its header" in again.err) == (9, True), again.err
        return
    assert again.code == 0, again.err
    given = (command.folder / "given.txt").read_text().splitlines()
    assert len(given) == 4, "the damaged chunk, and the one that was not made"
    assert command(*exporting(pictures, "alone")).code == 0
    assert lines(command.folder / "out") == lines(command.folder / "alone")


@pytest.mark.parametrize(
    ("args", "code", "fact"),
    [
        (("--to", "s3://b/out"), 2, "--to s3://b/out is no folder"),
        (("--to", "out", "--chunk-store", "s3://b/work"), 2, "is for the workers of an executor"),
        (("--to", "out", "--executor", "threads:1", "--chunk-store", "http://b/work"), 2, "is no folder"),
        (("--to", "out", "--executor", "threads:1", "--chunk-store", "s3://b//work"), 3, "has an empty"),
        (("--to", "out", "--executor", "threads:1", "--chunk-store", "s3://"), 3, "s3://: names no bucket"),
        (("--to", "out", "--executor", "threads:1", "--chunk-store", "s3://nobody/work"), 9, "there is no such bucket"),
    ],
)
def test_where_nothing_can_lie_is_refused(
    command: Command, store: ObjectStore, args: tuple[str, ...], code: int, fact: str
) -> None:
    pictures = fill(command.folder / "pics", 1)
    result = command("batch", "export", QUESTION, pictures, *args, env=store.env)
    assert (result.code, fact in result.err) == (code, True), result.err
    assert not (command.folder / "s3:").exists()


@pytest.fixture
def cluster(tmp_path: Path, store: ObjectStore) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run a Dask scheduler with two workers in a folder of their own; return its address, and it with the workers.

    The workers find the object store in their own environment.
    """
    home = tmp_path / "cluster"
    home.mkdir()
    told = home / "scheduler.json"
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: str) -> subprocess.Popen[bytes]:
        with (home / f"{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [DASK, *args, "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(told)],
                env=clean_environment(home) | store.env, cwd=home, stdout=log, stderr=log,
            )  # fmt: skip
        started.append(process)
        return process

    try:
        start("scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        until(lambda: told.exists() and told.stat().st_size > 0)
        for _ in range(2):
            start("worker", "--no-nanny", "--nthreads", "1", "--dashboard-address", "127.0.0.1:0")
        yield json.loads(told.read_text())["address"], started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.mark.parametrize("place", ["folder", "store"])
def test_a_cluster_loses_a_worker_and_no_picture(
    command: Command, photos: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]], store: ObjectStore, place: str
) -> None:
    address, machines = cluster
    out, name = command.folder / "out", store.bucket()
    how = ("--chunk-store", f"s3://{name}/") if place == "store" else ()
    process = command.start(*exporting(Path("photos"), "out", "--executor", f"dask:{address}", *how), env=store.env)
    until(lambda: (len(store.keys(name)) if place == "store" else chunks(out)) >= 2)
    os.kill(machines[1].pid, signal.SIGKILL)
    assert process.poll() is None, "it was killed midway"
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, err
    assert b"Traceback" not in err
    assert command(*exporting(Path("photos"), "alone")).code == 0
    made = lines(out)
    assert made == lines(command.folder / "alone")
    assert len(made) == 16
    assert store.keys(name) == []
    assert not list(out.glob("chunks-*"))


@pytest.mark.parametrize("is_interrupted", [False, True], ids=["waiting", "interrupted"])
def test_a_scheduler_that_is_gone_ends_it_in_order(
    command: Command,
    photos: Path,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    workers: dict[str, str],
    is_interrupted: bool,
) -> None:
    address, machines = cluster
    process = command.start(*exporting(photos, "out", "--executor", f"dask:{address}"))
    until(lambda: chunks(command.folder / "out") >= 2)
    if is_interrupted:
        process.send_signal(signal.SIGINT)
    machines[0].kill()
    _, err = process.communicate(timeout=TIMEOUT_S)
    # the interrupt and the connection's end race, and either may be met first
    assert process.returncode in ((130, 4) if is_interrupted else (4,)), err
    assert b"Traceback" not in err
    assert is_interrupted or b"error: the Dask scheduler" in err
    assert command(*exporting(photos, "out", "--executor", "workers:telling"), env=workers).code == 0
    assert len(lines(command.folder / "out")) == 16
