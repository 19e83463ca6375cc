"""The shipped pictures: counts, disjoint splits, credits, and arrays as promised."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import editenv.material as material

FOLDER = Path(material.__file__).parent
COLOURS = "red orange yellow green teal blue purple pink brown black white grey".split()
MEBIBYTE = 2**20


def all_sprites() -> list[material.Sprite]:
    return [sprite for split in material.SPLITS for sprite in material.load_sprites(split)]


def all_backgrounds() -> list[material.Background]:
    return [scene for split in material.SPLITS for scene in material.load_backgrounds(split)]


def test_there_is_enough_material() -> None:
    assert len(all_sprites()) >= 220
    assert len({sprite.category for sprite in all_sprites()}) >= 10
    assert len(all_backgrounds()) >= 120
    assert len({scene.photo for scene in all_backgrounds()}) >= 30


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_each_split_has_every_category_and_its_share(split: str) -> None:
    sprites = material.load_sprites(split)
    assert {sprite.category for sprite in sprites} == {s.category for s in all_sprites()}
    low, high = {"train": (0.65, 0.8), "validation": (0.07, 0.15), "test": (0.1, 0.2)}[split]
    assert low <= len(sprites) / len(all_sprites()) <= high
    photos = {scene.photo for scene in all_backgrounds() if scene.split != "library"}
    share = len({scene.photo for scene in material.load_backgrounds(split)}) / len(photos)
    assert low - 0.03 <= share <= high + 0.03


def test_splits_share_neither_sprite_nor_photograph() -> None:
    sprites = {split: {s.name for s in material.load_sprites(split)} for split in material.SPLITS}
    photos = {
        split: {s.photo for s in material.load_backgrounds(split)} for split in material.SPLITS
    }
    for one, other in itertools.combinations(material.SPLITS, 2):
        assert not sprites[one] & sprites[other]
        assert not photos[one] & photos[other]


def test_no_picture_occurs_twice() -> None:
    pictures = [sprite.rgba.tobytes() for sprite in all_sprites()]
    pictures += [scene.image.tobytes() for scene in all_backgrounds()]
    assert len(set(pictures)) == len(pictures)


def test_no_name_occurs_inside_another() -> None:
    padded = [f" {sprite.name} " for sprite in all_sprites()]
    padded += [f" {name} " for name in material.BACKGROUND_OPTIONS]
    for name in padded:
        assert name == name.lower() and name.isascii()
        assert [other for other in padded if name in other] == [name]


def test_background_names_are_unique() -> None:
    names = [scene.name for scene in all_backgrounds()]
    assert len(set(names)) == len(names)


def test_sprites_are_as_promised() -> None:
    for sprite in all_sprites():
        assert sprite.rgba.dtype == np.uint8 and sprite.rgba.shape[2] == 4, sprite.name
        assert max(sprite.rgba.shape[:2]) == 96, sprite.name
        alpha = sprite.rgba[..., 3]
        assert alpha.max() >= 200 and (alpha > 127).mean() > 0.1, sprite.name
        for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]):
            assert edge.any(), f"{sprite.name} is not cropped tightly"
        assert 0.18 <= sprite.scale <= 0.42, sprite.name
        assert sprite.placement in material.PLACEMENTS, sprite.name
        assert sprite.colour is None or sprite.colour in COLOURS, sprite.name
        assert not sprite.rgba.flags.writeable


def test_most_sprites_have_a_transparent_surround() -> None:
    clear = [bool((sprite.rgba[..., 3] == 0).any()) for sprite in all_sprites()]
    assert np.mean(clear) > 0.98


def test_backgrounds_are_as_promised() -> None:
    for scene in all_backgrounds():
        assert scene.image.shape == (256, 256, 3) and scene.image.dtype == np.uint8, scene.name
        assert 0.2 <= scene.horizon <= 0.8, scene.name
        assert scene.image.std() > 3, f"{scene.name} is blank"
        assert not scene.image.flags.writeable


def test_some_colours_a_person_would_name() -> None:
    colours = {sprite.name: sprite.colour for sprite in all_sprites()}
    assert (colours["apple"], colours["banana"], colours["elephant"]) == ("red", "yellow", "grey")


def test_library_follows_the_options() -> None:
    assert tuple(material.library_sprites()) == material.SPRITE_OPTIONS
    assert tuple(material.library_backgrounds()) == material.BACKGROUND_OPTIONS
    assert (len(material.SPRITE_OPTIONS), len(material.BACKGROUND_OPTIONS)) == (12, 8)
    assert {s.name for s in material.load_sprites("library")} == set(material.SPRITE_OPTIONS)


def test_results_are_cached() -> None:
    assert material.load_sprites("test") is material.load_sprites("test")
    assert material.load_backgrounds("test") is material.load_backgrounds("test")


@pytest.mark.parametrize("load", [material.load_sprites, material.load_backgrounds])
def test_an_unknown_split_is_refused(load) -> None:
    with pytest.raises(ValueError, match=r"split is 'dev'; accepted: train, validation"):
        load("dev")


def test_import_decodes_nothing() -> None:
    script = (
        "import editenv.material.loader as loader; "
        "print(loader._sprites.cache_info().currsize + loader._manifest.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "0"


def test_every_photograph_and_sprite_set_is_credited() -> None:
    text = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    rows = {credit["id"]: credit for credit in material.photo_credits()}
    assert set(rows) == {scene.photo for scene in all_backgrounds()}
    for credit in rows.values():
        line = next(line for line in text.splitlines() if line.startswith(f"| {credit['id']} |"))
        assert all(credit[key] in line for key in ("author", "licence", "source"))
    manifest = json.loads((FOLDER / "data" / "sprites.json").read_text(encoding="utf-8"))
    for source in {row["source"].split(":")[0] for row in manifest}:
        assert f"@iconify-json/{source}" in text


def test_licence_texts_that_are_linked_exist() -> None:
    text = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    linked = {part.split(")")[0] for part in text.split("](data/licences/")[1:]}
    assert linked
    for name in linked | {"MIT-fluent.txt"}:
        assert (FOLDER / "data" / "licences" / name).stat().st_size > 1000


def test_the_files_match_the_manifests_and_stay_small() -> None:
    total = 0
    for kind in ("sprites", "backgrounds"):
        manifest = json.loads((FOLDER / "data" / f"{kind}.json").read_text(encoding="utf-8"))
        files = list((FOLDER / "data" / kind).iterdir())
        assert {file.name for file in files} == {row["file"] for row in manifest}
        total += sum(file.stat().st_size for file in files)
    assert total < 9 * MEBIBYTE
