"""The folder of an export: its files of requests, and the manifest that says which image each line is of.

With the manifest, results can be read by another ledger than the one that wrote the files.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from visionask.core.errors import StateError
from visionask.core.ledger import BatchInfo, BatchItem
from visionask.core.private import create_private, make_private_folder

if TYPE_CHECKING:
    from visionask.run.batch.write import Batching
    from visionask.store.ledger import Ledger

MANIFEST = "visionask-batch.manifest"
_MOST_BYTES = 1 << 32
_MOST_CHARS = 1 << 24  # of one line
_KEY_BYTES = 32
_VERSION = "visionask-batch/1"
T = TypeVar("T")


def begin_export(batching: Batching) -> None:
    """Take back an earlier export of the same into this folder. Raises StateError where another one lies there."""
    path = os.path.join(batching.folder, MANIFEST)
    with contextlib.suppress(FileNotFoundError):
        found, _ = read_manifest(path)
        if found.id != batching.batch.id:
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


def read_manifest(path: str) -> tuple[BatchInfo, list[BatchItem]]:
    """Read a manifest. Raises FileNotFoundError, and StateError for what is none."""
    other = StateError(f"{path} is not the manifest of an export", "name the folder that `batch export` wrote")
    if os.path.exists(path) and (not os.path.isfile(path) or os.path.getsize(path) > _MOST_BYTES):
        raise other
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = iter(lambda: file.readline(_MOST_CHARS), "")
            head, *items = (json.loads(line) for line in lines if line.strip())
        if head["visionask"] == _VERSION:
            return _made(BatchInfo, head["batch"]), [_item(each) for each in items]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise other from error
    raise StateError(f"{path} is of another version", "export again")


def _item(fields: dict[str, Any]) -> BatchItem:
    item = _made(BatchItem, fields)
    if len(bytes.fromhex(item.key or "")) != _KEY_BYTES or not isinstance(json.loads(item.data), dict):
        raise ValueError("an image without a key")
    return item


def _made(kind: type[T], fields: dict[str, Any]) -> T:
    """Return a value of this kind. Raises TypeError where a field is missing, too much, or holds something else."""
    value = kind(**fields)
    for name, declared in get_type_hints(kind).items():
        if not isinstance(getattr(value, name), (int, float) if declared is float else declared):
            raise TypeError(f"{name} of another kind")
    return value


def adopt(folder: str, ledger: Ledger) -> None:
    """Take over the lines of a folder that another ledger has exported; those that are known stay as they are."""
    path = os.path.join(folder, MANIFEST)
    try:
        batch, items = read_manifest(path)
    except OSError as error:
        raise StateError(
            f"{path} cannot be read ({error.strerror})", "name the folder that `batch export` wrote"
        ) from error
    batches = ledger.batches
    missing = [each for each in items if batches.line(str(each.key)[:32]) is None]
    if not missing:
        return
    number = ledger.scans.start(_scan_key(batch), question=batch.question, model=batch.model)
    batches.start(dataclasses.replace(batch, scan=number))
    shard = batches.open_shard(batch.id, os.path.join(os.path.abspath(folder), MANIFEST), state="exported")
    for item in missing:
        if not item.is_cached:
            batches.claim(shard.id, str(item.key), label=item.label, reserved_usd=None, is_exported=True)
        batches.note(batch.id, item)
    batches.flush()


def _scan_key(batch: BatchInfo) -> str:
    """Return the scan of a foreign batch a key of its own: the picture options are not in the manifest."""
    import hashlib

    return hashlib.sha256(f"visionask batch {batch.id}".encode()).hexdigest()
