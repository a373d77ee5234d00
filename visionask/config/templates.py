"""Saved questions with what goes with them: the user's own in `templates/` beside the config file, then the shipped.

Their parameters are filled in here too.

prompt = "Is there a $thing in it?"
model = "gpt-6-luna"

[defaults]
thing = "dog"
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from visionask.config.catalog import DATA
from visionask.config.settings import config_path, read
from visionask.config.tables import MOST_BYTES, nearest, parse
from visionask.core.encoding import decode_text
from visionask.core.errors import ConfigError, UsageError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = ("prompt", "system", "schema", "model", "detail", "max_tokens", "defaults")
SHIPPED = os.path.join(DATA, "templates")
_SUFFIX = ".toml"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Found(NamedTuple):
    """A template's file. `is_own`: it is the user's."""

    name: str
    path: str
    is_own: bool


def templates_folder() -> str:
    """Name the folder of the user's templates."""
    return os.path.join(os.path.dirname(config_path()), "templates")


def list_templates() -> list[Found]:
    """List the templates by name; one of the user's hides a shipped one of the same name."""
    found = {name: Found(name, path, is_own=False) for name, path in _files(SHIPPED)}
    found |= {name: Found(name, path, is_own=True) for name, path in _files(templates_folder())}
    return [found[name] for name in sorted(found)]


def find_template(name: str) -> Found:
    """Find a template by its name, or its file where a folder or `.toml` stands in it. Raises UsageError."""
    if os.path.basename(name) != name or name.endswith(_SUFFIX):
        return Found(name, name, is_own=True)
    known = list_templates()
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise UsageError(f"there is no template {name!r}", nearest(name, [each.name for each in known]))
    return found


def own_path(name: str) -> str:
    """Name the file of a template of the user's, there or not. Raises UsageError."""
    if not _FILE_NAME.fullmatch(name) or name.endswith(_SUFFIX):
        raise UsageError(f"{name!r} cannot be the name of a template", "letters, digits, dots, hyphens and underscores")
    return os.path.join(templates_folder(), name + _SUFFIX)


def read_text(found: Found) -> bytes:
    """Read the file of a template. Raises UsageError where it cannot be read."""
    try:
        with open(found.path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"template {found.path}: {error.strerror}", "see: visionask config templates") from error


def read_template(found: Found) -> Template:
    """Read a template. Raises UsageError for a file that cannot be read, ConfigError that names a bad key."""
    return parse_template(read_text(found), found)


def parse_template(data: bytes, found: Found) -> Template:
    """Read the bytes that are, or will be, in a template's file. Raises what `read_template` does."""
    where = found.path if found.is_own else found.name
    table = parse(data, where)
    for key in table:
        if key not in KEYS:
            raise ConfigError(f"{where}: {key} is not a key of a template", nearest(key, KEYS))
    if not any(key in table for key in ("prompt", "system", "schema")):
        raise ConfigError(f"{where}: has no prompt, system or schema", 'write prompt = "..."')
    texts = {key: _text(where, key, table[key]) for key in ("prompt", "system") if key in table}
    model, detail = (read(f"{where}: {key}", key, table[key]) if key in table else None for key in ("model", "detail"))
    return Template(
        name=found.name,
        **texts,
        schema=_schema(where, table["schema"], folder=os.path.dirname(found.path)) if "schema" in table else None,
        model=model,
        detail=detail,
        max_tokens=_max_tokens(where, table.get("max_tokens")),
        defaults=_defaults(where, table.get("defaults", {})),
    )


def read_schema_file(path: str) -> str:
    """Read the text of a file with a schema. Raises UsageError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        text = decode_text(data)
    except (OSError, ValueError) as error:
        fact = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"schema {path}: {fact}", "name a file with a JSON Schema") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"schema {path} is over {MOST_BYTES // 1_000_000} MB", "shorten it")
    return text


def first_line(found: Found) -> str:
    """Return what a template says of itself: the comment that it begins with, up to its first full stop."""
    first = read_text(found).partition(b"\n")[0].decode("utf-8", "replace").strip()
    return first.lstrip("# ").partition(". ")[0] if first.startswith("#") else ""


def _files(folder: str) -> list[tuple[str, str]]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [(name.removesuffix(_SUFFIX), os.path.join(folder, name)) for name in names if name.endswith(_SUFFIX)]
    return [(name, path) for name, path in found if _FILE_NAME.fullmatch(name)]


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where}: {key} must be a text, not {value!r:.60}", f'write {key} = "..."')
    return value.strip()


def _schema(where: str, value: object, *, folder: str) -> str:
    """Take a schema as `--schema` does: a table, the concise spelling, or a file beside the template."""
    if isinstance(value, dict):
        return json.dumps(value, default=str)
    text = _text(where, "schema", value)
    is_file = text.lower().endswith((".json", ".jsonschema")) and not text.startswith("{")
    return read_schema_file(os.path.join(folder, os.path.expanduser(text))) if is_file else text


def _max_tokens(where: str, value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ConfigError(
            f"{where}: max_tokens must be a whole number from 1, not {value!r:.60}", "such as max_tokens = 300"
        )
    return value


def _defaults(where: str, table: Any) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: defaults must be a table", "write [defaults] and the values below it")
    for name, value in table.items():
        if not NAME.fullmatch(name) or not isinstance(value, str | int | float):
            raise ConfigError(f"{where}: defaults.{name} must be a text or a number", f'write {name} = "..."')
    return {name: str(value) for name, value in table.items()}


_MARK = re.compile(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Template(NamedTuple):
    """What a template sets; None: nothing. `defaults` are values of its parameters."""

    name: str
    prompt: str | None = None
    system: str | None = None
    schema: str | None = None  # as `--schema` takes it
    model: str | None = None
    detail: str | None = None
    max_tokens: int | None = None
    defaults: Mapping[str, str] = {}

    @property
    def params(self) -> tuple[str, ...]:
        """Name the parameters that stand in the prompt and the system prompt, in order."""
        found = _MARK.finditer(f"{self.prompt or ''}\n{self.system or ''}")
        return tuple(dict.fromkeys(mark[2] or mark[3] for mark in found if not mark[1]))


def fill(template: Template, values: Mapping[str, str]) -> Template:
    """Put values where `$name` or `${name}` stands; `$$` is a dollar sign. A value is never read again.

    `Is it $colour?` with colour = "$red" is `Is it $red?`. Raises UsageError that names a parameter without a value,
    or a value without a parameter.
    """
    params = template.params
    for name in values:
        if name not in params:
            known = f"it has {', '.join(params)}" if params else "it has none"
            raise UsageError(f"--param {name}: template {template.name} has no such parameter", known)
    given = {**template.defaults, **values}
    missing = [name for name in params if name not in given]
    if missing:
        what = " ".join(f"--param {name}=..." for name in missing)
        raise UsageError(f"template {template.name}: no value for {', '.join(missing)}", f"add {what}")

    def put(text: str | None) -> str | None:
        return None if text is None else _MARK.sub(lambda mark: "$" if mark[1] else given[mark[2] or mark[3]], text)

    return template._replace(prompt=put(template.prompt), system=put(template.system))
