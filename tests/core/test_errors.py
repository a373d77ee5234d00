"""The tree of errors: codes are public, so each is unique and spelled the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from visionask.core import errors
from visionask.core.errors import VisionaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = {  # class: code in records, retryable. Changing one breaks other people's pipelines.
    "VisionaskError": ("error", False),
    "UsageError": ("usage", False),
    "InputError": ("input", False),
    "NotFound": ("not_found", False),
    "Unreadable": ("unreadable", False),
    "NotAnImage": ("not_an_image", False),
    "UnsupportedFormat": ("unsupported_format", False),
    "CorruptImage": ("corrupt_image", False),
    "TooLarge": ("too_large", False),
    "FetchFailed": ("fetch_failed", False),
    "ForbiddenAddress": ("forbidden_address", False),
    "ConfigError": ("config", False),
    "MissingKey": ("missing_key", False),
    "KeyRefused": ("key_refused", False),
    "UnknownModel": ("unknown_model", False),
    "MissingExtra": ("missing_extra", False),
    "NoRecording": ("no_recording", False),
    "BudgetError": ("budget", False),
    "ApiError": ("api", True),
    "RateLimited": ("rate_limited", True),
    "QuotaExhausted": ("quota_exhausted", False),
    "TimedOut": ("timeout", True),
    "Unreachable": ("unreachable", True),
    "ServerFailed": ("server_error", True),
    "InBatch": ("in_batch", True),
    "Undone": ("undone", True),
    "RejectedError": ("rejected", False),
    "BadRequest": ("bad_request", False),
    "BadReply": ("bad_reply", False),
    "IncompleteAnswer": ("incomplete", False),
    "Interrupted": ("interrupted", True),
    "NoText": ("no_text", False),
    "OverLimit": ("length", False),
    "SchemaMismatch": ("schema_mismatch", False),
    "Refused": ("refused", False),
    "Undecided": ("undecided", False),
    "StateError": ("state", False),
    "Bug": ("bug", False),
}


def tree(root: type[VisionaskError] = VisionaskError) -> Iterator[type[VisionaskError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


CLASSES = sorted(tree(), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_class_has_its_public_code(cls: type[VisionaskError]):
    assert (cls.code, cls.retryable) == PUBLIC[cls.__name__]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cls.code)
    assert "code" in vars(cls), "an inherited code would hide which error it was"


def test_no_two_classes_share_a_code():
    assert len({cls.code for cls in CLASSES}) == len(CLASSES) == len(PUBLIC)


def test_the_drawing_at_the_top_names_every_class():
    drawn = re.findall(r"^ {4}[|` -]*(\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == [cls.__name__ for cls in CLASSES]


def test_the_drawing_has_the_shape_of_the_tree():
    """Each level is indented by three columns under its parent."""
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^ {4}([|` -]*)(\w+)", line):
            depth = len(found[1]) // 3
            path = [*path[:depth], found[2]]
            cls = getattr(errors, found[2])
            assert cls.__bases__[0].__name__ == (path[-2] if depth else "Exception")


def test_an_error_carries_one_message_and_one_hint():
    error = errors.NotFound("cat.jpg does not exist", "check the path")
    assert (str(error), error.message, error.hint) == (
        "cat.jpg does not exist",
        "cat.jpg does not exist",
        "check the path",
    )
    assert errors.StateError("locked").hint == ""
