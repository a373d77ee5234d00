"""Owns `-c` and `--cid`: which conversation goes on, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.run.chat import resume
from visionask.run.chat.resume import LOCAL, continued

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.run.chat.talk import Talk

__all__ = ("LOCAL", "continued", "read_talk", "stay")


def read_talk(flags: Mapping[str, Any], settings: Settings, console: Console) -> Talk | None:
    """Find the conversation that the flags name; None where they name none. Raises UsageError, StateError."""
    if not flags["continue_"] and flags["cid"] is None:
        return None
    from visionask.config.settings import ledger_path
    from visionask.run.chat.talk import find_talk

    path = ledger_path(settings) if flags["log"] and flags["replay"] is None else None
    return find_talk(path, flags["cid"], console.warn)


def stay(talk: Talk | None, flags: dict[str, Any], settings: Settings) -> Settings:
    """Go on where the conversation was held; one with a model on this machine gets its `--local` back in `flags`.

    Raises UsageError where its pictures would go to another server than before without anybody having said so.
    """
    stayed, settings = resume.stay(talk, flags, settings)
    flags |= stayed
    return settings
