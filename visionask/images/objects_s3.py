"""Owns the listing of S3 keys that obstore gives up on: those it does not read stand in the same page as others.

obstore signs what it is asked for, whoever the credentials come from, so it signs these listings too: a store whose
address ends in the query of a listing, and the object that has no name in it.
"""

from __future__ import annotations

import http.client
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.core.errors import FetchFailed
from visionask.images.buckets import open_bucket
from visionask.images.readers import Readers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.images.buckets import Place

_MOST_BYTES = 20_000_000  # of a page: 1,000 keys have 3 MB at most, each byte encoded
_TIMEOUT_S, _VALID_S = 30, 300
_ANY = "{*}"  # each store of this kind has a name space of its own, or none


class Listed(NamedTuple):
    """One object of a listing."""

    path: str
    size: int
    etag: str | None


class Page(NamedTuple):
    """What one request brought; `folders` were counted, and not looked into."""

    objects: list[Listed]
    folders: int


def list_keys(url: str, place: Place, top: str, *, after: str | None, recursive: bool) -> Iterator[Page]:
    """Yield all keys that begin with `top` and come behind `after`, page by page. Raises FetchFailed."""
    asked = {"list-type": "2", "encoding-type": "url", "prefix": top, "start-after": after or ""}
    if not recursive:
        asked["delimiter"] = "/"
    readers: Readers[tuple[Page, str]] = Readers(1)
    with readers:
        while True:
            page, token = readers.submit(partial(_ask, url, place, asked)).result()
            yield page
            if not token:
                return
            asked["continuation-token"] = token


def _ask(url: str, place: Place, asked: dict[str, str]) -> tuple[Page, str]:
    from urllib.request import urlopen
    from xml.etree import ElementTree as ET

    from obstore.exceptions import BaseError

    try:
        with urlopen(_signed(place, asked), timeout=_TIMEOUT_S) as reply:  # noqa: S310  made here
            found = ET.fromstring(reply.read(_MOST_BYTES))  # noqa: S314  expat bounds what entities grow to
        return _read(found), _next(found)
    except (BaseError, OSError, ValueError, http.client.HTTPException, ET.ParseError) as error:
        raise FetchFailed(
            f"{url}: has names with control characters or empty, `.` or `..` parts, and cannot be listed with them",
            "name the objects themselves, or folders without such names",
        ) from error


def _read(found: Any) -> Page:
    from urllib.parse import unquote_plus

    if found.tag.rpartition("}")[2] != "ListBucketResult":
        raise ValueError("no listing")
    spelled = unquote_plus if found.findtext(f"{_ANY}EncodingType") == "url" else str  # some give names as they are
    objects = [
        Listed(
            spelled(each.findtext(f"{_ANY}Key") or ""),
            int(each.findtext(f"{_ANY}Size") or 0),
            each.findtext(f"{_ANY}ETag"),
        )
        for each in found.iterfind(f"{_ANY}Contents")
    ]
    return Page(objects, sum(1 for _ in found.iterfind(f"{_ANY}CommonPrefixes")))


def _next(found: Any) -> str:
    """Return where the next page begins, empty after the last. Raises ValueError where it is not told."""
    token: str = found.findtext(f"{_ANY}NextContinuationToken") or ""
    if not token and found.findtext(f"{_ANY}IsTruncated") == "true":
        raise ValueError("a page without the next")
    return token


def _signed(place: Place, asked: dict[str, str]) -> str:
    """Give a link for a listing. `x-id`, which S3 leaves alone, takes the slash that comes before an object's name."""
    from datetime import timedelta
    from urllib.parse import quote, urlencode

    import obstore
    from obstore.store import S3Store

    valid = timedelta(seconds=_VALID_S)
    any_store: Any = open_bucket(place.root)
    bucket = obstore.sign(any_store, "GET", "x", valid).partition("?")[0].removesuffix("/x")
    query = urlencode({name: value for name, value in asked.items() if value}, quote_via=quote, safe="")
    store = S3Store(place.root[5:], endpoint=f"{bucket}?{query}&x-id=", virtual_hosted_style_request=True)
    return obstore.sign(store, "GET", "", valid)
