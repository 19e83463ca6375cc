"""Parts of a collection on disk: each is complete or absent; a second run makes the rest."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from editenv_policies.checkpoints import write_text
from editenv_policies.imitation.collect import Plan, play_parts
from editenv_policies.imitation.demonstrations import Kind, Moments, Recorder

PLAN, SPENT = "plan.json", "spent.json"

PICTURES = "image"
"""The key of the observation that takes most of the memory."""

STEP = "steps."
"""What names in a file of demonstrations begin with that are keys of the observation."""


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
        """The path of the part that begins with the first of these episodes."""
        return self.folder / f"{numbers[0]:07d}{self._suffix}"

    @property
    def missing(self) -> list[range]:
        """The parts that are still to be made."""
        return [numbers for numbers in self._plan.parts if not self.path(numbers).exists()]

    @property
    def found(self) -> list[Path]:
        """The paths of the existing parts, in order."""
        return [path for path in map(self.path, self._plan.parts) if path.exists()]

    def keep(self, numbers: Sequence[int], write: Callable[[Path], object]) -> None:
        """Let ``write`` make a part elsewhere, and move it into place when it is complete."""
        partial = self.folder / "partial"
        remove(partial)
        write(partial)
        os.replace(partial, self.path(numbers))


def collect_into(
    folder: Path, plan: Plan, *, seconds: float | None = None, progress: bool = True
) -> Any:
    """Collect a plan part by part; a second call continues where the first stopped.

    Args:
        folder: where the parts are kept.
        plan: what to collect.
        seconds: processor time in all calls together; None for no limit.
        progress: show a bar.

    Returns:
        Demonstrations of ``plan.KIND``.

    Raises:
        ValueError: the folder has parts of another plan.
    """
    kept, path = PartFolder(folder, plan, ".npz"), folder / SPENT
    spent = json.loads(path.read_text()) if path.exists() else 0.0
    if seconds is None or spent < seconds or not kept.found:
        left = None if seconds is None else seconds - spent
        started = time.process_time()
        for played in play_parts(plan, kept.missing, seconds=left, progress=progress):
            recorder = Recorder(plan.KIND)
            for episode in played:
                recorder.add(episode)
            part = recorder.finish()
            kept.keep([played[0].number], lambda path, part=part: save(part, path))
            write_text(path, json.dumps(spent + time.process_time() - started) + "\n")
    return load(kept.found, plan.KIND)


def save(data: Moments, path: Path) -> None:
    """Write demonstrations into a file, without pickle."""
    arrays = {name: getattr(data, name) for name in ("starts", *data.ROWS)}
    arrays |= {f"{STEP}{key}": value for key, value in data.steps.items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, tokens=np.int64(data.tokens), **arrays)


def load(paths: Sequence[Path], kind: type[Kind]) -> Kind:
    """Read files of ``save`` and join them in order, without holding all of them twice in memory.

    Pictures, which are the largest part, are joined in an unnamed file beside the others, and are
    in memory only while they are read.

    Args:
        paths: the files.
        kind: what was saved.

    Raises:
        ValueError: no file.
    """
    if not paths:
        raise ValueError("paths=() must name at least one file of demonstrations")
    sizes = [_sizes(path, kind) for path in paths]
    total, place = sum(sizes, Counter()), Counter()
    starts, tokens = np.zeros(total["episodes"] + 1, np.int64), 0
    steps: dict[str, np.ndarray] = {}
    rows: dict[str, np.ndarray] = {}
    for path, size in zip(paths, sizes, strict=True):
        part, first = _read(path, kind), place["episodes"] + 1
        tokens = part.tokens
        starts[first : first + part.count] = part.starts[1:] + place["words"]
        if not steps:
            steps[PICTURES] = _on_disk(path.parent, total["moments"], part.steps[PICTURES])
        _put(steps, place["moments"], total["moments"], part.steps)
        for name, (along, counts, _) in kind.ROWS.items():
            found = getattr(part, name)
            moved = found if counts is None else found + place[counts]
            _put(rows, place[along], total[along], {name: moved})
        place += size
    return kind(steps=steps, starts=starts, tokens=tokens, **rows)


def _sizes(path: Path, kind: type[Moments]) -> Counter[str]:
    """How many moments, words, episodes and so on there are in a file."""
    with np.load(path, allow_pickle=False) as file:
        found = Counter(words=int(file["starts"][-1]), episodes=len(file["starts"]) - 1)
        for name, (along, *_) in kind.ROWS.items():
            if along not in found:
                found[along] = len(file[name])
        return found


def _read(path: Path, kind: type[Kind]) -> Kind:
    with np.load(path, allow_pickle=False) as file:
        steps = {name[len(STEP) :]: file[name] for name in file.files if name.startswith(STEP)}
        rows = {name: file[name] for name in ("starts", *kind.ROWS)}
        return kind(steps=steps, tokens=int(file["tokens"]), **rows)


def _put(
    joined: dict[str, np.ndarray], first: int, total: int, part: Mapping[str, np.ndarray]
) -> None:
    """Write a part's rows to their place in arrays of ``total`` rows, made when first needed."""
    for name, rows in part.items():
        if name not in joined:
            joined[name] = np.empty((total, *rows.shape[1:]), rows.dtype)
        joined[name][first : first + len(rows)] = rows


def _on_disk(folder: Path, total: int, rows: np.ndarray) -> np.ndarray:
    """Make room for ``total`` rows in a file of a folder; it is gone when the array is."""
    with TemporaryFile(dir=folder) as file:
        return np.memmap(file, rows.dtype, mode="w+", shape=(total, *rows.shape[1:]))


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
