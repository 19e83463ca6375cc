"""Coordinators that come with the package: one folder an id, without pickle.

A folder has ``coordinator.safetensors``, ``coordinator.json`` and ``card.md``, which says how it
was trained and what it can do. ``scripts/publish.py`` writes them from a finished run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from editenv.optional import import_optional
from editenv_policies.checkpoints import MODEL, is_saved

if TYPE_CHECKING:
    from editenv_policies.imitation.clone import Clone

FOLDER = Path(__file__).parent

STEM = "coordinator"
"""What the files of a published coordinator are called."""

RUN = "coordinator"
"""A run's folder of its coordinator."""


def available(folder: Path = FOLDER, stem: str = STEM) -> list[str]:
    """Return the ids of which there is a trained coordinator, or another stem's policy, sorted."""
    return sorted(path.parent.name for path in folder.glob(f"*/{stem}.json"))


def load(name: str, folder: Path = FOLDER) -> Clone:
    """Load a trained coordinator; its ``predict`` takes an id's observations and action masks.

    Args:
        name: an id, such as ``"ImageEdit-v0"``.
        folder: where to look; the package's own by default.

    Raises:
        ValueError: there is none of that name; the message lists those that there are.
        gymnasium.error.DependencyNotInstalled: the extra ``sb3`` is missing.
    """
    names = available(folder)
    if name not in names:
        there = f"there are {names}" if names else "there is none yet"
        raise ValueError(f"name={name!r} has no trained coordinator: {there}")
    return _load(folder / name, STEM)


def load_run(path: Path) -> Clone | None:
    """Load the coordinator of a run, or one that was saved or published in a folder.

    Returns:
        None if there is none.

    Raises:
        gymnasium.error.DependencyNotInstalled: the extra ``sb3`` is missing.
    """
    for folder, stem in ((path / RUN, MODEL), (path, MODEL), (path, STEM)):
        if is_saved(folder, stem):
            return _load(folder, stem)
    return None


def _load(folder: Path, stem: str) -> Clone:
    for module in ("torch", "stable_baselines3", "sb3_contrib"):
        import_optional(module, '"editenv[sb3]"', "a trained coordinator")
    from editenv_policies.imitation.clone import Clone

    return Clone.load(folder, stem)
