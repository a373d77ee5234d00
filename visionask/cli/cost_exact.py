"""`cost --exact`: the provider's own count, set beside the projection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.cli.inputs import remark
from visionask.core.dataclass import dataclass
from visionask.core.errors import UsageError, VisionaskError
from visionask.report.human import exact_line
from visionask.run.options import read_recording

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.request import Recording
    from visionask.report.console import Console
    from visionask.run.cost import Priced, Pricing
    from visionask.run.exact import Counted
    from visionask.run.job import Job
    from visionask.run.options import Filled


@dataclass(slots=True, kw_only=True)
class Counting:
    """A count that is to be made, then one that was: `counted`, or an `error`, or both where some images failed."""

    job: Job
    settings: Settings
    recording: Recording | None
    console: Console
    counted: Counted | None = None
    error: VisionaskError | None = None

    def run(self, priced: Priced) -> None:
        """Count what was priced; nothing where nothing can be, or where an image of the one request is missing."""
        from visionask.run.connect import connect
        from visionask.run.exact import count_exactly

        is_one_request = self.job.terms.is_one_request
        if not priced.kept or (is_one_request and priced.error is not None):
            return
        if said := remark(self.recording):
            self.console.note(said)
        try:
            counted = count_exactly(
                self.job,
                priced.kept,
                connect=connect(self.settings, None, self.recording),
                text=priced.text(),
                on_notice=self.console.warn,
            )
        except VisionaskError as error:
            self.error = error
            return
        self.counted = counted if counted.requests else None
        for failed in counted.failed:
            self.error = self.error or failed.error

    def tell(self) -> None:
        """Write the count below the table."""
        if self.counted is not None:
            counted = self.counted
            is_many = not self.job.terms.is_one_request
            line = exact_line(
                counted.input_tokens, counted.projected_tokens, requests=counted.requests if is_many else None
            )
            self.console.prose(line)
            if not self.job.question:
                self.console.note(
                    "the count includes the message around the images: --question adds it to the price too"
                )

    def failures(self) -> list[VisionaskError]:
        """Return what went wrong, to be told."""
        told = [] if self.counted is None else [failed.error for failed in self.counted.failed]
        return told or ([] if self.error is None else [self.error])

    def data(self) -> dict[str, Any]:
        """Describe the count for a record; null where there is none."""
        counted = self.counted
        if counted is None:
            return {"exact": None}
        ratio = None if counted.ratio is None else round(counted.ratio, 6)
        fields = ("images", "requests", "input_tokens", "projected_tokens")
        return {"exact": {name: getattr(counted, name) for name in fields} | {"ratio": ratio}}


def read_counting(flags: Filled, settings: Settings, pricing: Pricing, console: Console) -> Counting:
    """Read what is to be counted, and as what. Raises UsageError, before anything is written."""
    from visionask.run.exact import check_number
    from visionask.run.options import Prepared, read_job
    from visionask.run.survey import asks_once

    if flags.sending.local is not None:
        raise UsageError("--exact asks the provider to count, and --local has no provider", "drop one of them")
    recording = read_recording(flags.sending)
    check_number(pricing.choosing)
    job = read_job(
        Prepared(settings, flags, recording),
        question=flags.question or "",
        choosing=pricing.choosing,
        schema=pricing.schema,
        on_notice=lambda _: None,  # said already
    )
    terms = job.terms._replace(is_one_request=asks_once(pricing.choosing))
    return Counting(job=replace(job, terms=terms), settings=settings, recording=recording, console=console)
