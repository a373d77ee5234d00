"""Owns what `record` and `replay` mean: which folder, and a replay that spends nothing; for commands and for Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.core.request import Recording


def read_recording(flags: Mapping[str, Any]) -> Recording | None:
    """Read the two flags from a command's parameters. Raises UsageError."""
    record, replay = flags["record"], flags["replay"]
    if record is not None and replay is not None:
        raise UsageError("--record and --replay exclude each other", "record first, then replay")
    folder = record if replay is None else replay
    if folder is None:
        return None
    if not folder.strip():
        raise UsageError(f"--{'record' if replay is None else 'replay'} names no folder", "such as recordings/")
    from visionask.core.request import Recording

    return Recording(folder=folder, is_replay=replay is not None)


def without_limits(settings: Settings, recording: Recording | None) -> Settings:
    """Return what a replay runs with: nothing is spent and nothing sent, so no budget and no pace holds."""
    if recording is None or not recording.is_replay:
        return settings
    return settings._replace(max_cost=None, confirm_above=None, daily_budget=None, rpm=None, tpm=None)
