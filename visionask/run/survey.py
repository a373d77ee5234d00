"""Owns the first half of every command: arguments to sources, headers and plans. Free: nothing is decoded or sent."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from visionask.core.errors import FetchFailed, InputError
from visionask.core.image import BytesSource, Failed, FileSource, Probe, Source, UrlSource
from visionask.core.plan import ImagePlan, Planner
from visionask.images.probe import probe
from visionask.images.sources import expand


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
    is_offline: bool = False  # no link is looked at


def survey(choosing: Choosing, planner: Planner) -> Iterator[ImagePlan | Failed]:
    """Plan each image in the order given; one that cannot be sent is a value and stops nothing.

    Raises UsageError for options that cannot be met.
    """
    for source in find(choosing):
        yield source if isinstance(source, Failed) else plan_source(source, choosing, planner)


def find(choosing: Choosing) -> Iterator[Source | Failed]:
    """Find the images in the order given. Nothing is opened but folders."""
    return expand(
        choosing.args,
        recursive=choosing.is_recursive,
        stdin=choosing.stdin,
        include=choosing.include,
        exclude=choosing.exclude,
        allow_folders=choosing.allows_folders,
    )


def plan_source(source: Source, choosing: Choosing, planner: Planner) -> ImagePlan | Failed:
    """Read one image's header and plan it. Raises UsageError for options that cannot be met."""
    try:
        if isinstance(source, FileSource):
            header = probe(source, frame=planner.options.frame)
            return ImagePlan(source, header, planner.size(header.upright))
        # A page of a link cannot be named on the wire: it is fetched here.
        if choosing.passes_urls and isinstance(source, UrlSource) and not planner.options.frame:
            return _handed_on(source, choosing, planner)
        there, header = look(source, choosing, frame=planner.options.frame)
        return ImagePlan(there, header, planner.size(header.upright))
    except InputError as error:
        return Failed(label=source.label, error=_named(error, source.label))


def look(source: Source, choosing: Choosing, *, frame: int = 0) -> tuple[Source, Probe]:
    """Read an image's header; a link that will be sent comes back with its bytes. Raises InputError."""
    if isinstance(source, UrlSource):
        if choosing.is_offline:
            raise FetchFailed(f"{source.url}: not fetched, as a replay uses no network", "name a file")
        from visionask.images.remote import FetchPolicy, download, probe_url

        policy = FetchPolicy(allows_private=choosing.allows_private_urls)
        if not choosing.fetches_whole and not frame:
            return source, probe_url(source.url, policy)
        source = BytesSource(label=source.label, data=download(source.url, policy))
    return source, probe(source, frame=frame)


def _handed_on(source: UrlSource, choosing: Choosing, planner: Planner) -> ImagePlan:
    """Plan a link that the provider fetches; its header is read only to price it, and may be out of reach here."""
    from visionask.images.remote import FetchPolicy, probe_url

    try:
        if choosing.is_offline:
            raise FetchFailed(f"{source.url}: not fetched", "name a file")
        header = probe_url(source.url, FetchPolicy(allows_private=choosing.allows_private_urls))
    except InputError:
        header = None
    upright = None if header is None else header.upright
    return ImagePlan(source=source, probe=header, sizing=planner.size_as_it_is(upright))


def _named(error: InputError, label: str) -> InputError:
    """Let the message name its image: the planner knows only sizes."""
    if label not in error.message:
        error.message = f"{label}: {error.message}"
    return error


def asks_once(choosing: Choosing) -> bool:
    """Tell whether the arguments are what `ask` would take in one request: no folder, no glob."""
    import os

    return not any(
        os.path.isdir(arg) or (any(mark in arg for mark in "*?[") and not os.path.lexists(arg) and "://" not in arg)
        for arg in choosing.args
        if not arg.startswith("data:")
    )
