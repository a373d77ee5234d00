"""Links are fetched within limits from a real loopback server, and private addresses are refused."""

from __future__ import annotations

import contextlib
import gzip
import random
import socket
import ssl
import subprocess
import threading
import time
import zlib

import pytest

from tests.images.picture_server import running
from tests.images.sample_pictures import exif, noise, save, segment, with_segments
from visionask import __version__
from visionask.core.errors import (
    CorruptImage,
    FetchFailed,
    ForbiddenAddress,
    InputError,
    NotAnImage,
    NotFound,
    RateLimited,
    ServerFailed,
    TooLarge,
)
from visionask.core.image import Probe
from visionask.core.url import shown_url
from visionask.images.links import FetchPolicy, download, is_public, parse_link, probe_url

JPEG = save(noise(400, 300), "JPEG", quality=95)
OPEN = FetchPolicy(allows_private=True, total_s=10)
SHORT = FetchPolicy(allows_private=True, total_s=0.6)


@pytest.fixture(scope="module")
def server():
    with running() as made:
        yield made


def test_download_and_what_is_sent(server) -> None:
    url = server.serve("a.jpg", JPEG)
    assert download(url + "?q=ä b", OPEN) == JPEG
    head = server.requests[-1]
    assert head.startswith("GET /a.jpg?q=%C3%A4%20b HTTP/1.1\r\n")
    names = {line.partition(":")[0].lower() for line in head.strip().split("\r\n")[1:]}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert f"User-Agent: visionask/{__version__} (+https://github.com/visionask/visionask)\r\n" in head
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head


def test_download_without_length_and_in_chunks(server) -> None:
    assert download(server.serve("b", JPEG, length=False), OPEN) == JPEG
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(JPEG[i : i + 5000]), JPEG[i : i + 5000]) for i in range(0, len(JPEG), 5000)
    )
    chunked = server.serve("c", chunks + b"0\r\n\r\n", headers="Transfer-Encoding: chunked\r\n", length=False)
    assert download(chunked, OPEN) == JPEG


def test_probe_takes_one_range_of_a_large_file(server) -> None:
    url = server.serve_ranges("large.jpg", JPEG + bytes(5_000_000))
    before = len(server.requests)
    assert probe_url(url, OPEN) == Probe(format="JPEG", width_px=400, height_px=300, size_bytes=len(JPEG) + 5_000_000)
    assert len(server.requests) - before == 1
    assert "Range: bytes=0-65535\r\n" in server.requests[-1]


def test_probe_takes_more_ranges_where_the_header_needs_them(server) -> None:
    long = with_segments(JPEG, *[segment(0xE2, bytes(60_000))] * 3, segment(0xE1, b"Exif\0\0" + exif(6)))
    before = len(server.requests)
    found = probe_url(server.serve_ranges("icc.jpg", long), OPEN)
    assert (found.upright, found.size_bytes) == ((300, 400), len(long))
    assert 2 <= len(server.requests) - before <= 4


def test_probe_of_a_webp_with_its_exif_behind_the_pixels(server) -> None:
    data = save(noise(300, 200), "WEBP", lossless=True, exif=exif(8))
    assert len(data) > 100_000
    assert probe_url(server.serve_ranges("x.webp", data), OPEN).upright == (200, 300)


def test_probe_reads_a_server_without_ranges_only_as_far_as_needed(server) -> None:
    sent: list[int] = []

    def endless(sock: socket.socket, _: str) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + JPEG)
        for _ in range(2000):
            sock.sendall(bytes(100_000))
            sent.append(100_000)

    found = probe_url(server.run("endless", endless), OPEN)
    assert (found.width_px, found.height_px, found.size_bytes) == (400, 300, None)
    assert sum(sent) < 100_000_000


def test_probe_of_other_formats_downloads_them(server) -> None:
    data = save(noise(30, 20), "TIFF")
    assert probe_url(server.serve_ranges("x.tif", data), OPEN) == Probe(
        format="TIFF", width_px=30, height_px=20, size_bytes=len(data)
    )


def test_type_is_decided_by_bytes_and_a_web_page_is_named(server) -> None:
    assert probe_url(server.serve("t", JPEG, headers="Content-Type: text/html\r\n"), OPEN).format == "JPEG"
    page = server.serve("page.jpg", b"<!doctype html><p>" + b"x" * 200_000, headers="Content-Type: image/jpeg\r\n")
    before = len(server.requests)
    with pytest.raises(NotAnImage, match="HTML"):
        probe_url(page, OPEN)
    assert len(server.requests) - before == 1
    with pytest.raises(NotAnImage, match="is empty"):
        probe_url(server.serve("none", b""), OPEN)
    with pytest.raises(NotAnImage, match="is empty"):
        probe_url(server.serve_ranges("none2", b""), OPEN)
    with pytest.raises(CorruptImage):
        probe_url(server.serve("magic", b"\xff\xd8\xff"), OPEN)


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize(
    ("status", "kind"),
    [("404 Not Found", NotFound), ("410 Gone", NotFound), ("403 No", FetchFailed), ("500 Oops", FetchFailed)],
)
def test_statuses(server, take, status, kind) -> None:
    with pytest.raises(kind, match=f"status {status[:3]}"):
        take(server.serve("s" + status[:3], JPEG, status=status), OPEN)


def test_a_cut_download_is_no_picture(server) -> None:
    def cut(sock: socket.socket, _: str) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG[:1000])

    def cut_chunk(sock: socket.socket, _: str) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n" + JPEG[:1000])

    for handler in (cut, cut_chunk):
        with pytest.raises(FetchFailed, match="cut"):
            download(server.run("cut", handler), OPEN)


def test_byte_limit_with_and_without_a_stated_length(server) -> None:
    policy = FetchPolicy(allows_private=True, max_bytes=len(JPEG) - 1)
    for length in (True, False):
        with pytest.raises(TooLarge):
            download(server.serve("big", JPEG, length=length), policy)
    exact = FetchPolicy(allows_private=True, max_bytes=len(JPEG))
    assert download(server.serve("big", JPEG), exact) == JPEG


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", id="headers drip"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n\xff\xd8\xff", id="body drips"),
    ],
)
@pytest.mark.parametrize("take", [download, probe_url])
def test_the_deadline_holds_against_slow_servers(server, take, start) -> None:
    def drip(sock: socket.socket, _: str) -> None:
        sock.sendall(start)
        for _ in range(100):
            time.sleep(0.05)
            if start:
                sock.sendall(b"x")

    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.6 s"):
        take(server.run("drip", drip), SHORT)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n", id="one long header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: " * 1 + b"y" * 60_000 + b"\r\nY: " + b"z" * 60_000, id="two"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", id="500 headers"),
        pytest.param(b"SSH-2.0-OpenSSH_9.0\r\n", id="no HTTP"),
        pytest.param(b"", id="closed"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b", id="compressed"),
        pytest.param(b"HTTP/1.1 302 Go\r\n\r\n", id="redirect to nowhere"),
        pytest.param(b"HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\n\r\nabcde", id="another range"),
        pytest.param(b"HTTP/1.1 204 Nothing\r\n\r\n", id="no content"),
    ],
)
@pytest.mark.parametrize("take", [download, probe_url])
def test_bad_answers_are_one_clean_line(server, take, answer) -> None:
    with pytest.raises(FetchFailed) as caught:
        take(server.run("bad", lambda sock, _: sock.sendall(answer)), OPEN)
    assert caught.value.message.startswith("http://127.0.0.1:")
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("take", [download, probe_url])
def test_a_server_that_hangs_up_is_not_blamed_for_its_http(server, take) -> None:
    with pytest.raises(FetchFailed, match="closed the connection without an answer"):
        take(server.run("gone", lambda *_: None), OPEN)


def test_no_server_and_no_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed, match="refused"):
        download(f"http://127.0.0.1:{port}/", OPEN)
    with pytest.raises(FetchFailed, match="no address is known for no-such-host"):
        download("http://no-such-host.invalid/", OPEN)


def test_tls_with_a_server_that_has_none(server) -> None:
    server.serve("a.jpg", JPEG)
    with pytest.raises(FetchFailed):
        download(server.url("a.jpg").replace("http:", "https:"), SHORT)


def redirect(server, name: str, to: str, status: int = 302) -> str:
    return server.serve(name, b"", status=f"{status} Go", headers=f"Location: {to}\r\n")


def test_redirects_are_followed_five_times(server) -> None:
    url = server.serve_ranges("end.jpg", JPEG)
    for i in range(5):
        url = redirect(server, f"r{i}", url if i % 2 else "/" + url.rpartition("/")[2], (301, 302, 303, 307, 308)[i])
    assert download(url, OPEN) == JPEG
    assert probe_url(url, OPEN).width_px == 400
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        download(redirect(server, "r5", url), OPEN)
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        download(redirect(server, "loop", "/loop"), OPEN)


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://h/x", "data:image/png;base64,AAAA", "gopher://h/1"])
def test_redirects_to_other_schemes_are_refused(server, to: str) -> None:
    with pytest.raises(InputError, match="only http and https"):
        download(redirect(server, "scheme", to), OPEN)


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize("to", ["http://127.0.0.2:{}/a.jpg", "http://169.254.169.254/latest", "http://[::1]:{}/a.jpg"])
def test_each_redirect_is_checked_again(server, take, to: str) -> None:
    policy = FetchPolicy(is_allowed_address=lambda address: address == "127.0.0.1")
    server.serve("a.jpg", JPEG)
    assert download(server.url("a.jpg"), policy) == JPEG
    with pytest.raises(ForbiddenAddress):
        take(redirect(server, "inside", to.format(server.port)), policy)


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "169.254.169.254",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.1",
    ],
)
def test_private_addresses_are_refused_without_a_request(server, take, host: str) -> None:
    server.serve("a.jpg", JPEG)
    before = len(server.requests)
    with pytest.raises(ForbiddenAddress) as caught:
        take(f"http://{host}:{server.port}/a.jpg", FetchPolicy())
    assert caught.value.hint == "use --allow-private-urls"
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("2002:808:808::", True),
        ("2002:a00:1::", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("::7f00:1", False),
        ("239.1.1.1", False),
        ("ff02::1", False),
        ("255.255.255.255", False),
        ("not an address", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://:80/",
        "http://[::1/",
        "http://h:99999/",
        "http://a b/",
        f"http://{'x' * 70}.org/",
        "file:///x",
    ],
)
def test_invalid_links(url: str) -> None:
    with pytest.raises(InputError):
        download(url, OPEN)


def test_passwords_never_show(server) -> None:
    for url in (f"http://me:secret@127.0.0.1:{server.port}/a.jpg", redirect(server, "pw", "http://me:secret@h/")):
        with pytest.raises(InputError) as caught:
            download(url, OPEN)
        assert "secret" not in caught.value.message + caught.value.hint
    assert shown_url("http://me:p@ss@h/a@b") == "http://***@h/a@b"
    assert shown_url("http://h/a@b") == "http://h/a@b"


def test_link_parts() -> None:
    link = parse_link("https://Bücher.example:8443/ä?q=1#part")
    assert (link.host, link.port, link.is_tls) == ("xn--bcher-kva.example", 8443, True)
    assert (link.authority, link.target) == ("xn--bcher-kva.example:8443", "/%C3%A4?q=1")
    assert parse_link("http://[::1]/").authority == "[::1]"
    with pytest.raises(InputError, match="without a valid host"):  # else it would stand in the Host header
        parse_link("http://[::1%25\u00e9]/")


def test_a_file_that_changes_between_ranges(server) -> None:
    long = with_segments(JPEG, *[segment(0xE2, random.Random(1).randbytes(60_000))] * 3)

    def changing(sock: socket.socket, request: str) -> None:
        first = int(request.partition("bytes=")[2].partition("-")[0])
        part = long[first : first + 16384]
        head = f"HTTP/1.1 206 P\r\nContent-Range: bytes {first}-{first + len(part) - 1}/{len(long) + first}\r\n\r\n"
        sock.sendall(head.encode() + part)

    with pytest.raises(FetchFailed, match="changed"):
        probe_url(server.run("changing", changing), OPEN)


def unranged(server, name: str, refusal: bytes) -> str:
    """A server that gives the whole picture, and this to whoever asks for a part."""
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG
    return server.run(name, lambda sock, request: sock.sendall(refusal if "Range:" in request else whole))


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(b"416 No\r\nContent-Range: bytes */%d" % len(JPEG), id="416 with the size"),
        pytest.param(b"416 No", id="416"),
        pytest.param(b"501 Not implemented", id="501"),
        pytest.param(b"403 Forbidden", id="403"),
        pytest.param(b"400 Bad", id="400"),
        pytest.param(b"206 Part\r\nContent-Encoding: gzip\r\nContent-Range: bytes 0-9/10", id="compressed part"),
    ],
)
def test_where_ranges_are_refused_the_whole_picture_is_read(server, refusal: bytes) -> None:
    url = unranged(server, "unranged", b"HTTP/1.1 " + refusal + b"\r\nContent-Length: 0\r\n\r\n")
    found = probe_url(url, OPEN)
    assert (found.width_px, found.size_bytes) == (400, len(JPEG))
    with pytest.raises(TooLarge):
        probe_url(url, FetchPolicy(allows_private=True, max_bytes=len(JPEG) - 1))


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize(
    ("coding", "make"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_link_that_comes_compressed_is_read(server, take, coding: str, make) -> None:
    headers = f"Content-Encoding: {coding}\r\n"
    found = take(server.serve("packed", make(JPEG), headers=headers), OPEN)
    assert found == JPEG if take is download else found.width_px == 400
    with pytest.raises(FetchFailed, match="compress"):
        take(server.serve("cut", make(JPEG)[:-20], headers=headers), OPEN)
    with pytest.raises(FetchFailed, match="compression is damaged"):
        take(server.serve("junk", b"no compression at all", headers=headers), OPEN)
    with pytest.raises(FetchFailed, match="compressed by 'br'"):
        take(server.serve("br", JPEG, headers="Content-Encoding: br\r\n"), OPEN)


def test_a_compression_bomb_ends_at_the_limit(server) -> None:
    bomb = server.serve("bomb", gzip.compress(bytes(50_000_000)), headers="Content-Encoding: gzip\r\n")
    with pytest.raises(TooLarge):
        download(bomb, FetchPolicy(allows_private=True, max_bytes=3_000_000))


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize("status", ["429 Slow down", "503 Busy"])
def test_a_busy_server_is_asked_again(server, take, status: str) -> None:
    answers = [f"HTTP/1.1 {status}\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n".encode()] * 2
    answers.append(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG)
    assert take(server.run("busy", lambda sock, _: sock.sendall(answers.pop(0))), OPEN)
    assert answers == []


@pytest.mark.parametrize(("status", "kind"), [("429 Slow down", RateLimited), ("503 Busy", ServerFailed)])
def test_a_server_that_stays_busy_is_no_fault_of_the_link(server, status: str, kind) -> None:
    before, began = len(server.requests), time.monotonic()
    with pytest.raises(kind, match=rf"asks to wait 60 s \(status {status[:3]}\)") as caught:
        download(server.serve("busy", b"", status=status, headers="Retry-After: 60\r\n"), OPEN)
    assert caught.value.message.startswith("http://127.0.0.1:")
    assert (len(server.requests) - before, caught.value.retryable) == (1, True)
    assert time.monotonic() - began < 5
    once = FetchPolicy(allows_private=True, retries=0)
    with pytest.raises(kind):
        probe_url(server.serve("busy", b"", status=status), once)


@pytest.mark.parametrize("take", [download, probe_url])
@pytest.mark.parametrize(
    "to", ["http://[::1/x", "http://[/", "http://h:99999999/", "//[", "http://\xff\xfe/", "http://"]
)
def test_a_redirect_to_what_is_no_link_is_one_clean_line(server, take, to: str) -> None:
    def answer(sock: socket.socket, _: str) -> None:
        sock.sendall(b"HTTP/1.1 302 Go\r\nContent-Length: 0\r\nLocation: " + to.encode("latin-1") + b"\r\n\r\n")

    with pytest.raises(InputError) as caught:
        take(server.run("odd", answer), OPEN)
    assert "\n" not in caught.value.message


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_a_link_goes_through_the_proxy_that_requests_use(server, no_proxies: pytest.MonkeyPatch) -> None:
    """The proxy knows the name, which is not known here."""
    no_proxies.setenv("HTTP_PROXY", f"http://me:p%40ss@127.0.0.1:{server.port}")
    url = "http://pictures.invalid/a.jpg"
    server.handlers[url] = lambda sock, _: sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + JPEG)
    assert download(url, FetchPolicy()) == JPEG
    head = server.requests[-1]
    assert head.startswith(f"GET {url} HTTP/1.1\r\nHost: pictures.invalid\r\n")
    assert "Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in head
    no_proxies.setenv("NO_PROXY", "pictures.invalid")
    with pytest.raises(FetchFailed, match="no address is known"):
        download(url, FetchPolicy())


def test_a_tunnel_that_a_proxy_refuses_is_told_as_the_proxys(server, no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("HTTPS_PROXY", f"127.0.0.1:{server.port}")
    server.handlers["pictures.invalid:443"] = lambda sock, _: sock.sendall(b"HTTP/1.1 403 No\r\n\r\n")
    with pytest.raises(FetchFailed, match=rf"the proxy 127\.0\.0\.1:{server.port} refuses the connection"):
        download("https://pictures.invalid/a.jpg", FetchPolicy())
    assert server.requests[-1].startswith("CONNECT pictures.invalid:443 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("status", "marks", "whose"),
    [
        (403, "X-Squid-Error: ERR_ACCESS_DENIED 0", "the proxy {0} refuses"),
        (403, "Server: squid/6.6", "the proxy {0} refuses"),
        (403, "Proxy-Status: gw; error=http_request_denied", "the proxy {0} refuses"),
        (403, "Via: 1.1 gw", "the server, or the proxy {0} on the way to it, refuses"),
        (503, "Server: Zscaler/6.2", "the proxy {0} is busy"),
        (502, "X: y", "the server, or the proxy {0} on the way to it, answers with status 502"),
        (407, "X: y", "the proxy {0} wants a login"),
    ],
)
def test_what_comes_by_a_proxy_is_told_as_whose_it_is(
    server, no_proxies: pytest.MonkeyPatch, status: int, marks: str, whose: str
) -> None:
    no_proxies.setenv("HTTP_PROXY", f"127.0.0.1:{server.port}")
    url = "http://pictures.invalid/a.jpg"
    reply = f"HTTP/1.1 {status} No\r\n{marks}\r\nContent-Length: 0\r\n\r\n".encode()
    server.handlers[url] = lambda sock, _: sock.sendall(reply)
    with pytest.raises((FetchFailed, ServerFailed)) as caught:
        download(url, FetchPolicy(retries=0))
    assert whose.format(f"127.0.0.1:{server.port}") in str(caught.value)
    assert "HTTP_PROXY" in caught.value.hint


def test_a_proxy_that_cannot_be_reached_is_named(no_proxies: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    no_proxies.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
    for scheme in ("http", "https"):
        with pytest.raises(FetchFailed, match=rf"the proxy 127\.0\.0\.1:{port} cannot be reached"):
            download(f"{scheme}://pictures.invalid/a.jpg", FetchPolicy())
    no_proxies.setenv("ALL_PROXY", "http://proxy.invalid:3128")
    with pytest.raises(FetchFailed, match=r"the proxy proxy\.invalid:3128 cannot be reached"):
        download("http://pictures.invalid/a.jpg", FetchPolicy())


def test_a_proxy_reaches_no_private_address_and_is_not_used_for_this_machine(
    server, no_proxies: pytest.MonkeyPatch
) -> None:
    no_proxies.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert download(server.serve("a.jpg", JPEG), OPEN) == JPEG
    with pytest.raises(FetchFailed, match=r"links do not use the proxy socks5://127\.0\.0\.1:1"):
        download("http://pictures.invalid/a.jpg", FetchPolicy())
    no_proxies.setenv("ALL_PROXY", f"http://127.0.0.1:{server.port}")
    before = len(server.requests)
    for host in ("10.1.2.3", "169.254.169.254", "[fd00::1]"):
        with pytest.raises(ForbiddenAddress):
            download(f"http://{host}/a.jpg", FetchPolicy())
    assert len(server.requests) == before


CA = """
[ca]
default_ca = here
[here]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def test_a_certificate_of_another_day_asks_for_the_clock(tmp_path, monkeypatch) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=tmp_path)

    (tmp_path / "ca.cnf").write_text(CA)
    (tmp_path / "index").write_text("")
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost")
    openssl("req", "-new", *made, "-keyout", "key.pem", "-out", "request.pem")
    period = ("-startdate", "200101000000Z", "-enddate", "200102000000Z", "-rand_serial", "-batch", "-notext")
    signed = ("-selfsign", "-keyfile", "key.pem", "-in", "request.pem", "-out", "old.pem")
    openssl("ca", "-config", "ca.cnf", *signed, *period)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "old.pem", tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "old.pem"))

    def shake(listener: socket.socket) -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as plain:
            context.wrap_socket(plain, server_side=True).recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake, args=(listener,))
        thread.start()
        with pytest.raises(FetchFailed, match="certificate has expired") as caught:
            download(f"https://localhost:{listener.getsockname()[1]}/a.png", OPEN)
        thread.join()
    assert caught.value.hint.startswith("this machine's clock says 2")
