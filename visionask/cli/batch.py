"""`visionask batch`: the same scan through the provider's Batch API, at half price; its flags and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli.inputs import with_template
from visionask.cli.options import with_flags
from visionask.cli.tree import Command, tree
from visionask.core.flags import (
    WHERE,
    ApiKeyEnv,
    BaseUrl,
    CheckFlags,
    ConsoleFlags,
    FilesFlags,
    Flag,
    Image,
    Ledger,
    LedgerFlags,
    PictureFlags,
    Profile,
    Progress,
    PromptFile,
    ResultFlags,
    SchemaFlags,
    SendingFlags,
    WritingFlags,
)
from visionask.core.namedtuple import NamedTuple

Words = Annotated[list[str] | None, typer.Argument(metavar="QUESTION PATH...", show_default=False)]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", show_default=False)]
NamedIds = Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)]
Results = Annotated[list[str], typer.Argument(metavar="RESULTS.jsonl...", show_default=False)]
To = Annotated[str, Flag("-o --output --to", "The folder for the files.", "DIR")]


# a batch takes one vote, and no decisions
NO_DOUBT = "also is_any repeat fail_fast threshold unsure escalate escalate_detail engine"
app = tree("The same scan through the provider's Batch API, at half price.")


class ProviderFlags(NamedTuple):
    """Where the batches are."""

    base_url: BaseUrl = None
    api_key_env: ApiKeyEnv = None
    profile: Profile = None
    timeout: Annotated[float | None, Flag("--timeout", "Longest wait for one try.", "S", WHERE)] = None
    retries: Annotated[int | None, Flag("--retries", "Tries after the first [default: 4].", "N", WHERE)] = None
    ledger: Ledger = None


@app.command("submit", cls=Command)
@with_flags(without=f"local service_tier record replay cache log {NO_DOUBT}")
def submit(
    words: Words = None,
    prompt_file: PromptFile = None,
    image: Image = None,
    *,
    sending: SendingFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    files: FilesFlags,
    writing: WritingFlags,
    asked: CheckFlags,
    spool: Annotated[str | None, Flag("--spool", "Where the files lie until they are uploaded.", "DIR")] = None,
    progress: Progress = None,
    said: ConsoleFlags,
) -> int:
    """Submit one question about each image of many. Run it again to go on: nothing is uploaded or asked twice.

    visionask batch submit "Is there a person?" photos/ -r
    """
    from visionask.cli.batch_submit import Asked
    from visionask.cli.batch_submit import submit as run

    filled = with_template(sending, picture, schema)
    return run(Asked(words, prompt_file, image, filled, files, writing, asked, said), spool=spool)


@app.command("export", cls=Command)
@with_flags(
    without="local service_tier record replay cache log dry_run max_cost confirm_above yes api_key_env timeout retries "
    + NO_DOUBT
)
def export(
    to: To,
    words: Words = None,
    prompt_file: PromptFile = None,
    image: Image = None,
    *,
    sending: SendingFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    files: FilesFlags,
    writing: WritingFlags,
    asked: CheckFlags,
    progress: Progress = None,
    said: ConsoleFlags,
) -> int:
    """Write the files of requests for another engine, such as `vllm run-batch`: no key, no request.

    visionask batch export "Is there a person?" photos/ -o shards/ -m Qwen/Qwen3-VL-2B-Instruct
    """
    from visionask.cli.batch_submit import Asked
    from visionask.cli.batch_submit import export as run

    filled = with_template(sending, picture, schema)
    return run(Asked(words, prompt_file, image, filled, files, writing, asked, said), to=to)


@app.command("list", cls=Command)
@with_flags()
def list_batches(*, at: LedgerFlags, said: ConsoleFlags) -> int:
    """List the batches of the ledger, newest first. Nobody is asked."""
    from visionask.cli.batch_results import list_batches as run

    return run(at, said)


@app.command("status", cls=Command)
@with_flags()
def status(
    ids: Ids = None,
    watch: Annotated[bool, Flag("--watch", "Look again until all have ended; create what waits for room.")] = False,
    every: Annotated[
        float | None, Flag("--every", "First wait between looks [default: 5, growing to 60].", "S")
    ] = None,
    *,
    at: ProviderFlags,
    said: ConsoleFlags,
) -> int:
    """Ask the provider how far batches are: all that have not been fetched, or those named."""
    from visionask.cli.batch_results import status as run

    return run(ids, at, said, is_watched=watch, every=every)


@app.command("fetch", cls=Command)
@with_flags()
def fetch(ids: Ids = None, *, results: ResultFlags, at: ProviderFlags, said: ConsoleFlags) -> int:
    """Take results into the ledger and write them, as a scan does. Exit 6 while a batch is still in progress."""
    from visionask.cli.batch_results import fetch as run

    return run(ids, results, at, said)


@app.command("cancel", cls=Command)
@with_flags()
def cancel(ids: NamedIds, *, at: ProviderFlags, said: ConsoleFlags) -> int:
    """Cancel batches. What is answered until then is billed, and can be fetched."""
    from visionask.cli.batch_results import cancel as run

    return run(ids, at, said)


@app.command("import", cls=Command)
@with_flags(without="progress")
def import_results(
    paths: Results,
    source: Annotated[str | None, Flag("--from", "The exported folder, if another ledger wrote it.", "DIR")] = None,
    *,
    at: LedgerFlags,
    results: ResultFlags,
    said: ConsoleFlags,
) -> int:
    """Take the results of another engine into the ledger and write them, as a scan does."""
    from visionask.cli.batch_results import import_results as run

    return run(paths, results, said, source=source, at=at)
