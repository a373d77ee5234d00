"""The exit codes and the codes of errors are public: `codes.txt` has them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from visionask.cli.exits import CODES, Exit
from visionask.core.errors import VisionaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).with_name("codes.txt")


def below(kind: type[VisionaskError]) -> Iterator[type[VisionaskError]]:
    for each in kind.__subclasses__():
        if each.__module__ == "visionask.core.errors":
            yield each
            yield from below(each)


def code_of(kind: type[VisionaskError]) -> Exit:
    return next(CODES[each] for each in kind.__mro__ if each in CODES)


def lines() -> list[str]:
    exits = [f"exit {code.value:3} {code.name}" for code in Exit]
    errors = {f"error {kind.code} {code_of(kind).value}" for kind in below(VisionaskError)}
    return [*exits, *sorted(errors)]


def test_exit_codes_and_codes_of_errors_are_those_of_the_golden_file() -> None:
    assert lines() == GOLDEN.read_text().splitlines()
