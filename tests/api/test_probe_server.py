"""The probe of a server: silent, trickling, and with certificates of nobody, it ends within its deadline."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from visionask.api.local import find, serve
from visionask.api.probe import LIMIT_S, Listed, Probed, probe
from visionask.core.errors import TimedOut, Unreachable
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "sk-canary-0123456789"
needs_engine = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="xllamacpp is not installed")


@contextmanager
def listening(behave: Callable[[socket.socket], None] | None) -> Iterator[int]:
    """Listen, and let each connection be dealt with; None: it is taken by the system and never by anybody."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    assert behave is not None
                    behave(connection)
                except OSError:
                    continue

    if behave is not None:
        threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.close()


def trickle(connection: socket.socket) -> None:
    if not connection.recv(65536):
        return
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.05)


def leave(connection: socket.socket) -> None:
    connection.recv(1)


def look(port: int, *, scheme: str = "http", limit_s: float = 0.6) -> Probed:
    endpoint = Endpoint(base_url=f"{scheme}://127.0.0.1:{port}/v1", api_key=KEY)
    return probe(endpoint, limit_s=limit_s)


def test_the_deadline_of_the_command_is_ten_seconds() -> None:
    assert LIMIT_S == 10


@pytest.mark.parametrize(
    ("behave", "scheme"),
    [
        pytest.param(None, "http", id="hangs"),
        pytest.param(trickle, "http", id="trickles"),
        pytest.param(None, "https", id="hangs in the handshake"),
    ],
)
def test_a_slow_server_is_left_at_the_deadline(behave: Callable[[socket.socket], None] | None, scheme: str) -> None:
    with listening(behave) as port:
        look(port, scheme=scheme, limit_s=0.01)  # loads the SDK
        began = time.monotonic()
        probed = look(port, scheme=scheme)
        assert time.monotonic() - began < 3.0
    assert isinstance(probed.error, TimedOut)
    assert probed.models is None


def test_a_connection_that_breaks_is_told() -> None:
    with listening(leave) as port:
        probed = look(port, limit_s=5.0)
    assert isinstance(probed.error, Unreachable)


def test_a_certificate_of_nobody_is_told(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost")
    subprocess.run(
        ["openssl", "req", "-x509", *made, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def shake(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1)

    with listening(shake) as port:
        probed = look(port, scheme="https", limit_s=5.0)
    error = probed.error
    assert isinstance(error, Unreachable)
    assert "certificate" in error.message


@needs_engine
def test_llama_cpp_tells_that_its_model_takes_images(tmp_path: Path) -> None:
    with serve(find("practice", str(tmp_path))) as endpoint:
        assert probe(endpoint).models == (Listed("practice", True),)
