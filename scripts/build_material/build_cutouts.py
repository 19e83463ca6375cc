"""Turns the photographic stamps of ``cutouts.tsv`` into the package's cut-outs and their manifest.

Usage: ``python build_cutouts.py SOURCES``; SOURCES holds one folder a package (see README.md).
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DATA = ROOT / "editenv" / "material" / "data"
sys.path.insert(0, str(ROOT))

from editenv.material.plurals import plural_of  # noqa: E402 (needs the path above)

PACKAGE = "tuxpaint-stamps-default"
AUTHORS = "Bill Kendrick and contributors (Tux Paint Stamps)"
LICENCE = "GPL-2.0-or-later"
STAMPS = "usr/share/tuxpaint/stamps"
LONGEST_SIDE = 256
QUALITY = 85
SOLID_ALPHA = 24
SOLID_INSIDE = 200
HUE_REACH = 45
LEAST_SATURATION = 40
SETTINGS = {"m": "meadow", "y": "yard", "s": "street", "t": "table"}
FACES = {"l": "left", "r": "right", "-": None}
TYPICAL_HEIGHT = {"meadow": 1.4, "yard": 0.5, "street": 1.6, "table": 0.1}
CATEGORIES = {
    "animals/birds": "birds",
    "animals": "animals",
    "food/fruit": "fruit",
    "food/vegetables": "vegetables",
    "food": "food",
    "vehicles": "vehicles",
    "military": "vehicles",
    "people": "people",
    "plants": "plants",
    "sports": "sports",
    "hobbies/music": "instruments",
}


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of the table; lines that begin with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t"))


def cut_out(stamp: Path, turn: float) -> Image.Image:
    """Read a stamp, turn it, crop it tightly and scale it down to ``LONGEST_SIDE``.

    All resampling works on colours multiplied by alpha, so that nothing bleeds in at the edges.
    """
    image = Image.open(stamp).convert("RGBA").convert("RGBa")
    if turn:
        image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    image = _cropped(image)
    factor = min(1.0, LONGEST_SIDE / max(image.size))
    size = tuple(max(1, round(side * factor)) for side in image.size)
    image = _cropped(image.resize(size, Image.Resampling.LANCZOS))
    return Image.fromarray(_with_clean_rim(np.asarray(image.convert("RGBA"))))


def recoloured(image: Image.Image, degrees: float) -> Image.Image:
    """Turn the main hue of a picture; other hues, greys and whites stay as they are."""
    rgba = np.asarray(image)
    hsv = np.array(image.convert("RGB").convert("HSV"))
    angle = hsv[..., 0] * (2 * math.pi / 256)
    weight = (rgba[..., 3] > SOLID_INSIDE) * (hsv[..., 1] / 255.0) ** 2
    main = math.atan2(float((weight * np.sin(angle)).sum()), float((weight * np.cos(angle)).sum()))
    near = np.cos(angle - main) > math.cos(math.radians(HUE_REACH))
    turned = (hsv[..., 0].astype(int) + round(degrees / 360 * 256)) % 256
    hsv[..., 0] = np.where(near & (hsv[..., 1] > LEAST_SATURATION), turned, hsv[..., 0])
    colours = np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))
    return Image.fromarray(np.dstack([colours, rgba[..., 3]]))


def _cropped(image: Image.Image) -> Image.Image:
    """Cut off what is hardly visible around the object: sizes are those of the visible thing."""
    return image.crop(image.getchannel("a").point(lambda a: 255 * (a >= SOLID_ALPHA)).getbbox())


def _with_clean_rim(rgba: np.ndarray) -> np.ndarray:
    """Give the rim, and what is transparent, the colour of the object's inside next to it.

    The rim still holds some of the background that the object was cut from; and lossy WebP mixes
    neighbouring colours, so that black around an object would darken its edge. Parts too thin to
    have an inside, such as legs and antennas, keep their own colour.
    """
    own = rgba[..., :3].astype(np.float64)
    solid = rgba[..., 3:] > SOLID_INSIDE
    inside = _box(solid.astype(np.float64), 1) > 1 - 1e-6
    nearby = _box(inside.astype(np.float64), 1) > 1e-6
    known = inside | (solid & ~nearby)
    colour = np.where(known, own, 0)
    reach = 1
    while not known.all() and reach < LONGEST_SIDE:
        amount = _box(known.astype(np.float64), reach)
        fresh = ~known & (amount > 1e-6)
        colour = np.where(fresh, _box(colour, reach) / np.maximum(amount, 1e-6), colour)
        known = known | fresh
        reach *= 2
    result = rgba.copy()
    result[..., :3] = colour.clip(0, 255).round()
    return result


def _box(array: np.ndarray, reach: int) -> np.ndarray:
    """Return the mean over a square of ``2 * reach + 1`` pixels around each pixel."""
    for axis in (0, 1):
        edges = [(0, 0)] * array.ndim
        edges[axis] = (reach + 1, reach)
        total = np.cumsum(np.pad(array, edges), axis=axis)
        length, span = array.shape[axis], 2 * reach + 1
        upper = np.take(total, range(span, span + length), axis=axis)
        array = (upper - np.take(total, range(length), axis=axis)) / span
    return array


def category_of(stamp: str) -> str:
    """Return what kind of thing a stamp's folder says it is."""
    return next((kind for folder, kind in CATEGORIES.items() if stamp.startswith(folder)), "things")


def manifest_row(row: dict[str, str]) -> dict:
    """Describe one cut-out for the manifest."""
    flags = row["flags"].split()
    settings = [SETTINGS[letter] for letter in row["settings"].split()]
    height = float(row["height"])
    scale = 0.3 + 0.06 * math.log2(height / TYPICAL_HEIGHT[settings[0]])
    stem = row["stamp"].rsplit("/", 1)[-1].lower() + (f"-{row['hue']}" if row["hue"] != "0" else "")
    return {
        "name": row["name"],
        "plural": row["plural"] or plural_of(row["name"]),
        "category": category_of(row["stamp"]),
        "split": next((flag for flag in flags if flag in ("test", "novel")), "train"),
        "library": "library" in flags,
        "settings": settings,
        "height": height,
        "scale": round(min(0.42, max(0.18, scale)), 2),
        "faces": FACES[row["faces"]],
        "mirror": row["mirror"] == "y",
        "colour": None if row["colour"] == "-" else row["colour"],
        "file": f"{stem.replace('_', '-').replace('--', '-')}.webp",
        "author": row["author"] or AUTHORS,
        "licence": row["licence"] or LICENCE,
        "source": f"{PACKAGE}:{STAMPS}/{row['stamp']}.png",
    }


def main(sources: Path) -> None:
    """Write the WebP files and ``cutouts.json``."""
    folder = DATA / "cutouts"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    rows = []
    for row in read_table(HERE / "cutouts.tsv"):
        entry = manifest_row(row)
        if (folder / entry["file"]).exists():
            raise ValueError(f"two stamps would be {entry['file']}")
        package, path = entry["source"].split(":", 1)
        image = cut_out(sources / package / path, float(row["turn"]))
        if row["hue"] != "0":
            image = recoloured(image, float(row["hue"]))
        image.save(folder / entry["file"], quality=QUALITY, alpha_quality=95, method=6, exact=True)
        rows.append(entry)
    lines = ",\n".join(json.dumps(row) for row in rows)
    (DATA / "cutouts.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(rows)} cut-outs of {len({row['name'] for row in rows})} names")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
