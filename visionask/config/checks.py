"""The reading of a file of checks, and of what GitHub Actions sets for a job.

threshold = 0.8                                  # for every check below that sets none

[[check]]
name = "login"
images = ["shots/login-*.png"]                   # patterns, from the folder of this file
statements = ["a login button is visible", "no text is cut off"]
threshold = 0.9                                  # or unsure = [0.4, 0.6]; both: the threshold lies in the zone
against = "baseline/login.png"                   # or against_dir = "baseline", paired by relative path
tolerance = "0.1%"                               # of the pixels may differ
ignore = ["0,0,200,40"]                          # X,Y,W,H, painted over in both

[[check.choices]]
question = "Which theme is it?"
values = ["light", "dark"]
expect = "dark"

[[check.scores]]
question = "How readable is the text?"
range = "1-5"
expect = ">=4"
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from visionask.config.tables import MOST_BYTES, near_file, nearest, parse
from visionask.core.arguments import need_proportion, read_box
from visionask.core.checks import (
    Baselines,
    Choice,
    Group,
    Point,
    Predicate,
    Question,
    Score,
    read_levels,
    read_probability,
    read_rule,
    read_values,
    read_zone,
)
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.core.geometry import Box

Table = dict[str, Any]
_RULE = ("threshold", "unsure")
_BASELINE = ("against_dir", "tolerance", "ignore")
_CHECK = ("name", "images", "against", "statements", "choices", "scores", *_BASELINE, *_RULE)
_CHOICE = ("question", "values", "expect", *_RULE)
_SCORE = ("question", "range", "expect", *_RULE)


def read_checks(path: str, *, for_scan: bool = False) -> tuple[Group, ...]:
    """Read a file of checks; for a scan, which has images of its own, it needs none, and has no baselines.

    Raises UsageError that names the table and the key.
    """
    table = _spelled(_load(path))
    _keys(path, table, ("check", *_BASELINE, *_RULE))
    checks = table.get("check")
    if not isinstance(checks, list) or not checks or not all(isinstance(each, dict) for each in checks):
        raise UsageError(f"{path}: holds no [[check]]", "write [[check]] with its images and statements below")
    top = {name: table[name] for name in (*_BASELINE, *_RULE) if name in table}
    return tuple(
        _group(path, number, top, _spelled(check), for_scan=for_scan) for number, check in enumerate(checks, 1)
    )


def summary_path() -> str | None:
    """Name the file that GitHub Actions shows as the summary of a job; None elsewhere."""
    return os.environ.get("GITHUB_STEP_SUMMARY") or None


def _spelled(table: Table) -> Table:
    """Return a table whose keys are spelled as ours, where they are as the flags."""
    return {key.replace("-", "_"): value for key, value in table.items()}


def _group(path: str, number: int, top: Table, own: Table, *, for_scan: bool) -> Group:
    where = f"{path}: [[check]] {number}"
    _keys(where, own, _CHECK)
    if "against" in own:
        top = {name: value for name, value in top.items() if name != "against_dir"}
    if "against" in own and "against_dir" in own:
        raise UsageError(f"{where}: against and against_dir exclude each other", "drop one of them")
    table = top | own
    folder = os.path.dirname(path)
    if for_scan and {"against", "against_dir"} & {*table}:
        raise UsageError(f"{where} has a baseline, and a scan has none", "use visionask check --file")
    named = [] if for_scan and "images" not in table else _texts(where, table, "images")
    images = tuple(_below(folder, pattern) for pattern in named)
    points: list[Point] = []
    if "statements" in table:
        for text in _texts(where, table, "statements"):
            points.append(_point(where, Predicate(id=f"q{len(points) + 1}", text=text), table))
    for kind, keys, make in (("choices", _CHOICE, _choice), ("scores", _SCORE, _score)):
        for place, inner in enumerate(_tables(where, table, kind), 1):
            spot = f"{where} {kind} {place}"
            _keys(spot, inner, keys)
            question = make(spot, inner, f"q{len(points) + 1}")
            points.append(_point(spot, question, {name: table[name] for name in _RULE if name in table} | inner))
    if not points or not (images or for_scan):
        missing = "statements" if not points else "images"
        raise UsageError(f"{where} has no {missing}", f'write {missing} = ["..."]')
    against = _text(where, table, "against") if "against" in table else None
    return Group(
        images=images,
        points=tuple(points),
        against=None if against is None else _below(folder, against),
        name=_text(where, table, "name") if "name" in table else "",
        baselines=_baselines(where, table, folder),
    )


def _baselines(where: str, table: Table, folder: str) -> Baselines:
    """Read what images are held against, but for one baseline of all of them. Raises UsageError."""
    named = _text(where, table, "against_dir") if "against_dir" in table else None
    return Baselines(
        folder=None if named is None else _below(folder, named),
        tolerance=_read(where, table, "tolerance", _share) if "tolerance" in table else None,
        ignore=_read(where, table, "ignore", _boxes) if "ignore" in table else (),
    )


def _share(value: object) -> float:
    try:
        return need_proportion(str(value), "tolerance")
    except UsageError:
        raise ValueError('a share such as "0.1%"') from None


def _boxes(value: object) -> tuple[Box, ...]:
    try:
        return tuple(read_box(box, "ignore") for box in _strings(value))
    except UsageError:
        raise ValueError('a list of boxes such as ["0,0,200,40"]') from None


def _choice(where: str, table: Table, name: str) -> Question:
    values = _read(where, table, "values", lambda value: read_values(_strings(value)))
    return Choice(id=name, text=_text(where, table, "question"), values=values)


def _score(where: str, table: Table, name: str) -> Question:
    low, high = _read(where, table, "range", lambda value: read_levels(str(value)))
    return Score(id=name, text=_text(where, table, "question"), low=low, high=high)


def _point(where: str, question: Question, table: Mapping[str, Any]) -> Point:
    threshold = _read(where, table, "threshold", read_probability) if "threshold" in table else None
    unsure = _read(where, table, "unsure", lambda value: read_zone([*value])) if "unsure" in table else None
    try:
        read_rule(question, threshold=threshold, unsure=unsure, expect=None)
    except ValueError as error:
        hint = "leave out one of threshold and unsure there; one that stands above all checks counts too"
        raise UsageError(f"{where}.threshold must be {error}", hint) from None
    expect = table.get("expect")
    wanted = None if expect is None else str(expect)
    rule = _read(
        where,
        {"expect": wanted},
        "expect",
        lambda value: read_rule(question, threshold=threshold, unsure=unsure, expect=value),
    )
    return Point(question=question, rule=rule)


def _load(path: str) -> Table:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        hint = near_file(path, otherwise="name a TOML file with [[check]] tables")
        raise UsageError(f"--file {path}: {error.strerror}", hint) from error
    return parse(data, f"--file {path}", error=UsageError, what="too long")


def _keys(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: {key} is no key of it", nearest(key, known))


def _read(where: str, table: Mapping[str, Any], key: str, reader: Callable[[Any], Any]) -> Any:
    try:
        return reader(table.get(key))
    except (ValueError, TypeError) as error:
        fact = str(error) if isinstance(error, ValueError) else "a list"
        raise UsageError(f"{where}.{key} must be {fact}, not {table.get(key)!r}", f"change {key} in the file") from None


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    def read(value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValueError("a text")
        return value.strip()

    text: str = _read(where, table, key, read)
    return text


def _texts(where: str, table: Mapping[str, Any], key: str) -> list[str]:
    texts: list[str] = _read(where, table, key, _strings)
    return texts


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each.strip() for each in value):
        raise ValueError("a list of texts")
    return [each.strip() for each in value]


def _tables(where: str, table: Mapping[str, Any], key: str) -> list[Table]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UsageError(f"{where}.{key} must be a list of tables", f"write [[check.{key}]]")
    return value


def _below(folder: str, name: str) -> str:
    """Name a file or pattern from the folder that the file of checks is in; links are as they are."""
    if "://" in name or name.lower().startswith("data:") or not folder:
        return name
    if any(mark in name for mark in "*?[") and not os.path.lexists(os.path.join(folder, name)):
        import glob

        folder = glob.escape(folder)
    return os.path.join(folder, name)
