"""CLIP-type models: words and regions in the space that the model's two towers share."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from editenv.encoders.base import Vectors, normalised
from editenv.encoders.crops import known_names
from editenv.encoders.regions import CachedImageEncoder, Crop, nearest_names, window
from editenv.models.encoders.transformer import load_transformers
from editenv.optional import import_optional
from editenv.types import Image, Region

MARGIN = 0.12
"""How much more than its box a crop shows on each side, as a share of the box."""

BATCH = 32
"""Crops in one pass of the model."""


def is_two_towers(model: Any) -> bool:
    """Return whether a model of transformers embeds pictures and texts into one space."""
    return all(hasattr(model, f"get_{kind}_features") for kind in ("image", "text"))


class TowerTextEncoder:
    """The text tower of CLIP, SigLIP and their like, in the space of the image tower.

    A token's vector is its last hidden state through the model's projection, scaled to length 1;
    the pooled vector is the model's own text embedding. Padding and special tokens are left out.

    Args:
        folder: as for ``TransformersTextEncoder``.

    Raises:
        ValueError: there is no such model, or its projection of texts was not found.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(self, folder: str) -> None:
        self.folder = str(folder)
        _, model = load_transformers(self.folder)
        self.dimension: int = int(_projection(self.folder, model).out_features)

    def tokens(self, text: str) -> Vectors:
        """Return (n, D) float32 vectors of length 1; texts beyond the model's limit are cut."""
        import torch

        _, model = load_transformers(self.folder)
        inputs = self._inputs(text)
        special = inputs.pop("special_tokens_mask")[0].numpy().astype(bool)
        with torch.inference_mode():
            hidden = model.text_model(**inputs).last_hidden_state[0]
            vectors = _projection(self.folder, model)(hidden).float().numpy()
        if special.all():
            return np.zeros((1, self.dimension), np.float32)
        return normalised(vectors[~special])

    def pooled(self, text: str) -> Vectors:
        """Return (D,) float32: the model's text embedding, scaled to length 1."""
        import torch

        if not text.strip():
            return np.zeros(self.dimension, np.float32)
        _, model = load_transformers(self.folder)
        inputs = self._inputs(text)
        del inputs["special_tokens_mask"]
        with torch.inference_mode():
            return normalised(_features(model.get_text_features(**inputs))[0])

    def image_encoder(self) -> TowerImageEncoder:
        """Return the image tower of the same model."""
        return TowerImageEncoder(self.folder)

    def _inputs(self, text: str) -> Any:
        tokenizer, model = load_transformers(self.folder)
        length = int(getattr(model.config.text_config, "max_position_embeddings", 77))
        # SigLIP was trained on padded texts without a mask and reads nothing else right.
        padded = "siglip" in model.config.model_type
        inputs = tokenizer(
            text,
            padding="max_length" if padded else False,
            truncation=True,
            max_length=length,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        if padded:
            inputs.pop("attention_mask", None)
        return inputs


class TowerImageEncoder(CachedImageEncoder):
    """The image tower of the same model, on the boxes of regions; masks are not looked at.

    Args:
        folder: as for ``TransformersTextEncoder``.

    Raises:
        ValueError: there is no such model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.text_encoder = TowerTextEncoder(folder)
        self.folder = self.text_encoder.folder
        self.dimension = self.text_encoder.dimension

    def crop(self, image: Image, region: Region) -> Crop:
        """Return (h, w, 3) uint8: the box with a small margin."""
        return np.ascontiguousarray(image[window(image.shape, region.box, MARGIN)])

    def run(self, crops: Sequence[Crop]) -> Vectors:
        """Return (N, D) float32 of length 1."""
        import torch

        _, model = load_transformers(self.folder)
        rows = []
        for first in range(0, len(crops), BATCH):
            inputs = _image_processor(self.folder)(
                images=list(crops[first : first + BATCH]),
                return_tensors="pt",
                input_data_format="channels_last",
            )
            with torch.inference_mode():
                rows.append(_features(model.get_image_features(**inputs)))
        return normalised(np.concatenate(rows))

    def names(self, embeddings: Vectors) -> list[str | None]:
        """Return the nearest of ``known_names`` by the text tower; None where a row is zeros."""
        names = known_names()
        return nearest_names(embeddings, names, _table(self.folder, names))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the folder; the process it arrives in loads the model."""
        return type(self), (self.folder,)


def _projection(folder: str, model: Any) -> Any:
    """Return the layer from hidden states of texts to the shared space."""
    layer = getattr(model, "text_projection", None)
    layer = layer or getattr(getattr(model, "text_model", None), "head", None)
    if not hasattr(layer, "out_features"):
        raise ValueError(
            f"folder={folder!r}: {type(model).__name__} has no text_projection or text_model.head; "
            "accepted: a model built like CLIP or SigLIP"
        )
    return layer


def _features(found: Any) -> Vectors:
    """Read (N, D) float32 off what transformers returns, which differs by release."""
    return getattr(found, "pooler_output", found).float().cpu().numpy()


@functools.cache
def _image_processor(folder: str) -> Any:
    transformers = import_optional("transformers", "transformers torch", "TowerImageEncoder")
    processor = transformers.AutoProcessor.from_pretrained(folder, local_files_only=True)
    return getattr(processor, "image_processor", processor)


@functools.cache
def _table(folder: str, names: tuple[str, ...]) -> Vectors:
    encoder = TowerTextEncoder(folder)
    return np.stack([encoder.pooled(name) for name in names])
