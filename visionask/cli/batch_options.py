"""Owns the flags that only `batch` has, and what it says of those that others spell the same way."""

from __future__ import annotations

from typing import Annotated

import typer

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
