"""One call of the Python API: its settings, its images, and where it sends and keeps.

What a call of the Python API asks and how: a template, data, a conversation, a folder of saved exchanges.

What a call of the Python API does at each step of a request: it prints nothing, and asks nobody.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from visionask.core.arguments import need_text
from visionask.core.errors import BudgetError, SchemaMismatch, UsageError
from visionask.core.flags import FilesFlags, PaceFlags, PictureFlags, SchemaFlags, SendingFlags, picked
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answered
from visionask.core.thoughts import ThoughtFilter
from visionask.run.library.keywords import refuse_unknown, spell, spoken
from visionask.run.library.results import Reply, Result
from visionask.run.options import narrowed, prepare, read_choosing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Event

    from visionask.config.settings import Settings
    from visionask.core.image import Source
    from visionask.core.projection import Projection
    from visionask.core.request import Ended, Endpoint, PlannedRequest
    from visionask.core.schema import Schema
    from visionask.images.given import Given
    from visionask.run.conversations import PastConversation
    from visionask.run.job import Job
    from visionask.run.library.options import GivenSchema
    from visionask.run.options import Filled, Prepared
    from visionask.run.scan import Scan
    from visionask.run.session import LedgerOptions
    from visionask.run.survey import Choosing
    from visionask.run.verdicts import Closed


STOP: ContextVar[Event | None] = ContextVar("STOP", default=None)
"""What ends the calls of this context early: `aio` sets it in another thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the Python API: what was set, and what follows from it."""

    prepared: Prepared
    files: FilesFlags
    on_notice: Callable[[str], None]
    conversation: str | Reply | None = None
    api_key: str | None = field(default=None, repr=False)

    @property
    def flags(self) -> Filled:
        return self.prepared.flags

    @property
    def settings(self) -> Settings:
        return self.prepared.settings

    def choosing(
        self, images: Given | Iterable[Given], *, allows_folders: bool = False, sends: bool = True
    ) -> Choosing:
        """Take the images as they were handed over: one, or any number. Raises UsageError, InputError."""
        args, in_hand = _arguments(images)
        files, more = self.files if allows_folders else None, {"in_hand": in_hand, "on_note": self.on_notice}
        chosen = read_choosing(args, self.prepared.picture, files, fetches_whole=sends, **more)
        return chosen if files is None else narrowed(chosen, files)

    def ledger_options(self, conversation: str | None = None) -> LedgerOptions:
        """Return how one request is kept."""
        return self.prepared.ledger_options(asks_again=self.prepared.asks_again, conversation=conversation)

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Yield the endpoint. Raises MissingKey, and for a local model what `api.local` raises."""
        from visionask.config.settings import find_key
        from visionask.run.connect import connect

        settings, key = self.settings, self.api_key
        if key is not None:
            key = find_key(settings, env={settings.api_key_env: key})
            settings = settings._replace(needs_key=False, api_key_env="")
        with connect(settings, self.flags.sending.local) as endpoint:
            yield endpoint if key is None else replace(endpoint, api_key=key)


def read_call(function: str, options: Mapping[str, Any], known: frozenset[str], *, recalls: bool = False) -> Call:
    """Resolve the settings of one call; `recalls` is what holds where nothing says whether the ledger's answers count.

    What is handed over goes before what the template sets. Raises TypeError for a name that is unknown, UsageError,
    ConfigError.
    """
    from visionask.run.options import filled

    refuse_unknown(function, options, known)
    given = {"cache": recalls} | {name: value for name, value in options.items() if value is not None}
    for name in ("ledger", "record", "replay", "template"):
        if name in given:
            given[name] = os.fspath(given[name])
    flags = filled(
        picked(SendingFlags, given),
        picked(PictureFlags, given),
        picked(SchemaFlags, given) if "schema" in known else None,
        {name: str(value) for name, value in (options.get("params") or {}).items()},
    )
    return Call(
        prepared=prepare(flags, picked(PaceFlags, given)),
        files=picked(FilesFlags, given),
        conversation=options.get("conversation"),
        on_notice=_spelled(options.get("on_notice") or _log),
        api_key=options.get("api_key"),
    )


def _spelled(on_notice: Callable[[str], None]) -> Callable[[str], None]:
    """Return what is told of warnings in the words of Python."""
    return lambda text: on_notice(spell(text))


def _log(text: str) -> None:
    import logging

    logging.getLogger("visionask").info(text)  # below what Python prints of a program that sets up no log


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One call that sends: its settings, what it asks, and where its answers come from."""

    call: Call
    question: str
    schema: Schema | None = None
    shape: _Shape | None = None
    past: PastConversation | None = None
    held: tuple[Source, ...] = ()  # images of the conversation that are still in hand
    stop: Event | None = field(default_factory=STOP.get)  # of whoever waits for it, beside an event loop

    def choosing(self, images: Given | Iterable[Given], **more: Any) -> Choosing:
        """Take the images; a conversation that goes on needs no new ones. Raises UsageError, InputError."""

        found = listed(images)
        chosen = self.call.choosing(found or "of the conversation", **more)
        if not found and self.past is None:
            raise UsageError("no image was named", "hand over one image, or a list of them")
        chosen = chosen if found else chosen._replace(args=())
        return chosen._replace(is_offline=self.call.flags.sending.replay is not None)

    def job(self, choosing: Choosing, **more: Any) -> Job:
        """Build what is asked of all images together. Raises UsageError, ConfigError."""
        from visionask.run.conversations import continued
        from visionask.run.options import read_job

        self._need_question()
        asked: dict[str, Any] = {"question": self.question, "schema": self.schema, "on_notice": self.call.on_notice}
        return continued(read_job(self.call.prepared, choosing=choosing, **asked, **more), self.past, held=self.held)

    def scan(self, choosing: Choosing, closed: Closed | None = None) -> Scan:
        """Build what is asked of each image: the statements, or the question. Raises UsageError, ConfigError."""
        from visionask.run.options import read_scan

        self._need_question()
        return read_scan(
            self.call.prepared,
            question=self.question if closed is None or closed.takes_question else "",
            choosing=choosing,
            on_notice=self.call.on_notice,
            closed=closed,
            schema=self.schema,
        )

    def _need_question(self) -> None:
        if not self.question.strip():
            raise UsageError("the question is empty", 'write one, such as "What is in this image?"')

    @contextmanager
    def connect(self, *, is_stoppable: bool = True) -> Iterator[Endpoint]:
        """Yield the endpoint; a replay needs neither key nor model. Raises what `Call.connect` does."""
        if self.call.flags.sending.replay is not None:
            with self.call.prepared.connect() as endpoint:
                yield endpoint
            return
        with self.call.connect() as endpoint:
            yield replace(endpoint, recording=self.call.prepared.recording, stop=self.stop if is_stoppable else None)

    def filled(self, outcome: Ended) -> tuple[Ended, Any]:
        """Return an outcome with the instance of the class that was handed over as schema.

        An answer that the class refuses is paid and kept, and fails here.
        """
        if self.shape is None or not isinstance(outcome, Answered) or outcome.data is None:
            return outcome, None
        try:
            return outcome, self.shape.fill(outcome.data)
        except SchemaMismatch as error:
            return outcome.refused(error), None

    def result(self, outcome: Ended) -> Result:
        """Return an item of a scan."""
        outcome, instance = self.filled(outcome)
        if outcome.error is not None:
            spoken(outcome.error)
        return Result(command="scan", outcome=outcome, instance=instance)

    def ledger_options(self) -> LedgerOptions:
        """Return how one request is kept."""
        return self.call.ledger_options(None if self.past is None else self.past.conversation.id)


def read_asking(
    function: str, options: Mapping[str, Any], known: frozenset[str], *, question: str | None, recalls: bool = False
) -> Asking:
    """Resolve one call that sends. Raises TypeError for a name that is unknown, UsageError, ConfigError, StateError."""
    from visionask.run.conversations import stay_with

    call = read_call(function, options, known, recalls=recalls)
    question = call.flags.question if question is None else question
    if question is None:
        raise UsageError("no question was given", f'{function}("What is in this image?", "photo.jpg"), or template=')
    need_text(question, "the question")
    past, held = _past_conversation(call)
    return Asking(
        call=replace(call, prepared=stay_with(past, call.prepared)),
        question=question,
        schema=read_schema_flags(call.flags.schema),
        shape=_read_shape(call.flags.schema),
        past=past,
        held=held,
    )


class _Shape(NamedTuple):
    """The pydantic class that an answer's data become an instance of, or a list of instances."""

    model: Any
    is_multi: bool

    def fill(self, data: dict[str, Any]) -> Any:
        """Return the instance. Raises SchemaMismatch for what the class's own rules refuse."""
        try:
            if self.is_multi:
                return [self.model.model_validate(item) for item in data["items"]]
            return self.model.model_validate(data)
        except ValueError as error:  # as pydantic's ValidationError is
            fact = " ".join(str(error).split("\n")[1:3])
            raise SchemaMismatch(
                f"the answer is not a {self.model.__name__}: {fact}", "error.outcome.data has it as a dict"
            ) from error


def _read_shape(flags: SchemaFlags) -> _Shape | None:
    given: Any = flags.schema if flags.schema_multi is None else flags.schema_multi
    if not hasattr(given, "model_validate"):
        return None
    return _Shape(given, is_multi=flags.schema_multi is not None)


def _past_conversation(call: Call) -> tuple[PastConversation | None, tuple[Source, ...]]:
    """Find the conversation that goes on, and the images that its last reply holds. Raises UsageError, StateError."""
    named = call.conversation
    if named is None:
        return None, ()
    from visionask.run.conversations import find_conversation

    if not isinstance(named, Reply):
        return find_conversation(call.prepared.ledger, named, call.on_notice), ()
    if named.conversation is None:
        raise UsageError("the reply was not kept, so its conversation cannot go on", "ask without log=False or replay=")
    planned = named.outcome.planned
    held = () if planned is None else tuple(image.source for image in planned.images)
    return find_conversation(call.prepared.ledger, named.conversation, call.on_notice), held


def read_schema_flags(flags: SchemaFlags) -> Schema | None:
    """Read a schema in any spelling. Raises UsageError; MissingExtra where it needs jsonschema-rs."""
    one, multi = cast("GivenSchema | None", flags.schema), cast("GivenSchema | None", flags.schema_multi)
    if one is not None and multi is not None:
        raise UsageError("schema and schema_multi exclude each other", "drop one of them")
    given = one if multi is None else multi
    if given is None:
        return None
    from visionask.core.schema import read_schema

    return read_schema(_schema_text(given), is_multi=multi is not None)


def _schema_text(given: GivenSchema) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, os.PathLike):
        from visionask.config.templates import read_schema_file

        return read_schema_file(os.fspath(given))
    try:
        return json.dumps(given if isinstance(given, Mapping) else given.model_json_schema())
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"a schema cannot be given as {type(given).__name__}, or holds something that is not JSON",
            'hand over "name, age int", a dict, a file or a pydantic model class',
        ) from error


def confirm(projection: Projection, call: Call) -> None:
    """Stop above a price that wants to be confirmed, as nobody can be asked. Raises BudgetError."""
    from visionask.core.projection import may_exceed

    above = call.settings.confirm_above
    if above is not None and may_exceed(projection, above) and not call.flags.sending.yes:
        raise BudgetError(
            f"it may cost more than confirm_above ${above:f}, and there is nobody to ask here", "add yes=True"
        )


class Teller:
    """Hands text on. What the receiver raises loses no answer: it is paid for, and kept first."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._thoughts = ThoughtFilter()
        self.raised: Exception | None = None

    def __call__(self, text: str) -> None:
        text = self._thoughts.feed(text)
        if text and self.raised is None:
            try:
                self._on_text(text)
            except Exception as error:  # noqa: BLE001  raised again when the answer is kept
                self.raised = error


@dataclass(frozen=True, slots=True)
class QuietWatcher:
    """What a call does at each step: hold the limits, and hand on text and notices."""

    call: Call
    teller: Teller | None = None

    def on_plan(self, planned: PlannedRequest) -> None:
        from visionask.core.projection import check_budget
        from visionask.report import human

        warnings = human.image_warnings(planned.images)
        for warning in (*warnings, *human.model_warnings(planned.projection, time.strftime("%Y-%m-%d"))):
            self.call.on_notice(warning)
        check_budget(planned.projection, self.call.settings.max_cost)
        confirm(planned.projection, self.call)

    def on_notice(self, text: str) -> None:
        self.call.on_notice(text)

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None:
        """Say nothing: the result tells that it is cached."""

    @property
    def on_text(self) -> Callable[[str], None] | None:
        return self.teller
