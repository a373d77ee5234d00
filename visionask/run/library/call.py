"""Owns one call of the Python API: its settings, its images, and where it sends and keeps."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from visionask.core.errors import UsageError
from visionask.run.library.keywords import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from visionask.config.settings import Settings
    from visionask.core.request import Endpoint
    from visionask.core.schema import Schema
    from visionask.images.given import Given
    from visionask.run.job import Job
    from visionask.run.kept import Keeping
    from visionask.run.survey import Choosing
    from visionask.store.values import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the Python API: what was set, and what follows from it."""

    flags: Mapping[str, Any]
    settings: Settings
    on_notice: Callable[[str], None]
    api_key: str | None = field(default=None, repr=False)

    def choosing(
        self, images: Given | Iterable[Given], *, allows_folders: bool = False, sends: bool = True
    ) -> Choosing:
        """Take the images as they were handed over: one, or any number. Raises UsageError, InputError."""
        from visionask.run.survey import Choosing

        args, in_hand = _arguments(images)
        return Choosing(
            args=args,
            in_hand=in_hand,
            is_recursive=self.flags.get("recursive", False),
            include=self.flags.get("include", ()),
            exclude=self.flags.get("exclude", ()),
            allows_folders=allows_folders,
            allows_private_urls=self.flags.get("allow_private_urls", False),
            fetches_whole=sends,
            passes_urls=self.flags.get("pass_url", False),
        )

    def job(self, question: str, choosing: Choosing, **more: Any) -> Job:
        """Build what is asked. Raises UsageError, ConfigError."""
        from visionask.run.options import read_job

        if not question.strip():
            raise UsageError("the question is empty", 'write one, such as "What is in this image?"')
        schema = _schema(self.flags.get("schema"))
        return read_job(
            self.flags,
            self.settings,
            question=question,
            choosing=choosing,
            on_notice=self.on_notice,
            schema=schema,
            **more,
        )

    def keeping(self) -> Keeping:
        """Tell how one request is kept."""
        from visionask.run.kept import Keeping

        asks_again = not self.flags.get("cache", False)
        return Keeping(path=self.ledger, base_url=self.base_url, budget=self.budget, asks_again=asks_again)

    @property
    def ledger(self) -> str | None:
        """Name the ledger; None where nothing is kept."""
        from visionask.config.settings import ledger_path

        return ledger_path(self.settings) if self.flags.get("log", True) else None

    @property
    def base_url(self) -> str | None:
        """Name where it is sent, for the keys of answers."""
        local = self.flags["local"]
        return f"local:{local}" if local else self.settings.base_url

    @property
    def budget(self) -> Budget:
        from visionask.store.values import Budget

        return Budget(run_usd=self.settings.max_cost, day_usd=self.settings.daily_budget)

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Give the endpoint. Raises MissingKey, and for a local model what `api.local` raises."""
        from visionask.config.settings import find_key
        from visionask.run.connect import connect

        settings, key = self.settings, self.api_key
        if key is not None:
            key = find_key(settings, env={settings.api_key_env: key})
            settings = settings._replace(needs_key=False, api_key_env="")
        with connect(settings, self.flags["local"]) as endpoint:
            yield endpoint if key is None else replace(endpoint, api_key=key)


def read_call(function: str, options: Mapping[str, Any], known: frozenset[str]) -> Call:
    """Resolve the settings of one call. Raises TypeError for a name that is unknown, UsageError, ConfigError."""
    from visionask.config.settings import load_settings

    unknown = next((name for name in options if name not in known), None)
    if unknown is not None:
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown!r}")
    flags = UNSET | {name: value for name, value in options.items() if value is not None}
    if "ledger" in flags:
        flags["ledger"] = os.fspath(flags["ledger"])
    api_key, on_notice = flags.pop("api_key", None), flags.pop("on_notice", _log)
    return Call(flags=flags, settings=load_settings(flags), on_notice=on_notice, api_key=api_key)


def _log(text: str) -> None:
    import logging

    logging.getLogger("visionask").info(text)  # below what Python prints of a program that sets up no log


def _schema(given: str | Mapping[str, Any] | None) -> Schema | None:
    if given is None:
        return None
    import json

    from visionask.core.schema import read_schema

    return read_schema(given if isinstance(given, str) else json.dumps(given))


def listed(images: Given | Iterable[Given]) -> list[Given]:
    """Put one image into a list, and any number of them."""
    from collections.abc import Iterable

    if isinstance(images, str | bytes | bytearray | memoryview) or hasattr(images, "read"):
        return [cast("Given", images)]
    return [*images] if isinstance(images, Iterable) else [images]


def _arguments(images: Given | Iterable[Given]) -> tuple[list[str], dict[str, Any]]:
    from visionask.images.given import take

    args: list[str] = []
    in_hand: dict[str, Any] = {}
    for image in listed(images):
        taken = take(image)
        if not isinstance(taken, str):
            in_hand[f"\0{len(in_hand)}"] = taken  # a name that no file can have
            taken = f"\0{len(in_hand) - 1}"
        args.append(taken)
    if not args:
        raise UsageError("no image was named", "hand over one image, or a list of them")
    return args, in_hand
