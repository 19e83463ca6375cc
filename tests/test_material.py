"""The shipped pictures: counts, fields, splits, credits, and arrays as promised."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import editenv.material as material
from editenv.material import loader, records
from editenv.material.names import BACKGROUND_OPTIONS, SPRITE_OPTIONS
from editenv.material.plurals import plural_of
from editenv.material.sized import sprite_at

FOLDER = Path(material.__file__).parent
MEBIBYTE = 2**20


def manifest(name: str) -> list[dict]:
    return json.loads((FOLDER / "data" / f"{name}.json").read_text(encoding="utf-8"))


def all_sprites() -> list[records.Sprite]:
    return [sprite for split in records.SPLITS for sprite in material.load_sprites(split)]


def all_cutouts() -> list[records.Sprite]:
    everything = [c for split in records.CUTOUT_SPLITS for c in material.load_cutouts(split)]
    return list(dict.fromkeys(everything))


def all_backgrounds() -> list[records.Background]:
    return [scene for split in records.SPLITS for scene in material.load_backgrounds(split)]


def names(split: str, setting: str | None = None) -> set[str]:
    cutouts = material.load_cutouts(split)
    return {c.name for c in cutouts if setting is None or setting in c.settings}


# Cut-outs


def test_there_are_enough_cutouts() -> None:
    assert len(all_cutouts()) >= 170
    assert len(names("train") | names("novel")) >= 130
    for setting in material.SETTINGS:
        assert len(names("train", setting)) >= 25, setting
        assert len(names("novel", setting)) >= 4, setting


def test_cutouts_are_as_promised() -> None:
    for c in all_cutouts():
        assert c.name == c.name.lower() and c.name.isascii() and c.plural, c.name
        assert c.settings and set(c.settings) <= set(material.SETTINGS), c.name
        assert 0.03 <= c.height <= 6 and 0.18 <= c.scale <= 0.42, c.name
        assert c.faces in (None, *records.FACES) and isinstance(c.mirror, bool), c.name
        assert c.colour in (None, *records.COLOURS) and c.placement == "ground", c.name
        assert c.rgba.dtype == np.uint8 and c.rgba.shape[2] == 4, c.name
        assert 45 <= max(c.rgba.shape[:2]) <= 256 and not c.rgba.flags.writeable, c.name
        alpha = c.rgba[..., 3]
        assert alpha.max() >= 200 and (alpha > 127).mean() > 0.1 and (alpha == 0).any(), c.name
        for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]):
            assert edge.max() > 10, f"{c.name} is not cropped tightly"


def test_pictures_of_one_name_agree() -> None:
    told: dict[str, set] = {}
    for c in all_cutouts():
        told.setdefault(c.name, set()).add((c.plural, c.settings))
    assert all(len(facts) == 1 for facts in told.values())


def test_test_shows_the_names_of_train_and_novel_shows_others() -> None:
    assert names("train") == names("validation") == names("test")
    assert not names("train") & names("novel")
    train, test = material.load_cutouts("train"), material.load_cutouts("test")
    held_out = {c.name for c in test if c.split == "test"}
    assert len(held_out) >= 25
    assert all((c in train) == (c.name not in held_out) for c in test)
    assert {c.split for c in material.load_cutouts("novel")} == {"novel"}


def test_every_name_of_several_pictures_holds_one_out() -> None:
    counts = Counter(c.name for c in all_cutouts())
    held_out = {c.name for c in all_cutouts() if c.split == "test"}
    assert {name for name, count in counts.items() if count > 1} == held_out


def test_a_name_inside_another_never_shares_its_setting() -> None:
    for one, other in itertools.permutations(all_cutouts(), 2):
        if one.name != other.name and f" {one.name} " in f" {other.name} ":
            assert not set(one.settings) & set(other.settings), (one.name, other.name)


def test_cutouts_do_not_carry_the_colour_of_their_old_background() -> None:
    mushroom = next(c for c in all_cutouts() if c.name == "mushroom").rgba
    clear = mushroom[mushroom[..., 3] == 0][:, :3]
    assert clear.any(axis=1).all(), "transparent pixels are black"


@pytest.mark.parametrize("kind", ["photo", "emoji"])
def test_library_follows_the_options(kind: str) -> None:
    library = material.library_sprites(kind)
    assert tuple(library) == SPRITE_OPTIONS == tuple(sorted(SPRITE_OPTIONS))
    assert all(name == sprite.name for name, sprite in library.items())
    assert (len(SPRITE_OPTIONS), len(BACKGROUND_OPTIONS)) == (12, 8)
    assert tuple(loader.library_backgrounds()) == BACKGROUND_OPTIONS


def test_the_library_is_part_of_train_and_suits_every_setting() -> None:
    library = material.library_sprites().values()
    assert set(library) <= set(material.load_cutouts("train"))
    assert {setting for c in library for setting in c.settings} == set(material.SETTINGS)
    flagged = Counter(row["name"] for row in manifest("cutouts") if row["library"])
    assert flagged == Counter(SPRITE_OPTIONS)


def test_an_unknown_material_is_refused() -> None:
    with pytest.raises(ValueError, match="material is 'clipart'; accepted: photo, emoji"):
        material.library_sprites("clipart")


def test_small_sizes_look_like_direct_resizing() -> None:
    cutout = material.library_sprites()["sheep"]
    small = sprite_at(cutout, 30, 25)
    assert small.shape == (25, 30, 4) and not small.flags.writeable
    mean = cutout.rgba[..., 3].mean()
    assert abs(small[..., 3].mean() - mean) < 0.03 * mean


# Emoji


def test_there_are_enough_emoji() -> None:
    assert len(all_sprites()) >= 220
    assert len({sprite.category for sprite in all_sprites()}) >= 10


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_each_split_has_every_category_and_its_share(split: str) -> None:
    sprites = material.load_sprites(split)
    assert {sprite.category for sprite in sprites} == {s.category for s in all_sprites()}
    low, high = {"train": (0.65, 0.8), "validation": (0.07, 0.15), "test": (0.1, 0.2)}[split]
    assert low <= len(sprites) / len(all_sprites()) <= high


def test_no_name_of_an_emoji_occurs_inside_another() -> None:
    padded = [f" {sprite.name} " for sprite in all_sprites()]
    padded += [f" {name} " for name in BACKGROUND_OPTIONS]
    for name in padded:
        assert name == name.lower() and name.isascii()
        assert [other for other in padded if name in other] == [name]


def test_emoji_are_as_promised() -> None:
    for sprite in all_sprites():
        assert sprite.rgba.dtype == np.uint8 and sprite.rgba.shape[2] == 4, sprite.name
        assert max(sprite.rgba.shape[:2]) == 96, sprite.name
        alpha = sprite.rgba[..., 3]
        assert alpha.max() >= 200 and (alpha > 127).mean() > 0.1, sprite.name
        for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]):
            assert edge.any(), f"{sprite.name} is not cropped tightly"
        assert 0.18 <= sprite.scale <= 0.42 and sprite.height == sprite.scale * 1.6, sprite.name
        assert sprite.placement in records.PLACEMENTS, sprite.name
        assert sprite.colour in (None, *records.COLOURS), sprite.name
        assert (sprite.settings, sprite.faces, sprite.mirror) == ((), None, True)
        assert not sprite.rgba.flags.writeable


@pytest.mark.parametrize(
    ("one", "many"),
    [("goose", "geese"), ("fire truck", "fire trucks"), ("fox", "foxes"), ("bus", "buses")],
)
def test_plurals(one: str, many: str) -> None:
    assert plural_of(one) == many


def test_most_emoji_have_a_transparent_surround() -> None:
    clear = [bool((sprite.rgba[..., 3] == 0).any()) for sprite in all_sprites()]
    assert np.mean(clear) > 0.98


def test_some_colours_a_person_would_name() -> None:
    colours = {sprite.name: sprite.colour for sprite in all_sprites()}
    assert (colours["apple"], colours["banana"], colours["elephant"]) == ("red", "yellow", "grey")


# Backgrounds


def test_there_are_enough_backgrounds() -> None:
    assert len(all_backgrounds()) >= 150
    assert len({scene.photo for scene in all_backgrounds()}) >= 40


def test_backgrounds_are_as_promised() -> None:
    for scene in all_backgrounds():
        assert scene.image.shape == (256, 256, 3) and scene.image.dtype == np.uint8, scene.name
        assert scene.image.std() > 3, f"{scene.name} is blank"
        assert not scene.image.flags.writeable
        assert set(scene.settings) <= set(material.SETTINGS), scene.name
        top, bottom = scene.ground
        left, right = scene.free
        assert 0 <= top < bottom <= 1 and 0 <= left < right <= 1, scene.name
        if scene.settings:
            assert -0.2 <= scene.horizon < top - 0.04, scene.name
            assert right - left >= 0.3 and bottom - top >= 0.15, scene.name


@pytest.mark.parametrize(("split", "tables"), [("train", 5), ("validation", 2), ("test", 3)])
def test_every_split_has_stages_for_every_setting(split: str, tables: int) -> None:
    scenes = material.load_backgrounds(split)
    photos = {s: {b.photo for b in scenes if s in b.settings} for s in material.SETTINGS}
    assert len(photos["meadow"] | photos["yard"]) >= 3 and photos["meadow"] and photos["yard"]
    assert len(photos["street"]) >= 2 and len(photos["table"]) >= tables
    assert not photos["table"] & (photos["meadow"] | photos["yard"] | photos["street"])


def test_train_has_most_of_the_stages() -> None:
    counts = {
        split: len([b for b in material.load_backgrounds(split) if b.settings])
        for split in ("train", "validation", "test")
    }
    assert counts["train"] > counts["test"] and counts["train"] > counts["validation"]


def test_splits_share_neither_emoji_nor_photograph() -> None:
    rooms = {row["id"]: row.get("room", row["id"]) for row in manifest("photos")}
    sprites = {split: {s.name for s in material.load_sprites(split)} for split in records.SPLITS}
    photos = {
        split: {rooms[s.photo] for s in material.load_backgrounds(split)}
        for split in records.SPLITS
    }
    for one, other in itertools.combinations(records.SPLITS, 2):
        assert not sprites[one] & sprites[other]
        assert not photos[one] & photos[other]


def test_tables_of_different_splits_differ_in_surface() -> None:
    tables = {row["id"]: row["source"] for row in manifest("photos") if "room" in row}
    by_split: dict[str, set[str]] = {}
    for row in manifest("backgrounds"):
        if row["photo"] in tables:
            surface = tables[row["photo"]].split(" + ")[0]
            by_split.setdefault(row["split"], set()).add(surface)
    assert set(by_split) == {"train", "validation", "test"}
    for one, other in itertools.combinations(by_split.values(), 2):
        assert not one & other


def test_background_names_are_unique() -> None:
    counts = Counter(scene.name for scene in all_backgrounds())
    assert counts.most_common(1)[0][1] == 1


def test_no_picture_occurs_twice() -> None:
    pictures = [sprite.rgba.tobytes() for sprite in (*all_sprites(), *all_cutouts())]
    pictures += [scene.image.tobytes() for scene in all_backgrounds()]
    assert len(set(pictures)) == len(pictures)


# Loading


def test_results_are_cached() -> None:
    for load in (material.load_sprites, material.load_cutouts, material.load_backgrounds):
        assert load("test") is load("test")
    assert material.load_backgrounds("novel") is material.load_backgrounds("test")


@pytest.mark.parametrize(
    "load", [material.load_sprites, material.load_backgrounds, material.load_cutouts]
)
def test_an_unknown_split_is_refused(load) -> None:
    with pytest.raises(ValueError, match=r"split is 'dev'; accepted: train, validation"):
        load("dev")


def test_sprite_names_hold_both_materials() -> None:
    both = {sprite.name for sprite in (*all_sprites(), *all_cutouts())}
    assert material.sprite_names() == tuple(sorted(both))


def test_import_decodes_nothing() -> None:
    script = (
        "import editenv.material.loader as loader; "
        "caches = loader._sprites, loader._cutout, loader._backgrounds, loader._manifest; "
        "print(sum(cache.cache_info().currsize for cache in caches))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "0"


# Licences and files


def test_every_photograph_and_sprite_set_is_credited() -> None:
    text = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    rows = {credit["id"]: credit for credit in loader.photo_credits()}
    assert set(rows) == {scene.photo for scene in all_backgrounds()}
    for credit in rows.values():
        line = next(line for line in text.splitlines() if line.startswith(f"| {credit['id']} |"))
        assert all(credit[key] in line for key in ("author", "source"))
        assert all(licence in line for licence in credit["licence"].split(" AND "))
    for source in {row["source"].split(":")[0] for row in manifest("sprites")}:
        assert f"@iconify-json/{source}" in text


def test_every_cutout_has_a_licence_and_exceptions_are_listed() -> None:
    text = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    for row in manifest("cutouts"):
        assert row["source"].startswith("tuxpaint-stamps-default:") and row["author"]
        if row["licence"] != "GPL-2.0-or-later":
            assert f"| `{row['file']}` | {row['author']} |" in text


def test_the_package_names_every_licence() -> None:
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    named = set(project["project"]["license"].split(" AND "))
    used = {row["licence"] for row in (*manifest("cutouts"), *manifest("photos"))}
    used = {licence for each in used for licence in each.split(" AND ")}
    assert used - {"public domain"} | {"MIT"} == named


def test_licence_texts_that_are_linked_exist() -> None:
    text = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    linked = {part.split(")")[0] for part in text.split("](data/licences/")[1:]}
    assert "GPL-2.0.txt" in linked
    for name in linked | {"MIT-fluent.txt", "tuxpaint-stamps.txt"}:
        assert (FOLDER / "data" / "licences" / name).stat().st_size > 1000


def test_the_files_match_the_manifests_and_stay_small() -> None:
    sizes = {}
    for kind in ("sprites", "backgrounds", "cutouts"):
        files = list((FOLDER / "data" / kind).iterdir())
        assert {file.name for file in files} == {row["file"] for row in manifest(kind)}
        assert len(files) == len(manifest(kind))
        sizes[kind] = sum(file.stat().st_size for file in files)
    assert sizes["cutouts"] < 1.6 * MEBIBYTE
    assert sum(sizes.values()) < 9 * MEBIBYTE


# A user's own folder


def write_folder(folder: Path, table: str) -> Path:
    square = np.zeros((600, 40, 4), np.uint8)
    square[100:500, 5:35] = (200, 30, 30, 255)
    Image.fromarray(square).save(folder / "mug.png")
    Image.fromarray(square[..., :3]).save(folder / "flat.png")
    Image.fromarray(square[..., :3]).save(folder / "photo.jpg")
    Image.fromarray(square[:50]).save(folder / "clear.webp")
    (folder / "cutouts.csv").write_text(table, encoding="utf-8")
    return folder


def test_own_cutouts(tmp_path: Path) -> None:
    table = "file,name,settings,height,colour\nmug.png, Blue  Mug,table yard,0.1,blue\n"
    table += "mug.png,goose,,,\n"
    mug, goose = material.load_folder_cutouts(write_folder(tmp_path, table))
    assert (mug.name, mug.plural, mug.settings) == ("blue mug", "blue mugs", ("table", "yard"))
    assert (mug.height, mug.colour, mug.faces, mug.mirror) == (0.1, "blue", None, True)
    assert mug.rgba.shape == (256, 19, 4) and mug.rgba[..., 3].min() == 255
    assert (goose.plural, goose.settings, goose.height) == ("geese", material.SETTINGS, 1.4)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name\nmug\n", "cutouts.csv lacks the column 'file'"),
        ("file,name,weight\nmug.png,mug,1\n", "has the column 'weight'; accepted: file, name"),
        ("file,name\n", "cutouts.csv has no rows"),
        ("file,name\nmug.png,\n", "line 2, column name: empty"),
        ("file,name\nmug.png,mug,3\n", "line 2: more cells than columns"),
        ("file,name\nmug.png,mug\nlost.png,cup\n", "line 3, column file: cannot read .*lost.png"),
        ("file,name\nphoto.jpg,mug\n", "column file: cannot read .*photo.jpg as PNG or WebP"),
        ("file,name\nflat.png,mug\n", "column file: .*flat.png has no alpha"),
        ("file,name\nclear.webp,mug\n", "column file: .*clear.webp is wholly transparent"),
        ("file,name\n../mug.png,mug\n", "column file: '../mug.png' is not inside"),
        ("file,name,settings\nmug.png,mug,desk\n", "column settings: 'desk'; accepted: meadow"),
        ("file,name,height\nmug.png,mug,tall\n", "column height: 'tall'; accepted: metres"),
        ("file,name,height\nmug.png,mug,nan\n", "column height: 'nan'; accepted: metres"),
        ("file,name,faces\nmug.png,mug,up\n", "column faces: 'up'; accepted: left, right"),
        ("file,name,mirror\nmug.png,mug,maybe\n", "column mirror: 'maybe'; accepted: yes, true"),
        ("file,name,colour\nmug.png,mug,mauve\n", "column colour: 'mauve'; accepted: red"),
    ],
)
def test_a_folder_with_faults_is_refused(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        material.load_folder_cutouts(write_folder(tmp_path, table))


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*cutouts\.csv"):
        material.load_folder_cutouts(tmp_path)


def test_a_huge_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("editenv.material.folder.LARGEST_PIXELS", 1000)
    with pytest.raises(ValueError, match="more than the limit of 1000"):
        material.load_folder_cutouts(write_folder(tmp_path, "file,name\nmug.png,mug\n"))
