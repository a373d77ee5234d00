"""Owns what `--shard` means for a command: its share of the images, and of every limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.share import Share, read_share

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.report.console import Console


def share_of(text: str | None, settings: Settings, console: Console) -> tuple[Share | None, Settings]:
    """Read `--shard`, divide the limits, and say so in one line. Raises UsageError."""
    if text is None:
        return None, settings
    share = read_share(text)
    divided = settings._replace(
        max_cost=share.of_usd(settings.max_cost),
        confirm_above=share.of_usd(settings.confirm_above),
        daily_budget=share.of_usd(settings.daily_budget),
        rpm=share.of_rate(settings.rpm, "--rpm"),
        tpm=share.of_rate(settings.tpm, "--tpm"),
    )
    console.note(f"shard {share.number} of {share.total}{_limits(divided)}")
    return share, divided


def _limits(settings: Settings) -> str:
    from visionask.report.human import usd

    money = {"max cost": settings.max_cost, "a day": settings.daily_budget, "ask above": settings.confirm_above}
    rates = {"requests a minute": settings.rpm, "tokens a minute": settings.tpm}
    told = [f"{name} {usd(amount)}" for name, amount in money.items() if amount is not None]
    told += [f"{rate:,} {name}" for name, rate in rates.items() if rate is not None]
    return f" · its share of the limits: {', '.join(told)}" if told else ""
