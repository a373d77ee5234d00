"""Owns which settings there are, and how the value of each is read, whichever way it comes in."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from visionask.core.errors import ConfigError

_LEAST_USD, _MOST_USD = Decimal("1e-12"), Decimal("1e12")  # beyond, it is no amount: 1e999999 has a million digits


def _text(value: Any) -> str:
    text = str(value).strip()
    if not isinstance(value, str) or not text or text.encode("utf-8", "replace").decode() != text:
        raise ValueError("a text")
    return text


def _count(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        expected = f"a whole number from {least} to {most:,}"
        try:
            number = int(value) if not isinstance(value, bool | float) else None
        except (TypeError, ValueError):
            number = None
        if number is None or not least <= number <= most:
            raise ValueError(expected)
        return number

    return read


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


def _detail(value: Any) -> str:
    if value not in ("low", "high", "auto", "original"):
        raise ValueError("low, high, auto or original")
    return str(value)


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
    "detail": _detail,
    "base_url": _text,
    "api_key_env": _variable,
    "timeout": _seconds,
    "retries": _count(0, 100),
    "max_cost": _usd,
    "confirm_above": _usd,
    "quality": _count(1, 100),
    "max_side": _count(2, 65_535),
    "jobs": _count(1, 1000),
    "rpm": _count(1, 10_000_000),
    "tpm": _count(1, 10_000_000_000),
    "daily_budget": _usd,
    "ledger": _text,
    "profile": _text,
    "azure_resource": _azure_resource,
}


def read(where: str, key: str, value: Any) -> Any:
    """Read one value; `where` is what a message calls it. Raises ConfigError, for a flag UsageError."""
    try:
        return READERS[key](value)
    except ValueError as error:
        told = "" if key == "api_key_env" else f", not {value!r}"  # it may be the key, put in the wrong place
        message, hint = f"{where} must be {error}{told}", "correct the value"
    if where.startswith("--"):
        from visionask.core.errors import UsageError

        raise UsageError(message, hint)
    raise ConfigError(message, hint)
