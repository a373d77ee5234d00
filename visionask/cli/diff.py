"""`visionask diff`: what changed between two runs of the same question."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli.context import open_console
from visionask.cli.exits import Exit
from visionask.cli.options import with_flags
from visionask.core.arguments import need_proportion
from visionask.core.errors import UsageError
from visionask.core.flags import ConsoleFlags, Flag

FORMATS = ("text", "json", "md")


@with_flags()
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="Results of scan or check: a file of JSON lines.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The same, later or otherwise asked.")],
    fail_above: Annotated[str | None, Flag("--fail-above", "Exit 1 where more changed: 2% or 0.02.", "SHARE")] = None,
    every: Annotated[bool, Flag("-l --list", "List every change, not 20.")] = False,
    output: Annotated[str | None, Flag("-o --output", "Write FILE: .json or .md, or as -f says.", "FILE")] = None,
    format_name: Annotated[str | None, Flag("-f --format", "Format.", "text|json|md", choices=FORMATS)] = None,
    *,
    said: ConsoleFlags,
) -> int:
    """Show which answers changed between two runs, the flips of closed answers, and what both cost.

    visionask diff monday.jsonl tuesday.jsonl --fail-above 2%
    """
    from visionask.core.difference import differ
    from visionask.report.difference import difference_lines, difference_record, markdown
    from visionask.report.output import open_target
    from visionask.report.records import dumps
    from visionask.run.diff import read_results

    limit = None if fail_above is None else need_proportion(fail_above, "--fail-above")
    shape = _format(format_name, output, as_json=said.as_json)
    console = open_console(said)
    names = (first, second)
    found = differ(read_results(first), read_results(second))
    if shape == "json":
        text = dumps(difference_record(found, names)) + "\n"
    elif shape == "md":
        text = markdown(found, names)
    else:
        text = "\n".join(difference_lines(found, names, lists_all=every or output is not None)) + "\n"
    if output is None or output == "-":
        console.out.write(text)
    else:
        target = open_target(output)
        target.write(text.encode())
        target.finish()
    if limit is not None and found.share_changed > limit:
        console.note(f"{found.share_changed:.1%} changed, more than --fail-above {fail_above}")
        return Exit.FALSE
    return Exit.OK


def _format(form: str | None, output: str | None, *, as_json: bool) -> str:
    """Return text, json or md, by --json, -f or the suffix of -o. Raises UsageError."""
    suffix = "" if output is None or output == "-" else output.rpartition(".")[2].lower()
    shape = "json" if as_json else form or {"": "text", "txt": "text", "markdown": "md"}.get(suffix, suffix)
    if shape not in FORMATS:
        raise UsageError(f"diff writes text, json or md, not {shape}", "-f md, or a name that ends in .json or .md")
    return shape
