"""Owns `check` of the Python API: whether a statement is true of images, as a value that a test can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from visionask.core.errors import UsageError
from visionask.core.questions import Group
from visionask.run.library.asking import read_asking
from visionask.run.library.call import listed
from visionask.run.library.keywords import CheckOptions
from visionask.run.library.meanings import documented
from visionask.run.library.quiet import QuietWatcher
from visionask.run.library.results import Checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visionask.images.given import Given


@documented(CheckOptions)
def check(
    statement: str | None = None,
    images: Given | Iterable[Given] = (),
    *,
    against: Given | None = None,
    **options: Unpack[CheckOptions],
) -> Checked:
    """Check whether a statement is true of each image: `assert check("a login button is visible", "shot.png")`.

    `against` is a baseline: the same pixels pass without a request. What could not be told is neither true nor false:
    the value's `verdict`, and its use as a truth, raise the error then. Raises UsageError, ConfigError.
    """
    from visionask.run.check.order import run_check
    from visionask.run.check.read import read_check, read_points

    asking = read_asking("check", options, CheckOptions.__optional_keys__, question=statement)
    call, texts = asking.call, [asking.question, *options.get("also", ())]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", 'such as check("a login button is visible", "shot.png")')
    named, other = asking.choosing(images), None
    if against is not None:
        named = asking.choosing([*listed(images), against])
        *args, other = named.args
        named = named._replace(args=args)
    group = Group(images=tuple(named.args), points=read_points(call.flags, texts), against=other)
    planned = read_check(
        call.flags, call.settings, groups=(group,), choosing=named._replace(args=()), on_notice=call.on_notice
    )
    report = run_check(planned, asking.connect(), watcher=QuietWatcher(call), keeping=asking.keeping())
    return Checked(report=report)
