"""The folder of a recording: ``recording.json``, ``episodes.jsonl`` and a folder an episode."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from editenv.recordings.describe import Pictures
from editenv.types import Image

ABOUT, EPISODES = "recording.json", "episodes.jsonl"

FORMAT = 1


@dataclass(frozen=True)
class Recording:
    """Episodes of one policy in one environment.

    Attributes:
        folder: where they are.
        about: ``env``, ``policy``, ``split`` and versions.
        episodes: as ``docs/recordings.md`` describes them, oldest first.
    """

    folder: Path
    about: dict[str, Any]
    episodes: list[dict[str, Any]]

    def picture(self, name: str) -> Image:
        """Read a picture that an episode names.

        Returns:
            (H, W, 3) uint8; masks (H, W) uint8.

        Raises:
            OSError: no such file, or a damaged one.
        """
        with Pillow.open(self.folder / name) as file:
            return np.asarray(file, np.uint8)


def folder_name(env_id: str, policy: str) -> str:
    """Return the name of a recording's folder, without what file systems do not take.

    >>> folder_name("ImageEdit-v0", "runs/mine")
    'ImageEdit-v0--runs-mine'
    """
    return f"{_plain(env_id)}--{_plain(policy)}"


def _plain(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).strip("-.") or "unnamed"


class Writer:
    """Writes a recording, an episode at a time.

    The line of an episode is written after its pictures, so that a run that is killed leaves whole
    episodes only.

    Args:
        folder: of the recording; it must not hold one yet.
        about: plain values that describe it.

    Raises:
        ValueError: the folder holds a recording.
    """

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        if (folder / ABOUT).exists():
            raise ValueError(f"folder={str(folder)!r} holds a recording: use another, or delete it")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._count = 0
        text = json.dumps({"format": FORMAT, **about}, indent=1)
        (folder / ABOUT).write_text(text + "\n", encoding="utf-8")

    def write(self, episode: dict[str, Any], pictures: Pictures) -> None:
        """Add an episode; its pictures are PNG files, which lose nothing."""
        home = f"{self._count:05d}"
        (self._folder / home).mkdir(exist_ok=True)
        for name, picture in pictures.items():
            Pillow.fromarray(picture).save(self._folder / home / f"{name}.png", optimize=True)
        line = json.dumps({"number": self._count, "folder": home, **episode})
        with (self._folder / EPISODES).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self._count += 1


def begin(folder: str | Path, env_id: str, policy: str, split: str) -> Writer:
    """Begin a recording in a folder of them.

    Args:
        folder: where recordings are collected, one folder a policy and id.
        env_id: of the environment.
        policy: what the policy is called.
        split: of the tasks.

    Raises:
        ValueError: there is such a recording already.
    """
    versions = {name: version(name) for name in ("editenv", "gymnasium")}
    about = {"env": env_id, "policy": policy, "split": split, "versions": versions}
    return Writer(Path(folder) / folder_name(env_id, policy), about)


def read_recordings(folder: str | Path) -> list[Recording]:
    """Read every recording in a folder and below, in the order of their names.

    Raises:
        ValueError: there is none, or one of another format.
    """
    root = Path(folder)
    found = [_read(path.parent) for path in sorted(root.rglob(ABOUT))]
    if not found:
        raise ValueError(f"folder={str(root)!r} holds no recording: no {ABOUT} in it or below")
    return found


def _read(folder: Path) -> Recording:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if about.get("format") != FORMAT:
        raise ValueError(f"{folder / ABOUT} has format={about.get('format')!r}, not {FORMAT}")
    return Recording(folder, about, [*_lines(folder / EPISODES)])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read whole lines; a crash may have cut off the last one."""
    for line in path.read_text(encoding="utf-8").splitlines(True) if path.exists() else ():
        if line.endswith("\n"):
            yield json.loads(line)
