"""Makes the empty tables of ``tabletops.toml`` and adds them to the package's backgrounds.

Usage: ``python build_tabletops.py SOURCES``, after ``build_backgrounds.py``.
"""

from __future__ import annotations

import io
import json
import math
import sys
import tomllib
import zipfile
from pathlib import Path

import cv2
import numpy as np
from build_backgrounds import DATA, HERE, QUALITY, SIDE, cut, locate, read_photo, write_manifest
from numpy.typing import NDArray
from panorama import MIDDLE_TONE, read_panorama, view
from PIL import Image

WORK_SIDE = 3 * SIDE
CAMERA_HEIGHT = 0.17  # metres above the table
FOCAL_LENGTH = 1.3  # in picture widths
SHARP_FROM = 0.78  # share of the height below which the table is in focus
TABLE_BLUR = 0.011  # at the far edge, share of the width
ROOM_BLUR = 0.028
GRAIN = 1.6
Pixels = NDArray[np.float32]


def read_surface(sources: Path, spec: dict) -> Pixels:
    """Return the texture as (h, w, 3) float32 with its wanted colour and contrast."""
    path, _, member = str(locate(sources, spec["surface"])).partition("!")
    if member:
        image = Image.open(io.BytesIO(zipfile.ZipFile(path).read(member)))
    elif path.endswith(".edj"):
        image = read_photo(Path(path), least_rows=600)
    else:
        image = Image.open(path)
    image = image.convert("RGB")
    if "level" in spec:
        image = image.rotate(spec["level"], Image.Resampling.BICUBIC, expand=True)
    pixels = np.asarray(image.crop(spec.get("crop")), np.float32)
    scale = min(1.0, 1024 / max(pixels.shape[:2]))
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # Uneven light in the photograph would show as a chequer once the piece is repeated.
    even = cv2.GaussianBlur(pixels, (0, 0), max(pixels.shape) / 6, borderType=cv2.BORDER_REFLECT)
    mean = pixels.mean((0, 1))
    wanted = np.asarray(spec.get("colour", mean), np.float32)
    pattern = pixels / np.maximum(even, 1.0)
    if "colour" in spec:
        chroma = spec.get("chroma", 0.4)
        pattern = chroma * pattern + (1 - chroma) * pattern.mean(-1, keepdims=True)
    return (wanted * (1 + (pattern - 1) * spec.get("contrast", 1.0))).clip(0, 255)


def project(surface: Pixels, spec: dict) -> Pixels:
    """Return the table's plane as the camera sees it; only rows below the horizon make sense."""
    axis = (np.arange(WORK_SIDE, dtype=np.float32) + 0.5) / WORK_SIDE
    across, down = np.meshgrid(axis, axis)
    distance = CAMERA_HEIGHT * FOCAL_LENGTH / np.maximum(down - spec["horizon"], 0.02)
    sideways = (across - 0.5) * distance / FOCAL_LENGTH
    turn = math.radians(spec.get("turn", 0))
    per_metre = surface.shape[1] / spec["size"]
    # Half a piece aside: the seam between two mirror images would else run along the middle.
    middle = surface.shape[1] / 2
    columns = (sideways * math.cos(turn) - distance * math.sin(turn)) * per_metre + middle
    rows = (sideways * math.sin(turn) + distance * math.cos(turn)) * per_metre
    return cv2.remap(surface, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def blurred(pixels: Pixels, share: float) -> Pixels:
    """Blur as a lens does: a disc, so that lights become spots."""
    radius = max(1, round(share * WORK_SIDE))
    axis = np.arange(-radius, radius + 1)
    disc = (np.hypot(*np.meshgrid(axis, axis)) <= radius + 0.3).astype(np.float32)
    light = (pixels / 255) ** 2.2
    light = cv2.filter2D(light, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    return light.clip(0, 1) ** (1 / 2.2) * 255


def read_room(sources: Path, photo: dict, spec: dict) -> Pixels:
    """Return the blurred surroundings, with their horizon where the table's is."""
    path = locate(sources, photo["source"])
    if "views" in photo:
        yaw, fov = spec["look"]
        half = math.tan(math.radians(fov) / 2)
        pitch = math.degrees(math.atan((spec["horizon"] - 0.5) * 2 * half))
        panorama = read_panorama(path, photo.get("tone", MIDDLE_TONE))
        pixels = view(panorama, yaw, pitch, fov, WORK_SIDE)[0]
    else:
        picture = cut(read_photo(path), spec["look"], 0.5)[0]
        pixels = np.asarray(picture.resize((WORK_SIDE, WORK_SIDE), Image.Resampling.BICUBIC))
    return blurred(pixels.astype(np.float32), ROOM_BLUR) * spec.get("dim", 1.0)


def shade(table: Pixels, room: Pixels, edge: int, gloss: float) -> Pixels:
    """Light the table by its room: its tint, a soft fall-off, and a faint mirror image."""
    seen = room[:edge].mean((0, 1))
    table = table * (1 + 0.25 * (seen / seen.mean() - 1))
    axis = np.linspace(-1, 1, WORK_SIDE, dtype=np.float32)
    side = math.copysign(0.5, room[:edge, WORK_SIDE // 2 :].mean() - seen.mean())
    across, down = np.meshgrid(axis - side, axis)
    table = table * (1.06 - 0.13 * across**2 - 0.05 * down**2)[..., None]
    rows = np.arange(WORK_SIDE)
    mirrored = room[np.clip(2 * edge - rows, 0, WORK_SIDE - 1)]
    mirrored = cv2.blur(mirrored, (WORK_SIDE // 24, WORK_SIDE // 6))
    depth = ((rows - edge) / (WORK_SIDE - edge)).clip(0, 1)
    share = (gloss * (1 - depth) ** 2)[:, None, None].astype(np.float32)
    return table * (1 - share) + mirrored * share


def focus(table: Pixels, edge: int) -> Pixels:
    """Blur the table more and more from where it is in focus to its far edge."""
    rows = np.arange(WORK_SIDE) / WORK_SIDE
    far = edge / WORK_SIDE
    amount = ((SHARP_FROM - rows) / (SHARP_FROM - far)).clip(0, 1) * 4
    levels = [table, *(blurred(table, TABLE_BLUR * step / 4) for step in (1, 2, 3, 4))]
    result = np.zeros_like(table)
    for step, level in enumerate(levels):
        result += level * (1 - abs(amount - step)).clip(0, 1)[:, None, None].astype(np.float32)
    return result


def render(sources: Path, spec: dict, photo: dict) -> Image.Image:
    """Return one empty table as a square picture."""
    edge = round(spec["edge"] * WORK_SIDE)
    room = read_room(sources, photo, spec)
    table = project(read_surface(sources, spec), spec)
    table = focus(shade(table, room, edge, spec["gloss"]), edge)
    below = (np.arange(WORK_SIDE) >= edge).astype(np.float32)
    below = cv2.GaussianBlur(below[:, None], (1, 0), 0.006 * WORK_SIDE, sigmaY=0.006 * WORK_SIDE)
    below = below.reshape(-1, 1, 1)
    picture = room * (1 - below) + table * below
    picture = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(sum(spec["id"].encode())).normal(0, GRAIN, (SIDE, SIDE, 1))
    return Image.fromarray((picture + noise).clip(0, 255).round().astype(np.uint8))


def manifest_row(spec: dict, photo: dict) -> dict:
    """Describe one table for ``backgrounds.json``."""
    return {
        "name": spec["id"].replace("-", " "),
        "photo": spec["id"],
        "split": photo["split"],
        "horizon": spec["horizon"],
        "ground": [round(spec["edge"] + 0.1, 2), 0.97],
        "free": [0, 1],
        "settings": ["table"],
        "file": f"{spec['id']}.jpg",
    }


def credit(spec: dict, photo: dict) -> dict:
    """Name both authors, licences and sources for ``photos.json``."""
    licences = dict.fromkeys((spec["licence"], photo["licence"]))
    return {
        "id": spec["id"],
        "author": f"{spec['author']} (surface); {photo['author']} (room)",
        "licence": " AND ".join(licences),
        "source": f"{spec['surface']} + {photo['source']}",
        "room": photo["id"],
    }


def main(sources: Path) -> None:
    """Write the JPEGs and their rows."""
    photos = tomllib.loads((HERE / "photos.toml").read_text(encoding="utf-8"))["photo"]
    by_id = {photo["id"]: photo for photo in photos}
    specs = tomllib.loads((HERE / "tabletops.toml").read_text(encoding="utf-8"))["table"]
    manifests = {}
    for name, key in (("backgrounds", "photo"), ("photos", "id")):
        rows = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
        manifests[name] = [row for row in rows if row[key] in by_id]
    for old in (DATA / "backgrounds").glob("table-*.jpg"):
        old.unlink()
    for spec in specs:
        photo = by_id[spec["room"]]
        path = DATA / "backgrounds" / f"{spec['id']}.jpg"
        render(sources, spec, photo).save(path, quality=QUALITY, optimize=True)
        manifests["backgrounds"].append(manifest_row(spec, photo))
        manifests["photos"].append(credit(spec, photo))
    for name, rows in manifests.items():
        write_manifest(name, rows)
    print(f"{len(specs)} tables")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
