"""A user's own cut-outs: a folder of PNG or WebP files with alpha and a small table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editenv.imaging.compose import resize_rgba
from editenv.imaging.opening import PictureRefused, open_picture
from editenv.material.plurals import plural_of
from editenv.material.records import COLOURS, FACES, SETTINGS, Sprite

TABLE = "cutouts.csv"
FORMATS = ("PNG", "WEBP")
LARGEST_PIXELS = 40_000_000
LONGEST_SIDE = 256
SOLID_ALPHA = 24
DEFAULT_HEIGHTS = {"meadow": 1.4, "yard": 0.5, "street": 1.6, "table": 0.1}
COLUMNS = ("file", "name", "plural", "settings", "height", "faces", "mirror", "colour")
REQUIRED = COLUMNS[:2]
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def load_folder_cutouts(path: str | Path) -> tuple[Sprite, ...]:
    """Read a folder of cut-outs, as ``material="folder:PATH"`` does.

    The folder holds pictures with alpha and ``cutouts.csv`` with a header line. Columns that are
    missing, and cells that are empty, get defaults.

    | Column | Meaning | Default |
    |---|---|---|
    | file | PNG or WebP with alpha, inside the folder | required |
    | name | what a person calls it, lower case | required |
    | plural | as in "the geese" | by rule |
    | settings | of meadow, yard, street and table, separated by spaces | all four |
    | height | real height in metres | 1.4, 0.5, 1.6 or 0.1 for the first of its settings |
    | faces | left or right | none |
    | mirror | yes or no | yes |
    | colour | one of the 12 colour names | none |

    Args:
        path: the folder.

    Returns:
        One ``Sprite`` a row, in the table's order, longest side at most 256.

    Raises:
        ValueError: the table or a picture is missing or unusable; the message names the file, and
            the line and column where there is one.
    """
    folder = Path(path).resolve()
    table = folder / TABLE
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {table}: {error}") from error
    reader = csv.DictReader(text.splitlines())
    header = [name.strip() for name in reader.fieldnames or ()]
    _check_header(header, table)
    reader.fieldnames = header
    sprites: list[Sprite] = []
    for row in reader:
        if None in row:
            raise ValueError(f"{table}, line {reader.line_num}: more cells than columns")
        cells = {key: (value or "").strip() for key, value in row.items()}
        sprites.append(_sprite(cells, folder, f"{table}, line {reader.line_num}"))
    if not sprites:
        raise ValueError(f"{table} has no rows")
    return tuple(sprites)


def _check_header(header: list[str], table: Path) -> None:
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise ValueError(f"{table} lacks the column {missing[0]!r}")
    unknown = [column for column in header if column not in COLUMNS]
    if unknown:
        accepted = ", ".join(COLUMNS)
        raise ValueError(f"{table} has the column {unknown[0]!r}; accepted: {accepted}")


def _sprite(cells: dict[str, str], folder: Path, where: str) -> Sprite:
    name = " ".join(cells["name"].lower().split())
    if not name:
        raise ValueError(f"{where}, column name: empty")
    settings = tuple(cells.get("settings", "").split()) or SETTINGS
    for setting in settings:
        _check(setting, SETTINGS, f"{where}, column settings")
    faces, colour = cells.get("faces") or None, cells.get("colour") or None
    _check(faces, (*FACES, None), f"{where}, column faces")
    _check(colour, (*COLOURS, None), f"{where}, column colour")
    mirror = (cells.get("mirror") or "yes").lower()
    _check(mirror, tuple(YES_NO), f"{where}, column mirror")
    return Sprite(
        name=name,
        category="own",
        split="train",
        colour=colour,
        scale=0.3,
        placement="ground",
        rgba=_read(folder, cells["file"], f"{where}, column file"),
        plural=cells.get("plural") or plural_of(name),
        settings=settings,
        height=_height(cells.get("height", ""), settings, f"{where}, column height"),
        faces=faces,
        mirror=YES_NO[mirror],
    )


def _check(value: str | None, accepted: tuple[str | None, ...], where: str) -> None:
    if value not in accepted:
        listed = ", ".join(str(each) for each in accepted if each is not None)
        raise ValueError(f"{where}: {value!r}; accepted: {listed}")


def _height(cell: str, settings: tuple[str, ...], where: str) -> float:
    if not cell:
        return DEFAULT_HEIGHTS[settings[0]]
    try:
        height = float(cell)
    except ValueError:
        height = -1.0
    if not 0.005 <= height <= 100:
        raise ValueError(f"{where}: {cell!r}; accepted: metres from 0.005 to 100")
    return height


def _read(folder: Path, file: str, where: str) -> NDArray[np.uint8]:
    """Decode one picture, crop it tightly and bound its size."""
    path = (folder / file).resolve()
    if not file or not path.is_relative_to(folder):
        raise ValueError(f"{where}: {file!r} is not inside {folder}")
    try:
        with open_picture(path, LARGEST_PIXELS, FORMATS) as image:
            has_alpha, rgba = image.has_transparency_data, np.array(image.convert("RGBA"))
    except PictureRefused as error:
        raise ValueError(f"{where}: cannot read {path} as PNG or WebP: it is {error}") from error
    except Exception as error:  # Decoders raise whatever they meet.
        raise ValueError(f"{where}: cannot read {path} as PNG or WebP: {error}") from error
    if not has_alpha:
        raise ValueError(f"{where}: {path} has no alpha")
    rows, columns = np.nonzero(rgba[..., 3] >= SOLID_ALPHA)
    if not rows.size:
        raise ValueError(f"{where}: {path} is wholly transparent")
    rgba = rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    factor = min(1.0, LONGEST_SIDE / max(rgba.shape[:2]))
    if factor < 1:
        tall, wide = (max(1, round(side * factor)) for side in rgba.shape[:2])
        rgba = resize_rgba(rgba, wide, tall)
    rgba = np.ascontiguousarray(rgba)
    rgba.setflags(write=False)
    return rgba
