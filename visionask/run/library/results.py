"""What the Python API gives back: a plan with its price, an answer with its bill, and the commands' records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from visionask.core.image import Failed
from visionask.core.request import Answered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from visionask.core.catalog import Basis
    from visionask.core.checks import Finding
    from visionask.core.difference import Change, Difference
    from visionask.core.errors import VisionaskError
    from visionask.core.evaluation import Recommendation, SettingResult
    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Projection
    from visionask.core.request import Ended, Usage
    from visionask.run.check import Report


_NAMES = 3  # of images that a line shows


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan:
    """What images cost before anything is sent. None is not known, and never 0; money is in USD."""

    found: tuple[ImagePlan | Failed, ...]  # in the order given
    projection: Projection
    question: str | None = None

    def __repr__(self) -> str:
        return (
            f"Plan(images={len(self.images)}, failed={len(self.failed)}, model={self.model!r}, "
            f"input_tokens={self.input_tokens}, input_usd={self.input_usd})"
        )

    def __str__(self) -> str:
        """Return the line that a command shows before it asks."""
        from visionask.report.human import price_line

        return price_line(self.projection, (each.sizing.level for each in self.images))

    def _repr_html_(self) -> str:
        rows = [
            (each.label, each.error.message, "", "")
            if isinstance(each, Failed)
            else (each.source.label, "x".join(map(str, each.sizing.sent)), each.sizing.level, each.sizing.tokens)
            for each in self.found
        ]
        return _table(("image", "sent px", "detail", "tokens"), rows, str(self))

    @property
    def images(self) -> tuple[ImagePlan, ...]:
        """The images that can be sent."""
        return tuple(each for each in self.found if not isinstance(each, Failed))

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The images of folders that cannot be sent, each with its error."""
        return tuple(each for each in self.found if isinstance(each, Failed))

    @property
    def model(self) -> str:
        return self.projection.model.name

    @property
    def image_tokens(self) -> int | None:
        return self.projection.image_tokens

    @property
    def text_tokens(self) -> int:
        return self.projection.text_tokens

    @property
    def input_tokens(self) -> int | None:
        return self.projection.input_tokens

    @property
    def input_usd(self) -> Decimal | None:
        return self.projection.input_usd

    @property
    def max_output_usd(self) -> Decimal | None:
        """The price of the longest answer; None without `max_tokens`."""
        return self.projection.max_output_usd

    @property
    def basis(self) -> Basis:
        """Whether the token rule is documented, inferred or unknown."""
        return self.projection.basis

    def record(self) -> dict[str, Any]:
        """Return the record that `visionask cost --json` writes."""
        from visionask.report import records

        error = self.failed[0].error if self.failed else None
        images = [
            records.failed_dict(each) if isinstance(each, Failed) else records.image_dict(each) for each in self.found
        ]
        priced = records.priced_dict(self.projection, self.question, error=error)
        return records.envelope("cost", "planned") | {"images": images} | priced


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """What became of one request. `ask` gives answers only; an item of a scan may have an `error` in place of one."""

    command: Literal["ask", "scan"]
    outcome: Ended
    instance: Any = None  # of the class that was handed over as `schema`; a list of them for `schema_multi`

    def __repr__(self) -> str:
        """Show the end in a line: a notebook prints whatever stands last in a cell."""
        told = repr(_cut(self.answer)) if self.error is None else _told(self.error)
        images = ", ".join(map(repr, self.images[:_NAMES])) + (", ..." if len(self.images) > _NAMES else "")
        cost = f"billed_usd={self.billed_usd}, is_cached={self.is_cached}"
        return f"{type(self).__name__}({told}, images=[{images}], {cost})"

    def __str__(self) -> str:
        """Return the answer, or why there is none."""
        return self.answer if self.error is None else f"{self.error.message}; {self.error.hint}".removesuffix("; ")

    @property
    def answer(self) -> str:
        """The answer, complete. Raises `error` where there is none."""
        if isinstance(self.outcome, Answered):
            return self.outcome.answer.shown
        raise self.outcome.error

    @property
    def data(self) -> Any:
        """The answer's data: a dict that matches the schema, or an instance of the pydantic class; None without."""
        return self.outcome.data if self.instance is None else self.instance

    @property
    def error(self) -> VisionaskError | None:
        """Why there is no answer."""
        return self.outcome.error

    @property
    def message(self) -> str | None:
        """Why there is no answer, in a line."""
        return None if self.error is None else self.error.message

    @property
    def hint(self) -> str | None:
        """What to do about it, in a line."""
        return None if self.error is None else self.error.hint

    @property
    def images(self) -> tuple[str, ...]:
        """The images by name, as they were handed over."""
        planned = () if self.outcome.planned is None else self.outcome.planned.images
        return (*(image.source.label for image in planned), *(failed.label for failed in self.outcome.failed))

    @property
    def projection(self) -> Projection | None:
        """Tokens and price as they were projected; None where no image could be planned."""
        return None if self.outcome.planned is None else self.outcome.planned.projection

    @property
    def usage(self) -> Usage | None:
        """Tokens as the server billed them; None where it did not say."""
        return None if self.outcome.answer is None else self.outcome.answer.usage

    @property
    def billed_usd(self) -> Decimal | None:
        """What the answer cost, now or when it was first asked (`is_cached`); None where that is not known."""
        return self.outcome.billed_usd

    @property
    def is_cached(self) -> bool:
        """Return whether the answer comes from the ledger, so that nothing was paid now."""
        return self.outcome.is_cached

    def record(self) -> dict[str, Any]:
        """Return the record that the command writes with `--json`."""
        from visionask.report.records import outcome_record

        return outcome_record(self.command, self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reply(Result):
    """An answer that can be gone on with: `ask("And why?", conversation=reply)`."""

    conversation: str | None = None
    """The id of the conversation, as `visionask ask --cid` takes it; None where nothing is kept."""

    def __repr__(self) -> str:
        return f"{Result.__repr__(self)[:-1]}, conversation={self.conversation!r})"


class Results(list[Result]):
    """The results of a scan, which a notebook shows as a table: `Results(scan("Is there a person?", "photos/"))`."""

    def _repr_html_(self) -> str:
        rows = [(", ".join(each.images), str(each), each.billed_usd, each.is_cached) for each in self]
        failed = sum(each.error is not None for each in self)
        note = f"{len(self):,} results, {failed:,} failed"
        return _table(("image", "answer", "billed USD", "cached"), rows, note)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Checked:
    """What a check came to. It is true where the command would end with 0, false where with 1, and else raises."""

    report: Report

    def __repr__(self) -> str:
        told = _told(self.error) if self.error is not None else repr(self.verdict)
        return f"Checked({told}, findings={len(self.findings)})"

    def __str__(self) -> str:
        """Return the lines that the command writes: a finding each."""
        from visionask.report.check_report import check_table

        return "\n".join(check_table(self.findings)) or repr(self)

    def _repr_html_(self) -> str:
        rows = [
            (
                each.image,
                each.point.question.text,
                each.error.message if each.error is not None else each.judged and each.judged.verdict,
                each.judged and each.judged.probability,
            )
            for each in self.findings
        ]
        return _table(("image", "statement", "verdict", "probability"), rows, repr(self))

    def __bool__(self) -> bool:
        return self.verdict != "false"

    @property
    def verdict(self) -> Literal["true", "false", "value"]:
        """What all findings come to; "value" where any choice or score will do. Raises `error` where it is untold."""
        overall = self.report.overall
        if overall.error is not None:
            raise overall.error
        assert overall.verdict is not None
        return overall.verdict

    @property
    def error(self) -> VisionaskError | None:
        """Why it could not be told."""
        return self.report.overall.error

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for each statement about each image, in order: its verdict, value and probability, or its error."""
        return tuple(self.report.findings)

    def record(self) -> dict[str, Any]:
        """Return the record that `visionask check --json` writes."""
        return checked_record(self.report)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Evaluated:
    """What each setting answered on labelled images, cheapest first, and the one to use."""

    settings: tuple[SettingResult, ...]
    recommendation: Recommendation
    margin: float
    keywords: dict[str, dict[str, Any]]  # of each setting, by its name

    def __repr__(self) -> str:
        return f"Evaluated(settings={len(self.settings)}, recommended={self.recommended!r}, best={self.best!r})"

    def __str__(self) -> str:
        from visionask.report.evaluation import eval_text

        return eval_text(self.settings, self.recommendation, margin=self.margin)

    def _repr_html_(self) -> str:
        from visionask.report.evaluation import HEADS, advice, calibration_lines, rows_of

        rows = rows_of(self.settings, self.recommendation)
        told = calibration_lines(self.settings)
        return _table(HEADS, rows, advice(self.recommendation, margin=self.margin), *told)

    @property
    def recommended(self) -> dict[str, Any] | None:
        """The keywords of the cheapest setting that holds: `ask(question, image, **found.recommended)`.

        None where the labels cannot tell which that is.
        """
        found = self.recommendation.setting
        return None if found is None else self.keywords[found.name]

    @property
    def best(self) -> dict[str, Any]:
        """The keywords of the setting that was right most often."""
        return self.keywords[self.recommendation.best.name]

    def record(self) -> dict[str, Any]:
        """Return the record that `visionask eval --json` writes."""
        from visionask.report.evaluation import eval_record

        return eval_record(self.settings, self.recommendation, margin=self.margin)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Diff:
    """What changed between two runs of the same question."""

    difference: Difference
    names: tuple[str, str]

    def __repr__(self) -> str:
        found = self.difference
        return f"Diff(same={found.same}, changed={len(found.changed)}, share_changed={self.share_changed:.4g})"

    def __str__(self) -> str:
        from visionask.report.difference import difference_text

        return difference_text(self.difference, self.names).removesuffix("\n")

    def _repr_html_(self) -> str:
        from visionask.report.difference import answers, summary

        rows = [(change.first.name, *answers(change)) for change in self.changed]
        return _table(("image", *self.names), rows, *summary(self.difference, self.names))

    @property
    def changed(self) -> tuple[Change, ...]:
        """The images that both answered, and differently: `first` and `second` have the answers."""
        return self.difference.changed

    @property
    def share_changed(self) -> float:
        """The share of images that both answered and whose answers differ, 0 to 1."""
        return self.difference.share_changed

    def record(self) -> dict[str, Any]:
        """Return the record that `visionask diff --json` writes."""
        from visionask.report.difference import difference_record

        return difference_record(self.difference, self.names)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], *notes: str) -> str:
    """Return a table of HTML; nothing of what it holds is markup."""
    from html import escape

    def row(cells: Sequence[object], tag: str) -> str:
        texts = ("" if cell is None else escape(str(cell)) for cell in cells)
        return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    told = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<table><thead>{row(heads, 'th')}</thead><tbody>{body}</tbody></table>{told}"


def _told(error: VisionaskError) -> str:
    return f"error={error.code!r}, message={error.message!r}"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def checked_record(report: Report) -> dict[str, Any]:
    """Report a whole check in one record."""
    from visionask.report.check_report import check_record

    images: list[ImagePlan | Failed] = []
    for subject in report.subjects:
        images += [each for each in (subject.image, subject.baseline) if each is not None and each not in images]
    record = check_record(
        report.findings,
        report.overall,
        images=images,
        planned=report.planned,
        outcomes=report.outcomes,
        seconds=None if report.is_dry else report.seconds,
    )
    if report.missing:
        record["data"]["missing"] = [*report.missing]
    if report.accepted is not None:
        record["data"]["accepted"] = [each._asdict() for each in report.accepted]
    return record
