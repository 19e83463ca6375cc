"""Text encoders: instructions and region labels to vectors."""

from editenv.encoders.base import TextEncoder
from editenv.encoders.cached import CachedEncoder
from editenv.encoders.factory import make_encoder
from editenv.encoders.static import StaticTextEncoder
from editenv.encoders.transformer import SentenceTransformerEncoder, TransformersTextEncoder

__all__ = [
    "CachedEncoder",
    "SentenceTransformerEncoder",
    "StaticTextEncoder",
    "TextEncoder",
    "TransformersTextEncoder",
    "make_encoder",
]
