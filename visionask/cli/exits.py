"""The exit codes: public, one for each branch of the error tree in `core/errors.py`, and never reused."""

from __future__ import annotations

from enum import IntEnum

from visionask.core import errors


class Exit(IntEnum):
    """How a command ends."""

    OK = 0  # everything asked was answered, or planned, or was already done
    FALSE = 1  # `check` only: a statement is false
    USAGE = 2  # bad flag or argument
    INPUT = 3  # an image that was named cannot be used; nothing was sent
    CONFIG = 4  # no key, key refused, bad setting, unknown model where one is needed
    BUDGET = 5  # stopped before spending more than allowed
    API = 6  # rate limit, quota, timeout, unreachable, 5xx: retry later
    PARTIAL = 7  # some items of many failed
    REJECTED = 8  # the provider refused, or the reply is unusable
    STATE = 9  # own state or output cannot be written or read
    BUG = 70  # an exception that nobody expected
    HUNG_UP = 129  # the terminal went away
    INTERRUPTED = 130  # Ctrl-C
    PIPE_CLOSED = 141  # the reader went away
    TERMINATED = 143  # asked to end, as `kill` does


CODES: dict[type[errors.VisionaskError], Exit] = {
    errors.UsageError: Exit.USAGE,
    errors.InputError: Exit.INPUT,
    errors.ConfigError: Exit.CONFIG,
    errors.BudgetError: Exit.BUDGET,
    errors.ApiError: Exit.API,
    errors.RejectedError: Exit.REJECTED,
    errors.StateError: Exit.STATE,
    errors.Bug: Exit.BUG,
}


def exit_code(error: errors.VisionaskError) -> Exit:
    """Find the exit code of an error: that of the nearest class up the tree that has one."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
