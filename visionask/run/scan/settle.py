"""Owns the way of one source of a scan to its end, in a worker: read, planned, asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.errors import InputError
from visionask.core.image import BytesSource, Failed, FileSource
from visionask.core.plan import ImagePlan
from visionask.images.files import MAX_BYTES
from visionask.images.probe import read_bytes
from visionask.run.scan.item import Asking, unsendable
from visionask.run.survey import plan_source

if TYPE_CHECKING:
    from visionask.core.image import Source
    from visionask.run.scan.plan import Context, Item
    from visionask.store.values import Taken


def settle_item(task: Source | Asking, context: Context) -> Item | Taken | None:
    """Bring one item to its end; None when the scan was stopped while it waited, Taken where somebody else is asking
    the same and takes long: come back to it after the others.

    Raises VisionaskError for what ends the whole scan (a budget, the ledger), Unkept for an answer that has no place.
    """
    label = task.label
    try:
        if isinstance(task, FileSource):
            with context.decoding:  # a file is held whole until it is encoded: no more of them than processors
                task = read(task, context)
                item = task.prepare()
        else:
            task = task if isinstance(task, Asking) else read(task, context)
            with context.decoding:
                item = task.prepare()
    except InputError as error:
        return unsendable(Failed(label=label, error=error), context)
    return task.run() if item is None else item


def read(source: Source, context: Context, *, max_bytes: int = MAX_BYTES) -> Asking:
    """Read an image once, and plan what was read: a file that changes meanwhile is one or the other, whole.

    Raises InputError.
    """
    there = source
    if isinstance(source, FileSource):
        there = BytesSource(source.path, read_bytes(source, max_bytes=max_bytes))
    found = plan_source(there, context.scan.job.choosing, context.planner)
    if isinstance(found, Failed):
        raise found.error
    data = found.source.data if isinstance(found.source, BytesSource) else None
    return Asking(ImagePlan(source, found.probe, found.sizing), data, context)
