"""From a row to a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from editenv.models.hub.columns import Columns
from editenv.models.hub.data_set import DataSet
from editenv.models.hub.errors import RowError
from editenv.models.hub.loading import library, library_folders
from editenv.models.hub.readers import Parts
from editenv.tasks.annotated import annotated_task
from editenv.tasks.checks import TaskRefused, check_words
from editenv.tasks.pictures import Encoded, ImageRefused, locate, read_image, read_mask
from editenv.types import EditTask


@dataclass(frozen=True, eq=False)
class ReadRow:
    """A row's task, and the words that may stand for its instruction."""

    task: EditTask
    instructions: tuple[str, ...]

    def draw(self, rng: np.random.Generator) -> EditTask:
        """Return the task with one of its instructions, each with the same chance."""
        if len(self.instructions) == 1:
            return self.task
        words = self.instructions[int(rng.integers(len(self.instructions)))]
        return replace(self.task, instruction=words)


@dataclass(frozen=True)
class RowReader:
    """Reads rows of one split; knows no `datasets`.

    Attributes:
        data_set: what the rows are of.
        columns: which columns are read.
        choices: what the user chose, by name.
        where: by role, the values that rows must have one of; other rows are left out.
        size: (H, W) of all pictures.
        max_pixels: larger pictures are refused before they are decoded.
        folder: what paths in the rows are relative to; None refuses paths.
        metadata: kept with every task.
    """

    data_set: DataSet
    columns: Columns
    choices: Mapping[str, Any]
    where: Mapping[str, tuple[str, ...]]
    size: tuple[int, int]
    max_pixels: int
    folder: Path | None
    metadata: Mapping[str, Any]

    def wanted(self, values: Mapping[str, Any]) -> bool:
        """Whether a row, by column, is one of those asked for."""
        row = self.by_role(values)
        return all(str(row.get(role)) in accepted for role, accepted in self.where.items())

    def read(self, number: int, values: Mapping[str, Any]) -> ReadRow:
        """Decode row ``number``, given by column.

        Raises:
            RowError: something in it is missing, damaged or too large.
        """
        row = self.by_role(values)
        try:
            if "source" not in row:
                raise TaskRefused("the source is empty")
            parts = self.data_set.read(row, self.choices)
            for words in parts.instructions:
                check_words("instruction", words)
            task = self._task(number, parts)
        except (ImageRefused, TaskRefused) as error:
            raise RowError(self.data_set.name, number, str(error)) from error
        return ReadRow(task, parts.instructions)

    def by_role(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take, for every role, the first of its columns that has a value."""
        first = {
            role: next((values[name] for name in names if values.get(name) is not None), None)
            for role, names in self.columns.by_role.items()
        }
        return {role: value for role, value in first.items() if value is not None}

    def _task(self, number: int, parts: Parts) -> EditTask:
        known = {**parts.metadata, **self.metadata, "row": number}
        # The data set's own id, its session and turn, or the row's number.
        if "id" not in known and {"chain", "turn"} <= set(known):
            known["id"] = f"{known['chain']}-{known['turn']}"
        known["id"] = str(known.get("id", number))
        return annotated_task(
            self._picture(parts.source, "source"),
            parts.instructions[0],
            target=None if parts.target is None else self._picture(parts.target, "target"),
            mask=None if parts.mask is None else self._picture(parts.mask, "mask"),
            edits=parts.edits,
            metadata=known,
        )

    def _picture(self, value: Any, role: str) -> np.ndarray:
        file, limit = self._encoded(value, role), self.max_pixels
        if role == "mask":
            pixels = read_mask(file, *self.size, limit, only_white=self.data_set.white_mask)
        else:
            pixels = read_image(file, *self.size, limit)
        pixels.flags.writeable = False
        return pixels

    def _encoded(self, value: Any, role: str) -> Encoded:
        """Find a picture's bytes or file, whatever form it is stored in."""
        if isinstance(value, Mapping):
            if value.get("bytes") is None and value.get("path"):
                return _file_of(str(value["path"]), self.folder, role)
            value = value.get("bytes")
        if isinstance(value, bytes):
            return value
        if not isinstance(value, str):
            raise TaskRefused(f"the {role} is {type(value).__name__}, not a picture")
        if "://" in value or self.folder is None:
            raise TaskRefused(
                f"the {role} is {value!r}: pictures that lie elsewhere are not fetched one by "
                "one; get them and pass mirror="
            )
        return locate(self.folder, value)


def _file_of(path: str, folder: Path | None, role: str) -> Encoded:
    """Find a picture that the library stored as a file: nothing outside of where it keeps them."""
    if "://" in path:
        return _fetched(path, folder, role)
    if folder is not None and not Path(path).is_absolute():
        return locate(folder, path)
    file = Path(path).resolve()
    if not any(file.is_relative_to(root) for root in ([folder] if folder else library_folders())):
        raise TaskRefused(f"the {role} is {path!r}, which is no file of the data set")
    return file


def _fetched(path: str, folder: Path | None, role: str) -> bytes:
    """Read a picture that is still at the hub, or in an archive of the mirror."""
    if "hf://" not in path and (folder is None or f"::{folder}" not in path):
        raise TaskRefused(f"the {role} is {path!r}: pictures that lie elsewhere are not fetched")
    try:
        with library().utils.file_utils.xopen(path, "rb") as file:
            return file.read()
    except Exception as error:  # Hub clients raise what their HTTP library raises.
        raise TaskRefused(f"the {role} cannot be fetched: {error}") from error
