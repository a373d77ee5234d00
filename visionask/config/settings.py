"""Owns the settings of one run, resolved: flag, `VISIONASK_*` variable, profile, config file, default.

The config file is `config.toml` in the platform's user config folder (or the file that `VISIONASK_CONFIG` names):

    model = "gpt-6-luna"
    max_cost = "0.50"

    [profiles.local]
    base_url = "http://127.0.0.1:8080/v1"
    api_key_env = "LOCAL_KEY"

It is never read from the working folder: a folder of other people's pictures must not choose where a key goes.
`OPENAI_API_KEY` and `OPENAI_BASE_URL` work as the SDK defines them; a blank value counts as unset.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.config.fields import READERS
from visionask.config.layers import read_layers
from visionask.core.errors import ConfigError, MissingKey

if TYPE_CHECKING:
    from visionask.core.server import Server

OPENAI_HOSTS = ("api.openai.com",)  # and their regional forms, such as eu.api.openai.com
NO_KEY = "none"  # a word: nothing that a message must hide


class Settings(NamedTuple):
    """What a command runs with. None: not set anywhere."""

    model: str = "gpt-6-luna"
    detail: str = "auto"
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout: float = 600.0
    retries: int = 4
    max_cost: Decimal | None = None
    confirm_above: Decimal | None = None
    quality: int = 85
    max_side: int | None = None
    jobs: int = 8
    rpm: int | None = None
    tpm: int | None = None
    daily_budget: Decimal | None = None  # USD, by UTC day, over all runs on one ledger
    ledger: str | None = None
    azure_resource: str | None = None
    file: Mapping[str, Any] | None = None  # the parsed config file: the catalog reads its [models] and [rules]
    origin: str = "config.toml"
    server: "Server | None" = None  # what is known about the server at `base_url`
    needs_key: bool = True
    is_model_named: bool = True  # False: nobody chose `model`

    @property
    def is_openai(self) -> bool:
        """Tell whether requests go to OpenAI itself."""
        if self.base_url is None:
            return True
        host = self.base_url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
        return any(host == known or host.endswith("." + known) for known in OPENAI_HOSTS)


def load_settings(flags: Mapping[str, Any], *, env: Mapping[str, str] | None = None) -> Settings:
    """Resolve the settings of one run; `flags` holds what the user gave on the command line, None where nothing.

    Raises ConfigError that names the bad key, variable or profile.
    """
    found = read_layers(flags, os.environ if env is None else env)
    values = {key: value[0] for key in READERS if key != "profile" for value in [found.find(key)] if value is not None}
    return Settings(
        **values,
        file=found.file,
        origin=found.origin,
        server=found.server,
        needs_key=found.needs_key,
        is_model_named="model" in values,
    )


class Explained(NamedTuple):
    """One setting, its value and where that comes from."""

    name: str
    value: Any
    where: str


def explain(flags: Mapping[str, Any], *, env: Mapping[str, str] | None = None) -> list[Explained]:
    """List every setting with where it comes from. Raises what `load_settings` does."""
    found = read_layers(flags, os.environ if env is None else env)
    defaults = Settings()._asdict()
    return [Explained(key, *(found.find(key) or (defaults.get(key), "default"))) for key in READERS]


def has_key(settings: Settings, *, env: Mapping[str, str] | None = None) -> bool:
    """Tell whether there is a key for where requests go."""
    env = os.environ if env is None else env
    return bool(env.get(settings.api_key_env, "").strip())


def find_key(settings: Settings, *, env: Mapping[str, str] | None = None) -> str:
    """Read the API key from the environment variable that the settings name. Raises MissingKey, ConfigError.

    A server that is known to need none gets a text that is no key, as the SDK sends one always.
    """
    env = os.environ if env is None else env
    key = env.get(settings.api_key_env, "").strip()
    if not key and not settings.needs_key:
        return NO_KEY
    if not key:
        raise MissingKey(
            f"no API key: the environment variable {settings.api_key_env} is not set",
            f"export {settings.api_key_env}=..., or try `--local practice`; a server that needs no key takes any text",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"the key in {settings.api_key_env} has characters that no key has",
            "copy it again, without quotes or spaces",
        )
    return key


def environment_says(name: str) -> bool:
    """Tell whether an environment variable such as NO_COLOR is set to anything."""
    return bool(os.environ.get(name))


def is_dumb() -> bool:
    """Tell whether the terminal knows neither colour nor the erasing of a line: Emacs and some CI runners say so."""
    return os.environ.get("TERM") == "dumb"


def refuses_colour() -> bool:
    """Tell whether the environment wants none: NO_COLOR, or a terminal that has none."""
    return environment_says("NO_COLOR") or is_dumb()


def data_folder() -> str:
    """Name the folder for downloaded models."""
    import platformdirs

    return platformdirs.user_data_dir("visionask", appauthor=False)


def ledger_path(settings: Settings) -> str:
    """Name the ledger: `--ledger`, or `ledger.db` in the platform's state folder."""
    if settings.ledger is not None:
        return os.path.expanduser(settings.ledger)
    import platformdirs

    return os.path.join(platformdirs.user_state_dir("visionask", appauthor=False), "ledger.db")
