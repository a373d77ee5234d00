"""A loopback server that speaks Files and Batches as OpenAI does, and fails as its test says.

    with BatchServer() as server:
        server.fails("POST /files", 500, 500)     # the next two uploads
        server.plan["body"] = "string"            # how results are written; see Plan

Every request is in `server.journal` as (method, path). What a request does is done before it fails by `after`: its
reply is lost, as on a broken line. `server.kills(process, "POST /batches", 1)` kills a process at its first creation,
before or after the server has done it.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.faults import replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Process

_FULL = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached for gpt-6-luna.", "line": None}
_ENDED = ("completed", "failed", "expired", "cancelled")
_NAME = re.compile(rb'filename="([^"]*)"')


@dataclass(kw_only=True)
class Plan:
    """How batches run and how their results are written."""

    statuses: list[str] = field(default_factory=lambda: ["completed"])  # one for each look; the last stays
    body: str = "object"  # or "string"
    errors_in: str = "error_file"  # or "output_file"
    order: str = "reversed"  # or "given"
    lost: int = 0  # results that are in no file
    doubled: int = 0
    cut: int = 0
    unknown: int = 0
    failing: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda _: None  # the error of a request
    answering: Callable[[dict[str, Any]], dict[str, Any]] = replies.completion
    done_share: float = 1.0  # of the requests of a batch that expires or is cancelled
    failure: dict[str, Any] | None = None  # why a batch that ends `failed` did
    room: int | None = None  # batches that the queue holds: one more fails when it is looked at
    usage_factor: float | None = None  # the sums that a batch tells, over those of its results; None: it tells none


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BatchServer

    def do_GET(self) -> None:
        self._serve("GET", b"")

    def do_POST(self) -> None:
        self._serve(
            "POST",
            self.rfile.read(int(self.headers["content-length"] or 0))
            if "content-length" in self.headers
            else self._chunks(),
        )

    def _chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _serve(self, method: str, body: bytes) -> None:
        with contextlib.suppress(OSError):
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v1")
            self.server.enter(
                self, method, path, {name: value[0] for name, value in parse_qs(parts.query).items()}, body
            )

    def reply(self, status: int, value: object) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        """Close without a word."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class BatchServer(ThreadingHTTPServer):
    """The server; `with BatchServer() as server` runs it in a thread."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.journal: list[tuple[str, str]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.plan = Plan()
        self.page = 100
        self.spoiled: dict[str, tuple[int, bytes]] = {}  # by what a path ends in: the status and the bytes, each time
        self.cut: dict[str, bytes] = {}  # by "METHOD PATH": what is answered once, after it was done
        self._faults: dict[str, list[tuple[int, bool]]] = {}
        self._meeting: tuple[str, threading.Barrier] | None = None
        self._kill: tuple[Process | None, str, int, bool] = (None, "", 0, False)
        self._lock = threading.RLock()
        self._open = 0  # connections
        self._is_at_rest = threading.Condition()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def fails(self, what: str, *statuses: int, after: bool = False) -> None:
        """Fail the next requests `METHOD /path`: with a status, or 0 for a reset. `after` it is done all the same."""
        self._faults.setdefault(what, []).extend((status, after) for status in statuses)

    def kills(self, process: Process | None, what: str, number: int = 1, *, after: bool) -> None:
        """Kill a process at its `number`-th request `METHOD /path`; None disarms."""
        self._kill = (process, what, number, after)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._is_at_rest:
            self._open += 1
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._is_at_rest:
                self._open -= 1
                self._is_at_rest.notify_all()

    def rest(self) -> None:
        """Wait until every connection has ended, with what came over it."""
        with self._is_at_rest:
            assert self._is_at_rest.wait_for(lambda: not self._open, timeout=20)

    def meets(self, what: str, number: int) -> None:
        """Answer requests `METHOD /path` only when so many are there at a time; those that are alone fail."""
        self._meeting = what, threading.Barrier(number, timeout=20)

    def count(self, what: str) -> int:
        return Counter(" ".join(entry) for entry in self.journal)[what]

    @property
    def uploads(self) -> list[str]:
        """Return the ids of the files that were uploaded."""
        return [name for name, file in self.files.items() if file["purpose"] == "batch"]

    def lines(self) -> list[dict[str, Any]]:
        """Return every request of every batch."""
        return [line for batch in self.batches.values() for line in self._requests(batch)]

    def enter(self, handler: _Handler, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        kind = f"{method} {_kind(path)}"
        if self._meeting is not None and self._meeting[0] == kind:
            try:
                self._meeting[1].wait()
            except threading.BrokenBarrierError:
                return handler.reply(400, {"error": {"message": "alone"}})
        with self._lock:
            self.journal.append((method, _kind(path)))
            faults = self._faults.get(kind, [])
            status, after = faults.pop(0) if faults else (200, True)
            dies = self._dies(kind)
            if dies is False:
                return handler.reset()
            spoiled = next((reply for end, reply in self.spoiled.items() if path.endswith(end)), None)
            code, reply = spoiled or (self._act(method, path, query, body) if after else (status, {}))
            if kind in self.cut:
                code, reply = 200, self.cut.pop(kind)
        if dies is True:
            self._kill[0].kill()
            self._kill[0].wait()
            return handler.reset()
        if status == 0:
            return handler.reset()
        if status != 200:
            return handler.reply(status, {"error": {"message": "scripted", "code": None}})
        return handler.reply(code, reply)

    def _dies(self, kind: str) -> bool | None:
        """Count down to a kill. None: not now. False: killed before anything is done. True: after it."""
        process, what, number, after = self._kill
        if process is None or what != kind:
            return None
        self._kill = (process, what, number - 1, after)
        if number > 1:
            return None
        if not after:
            process.kill()
            process.wait()
            self._kill = (None, "", 0, False)
            return False
        return True

    def _act(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        if parts[0] == "chat":
            return 200, replies.completion(json.loads(body))
        if parts[0] == "files":
            return self._file(method, parts, query, body)
        if method == "POST" and parts == ["batches"]:
            return self._create(json.loads(body))
        if parts == ["batches"]:
            return 200, self._listed(self.batches, query)
        batch = self.batches.get(parts[1])
        if batch is None:
            return 404, {"error": {"message": "No batch found"}}
        if parts[-1] == "cancel":
            batch["_statuses"] = ["cancelled"]
        return 200, _public(self._look(batch))

    def _file(self, method: str, parts: list[str], query: dict[str, str], body: bytes) -> tuple[int, Any]:
        if method == "POST":
            return 200, self._upload(body)
        if len(parts) == 1:
            return 200, self._listed(self.files, query)
        if parts[1] not in self.files:
            return 404, {"error": {"message": "No such File object", "code": None}}
        return 200, self.files[parts[1]]["_data"]

    def _upload(self, body: bytes) -> dict[str, Any]:
        name = _NAME.search(body)[1].decode()
        data = body.partition(b'filename="')[2].partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
        if b'name="purpose"' in data:  # the file came first
            data = data.partition(b"\r\n--")[0]
        file = {
            "id": f"file-{len(self.files)}", "object": "file", "bytes": len(data), "created_at": int(time.time()),
            "filename": name, "purpose": "batch", "status": "processed", "_data": data,
        }  # fmt: skip
        self.files[file["id"]] = file
        return _public(file)

    def _create(self, fields: dict[str, Any]) -> tuple[int, Any]:
        if fields["input_file_id"] not in self.files:
            return 400, {"error": {"message": "No such input file", "param": "input_file_id"}}
        active = sum(batch["status"] not in _ENDED for batch in self.batches.values())
        is_full = self.plan.room is not None and active >= self.plan.room
        number = 1 + max((int(name[6:]) for name in self.batches if name.startswith("batch_")), default=-1)
        batch = {
            "id": f"batch_{number}", "object": "batch", "created_at": int(time.time()), **fields,
            "status": "validating", "request_counts": {"total": 0, "completed": 0, "failed": 0}, "errors": None,
            "output_file_id": None, "error_file_id": None, "_failure": _FULL if is_full else None,
            "_statuses": ["failed"] if is_full else list(self.plan.statuses),
        }  # fmt: skip
        self.batches[batch["id"]] = batch
        return 200, _public(batch)

    def _listed(self, entries: dict[str, dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        every = list(reversed(list(entries)))
        start = every.index(query["after"]) + 1 if "after" in query else 0
        size = min(self.page, int(query.get("limit", 20)))
        names = every[start : start + size]
        return {
            "object": "list",
            "data": [_public(entries[name]) for name in names],
            "has_more": start + size < len(every),
            "last_id": names[-1] if names else None,
        }

    def _look(self, batch: dict[str, Any]) -> dict[str, Any]:
        statuses = batch["_statuses"]
        batch["status"] = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        ended = batch["status"] in ("completed", "expired", "cancelled")
        if batch["status"] == "failed":
            batch["errors"] = {"object": "list", "data": [batch["_failure"] or self.plan.failure]}
        if ended and batch["output_file_id"] is None and batch["error_file_id"] is None:
            self._finish(batch)
        return batch

    def _requests(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[batch["input_file_id"]]["_data"].splitlines()]

    def _finish(self, batch: dict[str, Any]) -> None:
        plan, requests = self.plan, self._requests(batch)
        share = 1.0 if batch["status"] == "completed" else plan.done_share
        output, errors = [], []
        for number, request in enumerate(requests):
            if number >= share * len(requests):
                code = f"batch_{batch['status']}"
                errors.append(_line(request, None, {"code": code, "message": "This request could not be executed."}))
                continue
            error = plan.failing(request)
            if error is not None:
                line = _line(request, {"status_code": error.pop("status", 400), "body": {"error": error}}, None)
                (errors if plan.errors_in == "error_file" else output).append(line)
                continue
            body: Any = plan.answering(request["body"])
            body = json.dumps(body) if plan.body == "string" else body
            output.append(_line(request, {"status_code": 200, "request_id": f"r{number}", "body": body}, None))
        batch["request_counts"] = {"total": len(requests), "completed": len(output), "failed": len(errors)}
        if plan.usage_factor is not None:
            told = [line["response"]["body"]["usage"] for line in output if line["response"]["status_code"] == 200]
            names = ("prompt_tokens", "completion_tokens")
            taken, given = (int(plan.usage_factor * sum(usage[name] for usage in told)) for name in names)
            batch["usage"] = {"input_tokens": taken, "output_tokens": given, "total_tokens": taken + given}
        output = output[plan.lost :]
        if plan.order == "reversed":
            output.reverse()
        output += output[: plan.doubled]
        output += [
            _line({"custom_id": f"stranger-{n}"}, {"status_code": 200, "body": {}}, None) for n in range(plan.unknown)
        ]
        lines = [json.dumps(line) for line in output]
        for n in range(plan.cut):
            lines[n] = lines[n][: len(lines[n]) // 2]
        batch["output_file_id"] = self._store(lines)
        batch["error_file_id"] = self._store([json.dumps(line) for line in errors])

    def _store(self, lines: list[str]) -> str | None:
        if not lines:
            return None
        name = f"file-{len(self.files)}"
        data = "\n".join(lines).encode() + b"\n"
        self.files[name] = {
            "id": name,
            "filename": "out.jsonl",
            "bytes": len(data),
            "purpose": "batch_output",
            "_data": data,
        }
        return name


def _kind(path: str) -> str:
    """Name a path without its ids: /files, /files/ID, /files/content, /batches/cancel, /chat."""
    room, _, rest = path.strip("/").partition("/")
    last = rest.rpartition("/")[2]
    return f"/{room}" if not rest or room == "chat" else f"/{room}/{last if last in ('content', 'cancel') else 'ID'}"


def _line(request: dict[str, Any], response: Any, error: Any) -> dict[str, Any]:
    return {"id": "batch_req_1", "custom_id": request["custom_id"], "response": response, "error": error}


def _public(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if not name.startswith("_")}
