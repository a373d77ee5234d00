"""The way of one source of a scan to its end, in a worker: read, planned, and asked by the session."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import Bug, InputError, RateLimited, ServerFailed, Undone
from visionask.core.image import Failed, FileSource
from visionask.core.ledger import Claimed, ItemName
from visionask.core.request import Unanswered
from visionask.images.files import MAX_BYTES
from visionask.run.job import Asked
from visionask.run.pictures import read_picture
from visionask.run.pool import Item
from visionask.run.sending import Stopped
from visionask.run.session import failed_item
from visionask.run.verdicts import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.image import Source
    from visionask.core.ledger import PaidAnswer
    from visionask.core.request import Ended
    from visionask.run.pictures import Picture
    from visionask.run.scan import Context, SecondLook

_HEAD_BYTES = 64  # of a thumbnail, its name among them


def run_item(task: Source | Asked, context: Context) -> Item | Claimed | None:
    """Bring one item to its end; None when the scan was stopped while it waited, Claimed where somebody else is asking
    the same and takes long: come back to it after the others.

    Raises VisionaskError for what ends the whole scan (a budget, the ledger), NotSaved for an answer that has no place.
    """
    session, fetched = context.session, None
    try:
        if isinstance(task, FileSource):
            with session.decoding:  # a file is held whole until it is encoded: no more of them than processors
                asked = read(task, context)
                known = session.prepare(asked, context.policy)
        else:
            asked = task if isinstance(task, Asked) else read(task, context)
            fetched = None if context.second is None else asked.pictures[0].in_hand
            with session.decoding:
                known = session.prepare(asked, context.policy)
    except (InputError, RateLimited, ServerFailed) as error:  # the latter: a link's server is busy
        return unsendable(Failed(label=label_of(task), error=error), context)
    outcome = _sent(asked, context) if known is None else known
    if isinstance(outcome, Claimed):
        return outcome
    if outcome.failed:
        return unsendable(outcome.failed[0], context)
    if isinstance(outcome.error, Stopped):
        return None
    item = _item(asked, outcome, context)
    if context.second is None or not wants_second(item, context):
        return item
    return _looked_again(fetched or asked.pictures[0].plan.source, item, context, context.second)


def _sent(asked: Asked, context: Context) -> Ended | Claimed:
    if context.scan.sends:
        return context.session.send(asked, context.policy)
    undone = Undone("the image was not answered in its batch", "run it without --batch to ask it live")
    return asked.unanswered(undone)


def wants_second(item: Item, context: Context) -> bool:
    """Return whether an item is to be looked at again: its first look told nothing for certain."""
    return context.second is not None and item.verdict is not None and item.verdict.is_open


def _looked_again(source: Source, item: Item, context: Context, second: SecondLook) -> Item | Claimed | None:
    """Ask the second stage about the same image; None when the scan was stopped meanwhile.

    A link is not fetched again: until then its worker holds what it brought.
    """
    session, job = context.session, second.posed.job
    with session.decoding:
        picture = read_picture(source, job.choosing, second.planner)
        asked = session.ask(job, [picture])
        known = session.prepare(asked, context.policy)
    outcome = session.send(asked, context.policy) if known is None else known
    if isinstance(outcome, Claimed):
        return outcome
    if isinstance(outcome.error, Stopped):
        return None
    verdict = judged(second.posed, outcome)
    key = None if asked.keyed is None else asked.keyed[1]
    return Item(outcome=verdict.outcome, thumbnail=item.thumbnail, key=key, verdict=verdict, before=item.verdict)


def read(source: Source, context: Context, *, max_bytes: int = MAX_BYTES) -> Asked:
    """Read an image once, and price what was read. Raises InputError."""
    job = context.scan.job
    picture = read_picture(source, job.choosing, context.planner, max_bytes=max_bytes)
    picture.wants_thumbnail = context.scan.keeps_thumbnails or context.scan.makes_thumbnails
    return context.session.ask(job, [picture], ItemName(context.number, picture.label))


def recalled(asked: Asked, known: PaidAnswer, context: Context, small: bytes | None) -> Item:
    """Report an answer that is paid for, under this name too, with its thumbnail if that was kept."""
    return _judged(Item(outcome=context.session.recalled(asked, known), thumbnail=small), context)


def unsendable(failed: Failed, context: Context) -> Item:
    """Note and report an image that cannot be sent."""
    name = ItemName(context.number, failed.label)
    context.session.ledger.scans.note(failed_item(name, None, failed.error))
    return Item(outcome=Unanswered(error=failed.error, failed=(failed,)))


def label_of(task: Source | Asked) -> str:
    """Name an item as its messages do."""
    return task.pictures[0].label if isinstance(task, Asked) else task.label


def broken(task: Source | Asked, fault: Exception, context: Context) -> Item:
    """Report an item that met a fault of ours: it stops no other."""
    label = label_of(task)
    return unsendable(Failed(label, fault if isinstance(fault, Bug) else Bug(label, fault)), context)


def _judged(item: Item, context: Context) -> Item:
    if context.scan.judging is None:
        return item
    verdict = judged(context.scan.judging.first, item.outcome)
    return replace(item, outcome=verdict.outcome, verdict=verdict)


def _item(asked: Asked, outcome: Ended, context: Context) -> Item:
    return _judged(_pictured(asked, outcome, context), context)


def _pictured(asked: Asked, outcome: Ended, context: Context) -> Item:
    key = None if asked.keyed is None else asked.keyed[1]
    if not context.scan.makes_thumbnails:
        return Item(outcome=outcome, key=key)
    picture, small = asked.pictures[0], None
    if picture.encoded is not None or (outcome.is_cached and not picture.is_made):
        with contextlib.suppress(InputError):
            kept = None if picture.small is not None else kept_thumbnails([picture], context)[0]
            small = kept or picture.thumbnail()
    return Item(outcome=outcome, thumbnail=small, key=key)


def kept_thumbnails(pictures: Sequence[Picture], context: Context) -> list[bytes | None]:
    """Return what a page wants of each, as one that is written again has it, or the ledger. Raises InputError."""
    if not context.scan.makes_thumbnails:
        return [None] * len(pictures)
    names = [picture.thumbnail_name() for picture in pictures]
    found = {name: small for name in names if (small := context.scan.kept_thumbnail(name)) is not None}
    if missing := [name for name in names if name not in found]:
        kept = context.session.ledger.find_thumbnails(missing)
        found |= {name: small for name, small in kept.items() if name in small[:_HEAD_BYTES]}
    return [found.get(name) for name in names]
