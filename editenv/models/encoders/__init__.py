"""Encoders from ``transformers`` folders: of texts, and of texts and pictures in one space."""

from editenv.encoders.base import TextEncoder
from editenv.models.encoders.towers import TowerImageEncoder, TowerTextEncoder, is_two_towers
from editenv.models.encoders.transformer import (
    SentenceTransformerEncoder,
    TransformersTextEncoder,
    load_transformers,
)


def make_transformers_encoder(folder: str) -> TextEncoder:
    """Build the encoder of a folder: in the space shared with pictures where the model has one.

    Raises:
        ValueError: there is no such model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """
    _, model = load_transformers(folder)
    return (TowerTextEncoder if is_two_towers(model) else TransformersTextEncoder)(folder)


__all__ = [
    "SentenceTransformerEncoder",
    "TowerImageEncoder",
    "TowerTextEncoder",
    "TransformersTextEncoder",
    "make_transformers_encoder",
]
