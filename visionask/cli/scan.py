"""`visionask scan`: one request for each image, resumable, within a budget."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import choose, open_console, read_names, read_prompt
from visionask.cli.inputs import read_job, with_question_first
from visionask.cli.scan_run import GoesTo, Shown, run_scan, share_of, show_plan
from visionask.core.errors import UsageError
from visionask.run.options import read_recording, without_limits


def scan(
    words: Annotated[list[str] | None, typer.Argument(metavar="QUESTION PATH...", show_default=False)] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    prompt_file: opt.PromptFile = None,
    system: opt.System = None,
    template: opt.Template = None,
    param: opt.Param = None,
    schema: opt.Schema = None,
    schema_multi: opt.SchemaMulti = None,
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
    recursive: opt.Recursive = False,
    include: opt.Include = None,
    exclude: opt.Exclude = None,
    files_from: opt.FilesFrom = None,
    null: opt.Null = False,
    limit: opt.Limit = None,
    sample: opt.Sample = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Share I of N of the images and of the limits.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", metavar="N", help="Requests at a time [default: 8].")
    ] = None,
    rpm: Annotated[int | None, typer.Option("--rpm", metavar="N", help="Most requests a minute.")] = None,
    tpm: Annotated[
        int | None, typer.Option("--tpm", metavar="N", help="Most tokens a minute, images included.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask again what was refused before.")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Take answers from the ledger.")] = True,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Keep answers in the ledger.")] = True,
    ledger: Annotated[str | None, typer.Option("--ledger", metavar="FILE", help="Another ledger.")] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("-o", "--output", metavar="FILE", help="Results: .jsonl .csv .html .md; repeatable."),
    ] = None,
    output_format: Annotated[
        str | None, typer.Option("-f", "--format", metavar="FORMAT", help="text, json or jsonl here; or of -o files.")
    ] = None,
    sidecar: Annotated[bool, typer.Option("--sidecar", help="Write IMAGE.txt next to each image.")] = False,
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
    progress: Annotated[bool | None, typer.Option("--progress/--no-progress", help="Show how far it is.")] = None,
    raw: opt.Raw = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Ask one question about each image of many. Run it again to go on: what is answered is never paid twice.

    visionask scan "Is there a person?" photos/ -r -o results.html
    """
    flags = with_question_first(dict(locals()))
    from visionask.config.settings import load_settings
    from visionask.run.scan import Scan

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    recording = read_recording(flags)
    share, settings = share_of(shard, without_limits(load_settings(flags), recording), console)
    question, args = split_words(list(flags["words"] or []), prompt_file)
    args += [*(image or []), *read_names(files_from, is_null=null)]
    if not args:
        raise UsageError("no image was named", "name a folder, files, or --files-from FILE")
    shown = Shown(
        is_json=as_json or output_format in ("json", "jsonl"),
        is_raw=raw,
        is_progress_shown=progress,
        writes_sidecars=sidecar,
        outputs=tuple(output or ()),
        output_format=file_format(output, output_format),
    )
    choosing = choose(args, flags, fetches_whole=True, passes_urls=pass_url, is_offline=replay is not None)
    job = read_job(flags, settings, console=console, question=question, choosing=choosing)
    planned = Scan(
        job=job,
        base_url=f"local:{local}" if local else settings.base_url,
        workers=settings.jobs,
        share=share,
        retries_failed=retry_failed,
        asks_again=not cache or recording is not None,
    )
    if dry_run:
        return show_plan(planned, console, is_json=shown.is_json)
    keeps = log and replay is None
    goes_to = GoesTo(local=local, recording=recording)
    return run_scan(planned, settings, shown=shown, console=console, goes_to=goes_to, is_yes=yes, keeps=keeps)


def file_format(paths: list[str] | None, chosen: str | None) -> str | None:
    """Tell what `-f` says of the files of `-o`, and that each has a format. Raises UsageError."""
    from visionask.report.output import report_formats

    opt.need_one_of(chosen, "--format", ("text", "json", "jsonl", "csv", "html", "md"))
    if chosen in ("csv", "html", "md") and not paths:
        raise UsageError(f"--format {chosen} is written to a file", f"add -o results.{chosen}")
    of_files = None if chosen == "text" else "jsonl" if chosen == "json" else chosen
    report_formats(paths or (), of_files)
    return of_files


def split_words(words: list[str], prompt_file: str | None) -> tuple[str, list[str]]:
    """Tell the question from the images: question first, as in grep. Raises UsageError."""
    if prompt_file is not None:
        return read_prompt(prompt_file), words
    if not words or not words[0].strip():
        raise UsageError("no question was given", 'visionask scan "What is in this image?" photos/')
    return words[0], words[1:]
