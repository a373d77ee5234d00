"""What is known about models and providers: token rules, prices, dates, limits, and the look-up of names.

A model belongs to a provider: `claude-haiku-5-5` and `anthropic/claude-haiku-5-5` are the same one. A dated snapshot
(`gpt-4o-2024-08-06`, `claude-haiku-4-5-20251001`) is the model without its date.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Literal

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from visionask.core.plan import Sight
    from visionask.core.prices import Prices
    from visionask.core.tokens import Rule


Basis = Literal["exact", "documented", "inferred", "about", "unknown"]
"""How sure the count of image tokens is.

exact       the provider's text or code, and measurements that agree
documented  the provider's text or code alone
inferred    the released processor of the weights, or the rule of a sibling; not checked against this provider
about       approximate texts, or few measurements
unknown     no count, and no price
"""
BASES: tuple[Basis, ...] = ("exact", "documented", "inferred", "about", "unknown")
SURE: tuple[Basis, ...] = ("exact", "documented")


class Framing(NamedTuple):
    """Text tokens around the messages of a request: so many for each message, and so many once."""

    message_tokens: int
    reply_tokens: int


class Model(NamedTuple):
    """One model as the catalog knows it. `rule` and `prices` are None where they are not known."""

    name: str  # as the user wrote it: an alias or a dated snapshot keeps its own name on the wire
    entry: str | None  # the catalog's name; None for a model that nobody knows
    provider: str = ""  # the id of its provider's file; empty for a model of the user's own
    rule: "Rule | None" = None
    basis: Basis = "unknown"
    doubt: "Rule | None" = None  # where it counts otherwise than `rule`, the count is inferred
    rule_note: str = ""  # why the rule is inferred
    rule_source: str = ""
    rule_checked: str = ""
    prices: "Prices | None" = None
    price_note: str = ""  # why no price is known
    encoding: str | None = None  # of its text; None: not known
    text_factor: float | None = None  # about so many tokens for one of `encoding`; None: they are the model's own
    framing: Framing | None = None
    is_reasoning: bool = False
    answers_questions: bool = True  # False: makes pictures (gpt-image-*)
    is_askable: bool = True  # False: the Responses API alone takes it
    context_tokens: int | None = None
    takes_decisions: bool = False  # typed questions, answered with probabilities
    sight: "Sight | None" = None  # None: nothing is said of what it sees badly
    is_server_context: bool = False  # `context_tokens` is what its server reads, and not what it could
    is_free: bool = False  # on this machine
    is_elsewhere: bool = False  # asked of a server that is not its provider's, which may bill it otherwise
    shutdown: str | None = None  # ISO date
    shutdown_note: str = ""

    @property
    def is_sure(self) -> bool:
        """Return whether its image tokens are known, and not inferred."""
        return self.basis in SURE

    def is_shut_down(self, today: str) -> bool:
        """Return whether the model is gone on `today` (ISO date)."""
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
    aliases: Mapping[str, str]
    load: Callable[[str, str], Model]  # (name as written, entry) -> Model
    providers: Mapping[str, str]  # of each model that a provider file has
    sight: "Sight | None" = None  # of a model that nobody knows, too

    def find(self, name: str) -> Model | None:
        """Return the model of an entry, an alias, a dated snapshot, or any of them behind `PROVIDER/`."""
        entry = entry_of(name, self.names, aliases=self.aliases)
        if entry is None:
            provider, _, rest = name.partition("/")
            entry = entry_of(rest, self.names, aliases=self.aliases)
            if entry is None or self.providers.get(entry) != provider:
                return None
        return self.load(name, entry)

    def near(self, name: str) -> list[str]:
        """Return up to three known models that `name` may have meant: those that have it in their names, if any."""
        from visionask.core.suggest import near_names

        held = [each for each in self.names if len(name) > 2 and name.lower() in each.lower()]
        return held[:3] or near_names(name, (*self.names, *self.aliases))

    def misspelled(self, name: str, provider: str | None) -> list[str]:
        """Return the models of a provider, or of all with None, for which `name` can only be a slip of the hand."""
        from visionask.core.suggest import is_slip

        written = name.removeprefix(f"{provider}/")
        homes = {known: self.providers.get(self.aliases.get(known, known)) for known in (*self.names, *self.aliases)}
        return [known for known, home in homes.items() if provider in (None, home) and is_slip(written, known)]


def entry_of(name: str, names: Collection[str], *, aliases: Mapping[str, str]) -> str | None:
    """Return the entry that a name stands for: itself, that of its alias, or that of the model it is a snapshot of."""
    if name in names:
        return name
    if name in aliases:
        return aliases[name]
    import re

    dated = re.fullmatch(r"(.+)-20\d\d(-?)[01]\d\2[0-3]\d", name)
    return entry_of(dated[1], names, aliases=aliases) if dated else None


class Server(NamedTuple):
    """One provider, or one kind of server. Limits are those that were seen or documented; None: none is known."""

    name: str
    about: str
    base_url: str  # Azure's has {azure_resource} in it
    needs_key: bool
    api_key_env: str | None  # where its key is; None: it has none
    takes_links: bool  # False: a link is refused, so it is fetched here
    token_field: str | None  # the only spelling that it knows; None: as the model has it
    body_bytes: int | None  # of a request's whole body
    omits: tuple[str, ...]  # fields of ours that it refuses or ignores, and does not need
    default_model: str | None  # where the name does not matter
    examples: tuple[str, ...]  # of its models
    source: str
    checked: str  # ISO date
    note: str = ""
    images: int | None = None  # of a request
    image_bytes: int | None = None  # of one picture
    formats: tuple[str, ...] = ()  # of pictures; empty: not known
    many: tuple[int, int] | None = None  # above so many pictures in a request, no side may be longer (px)
    serves_openai: bool = False  # it has OpenAI's models under their names
    engine: str | None = None  # of open models: "llamacpp", or "weights" for the processors as released
    context_tokens: int | None = None  # that it reads of a model unless told otherwise
