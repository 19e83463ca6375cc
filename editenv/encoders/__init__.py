"""Encoders: words, and what is seen of regions, to vectors of one space."""

from editenv.encoders.base import TextEncoder
from editenv.encoders.cached import CachedEncoder
from editenv.encoders.crops import CropEncoder
from editenv.encoders.factory import make_encoder, make_image_encoder, register_encoder
from editenv.encoders.regions import ImageEncoder
from editenv.encoders.static import StaticTextEncoder

__all__ = [
    "CachedEncoder",
    "CropEncoder",
    "ImageEncoder",
    "StaticTextEncoder",
    "TextEncoder",
    "make_encoder",
    "make_image_encoder",
    "register_encoder",
]
