"""The Job: what is asked of pictures, and what follows from it: request, projection, bill and keys.

Which failures are final: they would come again, so they are asked again only when the user says so.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_finite, need_text
from visionask.core.checks import spell
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    BadRequest,
    NoText,
    OverLimit,
    Refused,
    RejectedError,
    SchemaMismatch,
    TooLarge,
)
from visionask.core.fingerprint import AnswerKeys, SentPicture
from visionask.core.fingerprint import Asked as AskedOfAll
from visionask.core.format import size
from visionask.core.image import EncodedImage, Failed, ObjectSource, UrlSource
from visionask.core.prices import SERVED_TIERS, Tier, billed_usd
from visionask.core.projection import Projection, Terms, project
from visionask.core.request import Answered, PlannedRequest, Request, SentImage, Unanswered
from visionask.core.text_tokens import TextCount, count_messages, with_schema_text
from visionask.run.structured import data_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.catalog import Model, Server
    from visionask.core.checks import Question
    from visionask.core.errors import VisionaskError
    from visionask.core.ledger import ItemName, StoredFailure
    from visionask.core.plan import ImagePlan, PictureOptions, Sizing
    from visionask.core.request import Answer, Exchanged
    from visionask.core.schema import Schema
    from visionask.run.pictures import Picture
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
    has_baseline: bool = False  # the second picture is the baseline, and goes inside the one typed question
    statements: tuple[str, ...] = ()  # what a check asks, as its user wrote it: the ledger has these
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


def kept_question(job: Job) -> str:
    """Return the question as the ledger keeps it: of a closed one, what its user wrote."""
    return "\n".join(job.statements) or job.question


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
        has_baseline=job.has_baseline,
        statements=job.statements,
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
    if job.server is not None:
        check_pictures(job.server, [picture for picture in encoded if picture is not None])


def check_pictures(server: Server, pictures: Sequence[EncodedImage]) -> None:
    """Refuse a picture that the server would, by its base64 or by its sides among many."""
    most = server.image_bytes
    for picture in pictures:
        length = (len(picture.data) + 2) // 3 * 4
        if most is not None and length > most:
            raise TooLarge(
                f"a picture of {size(length)} in base64 is more than {server.about} takes ({size(most)})",
                "send less: --max-side, --quality or --detail low",
            )
    if server.many is not None and len(pictures) > server.many[0]:
        longest = max(max(picture.width_px, picture.height_px) for picture in pictures)
        if longest > server.many[1]:
            raise TooLarge(
                f"{server.about} takes no side above {server.many[1]:,} px in a request of more than {server.many[0]} "
                f"pictures, and one has {longest:,} px",
                f"--max-side {server.many[1]}, or fewer images",
            )


def count_text(job: Job) -> TextCount:
    """Count the text of one request."""
    said = [text for turn in job.history for text in (turn.question, turn.answer)]
    text = count_messages(job.model, [*([] if job.system is None else [job.system]), *said, job.question])
    if job.questions:
        return text._replace(is_about=True)  # how the provider frames typed questions is written nowhere
    return text if job.schema is None else with_schema_text(text, job.model, job.schema.sent)


def project_images(job: Job, sizings: Iterable[Sizing], *, text: TextCount | None = None) -> Projection:
    """Project one request about these pictures; `text` where it is counted already."""
    text = text or count_text(job)
    return project(job.model, sizings, text_tokens=text.tokens, is_text_about=text.is_about, terms=job.terms)


def asked_of_all(job: Job, base_url: str | None) -> AskedOfAll:
    """Return what is asked of every picture alike: each parameter that is sent is a part of it."""
    parameters: dict[str, Any] = {
        "max_tokens": job.terms.max_output_tokens,
        "temperature": job.temperature,
        "reasoning_effort": job.reasoning_effort,
        "service_tier": job.service_tier,
        "schema": None if job.schema is None else [job.schema.name, job.schema.given, job.schema.sent],
        "questions": [spell(question) for question in job.questions] or None,
        "baseline": job.has_baseline or None,
        "vote": job.vote or None,
        "history": [[turn.question, turn.answer, turn.images] for turn in job.history] or None,
        "images_first": job.puts_images_first or None,
    }
    return AskedOfAll(
        base_url=base_url,
        model=job.model.name,
        question=job.question,
        system=job.system,
        parameters={name: value for name, value in parameters.items() if value is not None},
    )


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
    if answer is None:
        return None
    return bill(job.model, answer, tier=served_tier(job, answer), is_free=job.terms.is_free)


def bill(model: Model, answer: Answer, *, tier: Tier, is_free: bool) -> Decimal | None:
    """Price an answer that was served at a tier; None where the server or the catalog does not say."""
    if is_free or (answer.is_replayed and answer.usage is not None):
        return Decimal(0)
    return None if answer.usage is None or model.prices is None else billed_usd(model.prices, answer.usage, tier=tier)


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request on the road: what is asked of which pictures, and its price."""

    job: Job
    planned: PlannedRequest
    pictures: tuple[Picture, ...]
    item: ItemName | None = None  # of a scan, where it is one
    keyed: tuple[tuple[str | None, ...], str] | None = None  # the key of its answer, with the digests that it is of
    is_new: bool = False  # the ledger knew nothing of it when it was looked up with others

    @property
    def has_links(self) -> bool:
        """Whether it was priced with a link that is handed on."""
        plans = zip(self.planned.images, self.pictures, strict=True)
        return any(plan is not picture.plan or picture.is_link for plan, picture in plans)

    def answered(self, answer: Answer, **more: Any) -> Answered:
        """Return it with its answer."""
        data = data_of(answer, self.job.schema)
        return Answered(planned=self.planned, answer=answer, data=data, **self._sent(), **more)

    def unanswered(self, error: VisionaskError, **more: Any) -> Unanswered:
        """Return why it has no answer."""
        return Unanswered(error=error, planned=self.planned, **self._sent(), **more)

    def _sent(self) -> dict[str, Any]:
        is_made = all(picture.is_made for picture in self.pictures)
        return {
            "encoded": tuple(picture.encoded for picture in self.pictures) if is_made else (),
            "digests": tuple(picture.known_digest for picture in self.pictures),
        }


def plan_request(job: Job, plans: Sequence[ImagePlan]) -> PlannedRequest:
    """Price one request about the pictures of these plans."""
    projection = project_images(job, [plan.sizing for plan in plans])
    return PlannedRequest(question=job.question, system=job.system, images=tuple(plans), projection=projection)


class Requests:
    """The requests of one job, each with its price and the key of its answer. Pictures have few sizes."""

    def __init__(self, job: Job, base_url: str | None, *, text: TextCount | None = None) -> None:
        self.job = job
        self._keys, self._text = AnswerKeys(asked_of_all(job, base_url)), text or count_text(job)
        self._project = lru_cache(maxsize=1024)(lambda sizing: project_images(job, [sizing], text=self._text))

    def ask(self, pictures: Sequence[Picture], item: ItemName | None = None) -> Asked:
        """Price one request about these pictures."""
        job, sizings = self.job, [picture.plan.sizing for picture in pictures]
        is_one = len(sizings) == 1
        planned = PlannedRequest(
            question=job.question,
            system=job.system,
            images=tuple(picture.plan for picture in pictures),
            projection=self._project(*sizings) if is_one else project_images(job, sizings, text=self._text),
        )
        return Asked(job=job, planned=planned, pictures=tuple(pictures), item=item)

    def key(self, asked: Asked) -> str:
        """Return the key of its answer. Raises InputError for a picture that cannot be read."""
        digests = tuple(picture.digest() for picture in asked.pictures)
        if asked.keyed is None or asked.keyed[0] != digests:
            sent = [sent_picture(each.plan, digest) for each, digest in zip(asked.pictures, digests, strict=True)]
            asked.keyed = digests, self._keys.key(sent)
        return asked.keyed[1]

    def sent_key(self, asked: Asked) -> str | None:
        """Return the key of what is sent, whatever it was made of; None for a link. The pictures must be made."""
        sent = []
        for picture in asked.pictures:
            if picture.encoded is None:
                return None
            digest = picture.encoded.sent_sha256 or hashlib.sha256(picture.encoded.data).hexdigest()
            sent.append(SentPicture(detail=picture.plan.sizing.level, sha256=digest))
        return self._keys.key(sent)


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
    hint = "add --retry-failed to ask again"
    if failure.code == OverLimit.code:
        hint = f"{failure.hint}; or add --retry-failed to ask the same again"
    error = FINAL[failure.code](failure.message, hint)
    error.status, error.cause = failure.status, failure.cause
    return error
