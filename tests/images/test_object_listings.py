"""Listings of stores that speak S3 in their own way: no name is lost or changed."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote_plus, urlsplit
from xml.sax.saxutils import escape

import pytest

from visionask.core.image import Failed
from visionask.images.sources import expand

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = ["d/a.jpg", "d/new\nline.jpg", "d/p+q%20r.jpg", "d/z.jpg"]


class Shop(ThreadingHTTPServer):
    """A store of these keys. `space` is the name space of its replies."""

    daemon_threads = True
    space = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    encodes = True
    end = "<IsTruncated>false</IsTruncated>"


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        shop, is_asked = self.server, "encoding-type" in parse_qs(urlsplit(self.path).query)
        encodes = is_asked and shop.encodes
        names = [quote_plus(key, safe="/") if encodes else escape(key, {"\n": "&#10;"}) for key in KEYS]
        objects = "".join(
            f'<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"x"</ETag>'
            "<Size>10</Size></Contents>"
            for name in names
        )
        spelling = "<EncodingType>url</EncodingType>" if encodes else ""
        end = shop.end if is_asked else Shop.end
        data = f"<ListBucketResult{shop.space}>{spelling}{objects}{end}</ListBucketResult>".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with Shop(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            monkeypatch.setenv(name, "x")
        try:
            yield server
        finally:
            server.shutdown()


def found(bucket: str) -> dict[str, bool]:
    """Return what is listed by name, and whether it can be read. A store is opened once for each bucket."""
    top = f"s3://{bucket}/"
    return {
        each.label.removeprefix(top): not isinstance(each, Failed)
        for each in expand([f"{top}d/"], allow_folders=True, recursive=True)
    }


WHOLE = {key: "\n" not in key for key in KEYS}


@pytest.mark.parametrize(
    "space", ["", ' xmlns="http://doc.s3.amazonaws.com/2006-03-01"', Shop.space], ids=["none", "old", "s3"]
)
def test_a_listing_is_read_in_every_name_space(shop: Shop, request: pytest.FixtureRequest, space: str) -> None:
    shop.space = space
    assert found(f"space-{request.node.callspec.id}") == WHOLE


def test_names_that_are_not_encoded_are_taken_as_they_are(shop: Shop) -> None:
    shop.encodes = False
    assert found("plain") == WHOLE


def test_a_page_that_does_not_tell_the_next_is_a_failure(shop: Shop) -> None:
    shop.end = "<IsTruncated>true</IsTruncated>"
    assert found("cut") == {"d/": False}
