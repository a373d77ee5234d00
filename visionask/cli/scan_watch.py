"""Owns what a scan shows while it runs, and the files that it writes beside the images."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.report import records
from visionask.report.clean import clean, one_line
from visionask.report.human import Warned
from visionask.report.scan_progress import DriftSum

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.outcome import Outcome
    from visionask.report.console import Console
    from visionask.report.outputs import Outputs
    from visionask.report.scan_progress import ScanProgress
    from visionask.run.scan.plan import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the results are to be shown and kept."""

    is_json: bool
    is_raw: bool
    is_progress_shown: bool | None
    writes_sidecars: bool
    outputs: tuple[str, ...]
    output_format: str | None


class ScanWatcher:
    """Writes each item as it comes to its end."""

    def __init__(
        self,
        console: Console,
        shown: Shown,
        *,
        outputs: Outputs,
        progress: ScanProgress,
        is_ours: Callable[[str], bool],
    ) -> None:
        """`is_ours` tells whether the text of a file beside an image is an answer of ours, and may be replaced."""
        self._console, self._shown, self._outputs, self._progress = console, shown, outputs, progress
        self._is_ours = is_ours
        self._notices: deque[str] = deque()
        self.warned, self.drift = Warned(), DriftSum()

    def on_notice(self, text: str) -> None:
        """Keep what a worker has to say: only the thread that runs the scan writes."""
        self._notices.append(text)

    def on_unkept(self, outcome: Outcome) -> None:
        """Tell it, quiet or not, where a reader of standard output who has gone away cannot lose it."""
        self._progress.clear()
        if outcome.planned is not None and outcome.answer is not None:
            label = one_line(outcome.planned.images[0].source.label)
            self._console.error(StateError(f"{label}: paid, but not kept: {outcome.answer.text}"))
        if self._shown.is_json:
            self._console.line(records.dumps(records.outcome_record("scan", outcome)))

    def on_tick(self, totals: Totals) -> None:
        """Show what nobody saw yet: nothing more comes for a moment."""
        self._outputs.flush()
        self._console.out.flush()
        self._show(totals)

    def _show(self, totals: Totals) -> None:
        while self._notices:
            self._progress.clear()
            self._console.warn(self._notices.popleft())
        self._progress.show(done=totals.done, failed=totals.failed.total(), cached=totals.cached, spent_usd=totals.usd)

    def on_item(self, outcome: Outcome, thumbnail: bytes | None, totals: Totals) -> None:
        """Write it where it belongs. One that is in the ledger already may wait for others, or for a tick."""
        self.warned.add_prepared(outcome)
        self.drift.add(outcome)
        if self._outputs or self._shown.is_json:
            record = records.outcome_record("scan", outcome)
            self._outputs.add(record, thumbnail)
        self._progress.clear()
        if self._shown.is_json:
            self._console.line(records.dumps(record))
        elif outcome.error is None and outcome.answer is not None:
            text = outcome.answer.text if outcome.data is None else records.data_text(outcome.data)
            self._write_answer(_label(outcome), text)
        if outcome.error is not None:
            label, message = _label(outcome), outcome.error.message
            self._console.note(f"failed: {'' if label in message else f'{one_line(label)}: '}{one_line(message)}")
        if self._shown.writes_sidecars and outcome.error is None:
            self._write_sidecar(outcome)
        if not outcome.is_cached:
            self._console.out.flush()
        self._show(totals)

    def _write_answer(self, label: str, text: str) -> None:
        text = text if self._shown.is_raw else clean(text)
        lines = text.rstrip("\n").split("\n")
        self._console.line("\n    ".join([f"{one_line(label)}: {lines[0]}", *lines[1:]]))

    def _write_sidecar(self, outcome: Outcome) -> None:
        from visionask.report.sidecar import is_name_too_long, sidecar_path, write_sidecar

        if outcome.planned is None or outcome.answer is None:
            return
        path = sidecar_path(outcome.planned.images[0].source)
        text = outcome.answer.text if outcome.data is None else records.data_text(outcome.data, indent=2)
        if path is not None and is_name_too_long(path):
            self._console.warn(f"{one_line(path)}: no file can have so long a name, so none was written")
        elif path is not None and not write_sidecar(path, text, is_ours=self._is_ours):
            self._console.warn(f"{one_line(path)}: holds no answer that is in the ledger, so it is left as it is")


def _label(outcome: Outcome) -> str:
    return outcome.failed[0].label if outcome.planned is None else outcome.planned.images[0].source.label
