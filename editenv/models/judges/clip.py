"""Directional similarity by a CLIP-type model: did the picture move the way the words did?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editenv.failure import Failure
from editenv.judges.base import BEST, Case, Score
from editenv.models.pretrained import Pretrained
from editenv.types import EditTask, Image

CAPTIONS = ("source_caption", "target_caption")
"""Keys of ``task.metadata``: what the picture shows before and after the edit, in words."""

BATCH = 32
"""Pictures or texts in one pass of the model."""

LEAST_CHANGE = 1e-4
"""Embeddings of length 1 that differ by less than this are the same: there is no direction."""

Vectors = NDArray[Any]


class ClipJudge:
    """Cosine between the change of the picture and the change of its caption.

    The directional loss of StyleGAN-NADA (Gal et al., 2021, *StyleGAN-NADA: CLIP-Guided Domain
    Adaptation of Image Generators*, equation 2), as InstructPix2Pix uses it to filter and measure
    edits (Brooks, Holynski and Efros, 2023). With E the model's embeddings, scaled to length 1::

        value = 10 * max(cos(E(canvas) - E(source), E(target caption) - E(source caption)), 0)

    A canvas equal to the source went no way at all: 0. ``parts["image"]`` is ten times the cosine
    between the two pictures (at least 0), for the record: it is no part of the value.

    Captions are asked for in ``task.metadata``. A task without them cannot be scored: the direction
    of an instruction ("remove the cup") is not the direction of what it brings about, and the plain
    similarity of picture and instruction rewards pictures that show a cup.

    Args:
        folder: any image-text model of transformers with ``get_image_features`` and
            ``get_text_features`` (CLIP, SigLIP), with its processor, saved as safetensors. No code
            of the folder is run and nothing is downloaded. Loaded once a process.
        device: ``"cpu"``, ``"cuda"``, ...; None takes ``"cuda"`` where there is one.

    Raises:
        ValueError: no such folder, or no such model in it.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(self, folder: str, device: str | None = None) -> None:
        self.folder = folder
        if not Path(folder).is_dir():
            raise ValueError(f"judge='clip:{folder}': there is no such folder")
        try:
            self._pretrained = Pretrained("", folder, device=device)
            model, _ = self._pretrained.model, self._pretrained.processor
        except ValueError as error:
            raise ValueError(f"judge='clip:{folder}': no model could be read: {error}") from error
        if not (hasattr(model, "get_image_features") and hasattr(model, "get_text_features")):
            raise ValueError(
                f"judge='clip:{folder}': {type(model).__name__} has no get_image_features and "
                "get_text_features; accepted: a CLIP-type model"
            )

    @property
    def name(self) -> str:
        """``"clip:"`` and the folder's own name."""
        return f"clip:{Path(self.folder).name}"

    def why_unfit(self, task: EditTask) -> str | None:
        """Say why a task cannot be scored, or None when it can."""
        captions = [task.metadata.get(key) for key in CAPTIONS]
        if not all(isinstance(caption, str) and caption.strip() for caption in captions):
            return f"judge {self.name!r} needs the captions {CAPTIONS} in the task's metadata"
        if captions[0] == captions[1]:
            return f"judge {self.name!r} needs two captions that differ, got {captions[0]!r} twice"
        return None

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures; see ``Judge.judge``. A task without captions is a failure."""
        results: list[Score | Failure | None] = [self._unfit(case) for case in cases]
        fit = [number for number, result in enumerate(results) if result is None]
        for number, score in zip(fit, self._scores([cases[n] for n in fit]), strict=True):
            results[number] = score
        return [result for result in results if result is not None]

    def close(self) -> None:
        """Let go of the model: it is freed with the last judge that uses it."""
        self._pretrained.close()

    def _unfit(self, case: Case) -> Failure | None:
        reason = self.why_unfit(case.task)
        return None if reason is None else self._failure(0, reason)

    def _scores(self, cases: Sequence[Case]) -> list[Score | Failure]:
        if not cases:
            return []
        images = [image for case in cases for image in (case.task.source, case.canvas)]
        with self._pretrained.lock:
            pictures = self._pictures(images)
            words = self._texts([c.task.metadata[key] for c in cases for key in CAPTIONS])
        return [
            self._score(*pictures[2 * n : 2 * n + 2], *words[2 * n : 2 * n + 2])
            for n in range(len(cases))
        ]

    def _score(
        self, source: Vectors, canvas: Vectors, before: Vectors, after: Vectors
    ) -> Score | Failure:
        direction, wanted = canvas - source, after - before
        lengths = float(np.linalg.norm(direction)), float(np.linalg.norm(wanted))
        if not np.isfinite(lengths).all():
            return self._failure(1, "the model's embeddings are not finite")
        if lengths[1] < LEAST_CHANGE:
            return self._failure(1, "the model sees no change from caption to caption")
        cosine = 0.0
        if lengths[0] >= LEAST_CHANGE:
            cosine = float(direction @ wanted) / (lengths[0] * lengths[1])
        parts = {"direction": _points(cosine), "image": _points(float(source @ canvas))}
        return Score(parts["direction"], parts)

    def _failure(self, attempts: int, reason: str) -> Failure:
        return Failure("error", f"judge:{self.name}", attempts, reason)

    def _pictures(self, images: Sequence[Image]) -> Vectors:
        """Embed (H, W, 3) uint8 pictures: (N, D) float64 of length 1."""

        def prepare(some: Sequence[Image]) -> Any:
            return self._pretrained.processor.image_processor(list(some), return_tensors="pt")

        return self._embed(images, prepare, self._pretrained.model.get_image_features)

    def _texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts: (N, D) float64 of length 1; what is too long is cut."""
        config = self._pretrained.config
        text = getattr(config, "text_config", config)

        def prepare(some: Sequence[str]) -> Any:
            return self._pretrained.processor.tokenizer(
                list(some),
                # SigLIP was trained on padded texts without a mask and reads nothing else right.
                padding="max_length" if "siglip" in config.model_type else True,
                truncation=True,
                max_length=int(getattr(text, "max_position_embeddings", 77)),
                return_tensors="pt",
            )

        return self._embed(texts, prepare, self._pretrained.model.get_text_features)

    def _embed(self, items: Sequence[Any], prepare: Any, features: Any) -> Vectors:
        import torch

        rows = []
        for first in range(0, len(items), BATCH):
            inputs = self._pretrained.to_device(prepare(items[first : first + BATCH]))
            with torch.inference_mode():
                found = features(**inputs)
            found = getattr(found, "pooler_output", found)
            rows.append(found.double().cpu().numpy())
        vectors = np.concatenate(rows)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _points(cosine: float) -> float:
    return BEST * min(max(cosine, 0.0), 1.0)


def make_clip_judge(where: str) -> ClipJudge:
    """Build ``"clip:FOLDER"``.

    Raises:
        ValueError: no such folder, or no such model in it.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """
    return ClipJudge(where)
