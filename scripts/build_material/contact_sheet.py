"""Draws contact sheets of the package's cut-outs, emoji and backgrounds, to judge them by eye.

Usage: ``python contact_sheet.py FOLDER`` writes PNG sheets into FOLDER.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw

DATA = Path(__file__).parents[2] / "editenv" / "material" / "data"
GREY = (128, 128, 128)


def read(name: str) -> list[dict]:
    """Return the rows of one manifest."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def cutout_sheets(folder: Path, columns: int = 10, per_sheet: int = 60, side: int = 156) -> None:
    """Draw each cut-out with what is said of it, so that every word can be checked."""
    rows = read("cutouts")
    for start in range(0, len(rows), per_sheet):
        part = rows[start : start + per_sheet]
        tall = side + 40
        sheet = Image.new("RGB", (columns * (side + 4), -(-len(part) // columns) * tall), GREY)
        draw = ImageDraw.Draw(sheet)
        for index, row in enumerate(part):
            left, top = index % columns * (side + 4), index // columns * tall
            cutout = Image.open(DATA / "cutouts" / row["file"]).convert("RGBa")
            factor = side / max(cutout.size)
            size = tuple(max(1, round(each * factor)) for each in cutout.size)
            shown = cutout.resize(size, Image.Resampling.BICUBIC).convert("RGBA")
            sheet.paste(shown, (left, top), shown)
            settings = "".join(setting[0] for setting in row["settings"])
            flags = f"{row['faces']} {'' if row['mirror'] else 'no mirror'}"
            draw.text((left, top + side + 1), f"{row['name']} / {row['plural']}", fill="black")
            draw.text((left, top + side + 13), f"{row['split']} {settings} {row['colour']}")
            draw.text((left, top + side + 25), f"{row['height']} m {flags}", fill="navy")
        sheet.save(folder / f"material_cutouts_{start // per_sheet}.png")


def sprite_sheets(folder: Path, columns: int = 16, per_sheet: int = 176) -> None:
    """Draw each emoji at 96 and 24 pixels with its name, split and colour."""
    rows = read("sprites")
    for start in range(0, len(rows), per_sheet):
        part = rows[start : start + per_sheet]
        sheet = Image.new("RGB", (columns * 128, -(-len(part) // columns) * 124), (150, 170, 150))
        draw = ImageDraw.Draw(sheet)
        for index, row in enumerate(part):
            left, top = index % columns * 128, index // columns * 124
            sprite = Image.open(DATA / "sprites" / row["file"])
            sheet.paste(sprite, (left, top), sprite)
            small = sprite.copy()
            small.thumbnail((24, 24))
            sheet.paste(small, (left + 100, top + 4), small)
            draw.text((left, top + 97), row["name"], fill="black")
            draw.text((left, top + 109), f"{row['split'][:5]} {row['colour']}", fill="navy")
        sheet.save(folder / f"material_sprites_{start // per_sheet}.png")


def background_sheets(folder: Path, columns: int = 8, per_sheet: int = 40, side: int = 186) -> None:
    """Draw each background with its split, settings, horizon (red) and open ground (yellow)."""
    rows = read("backgrounds")
    for start in range(0, len(rows), per_sheet):
        part = rows[start : start + per_sheet]
        wide, tall = side + 4, side + 16
        sheet = Image.new("RGB", (columns * wide, -(-len(part) // columns) * tall), "white")
        draw = ImageDraw.Draw(sheet)
        for index, row in enumerate(part):
            left, top = index % columns * wide, index // columns * tall
            picture = Image.open(DATA / "backgrounds" / row["file"]).resize((side, side))
            sheet.paste(picture, (left, top))
            line = top + row["horizon"] * side
            draw.line((left, line, left + side, line), fill="red")
            if row["settings"]:
                ground = [top + share * side for share in row["ground"]]
                free = [left + share * (side - 1) for share in row["free"]]
                draw.rectangle((free[0], ground[0], free[1], ground[1]), outline="yellow")
            settings = "".join(setting[0] for setting in row["settings"]) or "-"
            label = f"{row['file'][:-4]} {row['split'][:5]} {settings}"
            draw.text((left, top + side + 2), label, fill="black")
        sheet.save(folder / f"material_backgrounds_{start // per_sheet}.png")


def main(folder: Path) -> None:
    """Draw all sheets."""
    cutout_sheets(folder)
    sprite_sheets(folder)
    background_sheets(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
