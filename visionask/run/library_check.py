"""Owns `check` of the Python API: whether a statement is true of images, as a value that a test can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from visionask.core.errors import UsageError
from visionask.core.questions import Group
from visionask.run.call import listed, read_call
from visionask.run.keywords import CheckOptions
from visionask.run.library import QuietWatcher
from visionask.run.results import Checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visionask.images.given import Given


def check(
    statement: str, images: Given | Iterable[Given], *, against: Given | None = None, **options: Unpack[CheckOptions]
) -> Checked:
    """Check whether a statement is true of each image: `assert check("a login button is visible", "shot.png")`.

    `against` is a baseline: the same pixels pass without a request. What could not be told is neither true nor false:
    the value's `verdict`, and its use as a truth, raise the error then. Raises UsageError, ConfigError.
    """
    from visionask.run.check import run_check
    from visionask.run.check_read import read_check, read_points

    call = read_call("check", options, CheckOptions.__optional_keys__)
    texts = [statement, *call.flags.get("also", ())]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", 'such as check("a login button is visible", "shot.png")')
    baseline = [] if against is None else [against]
    choosing = call.choosing([*listed(images), *baseline])
    named = [*choosing.args]
    other = named.pop() if baseline else None
    group = Group(images=tuple(named), points=read_points(call.flags, texts), against=other)
    planned = read_check(
        call.flags, call.settings, groups=(group,), choosing=choosing._replace(args=()), on_notice=call.on_notice
    )
    report = run_check(planned, call.connect(), watcher=QuietWatcher(call), keeping=call.keeping())
    return Checked(report=report)
