"""Pairs of a photo and what a retoucher made of it, in two folders, as of MIT-Adobe FiveK."""

from __future__ import annotations

import hashlib
import operator
from pathlib import Path
from typing import SupportsIndex

import numpy as np

from editenv.imaging.opening import PictureRefused
from editenv.tasks.folder import TaskFolderError
from editenv.tasks.language.complaints import CORRECTIONS, VAGUE_RETOUCH
from editenv.tasks.pictures import ImageRefused, locate, read_image, read_size
from editenv.tasks.source import SPLITS
from editenv.types import EditTask, Image

INPUT, TARGET = "input", "target"
"""The two folders."""

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".ppm")

MOST_PIXELS = 64_000_000
"""Larger pictures are refused before they are decoded."""


class PairTasks:
    """A finite source of tasks: ``input/NAME`` is to become ``target/NAME``.

    Endings may differ (``input/a0001.jpg``, ``target/a0001.png``). A pair goes to `test` or
    `validation` by a hash of its name, a tenth each, so that more pairs never move one to another
    split. The words say nothing of what is wanted: what the retoucher liked is to be learnt.

    Args:
        path: the folder with ``input`` and ``target``.
        height: of the pictures, in pixels; both are cut to its shape about their middle.
        width: of the pictures, in pixels.
        split: ``"train"``, ``"validation"`` or ``"test"``.

    Raises:
        TaskFolderError: there is no such folder, a picture has no counterpart, or the split has no
            pair.
        ValueError: an unknown split.
    """

    def __init__(self, path: str | Path, height: int, width: int, split: str = "train") -> None:
        if split not in SPLITS:
            raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
        self.folder = Path(path).resolve()
        self.height, self.width, self.split = height, width, split
        inputs, targets = self._names(INPUT), self._names(TARGET)
        alone = sorted(inputs.keys() ^ targets.keys())
        if alone:
            reason = f"{alone[0]!r} is in only one of {INPUT}/ and {TARGET}/ ({len(alone)} such)"
            raise TaskFolderError(self.folder, None, reason)
        self._pairs = [
            (f"{INPUT}/{inputs[name]}", f"{TARGET}/{targets[name]}", name)
            for name in sorted(inputs)
            if split_of(name) == split
        ]
        if not self._pairs:
            reason = f"no pair of the split {split!r} among {len(inputs)}"
            raise TaskFolderError(self.folder, None, reason)

    def __len__(self) -> int:
        """Return how many pairs the split has."""
        return len(self._pairs)

    def __getitem__(self, index: SupportsIndex) -> EditTask:
        """Return pair number ``index`` in the order of the names.

        Raises:
            IndexError: there is no such pair.
            TaskFolderError: a picture has gone, is damaged or is too large.
        """
        number = operator.index(index)
        if not 0 <= number < len(self):
            raise IndexError(f"index={number}: the split has {len(self)} pairs")
        source, target, name = self._pairs[number]
        words = self.split if self.split != "novel" else "test"
        rng = np.random.default_rng(int(_digest(name)[:12], 16))
        sentences = (getattr(forms, words) for forms in (VAGUE_RETOUCH, CORRECTIONS))
        instruction = " ".join(ways[int(rng.integers(len(ways)))] for ways in sentences)
        return EditTask(
            source=self._read(source),
            instruction=instruction,
            stages=(self._read(target),),
            metadata={"family": "pairs", "split": self.split, "id": name},
        )

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a pair, each with the same chance."""
        return self[int(rng.integers(len(self)))]

    def _names(self, part: str) -> dict[str, str]:
        folder = self.folder / part
        if not folder.is_dir():
            raise TaskFolderError(self.folder, None, f"there is no folder {part}/ in it")
        files = [path for path in folder.iterdir() if path.suffix.lower() in ENDINGS]
        names = {path.stem: path.name for path in files}
        if len(names) < len(files):
            raise TaskFolderError(folder, None, "two pictures differ by their ending alone")
        return names

    def _read(self, name: str) -> Image:
        """Return the picture, filling the frame, what stands out cut off evenly."""
        try:
            path = locate(self.folder, name)
            high, wide = read_size(path, MOST_PIXELS)
            scale = max(self.height / high, self.width / wide)
            tall, broad = (
                max(round(high * scale), self.height),
                max(round(wide * scale), self.width),
            )
            image = read_image(path, tall, broad, MOST_PIXELS)
        except (ImageRefused, PictureRefused) as error:
            raise TaskFolderError(self.folder, None, str(error)) from error
        top, left = (tall - self.height) // 2, (broad - self.width) // 2
        return np.ascontiguousarray(image[top : top + self.height, left : left + self.width])


def split_of(name: str) -> str:
    """Return the split that a name belongs to: a tenth each to `test` and `validation`."""
    place = int(_digest(name)[-8:], 16) % 10
    return {0: "test", 1: "validation"}.get(place, "train")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
