"""Parts of a collection on disk: each is whole or not there, and a second run makes the rest."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from policies.checkpoints import write_text
from policies.imitation.collect import Plan, play_parts
from policies.imitation.demonstrations import Demonstrations, Recorder

PLAN, SPENT = "plan.json", "spent.json"

STEP, REST = "steps.", ("words", "starts", "episodes", "masks", "actions")
"""Names in a file of demonstrations: of what the observation's keys are kept as, and the others."""


class PartFolder:
    """Where the parts of a plan are kept.

    Args:
        folder: made if it is not there.
        plan: what is collected.
        suffix: of the parts' names.

    Raises:
        ValueError: the folder has parts of another plan.
    """

    def __init__(self, folder: Path, plan: Plan, suffix: str = "") -> None:
        self.folder, self._suffix, self._plan = folder, suffix, plan
        folder.mkdir(parents=True, exist_ok=True)
        wanted = json.loads(json.dumps(asdict(plan)))
        if (folder / PLAN).exists():
            _check_same(folder, json.loads((folder / PLAN).read_text()), wanted)
        write_text(folder / PLAN, json.dumps(wanted) + "\n")

    def path(self, numbers: Sequence[int]) -> Path:
        """Where the part that begins with the first of these episodes is."""
        return self.folder / f"{numbers[0]:07d}{self._suffix}"

    @property
    def missing(self) -> list[range]:
        """What is still to be made."""
        return [numbers for numbers in self._plan.parts if not self.path(numbers).exists()]

    @property
    def found(self) -> list[Path]:
        """Where the parts are that there are, in order."""
        return [path for path in map(self.path, self._plan.parts) if path.exists()]

    def keep(self, numbers: Sequence[int], write: Callable[[Path], object]) -> None:
        """Let ``write`` make a part somewhere else, and move it to its place when it is whole."""
        partial = self.folder / "partial"
        remove(partial)
        write(partial)
        os.replace(partial, self.path(numbers))


def collect_into(
    folder: Path, plan: Plan, *, seconds: float | None = None, progress: bool = True
) -> Demonstrations:
    """Collect a plan part by part; a second call goes on where the first was stopped.

    Args:
        folder: where the parts are kept.
        plan: what to collect.
        seconds: processor time in all calls together; None for no limit.
        progress: show a bar.

    Raises:
        ValueError: the folder has parts of another plan.
    """
    kept = PartFolder(folder, plan, ".npz")
    spent = json.loads((folder / SPENT).read_text()) if (folder / SPENT).exists() else 0.0
    if seconds is None or spent < seconds or not kept.found:
        left = None if seconds is None else seconds - spent
        started = time.process_time()
        for played in play_parts(plan, kept.missing, seconds=left, progress=progress):
            recorder = Recorder()
            for episode in played:
                recorder.add(episode)
            part = recorder.finish()
            kept.keep([played[0].number], lambda path, part=part: save(part, path))
            so_far = spent + time.process_time() - started
            write_text(folder / SPENT, json.dumps(so_far) + "\n")
    return load(kept.found)


def save(data: Demonstrations, path: Path) -> None:
    """Write demonstrations into a file, without pickle."""
    arrays = {name: getattr(data, name) for name in REST}
    arrays |= {f"{STEP}{key}": value for key, value in data.steps.items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, tokens=np.int64(data.tokens), **arrays)


def load(paths: Sequence[Path]) -> Demonstrations:
    """Read files of ``save`` and join them in their order; never all of them are there twice.

    Raises:
        ValueError: no file.
    """
    if not paths:
        raise ValueError("paths=() must name at least one file of demonstrations")
    sizes = np.array([_sizes(path) for path in paths])
    (steps, words, episodes), tokens = sizes.sum(0), 0
    starts = np.zeros(episodes + 1, np.int64)
    by_step: dict[str, np.ndarray] = {}
    by_word: dict[str, np.ndarray] = {}
    for path, (step, word, episode) in zip(paths, sizes.cumsum(0) - sizes, strict=True):
        part = _read(path)
        tokens = part.tokens
        starts[episode + 1 : episode + 1 + part.count] = part.starts[1:] + word
        rest = {"episodes": part.episodes + episode, "masks": part.masks, "actions": part.actions}
        _put(by_step, step, steps, {**part.steps, **rest})
        _put(by_word, word, words, {"words": part.words})
    rest = {name: by_step.pop(name) for name in ("episodes", "masks", "actions")}
    return Demonstrations(steps=by_step, starts=starts, tokens=tokens, **by_word, **rest)


def _sizes(path: Path) -> tuple[int, int, int]:
    """Steps, words and episodes of a file."""
    with np.load(path, allow_pickle=False) as file:
        return len(file["actions"]), int(file["starts"][-1]), len(file["starts"]) - 1


def _read(path: Path) -> Demonstrations:
    with np.load(path, allow_pickle=False) as file:
        steps = {name[len(STEP) :]: file[name] for name in file.files if name.startswith(STEP)}
        rest = {name: file[name] for name in REST}
        return Demonstrations(steps=steps, tokens=int(file["tokens"]), **rest)


def _put(
    joined: dict[str, np.ndarray], first: int, total: int, part: Mapping[str, np.ndarray]
) -> None:
    """Write a part's rows to their place in arrays of ``total`` rows, made when first needed."""
    for name, rows in part.items():
        if name not in joined:
            joined[name] = np.empty((total, *rows.shape[1:]), rows.dtype)
        joined[name][first : first + len(rows)] = rows


def _check_same(folder: Path, there: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if there.get(name) != value:
            raise ValueError(
                f"{name}={value!r}, but {folder} was begun with {name}={there.get(name)!r}: "
                "use that, or another folder"
            )


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
