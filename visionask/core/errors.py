"""The one tree of errors that visionask raises on purpose.

    VisionaskError
    |- UsageError                 the command line itself is wrong
    |- InputError                 an image that was named cannot be used
    |  |- NotFound                no such file, or the link answers 404
    |  |- Unreadable              no permission, a device, a pipe, a folder where a file is needed
    |  |- NotAnImage              the bytes are something else
    |  |- UnsupportedFormat       a picture format that is not opened here
    |  |- CorruptImage            cut, bit-flipped, or inconsistent with its own header
    |  |- TooLarge                more bytes, pixels or patches than allowed
    |  |- FetchFailed             a link could not be downloaded
    |  `- ForbiddenAddress        a link leads to a private address
    |- ConfigError                a setting is missing or wrong
    |  |- MissingKey              no API key
    |  |- KeyRefused              401 or 403
    |  |- UnknownModel            a model is needed that nobody knows
    |  |- MissingExtra            an optional part is not installed
    |  `- NoRecording             nothing is saved that answers the request
    |- BudgetError                stopped before spending more than allowed
    |- ApiError                   the provider could not answer now; retry later
    |  |- RateLimited
    |  |- QuotaExhausted
    |  |- TimedOut
    |  |- Unreachable
    |  |- ServerFailed            5xx
    |  |- InBatch                 it is in a batch that has not been fetched
    |  `- Undone                  its batch ended without an answer: expired, cancelled, failed, lost
    |- RejectedError              the provider refused, or its reply is no answer
    |  |- BadRequest              400, 404, 413, 415, 422
    |  |- BadReply                not a chat completion
    |  |- IncompleteAnswer        cut, empty, no finish reason
    |  |  |- Interrupted          whoever asked wants it no more
    |  |  |- NoText               what only reads text found none
    |  |  `- OverLimit            the limit of its length came before its end
    |  |- SchemaMismatch          no data that match `--schema`, also when asked once more
    |  |- Refused                 the model or its content filter declined
    |  `- Undecided               a check whose answer is neither true nor false
    |- StateError                 visionask's own output or state cannot be written or read
    `- Bug                        an exception that nobody expected, about one item of many

Each class has a stable `code` (public: it stands in records), a message that names the subject and
the fact, and a `hint` that names the next action. The exit code of each branch is in `cli/exits.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from visionask.core.request import Answer, Outcome

Answerer = Literal["server", "proxy"]
# address: the server has nothing there; count: too many images; unsaid: the reply gives no reason
Cause = Literal["address", "context", "count", "image", "link", "model", "policy", "unsaid"]


class VisionaskError(Exception):
    """An outcome that the user can act on. `message` and `hint` are each one line."""

    code: ClassVar[str] = "error"
    retryable: bool = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.attempts = 0  # requests that reached the wire for this outcome
        self.maybe_billed = 0  # how many of them were sent whole and lost, so that they may be billed
        self.request_id: str | None = None
        self.status: int | None = None  # of the HTTP reply, where it was no success
        self.answered_by: Answerer | None = None  # who gave that reply, or stood in the way of any
        self.partial: Answer | None = None  # what came of the answer before it was given up; it is billed
        self.cause: Cause | None = None  # what the words of that reply blame, where they are understood
        self.outcome: Outcome | None = None  # for who catches it from the Python API: also an answer that is no use


class UsageError(VisionaskError):
    code = "usage"


class InputError(VisionaskError):
    code = "input"


class NotFound(InputError):
    code = "not_found"


class Unreadable(InputError):
    code = "unreadable"


class NotAnImage(InputError):
    code = "not_an_image"


class UnsupportedFormat(InputError):
    code = "unsupported_format"


class CorruptImage(InputError):
    code = "corrupt_image"


class TooLarge(InputError):
    code = "too_large"


class FetchFailed(InputError):
    code = "fetch_failed"


class ForbiddenAddress(InputError):
    code = "forbidden_address"


class ConfigError(VisionaskError):
    code = "config"


class MissingKey(ConfigError):
    code = "missing_key"


class KeyRefused(ConfigError):
    code = "key_refused"


class UnknownModel(ConfigError):
    code = "unknown_model"


class MissingExtra(ConfigError):
    code = "missing_extra"


class NoRecording(ConfigError):
    code = "no_recording"


class BudgetError(VisionaskError):
    code = "budget"


class ApiError(VisionaskError):
    code = "api"
    retryable = True


class RateLimited(ApiError):
    code = "rate_limited"


class QuotaExhausted(ApiError):
    code = "quota_exhausted"
    retryable = False


class TimedOut(ApiError):
    code = "timeout"


class Unreachable(ApiError):
    code = "unreachable"


class ServerFailed(ApiError):
    code = "server_error"


class InBatch(ApiError):
    code = "in_batch"


class Undone(ApiError):
    code = "undone"


class RejectedError(VisionaskError):
    code = "rejected"


class BadRequest(RejectedError):
    code = "bad_request"


class BadReply(RejectedError):
    code = "bad_reply"


class IncompleteAnswer(RejectedError):
    code = "incomplete"


class Interrupted(IncompleteAnswer):
    code = "interrupted"
    retryable = True


class NoText(IncompleteAnswer):
    code = "no_text"


class OverLimit(IncompleteAnswer):
    code = "length"


class SchemaMismatch(RejectedError):
    code = "schema_mismatch"


class Refused(RejectedError):
    code = "refused"


class Undecided(RejectedError):
    code = "undecided"


class StateError(VisionaskError):
    code = "state"


class Bug(VisionaskError):
    """A fault of visionask itself, as the failure of one item: the exception is its `__cause__`."""

    code = "bug"

    def __init__(self, label: str, cause: Exception) -> None:
        super().__init__(
            f"{label}: a fault in visionask ({type(cause).__name__}: {str(cause) or 'no message'})",
            "run it with --debug, and report what it shows",
        )
        self.__cause__ = cause


INPUT_CODES = frozenset({InputError.code, *(kind.code for kind in InputError.__subclasses__())})
