"""Owns what a call of the Python API asks and how: a template, data, a conversation, a folder of saved exchanges."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_text
from visionask.core.errors import UsageError
from visionask.run.library.call import read_call
from visionask.run.library.keywords import refuse_flags
from visionask.run.recorded import read_recording, without_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from visionask.core.image import Source
    from visionask.core.request import Endpoint, Recording
    from visionask.core.schema import Schema
    from visionask.images.given import Given
    from visionask.run.chat.talk import Talk
    from visionask.run.job import Job
    from visionask.run.kept import Keeping
    from visionask.run.library.call import Call
    from visionask.run.library.keywords import GivenSchema
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One call that sends: its settings, what it asks, and where its answers come from."""

    call: Call
    question: str
    schema: Schema | None = None
    recording: Recording | None = None
    talk: Talk | None = None
    held: tuple[Source, ...] = ()  # images of the conversation that are still in hand

    def choosing(self, images: Given | Iterable[Given], **more: Any) -> Choosing:
        """Take the images; a conversation that goes on needs no new ones. Raises UsageError, InputError."""
        from visionask.run.library.call import listed

        found = listed(images)
        chosen = self.call.choosing(found or "of the conversation", **more)
        if not found and self.talk is None:
            raise UsageError("no image was named", "hand over one image, or a list of them")
        chosen = chosen if found else chosen._replace(args=())
        return chosen._replace(is_offline=self.recording is not None and self.recording.is_replay)

    def job(self, choosing: Choosing, **more: Any) -> Job:
        """Build what is asked. Raises UsageError, ConfigError."""
        from visionask.run.chat.resume import continued
        from visionask.run.options import refuse_ocr

        if self.schema is not None:
            refuse_ocr(self.call.flags, "fills no schema")
        job = self.call.job(self.question, choosing, **more)
        return continued(replace(job, schema=self.schema), self.talk, held=self.held)

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Give the endpoint; a replay needs neither key nor model. Raises what `Call.connect` does."""
        if self.recording is not None and self.recording.is_replay:
            from visionask.run.connect import connect

            with connect(self.call.settings, self.call.flags["local"], self.recording) as endpoint:
                yield endpoint
            return
        with self.call.connect() as endpoint:
            yield replace(endpoint, recording=self.recording)

    def keeping(self) -> Keeping:
        """Tell how one request is kept."""
        return replace(self.call.keeping(), conversation=None if self.talk is None else self.talk.conversation.id)


def read_asking(function: str, options: Mapping[str, Any], known: frozenset[str], *, question: str | None) -> Asking:
    """Resolve one call. What is handed over goes before what the template sets.

    Raises TypeError for a name that is unknown, UsageError, ConfigError, StateError.
    """
    from visionask.run.chat.resume import stay

    refuse_flags(function, options, known)
    flags = _filled(options, takes_schema="schema" in known)
    saved, schemas = flags.pop("question"), [flags.pop(name, None) for name in ("schema", "schema_multi")]
    question = saved if question is None else question
    if question is None:
        raise UsageError("no question was given", f'{function}("What is in this image?", "photo.jpg"), or template=')
    need_text(question, "the question")
    call = read_call(function, flags, known)
    recording = read_recording({"record": None, "replay": None, **call.flags})
    call = _recorded(call, recording)
    talk, held = _talk(call)
    stayed, settings = stay(talk, call.flags, call.settings)
    return Asking(
        call=replace(call, flags=stayed, settings=settings),
        question=question,
        schema=_schema(*schemas),
        recording=recording,
        talk=talk,
        held=held,
    )


def _filled(options: Mapping[str, Any], *, takes_schema: bool) -> dict[str, Any]:
    """Fill the template in, and spell paths as text. Raises UsageError, ConfigError."""
    from visionask.run.template import filled

    flags: dict[str, Any] = {"schema": None, "schema_multi": None} if takes_schema else {}
    flags |= {name: value for name, value in options.items() if value is not None}
    for name in ("record", "replay", "template"):
        if name in flags:
            flags[name] = os.fspath(flags[name])
    params = {name: str(value) for name, value in flags.pop("params", {}).items()}
    return filled(flags, flags.pop("template", None), params)


def _recorded(call: Call, recording: Recording | None) -> Call:
    """Recording asks anew; a replay keeps nothing, as nothing is asked."""
    if recording is None:
        return call
    flags: dict[str, Any] = {**call.flags, "cache": False}
    if recording.is_replay:
        flags["log"] = False
    return replace(call, flags=flags, settings=without_limits(call.settings, recording))


def _talk(call: Call) -> tuple[Talk | None, tuple[Source, ...]]:
    """Find the conversation that goes on, and the images that its last reply holds. Raises UsageError, StateError."""
    from visionask.run.library.reply import Reply

    named = call.flags.get("conversation")
    if named is None:
        return None, ()
    from visionask.run.chat.talk import find_talk

    if not isinstance(named, Reply):
        return find_talk(call.ledger, named, call.on_notice), ()
    if named.conversation is None:
        raise UsageError("the reply was not kept, so its conversation cannot go on", "ask without log=False or replay=")
    planned = named.outcome.planned
    held = () if planned is None else tuple(image.source for image in planned.images)
    return find_talk(call.ledger, named.conversation, call.on_notice), held


def _schema(one: GivenSchema | None, multi: GivenSchema | None) -> Schema | None:
    """Read a schema in any spelling. Raises UsageError; MissingExtra where it needs jsonschema-rs."""
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
            f"a schema cannot be of the type {type(given).__name__}, or holds what is no JSON",
            'hand over "name, age int", a dict, a file or a pydantic model class',
        ) from error
