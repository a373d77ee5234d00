"""The opening of the ledger by those who only look into it, and what they take from it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from visionask.core.projection import Measured
from visionask.core.tokens import LEVELS
from visionask.store.files import is_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from visionask.core.ledger import Drift
    from visionask.store.ledger import Ledger


@contextmanager
def open_log(path: str, on_notice: Callable[[str], None], *, is_changed: bool = False) -> Iterator[Ledger]:
    """Open a ledger to look into it; one that does not exist is empty, and is not made. Raises StateError.

    One that cannot be written is read all the same, unless it is to be changed.
    """
    from visionask.store.ledger import open_copy, open_ledger

    copy = None if is_changed else open_copy(path)
    with copy or open_ledger(path if is_there(path) else None) as ledger:
        for notice in ledger.notices:
            on_notice(notice)
        yield ledger


def measured(path: str, on_notice: Callable[[str], None]) -> tuple[Drift, ...]:
    """Return what was billed over what was projected, by model and detail; nothing where there is no ledger.

    Raises StateError.
    """
    if not is_there(path):
        return ()
    with open_log(path, on_notice) as ledger:
        return ledger.logs.drift()


def ratios_of(drift: Iterable[Drift], model: str) -> tuple[Measured, ...]:
    """Pick what was measured of a model for pictures of one detail.

    The ratio is that of image tokens where the server tells them, else that of all input tokens.
    """
    return tuple(
        Measured(
            detail=row.detail,
            ratio=row.mean_ratio if row.mean_image_ratio is None else row.mean_image_ratio,
            requests=row.requests,
        )
        for row in drift
        if row.model == model and row.detail in LEVELS
    )
