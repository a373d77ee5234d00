"""Owns what is known about a kind of server that speaks Chat Completions: what it takes, and what it refuses."""

from typing import NamedTuple


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
