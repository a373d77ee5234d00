"""The settings of one run, resolved: flag, `VISIONASK_*` variable, profile, config file, default.

The config file is `config.toml` in the platform's user config folder (or the file that `VISIONASK_CONFIG` names):

    model = "gpt-6-luna"
    max_cost = "0.50"

    [profiles.local]
    base_url = "http://127.0.0.1:8080/v1"
    api_key_env = "LOCAL_KEY"

It is never read from the working folder: a folder of other people's pictures must not choose where a key goes.
`OPENAI_API_KEY` and `OPENAI_BASE_URL` work as the SDK defines them; a blank value counts as unset.

Where each setting comes from: flag, `VISIONASK_*` variable, profile, config file, in that order, or nowhere.

A profile is a table of the config file, or built in (a file of `data/providers/`), or both of one name: then the config
file's holds, and what it does not set is as built in.

Which settings there are, and how the value of each is read, whichever way it comes in.
"""

from __future__ import annotations

import os
import sys
import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from visionask.config.tables import MOST_BYTES, nearest, parse
from visionask.core.errors import ConfigError, MissingKey, StateError
from visionask.core.flags import DETAILS, EFFORTS
from visionask.core.namedtuple import NamedTuple
from visionask.core.url import is_openai

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.core.catalog import Server


_LEAST_USD, _MOST_USD = Decimal("1e-12"), Decimal("1e12")  # beyond, it is no amount: 1e999999 has a million digits


def _text(value: Any) -> str:
    text = str(value).strip()
    if not isinstance(value, str) or not text or text.encode("utf-8", "replace").decode() != text:
        raise ValueError("a text")
    return text


def _count(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        expected = "a whole number" + ("" if isinstance(value, float) else f" from {least} to {most:,}")
        try:
            number = int(value) if not isinstance(value, bool | float) else None
        except (TypeError, ValueError):
            number = None
        if number is None or not least <= number <= most:
            raise ValueError(expected)
        return number

    return read


def _switch(value: Any) -> bool:
    words = {"true": True, "false": False}
    found = words.get(str(value).lower())
    if found is None:
        raise ValueError("true or false")
    return found


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if isinstance(value, bool) or not 0 < seconds < 1e6:
        raise ValueError("a number of seconds above 0")
    return seconds


def _usd(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value).lstrip("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if isinstance(value, bool) or not amount.is_finite() or not (amount == 0 or _LEAST_USD <= amount <= _MOST_USD):
        raise ValueError('an amount in USD such as "0.50"')
    return amount or Decimal(0)  # 0e-999999 has many digits too


class _NotOneOf(ValueError):
    """A word that is none of those that a setting takes."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(words[:-1])} or {words[-1]}")
        self.words = words


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise _NotOneOf(words)
        return str(value)

    return read


def _azure_resource(value: Any) -> str:
    text = _text(value)
    if not text.isascii() or not text.replace("-", "").isalnum():
        raise ValueError("the name of an Azure OpenAI resource: letters, digits and hyphens")
    return text


def _variable(value: Any) -> str:
    text = _text(value)
    if not text.isascii() or not text.isidentifier():
        raise ValueError("the name of an environment variable, and not a key itself")
    return text


READERS: dict[str, Callable[[Any], Any]] = {
    "model": _text,
    "detail": _one_of(DETAILS),
    "base_url": _text,
    "api_key_env": _variable,
    "timeout": _seconds,
    "retries": _count(0, 100),
    "max_cost": _usd,
    "confirm_above": _usd,
    "quality": _count(1, 100),
    "max_side": _count(2, 65_535),
    "image_tokens": _count(1, 10_000_000),
    "reasoning_effort": _one_of(EFFORTS),
    "jobs": _count(1, 1000),
    "rpm": _count(1, 10_000_000),
    "tpm": _count(1, 10_000_000_000),
    "daily_budget": _usd,
    "ledger": _text,
    "thumbnails": _switch,
    "profile": _text,
    "azure_resource": _azure_resource,
}


def read(where: str, key: str, value: Any) -> Any:
    """Read one value; `where` is what a message calls it. Raises ConfigError, for a flag UsageError."""
    try:
        return READERS[key](value)
    except ValueError as error:
        told = "" if key == "api_key_env" else f", not {value!r}"  # it may be the key, put in the wrong place
        message, meant = f"{where} must be {error}{told}", ""
        if isinstance(error, _NotOneOf):
            from visionask.core.suggest import did_you_mean

            meant = did_you_mean(str(value), error.words)
    if where.startswith("--"):
        from visionask.core.errors import UsageError

        raise UsageError(message, meant or f"change {where}, or leave it out")
    raise ConfigError(message, meant or f"change {where}, or unset it")


_TABLES = ("profiles", "models", "rules")


class Layer(NamedTuple):
    """Settings of one origin, all read and in range."""

    where: str  # as the user knows it: a file's name, "profile NAME"; for flags and variables what stands before a name
    values: Mapping[str, Any]

    def origin_of(self, key: str) -> str:
        """Name the flag, variable, profile or file that sets a key."""
        if self.where == "--":
            return f"--{key.replace('_', '-')}"
        return f"VISIONASK_{key.upper()}" if self.where == "VISIONASK_" else self.where


class Layers(NamedTuple):
    """What is set, the strongest layer first. `server` is the one that is known to be where requests go."""

    layers: tuple[Layer, ...]
    file: dict[str, Any]
    origin: str  # the config file's name
    server: Server | None = None
    needs_key: bool = True

    def find(self, key: str) -> tuple[Any, str] | None:
        """Find the value of a setting and where it comes from; None where nothing sets it."""
        found = next((layer for layer in self.layers if layer.values.get(key) is not None), None)
        return None if found is None else (found.values[key], found.origin_of(key))


def config_path(env: Mapping[str, str] | None = None) -> str:
    """Name the config file: `VISIONASK_CONFIG`, or `config.toml` in the user's config folder."""
    env = os.environ if env is None else env
    named = env.get("VISIONASK_CONFIG", "").strip()
    return named or os.path.join(_config_folder(env), "config.toml")


def _config_folder(env: Mapping[str, str]) -> str:
    return _light_folder("config", env, ".config") or "/nonexistent/visionask"  # as Debian calls a home of nobody


def _light_folder(kind: str, env: Mapping[str, str], below_home: str) -> str | None:
    """Name the user's folder of a kind; on Linux without platformdirs, whose import is 8% of a short command."""
    if sys.platform == "linux" and "ANDROID_ROOT" not in env:
        xdg, home = env.get(f"XDG_{kind.upper()}_HOME", ""), env.get("HOME", "")
        if xdg.startswith("/"):
            return os.path.join(xdg, "visionask")
        if not xdg.strip() and home.startswith("/"):
            return f"{home.rstrip('/')}/{below_home}/visionask"
    return _user_folder(kind)


def _user_folder(kind: str) -> str | None:
    """Name the user's folder of a kind, as platformdirs does; None where there is neither a home nor a passwd entry."""
    import platformdirs

    try:
        path: str = getattr(platformdirs, f"user_{kind}_dir")("visionask", appauthor=False)
    except RuntimeError:  # what pathlib says of a user without a home
        return None
    return None if path.startswith("~") else path


def read_layers(flags: Mapping[str, Any], env: Mapping[str, str]) -> Layers:
    """Read every layer. Raises ConfigError that names the bad key, variable or profile, for a flag UsageError."""
    origin = config_path(env)
    file = read_file(origin, is_named="VISIONASK_CONFIG" in env)
    above = [Layer("--", _from_flags(flags)), Layer("VISIONASK_", _from_env(env))]
    top = Layer(origin, check_keys(file, origin=origin))
    below = [top, Layer("OPENAI_BASE_URL", {"base_url": env.get("OPENAI_BASE_URL", "").strip() or None})]
    place, name = next(
        ((place, layer.values["profile"]) for place, layer in enumerate((*above, top)) if layer.values.get("profile")),
        (0, None),
    )
    if name is None:
        return _at_address(_at_provider(Layers((*above, *below), file, origin)))
    is_elsewhere = any(layer.values.get("base_url") for layer in above[:place])  # a stronger hand chose another server
    return _with_profile(Layers((*above, *below), file, origin), name, is_elsewhere=is_elsewhere)


def _at_provider(layers: Layers) -> Layers:
    """Send requests where the model is at home, if nothing says where they go: to its provider, with its key.

    What the file sets of a key is meant for OpenAI, so only a flag or a variable names another one.
    """
    model = layers.find("model")
    own = layers.file.get("models")
    if model is None or layers.find("base_url") is not None or (isinstance(own, dict) and model[0] in own):
        return layers
    from visionask.config.catalog import OPENAI, find_provider, server_named

    provider = find_provider(model[0])
    server = None if provider is None or provider == OPENAI else server_named(provider)
    if server is None:
        return layers
    given = {"base_url": server.base_url, "api_key_env": server.api_key_env}
    above, below = layers.layers[:2], layers.layers[2:]
    return layers._replace(layers=(*above, Layer(f"provider {server.name}", given), *below))


def _at_address(layers: Layers) -> Layers:
    """Take the limits of the server that the base URL leads to."""
    base_url = layers.find("base_url")
    if base_url is None:
        return layers
    from visionask.config.catalog import server_at

    server = server_at(base_url[0])
    if server is None:
        return layers
    return layers._replace(server=server, needs_key=server.needs_key or _is_key_named(layers.layers))


def _is_key_named(layers: tuple[Layer, ...]) -> bool:
    """Return whether the user names a key for this very server: a flag or a profile of their own does."""
    return any(layer.values.get("api_key_env") for layer in layers if layer.where.startswith(("--", "profile ")))


def _with_profile(layers: Layers, name: str, *, is_elsewhere: bool) -> Layers:
    """Put the layers of a profile under the flags and variables."""
    from visionask.config.catalog import server_named, server_names

    profiles, server = layers.file.get("profiles", {}), server_named(name)
    own = profiles.get(name) if isinstance(profiles, dict) else None
    if server is None and not isinstance(own, dict):
        from visionask.core.suggest import did_you_mean

        known = (*(profiles if isinstance(profiles, dict) else ()), *server_names())
        hint = did_you_mean(name, known, otherwise=f"known profiles: {', '.join(known)}")
        raise ConfigError(f"{layers.origin}: there is no profile {name!r}", hint)
    above, below = layers.layers[:2], layers.layers[2:]
    if isinstance(own, dict):
        checked = check_keys(own, origin=layers.origin, where=f"profiles.{name}.")
        above = (*above, Layer(f"profile {name}", checked))
    if server is None or is_elsewhere:
        return _at_address(layers._replace(layers=(*above, *below)))
    base_url = None if any(layer.values.get("base_url") for layer in above) else _address(server, (*above, *below))
    given = {"base_url": base_url, "api_key_env": server.api_key_env or "", "model": server.default_model}
    found = (*above, Layer(f"built-in profile {name}", given), *below)
    return layers._replace(layers=found, server=server, needs_key=server.needs_key or _is_key_named(above))


def _address(server: Server, layers: tuple[Layer, ...]) -> str:
    """Fill in the base URL of a profile that is built in. Raises ConfigError for one that needs a setting."""
    if "{" not in server.base_url:
        return server.base_url
    resource = next((layer.values["azure_resource"] for layer in layers if layer.values.get("azure_resource")), None)
    if resource is None:
        raise ConfigError(
            f"profile {server.name}: azure_resource is not set, so {server.base_url} is not known",
            "visionask config set azure_resource NAME, or set VISIONASK_AZURE_RESOURCE",
        )
    return server.base_url.format(azure_resource=resource)


def read_file(path: str, *, is_named: bool) -> dict[str, Any]:
    """Parse a config file; an absent one is empty, unless the user named it. Raises ConfigError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        if is_named:
            raise ConfigError(f"{path}: no such config file", "correct or unset VISIONASK_CONFIG") from None
        return {}
    except OSError as error:
        if not is_named and isinstance(error, NotADirectoryError):
            return {}
        raise ConfigError(f"{path}: cannot be read ({error.strerror})", "make it readable, or remove it") from error
    return parse(data, path)


def check_keys(table: Mapping[str, Any], *, origin: str, where: str = "") -> dict[str, Any]:
    """Read the settings of a table of the file; `where` is what stands before its keys. Raises ConfigError."""
    values = {}
    for key, value in table.items():
        if key in _TABLES and not where:
            continue
        if isinstance(value, dict) and not where:
            raise ConfigError(f"{origin}: [{key}] is no table of settings", nearest(key, _TABLES))
        if key not in READERS or (where and key == "profile"):
            raise ConfigError(f"{origin}: {where}{key} is no setting", nearest(key, READERS))
        values[key] = read(f"{origin}: {where}{key}", key, value)
    return values


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: read(f"--{key.replace('_', '-')}", key, value)
        for key, value in flags.items()
        if value is not None and key in READERS
    }


_OTHER_VARIABLES = ("VISIONASK_CONFIG",)


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    """Read the variables. Raises ConfigError for a wrong value, and for a name that is nearly one of ours."""
    known = {f"VISIONASK_{key.upper()}": key for key in READERS}
    found = {}
    for name in env:
        if not name.startswith("VISIONASK_"):
            continue
        if name not in known:
            _refuse_misspelled(name, (*known, *_OTHER_VARIABLES))
        elif env[name].strip():
            found[known[name]] = read(name, known[name], env[name].strip())
    return found


def _refuse_misspelled(name: str, known: tuple[str, ...]) -> None:
    if name in _OTHER_VARIABLES:
        return
    from visionask.core.suggest import near_names

    plain = {each.removeprefix("VISIONASK_"): each for each in known}
    near = near_names(name.removeprefix("VISIONASK_"), plain, most=1, alike=0.75)
    if near:
        raise ConfigError(f"{name} is no setting", f"did you mean {plain[near[0]]}?")


_MOST_DIGITS = 5  # of the columns and lines of a terminal
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
    image_tokens: int | None = None
    reasoning_effort: str | None = None
    jobs: int = 8
    rpm: int | None = None
    tpm: int | None = None
    daily_budget: Decimal | None = None  # USD, by UTC day, over all runs on one ledger
    ledger: str | None = None
    thumbnails: bool = True  # of scans are kept in the ledger, for a later page
    azure_resource: str | None = None
    file: Mapping[str, Any] | None = None  # the parsed config file: the catalog reads its [models] and [rules]
    origin: str = "config.toml"
    server: Server | None = None  # what is known about the server at `base_url`
    needs_key: bool = True
    is_model_named: bool = True  # False: nobody chose `model`

    @property
    def is_openai(self) -> bool:
        """Return whether requests go to OpenAI itself."""
        return is_openai(self.base_url)

    @property
    def has_budget(self) -> bool:
        """Return whether the money of a run or of a day is bounded."""
        return self.max_cost is not None or self.daily_budget is not None


_EARLIEST_S, _LATEST_S = 1_704_067_200, 7_258_118_400  # 2024-01-01, before any of this; 2200-01-01


def load_settings(flags: Mapping[str, Any], *, env: Mapping[str, str] | None = None) -> Settings:
    """Resolve the settings of one run; `flags` holds what the user gave on the command line, None where nothing.

    Raises ConfigError that names the bad key, variable or profile, or a clock that cannot be right.
    """
    check_clock()
    found = read_layers(flags, os.environ if env is None else env)
    values = {key: value[0] for key in READERS if key != "profile" for value in [found.find(key)] if value is not None}
    if "model" in values:
        values["model"] = _without_provider(values["model"], found)
    return Settings(
        **values,
        file=found.file,
        origin=found.origin,
        server=found.server,
        needs_key=found.needs_key,
        is_model_named="model" in values,
    )


def check_clock() -> None:
    """Raise ConfigError where this machine's clock is far off: prices go by the day, as certificates do."""
    try:
        is_right = _EARLIEST_S < time.time() < _LATEST_S
    except OverflowError:  # a year that Python counts no nanoseconds of: after 2262
        is_right = False
    if not is_right:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        raise ConfigError(f"this machine's clock says {today}", "set the clock right, then run it again")


def _without_provider(model: str, layers: Layers) -> str:
    """Return a model's name as its own provider knows it; a gateway is sent the name with the provider in it."""
    from visionask.config.catalog import OPENAI, find_provider

    provider, slash, name = model.partition("/")
    if not slash or find_provider(model) != provider:
        return model
    home = (
        OPENAI
        if layers.server is None and is_openai(_value(layers, "base_url"))
        else layers.server and layers.server.name
    )
    is_known = find_provider(name) == provider or (layers.server is not None and layers.server.engine is not None)
    return name if home == provider and is_known else model


def _value(layers: Layers, key: str) -> Any:
    found = layers.find(key)
    return None if found is None else found[0]


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
    """Return whether there is a key for where requests go."""
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


def forget_odd_sizes() -> None:
    """Unset COLUMNS and LINES where they are no numbers: what draws takes each digit of Unicode for one, and fails."""
    for name in ("COLUMNS", "LINES"):
        value = os.environ.get(name, "")
        if not value.isascii() or not value.isdigit() or len(value) > _MOST_DIGITS:
            os.environ.pop(name, None)


def environment_says(name: str) -> bool:
    """Return whether an environment variable such as NO_COLOR is set to anything."""
    return bool(os.environ.get(name))


def is_dumb() -> bool:
    """Return whether the terminal knows neither colour nor the erasing of a line: Emacs and some CI runners say so."""
    return os.environ.get("TERM") == "dumb"


def refuses_colour() -> bool:
    """Return whether the environment wants none: NO_COLOR, or a terminal that has none."""
    return environment_says("NO_COLOR") or is_dumb()


def pager() -> tuple[list[str], dict[str, str]]:
    """Return the command that shows long texts, and its environment: PAGER, else `less`; none where it is `cat`."""
    import shlex

    try:
        words = shlex.split(os.environ.get("PAGER", "less"))
    except ValueError:
        words = []
    return [] if words[:1] == ["cat"] else words, {"LESS": "FRX", **os.environ}


def data_folder() -> str:
    """Name the folder for downloaded models."""
    if (folder := _user_folder("data")) is None:
        raise ConfigError("there is no folder for models: this user has no home", "set HOME or XDG_DATA_HOME")
    return folder


def hub() -> tuple[str | None, str | None]:
    """Name the hub that models are pulled from, and its token: HF_ENDPOINT and HF_TOKEN, as huggingface_hub has it."""
    return os.environ.get("HF_ENDPOINT", "").strip() or None, os.environ.get("HF_TOKEN", "").strip() or None


def ledger_path(settings: Settings) -> str:
    """Name the ledger: `--ledger`, or `ledger.db` in the platform's state folder."""
    if settings.ledger is not None:
        return os.path.expanduser(settings.ledger)
    if (folder := _light_folder("state", os.environ, ".local/state")) is None:
        hint = "set HOME or XDG_STATE_HOME, or name one with --ledger FILE (or none: --no-log)"
        raise StateError("there is no place for the ledger: this user has no home", hint)
    return os.path.join(folder, "ledger.db")
