"""From the ``encoder`` argument of an environment to an encoder."""

from __future__ import annotations

import functools

from editenv.encoders.base import TextEncoder
from editenv.encoders.cached import CachedEncoder
from editenv.encoders.static import StaticTextEncoder
from editenv.encoders.transformer import SentenceTransformerEncoder, TransformersTextEncoder
from editenv.protocols import follows

_FOLDER_KINDS = {
    "transformers": TransformersTextEncoder,
    "sentence-transformers": SentenceTransformerEncoder,
}
_ACCEPTED = (
    "'static', 'transformers:FOLDER', 'sentence-transformers:FOLDER' or an object with "
    "dimension, tokens(text) and pooled(text)"
)


def make_encoder(spec: str | TextEncoder = "static") -> CachedEncoder:
    """Return the encoder that ``spec`` stands for, behind a cache.

    Args:
        spec: ``"static"`` (the default: 256 numbers, no torch), ``"transformers:FOLDER"``,
            ``"sentence-transformers:FOLDER"``, or an object of the `TextEncoder` protocol.

    Returns:
        A `CachedEncoder`. The same string gives the same object everywhere in the process, so
        that many environments share one cache; a `CachedEncoder` is returned as it is.

    Raises:
        ValueError: ``spec`` is none of these, or the folder holds no model.
        gymnasium.error.DependencyNotInstalled: the encoder's package is missing.
    """
    if isinstance(spec, CachedEncoder):
        return spec
    if isinstance(spec, str):
        return _named(spec)
    dimension = getattr(spec, "dimension", None)
    if not follows(spec, TextEncoder) or not isinstance(dimension, int) or dimension < 1:
        raise ValueError(f"encoder={spec!r} is not accepted; give {_ACCEPTED}")
    return CachedEncoder(spec)


@functools.cache
def _named(spec: str) -> CachedEncoder:
    """Build the encoder of a string once a process."""
    if spec == "static":
        return CachedEncoder(StaticTextEncoder())
    kind, _, folder = spec.partition(":")
    if kind in _FOLDER_KINDS and folder:
        return CachedEncoder(_FOLDER_KINDS[kind](folder))
    raise ValueError(f"encoder={spec!r} is not accepted; give {_ACCEPTED}")
