"""How findings are written: lines for people, one record for programs; and the facts of the terminal itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.finding import Finding
from visionask.core.format import count
from visionask.report.clean import one_line
from visionask.report.records import dumps, envelope, error_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.errors import VisionaskError
    from visionask.report.console import Console

SECTION = "machine"
_COLOURS = {"ok": "green", "warn": "magenta", "fail": "red"}


def terminal_finding(console: Console) -> Finding:
    """Return what standard output is: its width and its encoding decide how texts look."""
    import shutil

    encoding = (getattr(console.out, "encoding", None) or "unknown").lower()
    is_terminal = console.out.isatty()
    place = f"a terminal of {shutil.get_terminal_size().columns} columns" if is_terminal else "no terminal"
    colour = "colour" if is_terminal and not console.is_plain else "no colour"
    is_narrow = encoding.replace("-", "").replace("_", "") not in ("utf8", "utf8sig", "utf16", "utf16le")
    hint = (
        "set PYTHONIOENCODING=utf-8, or LANG=C.UTF-8: what cannot be written is shown as an escape" if is_narrow else ""
    )
    return Finding(SECTION, "output", f"{place}, {colour}, {encoding}", hint, is_warning=is_narrow)


def write_findings(
    findings: Sequence[Finding], worst: VisionaskError | None, console: Console, *, as_json: bool
) -> None:
    """Write the failures first, then the warnings, then what is well; `worst` is what decides the exit code.

    Quiet: the failures alone.
    """
    if as_json:
        console.line(dumps(_record(findings, worst)))
        return
    failed, warned = ([each for each in findings if each.status == status] for status in ("fail", "warn"))
    _write(failed, console)
    if console.is_quiet:
        return
    _write(warned, console)
    for section in dict.fromkeys(each.section for each in findings):
        console.line(section)
        own = [each for each in findings if each.section == section]
        _write([each for each in own if each.status == "ok" and not each.is_missing], console)
        missing = [each for each in own if each.is_missing]
        if missing:
            names = ", ".join(dict.fromkeys(one_line(each.name) for each in missing))
            hints = "; ".join(dict.fromkeys(one_line(each.hint) for each in missing))
            console.prose(f"  -     not installed: {names} ({hints})", hang=6)
    console.note(f"{_some(len(failed), 'failure')}, {_some(len(warned), 'warning')}")


def _write(findings: Sequence[Finding], console: Console) -> None:
    for each in findings:
        line = f"  {each.status:<4}  {one_line(each.name)}: {one_line(each.fact)}"
        console.prose(line, hang=6, styled=(f"{each.status:<4}", _COLOURS[each.status]))
        if each.hint:
            console.prose(f"        hint: {one_line(each.hint)}")


def _some(number: int, what: str) -> str:
    return count(number, what) if number else f"no {what}s"


def _record(findings: Sequence[Finding], worst: VisionaskError | None) -> dict[str, object]:
    rows = [
        {
            "section": each.section,
            "name": each.name,
            "status": each.status,
            "fact": each.fact,
            "hint": each.hint or None,
            "is_missing": each.is_missing,
            "code": None if each.error is None else each.error.code,
        }
        for each in findings
    ]
    error = None if worst is None else error_dict(worst)
    return envelope("doctor", "ok" if worst is None else "failed") | {"data": {"findings": rows}, "error": error}
