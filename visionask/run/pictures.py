"""The pictures of requests: each read, digested and made once, however many requests it stands in."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING

from visionask.core.errors import FetchFailed, InputError
from visionask.core.image import BytesSource, Failed, FileSource, ObjectSource, UrlSource
from visionask.core.plan import ImagePlan
from visionask.images.files import MAX_BYTES
from visionask.images.probe import read_bytes
from visionask.run.survey import plan_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.image import EncodedImage, Source
    from visionask.core.ledger import Thumbnail
    from visionask.core.plan import Planner
    from visionask.run.survey import Choosing


class Picture:
    """One picture: its plan, its bytes while they are in hand, and what is sent of it once it is made.

    Its digest is of the bytes that are sent, so that a file that changes under way is never kept under another's.
    """

    __slots__ = ("_data", "_digest", "encoded", "plan", "small", "wants_thumbnail")

    def __init__(self, plan: ImagePlan, data: bytes | None = None) -> None:
        self.plan = plan
        self.encoded: EncodedImage | None = None
        self.wants_thumbnail = False  # made beside it, of the same pixels
        self.small: Thumbnail | None = None  # that was made so
        self._data = data
        self._digest = None if data is None else hashlib.sha256(data).hexdigest()

    @property
    def label(self) -> str:
        return self.plan.source.label

    @property
    def held_bytes(self) -> int:
        """The size of the bytes that are in hand."""
        return len(self._data or b"")

    @property
    def in_hand(self) -> BytesSource | None:
        """What was fetched, as a source that is not fetched again; None for a file, and once it is made."""
        source = self.plan.source
        if self._data is None or isinstance(source, FileSource):
            return None
        return BytesSource(source.label, self._data, getattr(source, "page", None))

    @property
    def known_digest(self) -> str | None:
        """The SHA-256 of its bytes as far as it is known; None for a link that is handed on."""
        return self._digest

    @property
    def is_made(self) -> bool:
        """Whether all is done that comes before sending: nothing, for a link that is handed on."""
        return self.encoded is not None or self.is_link

    @property
    def is_link(self) -> bool:
        """Whether it is handed on as a link."""
        return self._digest is None and isinstance(self.plan.source, UrlSource | ObjectSource)

    def _read(self) -> bytes:
        source = self.plan.source
        if isinstance(source, UrlSource | ObjectSource):
            raise FetchFailed(f"{self.label}: is handed on as a link, and not read here", "leave --pass-url out")
        return read_bytes(source)

    def fetch(self, choosing: Choosing, planner: Planner) -> None:
        """Fetch and make here what was to be handed on as a link. Raises InputError."""
        if not self.is_link:
            return
        found = plan_source(self.plan.source, choosing._replace(passes_urls=False, fetches_whole=True), planner)
        if isinstance(found, Failed):
            raise found.error
        made = Picture(found)
        made.wants_thumbnail = self.wants_thumbnail
        made.make()
        self.encoded, self.small, self._digest, self.plan = made.encoded, made.small, made.known_digest, found

    def digest(self) -> str | None:
        """Return the SHA-256 of its bytes, and read them for it where that is needed. Raises InputError."""
        if self._digest is None and not self.is_link:
            self._digest = hashlib.sha256(self._read()).hexdigest()
        return self._digest

    def make(self) -> None:
        """Read, decode and encode what is sent, once, and let go of the file. Raises InputError."""
        if self.is_made:
            return
        from visionask.images.prepare import encode
        from visionask.images.thumbnail import encode_with_thumbnail

        if self._data is None:
            data, digest = self._read(), None
        else:
            data, digest = self._data, self._digest
        if self.wants_thumbnail:
            made = encode_with_thumbnail(data, self.plan.sizing.spec, label=self.label, sha256=digest)
            self.encoded, self.small = made
        else:
            self.encoded = encode(data, self.plan.sizing.spec, label=self.label, sha256=digest)
        self._data, self._digest = None, self.encoded.sha256

    def let_go(self) -> None:
        """Forget what is sent: its digest stays, and it can be made again."""
        self.encoded = self.small = None

    def thumbnail_name(self) -> bytes:
        """Return the name of its thumbnail; empty for a link that is handed on. Raises InputError."""
        from visionask.images.thumbnail import thumbnail_name

        digest = self.digest()
        return b"" if digest is None else thumbnail_name(digest, self.plan.sizing.spec)

    def thumbnail(self) -> bytes:
        """Return a small JPEG of what is sent, for reports; what was not sent is not made for it. Raises InputError."""
        from visionask.images.thumbnail import thumbnail, thumbnail_of

        if self.small is not None:
            return self.small.jpeg
        name = self.thumbnail_name()
        if self.encoded is not None:
            return thumbnail(self.encoded, name=name)
        return thumbnail_of(self._data or self._read(), self.plan.sizing.spec, label=self.label, name=name)


class Spool:
    """Files for pictures that were fetched, in a folder that goes when nobody holds this any more: memory has none."""

    def __init__(self) -> None:
        self._folder: str | None = None
        self._last: tuple[bytes, str] | None = None  # pages of a document have the same bytes

    def put(self, plan: ImagePlan) -> ImagePlan:
        """Return a plan whose picture is in a file; the same where it is in one, or there is no room for it."""
        source = plan.source
        if not isinstance(source, BytesSource):
            return plan
        try:
            if self._last is None or self._last[0] is not source.data:
                self._last = source.data, self._written(source.data)
        except OSError:
            return plan
        return plan._replace(source=FileSource(self._last[1], page=source.page, link=source.label))

    def _written(self, data: bytes) -> str:
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="visionask-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        fd, path = tempfile.mkstemp(dir=self._folder)
        with open(fd, "wb") as file:
            file.write(data)
        return path


def pictures_of(plans: Sequence[ImagePlan]) -> tuple[Picture, ...]:
    """Return the pictures of these plans, none of them made."""
    return tuple(Picture(plan) for plan in plans)


def read_picture(source: Source, choosing: Choosing, planner: Planner, *, max_bytes: int = MAX_BYTES) -> Picture:
    """Read an image once, and plan what was read: a file that changes meanwhile is one or the other, whole.

    Raises InputError.
    """
    held = source
    if isinstance(source, FileSource):
        held = BytesSource(source.label, read_bytes(source, max_bytes=max_bytes), source.page)
    found = plan_source(held, choosing, planner)
    if isinstance(found, Failed):
        raise found.error
    data = found.source.data if isinstance(found.source, BytesSource) else None
    sizing = found.sizing
    if isinstance(source, FileSource) and source.note:
        sizing = sizing._replace(warnings=(*sizing.warnings, source.note))
    return Picture(ImagePlan(source, found.probe, sizing), data)


def make_all(pictures: Sequence[Picture]) -> tuple[Failed, ...]:
    """Make all pictures; those that cannot be made are returned, in the order given.

    Threads: Pillow decodes and resizes outside the interpreter's lock.
    """
    wanted = [picture for picture in pictures if not picture.is_made]
    if len(wanted) < 2:
        made = [_made(picture) for picture in wanted]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            made = list(pool.map(_made, wanted))
    return tuple(failed for failed in made if failed is not None)


def _made(picture: Picture) -> Failed | None:
    try:
        picture.make()
    except InputError as error:
        return Failed(label=picture.label, error=error)
    return None
