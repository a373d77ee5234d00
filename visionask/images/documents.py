"""The pages of documents: each page of a PDF or TIFF as an image of its own, counted from the structure, none drawn.

A document is told by its first bytes; a link or an object by its name, and is then downloaded whole. One of a single
page keeps its name: it is a picture like any other.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, NotAnImage
from visionask.core.image import BytesSource, Failed, FileSource, page_label
from visionask.images.files import open_regular
from visionask.images.formats import HEAD_BYTES, is_pdf, sniff
from visionask.images.frames import count_tiff_pages, no_such_frame
from visionask.images.probe import read_bytes, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.image import ObjectSource, Pages, Source, UrlSource
    from visionask.images.probe import ReadAt

_SUFFIXES = (".pdf", ".tif", ".tiff")


def named_as_document(source: UrlSource | ObjectSource) -> bool:
    """Return whether a link or an object ends as a document's name does."""
    return source.url.partition("#")[0].partition("?")[0].lower().endswith(_SUFFIXES)


def pages_of(source: FileSource | BytesSource, pages: Pages) -> Iterator[Source | Failed]:
    """Yield the wanted pages of a document in their order, and any other image as it is.

    A page that was named and is not there is yielded as `Failed`, as is a document that cannot be read.
    """
    try:
        count = count_pages(source)
    except InputError as error:
        yield Failed(label=source.label, error=error)
        return
    if count is None or (count == 1 and pages.takes(1)):
        yield source
        return
    for number in range(1, count + 1):
        if pages.takes(number):
            yield page_of(source, number)
    for number in pages.beyond(count):
        missing = no_such_frame(source.label, "page", number - 1, count)
        missing.hint = f"the last one is --pages {count}"
        yield Failed(label=page_label(source.label, number), error=missing)


def page_of(source: FileSource | BytesSource, number: int) -> FileSource | BytesSource:
    """Return one page of a document, from 1."""
    if isinstance(source, FileSource):
        return source._replace(page=number)
    return BytesSource(page_label(source.label, number), source.data, number)


def count_pages(source: FileSource | BytesSource) -> int | None:
    """Count the pages of a PDF or TIFF; None for an image that is no document.

    Raises what `probe` raises: for a PDF that is locked or damaged, and where the extra for PDF is missing.
    """
    if isinstance(source, BytesSource):
        if not source.data:
            raise NotAnImage(f"{source.label}: is empty", "check how it was made or downloaded")
        return _count(source.data[:HEAD_BYTES], source, lambda at, count: source.data[at : at + count])
    fd, _ = open_regular(source.path)
    try:
        read_at = reader(fd)
        return _count(read_at(0, HEAD_BYTES), source, read_at)
    finally:
        os.close(fd)


def _count(head: bytes, source: FileSource | BytesSource, read_at: ReadAt) -> int | None:
    if is_pdf(head):
        from visionask.images.pdf import read_page

        data = read_bytes(source._replace(page=1) if isinstance(source, FileSource) else source)
        return read_page(data, 0, label=source.label).pages
    return count_tiff_pages(read_at) if sniff(head[:64]) == "TIFF" else None
