"""What an eval found, as people and programs read it: a table, the recommendation, records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.evaluation import by_price, compare
from visionask.core.format import usd
from visionask.report.clean import one_line
from visionask.report.markdown_report import literal
from visionask.report.records import dumps, money
from visionask.report.table import Column, Row, plain_lines, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.evaluation import Calibration, Recommendation, SettingResult
    from visionask.report.console import Console

HEADS = (
    "setting",
    "n",
    "right",
    "accuracy",
    "95%",
    "balanced",
    "$/1,000",
    "tokens",
    "median",
    "behind",
    "failed",
    "unsure",
)


_GOES = {"unsure": 1, "tokens": 2, "median": 3, "balanced": 4, "right": 5, "n": 6, "failed": 7, "behind": 8}
_SETTINGS = (Column(HEADS[0], "name"), *(Column(head, "number", goes=_GOES.get(head, 0)) for head in HEADS[1:]))


def write_eval(console: Console, results: Sequence[SettingResult], found: Recommendation, *, margin: float) -> None:
    """Write the table, cheapest first, and what is recommended."""
    styles = {found.setting.name: "green"} if found.setting is not None else {}
    rows = [Row(cells, styles.get(cells[0], "")) for cells in rows_of(results, found)]
    write_table(console, _SETTINGS, rows)
    for line in (advice(found, margin=margin), *calibration_lines(results)):
        console.prose(line)


def eval_text(results: Sequence[SettingResult], found: Recommendation, *, margin: float) -> str:
    """Return the plain table, and what is recommended."""
    rows = [Row(cells) for cells in rows_of(results, found)]
    return "\n".join([*plain_lines(_SETTINGS, rows), advice(found, margin=margin), *calibration_lines(results)])


def rows_of(results: Sequence[SettingResult], found: Recommendation) -> list[tuple[str, ...]]:
    """Return a row for each setting, cheapest first; `behind`: what the best has over it, and McNemar's p."""
    return [_row(result, found.best) for result in by_price(results)]


def _row(result: SettingResult, best: SettingResult) -> tuple[str, ...]:
    low, high = result.interval
    each = result.usd_each
    against = compare(best, result)
    ahead = against.first_only - against.second_only
    behind = "-" if result is best or not against.total else f"{100 * ahead / against.total:.0f} pt, p {against.p:.2g}"
    return (
        one_line(result.name),
        str(len(result.rights)),
        str(result.right),
        "-" if result.accuracy is None else f"{result.accuracy:.1%}",
        f"{low:.0%}-{high:.0%}",
        "-" if result.balanced is None else f"{result.balanced:.1%}",
        "?" if each is None else usd(each * 1000),
        "?" if result.tokens_each is None else f"{result.tokens_each:,}",
        "-" if result.median_s is None else f"{result.median_s:.1f} s",
        behind,
        str(sum(judged.error is not None for judged in result.judged)),
        str(result.unsure),
    )


def calibration_lines(results: Sequence[SettingResult]) -> Iterator[str]:
    """Yield a line for each setting whose answers have probabilities, and each question: how good they are."""
    for result in by_price(results):
        for path, found in result.calibrations.items():
            asked = f", {one_line(path)}" if path else ""
            yield f"probabilities of {one_line(result.name)}{asked}: Brier {found.brier:.3f}{threshold_words(found)}"


def threshold_words(found: Calibration) -> str:
    """Return what the best threshold is worth; nothing where there is none."""
    best = found.threshold
    if best is None:
        return ""
    told = f"{best.errors:,} wrong of {best.total:,} labels that it was not found on"
    return f" · --threshold {best.value:.3g}: {told}, {best.errors_at_half:,} at 0.5"


BINS = ("probability", "n", "mean", "came true")


def bin_rows(found: Calibration) -> list[tuple[str, ...]]:
    """Return the reliability table: of a calibrated setting the two last columns are alike."""
    return [
        (f"{each.low:.1f}-{each.high:.1f}", f"{each.total:,}", f"{each.mean:.2f}", f"{each.share:.2f}")
        for each in found.bins
    ]


def _calibration(found: Calibration) -> dict[str, Any]:
    best = found.threshold
    return {
        "n": found.total,
        "brier": found.brier,
        "bins": [each._asdict() for each in found.bins],
        "threshold": None if best is None else best._asdict(),
    }


def advice(found: Recommendation, *, margin: float) -> str:
    """Return the line that recommends a setting with its flags, or says that the labels cannot tell."""
    points = f"{100 * margin:g} points"
    if found.setting is not None:
        return f"recommended: {' '.join(found.setting.flags)}  (no setting is more than {points} better, at 95%)"
    more = "" if found.labels_needed is None else f"; about {found.labels_needed:,} labels likely could"
    best = " ".join(found.best.flags)
    return f"these labels cannot tell which setting is within {points} of the best{more}; best so far: {best}"


def eval_markdown(results: Sequence[SettingResult], found: Recommendation, *, margin: float) -> str:
    """Return the table and the recommendation as Markdown."""
    parts = [_markdown_table(HEADS, rows_of(results, found)), literal(advice(found, margin=margin))]
    parts += [literal(line) for line in calibration_lines(results)]
    for result in by_price(results):
        for path, calibration in result.calibrations.items():
            asked = f", {one_line(path)}" if path else ""
            parts.append(f"Reliability of {literal(one_line(result.name) + asked)}:")
            parts.append(_markdown_table(BINS, bin_rows(calibration)))
    return "\n\n".join(parts) + "\n"


def _markdown_table(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *(tuple(map(literal, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def eval_csv(results: Sequence[SettingResult], found: Recommendation) -> str:
    """Return the table as CSV."""
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADS, *rows_of(results, found)])
    return out.getvalue()


def eval_jsonl(results: Sequence[SettingResult]) -> str:
    """Return a line for each image under each setting: its label, what was answered, and whether it is right."""
    return "".join(dumps({"schema": "visionask/1", "command": "eval"} | row) + "\n" for row in _judged_rows(results))


def eval_database(results: Sequence[SettingResult]) -> bytes:
    """Return the same rows as a file of SQLite."""
    from visionask.report.sqlite_report import database

    rows = [*_judged_rows(results)]
    return database([*rows[0]] if rows else ["setting", "image"], rows)


def _judged_rows(results: Sequence[SettingResult]) -> Iterator[dict[str, Any]]:
    for result in results:
        for judged in result.judged:
            yield {
                "setting": result.name,
                "image": judged.image,
                "label": _value(judged.label),
                "answer": _value(judged.answer),
                "right": judged.is_right,
                "error": judged.error,
                "usd": money(judged.usd),
                "input_tokens": judged.tokens,
                "seconds": judged.seconds,
                "unsure": judged.is_unsure,
                "probability": _value(
                    {path: each.probability for path, each in judged.forecasts.items()} or {"": None}
                ),
            }


def eval_record(results: Sequence[SettingResult], found: Recommendation, *, margin: float) -> dict[str, Any]:
    """Return one record of an eval; shares are of 1, money is text."""
    return {
        "schema": "visionask/1",
        "command": "eval",
        "status": "ok",
        "settings": [_setting(result, found) for result in by_price(results)],
        "recommended": None if found.setting is None else [*found.setting.flags],
        "best": [*found.best.flags],
        "margin": margin,
        "labels_needed": found.labels_needed,
    }


def _setting(result: SettingResult, found: Recommendation) -> dict[str, Any]:
    against = compare(found.best, result)
    return {
        "name": result.name,
        "flags": [*result.flags],
        "n": len(result.rights),
        "right": result.right,
        "accuracy": result.accuracy,
        "interval": [*result.interval],
        "balanced_accuracy": result.balanced,
        "usd_per_1000": None if result.usd_each is None else money(result.usd_each * 1000),
        "input_tokens": result.tokens_each,
        "median_seconds": result.median_s,
        "failed": sum(judged.error is not None for judged in result.judged),
        "unsure": result.unsure,
        "calibration": {path: _calibration(each) for path, each in result.calibrations.items()},
        "best_only": against.first_only,
        "only_this": against.second_only,
        "mcnemar_p": against.p,
    }


def _value(values: Any) -> Any:
    return values[""] if list(values) == [""] else dict(values)
