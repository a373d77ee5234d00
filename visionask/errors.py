"""The public name of the classes of what can fail: `from visionask.errors import RateLimited`.

    try:
        answer = visionask.ask("What is it?", "photo.jpg", max_cost="0.01")
    except visionask.errors.BudgetError as error:    # stopped before spending more than allowed
        print(error.message, error.hint)
    except visionask.errors.ApiError as error:       # rate limit, timeout, outage: it outlasted the retries
        print(error.code, error.retryable)
    except visionask.errors.VisionaskError as error: # anything else that is not a bug
        print(error, error.outcome)                  # `outcome`: what there is all the same, such as a cut answer

Each has `message` and `hint` (a line each), `code` (as in records), `retryable`, `attempts`, `maybe_billed` and
`request_id`. What they derive from is drawn at the top of `visionask/core/errors.py`.
"""

from visionask.core.errors import (
    ApiError,
    BadReply,
    BadRequest,
    BudgetError,
    Bug,
    ConfigError,
    CorruptImage,
    FetchFailed,
    ForbiddenAddress,
    InBatch,
    IncompleteAnswer,
    InputError,
    Interrupted,
    KeyRefused,
    MissingExtra,
    MissingKey,
    NoRecording,
    NotAnImage,
    NoText,
    NotFound,
    OverLimit,
    QuotaExhausted,
    RateLimited,
    Refused,
    RejectedError,
    SchemaMismatch,
    ServerFailed,
    StateError,
    TimedOut,
    TooLarge,
    Undecided,
    Undone,
    UnknownModel,
    Unreachable,
    Unreadable,
    UnsupportedFormat,
    UsageError,
    VisionaskError,
)

__all__ = (
    "ApiError",
    "BadReply",
    "BadRequest",
    "BudgetError",
    "Bug",
    "ConfigError",
    "CorruptImage",
    "FetchFailed",
    "ForbiddenAddress",
    "InBatch",
    "IncompleteAnswer",
    "InputError",
    "Interrupted",
    "KeyRefused",
    "MissingExtra",
    "MissingKey",
    "NoRecording",
    "NoText",
    "NotAnImage",
    "NotFound",
    "OverLimit",
    "QuotaExhausted",
    "RateLimited",
    "Refused",
    "RejectedError",
    "SchemaMismatch",
    "ServerFailed",
    "StateError",
    "TimedOut",
    "TooLarge",
    "Undecided",
    "Undone",
    "UnknownModel",
    "Unreachable",
    "Unreadable",
    "UnsupportedFormat",
    "UsageError",
    "VisionaskError",
)
