"""Owns what a command says of `--record` and `--replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.run.recorded import read_recording, without_limits

if TYPE_CHECKING:
    from visionask.core.request import Recording

__all__ = ("answers_from", "read_recording", "remark", "without_limits")


def answers_from(recording: Recording | None) -> str:
    """Name where answers come from that are not paid now."""
    return recording.folder if recording is not None and recording.is_replay else "the ledger"


def remark(recording: Recording | None) -> str:
    """Return the line below the price: a replay says that the price is not paid."""
    if recording is None or not recording.is_replay:
        return ""
    return f"replayed from {recording.folder}: nothing is sent, and nothing is paid"
