"""Draws contact sheets of the package's sprites and backgrounds, to judge them by eye.

Usage: ``python contact_sheet.py FOLDER`` writes PNG sheets into FOLDER.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw

DATA = Path(__file__).parents[2] / "editenv" / "material" / "data"
COLUMNS = 16


def sprite_sheets(folder: Path, per_sheet: int = 176) -> None:
    """Draw each sprite at 96 and 24 pixels with its name, split and colour."""
    rows = json.loads((DATA / "sprites.json").read_text(encoding="utf-8"))
    for start in range(0, len(rows), per_sheet):
        part = rows[start : start + per_sheet]
        sheet = Image.new("RGB", (COLUMNS * 128, -(-len(part) // COLUMNS) * 124), (150, 170, 150))
        draw = ImageDraw.Draw(sheet)
        for index, row in enumerate(part):
            left, top = index % COLUMNS * 128, index // COLUMNS * 124
            sprite = Image.open(DATA / "sprites" / row["file"])
            sheet.paste(sprite, (left, top), sprite)
            small = sprite.copy()
            small.thumbnail((24, 24))
            sheet.paste(small, (left + 100, top + 4), small)
            draw.text((left, top + 97), row["name"], fill="black")
            draw.text((left, top + 109), f"{row['split'][:5]} {row['colour']}", fill="navy")
        sheet.save(folder / f"material_sprites_{start // per_sheet}.png")


def background_sheets(folder: Path, per_sheet: int = 77) -> None:
    """Draw each background with its name, split and horizon."""
    rows = json.loads((DATA / "backgrounds.json").read_text(encoding="utf-8"))
    for start in range(0, len(rows), per_sheet):
        part = rows[start : start + per_sheet]
        sheet = Image.new("RGB", (11 * 164, -(-len(part) // 11) * 176), "white")
        draw = ImageDraw.Draw(sheet)
        for index, row in enumerate(part):
            left, top = index % 11 * 164, index // 11 * 176
            picture = Image.open(DATA / "backgrounds" / row["file"]).resize((160, 160))
            sheet.paste(picture, (left, top))
            line = top + row["horizon"] * 160
            draw.line((left, line, left + 160, line), fill="red")
            draw.text((left, top + 162), f"{row['name']} {row['split'][:5]}", fill="black")
        sheet.save(folder / f"material_backgrounds_{start // per_sheet}.png")


if __name__ == "__main__":
    sprite_sheets(Path(sys.argv[1]))
    if (DATA / "backgrounds.json").exists():
        background_sheets(Path(sys.argv[1]))
