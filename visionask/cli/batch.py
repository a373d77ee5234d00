"""Owns `visionask batch`: the same scan through the provider's Batch API, at half price; its flags and nothing else."""

from __future__ import annotations

import typer

from visionask.cli import batch_options as own
from visionask.cli import options as opt

app = typer.Typer(
    help="The same scan through the provider's Batch API, at half price.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("submit")
def submit(
    words: own.Words = None,
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
    jobs: own.Jobs = None,
    retry_failed: own.RetryFailed = False,
    spool: own.Spool = None,
    shard_requests: own.ShardRequests = None,
    shard_mb: own.ShardMb = None,
    executor: own.Executor = None,
    chunk: own.Chunk = None,
    chunk_store: own.ChunkStore = None,
    dry_run: opt.DryRun = False,
    max_cost: opt.MaxCost = None,
    confirm_above: opt.ConfirmAbove = None,
    yes: opt.Yes = False,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    ledger: opt.Ledger = None,
    progress: own.Progress = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Submit one question about each image of many. Run it again to go on: nothing is uploaded or asked twice.

    visionask batch submit "Is there a person?" photos/ -r
    """
    from visionask.cli.batch_submit import submit as run

    return run(dict(locals()))


@app.command("export")
def export(
    to: own.To,
    words: own.Words = None,
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
    jobs: own.Jobs = None,
    retry_failed: own.RetryFailed = False,
    shard_requests: own.ShardRequests = None,
    shard_mb: own.ShardMb = None,
    executor: own.Executor = None,
    chunk: own.Chunk = None,
    chunk_store: own.ChunkStore = None,
    base_url: opt.BaseUrl = None,
    profile: opt.Profile = None,
    ledger: opt.Ledger = None,
    progress: own.Progress = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Write the files of requests for another engine, such as `vllm run-batch`: no key, no request.

    visionask batch export "Is there a person?" photos/ -o shards/ -m Qwen/Qwen3-VL-2B-Instruct
    """
    from visionask.cli.batch_submit import export as run

    return run(dict(locals()))


@app.command("list")
def list_batches(
    ledger: opt.Ledger = None, profile: opt.Profile = None, as_json: opt.AsJson = False, quiet: opt.Quiet = False
) -> int:
    """List the batches of the ledger, newest first. Nobody is asked."""
    from visionask.cli.batch_watch import list_batches as run

    return run(dict(locals()))


@app.command("status")
def status(
    ids: own.Ids = None,
    watch: own.Watch = False,
    every: own.Every = None,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    ledger: opt.Ledger = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Ask the provider how far batches are: all that have not been fetched, or those named."""
    from visionask.cli.batch_watch import status as run

    return run(dict(locals()))


@app.command("fetch")
def fetch(
    ids: own.Ids = None,
    output: own.Output = None,
    output_format: own.Format = None,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    ledger: opt.Ledger = None,
    progress: own.Progress = None,
    raw: opt.Raw = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Take results into the ledger and write them, as a scan does. Exit 6 while a batch is still in progress."""
    from visionask.cli.batch_fetch import fetch as run

    return run(dict(locals()))


@app.command("cancel")
def cancel(
    ids: own.NamedIds,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    ledger: opt.Ledger = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Cancel batches. What is answered until then is billed, and can be fetched."""
    from visionask.cli.batch_watch import cancel as run

    return run(dict(locals()))


@app.command("import")
def import_results(
    results: own.Results,
    source: own.From = None,
    output: own.Output = None,
    output_format: own.Format = None,
    profile: opt.Profile = None,
    ledger: opt.Ledger = None,
    raw: opt.Raw = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Take the results of another engine into the ledger and write them, as a scan does."""
    from visionask.cli.batch_fetch import import_results as run

    return run(dict(locals()))
