"""Finding pictures below a URL of an object store: as a stream, a page of 1,000 names in memory at a time.

A store gives names in the order of their bytes; each page is put into natural order, so that up to 1,000 objects come
as the files of a folder do. `/` ends the name of a folder, as everywhere in these stores.

obstore gives up a listing at the first page with a name that it does not read (control characters, empty, `.` or `..`
parts). Then the listing ends with an error that names the place.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from visionask.core.errors import InputError
from visionask.core.image import Failed, ObjectSource
from visionask.core.namedtuple import NamedTuple
from visionask.images.ranges import Readers
from visionask.images.sources import has_picture_suffix, natural_key
from visionask.images.stores import is_readable, open_bucket, parse_object_url, unreadable_name, worded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from obstore import ObjectMeta

    from visionask.images.sources import Filter
    from visionask.images.stores import Place

_PAGE = 1000  # names: what S3, GCS and Azure give at once, 5,000 on Azure
_NAME = re.compile(r'Path "(.*?)"(?:: Encountered| contained)', re.DOTALL)  # in obstore's message
_LAST = "\U0010ffff"  # sorts behind every character


class Count(NamedTuple):
    """How many objects a listing had, and how many pictures of them were wanted."""

    seen: int
    taken: int


def may_be_folder(url: str) -> bool:
    """Return whether a URL can mean all that is below it: it has no picture's suffix. Nothing is asked."""
    return is_surely_folder(url) or not has_picture_suffix(url)


def is_surely_folder(url: str) -> bool:
    """Return whether a URL is a bucket, or a name that ends in a slash: no object is meant."""
    return url[5:].partition("/")[2][-1:] in ("", "/")


def list_objects(url: str, chosen: Filter, *, recursive: bool) -> Generator[ObjectSource | Failed, None, Count]:
    """Yield the pictures below a URL, and return how many objects there were. Hidden names are left out.

    A listing that fails ends with a `Failed` of the URL.
    """
    place = parse_object_url(url)
    top = place.key.rstrip("/") + "/" if place.key.strip("/") else ""
    seen = taken = 0
    try:
        if top and not is_readable(top[:-1]):
            raise unreadable_name(url)
        for page in _pages(url, place, top, recursive=recursive):
            seen += len(page)
            wanted = [each for each in page if _is_wanted(each["path"][len(top) :], chosen, recursive=recursive)]
            wanted.sort(key=lambda each: natural_key(each["path"]))
            for each in wanted:
                taken += 1
                yield ObjectSource(f"{place.root}/{each['path']}", each["size"], each["e_tag"])
    except InputError as error:
        taken += 1
        yield Failed(label=url, error=error)
    return Count(seen, taken)


def _is_wanted(path: str, chosen: Filter, *, recursive: bool) -> bool:
    """Apply to a path below the top what the walk through a folder does: to each folder on the way, and to the name."""
    *folders, name = path.split("/")
    if folders and not recursive:
        return False
    if any(part.startswith(".") for part in (*folders, name)):
        return False
    if chosen.exclude:
        for depth, folder in enumerate(folders, 1):
            if chosen.drops(folder, "/".join(folders[:depth])):
                return False
    return chosen.takes(name, path)


def _pages(url: str, place: Place, top: str, *, recursive: bool) -> Iterator[Sequence[ObjectMeta]]:
    """Yield the names below `top`, page by page; without `recursive`, leap over the rest of a folder below it.

    Only S3 starts a listing anywhere; others would begin anew. Its directory buckets (`--x-s3`) keep no order.
    """
    is_ordered = place.scheme == "s3" and not place.root.endswith("--x-s3")
    offset: str | None = None
    while True:
        for page in _stream(url, place, top, offset=offset):
            if is_ordered and not top and any(one["path"] > other["path"] for one, other in pairwise(page)):
                raise _incomplete(url, "")  # obstore leaves out the slash that a name begins with
            yield page
            offset = page[-1]["path"]
            folder, slash, _ = offset[len(top) :].partition("/")
            if is_ordered and not recursive and slash and len(page) == _PAGE:
                offset = f"{top}{folder}/{_LAST}"
                break
        else:
            return


def _incomplete(url: str, message: str) -> InputError:
    found = _NAME.search(message)
    which = f"{found[1]!r}, " if found else ""
    return InputError(
        f"{url}: the listing ends at {which}a name with control characters or empty, `.` or `..` parts",
        "give that object another name, or name folders that are without it",
    )


def _stream(url: str, place: Place, top: str, *, offset: str | None) -> Iterator[Sequence[ObjectMeta]]:
    """Yield pages from `offset` on. Raises InputError."""
    import obstore
    from obstore.exceptions import InvalidPathError

    readers: Readers[Sequence[ObjectMeta] | None] = Readers(1)
    with readers, worded(url):
        stream = obstore.list(open_bucket(place.root), top or None, offset=offset, chunk_size=_PAGE)
        while True:
            try:
                found = readers.submit(partial(next, stream, None)).result()
            except InvalidPathError as error:
                raise _incomplete(url, str(error)) from error
            if found is None:
                return
            yield found
