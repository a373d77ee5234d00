"""The first half of every command: arguments to sources, headers and plans. Free: nothing is decoded or sent.

The reading of many objects at a time: a bounded number ahead, planned in the order in which they were found.

A store answers each request after some 20 ms, however many there are at a time: so 64 headers are read at once. What
is downloaded whole is read by fewer, for it is held in memory.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING

from visionask.core.errors import ApiError, Bug, FetchFailed, InputError, VisionaskError
from visionask.core.image import BytesSource, Failed, FileSource, ObjectSource, Probe, Source, UrlSource
from visionask.core.namedtuple import NamedTuple, maker
from visionask.core.plan import ImagePlan, Planner, Sizing
from visionask.images.probe import probe
from visionask.images.sources import Filter, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from visionask.core.image import Pages
    from visionask.images.links import FetchPolicy


_AT_HAND = (FileSource, BytesSource)

Seen = tuple[Source, Probe | None]


"""An image as it was found, or with its bytes, and its header; None for a link that is handed on unread."""


class Choosing(NamedTuple):
    """Which images: the arguments in order, and how folders, links and standard input are taken."""

    args: Sequence[str]
    stdin: Callable[[], bytes] | None = None
    is_recursive: bool = False
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    allows_folders: bool = False
    allows_private_urls: bool = False
    fetches_whole: bool = False  # a link that will be sent is downloaded once, a link that is only priced is not
    passes_urls: bool = False  # the provider fetches links itself
    passed_formats: tuple[str, ...] = ()  # of pictures that it takes by a link; empty: any
    is_offline: bool = False  # no link is looked at
    is_list: bool = False  # names of a file are among them, as a scan has it
    sample: frozenset[str] | None = None  # labels, where only some are wanted
    limit: int | None = None  # of those, the first so many
    pages: Pages | None = None  # of documents, each an image of its own
    on_note: Callable[[str], None] | None = None  # told what folders leave out
    in_hand: Mapping[str, BytesSource] = {}  # images that are here already, by the argument that stands for each


def survey(choosing: Choosing, planner: Planner) -> Iterator[ImagePlan | Failed]:
    """Plan each image in the order given; one that cannot be sent is a value and stops nothing.

    Raises UsageError for options that cannot be met.
    """
    return plan_all(find(choosing), choosing, planner)


def plan_all(sources: Iterator[Source | Failed], choosing: Choosing, planner: Planner) -> Iterator[ImagePlan | Failed]:
    """Plan images in their order; from the first object of a store on, many are read at a time."""
    for source in sources:
        if isinstance(source, FileSource):  # nearly all: asked first
            yield plan_source(source, choosing, planner)
        elif isinstance(source, ObjectSource):
            yield from plan_ahead(source, sources, choosing=choosing, planner=planner)
            return
        else:
            yield source if isinstance(source, Failed) else plan_source(source, choosing, planner)


def find(choosing: Choosing) -> Iterator[Source | Failed]:
    """Find the images in the order given, --sample and --limit applied. Nothing is opened but folders, here and in
    object stores.
    """
    found = _find(choosing) if choosing.pages is None else _find_pages(choosing, choosing.pages)
    return found if choosing.sample is None and choosing.limit is None else _only_some(found, choosing)


def _only_some(found: Iterator[Source | Failed], choosing: Choosing) -> Iterator[Source | Failed]:
    """Apply --sample and --limit."""
    taken, sample, limit = 0, choosing.sample, choosing.limit
    for source in found:
        if sample is None or source.label in sample:
            if taken == limit:
                return
            taken += 1
            yield source


def pick_sample(choosing: Choosing, size: int) -> frozenset[str]:
    """Pick `size` labels evenly: those whose digests are smallest, so that a rerun picks the same."""
    import hashlib
    import heapq

    def digest(label: str) -> bytes:
        return hashlib.sha256(label.encode("utf-8", "surrogateescape")).digest()

    everything = choosing._replace(sample=None, limit=None)
    return frozenset(heapq.nsmallest(size, (source.label for source in find(everything)), key=digest))


def _find(choosing: Choosing) -> Iterator[Source | Failed]:
    if choosing.in_hand:
        return _find_in_hand(choosing)
    if not choosing.is_offline:
        return _expand(choosing, choosing.args)
    return _find_offline(choosing)


def _find_pages(choosing: Choosing, pages: Pages) -> Iterator[Source | Failed]:
    """Find images, and the wanted pages of documents; a link or object that is named as one is downloaded for that."""
    from visionask.images.documents import named_as_document, pages_of

    whole = choosing._replace(fetches_whole=True)
    for source in _find(choosing):
        if isinstance(source, FileSource | BytesSource) and source.page is None:
            yield from pages_of(source, pages)
        elif isinstance(source, UrlSource | ObjectSource) and named_as_document(source):
            try:
                fetched = fetch(source, whole)
            except (InputError, ApiError) as error:
                yield failed(source, error)
            else:
                yield from pages_of(fetched, pages)
        else:
            yield source


def _find_in_hand(choosing: Choosing) -> Iterator[Source | Failed]:
    """Yield what is here already in its place among the others."""
    for is_here, args in groupby(choosing.args, choosing.in_hand.__contains__):
        if is_here:
            yield from (choosing.in_hand[arg] for arg in args)
        else:
            yield from _find(choosing._replace(args=list(args), in_hand={}))


def _find_offline(choosing: Choosing) -> Iterator[Source | Failed]:
    """Find all but what stands in an object store: to look into its folders is to use the network."""
    from visionask.images.stores import is_object_url

    for is_remote, args in groupby(choosing.args, is_object_url):
        if is_remote:
            yield from (Failed(label=url, error=_offline(url)) for url in args)
        else:
            yield from _expand(choosing, list(args))


def _offline(url: str) -> FetchFailed:
    return FetchFailed(f"{url}: not fetched, as a replay uses no network", "name a file")


def _expand(choosing: Choosing, args: Sequence[str]) -> Iterator[Source | Failed]:
    return expand(
        args,
        recursive=choosing.is_recursive,
        stdin=choosing.stdin,
        chosen=Filter(choosing.include, choosing.exclude, takes_documents=choosing.pages is not None),
        allow_folders=choosing.allows_folders,
        on_note=choosing.on_note,
    )


def plan_source(source: Source, choosing: Choosing, planner: Planner) -> ImagePlan | Failed:
    """Read one image's header and plan it. Raises UsageError for options that cannot be met.

    A fault of ours about one image is the failure of that image.
    """
    try:
        if isinstance(source, _AT_HAND):
            return _planned_here(source, probe(source, frame=planner.options.frame), planner)
        return plan_seen(see(source, choosing, frame=planner.options.frame), choosing, planner)
    except (InputError, ApiError) as error:  # a link's server may be busy
        return failed(source, error)
    except VisionaskError:
        raise
    except Exception as fault:  # noqa: BLE001
        return Failed(label=source.label, error=Bug(source.label, fault))


def see(source: Source, choosing: Choosing, *, frame: int = 0) -> Seen:
    """Read an image's header, as its way to the provider wants. Needs no planner. Raises InputError."""
    # A page of a link cannot be named on the wire: it is fetched here.
    if frame or not choosing.passes_urls or not isinstance(source, UrlSource | ObjectSource):
        return look(source, choosing, frame=frame)
    try:
        seen = look(source, choosing._replace(fetches_whole=False))
        is_taken = not choosing.passed_formats or seen[1].format in choosing.passed_formats
        return seen if is_taken else look(source, choosing._replace(fetches_whole=True))
    except (InputError, ApiError):  # a header is read only to price it, and a link may be out of reach here
        if isinstance(source, ObjectSource):
            raise
        return source, None


def plan_seen(seen: Seen, choosing: Choosing, planner: Planner) -> ImagePlan:
    """Plan what was seen. Raises InputError, and UsageError for options that cannot be met."""
    there, header = seen
    if isinstance(there, BytesSource) and header is not None:
        return _planned_here(there, header, planner)
    is_handed_on = choosing.passes_urls and not planner.options.frame and isinstance(there, UrlSource | ObjectSource)
    if header is None or is_handed_on:
        return ImagePlan(there, header, planner.size_as_it_is(None if header is None else header.upright))
    return ImagePlan(there, header, _sized(there, header, planner))


def _sized(source: Source, header: Probe, planner: Planner) -> Sizing:
    """Size a picture, and choose its page where the image is one of a document."""
    sizing = planner.size(header.upright)
    if not isinstance(source, _AT_HAND) or source.page is None:
        return sizing
    return sizing._replace(spec=sizing.spec._replace(frame=source.page - 1))


_make_plan = maker(ImagePlan)


def _planned_here(source: FileSource | BytesSource, header: Probe, planner: Planner) -> ImagePlan:
    """Plan an image that is at hand, and say what of it is not sent. Raises what the planner raises."""
    sizing = planner.size(header.upright) if source.page is None else _sized(source, header, planner)
    if header.frames > 1 or (isinstance(source, FileSource) and source.note):
        sizing = sizing._replace(warnings=(*sizing.warnings, *notes_of(source, header, planner)))
    return _make_plan((source, header, sizing))


def notes_of(source: Source, header: Probe | None, planner: Planner) -> list[str]:
    """Say what the user should know of an image itself: by which name it was found, and what of it is not sent."""
    notes = [source.note] if isinstance(source, FileSource) and source.note else []
    if header is None or header.frames <= 1 or planner.options.frame:
        return notes
    if not isinstance(source, _AT_HAND) or source.page is None:
        from visionask.images.frames import note_frames

        notes.append(note_frames(header.format, header.frames))
    return notes


def failed(source: Source, error: VisionaskError) -> Failed:
    """Return why an image cannot be sent, by its name: the planner knows only sizes."""
    if source.label not in error.message:
        error.message = f"{source.label}: {error.message}"
    return Failed(label=source.label, error=error)


def look(source: Source, choosing: Choosing, *, frame: int = 0) -> tuple[Source, Probe]:
    """Read an image's header; a link or object that will be sent comes back with its bytes. Raises InputError."""
    if isinstance(source, FileSource | BytesSource):
        return source, probe(source, frame=frame)
    if not choosing.fetches_whole and not choosing.is_offline:
        if isinstance(source, ObjectSource):
            from visionask.images.stores import probe_object

            return source, probe_object(source, frame=frame)
        if not frame:
            from visionask.images.links import probe_url

            return source, probe_url(source.url, _fetching(choosing))
    fetched = fetch(source, choosing)
    return fetched, probe(fetched, frame=frame)


def fetch(source: UrlSource | ObjectSource, choosing: Choosing) -> BytesSource:
    """Download a link or an object. Raises InputError, ApiError."""
    if choosing.is_offline:
        raise _offline(source.url)
    if isinstance(source, ObjectSource):
        from visionask.images.stores import download_object

        return BytesSource(label=source.label, data=download_object(source))
    from visionask.images.links import download

    return BytesSource(label=source.label, data=download(source.url, _fetching(choosing)))


def _fetching(choosing: Choosing) -> FetchPolicy:
    from visionask.images.links import FetchPolicy

    return FetchPolicy(allows_private=choosing.allows_private_urls)


def asks_once(choosing: Choosing) -> bool:
    """Return whether the arguments are what `ask` would take in one request: no folder, no glob, no flag of a scan."""
    if choosing.is_list or choosing.pages or choosing.sample is not None or choosing.limit is not None:
        return False
    return not any(_names_many(arg) for arg in choosing.args if not arg.startswith("data:"))


def _names_many(arg: str) -> bool:
    import os

    if "://" not in arg:
        return os.path.isdir(arg) or (any(mark in arg for mark in "*?[") and not os.path.lexists(arg))
    from visionask.images.stores import is_object_url
    from visionask.images.stores_list import may_be_folder

    return may_be_folder(arg) if is_object_url(arg) else os.path.isdir(arg)


_HEADERS, _WHOLE = 64, 4  # requests at a time


def plan_ahead(
    first: ObjectSource, others: Iterator[Source | Failed], *, choosing: Choosing, planner: Planner
) -> Iterator[ImagePlan | Failed]:
    """Plan images in their order. Only objects are read ahead; one that cannot be read is a value."""
    at_once = _WHOLE if choosing.fetches_whole and not choosing.passes_urls else _HEADERS
    waiting: deque[tuple[Source | Failed, Future[Seen] | None]] = deque()
    from visionask.images.ranges import Readers

    with Readers[Seen](at_once) as readers:
        for source in chain((first,), others):
            seen = None
            if isinstance(source, ObjectSource):
                seen = readers.submit(partial(see, source, choosing, frame=planner.options.frame))
            waiting.append((source, seen))
            if len(waiting) >= 2 * at_once:
                yield _planned(*waiting.popleft(), choosing=choosing, planner=planner)
        while waiting:
            yield _planned(*waiting.popleft(), choosing=choosing, planner=planner)


def _planned(
    source: Source | Failed, seen: Future[Seen] | None, *, choosing: Choosing, planner: Planner
) -> ImagePlan | Failed:
    """Plan one, in the thread that owns the planner."""
    if isinstance(source, Failed):
        return source
    if seen is None:
        return plan_source(source, choosing, planner)
    try:
        return plan_seen(seen.result(), choosing, planner)
    except InputError as error:
        return failed(source, error)
