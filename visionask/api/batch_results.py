"""Owns the judging of batch results: a line of them becomes an answer or an error, as a live reply does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.api import chat
from visionask.api.refusals import from_status
from visionask.core.batch import LAPSED
from visionask.core.errors import Undone

if TYPE_CHECKING:
    from visionask.core.batch import Result
    from visionask.core.request import Answer

_AGAIN = "run it again: `batch submit --retry-failed`, or live with `scan`"


def read_answer(result: Result) -> Answer:
    """Return the whole answer of a line. Raises what a live request with this reply would raise; Undone where it was
    never asked."""
    if result.error_code in LAPSED:
        raise Undone(f"the batch ended before this was asked ({result.error_code})", _AGAIN)
    if result.status is None:
        told = chat.error_text(result.error) if result.error is not None else "no reply and no error"
        raise Undone(f"the batch brought no answer: {told}", _AGAIN)
    is_refused = result.status >= 300 or (result.body is None and result.error is not None)
    if is_refused:
        said = result.body if result.body is not None else result.error
        text = said if isinstance(said, str) else json.dumps(said)
        error = from_status(result.status if result.status >= 300 else 500, {}, text, where="the batch").error
        error.request_id = result.request_id
        raise error
    return chat.judge(replace(chat.parse(result.body), request_id=result.request_id))


def batch_failure(code: str, message: str) -> Undone:
    """Tell of a batch that failed as a whole, in the provider's words."""
    return Undone(f"its batch failed: {chat.error_text({'message': message or code or 'no reason given'})}", _AGAIN)
