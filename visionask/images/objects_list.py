"""Owns finding pictures below a URL of an object store: as a stream, a page of 1,000 names in memory at a time.

A store gives names in the order of their bytes; each page is put into natural order, so that up to 1,000 objects come
as the files of a folder do. `/` ends the name of a folder, as everywhere in these stores.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.errors import InputError
from visionask.core.image import Failed, ObjectSource
from visionask.images.buckets import is_readable, open_bucket, parse_object_url, unreadable_name, worded
from visionask.images.folders import has_picture_suffix, natural_key
from visionask.images.objects_s3 import Listed, Page, list_keys
from visionask.images.readers import Readers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from obstore import ObjectMeta

    from visionask.images.buckets import Place
    from visionask.images.folders import Filter

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
