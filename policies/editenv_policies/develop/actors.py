"""Actors for the environment of sliders: none of them learns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import gymnasium
import numpy as np

from editenv.develop import Sliders
from editenv.develop.histogram import histogram
from editenv.tasks.developing import LEAST_MOVE, REACH
from editenv.tasks.language.adjustments import SIDES, STRONG, Sides
from editenv.tools.faults import SOMEWHAT, TOO_MUCH, TOO_MUCH_A_BIT, VERY
from editenv_policies.evaluation import Actor

GREAT, SMALL = (1.0 + STRONG) / 2, (LEAST_MOVE + STRONG) / 2
"""Middle of the great and of the small faults, as shares of a slider's reach."""

USUAL = (1.0 + LEAST_MOVE) / 2
"""Middle of all faults, where the words don't say how great one is."""

DEGREES = (*TOO_MUCH, *TOO_MUCH_A_BIT, *VERY, *SOMEWHAT)

GREY = 128
"""What a blind actor sees everywhere."""


class Still:
    """Leaves all sliders where they are."""

    def reset(self, env: gymnasium.Env) -> None:
        """Nothing to prepare."""

    def act(self, observation: Any, env: gymnasium.Env) -> np.ndarray:
        """Return zeros."""
        return np.zeros(env.action_space.shape or (), np.float32)


class Random:
    """Moves all sliders anywhere.

    Args:
        seed: of its own generator.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)

    def reset(self, env: gymnasium.Env) -> None:
        """Nothing to prepare."""

    def act(self, observation: Any, env: gymnasium.Env) -> np.ndarray:
        """Draw a point of the action space."""
        return self._rng.uniform(-1.0, 1.0, env.action_space.shape).astype(np.float32)


class Reader:
    """A pipeline: reads the words and moves the sliders that they name, without a look.

    It knows every word of the tasks, of all splits: which slider a quality belongs to, in which
    direction it is mended, and what the degrees mean. For each it moves by the middle of what the
    words can mean. A slider of which only the matter is named ("the contrast") it leaves, because
    nothing says in which direction it stands wrong.
    """

    def reset(self, env: gymnasium.Env) -> None:
        """Read the instruction."""
        base: Any = env.unwrapped
        moves = read_moves(base.task.instruction)
        known = {name: moves[name] * REACH[name] for name in base.sliders if name in moves}
        self._action = base.encode(Sliders.of(known))

    def act(self, observation: Any, env: gymnasium.Env) -> np.ndarray:
        """Return what was read."""
        return self._action


class Oracle:
    """Moves the sliders where the task has them hidden."""

    def reset(self, env: gymnasium.Env) -> None:
        """Look them up.

        Raises:
            ValueError: a task that knows none, such as a pair of a data set.
        """
        base: Any = env.unwrapped
        sliders = base.task.metadata.get("sliders")
        if sliders is None:
            raise ValueError(f"task {base.task.metadata.get('id')!r} has no sliders to look up")
        self._action = base.encode(sliders)

    def act(self, observation: Any, env: gymnasium.Env) -> np.ndarray:
        """Return what was looked up."""
        return self._action


class Blind:
    """Another actor that sees a grey picture and the histograms of one.

    Args:
        actor: who acts.
    """

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def reset(self, env: gymnasium.Env) -> None:
        """Let the other one get ready."""
        self._actor.reset(env)

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Grey the observation."""
        return self._actor.act(greyed(observation), env)


def greyed(observation: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return an observation in which nothing is seen of the photo."""
    seen = dict(observation)
    for key in seen.keys() & {"histogram", "source_histogram"}:
        grey = np.full((8, 8, 3), GREY, np.uint8)
        seen[key] = histogram(grey, observation[key].shape[-1])
    if "image" in seen:
        seen["image"] = np.full_like(observation["image"], GREY)
    return seen


def read_moves(instruction: str) -> dict[str, float]:
    """Return which sliders an instruction moves, from -1 to 1 of their reach.

    >>> read_moves("The photo is far too dark and a bit cold.")
    {'exposure': 0.825, 'temperature': 0.525}
    """
    text = f" {instruction.lower()} "
    found = {name: _read(text, sides) for name, sides in SIDES.items()}
    return {name: move for name, move in found.items() if move is not None}


def _read(text: str, sides: Sides) -> float | None:
    """Return the move that one slider's words ask for; None where there are none."""
    for sign, goals in ((-1.0, sides.goals[:2]), (1.0, sides.goals[2:])):
        faults = [sides.faults.by_goal[goal] for goal in goals]
        qualities = _any_of(word for fault in faults for word in fault.qualities)
        # With its degree first: "far too dark" holds "too dark", which says less.
        degree = re.search(rf"\b({_any_of(DEGREES)}) (?:{qualities})\b", text)
        if degree:
            return sign * _size(degree[1])
        seen = _any_of(word for fault in faults for word in (*fault.qualities, *fault.seen))
        if re.search(rf"\b(?:{seen})\b", text):
            return sign * USUAL
    return None


def _size(degree: str) -> float:
    return GREAT if degree in (*TOO_MUCH, *VERY) else SMALL


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern of words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


ACTORS: dict[str, Callable[[], Actor]] = {
    "no-op": Still,
    "random": Random,
    "pipeline": Reader,
    "oracle": Oracle,
}
"""By name: what builds an actor that needs no training."""
