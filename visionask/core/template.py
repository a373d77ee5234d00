"""The Template: a saved question with what goes with it, and how its parameters are filled in."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from visionask.core.errors import UsageError

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
