"""Owns which failures are final: they would come again, so they are asked again only when the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.errors import BadRequest, IncompleteAnswer, Refused, RejectedError

if TYPE_CHECKING:
    from visionask.store.values import StoredFailure

NOT_FOUND = "(status 404)"  # of the model or the address: no item's own, and gone once the model is there
AT_LIMIT = ("the answer was cut at the token limit", "the token limit was used up before any text")  # finish: length
REFUSED: dict[str, type[RejectedError]] = {"bad_request": BadRequest, "refused": Refused, "rejected": RejectedError}


def final_error(failure: StoredFailure) -> RejectedError | None:
    """Return the error that the same request would meet again; None where asking again may help.

    An answer that was cut by the token limit is final, for the limit is a part of the key: with a higher one, it is
    another request. One that was cut on its way is not.
    """
    if failure.code == IncompleteAnswer.code and failure.message in AT_LIMIT:
        return IncompleteAnswer(failure.message, f"{failure.hint}; or add --retry-failed to ask the same again")
    if failure.retryable or failure.code not in REFUSED or NOT_FOUND in failure.message:
        return None
    return REFUSED[failure.code](failure.message, "add --retry-failed to ask again")
