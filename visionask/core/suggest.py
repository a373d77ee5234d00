"""What a misspelled name may have meant: one rule and one wording for commands, flags, values, files and settings."""

from collections.abc import Iterable

_ALIKE = 0.6  # of difflib: `gpt4o` and `gpt-4o` are 0.91 alike, `modle` and `model` 0.8
_AS_LIKELY = 0.1  # `--detial`: `--detail` is 0.89 alike, `--model` 0.67


def near_names(name: str, known: Iterable[str], *, most: int = 3, alike: float = _ALIKE) -> list[str]:
    """Return up to `most` of `known` that are spelled nearly like `name`, whatever the case; the likeliest first.

    Those that are much less like it than the likeliest one are left out.
    """
    import difflib

    spelled: dict[str, str] = {}
    for each in known:
        spelled.setdefault(each.lower(), each)
    found = difflib.get_close_matches(name.lower(), list(spelled), n=most, cutoff=alike)
    if len(found) > 1:
        ratios = [difflib.SequenceMatcher(a=each, b=name.lower()).ratio() for each in found]
        found = [each for each, ratio in zip(found, ratios, strict=True) if ratio >= ratios[0] - _AS_LIKELY]
    return [spelled[each] for each in found]


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str = "", alike: float = _ALIKE) -> str:
    """Return the hint to a name that is not known: `did you mean model?`, or `otherwise` where nothing is near."""
    found = near_names(name, known, alike=alike)
    return f"did you mean {' or '.join(found)}?" if found else otherwise


def is_slip(name: str, known: str) -> bool:
    """Return whether `name` is `known` with one slip of the hand: case, dots and dashes, or one letter.

    Other numbers are another version, which may be newer than any list: `gpt-6.1-luna` is no slip for `gpt-6-luna`.
    """
    import re

    letters, others = (re.sub(r"[^a-z0-9]", "", each.lower()) for each in (name, known))
    if re.findall(r"\d", letters) != re.findall(r"\d", others):
        return False
    start = 0
    while start < min(len(letters), len(others)) and letters[start] == others[start]:
        start += 1
    rest, other = letters[start:], others[start:]
    swapped = rest[1::-1] + rest[2:]  # its first two letters the other way round
    return other in (rest, rest[1:], swapped) or other[1:] in (rest, rest[1:])
