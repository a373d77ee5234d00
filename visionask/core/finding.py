"""What `doctor` finds, a line each, and what of it may be shown: it goes into bug reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visionask.core.errors import VisionaskError

Status = Literal["ok", "warn", "fail"]
_LOGIN = re.compile(r"(?<=://)[^\s'\"]*@")
_QUERY = re.compile(r"(\w://[^\s?'\"]*)\?[^\s'\"]*")
_MASK = "***"
_LEAST_SECRET = 4  # characters: hiding shorter ones would make honest words unreadable


class Finding(NamedTuple):
    """One fact. With an `error` it is a failure: the error's kind decides the exit code.

    `is_missing`: it is about what can be installed and is not, which is nothing wrong.
    """

    section: str
    name: str
    fact: str
    hint: str = ""
    is_warning: bool = False
    error: VisionaskError | None = None
    is_missing: bool = False

    @property
    def status(self) -> Status:
        """Say how good or bad it is."""
        return "fail" if self.error is not None else "warn" if self.is_warning else "ok"


def failure(section: str, name: str, error: VisionaskError) -> Finding:
    """Turn an error into a finding."""
    return Finding(section, name, error.message, error.hint, error=error)


class Privacy(NamedTuple):
    """What must not be shown: folders that are somebody's home, names of users, values that are keys."""

    homes: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Return the text with homes as `~`; users in paths, logins and queries of URLs, and secrets as `***`.

        Worked: `/home/ann/a.db` is `~/a.db` at her home, and `/media/ann/a.db` is `/media/***/a.db`.
        """
        for secret in sorted((each for each in self.secrets if len(each) >= _LEAST_SECRET), key=len, reverse=True):
            text = text.replace(secret, _MASK)
        text = _QUERY.sub(rf"\1?{_MASK}", _LOGIN.sub(f"{_MASK}@", text))
        for home in sorted(filter(None, (each.rstrip("/\\") for each in self.homes)), key=len, reverse=True):
            text = re.sub(rf"(?<![\w.~-]){re.escape(home)}(?![\w.-])", "~", text)
        return re.sub(r"\S+", lambda word: word[0] if "://" in word[0] else self._hide_users(word[0]), text)

    def _hide_users(self, path: str) -> str:
        for user in filter(None, self.users):
            path = re.sub(rf"(?<=[/\\]){re.escape(user)}(?![\w.-])", _MASK, path)
        return path

    def hide_all(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings as they may be shown. The message and hint of an error are its finding's."""
        shown = []
        for each in findings:
            fact, hint = self.hide(each.fact), self.hide(each.hint)
            if each.error is not None:
                each.error.message, each.error.hint, each.error.args = fact, hint, (fact,)
            shown.append(each._replace(fact=fact, hint=hint))
        return shown
