"""Rows through the `datasets` library: from a mirror, from the cache or from the hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from editenv.models.hub.data_set import DataSet
from editenv.models.hub.errors import DataSetError
from editenv.optional import import_optional
from editenv.tasks.source import SPLITS

FORMATS = {".parquet": "parquet", ".jsonl": "json", ".csv": "csv", ".arrow": "arrow"}
"""By suffix of a mirror that is one file, what `datasets` calls it; ``.json`` is read here."""

_ALIASES = {"dev": "validation", "val": "validation", "validation": "dev"}
"""`datasets` renames a split where it is told by a file's name."""


def library() -> Any:
    """Import `datasets`.

    Raises:
        gymnasium.error.DependencyNotInstalled: it is missing.
    """
    return import_optional("datasets", "'editenv[data]'", "a public data set by name")


def own_split(data_set: DataSet, split: str, data_split: str | None) -> str:
    """Return what the data set calls a split of this project.

    Raises:
        ValueError: an unknown split.
        DataSetError: the data set does not have it.
    """
    if split not in SPLITS:
        raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
    if data_split is not None:
        return data_split
    if split not in data_set.splits:
        there = ", ".join(f"{ours!r} (there {own!r})" for ours, own in data_set.splits.items())
        raise DataSetError(
            f"{data_set.name} has no split={split!r}: it has {there}. "
            "data_split= takes a split by the data set's own name"
        )
    return data_set.splits[split]


def open_rows(
    data_set: DataSet,
    split: str,
    *,
    mirror: str | Path | None = None,
    streaming: bool = False,
    revision: str | None = None,
) -> Any:
    """Open the rows of one split. Nothing that comes with the data is ever executed.

    Args:
        data_set: what to open.
        split: by the data set's own name.
        mirror: a folder or a file on this machine; None asks the hub, or its cache.
        streaming: read row by row instead of preparing all.
        revision: of the hub's repository.

    Returns:
        A `datasets.Dataset`, or an `IterableDataset` when streaming.

    Raises:
        DataSetError: there is nothing to open.
        gymnasium.error.DependencyNotInstalled: `datasets` is missing.
    """
    datasets = library()
    if mirror is not None:
        return _from_mirror(datasets, data_set, split, Path(mirror).expanduser(), streaming)
    if not data_set.hub_id:
        raise DataSetError(
            f"{data_set.name} is no table on the hub ({data_set.evidence}): get its files and "
            "pass mirror=FILE_OR_FOLDER"
        )
    try:
        return datasets.load_dataset(
            data_set.hub_id, split=split, streaming=streaming, revision=revision
        )
    except Exception as error:  # Hub clients raise what their HTTP library raises.
        offline = datasets.config.HF_HUB_OFFLINE
        why = "HF_HUB_OFFLINE is set and it is not in the cache" if offline else str(error)
        raise DataSetError(
            f"{data_set.name}: {data_set.hub_id!r}, split {split!r}, cannot be had from the hub "
            f"({why}). mirror=FILE_OR_FOLDER reads files that are on this machine"
        ) from error


def mirror_folder(mirror: str | Path | None) -> Path | None:
    """Return the folder that paths in the rows are relative to."""
    if mirror is None:
        return None
    path = Path(mirror).expanduser().resolve()
    return path if path.is_dir() else path.parent


def library_folders() -> tuple[Path, ...]:
    """Where the library keeps what it fetched from the hub."""
    config, hub = library().config, import_optional("huggingface_hub", "datasets", "the hub")
    return tuple(Path(p).resolve() for p in (config.HF_CACHE_HOME, hub.constants.HF_HUB_CACHE))


def _from_mirror(datasets: Any, data_set: DataSet, split: str, path: Path, streaming: bool) -> Any:
    where = f"{data_set.name}: mirror={str(path)!r}"
    if not path.exists():
        raise DataSetError(f"{where} does not exist")
    try:
        if path.is_file():
            return _from_file(datasets, path, streaming)
        if (path / "dataset_dict.json").exists() or (path / "state.json").exists():
            opened = datasets.load_from_disk(str(path))
            opened = opened if isinstance(opened, dict) else {str(opened.split or split): opened}
            rows = opened[_name_in(opened, split)]
            return rows.to_iterable_dataset() if streaming else rows
        opened = datasets.load_dataset(str(path), streaming=streaming)
        return opened[_name_in(opened, split)]
    except DataSetError as error:
        raise DataSetError(f"{where}: {error}") from error
    except Exception as error:  # A damaged file raises what its format's reader raises.
        raise DataSetError(f"{where} cannot be read: {error}") from error


def _name_in(opened: Any, split: str) -> str:
    """Find a split; `datasets` may have renamed it."""
    for name in (split, _ALIASES.get(split)):
        if name is not None and name in opened:
            return name
    raise DataSetError(
        f"no split {split!r}: there is {sorted(opened)}. data_split= takes one of these"
    )


def _from_file(datasets: Any, path: Path, streaming: bool) -> Any:
    if path.suffix == ".json":
        rows = datasets.Dataset.from_list(_json_rows(path))
        return rows.to_iterable_dataset() if streaming else rows
    if path.suffix not in FORMATS:
        raise DataSetError(f"a file must end in one of {['.json', *FORMATS]}")
    kind = FORMATS[path.suffix]
    return datasets.load_dataset(kind, data_files=str(path), split="train", streaming=streaming)


def _json_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON list of objects, or of an object of objects, whose keys become ``key``."""
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(data, dict):
        data = [{**row, "key": key} if isinstance(row, dict) else row for key, row in data.items()]
    if not isinstance(data, list) or not data or not all(isinstance(row, dict) for row in data):
        raise DataSetError("a JSON file must hold a list of objects, or an object of objects")
    return data
