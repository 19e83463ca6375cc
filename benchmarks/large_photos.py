"""What ``editenv edit`` costs on a photo of 24 megapixels, by instruction.

    python benchmarks/large_photos.py

Each edit is a process of its own, from the interpreter's start to the written JPEG. CPU time, so
that what else the machine does disturbs little; the best of several rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from PIL import Image

SIZE = (6000, 4000)
BOX = "--region=1500,1000,1800,1500=cup"

EDITS = (
    ("make it brighter",),
    ("add contrast",),
    ("reduce saturation by 20 %",),
    ("make the colours warmer",),
    ("lift the shadows",),
    ("recover the highlights",),
    ("add clarity",),
    ("sharpen it",),
    ("remove the noise",),
    ("the photo is crooked, straighten it",),
    ("crop to a square",),
    ("add a vignette",),
    ("make it black and white",),
    ("make the cup brighter", BOX),
    ("make the cup blue", BOX),
    ("sharpen everything except the cup", BOX),
    ("remove the cup", BOX),
    ("blur the background", BOX),
    ("lift the shadows, add clarity and sharpen it",),
    ("straighten it by 2 degrees, lift the shadows and add clarity",),
    ("straighten it by 2 degrees, remove the noise and lift the shadows",),
)
"""Instructions, and what else is on the command line."""


def write_photo(path: Path) -> None:
    """Write a tilted scene of smooth light, discs and grain, as a camera's JPEG would weigh it."""
    wide, high = SIZE
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    light = 60 + 120 * (1 - rows / high)
    picture = np.stack([light * 0.9, light, light * 1.05], axis=-1)
    for _ in range(60):
        across, down, radius = rng.uniform(0, wide), rng.uniform(0, high), rng.uniform(60, 500)
        inside = (columns - across) ** 2 + (rows - down) ** 2 < radius**2
        picture[inside] = rng.uniform(10, 245, 3)
    # A dark shore; its horizon is tilted by about two degrees.
    picture[rows + 0.04 * columns > 0.7 * high] = 35
    picture += rng.normal(0, 5, (high, wide, 1))
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path, quality=92)


def measure(photo: Path, words: tuple[str, ...]) -> dict[str, Any]:
    """Run one edit; its CPU and wall seconds, exit code and what it did."""
    instruction, *more = words
    with tempfile.TemporaryDirectory() as out:
        line = [sys.executable, "-m", "editenv", "edit", str(photo), instruction, "--out", out]
        before, start = os.times(), time.perf_counter()
        done = subprocess.run([*line, *more, "--json"], capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - start, os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    report = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    calls = [call.get("tool") or call.get("sliders") for call in report.get("calls", [])]
    return {"cpu": cpu, "wall": wall, "code": done.returncode, "calls": calls}


def main() -> None:
    """Measure all edits and print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, default=None, help="default: a drawn one")
    parser.add_argument("--rounds", type=at_least(1), default=2)
    parser.add_argument("--json", type=new_file, default=None, metavar="FILE")
    arguments = parser.parse_args()
    print("| instruction | CPU, s | wall, s | exit code |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        photo = arguments.photo or Path(folder) / "large.jpg"
        if arguments.photo is None:
            write_photo(photo)
        rows = {}
        for words in EDITS:
            best = [measure(photo, words) for _ in range(arguments.rounds)]
            rows[words[0]] = row = min(best, key=lambda found: found["cpu"])
            print(
                f"| {words[0]} | {row['cpu']:.1f} | {row['wall']:.1f} | {row['code']} |", flush=True
            )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
