"""Finding pictures below a URL of an object store: as a stream, a page of 1,000 names in memory at a time.

A store gives names in the order of their bytes; each page is put into natural order, so that up to 1,000 objects come
as the files of a folder do. `/` ends the name of a folder, as everywhere in these stores.

The listing of S3 keys that obstore gives up on: those it does not read stand in the same page as others.

obstore signs what it is asked for, whoever the credentials come from, so it signs these listings too: a store whose
address ends in the query of a listing, and the object that has no name in it.
"""

from __future__ import annotations

import http.client
import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.core.errors import FetchFailed, InputError
from visionask.core.image import Failed, ObjectSource
from visionask.images.ranges import Readers
from visionask.images.sources import has_picture_suffix, natural_key
from visionask.images.stores import is_readable, open_bucket, parse_object_url, unreadable_name, worded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from obstore import ObjectMeta

    from visionask.images.sources import Filter
    from visionask.images.stores import Place


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


_PAGE = 1000  # names: what S3, GCS and Azure give at once, 5,000 on Azure


_NAME = re.compile(r'Path "(.*?)"(?:: Encountered| contained)', re.DOTALL)  # in what obstore says of it


_LAST = "\U0010ffff"  # sorts behind every character


class Count(NamedTuple):
    """What a listing came to: objects there, and pictures that were wanted."""

    seen: int
    taken: int


def may_be_folder(url: str) -> bool:
    """Tell whether a URL can mean all that is below it: without a picture's suffix. Nothing is asked."""
    return is_surely_folder(url) or not has_picture_suffix(url)


def is_surely_folder(url: str) -> bool:
    """Tell a bucket, or a name that ends in a slash: no object is meant."""
    return url[5:].partition("/")[2][-1:] in ("", "/")


def list_objects(url: str, chosen: Filter, *, recursive: bool) -> Generator[ObjectSource | Failed, None, Count]:
    """Yield the pictures below a URL, and return how many objects there were. Hidden names are left out.

    A name that cannot be read is a `Failed` of its own; a listing that fails ends with a `Failed` of the URL.
    """
    place = parse_object_url(url)
    top = place.key.rstrip("/") + "/" if place.key.strip("/") else ""
    seen = taken = 0
    try:
        if top and not is_readable(top[:-1]):
            raise unreadable_name(url)
        for page in _pages(url, place, top, recursive=recursive):
            seen += len(page.objects) + page.folders
            wanted = [each for each in page.objects if _is_wanted(each.path[len(top) :], chosen, recursive=recursive)]
            wanted.sort(key=lambda each: natural_key(each.path))
            for each in wanted:
                taken += 1
                yield _found(place, each)
    except InputError as error:
        taken += 1
        yield Failed(label=url, error=error)
    return Count(seen, taken)


def _found(place: Place, listed: Listed) -> ObjectSource | Failed:
    url = f"{place.root}/{listed.path}"
    if is_readable(listed.path):
        return ObjectSource(url, listed.size, listed.etag)
    return Failed(label=url, error=unreadable_name(url))


def _is_wanted(path: str, chosen: Filter, *, recursive: bool) -> bool:
    """Apply to a path below the top what the walk through a folder does: to each folder on the way, and to the name."""
    *folders, name = path.split("/")
    if folders and not recursive:
        return False
    if any(part.startswith(".") and part not in (".", "..") for part in (*folders, name)):
        return False
    if chosen.exclude:
        for depth, folder in enumerate(folders, 1):
            if chosen.drops(folder, "/".join(folders[:depth])):
                return False
    return chosen.takes(name, path)


def _pages(url: str, place: Place, top: str, *, recursive: bool) -> Iterator[Page]:
    """Yield the names below `top`, page by page; without `recursive`, leap over the rest of a folder below it.

    Only S3 starts a listing anywhere; others would begin anew. Its directory buckets (`--x-s3`) keep no order. Where
    obstore gives up a page for one of its names, the rest of an ordered listing is asked for without it.
    """
    is_ordered = place.scheme == "s3" and not place.root.endswith("--x-s3")
    last: Page | None = None
    offset: str | None = None
    while True:
        try:
            for page in _stream(url, place, top, offset=offset):
                if is_ordered and not top and _is_slash_lost(page):
                    raise _BadName  # noqa: TRY301  the same as a name that obstore notices
                yield page
                last, offset = page, page.objects[-1].path
                folder, slash, _ = offset[len(top) :].partition("/")
                if is_ordered and not recursive and slash and len(page.objects) == _PAGE:
                    offset = f"{top}{folder}/{_LAST}"
                    break
            else:
                return
        except _BadName as error:
            if not is_ordered:
                raise _incomplete(url, error) from error
            known = frozenset(each.path for each in last.objects) if last else frozenset[str]()
            for rest in list_keys(url, place, top, after=offset, recursive=recursive):
                objects = [each for each in rest.objects if each.path.strip("/") not in known and not _is_marker(each)]
                yield rest._replace(objects=objects)
            return


class _BadName(Exception):
    """A name in a page that obstore does not give, and with it none of the page's others."""


def _is_slash_lost(page: Page) -> bool:
    """Tell that names are not in their order: obstore leaves out the slash that the first of them begin with."""
    return any(one.path > other.path for one, other in pairwise(page.objects))


def _is_marker(listed: Listed) -> bool:
    """Tell the empty object by which some tools make a folder."""
    return not listed.size and listed.path.endswith("/")


def _incomplete(url: str, error: Exception) -> InputError:
    found = _NAME.search(str(error))
    which = f"{found[1]!r}, " if found else ""
    return InputError(
        f"{url}: the listing ends at {which}a name with control characters or empty, `.` or `..` parts",
        "give that object another name, or name folders that are without it",
    )


def _stream(url: str, place: Place, top: str, *, offset: str | None) -> Iterator[Page]:
    """Yield pages from `offset` on. Raises InputError, _BadName."""
    import obstore
    from obstore.exceptions import InvalidPathError

    readers: Readers[Sequence[ObjectMeta] | None] = Readers(1)
    with readers, worded(url):
        stream = obstore.list(open_bucket(place.root), top or None, offset=offset, chunk_size=_PAGE)
        while True:
            try:
                found = readers.submit(partial(next, stream, None)).result()
            except InvalidPathError as error:
                raise _BadName(str(error)) from error
            if found is None:
                return
            yield Page([Listed(each["path"], each["size"], each["e_tag"]) for each in found], 0)
