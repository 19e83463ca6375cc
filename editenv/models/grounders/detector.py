"""A grounder that sees: a zero-shot detector looks for what the instruction names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from cachetools import LRUCache

from editenv.failure import Failure, FailureError
from editenv.grounders.base import Slots, into_slots
from editenv.imaging.boxes import box_mask
from editenv.models.grounders.detection import ZeroShotDetector
from editenv.models.grounders.mentions import find_mentions
from editenv.models.grounders.segmenter import BoxSegmenter
from editenv.options import read_options
from editenv.types import BACKGROUND, Box, EditTask, Image, Mask, Region

REMEMBERED = 256
"""Pictures whose detections a grounder keeps: a group of rollouts starts from one picture."""


class DetectorGrounder:
    """Proposes what a zero-shot detector finds in the picture.

    Of a task it reads ``source`` and ``instruction``, nothing else. It looks for the names that
    ``find_mentions`` finds in the instruction, or for ``labels``. Of what it finds the most certain
    are kept, as many as there are slots; what they leave over is one more region labelled
    "background". Masks are the boxes, or with ``sam`` the segments in them; a segment that comes
    out empty leaves the box. Deterministic up to the slots, which ``rng`` deals.

    Args:
        folder: a detector of transformers with its processor (OWL-ViT, OWLv2, Grounding DINO).
        labels: what to look for in every picture; None takes the instruction's names.
        threshold: least score; None takes the processor's own.
        nms: most overlap (intersection over union) of two finds.
        sam: folder of a SAM; None for box masks.
        device: ``"cpu"``, ``"cuda"``, ...; None takes CUDA where there is one.
        dtype: ``"float32"``, ``"bfloat16"``, ``"float16"`` or None, see ``Pretrained``.

    Raises:
        ValueError: a bad argument, or a folder without such a model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        labels: Sequence[str] | None = None,
        threshold: float | None = None,
        nms: float = 0.5,
        sam: str | Path | None = None,
        device: str | None = None,
        dtype: str | None = None,
    ) -> None:
        if labels is not None and (
            isinstance(labels, str)
            or not labels
            or not all(isinstance(n, str) and n for n in labels)
        ):
            raise ValueError(f"labels={labels!r}: give at least one name, in a sequence")
        self.labels = None if labels is None else tuple(dict.fromkeys(labels))
        where = {"device": device, "dtype": dtype}
        self._detector = ZeroShotDetector(folder, threshold=threshold, nms=nms, **where)
        self._segmenter = None if sam is None else BoxSegmenter(sam, **where)
        self._found: LRUCache[bytes, tuple[Region, ...]] = LRUCache(REMEMBERED)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The detector's folder."""
        return self._detector.name

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal what is found into random slots; see ``Grounder.propose``.

        Raises:
            FailureError: the detector fails.
        """
        height, width = task.source.shape[:2]
        regions = list(self.find(task.source, self._names(task.instruction))[: max(0, slots - 2)])
        if slots > 1:
            background = np.full((height, width), 255, np.uint8)
            for region in regions:
                background = np.minimum(background, 255 - region.mask)
            if background.any():
                regions.append(Region.from_mask(BACKGROUND, background))
        return into_slots(regions, height, width, rng, slots)

    def _names(self, instruction: str) -> tuple[str, ...]:
        if self.labels is not None:
            return self.labels
        return tuple(dict.fromkeys(mention.name for mention in find_mentions(instruction)))

    def find(self, image: Image, names: Sequence[str]) -> tuple[Region, ...]:
        """Look for things in a picture; what was found before is remembered.

        Args:
            image: (H, W, 3) uint8.
            names: what to look for.

        Returns:
            What was found, the most certain first.

        Raises:
            FailureError: the detector fails.
        """
        digest = blake2b(image.tobytes(), digest_size=16)
        digest.update(repr((image.shape, tuple(names))).encode("utf-8", "surrogatepass"))
        key = digest.digest()
        with self._lock:
            if key not in self._found:
                self._found[key] = self._look(image, names)
            return self._found[key]

    def _look(self, image: Image, names: Sequence[str]) -> tuple[Region, ...]:
        # A folder that cannot be read is the user's mistake; want of memory is a failure.
        with self._failing(RuntimeError, MemoryError):
            self._detector.load()
            if self._segmenter is not None:
                self._segmenter.load()
        with self._failing(Exception):
            found = self._detector.detect(image, names)
            masks = self._masks(image, [detection.box for detection in found])
        pairs = zip(found, masks, strict=True)
        return tuple(Region.from_mask(d.label, mask, d.score) for d, mask in pairs)

    def _masks(self, image: Image, boxes: Sequence[Box]) -> list[Mask]:
        masks = [box_mask(box, *image.shape[:2]) for box in boxes]
        if self._segmenter is None:
            return masks
        segments = self._segmenter.segment(image, boxes)
        return [s if s.any() else mask for s, mask in zip(segments, masks, strict=True)]

    @contextmanager
    def _failing(self, *errors: type[Exception]) -> Iterator[None]:
        try:
            yield
        except errors as error:
            detail = f"{type(error).__name__}: {error}"[:500]
            raise FailureError(Failure("error", f"grounder:{self.name}", 1, detail)) from error

    def close(self) -> None:
        """Give the weights up; the last one to do so frees them."""
        self._detector.close()
        if self._segmenter is not None:
            self._segmenter.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> DetectorGrounder:
        """What it remembers depends on the pictures alone, so copies share it."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Pickle everything but the lock and what is remembered."""
        return {**self.__dict__, "_lock": None, "_found": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with nothing remembered."""
        self.__dict__.update(state, _lock=Lock(), _found=LRUCache(REMEMBERED))


def make_detector_grounder(where: str) -> DetectorGrounder:
    """Build a grounder from what comes after ``"detector:"``.

    Args:
        where: ``"FOLDER"`` or ``"FOLDER?threshold=0.2&labels=dog,red car&sam=FOLDER"``, with any of
            the arguments of ``DetectorGrounder``; labels are separated by commas.

    Raises:
        ValueError: as ``DetectorGrounder``, or an unknown option.
    """
    folder, options = read_options(
        where,
        {
            "labels": lambda text: tuple(part.strip() for part in text.split(",")),
            "threshold": float,
            "nms": float,
            "sam": str,
            "device": str,
            "dtype": str,
        },
    )
    return DetectorGrounder(folder, **options)
