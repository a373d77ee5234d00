"""What the keywords of the Python API are called and mean: signatures, `help`, and errors in the words of Python.

Errors are written for the command line, and name its flags. Where they leave a function of Python, each flag that is a
keyword there is spelled as one, in one place, so that no message has to be written twice.
"""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from visionask.core import flags as declarations
from visionask.core.errors import UsageError, VisionaskError
from visionask.core.namedtuple import NamedTuple
from visionask.core.suggest import near_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from visionask.core.flags import Flag

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_PRINTED = "nothing is printed: write what the result or its record() holds"
_MANY = "hand over a list of images"
_GO_ON = "conversation=reply, or its id"
_OF_COMMANDS = {
    "image": _MANY,
    "files_from": _MANY,
    "null": _MANY,
    "clipboard": 'hand over "clipboard:" as an image',
    "prompt_file": "read the file, and hand over its text as the question",
    "param": 'params={"colour": "red"}',
    "continue_": _GO_ON,
    "cid": _GO_ON,
    "dry_run": "call plan()",
    "stream": "on_text= is handed the answer while it comes",
    "compare": "call plan() for each model",
    "exact": "visionask cost --exact",
    "calibrated": "visionask cost --calibrated",
    "file": "visionask check --file",
    "missing": "visionask check --missing",
    "unused": "visionask check --unused",
    "recursive": _MANY,
    "include": _MANY,
    "exclude": _MANY,
    "against_dir": "visionask check --against-dir",
    "ignore": "visionask check --ignore",
    "tolerance": "visionask check --tolerance",
    "accept": "visionask check --accept",
    "shard": "visionask scan --shard",
    "statement": "visionask scan --statement, or check() for each image",
    "escalate_detail": "visionask scan --escalate-detail",
    "true_names": "visionask scan --list",
    "false_names": "visionask scan --list-false",
    "checks": "visionask scan --file",
    "local": "visionask cost --local",
    "template": "visionask cost --template",
    "schema": "visionask cost --schema",
    "schema_multi": "visionask cost --schema-multi",
    "executor": "visionask batch export --executor",
    "batch": "visionask eval --batch",
} | dict.fromkeys(
    (
        "every",
        "output",
        "format",
        "sidecar",
        "junit",
        "summary_md",
        "github",
        "json",
        "as_json",
        "raw",
        "usage",
        "progress",
    ),
    _PRINTED,
)
_OF_COMMANDS |= dict.fromkeys(("recursive", "include", "exclude", "limit", "sample"), _MANY)  # where no folder is one
_OF_COMMANDS |= dict.fromkeys(
    (
        "allow_truncated",
        "confirm_above",
        "jobs",
        "keep_metadata",
        "max_cost",
        "max_pixels",
        "pilot",
        "reasoning_effort",
        "rpm",
        "temperature",
        "tpm",
        "yes",
    ),
    "visionask cost --pilot",
)
_OF_COMMANDS |= dict.fromkeys(
    ("choice", "score", "expect", "threshold", "unsure", "escalate", "engine"), "call check() for each image"
)
_OF_COMMANDS |= dict.fromkeys(("quiet", "verbose", "debug", "no_color"), "on_notice= is told what commands warn of")


class _Keyword(NamedTuple):
    flag: Flag
    default: Any
    is_switch: bool


@cache
def _declared() -> dict[str, _Keyword]:
    """Return the flags of all groups by their names as keywords."""
    found: dict[str, _Keyword] = {}
    groups = (
        declarations.SendingFlags,
        declarations.PictureFlags,
        declarations.SchemaFlags,
        declarations.FilesFlags,
        declarations.PaceFlags,
        declarations.CheckFlags,
    )
    for group in groups:
        for name, kind, flag in declarations.declared(group):
            found.setdefault(name, _Keyword(flag, group._field_defaults[name], kind is bool))
    found["retry_failed"] = _Keyword(get_args(declarations.RetryFailed)[1], False, True)
    return found


def documented(options: type, **defaults: Any) -> Callable[[_Function], _Function]:
    """Return a decorator that gives a function the signature of all its keywords, `help` on each, and errors in them.

    `defaults` are those of this function where they are not the flags'.
    """

    def tell(function: _Function) -> _Function:
        @wraps(function)
        def run(*args: Any, **options: Any) -> Any:
            with in_keywords():
                return function(*args, **options)

        own = inspect.signature(function).parameters.values()
        parameters = [
            each.replace(annotation=_Written(each.annotation))
            for each in own
            if each.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        lines = []
        for name, annotation in get_type_hints(options, include_extras=True).items():
            kind, meaning = annotation, ""
            if get_origin(annotation) is Annotated:
                kind, meaning = get_args(annotation)
            declared = _declared().get(name)
            if declared is not None and not meaning:
                meaning = _meaning(declared.flag)
            default = defaults.get(name, None if declared is None else declared.default)
            keyword = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            parameters.append(keyword)
            lines.append(f"    {name}: {meaning}")
        signature = inspect.Signature(parameters, return_annotation=_Written(str(function.__annotations__["return"])))
        told = [function.__doc__ or "", "    Keywords, and in brackets what holds without them:", "", *lines]
        run.__signature__, run.__doc__ = signature, "\n".join(told)  # type: ignore[attr-defined]
        return cast("_Function", run)

    return tell


def _meaning(flag: Flag) -> str:
    """Return what a flag means as a keyword: in its own words, or in those of its help."""
    if flag.keyword:
        return flag.keyword
    text = flag.help.replace("[default: ", "[")
    text = text if text.endswith("...") else text.removesuffix(".")
    return text if text[1].isupper() else text[0].lower() + text[1:]


class _Written(NamedTuple):
    """A type as it is written, which a signature shows without quotes."""

    text: str

    def __repr__(self) -> str:
        return self.text


def refuse_unknown(function: str, options: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse a keyword that is none. Raises UsageError for what only a command takes, TypeError for any other."""
    unknown = next((name for name in options if name not in known), None)
    if unknown is None:
        return
    if unknown in _OF_COMMANDS:
        raise UsageError(f"{function}() does not take the command's {unknown!r}", _OF_COMMANDS[unknown])
    near = " or ".join(map(repr, near_names(unknown, known)))
    hint = f". Did you mean {near}?" if near else f"; help(visionask.{function}) lists them"
    raise TypeError(f"{function}() got an unexpected keyword argument {unknown!r}{hint}")


@contextmanager
def in_keywords() -> Iterator[None]:
    """Raise errors in the words of Python, with their hints in the traceback."""
    try:
        yield
    except VisionaskError as error:
        spoken(error)
        raise


_Error = TypeVar("_Error", bound=VisionaskError)


def spoken(error: _Error) -> _Error:
    """Return an error that names keywords for flags, and whose hint stands in its traceback; again does nothing."""
    if getattr(error, "__notes__", None):
        return error
    error.message, error.hint = spell(error.message), spell(error.hint)
    error.args = (error.message, *error.args[1:])
    if error.hint:
        error.add_note(f"hint: {error.hint}")
    return error


_SPELLED = {
    "--no-log": "log=False",
    "--no-cache": "cache=False",
    "--any": "is_any=True",
    "--all": "is_any=False",
    "--param": "params=",
    "--cid": "conversation=",
    "--continue": "conversation=",
    "--question": "question=",
    "--prompt-file": "Path(file).read_text()",
}
# what stands behind `visionask` is a command, and stays one; what follows a flag may be its value
_FLAG = re.compile(r"visionask:? [^;,]*|(?<![\w-])(?P<flag>--[a-z][a-z-]*|-m)(?P<value> \$?\w(?:[\w.,%-]*\w)?)?")


def spell(text: str) -> str:
    """Return a text of the command line with keywords for flags: `--max-cost 2` is `max_cost=2`."""
    return _FLAG.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    flag, value = found["flag"], found["value"] or ""
    name = "" if flag is None else "model" if flag == "-m" else flag[2:].replace("-", "_")
    keyword = _declared().get(name)
    if flag in _SPELLED:
        return _SPELLED[flag] + value
    if keyword is None:
        return found[0]
    if keyword.is_switch:
        return f"{name}=True{value}"
    word, behind = value.strip(), found.string[found.end() : found.end() + 1]
    if not word or not (_is_value(word) or word in keyword.flag.choices or flag == "-m" or behind == "`"):
        return f"{name}{value}" if behind == ":" else f"{name}={value}"
    is_bare = word.isupper() or word.removeprefix("$").replace(".", "", 1).isdigit()
    return f"{name}={word.removeprefix('$')}" if is_bare else f'{name}="{word}"'


def _is_value(word: str) -> bool:
    return word[0] == "$" or word[0].isdigit() or word[:2].isupper()
