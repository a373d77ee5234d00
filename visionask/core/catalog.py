"""What is known about models: token rule, prices, dates and wire facts of each, and the look-up of names.

What is known about a kind of server that speaks Chat Completions: what it takes, and what it refuses.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from visionask.core.plan import Sight
    from visionask.core.prices import Prices
    from visionask.core.tokens import Rule


Basis = Literal["documented", "inferred", "unknown"]


class Framing(NamedTuple):
    """Text tokens around the messages of a request: so many for each message, and so many once."""

    message_tokens: int
    reply_tokens: int


class Model(NamedTuple):
    """One model as the catalog knows it. `rule` and `prices` are None where they are not known."""

    name: str  # as the user wrote it: an alias or a dated snapshot keeps its own name on the wire
    entry: str | None  # the catalog's name; None for a model that nobody knows
    rule: "Rule | None" = None
    basis: Basis = "unknown"
    rule_note: str = ""  # why the rule is inferred
    rule_source: str = ""
    rule_checked: str = ""
    prices: "Prices | None" = None
    encoding: str = "o200k_base"
    framing: Framing | None = None
    is_reasoning: bool = False
    answers_questions: bool = True  # False: makes pictures (gpt-image-*)
    takes_decisions: bool = False  # typed questions, answered with probabilities
    sight: "Sight | None" = None  # None: nothing is said of what it sees badly
    shutdown: str | None = None  # ISO date
    shutdown_note: str = ""

    def is_shut_down(self, today: str) -> bool:
        """Tell whether the model is gone on `today` (ISO date)."""
        return self.shutdown is not None and self.shutdown <= today

    def days_left(self, today: str) -> int | None:
        """Count the days until the model is shut down, 0 and less where it is; None where no day is known."""
        if self.shutdown is None:
            return None
        import datetime as dt

        return (dt.date.fromisoformat(self.shutdown) - dt.date.fromisoformat(today)).days


class Catalog(NamedTuple):
    """Every known model. `load` builds one entry, so that a command pays only for the models that it names."""

    names: tuple[str, ...]
    aliases: dict[str, str]
    load: Callable[[str, str], Model]  # (name as written, entry) -> Model
    sight: "Sight | None" = None  # of a model that nobody knows, too

    def find(self, name: str) -> Model | None:
        """Look a name up: an entry, an alias, or a dated snapshot of one (`gpt-4o-2024-08-06`). None if unknown."""
        entry = entry_of(name, self.names, aliases=self.aliases)
        return None if entry is None else self.load(name, entry)

    def near(self, name: str) -> list[str]:
        """Name up to three known models that `name` may have meant."""
        return near_names(name, (*self.names, *self.aliases))


def entry_of(name: str, names: Collection[str], *, aliases: Mapping[str, str]) -> str | None:
    """Name the entry that a name stands for: itself, that of its alias, or that of the model it is a snapshot of."""
    if name in names:
        return name
    if name in aliases:
        return aliases[name]
    import re

    dated = re.fullmatch(r"(.+)-20\d\d-[01]\d-[0-3]\d", name)
    return entry_of(dated[1], names, aliases=aliases) if dated else None


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Name up to three of `known` that are spelled nearly like `name`."""
    import difflib

    return difflib.get_close_matches(name.lower(), list(known), n=3, cutoff=0.6)


class Server(NamedTuple):
    """One kind of server. Limits are those that were seen or documented; None: none is known."""

    name: str
    about: str
    base_url: str  # Azure's has {azure_resource} in it
    needs_key: bool
    api_key_env: str | None  # where its key is, for a profile of this name; None: it has none
    takes_links: bool  # False: a link is refused, so it is fetched here
    token_field: str | None  # the only spelling that it knows; None: as the model has it
    body_bytes: int | None  # of a request's whole body
    omits: tuple[str, ...]  # fields of ours that it refuses and does not need
    default_model: str | None  # where the name does not matter
    models: tuple[str, ...]  # such as
    source: str
    checked: str  # ISO date
    note: str = ""
