"""Zero-shot detection: names in, boxes out, with any such detector of transformers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from editenv.imaging.boxes import whole_pixels
from editenv.models.pretrained import Pretrained
from editenv.types import Box, Image


@dataclass(frozen=True)
class Detection:
    """A thing that was found.

    Attributes:
        label: the name by which it was looked for.
        box: whole pixels of the picture, at least one.
        score: 0 to 1; what it means is the detector's affair.
    """

    label: str
    box: Box
    score: float


class ZeroShotDetector:
    """Any ``AutoModelForZeroShotObjectDetection`` with its processor.

    Tested with tiny OWL-ViT, OWLv2, Grounding DINO and MM-Grounding DINO.

    Args:
        folder: see ``Pretrained``.
        threshold: least score, 0 to 1; None takes the processor's own (OWL-ViT and OWLv2 0.1,
            Grounding DINO 0.25).
        nms: of two boxes that overlap by more than this share, 0 to 1, of their union, the one with
            the higher score is kept, whatever their names.
        device: see ``Pretrained``.
        dtype: see ``Pretrained``.

    Raises:
        ValueError: a bad argument, or no such detector.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        threshold: float | None = None,
        nms: float = 0.5,
        device: str | None = None,
        dtype: str | None = None,
    ) -> None:
        self.threshold = None if threshold is None else _share("threshold", threshold)
        self.nms = _share("nms", nms)
        self._pretrained = Pretrained("ZeroShotObjectDetection", folder, device=device, dtype=dtype)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._pretrained.name

    def detect(self, image: Image, names: Sequence[str]) -> list[Detection]:
        """Look for things.

        Args:
            image: (H, W, 3) uint8.
            names: what to look for; none finds nothing. What the detector cannot read of a long
                one is cut (OWL-ViT reads 16 tokens).

        Returns:
            What was found, the most certain first.
        """
        if not names:
            return []
        import torch

        with self._pretrained.lock, torch.inference_mode():
            inputs = self._pretrained.processor(
                images=Pillow.fromarray(image),
                text=[list(names)],
                truncation=True,
                return_tensors="pt",
            )
            outputs = self._pretrained.model(**self._pretrained.to_device(inputs))
            found = self._read(outputs, inputs, names, image.shape[:2])
        return self._apart(found)

    def _read(
        self, outputs: Any, inputs: Any, names: Sequence[str], size: tuple[int, int]
    ) -> list[Detection]:
        """Let the processor scale the boxes: detectors differ in how they pad pictures."""
        read = self._pretrained.processor.post_process_grounded_object_detection
        known = inspect.signature(read).parameters
        how: dict[str, Any] = {"target_sizes": [size], "text_labels": [list(names)]}
        if "input_ids" in known:
            how["input_ids"] = inputs["input_ids"]
        if self.threshold is not None:
            how["threshold"] = self.threshold
            # The words of a box's label must be as certain as the box.
            how |= {"text_threshold": self.threshold} if "text_threshold" in known else {}
        (result,) = read(outputs, **how)
        if not len(result["scores"]):
            # Grounding DINO's processor has a label even for no box.
            return []
        rows = zip(
            result["text_labels"],
            result["boxes"].float().cpu().numpy(),
            result["scores"].float().cpu().tolist(),
            strict=True,
        )
        detections = []
        for text, corners, score in rows:
            label, box = meant_name(text, names), whole_pixels(corners, *size)
            if label is not None and box is not None:
                detections.append(Detection(label, box, min(max(score, 0.0), 1.0)))
        return detections

    def _apart(self, found: list[Detection]) -> list[Detection]:
        found = sorted(found, key=lambda detection: -detection.score)
        boxes = [(left, top, right - left, bottom - top) for left, top, right, bottom in _of(found)]
        kept = cv2.dnn.NMSBoxes(boxes, [d.score for d in found], 0.0, self.nms) if found else []
        return [found[number] for number in np.asarray(kept, int).ravel().tolist()]

    def load(self) -> None:
        """Load the weights now, not with the first picture.

        Raises:
            ValueError: they cannot be read.
            RuntimeError: the device has no room for them.
        """
        _ = self._pretrained.processor, self._pretrained.model

    def close(self) -> None:
        """Give the weights up; the last one to do so frees them."""
        self._pretrained.close()


def _of(found: Sequence[Detection]) -> list[Box]:
    return [detection.box for detection in found]


def meant_name(text: str, names: Sequence[str]) -> str | None:
    """Return the name that a detector's label stands for.

    Grounding DINO labels a box by the words of the query that are certain enough, which may be some
    words of a name, or of several names: the name with the largest share of its words among them is
    meant. None where there is none.
    """
    if text in names:
        return text
    said = set(text.casefold().split())

    def share(name: str) -> float:
        words = set(name.casefold().split())
        return len(words & said) / len(words)

    best = max(names, key=share)
    return best if share(best) > 0 else None


def _share(argument: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"{argument}={value!r}: accepted are numbers from 0 to 1")
    return float(value)
