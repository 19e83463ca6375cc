"""Tasks from a user's own folder: pictures and one JSON line a task."""

from __future__ import annotations

import operator
import warnings
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, SupportsIndex

import numpy as np

from editenv.tasks.annotated import annotated_task, checked_size
from editenv.tasks.folder_lines import Entry, LineRefused, read_lines
from editenv.tasks.pictures import ImageRefused, check_header, locate, read_image, read_mask
from editenv.tasks.source import SPLITS
from editenv.types import EditTask, Image, Mask

INDEX_FILE = "tasks.jsonl"
_CACHE_BYTES = 64 * 2**20


class TaskFolderError(ValueError):
    """A task folder, or one line of its index, cannot be used.

    Attributes:
        file: the JSONL file (or the folder, when there is none).
        line: the line's number, from 1; None when the whole file is meant.
        reason: what is wrong.
    """

    def __init__(self, file: Path | str, line: int | None, reason: str) -> None:
        where = str(file) if line is None else f"{file}, line {line}"
        super().__init__(f"{where}: {reason}")
        self.file, self.line, self.reason = str(file), line, reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the three parts, so that the error survives the way out of a worker process."""
        return type(self), (self.file, self.line, self.reason)


class FolderTasks:
    """A finite source of tasks, read from ``tasks.jsonl`` and the pictures beside it.

    Each line is a JSON object. Paths are relative to the folder and may not leave it.

    | key | needed | what |
    |---|---|---|
    | `source` | yes | path of the picture to edit |
    | `instruction` | yes | the user's words, up to 10,000 letters |
    | `target` | no | path of the finished picture |
    | `mask` | no | path of a mask, white where the edit shows |
    | `sub_edits` | no | list of `{"action", "subject", "goal", "mask"}`; the last two optional |
    | `id` | no | any string or number; the line's number when missing |
    | `split` | no | `train`, `validation` or `test`; a line without one is in every split |

    Further keys go into the task's ``metadata``. Every picture is stretched to ``image_size``.
    ``mask`` becomes a region "masked area" and, without ``sub_edits``, the mask of one sub-edit
    ("edit", "masked area"); the mask of a sub-edit becomes a region called like its subject. One
    target serves as the stage of every sub-edit, because what lies between is not known. A
    target alone gives one sub-edit ("edit", "whole image").

    Args:
        path: the folder, or a ``.jsonl`` file in it.
        image_size: (H, W) of all pictures and masks.
        split: which lines to use.
        on_error: ``"raise"`` stops at the first bad line; ``"skip"`` warns, leaves the line out and
            lists its error in ``skipped``.
        verify: decode every picture now, so that damaged ones are found before training; False
            reads only headers (fast for large folders) and finds damage when it is met.
        max_pixels: larger pictures are refused before they are decoded.

    Attributes:
        skipped: the `TaskFolderError` of every line that was left out.

    Raises:
        TaskFolderError: the folder or a line cannot be used, or the split has no task.
        ValueError: another argument is not accepted.
    """

    def __init__(
        self,
        path: str | Path,
        image_size: tuple[int, int] = (64, 64),
        split: str = "train",
        on_error: Literal["raise", "skip"] | str = "raise",
        verify: bool = True,
        max_pixels: int = 64_000_000,
    ) -> None:
        if split not in SPLITS:
            raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error={on_error!r}: choose 'raise' or 'skip'")
        self.height, self.width = checked_size(image_size)
        self.max_pixels = max_pixels
        self.index_file = _index_file(Path(path))
        self.folder = self.index_file.parent.resolve()
        self.skipped: list[TaskFolderError] = []
        self._cache: OrderedDict[int, EditTask] = OrderedDict()
        self._cache_size = max(1, _CACHE_BYTES // (self.height * self.width * 8))
        self._entries = self._usable(split, on_error == "skip", verify)
        if not self._entries:
            left_out = f" ({len(self.skipped)} bad lines left out)" if self.skipped else ""
            reason = f"no task of the split {split!r}{left_out}"
            raise TaskFolderError(self.index_file, None, reason)

    def __len__(self) -> int:
        """Return how many tasks the split has."""
        return len(self._entries)

    def __getitem__(self, index: SupportsIndex) -> EditTask:
        """Return task number ``index`` in the order of the lines; its arrays are read-only.

        Raises:
            IndexError: there is no such task.
            TaskFolderError: a picture has gone or is damaged.
        """
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(f"index={number}: the split has {len(self)} tasks")
        number %= len(self)
        task = self._cache.pop(number, None) or self._task(self._entries[number])
        self._cache[number] = task
        if len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)
        return task

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task, each with the same chance."""
        return self[int(rng.integers(len(self)))]

    def __getstate__(self) -> dict[str, Any]:
        """Leave the decoded pictures behind."""
        return self.__dict__ | {"_cache": OrderedDict()}

    def _usable(self, split: str, skip: bool, verify: bool) -> list[Entry]:
        """Return the split's entries whose line and pictures are sound."""
        entries: list[Entry] = []
        for number, entry in read_lines(self.index_file):
            try:
                if isinstance(entry, LineRefused):
                    raise TaskFolderError(self.index_file, number, str(entry))
                if entry.split not in (None, split):
                    continue
                self._check(entry, verify)
            except TaskFolderError as error:
                if not skip:
                    raise
                self.skipped.append(error)
                warnings.warn(f"left out: {error}", stacklevel=3)
            else:
                entries.append(entry)
        return entries

    def _check(self, entry: Entry, verify: bool) -> None:
        if verify:
            self._task(entry)
            return
        try:
            for name in entry.images():
                check_header(locate(self.folder, name), self.max_pixels)
        except ImageRefused as error:
            raise TaskFolderError(self.index_file, entry.line, str(error)) from error

    def _task(self, entry: Entry) -> EditTask:
        """Decode one entry.

        Raises:
            TaskFolderError: a picture is missing, damaged or too large.
        """
        try:
            source = self._image(entry.source)
            target = self._image(entry.target) if entry.target else None
            mask = self._mask(entry.mask)
            edits = tuple(replace(edit, mask=self._mask(name)) for edit, name in entry.sub_edits)
        except ImageRefused as error:
            raise TaskFolderError(self.index_file, entry.line, str(error)) from error
        return annotated_task(
            source,
            entry.instruction,
            target=target,
            mask=mask,
            edits=edits,
            metadata={**entry.extra, "dataset": str(self.folder.name), "id": entry.id}
            | ({"split": entry.split} if entry.split else {}),
        )

    def _image(self, name: str) -> Image:
        path = locate(self.folder, name)
        image = read_image(path, self.height, self.width, self.max_pixels)
        image.flags.writeable = False
        return image

    def _mask(self, name: str | None) -> Mask | None:
        if name is None:
            return None
        path = locate(self.folder, name)
        mask = read_mask(path, self.height, self.width, self.max_pixels)
        mask.flags.writeable = False
        return mask


def _index_file(path: Path) -> Path:
    """Return the JSONL file of a folder, or the path itself when it is one."""
    file = path / INDEX_FILE if path.is_dir() else path
    if not file.is_file() or (file == path and path.suffix != ".jsonl"):
        reason = f"accepted: a folder with {INDEX_FILE}, or a .jsonl file"
        raise TaskFolderError(path, None, reason)
    return file
