"""The page that a training run leaves: its curves, and held-out episodes before and after."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from editenv.recordings.view import view
from editenv_policies.evaluation import Actor
from editenv_policies.held_out import HeldOut
from editenv_policies.recording.play import record

FOLDER, PAGE = "recordings", "report.html"
"""In a run's folder."""

MOST = 12
"""Episodes a policy that are recorded, the first of those that are judged."""


def clear(out: Path) -> Path:
    """Return the folder for a run's recordings, without those of an earlier report."""
    folder = out / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def save_report(
    out: Path,
    title: str,
    env_id: str,
    episodes: int,
    actors: Mapping[str, Actor],
    **arguments: Any,
) -> Path:
    """Record actors on the first held-out tasks, and write the page; return where it is.

    Args:
        out: the run's folder, with the curves.
        title: of the page.
        env_id: a registered id.
        episodes: how many are judged in the run; at most ``MOST`` are recorded.
        actors: by name.
        arguments: of the environment that they play in.
    """
    folder = clear(out)
    held_out = HeldOut(env_id, min(episodes, MOST))
    for name, actor in actors.items():
        exhaust(record(held_out, name, actor, folder, arguments=arguments))
    return save_page(out, title)


def save_page(out: Path, title: str) -> Path:
    """Write the page of a run whose recordings are there, say so, and return where it is."""
    notes = f"The first held-out tasks of the test split; of each policy at most {MOST}."
    page = view([out], out / PAGE, title=title, notes=notes)
    print(f"report: {page}", flush=True)
    return page


def exhaust(played: Iterable[object]) -> None:
    """Go through what is played one by one."""
    for _ in played:
        pass
