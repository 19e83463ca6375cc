"""Draw what every slider does: at its lowest, at rest and at its highest.

python scripts/sliders_sheet.py sliders.png
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import cv2
import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from PIL import Image, ImageDraw

from editenv.develop import Sliders, develop
from editenv.develop.sliders import RANGES
from editenv.envs.drawing import font
from editenv.imaging.resize import resize_cover
from editenv.material import load_backgrounds

CAPTION = 18

NEEDS = {
    "sharpening_radius": Sliders(sharpening=100.0),
    "vignette_midpoint": Sliders(vignette=-80.0),
}
"""What must be moved for a slider to do anything."""

PHOTOGRAPHS = (20, 3)
"""Places among the backgrounds of `train`: a blue sky over grass, and deep shadow beside white."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=new_file, help="the picture to write")
    parser.add_argument("--size", type=at_least(32), default=84, help="side of a tile, in pixels")
    parser.add_argument("--columns", type=at_least(1), default=2, help="sliders side by side")
    return parser.parse_args()


def photographs(size: int) -> list[np.ndarray]:
    """Return two photographs of the package's material, and a chart with every hue."""
    shown = load_backgrounds("train")
    photos = [resize_cover(shown[place].image, size, size) for place in PHOTOGRAPHS]
    hues = np.linspace(0, 360, size, endpoint=False, dtype=np.float32)
    levels = np.linspace(1.0, 0.2, size, dtype=np.float32)
    hsv = np.stack(np.broadcast_arrays(hues[None], np.float32(0.75), levels[:, None]), axis=-1)
    chart = cv2.cvtColor(np.ascontiguousarray(hsv, np.float32), cv2.COLOR_HSV2RGB)
    return [*photos, np.rint(chart * 255).astype(np.uint8)]


def row(name: str, photos: list[np.ndarray], size: int) -> Image.Image:
    """Draw one slider on every photograph."""
    low, high, rest, unit = RANGES[name]
    base = NEEDS.get(name, Sliders())
    tiles = [
        develop(photo, replace(base, **{name: value}))
        for photo in photos
        for value in (low, rest, high)
    ]
    strip = Image.new("RGB", (len(tiles) * size, size + CAPTION), "white")
    for number, tile in enumerate(tiles):
        # What is straightened gets smaller.
        strip.paste(Image.fromarray(np.asarray(tile, np.uint8)), (number * size, CAPTION))
    caption = f"{name}: {low:g}, {rest:g}, {high:g} {unit}"
    ImageDraw.Draw(strip).text((3, 2), caption, "black", font(12))
    return strip


def draw(arguments: argparse.Namespace) -> None:
    """Write the sheet."""
    photos = photographs(arguments.size)
    rows = [row(name, photos, arguments.size) for name in RANGES]
    high = -(-len(rows) // arguments.columns)
    width, height = rows[0].size
    sheet = Image.new("RGB", (width * arguments.columns + 8, height * high), "white")
    for number, strip in enumerate(rows):
        column, line = divmod(number, high)
        sheet.paste(strip, (column * (width + 8), line * height))
    sheet.save(arguments.path)


def main() -> None:
    """Run as the command line says."""
    draw(parse_arguments())


if __name__ == "__main__":
    run_main(main)
