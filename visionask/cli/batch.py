"""`visionask batch`: the same scan through the provider's Batch API, at half price; its flags and nothing else.

The flags that only `batch` has, and what it says of those that others spell the same way.
"""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli import options as opt

Words = Annotated[list[str] | None, typer.Argument(metavar="QUESTION PATH...", show_default=False)]


Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", show_default=False)]


NamedIds = Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)]


Results = Annotated[list[str], typer.Argument(metavar="RESULTS.jsonl...", show_default=False)]


To = Annotated[str, typer.Option("-o", "--output", "--to", metavar="DIR", help="The folder for the files.")]


Watch = Annotated[bool, typer.Option("--watch", help="Look again until all have ended; create what waits for room.")]


Jobs = Annotated[int | None, typer.Option("-j", "--jobs", metavar="N", help="Images prepared at a time [default: 8].")]


RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Ask again what failed or was refused before.")]


ShardRequests = Annotated[
    int | None, typer.Option("--shard-requests", metavar="N", help="Fewer requests a file than the provider takes.")
]


ShardMb = Annotated[
    int | None, typer.Option("--shard-mb", metavar="N", help="Smaller files than the provider takes, in MB.")
]


Spool = Annotated[
    str | None, typer.Option("--spool", metavar="DIR", help="Where the files lie until they are uploaded.")
]


Output = Annotated[
    list[str] | None,
    typer.Option("-o", "--output", metavar="FILE", help="Results: .jsonl .csv .html .md; repeatable."),
]


Format = Annotated[
    str | None, typer.Option("-f", "--format", metavar="FORMAT", help="text, json or jsonl here; or of -o files.")
]


Progress = Annotated[bool | None, typer.Option("--progress/--no-progress", help="Show how far it is.")]


Executor = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="SPEC",
        help="Who prepares images: threads:N, processes:N, dask:tcp://HOST:8786 or package.module:factory.",
    ),
]


Chunk = Annotated[
    int | None,
    typer.Option("--chunk", metavar="N", help="Images in one piece of work for an executor [default: 32]."),
]


Every = Annotated[
    float | None, typer.Option("--every", metavar="S", help="First wait between looks [default: 5, growing to 60].")
]


ChunkStore = Annotated[
    str | None,
    typer.Option(
        "--chunk-store",
        metavar="PLACE",
        help="Where an executor's workers leave what they made: a folder or s3://bucket/prefix that all see.",
    ),
]


From = Annotated[
    str | None, typer.Option("--from", metavar="DIR", help="The exported folder, if another ledger wrote it.")
]


app = typer.Typer(
    help="The same scan through the provider's Batch API, at half price.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("submit")
def submit(
    words: Words = None,
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
    jobs: Jobs = None,
    retry_failed: RetryFailed = False,
    spool: Spool = None,
    shard_requests: ShardRequests = None,
    shard_mb: ShardMb = None,
    executor: Executor = None,
    chunk: Chunk = None,
    chunk_store: ChunkStore = None,
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
    progress: Progress = None,
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
    to: To,
    words: Words = None,
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
    jobs: Jobs = None,
    retry_failed: RetryFailed = False,
    shard_requests: ShardRequests = None,
    shard_mb: ShardMb = None,
    executor: Executor = None,
    chunk: Chunk = None,
    chunk_store: ChunkStore = None,
    base_url: opt.BaseUrl = None,
    profile: opt.Profile = None,
    ledger: opt.Ledger = None,
    progress: Progress = None,
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
    from visionask.cli.batch_results import list_batches as run

    return run(dict(locals()))


@app.command("status")
def status(
    ids: Ids = None,
    watch: Watch = False,
    every: Every = None,
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
    from visionask.cli.batch_results import status as run

    return run(dict(locals()))


@app.command("fetch")
def fetch(
    ids: Ids = None,
    output: Output = None,
    output_format: Format = None,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    ledger: opt.Ledger = None,
    progress: Progress = None,
    raw: opt.Raw = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Take results into the ledger and write them, as a scan does. Exit 6 while a batch is still in progress."""
    from visionask.cli.batch_results import fetch as run

    return run(dict(locals()))


@app.command("cancel")
def cancel(
    ids: NamedIds,
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
    from visionask.cli.batch_results import cancel as run

    return run(dict(locals()))


@app.command("import")
def import_results(
    results: Results,
    source: From = None,
    output: Output = None,
    output_format: Format = None,
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
    from visionask.cli.batch_results import import_results as run

    return run(dict(locals()))
