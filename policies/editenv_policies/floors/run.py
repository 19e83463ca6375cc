"""Measures the floors of an id, one row after the other."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from editenv_policies.baselines import OracleActor, PipelineActor, RandomActor
from editenv_policies.evaluation import HELD_OUT_SEED, Actor, Evaluation, play, score
from editenv_policies.floors.constants import ConstantActor, search_constants
from editenv_policies.floors.rows import Row, RowFile
from editenv_policies.floors.settings import TITLES, FloorSettings, fingerprint_of
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation.blind import hide
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.collect import Plan, collect
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.lessons import CallLessons
from editenv_policies.imitation.progress import track
from editenv_policies.imitation.training import TrainSettings, train

SEARCH_SEED = 500_000
"""First seed of the tasks on which constant sequences are searched."""

PACKAGES = ("editenv", "gymnasium", "numpy", "opencv-python-headless", "torch")

NETWORK = {"width": 64, "layers": 1}
"""A smaller network makes more updates in the same time, and solves more in two minutes of it."""

COLLECTING = 0.5
"""Share of a clone's time in which the oracle's episodes are collected, for all clones together."""

Found = tuple[Evaluation, dict[str, Any]]


def measure(
    settings: FloorSettings,
    path: Path | None = None,
    *,
    only: Sequence[str] | None = None,
    progress: bool = True,
) -> list[Row]:
    """Measure the rows that the file does not have yet; return all.

    Args:
        settings: what to measure.
        path: a JSON file that is written after each row; None for none.
        only: names of the rows; None for all, in the order of ``TITLES``.
        progress: show bars and say what was found.

    Raises:
        ValueError: an unknown row, or a file of something else.
    """
    names = list(TITLES) if only is None else list(only)
    for name in names:
        if name not in TITLES:
            raise ValueError(f"rows={name!r} is unknown: choose from {sorted(TITLES)}")
    rows, kept = [], RowFile(path)
    floors = Floors(settings, progress)
    try:
        for name in names:
            wanted = settings.of_row(name, floors.fingerprint)
            row = kept.find(name, wanted)
            if row is None:
                started = time.monotonic()
                found, detail = floors.measure(name)
                seconds = round(time.monotonic() - started, 1)
                made_by = {"command": settings.command, "versions": versions()}
                row = Row(name, wanted, found, seconds, detail, made_by)
                kept.add(row)
            if progress:
                print(f"{TITLES[name]}: {row.score}", file=sys.stderr, flush=True)
            rows.append(row)
    finally:
        floors.close()
    return rows


class Floors:
    """Measures rows; what several of them need is made once.

    Args:
        settings: what to measure.
        progress: show bars.
    """

    def __init__(self, settings: FloorSettings, progress: bool) -> None:
        self.settings = settings
        self._progress = progress
        self._held_out = HeldOut(settings.env_id, settings.episodes, arguments=settings.env_kwargs)
        self._env = self._held_out.make()
        torch.set_num_threads(settings.threads)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()

    @cached_property
    def fingerprint(self) -> str:
        """Of the environment."""
        return fingerprint_of(self._env, HELD_OUT_SEED)

    def measure(self, name: str) -> Found:
        """Measure one row of ``TITLES``: its score and further plain values."""
        rows: dict[str, Callable[[], Found]] = {
            "random": lambda: (self._play(RandomActor(self.settings.seed)), {}),
            "constant": self._constant,
            "pipeline": lambda: (self._play(PipelineActor()), {}),
            "clone": lambda: self._judge(self.clone),
            "clone-greyed": lambda: self._judge(self.clone, "picture"),
            "clone-no-picture": lambda: self._judge(self._train("picture")),
            "clone-no-instruction": lambda: self._judge(self._train("instruction")),
            "oracle": lambda: (self._play(OracleActor()), {}),
        }
        return rows[name]()

    def _play(self, actor: Actor) -> Evaluation:
        """Let an actor play the held-out tasks."""
        results = []
        with track(self.settings.episodes, type(actor).__name__, self._progress) as bar:
            for number in range(self.settings.episodes):
                results.append(play(actor, self._env, HELD_OUT_SEED + number))
                bar.update()
        return score(results)

    def _constant(self) -> Found:
        settings = self.settings
        first = SEARCH_SEED + settings.seed * 10_000
        with closing(replace(self._held_out, split=settings.search_split).make()) as env:
            found = search_constants(env, settings.search_tasks, first, progress=self._progress)
        searched = {str(one): [one.solved, one.tasks] for one in found}
        best = found[0]
        return self._play(ConstantActor(best.calls)), {"calls": str(best), "searched": searched}

    @cached_property
    def demonstrations(self) -> Demonstrations:
        """The oracle's episodes, for all clones."""
        settings = self.settings
        plan = Plan(
            settings.env_id,
            settings.train_episodes,
            settings.seed,
            env_kwargs=settings.env_kwargs,
        )
        limit = COLLECTING * 60 * settings.minutes
        return collect(plan, seconds=limit, progress=self._progress)

    @cached_property
    def clone(self) -> Clone:
        """The clone that sees everything."""
        return self._train()

    def _train(self, *hidden: str) -> Clone:
        torch.manual_seed(self.settings.seed)
        clone = Clone.for_env(self._env, hidden=hidden, **NETWORK)
        limit = TrainSettings(seconds=(1 - COLLECTING) * 60 * self.settings.minutes)
        data = self.demonstrations
        lessons = CallLessons(clone, data, self._progress)
        done = train(lessons, limit, seed=self.settings.seed, progress=self._progress)
        clone.notes = {
            "demonstrations": data.count,
            "steps": len(data),
            "updates": done.updates,
            "train_seconds": done.seconds,
            "losses": [round(loss, 4) for loss in done.losses],
            "cut": done.cut,
        }
        return clone

    def _judge(self, clone: Clone, *hidden: str) -> Found:
        """Let a clone play the held-out tasks, with something hidden at test only."""
        played = self._held_out.play_model(clone, see=lambda seen: hide(seen, hidden))
        return score(played), dict(clone.notes)


def versions() -> dict[str, str]:
    """Of Python and of the packages that figures depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
