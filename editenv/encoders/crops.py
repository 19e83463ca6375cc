"""The default image encoder: crops of regions into the space of the static text encoder.

``docs/perception.md`` says what it was trained on and what it recognises.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.encoders.base import Vectors
from editenv.encoders.regions import CachedImageEncoder, Crop, nearest_names, window
from editenv.encoders.static import StaticTextEncoder
from editenv.optional import import_optional
from editenv.types import BACKGROUND, Image, Region

SIDE = 32
"""Pixels along a crop's sides, whatever the region's size."""

MARGIN = 0.12
"""How much more than its box a crop shows on each side, as a share of the box."""

WHOLE_PICTURE = "whole picture"
"""What the model was taught to see in slot 0; "dark", "bright" or "grey picture" where it is."""

_MODEL = "crops.onnx"
_COLOURS = SIDE * SIDE * 3


def crop_of(image: Image, region: Region) -> Crop:
    """Cut a region's box with a small margin out of a picture, and its mask.

    Args:
        image: (H, W, 3) uint8.
        region: of that picture.

    Returns:
        (SIDE * SIDE * 4,) uint8: SIDE x SIDE colours, then SIDE x SIDE mask. The sides are
        stretched independently of each other.
    """
    cut = _cuts.get(region)
    if cut is None:
        cut = _cuts[region] = _cut(region)
    part, mask = cut
    crop = np.empty(_COLOURS + SIDE * SIDE, np.uint8)
    # Straight to where it belongs: copying would cost as much as the hash.
    _resize(image[part], crop[:_COLOURS].reshape(SIDE, SIDE, 3))
    crop[_COLOURS:] = mask
    return crop


def as_channels(crop: Crop) -> NDArray[Any]:
    """Return a crop as (SIDE, SIDE, 4): red, green, blue, mask."""
    colours, mask = crop[:_COLOURS], crop[_COLOURS:]
    return np.dstack([colours.reshape(SIDE, SIDE, 3), mask.reshape(SIDE, SIDE)])


Cut = tuple[tuple[slice, slice], NDArray[Any]]
"""Rows and columns of the picture, and the (SIDE * SIDE,) uint8 mask."""

_cuts: WeakKeyDictionary[Region, Cut] = WeakKeyDictionary()
"""Most regions outlive many edits of the picture; their masks are never written to."""


def _cut(region: Region) -> Cut:
    part = window(region.mask.shape, region.box, MARGIN)
    mask = np.empty((SIDE, SIDE), np.uint8)
    _resize(region.mask[part], mask)
    return part, mask.ravel()


def _resize(pixels: NDArray[Any], into: NDArray[Any]) -> None:
    shrinks = min(pixels.shape[:2]) >= SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    cv2.resize(pixels, (SIDE, SIDE), dst=into, interpolation=how)


class CropEncoder(CachedImageEncoder):
    """A small convolutional net, run by ONNX Runtime on one thread.

    A region's vector is one of length 1 near those of the words for what the crop shows: the name,
    its colour and lightness as they are now; "part of a ...", "... and ..." for two in one region,
    "background". The model is loaded with the first crop and shared by the process. A crop's
    vector is the same, to the bit, whatever else is in the batch.

    Args:
        remembered: how many vectors are kept, at least 1.

    Attributes:
        dimension: 256, the static text encoder's.

    Raises:
        ValueError: ``remembered`` is below 1.
    """

    dimension: int = StaticTextEncoder.dimension

    def crop(self, image: Image, region: Region) -> Crop:
        """Return (SIDE * SIDE * 4,) uint8; see ``crop_of``."""
        return crop_of(image, region)

    def run(self, crops: Sequence[Crop]) -> Vectors:
        """Return (N, 256) float32 of length 1 for at least one crop.

        Raises:
            gymnasium.error.DependencyNotInstalled: onnxruntime is missing.
        """
        return _session().run(None, {"crops": np.stack(crops)})[0]

    def names(self, embeddings: Vectors) -> list[str | None]:
        """Say what each vector looks like most, of the names that the model was trained with.

        Args:
            embeddings: (R, 256) float32.

        Returns:
            For each row a name, "background", or None where the row is zeros.
        """
        return nearest_names(embeddings, *vocabulary())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made with."""
        return type(self), (self.remembered,)


@functools.cache
def known_names() -> tuple[str, ...]:
    """Return the names that the model was trained with, and "background"."""
    described = _session().get_modelmeta().custom_metadata_map
    return (*json.loads(described["names"]), BACKGROUND)


@functools.cache
def vocabulary() -> tuple[tuple[str, ...], Vectors]:
    """Return ``known_names`` and their vectors, (N, 256) float32 of length 1, read-only."""
    pooled = StaticTextEncoder().pooled
    table = np.stack([pooled(name) for name in known_names()])
    table.flags.writeable = False
    return known_names(), table


@functools.cache
def _session() -> Any:
    """Load the model once a process."""
    runtime = import_optional("onnxruntime", "onnxruntime", "the image encoder of regions")
    options = runtime.SessionOptions()
    # One core an environment: several threads on so little work only wait for each other.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    file = resources.files("editenv.encoders") / "data" / _MODEL
    return runtime.InferenceSession(file.read_bytes(), options, providers=["CPUExecutionProvider"])
