"""Owns `cost --compare`: the same images across models, cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from visionask.report.console import Console
    from visionask.run.cost import Priced


def read_models(compare: str) -> list[str]:
    """Read the names of the models. Raises UsageError."""
    names = [name.strip() for name in compare.split(",") if name.strip()]
    if not names:
        raise UsageError("--compare names no model", "such as --compare gpt-6-luna,gpt-5.4-mini")
    return list(dict.fromkeys(names))


def write_compared(priced: Priced, console: Console, *, as_json: bool, data: dict[str, Any] | None) -> None:
    """Read the images, and write a line or a record of each model; `data` goes into the record too."""
    from visionask.report import human, records
    from visionask.run.cost import cheapest_first

    failed = [found for found in priced if not hasattr(found, "sizing")]
    rows = cheapest_first(priced.projections())
    if as_json:
        record = records.envelope("cost", "planned" if priced.error is None else "failed")
        record["images"] = [records.failed_dict(found) for found in failed]
        compared = [{"model": row.model.name, "projected": records.projected_dict(row)} for row in rows]
        record["data"] = {"compare": compared} | (data or {})
        record["error"] = None if priced.error is None else records.error_dict(priced.error)
        console.line(records.dumps(record))
    else:
        for line in human.compare_lines(rows):
            console.line(line)
