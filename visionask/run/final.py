"""Owns which failures are final: they would come again, so they are asked again only when the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.errors import BadRequest, NoText, OverLimit, Refused, RejectedError, SchemaMismatch

if TYPE_CHECKING:
    from visionask.store.values import StoredFailure

NOT_FOUND = "(status 404)"  # of the model or the address: no item's own, and gone once the model is there
FINAL: dict[str, type[RejectedError]] = {
    each.code: each for each in (BadRequest, NoText, OverLimit, Refused, RejectedError, SchemaMismatch)
}


def final_error(failure: StoredFailure) -> RejectedError | None:
    """Return the error that the same request would meet again; None where asking again may help.

    The limit of an answer's length and the schema are parts of the key: with another one, it is another request. An
    answer that was cut on its way is not final, and one that did not match its schema was asked for twice already.
    """
    if failure.retryable or failure.code not in FINAL or NOT_FOUND in failure.message:
        return None
    if failure.code == OverLimit.code:
        return OverLimit(failure.message, f"{failure.hint}; or add --retry-failed to ask the same again")
    return FINAL[failure.code](failure.message, "add --retry-failed to ask again")
