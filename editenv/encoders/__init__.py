"""Encoders: words, and what is seen of regions, to vectors of one space."""

from editenv.encoders.base import TextEncoder
from editenv.encoders.cached import CachedEncoder
from editenv.encoders.crops import CropEncoder
from editenv.encoders.factory import make_encoder, make_image_encoder
from editenv.encoders.regions import ImageEncoder
from editenv.encoders.static import StaticTextEncoder
from editenv.encoders.transformer import SentenceTransformerEncoder, TransformersTextEncoder

__all__ = [
    "CachedEncoder",
    "CropEncoder",
    "ImageEncoder",
    "SentenceTransformerEncoder",
    "StaticTextEncoder",
    "TextEncoder",
    "TransformersTextEncoder",
    "make_encoder",
    "make_image_encoder",
]
