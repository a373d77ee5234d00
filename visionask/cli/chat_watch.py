"""Owns what a conversation shows of each turn: its price beside what was spent so far, the answer, what was billed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visionask.cli.exits import Exit, exit_code
from visionask.cli.watch import Watcher
from visionask.core.conversation import Spent

if TYPE_CHECKING:
    from visionask.core.outcome import Outcome, PlannedRequest


@dataclass(slots=True)
class ChatWatcher(Watcher):
    """A watcher of many turns, which warns of the same thing once."""

    spent: Spent = field(default_factory=Spent)
    told: set[str] = field(default_factory=set)

    def price_line(self, planned: PlannedRequest) -> str:
        from visionask.report.chat import spent_text

        line = Watcher.price_line(self, planned)
        if not (self.spent.turns or self.spent.maybe_usd) or planned.projection.rate == "this machine":
            return line
        return f"{line} · so far {spent_text(self.spent, is_free=False)}"

    def warnings(self, planned: PlannedRequest) -> list[str]:
        return self._new(Watcher.warnings(self, planned))

    def report(self, outcome: Outcome) -> int:
        """Write what became of a turn, and give the exit code that it would have alone."""
        from visionask.report import human
        from visionask.report.records import dumps, outcome_record

        console = self.console
        if self.is_json:
            with self.losing():
                console.line(dumps(outcome_record("chat", outcome)))
                console.out.flush()
        elif outcome.answer is not None and self.writer is None and outcome.answer.text:
            self.show(outcome.answer.text)
        self.close()
        self.writer = None
        for picture in outcome.encoded:
            for warning in self._new([] if picture is None else [*picture.warnings]):
                console.warn(warning)
        if outcome.error is not None:
            console.error(outcome.error)
        line = human.usage_line(outcome, always=outcome.error is None)
        if line is not None:
            console.note(line + self._total(outcome))
        if self.lost is not None:  # no more is asked
            if outcome.answer is not None:
                console.note(f"hint: {self.tell_lost(outcome)}")
            raise self.lost
        return Exit.OK if outcome.error is None else exit_code(outcome.error)

    def _total(self, outcome: Outcome) -> str:
        from visionask.report.chat import spent_text

        is_free = outcome.planned is None or outcome.planned.projection.rate == "this machine"
        return "" if is_free else f" · {spent_text(self.spent, is_free=False)}"

    def _new(self, texts: list[str]) -> list[str]:
        fresh = [text for text in texts if text not in self.told]
        self.told.update(fresh)
        return fresh
