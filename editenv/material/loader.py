"""Loads cut-outs, emoji and backgrounds on first use; results are cached and read-only."""

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
from editenv.material.plurals import plural_of
from editenv.material.records import CUTOUT_SPLITS, SPLITS, Background, Sprite

METRES_OF_FULL_SCALE = 1.6
"""An emoji with a scale of 1 would be this high, so that both materials have heights."""

Row = dict[str, Any]


def load_cutouts(split: str) -> tuple[Sprite, ...]:
    """Return the photographic objects of a split, in the manifest's order.

    Args:
        split: ``"train"`` and ``"validation"`` share their pictures. ``"test"`` has the same names
            with pictures that train does not have, where there are any. ``"novel"`` has names
            that occur nowhere else.

    Raises:
        ValueError: ``split`` is none of ``CUTOUT_SPLITS``.
    """
    _check(split, CUTOUT_SPLITS)
    rows = _manifest("cutouts")
    if split == "test":
        held_out = {row["name"] for row in rows if row["split"] == "test"}
        wanted = [
            row
            for row in rows
            if row["split"] == "test" or (row["split"] == "train" and row["name"] not in held_out)
        ]
    else:
        source = "train" if split == "validation" else split
        wanted = [row for row in rows if row["split"] == source]
    return _remembered_tuple(split, tuple(row["file"] for row in wanted))


def load_sprites(split: str) -> tuple[Sprite, ...]:
    """Return the emoji of a split, in the manifest's order.

    Raises:
        ValueError: ``split`` is none of ``SPLITS``.
    """
    _check(split, SPLITS)
    return _sprites(split)


def load_backgrounds(split: str) -> tuple[Background, ...]:
    """Return the backgrounds of a split, in the manifest's order.

    Args:
        split: one of ``SPLITS``, or ``"novel"``, which has the backgrounds of test.

    Raises:
        ValueError: ``split`` is something else.
    """
    _check(split, (*SPLITS, "novel"))
    return _backgrounds("test" if split == "novel" else split)


@functools.cache
def library_sprites(material: str = "photo") -> dict[str, Sprite]:
    """Return the 12 objects that tools paste, by name, in the order of ``SPRITE_OPTIONS``.

    Do not change the dictionary: it is shared.

    Args:
        material: ``"photo"`` for cut-outs, ``"emoji"`` for the emoji of the same names.

    Raises:
        ValueError: ``material`` is something else.
    """
    _check(material, ("photo", "emoji"), "material")
    if material == "photo":
        files = {row["name"]: row["file"] for row in _manifest("cutouts") if row["library"]}
        return {name: _cutout(files[name]) for name in SPRITE_OPTIONS}
    by_name = {sprite.name: sprite for split in SPLITS for sprite in load_sprites(split)}
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


@functools.cache
def sprite_names() -> tuple[str, ...]:
    """Return the names of all objects, cut-outs and emoji, sorted, without decoding any."""
    rows = (*_manifest("cutouts"), *_manifest("sprites"))
    return tuple(sorted({row["name"] for row in rows}))


def _check(value: str, accepted: tuple[str, ...], what: str = "split") -> None:
    if value not in accepted:
        raise ValueError(f"{what} is {value!r}; accepted: {', '.join(accepted)}")


@functools.cache
def _remembered_tuple(split: str, files: tuple[str, ...]) -> tuple[Sprite, ...]:
    return tuple(_cutout(file) for file in files)


@functools.cache
def _cutout(file: str) -> Sprite:
    row = next(row for row in _manifest("cutouts") if row["file"] == file)
    fields = ("name", "category", "split", "colour", "scale", "plural", "height", "faces", "mirror")
    return Sprite(
        **{field: row[field] for field in fields},
        settings=tuple(row["settings"]),
        placement="ground",
        rgba=_decode("cutouts", row, "RGBA"),
    )


@functools.cache
def _sprites(split: str) -> tuple[Sprite, ...]:
    fields = ("name", "category", "split", "colour", "scale", "placement")
    return tuple(
        Sprite(
            **{field: row[field] for field in fields},
            plural=plural_of(row["name"]),
            settings=(),
            height=row["scale"] * METRES_OF_FULL_SCALE,
            faces=None,
            mirror=True,
            rgba=_decode("sprites", row, "RGBA"),
        )
        for row in _manifest("sprites")
        if row["split"] == split
    )


@functools.cache
def _backgrounds(split: str) -> tuple[Background, ...]:
    return tuple(
        Background(
            **{field: row[field] for field in ("name", "photo", "split", "horizon")},
            settings=tuple(row["settings"]),
            ground=(row["ground"][0], row["ground"][1]),
            free=(row["free"][0], row["free"][1]),
            image=_decode("backgrounds", row, "RGB"),
        )
        for row in _manifest("backgrounds")
        if row["split"] == split
    )


@functools.cache
def _manifest(name: str) -> tuple[Row, ...]:
    path = resources.files("editenv.material") / "data" / f"{name}.json"
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def _decode(folder: str, row: Row, mode: str) -> NDArray[np.uint8]:
    path = resources.files("editenv.material") / "data" / folder / row["file"]
    pixels = np.array(Image.open(io.BytesIO(path.read_bytes())).convert(mode))
    pixels.setflags(write=False)
    return pixels
