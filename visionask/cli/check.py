"""Owns `visionask check`: whether a statement is true of an image, as a test that a shell can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from visionask.cli import options as opt
from visionask.cli.check_end import Ending, finish
from visionask.cli.check_words import read_groups
from visionask.cli.context import open_console, stdin_reader
from visionask.cli.recorded import read_recording, remark, without_limits
from visionask.cli.template import with_question_first
from visionask.cli.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.run.check.order import Check

PRACTICE_REMARK = "practice was taught colours and counts, not to judge: what it says of a statement means nothing"


def check(
    words: Annotated[list[str] | None, typer.Argument(metavar="STATEMENT IMAGE...", show_default=False)] = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="STATEMENT", help="One more statement; repeatable.")
    ] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="TOML", help="Checks from a file of [[check]].")] = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    against: Annotated[
        str | None, typer.Option("--against", metavar="IMAGE", help="Baseline; the same pixels pass without a request.")
    ] = None,
    choice: Annotated[
        str | None, typer.Option("--choice", metavar="A,B,...", help="Ask which value it is, not whether it is true.")
    ] = None,
    score: Annotated[str | None, typer.Option("--score", metavar="LOW-HIGH", help="Ask for a score.")] = None,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="VALUE", help="Pass for this choice, or score: 4, >=4, 2-4.")
    ] = None,
    is_any: Annotated[
        bool, typer.Option("--any/--all", show_default=False, help="One true is enough, or all must be [default: all].")
    ] = False,
    threshold: Annotated[
        str | None, typer.Option("--threshold", metavar="P", help="Least probability of true [default: 0.5].")
    ] = None,
    unsure: Annotated[
        str | None, typer.Option("--unsure", metavar="LOW,HIGH", help="Look again, in higher detail, in this zone.")
    ] = None,
    escalate: Annotated[
        str | None, typer.Option("--escalate", metavar="MODEL", help="Ask this model where it is unsure.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="decisions (probabilities), schema (any model), auto.")
    ] = "auto",
    repeat: Annotated[int, typer.Option("--repeat", metavar="N", help="Votes of the schema engine.")] = 1,
    model: opt.Model = None,
    detail: opt.Detail = None,
    system: opt.System = None,
    template: opt.Template = None,
    param: opt.Param = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    reasoning_effort: opt.ReasoningEffort = None,
    service_tier: opt.ServiceTier = None,
    prompt_cache: opt.PromptCache = False,
    max_side: opt.MaxSide = None,
    image_tokens: opt.ImageTokens = None,
    rotate: opt.Rotate = None,
    crop: opt.Crop = None,
    redact: opt.Redact = None,
    no_resize: opt.NoResize = False,
    keep_metadata: opt.KeepMetadata = False,
    quality: opt.Quality = None,
    max_pixels: opt.MaxPixels = None,
    allow_truncated: opt.AllowTruncated = False,
    page: opt.Page = None,
    frame: opt.Frame = None,
    pass_url: opt.PassUrl = False,
    allow_private_urls: opt.AllowPrivateUrls = False,
    cache: opt.Cache = False,
    log: opt.Log = True,
    ledger: opt.Ledger = None,
    dry_run: opt.DryRun = False,
    max_cost: opt.MaxCost = None,
    confirm_above: opt.ConfirmAbove = None,
    yes: opt.Yes = False,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    local: opt.Local = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    record: opt.Record = None,
    replay: opt.Replay = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", metavar="N", help="Requests at a time [default: 8].")
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the report there.")
    ] = None,
    format_name: Annotated[
        str | None, typer.Option("-f", "--format", metavar="FORMAT", help="text, json, md or junit.")
    ] = None,
    junit: Annotated[str | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit file too.")] = None,
    github: Annotated[bool, typer.Option("--github", help="Annotations and job summary of GitHub Actions.")] = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Check whether a statement is true of images: exit 0 true, 1 false. Any other code: it could not be told.

    visionask check "a login button is visible" shot.png
    """
    flags = with_question_first(dict(locals()))
    from visionask.config.settings import ledger_path, load_settings

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    recording = read_recording(flags)
    settings = without_limits(load_settings(flags), recording)
    ending = Ending.read(flags)
    planned = read_check(flags, settings, console)
    watcher = Watcher(
        console=console,
        settings=settings,
        is_yes=yes,
        is_raw=False,
        is_json=ending.format == "json",
        streams=False,
        remark=remark(recording) or (PRACTICE_REMARK if local == "practice" else ""),
    )
    with ending:
        if dry_run:
            from visionask.run.check.order import plan_check

            return finish(plan_check(planned, watcher), console, ending)
        from visionask.run.check.order import run_check
        from visionask.run.connect import connect
        from visionask.run.kept import Keeping
        from visionask.store.values import Budget

        keeping = Keeping(
            path=ledger_path(settings) if log and replay is None else None,
            base_url=f"local:{local}" if local else settings.base_url,
            budget=Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget),
            asks_again=not cache or recording is not None,
        )
        report = run_check(planned, connect(settings, local, recording), watcher=watcher, keeping=keeping)
        return finish(report, console, ending)


def read_check(flags: Mapping[str, Any], settings: Settings, console: Console) -> Check:
    """Read what is to be checked and how. Raises UsageError, ConfigError."""
    from visionask.run.check import read as check_read
    from visionask.run.survey import Choosing

    choosing = Choosing(
        args=(),
        stdin=stdin_reader(),
        allows_private_urls=flags["allow_private_urls"],
        fetches_whole=not flags["dry_run"],
        passes_urls=flags["pass_url"],
        is_offline=flags["replay"] is not None,
    )
    return check_read.read_check(flags, settings, groups=read_groups(flags), choosing=choosing, on_notice=console.warn)
