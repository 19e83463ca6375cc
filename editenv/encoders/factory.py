"""From the ``encoder`` argument of an environment to an encoder."""

from __future__ import annotations

import functools

from editenv import entry_points
from editenv.encoders.base import TextEncoder
from editenv.encoders.cached import CachedEncoder
from editenv.encoders.crops import CropEncoder
from editenv.encoders.recognised import RecognisingEncoder
from editenv.encoders.regions import ImageEncoder
from editenv.encoders.static import StaticTextEncoder
from editenv.entry_points import EntryPoint
from editenv.protocols import implements

ENCODER_KINDS: dict[str, EntryPoint] = {
    "transformers": "editenv.models.encoders:make_transformers_encoder",
    "sentence-transformers": "editenv.models.encoders:SentenceTransformerEncoder",
}
"""By prefix, as in ``"transformers:FOLDER"``: what builds a text encoder from the rest."""

_ACCEPTED = (
    "'static', 'transformers:FOLDER', 'sentence-transformers:FOLDER' or an object with "
    "dimension, tokens(text) and pooled(text)"
)


def register_encoder(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of encoder that ``encoder="KIND:FOLDER"`` then builds, once a process.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from FOLDER to a ``TextEncoder``; one with
            ``image_encoder()`` brings what sees into its space.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(ENCODER_KINDS, kind, entry_point)


def make_encoder(spec: str | TextEncoder = "static") -> CachedEncoder:
    """Return the encoder that ``spec`` stands for, behind a cache.

    Args:
        spec: ``"static"`` (the default: 256 numbers, no torch), ``"transformers:FOLDER"`` (of CLIP
            and SigLIP the space that texts share with pictures),
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
    if not implements(spec, TextEncoder) or not isinstance(dimension, int) or dimension < 1:
        raise ValueError(f"encoder={spec!r} is not accepted; give {_ACCEPTED}")
    return CachedEncoder(spec)


@functools.cache
def _named(spec: str) -> CachedEncoder:
    """Build the encoder of a string once a process."""
    if spec == "static":
        return CachedEncoder(StaticTextEncoder())
    kind, _, folder = spec.partition(":")
    if kind in ENCODER_KINDS and folder:
        return CachedEncoder(entry_points.load(ENCODER_KINDS[kind])(folder))
    raise ValueError(f"encoder={spec!r} is not accepted; give {_ACCEPTED}")


def make_image_encoder(
    spec: str | TextEncoder | ImageEncoder, text_encoder: CachedEncoder
) -> ImageEncoder:
    """Return the image encoder whose vectors lie in the space of a text encoder.

    Args:
        spec: what ``make_encoder`` was given, or an object of the `ImageEncoder` protocol, which is
            returned as it is.
        text_encoder: what ``make_encoder`` returned.

    Returns:
        For "static" the shipped `CropEncoder`; for a CLIP-type folder its own image tower; for any
        other text encoder a `RecognisingEncoder`, which embeds the names of what it sees. The same
        text encoder gives the same object everywhere in the process, so that environments share
        what it remembers.

    Raises:
        ValueError: an `ImageEncoder` of another dimension than the text encoder's.
    """
    if isinstance(spec, str) or not implements(spec, ImageEncoder):
        return _seeing(text_encoder)
    if spec.dimension != text_encoder.dimension:
        raise ValueError(
            f"the image encoder gives {spec.dimension} numbers and the text encoder "
            f"{text_encoder.dimension}: they cannot be compared"
        )
    return spec


@functools.lru_cache(maxsize=16)
def _seeing(text_encoder: CachedEncoder) -> ImageEncoder:
    if isinstance(text_encoder.encoder, StaticTextEncoder):
        return CropEncoder()
    own = getattr(text_encoder.encoder, "image_encoder", None)
    return RecognisingEncoder(text_encoder) if own is None else own()
