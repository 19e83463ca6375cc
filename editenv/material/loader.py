"""Loads sprites and backgrounds on first use; results are cached and read-only."""

from __future__ import annotations

import functools
import io
import json
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from editenv.material.names import BACKGROUND_OPTIONS, SPRITE_OPTIONS
from editenv.material.records import SPLITS, Background, Sprite


def load_sprites(split: str) -> tuple[Sprite, ...]:
    """Return the sprites of a split, in the manifest's order.

    Raises:
        ValueError: ``split`` is none of ``SPLITS``.
    """
    return _sprites(_checked(split))


def load_backgrounds(split: str) -> tuple[Background, ...]:
    """Return the backgrounds of a split, in the manifest's order.

    Raises:
        ValueError: ``split`` is none of ``SPLITS``.
    """
    return _backgrounds(_checked(split))


@functools.cache
def library_sprites() -> dict[str, Sprite]:
    """Return the 12 sprites that tools paste, by name, in the order of ``SPRITE_OPTIONS``.

    Do not change the dictionary: it is shared.
    """
    by_name = {sprite.name: sprite for sprite in load_sprites("library")}
    return {name: by_name[name] for name in SPRITE_OPTIONS}


@functools.cache
def library_backgrounds() -> dict[str, Background]:
    """Return the 8 scenes that tools put behind, by name, in ``BACKGROUND_OPTIONS`` order.

    Do not change the dictionary: it is shared.
    """
    by_name = {background.name: background for background in load_backgrounds("library")}
    return {name: by_name[name] for name in BACKGROUND_OPTIONS}


def photo_credits() -> tuple[dict[str, str], ...]:
    """Return id, author, licence and source of every photograph."""
    return tuple(dict(row) for row in _manifest("photos"))


def _checked(split: str) -> str:
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; accepted: {', '.join(SPLITS)}")
    return split


@functools.cache
def _sprites(split: str) -> tuple[Sprite, ...]:
    fields = ("name", "category", "split", "colour", "scale", "placement")
    return tuple(
        Sprite(**{field: row[field] for field in fields}, rgba=_decode("sprites", row, "RGBA"))
        for row in _manifest("sprites")
        if row["split"] == split
    )


@functools.cache
def _backgrounds(split: str) -> tuple[Background, ...]:
    fields = ("name", "photo", "split", "horizon")
    return tuple(
        Background(
            **{field: row[field] for field in fields}, image=_decode("backgrounds", row, "RGB")
        )
        for row in _manifest("backgrounds")
        if row["split"] == split
    )


@functools.cache
def _manifest(name: str) -> tuple[dict[str, Any], ...]:
    path = resources.files("editenv.material") / "data" / f"{name}.json"
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def _decode(folder: str, row: dict[str, Any], mode: str) -> NDArray[np.uint8]:
    path = resources.files("editenv.material") / "data" / folder / row["file"]
    pixels = np.array(Image.open(io.BytesIO(path.read_bytes())).convert(mode))
    pixels.setflags(write=False)
    return pixels


@functools.cache
def sprite_names() -> tuple[str, ...]:
    """Return the names of all sprites of all splits, sorted, without decoding any."""
    return tuple(sorted({row["name"] for row in _manifest("sprites")}))
