"""The folder of an export: its files of requests, and the manifest that says which image each line is of.

With the manifest, results can be read by another ledger than the one that wrote the files.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

from visionask.core.errors import StateError
from visionask.core.ledger import BatchInfo, BatchItem
from visionask.store.files import create_private, make_private_folder

if TYPE_CHECKING:
    from visionask.run.batch.write import Batching
    from visionask.store.ledger import Ledger

MANIFEST = "visionask-batch.manifest"
_MOST_BYTES = 1 << 32
_VERSION = "visionask-batch/1"


def begin_export(batching: Batching) -> None:
    """Take back an earlier export of the same into this folder. Raises StateError where another one lies there."""
    path = os.path.join(batching.folder, MANIFEST)
    with contextlib.suppress(FileNotFoundError):
        head, _ = read_manifest(path)
        if head["batch"]["id"] != batching.batch.id:
            raise StateError(f"{batching.folder} holds the export of something else", "name another folder with --to")
    batches = batching.ledger.batches
    for shard in batches.shards(batching.batch.id):
        is_here = os.path.dirname(shard.path) == batching.folder
        if is_here and shard.state in ("exported", "writing"):
            batches.discard(shard.id)
            for each in (shard.path, f"{shard.path}.part"):
                with contextlib.suppress(OSError):
                    os.unlink(each)


def write_manifest(batching: Batching) -> None:
    """Write what the lines of this folder are of."""
    batches, batch = batching.ledger.batches, batching.batch
    path = os.path.join(batching.folder, MANIFEST)
    try:
        make_private_folder(batching.folder)
        with os.fdopen(create_private(f"{path}.part"), "w", encoding="ascii") as file:
            file.write(json.dumps({"visionask": _VERSION, "batch": dataclasses.asdict(batch)}) + "\n")
            for item, state, _ in batches.items(batch.id):
                if state == "exported" and item.key is not None:
                    file.write(json.dumps(dataclasses.asdict(item)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.part", path)
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror})", "free some space") from error


def read_manifest(path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read a manifest. Raises FileNotFoundError, and StateError for what is none."""
    if os.path.exists(path) and (not os.path.isfile(path) or os.path.getsize(path) > _MOST_BYTES):
        raise StateError(f"{path} is not the manifest of an export", "name the folder that `batch export` wrote")
    try:
        with open(path, encoding="utf-8-sig") as file:
            head, *items = (json.loads(line) for line in file if line.strip())
        is_ours = head["visionask"] == _VERSION and "id" in head["batch"]
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{path} is not the manifest of an export", "name the folder that `batch export` wrote"
        ) from error
    if not is_ours:
        raise StateError(f"{path} is of another version", "export again")
    return head, items


def adopt(folder: str, ledger: Ledger) -> None:
    """Take over the lines of a folder that another ledger has exported; those that are known stay as they are."""
    path = os.path.join(folder, MANIFEST)
    try:
        head, items = read_manifest(path)
    except OSError as error:
        raise StateError(
            f"{path} cannot be read ({error.strerror})", "name the folder that `batch export` wrote"
        ) from error
    batch, batches = BatchInfo(**head["batch"]), ledger.batches
    missing = [each for each in items if batches.line(each["key"][:32]) is None]
    if not missing:
        return
    number = ledger.scans.start(_scan_key(batch), question=batch.question, model=batch.model)
    batches.start(dataclasses.replace(batch, scan=number))
    shard = batches.open_shard(batch.id, os.path.join(os.path.abspath(folder), MANIFEST), state="exported")
    for each in missing:
        item = BatchItem(**each)
        if not item.is_cached:
            batches.claim(shard.id, str(item.key), label=item.label, reserved_usd=None, is_exported=True)
        batches.note(batch.id, item)
    batches.flush()


def _scan_key(batch: BatchInfo) -> str:
    """Return the scan of a foreign batch a key of its own: the picture options are not in the manifest."""
    import hashlib

    return hashlib.sha256(f"visionask batch {batch.id}".encode()).hexdigest()
