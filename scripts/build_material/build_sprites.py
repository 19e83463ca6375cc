"""Rasterises the icons of ``sprites.txt`` into the package's sprite folder and manifest.

Usage: ``python build_sprites.py NODE_MODULES`` where NODE_MODULES holds ``@iconify-json/...``.
Needs ``rsvg-convert`` (Debian ``librsvg2-bin``).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from colour_of import dominant_colour
from numpy.typing import NDArray
from PIL import Image
from sprite_list import Entry, read_entries

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "editenv" / "material" / "data"
RENDER_SIZE = 256
LONGEST_SIDE = 96
SOLID_ALPHA = 24


def load_icons(node_modules: Path) -> dict[str, dict]:
    """Return each icon set's parsed ``icons.json``."""
    folder = node_modules / "@iconify-json"
    return {
        source: json.loads((folder / source / "icons.json").read_text(encoding="utf-8"))
        for source in ("fluent-emoji", "noto")
    }


def rasterise(icons: dict, name: str) -> NDArray[np.uint8]:
    """Render one icon to a tightly cropped RGBA array, longest side ``LONGEST_SIDE``."""
    name = icons.get("aliases", {}).get(name, {}).get("parent", name)
    icon = icons["icons"][name]
    width, height = icon.get("width", icons["width"]), icon.get("height", icons["height"])
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" width="{RENDER_SIZE}" height="{RENDER_SIZE}">'
        f"{icon['body']}</svg>"
    )
    png = subprocess.run(
        ["rsvg-convert", "--format=png", f"--width={RENDER_SIZE}", f"--height={RENDER_SIZE}"],
        input=svg.encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    # A faint halo must not widen the box: sizes and positions are those of the visible object.
    box = image.getchannel("A").point(lambda alpha: 255 * (alpha >= SOLID_ALPHA)).getbbox()
    image = image.crop(box)
    factor = LONGEST_SIDE / max(image.size)
    size = tuple(max(1, round(side * factor)) for side in image.size)
    premultiplied = image.convert("RGBa").resize(size, Image.Resampling.LANCZOS)
    return np.asarray(premultiplied.convert("RGBA"))


def manifest_row(entry: Entry, rgba: NDArray[np.uint8], colours: dict[str, str]) -> dict:
    """Describe one sprite for the manifest; ``colours`` holds the corrections made by eye."""
    colour = colours.get(entry.name, dominant_colour(rgba))
    return {
        "name": entry.name,
        "category": entry.category,
        "split": entry.split,
        "colour": None if colour == "none" else colour,
        "scale": entry.scale,
        "placement": entry.placement,
        "file": f"{entry.name.replace(' ', '-')}.png",
        "source": f"{entry.source}:{entry.icon}",
    }


def main(node_modules: Path) -> None:
    """Build every sprite and write ``sprites.json``."""
    icons = load_icons(node_modules)
    groups = json.loads((HERE / "colours.json").read_text(encoding="utf-8"))
    colours = {name: colour for colour, names in groups.items() for name in names}
    folder = DATA / "sprites"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    rows = []
    for entry in read_entries(HERE / "sprites.txt"):
        rgba = rasterise(icons[entry.source], entry.icon)
        rows.append(manifest_row(entry, rgba, colours))
        Image.fromarray(rgba).save(folder / rows[-1]["file"], optimize=True)
    strangers = colours.keys() - {row["name"] for row in rows}
    if strangers:
        raise ValueError(f"colours.json names sprites that do not exist: {sorted(strangers)}")
    lines = ",\n".join(json.dumps(row) for row in rows)
    (DATA / "sprites.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(rows)} sprites")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
