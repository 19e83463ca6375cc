"""One HTML page that shows recordings: pictures, scripts and figures in it, nothing beside it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from typing import Any

from PIL import Image as Pillow

from editenv.recordings.folder import Recording
from editenv.recordings.outline import outline
from editenv.types import Image

QUALITY = 90
"""Of WebP. The PNG files of the recording are exact; what a person looks at is this."""


class Album:
    """Pictures by number, each once however many steps show it."""

    def __init__(self) -> None:
        self.pictures: list[dict[str, Any]] = []
        self._numbers: dict[bytes, int] = {}

    def add(self, picture: Image) -> int:
        """Keep a picture, (H, W, 3) uint8, and return its number."""
        key = repr(picture.shape).encode() + picture.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self.pictures)
            height, width = picture.shape[:2]
            self.pictures.append({"w": width, "h": height, "src": data_uri(picture)})
        return self._numbers[key]


def data_uri(picture: Image) -> str:
    """Return a picture as a ``data:`` address with a WebP file in it."""
    file = BytesIO()
    Pillow.fromarray(picture).save(file, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def make_page(
    recordings: Sequence[Recording],
    *,
    title: str = "Recordings",
    curves: Sequence[dict[str, Any]] = (),
    notes: str = "",
) -> str:
    """Build the page.

    Args:
        recordings: whose episodes are shown.
        title: of the page.
        curves: as ``editenv.recordings.curves.read_curves`` returns them.
        notes: a line of plain text below the title.

    Raises:
        OSError: a picture is missing.
    """
    album = Album()
    episodes = [
        _episode(recording, episode, album)
        for recording in recordings
        for episode in recording.episodes
    ]
    data = {
        "title": title,
        "notes": notes,
        "curves": list(curves),
        "episodes": episodes,
        "pictures": album.pictures,
    }
    # "</script>" in an instruction must not end the script that holds it.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    parts = {
        "<!-- title -->": _escaped(title),
        "<!-- style -->": f"<style>\n{_file('style.css')}</style>",
        "<!-- data -->": f'<script type="application/json" id="data">{text}</script>',
        "<!-- script -->": f"<script>\n{_file('viewer.js')}</script>",
    }
    # In one pass, for what is filled in may hold such marks too.
    return re.sub("|".join(parts), lambda mark: parts[mark.group()], _file("page.html"))


def _file(name: str) -> str:
    return (files("editenv.recordings") / "page" / name).read_text(encoding="utf-8")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _episode(recording: Recording, episode: dict[str, Any], album: Album) -> dict[str, Any]:
    def path(name: str) -> str:
        return f"{episode['folder']}/{name}.png"

    def line_of(name: str | None) -> str:
        mask = None if name is None else recording.picture(path(name))
        # An edge around the whole picture says nothing.
        return "" if mask is None or mask.min() > 127 else outline(mask)

    source = album.add(recording.picture(path("source")))
    target = episode["target"]
    steps = [
        {**step, "picture": album.add(recording.picture(path(step["picture"]))),
         "mask": line_of(step["mask"])}
        for step in episode["steps"]
    ]  # fmt: skip
    return {
        **episode,
        **{key: recording.about[key] for key in ("env", "policy", "split")},
        "source": source,
        "target": None if target is None else album.add(recording.picture(path(target))),
        "plan": [{**edit, "mask": line_of(edit["mask"])} for edit in episode["plan"]],
        "steps": steps,
    }
