"""One file of a pack: safetensors, with the words of its tasks in the header.

Every picture and mask is an array of its own, which a reader maps into memory: nothing is copied or
decoded, and processes that read the same pack share it. Arrays that a task holds twice are written
once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from editenv.types import EditTask, Region, SubEdit

Arrays = dict[str, NDArray[Any]]

TASKS = "tasks"
"""Key of the header's metadata with the words of all tasks, as JSON."""

DTYPES = {"U8": np.uint8, "F32": np.float32, "I64": np.int64, "F64": np.float64}
"""By safetensors' names: what tasks are made of."""


def write_shard(path: Path, tasks: Sequence[EditTask]) -> None:
    """Write tasks to a file; it is whole, or not there.

    What a task's ``metadata`` holds beside plain values and arrays, such as the scene that it was
    made from, is left out.
    """
    arrays: Arrays = {}
    words = [_words(task, number, arrays) for number, task in enumerate(tasks)]
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(save(arrays, metadata={TASKS: json.dumps(words)}))
    os.replace(partial, path)


class ShardReader:
    """Reads tasks from a file that ``write_shard`` wrote.

    Args:
        path: of the file.

    Raises:
        ValueError: it is no such file, or cut short.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._bytes = np.memmap(path, np.uint8, mode="r")
            self._start = 8 + int(self._bytes[:8].view(np.uint64)[0])
            header = json.loads(self._bytes[8 : self._start].tobytes())
            self._words = json.loads(header.pop("__metadata__")[TASKS])
        except (OSError, ValueError, KeyError, IndexError, OverflowError) as error:
            raise ValueError(f"{path} is no shard of a pack: {error}") from error
        self._places: dict[str, Any] = header
        ends = [place["data_offsets"][1] for place in header.values()]
        if self._start + max(ends, default=0) > len(self._bytes):
            raise ValueError(f"{path} is cut short: it has {len(self._bytes)} bytes")

    def __len__(self) -> int:
        """How many tasks there are."""
        return len(self._words)

    def __getitem__(self, number: int) -> EditTask:
        """Return a task whose arrays are read-only views of the file."""
        words = self._words[number]
        metadata = dict(words["metadata"])
        metadata.update({key: self._array(name) for key, name in words["arrays"].items()})
        return EditTask(
            source=self._array(words["source"]),
            instruction=words["instruction"],
            sub_edits=tuple(self._sub_edit(edit) for edit in words["sub_edits"]),
            stages=tuple(self._array(name) for name in words["stages"]),
            regions=tuple(self._region(region) for region in words["regions"]),
            metadata=metadata,
        )

    def _array(self, name: str) -> NDArray[Any]:
        place = self._places[name]
        first, last = place["data_offsets"]
        data = self._bytes[self._start + first : self._start + last]
        # A plain view: what tasks hold is no memmap, whose every slice is slower.
        return np.asarray(data).view(DTYPES[place["dtype"]]).reshape(place["shape"])

    def _sub_edit(self, edit: dict[str, Any]) -> SubEdit:
        mask, subject = (edit[key] and self._array(edit[key]) for key in ("mask", "subject_mask"))
        return SubEdit(
            edit["action"], edit["subject"], edit["goal"], mask, subject, edit["tolerance"]
        )

    def _region(self, region: dict[str, Any]) -> Region:
        left, top, right, bottom = region["box"]
        return Region(
            region["label"],
            self._array(region["mask"]),
            (left, top, right, bottom),
            region["score"],
            region["backdrop"],
        )


def _words(task: EditTask, number: int, arrays: Arrays) -> dict[str, Any]:
    """Put a task's arrays among the others; return the rest of it, with their names."""
    named: dict[int, str] = {}

    def name(array: NDArray[Any] | None) -> str | None:
        if array is None:
            return None
        if id(array) not in named:
            named[id(array)] = f"{number}.{len(named)}"
            arrays[named[id(array)]] = np.ascontiguousarray(array)
        return named[id(array)]

    metadata = {key: value for key, value in task.metadata.items() if _is_plain(value)}
    kept = {key: value for key, value in task.metadata.items() if _is_array(value)}
    return {
        "instruction": task.instruction,
        "source": name(task.source),
        "stages": [name(stage) for stage in task.stages],
        "sub_edits": [
            {
                "action": edit.action,
                "subject": edit.subject,
                "goal": edit.goal,
                "mask": name(edit.mask),
                "subject_mask": name(edit.subject_mask),
                "tolerance": edit.tolerance,
            }
            for edit in task.sub_edits
        ],
        "regions": [
            {
                "label": region.label,
                "mask": name(region.mask),
                "box": [int(side) for side in region.box],
                "score": float(region.score),
                "backdrop": region.backdrop,
            }
            for region in task.regions
        ],
        "metadata": metadata,
        "arrays": {key: name(value) for key, value in kept.items()},
    }


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and cast(NDArray[Any], value).dtype in DTYPES.values()


def _is_plain(value: Any) -> bool:
    """Whether JSON gives a value back as it was; tuples come back as lists, and don't count."""
    if isinstance(value, list):
        return all(map(_is_plain, cast(list[Any], value)))
    if isinstance(value, dict):
        entries = cast(dict[Any, Any], value)
        return all(isinstance(key, str) and _is_plain(entry) for key, entry in entries.items())
    return value is None or type(value) in (str, int, float, bool)
