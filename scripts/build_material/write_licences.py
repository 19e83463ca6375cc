"""Writes ``editenv/material/LICENSES.md`` and ``docs/material.md`` from the manifests.

Usage: ``python write_licences.py``, after the two builds.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "editenv" / "material"
LINKS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "BSD-2-Clause": "data/licences/BSD-2-Clause.txt",
    "LGPL-3.0-only": "data/licences/LGPL-3.0.txt",
    "public domain": "",
}
INTRODUCTION = """# Authors and licences of the picture material

The pictures in `data/` are not under the licence of editenv's code: each stays under its own, as
listed here. Where a licence asks for its text, it is in `data/licences/` (the
LGPL refers to `GPL-3.0.txt`).

## Sprites

All {sprites} sprites are Fluent Emoji by Microsoft Corporation, MIT
(`data/licences/MIT-fluent.txt`), taken from the npm package `@iconify-json/fluent-emoji` 1.2.7.
**Changed:** rasterised, cropped to
the object, scaled to a longest side of 96 pixels, and given everyday names.

## Photographs

**Changed, all of them:** cut into squares, scaled to 256 x 256 and saved again as JPEG; the
panoramas also exposed (tone mapped) and projected to ordinary views. The files of a photograph are
`data/backgrounds/ID-*.jpg`. A source is PACKAGE:PATH, of Debian 12, PyPI or npm.

| id | author | licence | source |
|---|---|---|---|
"""


def licence_text(in_docs: bool) -> str:
    """Return the table of authors and licences; links are relative to the file it goes to."""
    sprites = json.loads((PACKAGE / "data" / "sprites.json").read_text(encoding="utf-8"))
    photos = json.loads((PACKAGE / "data" / "photos.json").read_text(encoding="utf-8"))
    text = INTRODUCTION.format(sprites=len(sprites))
    for photo in photos:
        link = LINKS[photo["licence"]]
        if in_docs and link.startswith("data/licences/"):
            link = f"../editenv/material/{link}"
        licence = f"[{photo['licence']}]({link})" if link else photo["licence"]
        text += f"| {photo['id']} | {photo['author']} | {licence} | `{photo['source']}` |\n"
    return text


def overview() -> str:
    """Return the counts by split and by category as Markdown tables."""
    sprites = json.loads((PACKAGE / "data" / "sprites.json").read_text(encoding="utf-8"))
    scenes = json.loads((PACKAGE / "data" / "backgrounds.json").read_text(encoding="utf-8"))
    text = "| split | sprites | backgrounds | photographs |\n|---|---|---|---|\n"
    for split in ("train", "validation", "test", "library"):
        held = [scene for scene in scenes if scene["split"] == split]
        count = sum(sprite["split"] == split for sprite in sprites)
        text += f"| {split} | {count} | {len(held)} | {len({s['photo'] for s in held})} |\n"
    categories = Counter(sprite["category"] for sprite in sprites)
    listed = ", ".join(f"{name} {count}" for name, count in categories.most_common())
    return f"{text}\nSprites by category: {listed}.\n"


def main() -> None:
    """Write both files."""
    (PACKAGE / "LICENSES.md").write_text(licence_text(in_docs=False), encoding="utf-8")
    head = (Path(__file__).parent / "material_head.md").read_text(encoding="utf-8")
    licences = licence_text(in_docs=True).replace("\n## ", "\n### ")
    licences = licences.replace("`data/", "`editenv/material/data/")
    text = head.replace("{overview}", overview()) + "\n#" + licences
    (ROOT / "docs" / "material.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
