"""Cuts the photographs of ``photos.toml`` into the package's square backgrounds.

Usage: ``python build_backgrounds.py SOURCES``; SOURCES holds one folder a package (see README.md).
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from pathlib import Path

from panorama import MIDDLE_TONE, read_panorama, view
from PIL import Image

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "editenv" / "material" / "data"
SIDE = 256
QUALITY = 85
SETTINGS = {"m": "meadow", "y": "yard", "s": "street", "t": "table"}


def locate(sources: Path, source: str) -> Path:
    """Return the file of ``PACKAGE:PATH``."""
    package, path = source.split(":", 1)
    return sources / package / path


def read_photo(path: Path, least_rows: int = 960) -> Image.Image:
    """Read a photograph; from an Enlightenment theme (.edj) the smallest copy that will do."""
    if path.suffix != ".edj":
        return Image.open(path).convert("RGB")
    data = path.read_bytes()
    copies = []
    start = data.find(b"\xff\xd8\xff")
    while start >= 0:
        try:
            copies.append(Image.open(io.BytesIO(data[start:])))
        except OSError:
            pass  # the marker also occurs by chance inside compressed data
        start = data.find(b"\xff\xd8\xff", start + 3)
    return min((c for c in copies if c.height >= least_rows), key=lambda c: c.height).convert("RGB")


def cut(photo: Image.Image, crop: list[float], ground: float) -> tuple[Image.Image, float]:
    """Return one square crop and where in it the ground begins."""
    x, y, share = crop
    side = round(share * min(photo.size))
    left, top = round(x * (photo.width - side)), round(y * (photo.height - side))
    picture = photo.crop((left, top, left + side, top + side))
    horizon = (ground * photo.height - top) / side
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), horizon


def pictures(photo: dict, sources: Path):
    """Yield (picture, horizon) for every crop or view of a photograph."""
    path = locate(sources, photo["source"])
    if "views" in photo:
        panorama = read_panorama(path, photo.get("tone", MIDDLE_TONE))
        for yaw, pitch, fov in photo["views"]:
            picture, horizon = view(panorama, yaw, pitch, fov, SIDE)
            yield Image.fromarray(picture), horizon
        return
    image = read_photo(path)
    for crop in photo["crops"]:
        yield cut(image, crop, photo["ground"])


def read_stages() -> dict[str, dict]:
    """Return what ``standing.tsv`` says of each background's ground, by file name."""
    lines = (HERE / "standing.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t")
    return {row["file"]: row for row in rows}


def stage(row: dict[str, str] | None, horizon: float) -> dict:
    """Return where things may stand, as the manifest holds it; ``horizon`` unless corrected."""
    if row is None:
        return {"horizon": round(horizon, 3), "ground": [0.6, 0.97], "free": [0, 1], "settings": []}
    return {
        "horizon": round(horizon if row["horizon"] == "-" else float(row["horizon"]), 3),
        "ground": [float(row["top"]), float(row["bottom"])],
        "free": [float(row["left"]), float(row["right"])],
        "settings": [SETTINGS[letter] for letter in row["settings"].split()],
    }


def write_manifest(name: str, rows: list[dict]) -> None:
    """Write one JSON file, a row a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (DATA / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main(sources: Path) -> None:
    """Write the JPEGs, ``backgrounds.json`` and ``photos.json``."""
    photos = tomllib.loads((HERE / "photos.toml").read_text(encoding="utf-8"))["photo"]
    folder = DATA / "backgrounds"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    rows = []
    stages = read_stages()
    for photo in photos:
        for index, (picture, horizon) in enumerate(pictures(photo, sources)):
            file = f"{photo['id']}-{index}.jpg"
            picture.save(folder / file, quality=QUALITY, optimize=True)
            row = {
                "name": photo.get("library", f"{photo['id']} {index}"),
                "photo": photo["id"],
                "split": photo["split"],
                **stage(stages.pop(f"{photo['id']}-{index}", None), horizon),
                "file": file,
            }
            rows.append(row)
    if stages:
        raise ValueError(f"standing.tsv names what does not exist: {sorted(stages)}")
    credits = [{k: photo[k] for k in ("id", "author", "licence", "source")} for photo in photos]
    write_manifest("backgrounds", rows)
    write_manifest("photos", credits)
    print(f"{len(rows)} backgrounds from {len(photos)} photographs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
