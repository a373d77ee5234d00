"""The Job: what is asked of pictures, and what follows from it: request, projection, bill and keys.

The making of pictures for a plan: as many at once as there are processors.

Which failures are final: they would come again, so they are asked again only when the user says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_finite, need_text
from visionask.core.checks import spell
from visionask.core.errors import (
    BadRequest,
    InputError,
    NoText,
    OverLimit,
    Refused,
    RejectedError,
    SchemaMismatch,
    TooLarge,
)
from visionask.core.fingerprint import Asked, SentPicture, answer_key
from visionask.core.format import size
from visionask.core.image import EncodedImage, Failed, ObjectSource, UrlSource
from visionask.core.prices import SERVED_TIERS, Tier, billed_usd
from visionask.core.projection import Projection, Terms, project
from visionask.core.request import Request, SentImage
from visionask.core.text_tokens import TextCount, count_messages
from visionask.core.text_tokens import count_text as count_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.catalog import Model, Server
    from visionask.core.checks import Question
    from visionask.core.ledger import StoredFailure
    from visionask.core.plan import ImagePlan, PictureOptions, Sizing
    from visionask.core.request import Answer, Exchanged, PlannedRequest
    from visionask.core.schema import Schema
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One question about some images, with everything that decides what is sent."""

    question: str
    model: Model
    choosing: Choosing
    options: PictureOptions
    terms: Terms
    max_images: int = 1
    system: str | None = None
    temperature: float | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    avoids_cache_write: bool = False
    streams: bool = False
    schema: Schema | None = None
    questions: tuple[Question, ...] = ()  # typed ones; `question` then says in words what they ask, and is not sent
    server: Server | None = None  # what is known about where it is sent
    is_openai: bool = False  # it goes to OpenAI itself
    max_body_bytes: int | None = None
    vote: int = 0  # the same asked again, for an answer of its own
    history: tuple[Exchanged, ...] = ()  # of a conversation; its images are `earlier`, in order
    earlier: tuple[ImagePlan | Failed, ...] = ()  # planned before; those that `choosing` names come after them
    puts_images_first: bool = False
    is_count: bool = False  # the tokens are counted by the provider, and no answer is asked for

    def __post_init__(self) -> None:
        need_finite(self.temperature, "--temperature")
        texts = {"the question": self.question, "--system": self.system, "--model": self.model.name}
        for what, text in {**texts, "--reasoning-effort": self.reasoning_effort}.items():
            need_text(text, what)


def build_request(job: Job, planned: PlannedRequest, encoded: tuple[EncodedImage | None, ...]) -> Request:
    """Put the prepared pictures and what the user set into one request. Raises TooLarge for more than is taken."""
    _check_size(job, encoded)
    server = job.server
    omits = () if server is None else server.omits
    images = tuple(
        SentImage(
            detail="" if "detail" in omits else image.sizing.level,
            encoded=picture,
            url=_link(image) if picture is None else None,
            spec=None if picture is None else image.sizing.spec,
            label=image.source.label,
        )
        for image, picture in zip(planned.images, encoded, strict=True)
    )
    return Request(
        model=job.model.name,
        question=job.question,
        images=images,
        system=job.system,
        max_tokens=job.terms.max_output_tokens,
        is_reasoning_model=_names_completion_tokens(job),
        temperature=job.temperature,
        reasoning_effort=job.reasoning_effort,
        service_tier=job.service_tier,
        avoids_cache_write=job.avoids_cache_write,
        stream=job.streams,
        schema=None if job.schema is None else job.schema.sent,
        schema_name="answer" if job.schema is None else job.schema.name,
        history=job.history,
        puts_images_first=job.puts_images_first,
        marks_cache=(job.puts_images_first or bool(job.history)) and job.terms.pays_cache_write,
        questions=job.questions,
        omits=omits,
        vote=job.vote,
        is_count=job.is_count,
    )


def _names_completion_tokens(job: Job) -> bool:
    """Return whether the answer's limit goes as max_completion_tokens: as the server has it, else as the model."""
    field = None if job.server is None else job.server.token_field
    return job.model.is_reasoning if field is None else field == "max_completion_tokens"


def _link(image: ImagePlan) -> str | None:
    """Return the link that is handed on; one to an object is signed, for the provider has no key to the store."""
    if isinstance(image.source, ObjectSource):
        from visionask.images.stores import sign_object

        return sign_object(image.source.url)
    return image.source.url if isinstance(image.source, UrlSource) else None


def _check_size(job: Job, encoded: tuple[EncodedImage | None, ...]) -> None:
    """Refuse a body that the server would: base64 has 4 bytes for each 3."""
    body = sum((len(picture.data) + 2) // 3 * 4 for picture in encoded if picture is not None)
    body += len(job.question.encode()) + len((job.system or "").encode())
    if job.max_body_bytes is not None and body > job.max_body_bytes:
        where = "the provider" if job.server is None else job.server.about
        raise TooLarge(
            f"a request of {size(body)} is more than {where} takes ({size(job.max_body_bytes)})",
            "send less: --max-side, --quality, --detail low, or fewer images",
        )


def count_text(job: Job) -> TextCount:
    """Count the text of one request. A schema counts as its JSON does, about: how it is billed is written nowhere."""
    said = [text for turn in job.history for text in (turn.question, turn.answer)]
    text = count_messages(job.model, [*([] if job.system is None else [job.system]), *said, job.question])
    if job.questions:
        return text._replace(is_about=True)  # how the provider frames typed questions is written nowhere
    return text if job.schema is None else TextCount(tokens=text.tokens + _schema_tokens(job), is_about=True)


def project_images(job: Job, sizings: Iterable[Sizing], *, text: TextCount | None = None) -> Projection:
    """Project one request about these pictures; `text` where it is counted already."""
    text = text or count_text(job)
    return project(job.model, sizings, text_tokens=text.tokens, is_text_about=text.is_about, terms=job.terms)


def asked(job: Job, base_url: str | None) -> Asked:
    """Return what is asked of every picture alike: each parameter that is sent is a part of it."""
    parameters: dict[str, Any] = {
        "max_tokens": job.terms.max_output_tokens,
        "temperature": job.temperature,
        "reasoning_effort": job.reasoning_effort,
        "service_tier": job.service_tier,
        "schema": None if job.schema is None else [job.schema.name, job.schema.given, job.schema.sent],
        "questions": [spell(question) for question in job.questions] or None,
        "vote": job.vote or None,
        "history": [[turn.question, turn.answer, turn.images] for turn in job.history] or None,
        "images_first": job.puts_images_first or None,
    }
    return Asked(
        base_url=base_url,
        model=job.model.name,
        question=job.question,
        system=job.system,
        parameters={name: value for name, value in parameters.items() if value is not None},
    )


def key_of(asked: Asked, images: Sequence[ImagePlan], digests: Sequence[str | None]) -> str:
    """Return the key of an answer: the digests are of the sources' bytes, None for a link that is handed on."""
    return answer_key(asked, [sent_picture(image, digest) for image, digest in zip(images, digests, strict=True)])


def sent_picture(image: ImagePlan, digest: str | None) -> SentPicture:
    """Name one picture for the key of an answer."""
    return SentPicture(
        detail=image.sizing.level,
        sha256=digest,
        spec=None if digest is None else image.sizing.spec,
        url=_address(image) if digest is None else None,
        frame=image.sizing.spec.frame,
    )


def _address(image: ImagePlan) -> str | None:
    """Name what is handed on: an object that was overwritten is another one, as its store tells."""
    source = image.source
    if isinstance(source, ObjectSource) and source.etag:
        return f"{source.url}#{source.etag}"
    return source.url if isinstance(source, UrlSource | ObjectSource) else None


def served_tier(job: Job, answer: Answer) -> Tier:
    """Return the tier that is billed: the one that the reply says was served, else the one that was asked for.

    OpenAI's own word always holds. Another host's holds where a tier was asked for: else it is about something else.
    """
    said = answer.service_tier
    if said is None or not (job.is_openai or job.service_tier):
        return job.terms.tier
    return SERVED_TIERS.get(said, job.terms.tier)


def billed(job: Job, answer: Answer | None) -> Decimal | None:
    """Price what was billed; None where the server or the catalog does not say."""
    if answer is not None and job.terms.is_free:
        return Decimal(0)
    if answer is None or answer.usage is None:
        return None
    if answer.is_replayed:
        return Decimal(0)
    return (
        None if job.model.prices is None else billed_usd(job.model.prices, answer.usage, tier=served_tier(job, answer))
    )


def _schema_tokens(job: Job) -> int:
    import json

    assert job.schema is not None
    return count_plain(json.dumps(job.schema.sent, ensure_ascii=False), job.model.encoding)[0]


def prepare(image: ImagePlan) -> EncodedImage | Failed | None:
    """Read, decode and encode one picture; one that cannot be sent is a value; None for a link handed on."""
    if isinstance(image.source, UrlSource | ObjectSource):
        return None
    from visionask.images.prepare import encode
    from visionask.images.probe import read_bytes

    label = image.source.label
    try:
        return encode(read_bytes(image.source), image.sizing.spec, label=label)
    except InputError as error:
        return Failed(label=label, error=error)


FINAL: dict[str, type[RejectedError]] = {
    each.code: each for each in (BadRequest, NoText, OverLimit, Refused, RejectedError, SchemaMismatch)
}


def final_error(failure: StoredFailure) -> RejectedError | None:
    """Return the error that the same request would meet again; None where asking again may help.

    The limit of an answer's length and the schema are parts of the key: with another one, it is another request. An
    answer that was cut on its way is not final, and one that did not match its schema was asked for twice already.
    A 404 is of the model or the address, and gone once the model is there.
    """
    if failure.retryable or failure.code not in FINAL or failure.status == 404:
        return None
    if failure.code == OverLimit.code:
        return OverLimit(failure.message, f"{failure.hint}; or add --retry-failed to ask the same again")
    return FINAL[failure.code](failure.message, "add --retry-failed to ask again")
