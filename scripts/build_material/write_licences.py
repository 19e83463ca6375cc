"""Writes ``editenv/material/LICENSES.md`` and ``docs/material.md`` from the manifests.

Usage: ``python write_licences.py``, after the builds.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "editenv" / "material"
LINKS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-2.5": "https://creativecommons.org/licenses/by/2.5/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "BSD-2-Clause": "data/licences/BSD-2-Clause.txt",
    "GPL-2.0-or-later": "data/licences/GPL-2.0.txt",
    "LGPL-3.0-only": "data/licences/LGPL-3.0.txt",
    "public domain": "",
}
STAMPS_LICENCE = "GPL-2.0-or-later"
SETTINGS = ("meadow", "yard", "street", "table")


def read(name: str) -> list[dict]:
    """Return the rows of one manifest."""
    return json.loads((PACKAGE / "data" / f"{name}.json").read_text(encoding="utf-8"))


def linked(licences: str, in_docs: bool) -> str:
    """Return an expression such as ``A AND B`` with a link for each licence."""
    parts = []
    for licence in licences.split(" AND "):
        link = LINKS[licence]
        if in_docs and link.startswith("data/licences/"):
            link = f"../editenv/material/{link}"
        parts.append(f"[{licence}]({link})" if link else licence)
    return " and ".join(parts)


def licence_text(in_docs: bool) -> str:
    """Return the lists of authors and licences; links are relative to the file they go to."""
    own = [row for row in read("cutouts") if row["licence"] != STAMPS_LICENCE]
    exceptions = "\n".join(
        f"| `{row['file']}` | {row['author']} | {linked(row['licence'], in_docs)} |" for row in own
    )
    photos = "\n".join(
        f"| {row['id']} | {row['author']} | {linked(row['licence'], in_docs)} | `{row['source']}` |"
        for row in read("photos")
    )
    text = (HERE / "licences_head.md").read_text(encoding="utf-8")
    for key, value in {
        "cutouts": str(len(read("cutouts"))),
        "sprites": str(len(read("sprites"))),
        "exceptions": exceptions,
        "photos": photos,
    }.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def overview() -> str:
    """Return what there is of each setting and split as Markdown tables."""
    cutouts, scenes = read("cutouts"), read("backgrounds")
    names = {row["name"] for row in cutouts}
    text = f"{len(cutouts)} cut-outs of {len(names)} things. A thing may suit several settings.\n\n"
    text += "| setting | names in train | of them with other pictures in test | names in novel |"
    text += " photographs in train, validation, test |\n|---|---|---|---|---|\n"
    for setting in SETTINGS:
        here = {
            split: {r["name"] for r in cutouts if r["split"] == split and setting in r["settings"]}
            for split in ("train", "test", "novel")
        }
        stages = ", ".join(
            str(len({s["photo"] for s in scenes if s["split"] == p and setting in s["settings"]}))
            for p in ("train", "validation", "test")
        )
        counts = " | ".join(str(len(here[split])) for split in ("train", "test", "novel"))
        text += f"| {setting} | {counts} | {stages} |\n"
    sprites = read("sprites")
    text += "\n| split | emoji | backgrounds | photographs |\n|---|---|---|---|\n"
    for split in ("train", "validation", "test", "library"):
        held = [scene for scene in scenes if scene["split"] == split]
        count = sum(sprite["split"] == split for sprite in sprites)
        text += f"| {split} | {count} | {len(held)} | {len({s['photo'] for s in held})} |\n"
    categories = Counter(sprite["category"] for sprite in sprites)
    listed = ", ".join(f"{name} {count}" for name, count in categories.most_common())
    return f"{text}\nEmoji by category: {listed}.\n"


def main() -> None:
    """Write both files."""
    (PACKAGE / "LICENSES.md").write_text(licence_text(in_docs=False), encoding="utf-8")
    head = (HERE / "material_head.md").read_text(encoding="utf-8")
    licences = licence_text(in_docs=True).replace("\n## ", "\n### ")
    licences = licences.replace("`data/", "`editenv/material/data/")
    text = head.replace("{overview}", overview()) + "\n#" + licences
    (ROOT / "docs" / "material.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
