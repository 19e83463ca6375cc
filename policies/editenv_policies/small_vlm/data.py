"""What the small model learns from, all of it from the train split, drawn once into files.

Record ``i`` depends on the seed and ``i`` only. ``draw`` makes shards, in as many processes as are
wanted; shards that are there already are kept, so that an interrupted run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editenv.answers import NameFinder, write_answer
from editenv.answers.plan import plan_of
from editenv.answers.subjects import describe_subject
from editenv.envs.text import ImageEditTextEnv
from editenv.types import EditTask
from editenv_policies.small_vlm.points import coarse
from editenv_policies.small_vlm.prompt import NEXT_PROMPT, PROMPTS
from editenv_policies.small_vlm.questions import ask
from editenv_policies.small_vlm.scenes import SPLIT, Seen, object_names, random_scene, seen

SIDE = 128
"""Pixels along a picture's sides."""

SCENES = "scenes"
"""The kind of records that are no tasks: a scene with questions."""

TURNS = "turns"
"""The kind of records in which some edits of a task are made and the next one is asked for."""

TURNS_OF = "ImageEdit-v0"
"""Whose tasks these are."""

MOST_EDITS = 3
"""Of a task of that id."""

COUNTS = {
    SCENES: 16_000,
    TURNS: 6_000,
    "ImageEdit-v0": 14_000,
    "ImageEdit-Indirect-v0": 14_000,
    "ImageEdit-Direct-v0": 6_000,
    "ImageEdit-Retouch-v0": 12_000,
    "ImageEdit-Complex-v0": 2_000,
}
"""Records by kind."""

FIRST = 100_000
"""Number of the first task of an id. Trainers that come later use lower numbers."""

SHARD = 250
"""Records of a file."""

ARRAYS = ("picture", "things", "names", "colours", "embeddings")

Turn = tuple[str, str, str]
"""System prompt, question and answer."""


@dataclass(frozen=True, eq=False)
class Record:
    """A picture and what is said about it.

    Attributes:
        seen: the picture and what stands where.
        turns: conversations about it, each of its own: system prompt, question, answer.
        kind: of ``COUNTS``.
        split: of the task or scene.
    """

    seen: Seen
    turns: tuple[Turn, ...]
    kind: str
    split: str = SPLIT


def record(kind: str, number: int, seed: int = 0) -> Record:
    """Make record ``number`` of a kind, from 0; there is no last one."""
    if kind == SCENES:
        rng = np.random.default_rng([seed, number])
        scene = random_scene(rng, SIDE)
        turns = tuple(("", question, answer) for question, answer in ask(rng, scene))
        return Record(seen(scene.image, scene.regions()), turns, kind)
    if kind == TURNS:
        return _turn(number)
    env = _environment(kind)
    task = env.tasks[FIRST + number]
    named = [region for region in task.regions if region.label in object_names()]
    turns = tuple(
        (PROMPTS[subjects], task.instruction, answer)
        for subjects, answer in answers(task, env).items()
    )
    return Record(seen(task.source, named), turns, kind, task.metadata["split"])


def _turn(number: int) -> Record:
    """Make the first edits of a task, up to all of them, and ask for the next one."""
    env = _environment(TURNS_OF, MOST_EDITS + 1)
    task = env.tasks[2 * FIRST + number]
    observation, _ = env.reset(options={"task": task})
    edits = [stage.edit for stage in plan_of(task, env.rules.tools, env.rules.names)]
    made = number % (len(edits) + 1)
    for edit in edits[:made]:
        observation, *_ = env.step(write_answer([edit]))
    regions = env.conversation.workspace.regions
    named = [r for r in regions[1:] if r is not None and r.label in object_names()]
    turn = (NEXT_PROMPT, observation["text"], write_answer(edits[made : made + 1]))
    return Record(seen(observation["image"], named), (turn,), TURNS, task.metadata["split"])


def answers(task: EditTask, env: ImageEditTextEnv) -> dict[str, str]:
    """Write a task's reference answers: with things by name, and by coarse points."""
    names = env.rules.names
    stages = plan_of(task, env.rules.tools, names)
    pointing = _pointing(env)
    pointed = [
        stage.edit
        if stage.slot is None
        else replace(
            stage.edit,
            subject=coarse(describe_subject(stage.slot, stage.regions, stage.canvas, pointing)),
        )
        for stage in stages
    ]
    return {
        "names": write_answer(stage.edit for stage in stages),
        "points": write_answer(pointed),
    }


@cache
def _environment(kind: str, max_turns: int = 1) -> ImageEditTextEnv:
    return ImageEditTextEnv(kind, split=SPLIT, image_size=SIDE, max_turns=max_turns)


@cache
def _pointing(env: ImageEditTextEnv) -> NameFinder:
    return NameFinder(env.setup.encoder, pointing=True)


def draw(folder: Path, counts: dict[str, int], seed: int = 0, processes: int = 1) -> Iterator[int]:
    """Draw records into shards of a folder.

    Args:
        folder: gets one ``.npz`` and one ``.jsonl`` a shard, each replaced as a whole.
        counts: records by kind.
        seed: of the scenes.
        processes: that draw side by side.

    Yields:
        How many records of the next shard are there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        (kind, first, min(first + SHARD, count))
        for kind, count in counts.items()
        for first in range(0, count, SHARD)
    ]
    make = partial(_make_shard, folder, seed)
    if processes == 1:
        yield from map(make, wanted)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make, wanted)


def shard_name(kind: str, first: int) -> str:
    """Name of a shard without its ending."""
    return f"{kind}-{first:06d}"


def _make_shard(folder: Path, seed: int, wanted: tuple[str, int, int]) -> int:
    kind, first, end = wanted
    path = folder / f"{shard_name(kind, first)}.npz"
    if not path.exists():
        records = [record(kind, number, seed) for number in range(first, end)]
        lines = [json.dumps({"kind": r.kind, "turns": r.turns}) for r in records]
        path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
        arrays: dict[str, Any] = {
            name: np.stack([getattr(r.seen, name) for r in records]) for name in ARRAYS
        }
        part = path.with_suffix(".part.npz")
        np.savez(part, **arrays)
        os.replace(part, path)
    return end - first


class Drawn:
    """The records of a folder, in memory.

    Args:
        folder: of ``draw``.
        kinds: which to read; None for all.

    Attributes:
        picture, things, names, colours, embeddings: as in ``Seen``, with a leading axis.
        kinds: (records,) str.
        turns: by record.

    Raises:
        FileNotFoundError: there are none.
    """

    picture: NDArray[np.uint8]
    things: NDArray[np.uint8]
    names: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    embeddings: NDArray[np.float16]

    def __init__(self, folder: Path, kinds: Sequence[str] | None = None) -> None:
        paths = [
            path
            for path in sorted(folder.glob("*.npz"))
            if not path.name.endswith(".part.npz")
            and (kinds is None or path.stem.rsplit("-", 1)[0] in kinds)
        ]
        if not paths:
            raise FileNotFoundError(f"{folder} has no drawn records")
        lines = [json.loads(line) for p in paths for line in _lines(p.with_suffix(".jsonl"))]
        end = 0
        for path in paths:
            part = np.load(path)
            first, end = end, end + len(part[ARRAYS[0]])
            for name in ARRAYS:
                if not first:
                    shape = (len(lines), *part[name].shape[1:])
                    setattr(self, name, np.empty(shape, part[name].dtype))
                getattr(self, name)[first:end] = part[name]
        self.kinds = np.array([line["kind"] for line in lines])
        self.turns = [[tuple(turn) for turn in line["turns"]] for line in lines]

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.turns)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
