"""What `eval` shows and writes of its results: the table, files of each format, and the recommended profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from visionask.core.arguments import need_one_of
from visionask.core.errors import UsageError
from visionask.core.format import count
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from visionask.core.evaluation import Recommendation, SettingResult
    from visionask.core.flags import SendingFlags
    from visionask.report.console import Console
    from visionask.run.eval import Evaluation

FORMATS = ("text", "json", "jsonl", "csv", "md", "html", "sqlite")


class Found(NamedTuple):
    """What an eval came to, as it is shown: `title` is what was asked."""

    evaluation: Evaluation
    results: Sequence[SettingResult]
    recommendation: Recommendation
    margin: float
    title: str


def read_shapes(paths: Sequence[str], format_name: str | None, *, as_json: bool) -> dict[str, str]:
    """Return the format of each file, and of standard output, which is `-`. Raises UsageError."""
    from visionask.report.output import format_of

    need_one_of(format_name, "--format", FORMATS)
    shapes = {path: format_name or format_of(path, FORMATS, "eval") for path in paths if path != "-"}
    if format_name == "sqlite" and not shapes:
        raise UsageError("a database cannot be written to a stream", "name a file: -o results.db")
    on_screen = format_name if format_name is not None and not shapes else "text"
    return shapes | {"-": "json" if as_json else on_screen}


def check_targets(shapes: Mapping[str, str], inputs: Mapping[str, Iterable[str | None]]) -> None:
    """Raise StateError for a file that cannot be written, before anything is paid for it; UsageError for an input."""
    from visionask.report.output import open_target, refuse_inputs
    from visionask.report.sqlite_report import refuse_other

    refuse_inputs(shapes, inputs)
    for path, shape in shapes.items():
        if path != "-":
            if shape == "sqlite":
                refuse_other(path)
            open_target(path).abandon()


def write_results(
    evaluation: Evaluation,
    results: Sequence[SettingResult],
    shapes: dict[str, str],
    console: Console,
    *,
    margin: float,
    title: str,
) -> Recommendation:
    """Write each file, then standard output; return what is recommended."""
    from visionask.core.evaluation import recommend
    from visionask.report.evaluation import eval_database, write_eval
    from visionask.report.output import open_target

    found = Found(evaluation, results, recommend(results, margin=margin), margin, title)
    for path, shape in shapes.items():
        if path != "-":
            target = open_target(path)
            folder = os.path.dirname(os.path.realpath(path))
            is_rows = shape == "sqlite"
            target.write(eval_database(found.results) if is_rows else _text(found, shape, folder).encode())
            target.finish()
    if shapes["-"] == "text":
        write_eval(console, found.results, found.recommendation, margin=found.margin)
    else:
        console.out.write(_text(found, shapes["-"], os.getcwd()))
    return found.recommendation


def _text(found: Found, shape: str, folder: str) -> str:
    """Return the results in a format; links of a page count from `folder`."""
    from visionask.report.evaluation import eval_csv, eval_jsonl, eval_markdown, eval_record, eval_text
    from visionask.report.records import dumps

    _, results, recommendation, margin, _ = found
    if shape == "html":
        return _page(found, folder)
    if shape == "jsonl":
        return eval_jsonl(results)
    if shape == "csv":
        return eval_csv(results, recommendation)
    if shape == "md":
        return eval_markdown(results, recommendation, margin=margin)
    if shape == "text":
        return eval_text(results, recommendation, margin=margin) + "\n"
    return dumps(eval_record(results, recommendation, margin=margin)) + "\n"


def _page(found: Found, folder: str) -> str:
    from visionask.report.comparison_page import Shown, eval_page

    evaluation, results, recommendation, margin, title = found
    shown = {label.image: Shown(image, evaluation.thumbnails.get(image)) for image, label in evaluation.labels.items()}
    return eval_page(results, recommendation, margin=margin, title=title, pictures=shown, folder=folder)


def title_of(questions: Sequence[str]) -> str:
    """Return what was asked as one line."""
    lines = [line for question in questions for line in question.strip().splitlines()[:1]]
    first = lines[0] if lines else "Evaluation"
    return first if len(lines) < 2 else f"{first} (and {count(len(lines) - 1, 'other question')})"


_SETTINGS = {"-m": "model", "-d": "detail", "--image-tokens": "image_tokens", "--max-side": "max_side"}
_SETTINGS["--reasoning-effort"] = "reasoning_effort"


def save_profile(name: str, found: Recommendation, sending: SendingFlags, console: Console) -> None:
    """Write the recommended flags, and the server that was named, as a profile. Raises ConfigError, StateError."""
    from visionask.config.editing import set_profile

    if found.setting is None:
        console.note(f"profile {name} is not written: nothing is recommended")
        return
    words = iter(found.setting.flags)
    pairs = dict(zip(words, words, strict=True))
    values = {_SETTINGS[flag]: value for flag, value in pairs.items() if flag in _SETTINGS}
    where = {"base_url": sending.base_url, "api_key_env": sending.api_key_env}
    values |= {key: value for key, value in where.items() if value is not None}
    numbers = {key: int(value) if key in ("image_tokens", "max_side") else value for key, value in values.items()}
    path = set_profile(name, numbers, without_keys=_SETTINGS.values())
    asks = "".join(f", with {flag} {pairs[flag]}" for flag in ("-t", "-p") if flag in pairs)
    console.note(f"profile {name} is in {path}: use it as --profile {name}{asks}")
