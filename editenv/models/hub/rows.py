"""From a row to a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from editenv.models.hub.columns import Columns
from editenv.models.hub.data_set import DataSet, Parts
from editenv.models.hub.errors import RowError, RowRefused
from editenv.models.hub.loading import library, library_folders
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
        row = self._by_role({name: values.get(name) for name in self.columns.names})
        return all(str(row.get(role)) in accepted for role, accepted in self.where.items())

    def read(self, number: int, values: Mapping[str, Any]) -> ReadRow:
        """Decode row ``number``, given by column.

        Raises:
            RowError: something in it is missing, damaged or too large.
        """
        row = self._by_role(values)
        try:
            if "source" not in row:
                raise RowRefused("the source is empty")
            parts = self.data_set.read(row, self.choices)
            for words in parts.instructions:
                check_words("instruction", words)
            task = self._task(number, parts)
        except (RowRefused, ImageRefused, TaskRefused) as error:
            raise RowError(self.data_set.name, number, str(error)) from error
        return ReadRow(task, parts.instructions)

    def _by_role(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take, for every role, the first of its columns that has a value."""
        row = {}
        for role, names in self.columns.by_role.items():
            value = next((values[n] for n in names if values.get(n) is not None), None)
            if value is not None:
                row[role] = value
        return row

    def _task(self, number: int, parts: Parts) -> EditTask:
        height, width = self.size
        limit, mask, target = self.max_pixels, None, None
        source = read_image(self._encoded(parts.source, "source"), height, width, limit)
        if parts.target is not None:
            target = read_image(self._encoded(parts.target, "target"), height, width, limit)
        if parts.mask is not None:
            encoded, white = self._encoded(parts.mask, "mask"), self.data_set.white_mask
            mask = read_mask(encoded, height, width, limit, only_white=white)
        for pixels in (source, target, mask):
            if pixels is not None:
                pixels.flags.writeable = False
        known = {**parts.metadata, **self.metadata, "row": number}
        known["id"] = _id_of(known)
        return annotated_task(
            source,
            parts.instructions[0],
            target=target,
            mask=mask,
            edits=parts.edits,
            metadata=known,
        )

    def _encoded(self, value: Any, role: str) -> Encoded:
        """Find a picture's bytes or file, whatever form it is stored in."""
        if isinstance(value, Mapping):
            if value.get("bytes") is not None:
                value = value["bytes"]
            elif value.get("path"):
                return _file_of(str(value["path"]), self.folder, role)
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            if "://" in value or self.folder is None:
                raise RowRefused(
                    f"the {role} is {value!r}: pictures that lie elsewhere are not fetched one by "
                    "one; get them and pass mirror="
                )
            return locate(self.folder, value)
        raise RowRefused(f"the {role} is {type(value).__name__}, not a picture")


def _id_of(metadata: Mapping[str, Any]) -> str:
    """The data set's own id, its session and turn, or the row's number."""
    if "id" not in metadata and {"chain", "turn"} <= set(metadata):
        return f"{metadata['chain']}-{metadata['turn']}"
    return str(metadata.get("id", metadata["row"]))


def _file_of(path: str, folder: Path | None, role: str) -> Encoded:
    """Find a picture that the library stored as a file: nothing outside of where it keeps them."""
    if "://" in path:
        return _fetched(path, folder, role)
    if folder is not None and not Path(path).is_absolute():
        return locate(folder, path)
    file = Path(path).resolve()
    if not any(file.is_relative_to(root) for root in ([folder] if folder else library_folders())):
        raise RowRefused(f"the {role} is {path!r}, which is no file of the data set")
    return file


def _fetched(path: str, folder: Path | None, role: str) -> bytes:
    """Read a picture that is still at the hub, or in an archive of the mirror."""
    if "hf://" not in path and (folder is None or f"::{folder}" not in path):
        raise RowRefused(f"the {role} is {path!r}: pictures that lie elsewhere are not fetched")
    try:
        with library().utils.file_utils.xopen(path, "rb") as file:
            return file.read()
    except Exception as error:  # Hub clients raise what their HTTP library raises.
        raise RowRefused(f"the {role} cannot be fetched: {error}") from error
