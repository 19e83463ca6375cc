"""Episodes of an oracle that undoes its slips; each depends on a seed and its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from editenv.envs.actions import ActionCodec
from editenv.envs.vector import ImageEditVectorEnv
from editenv.types import ToolCall
from editenv.workspace import CONTROLS, UNDO, Workspace
from editenv_policies.baselines import OracleActor
from editenv_policies.evaluation import HELD_OUT_SEED

SLIP = 0.15
"""Share of the oracle's calls before which a wrong one is made."""

NEAR = 0.5
"""Share of the slips that are the right tool with a wrong region or option."""

TRAIN_SEEDS = HELD_OUT_SEED - 100_000
"""Task seeds of demonstrations are below this, and so below those of held-out tasks."""

Moment = tuple[dict[str, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class OracleEpisode:
    """One episode from its start to its end. T: calls, M: ``sum(nvec)``.

    Attributes:
        number: its place in the run.
        seed: ``env.reset(seed=seed)`` gives its task.
        observations: (T + 1, ...) by the observation's key, the last row after the last call.
        masks: (T + 1, M) bool, which numbers may be valid.
        labels: (T, 3) int64, the oracle's calls, to be learnt.
        actions: (T, 3) int64, the calls that were made; they differ from the labels in slips.
        rewards: (T,) float64.
        terminations: (T,) bool.
        truncations: (T,) bool.
    """

    number: int
    seed: int
    observations: dict[str, np.ndarray]
    masks: np.ndarray
    labels: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    terminations: np.ndarray
    truncations: np.ndarray

    def __len__(self) -> int:
        """How many calls were made."""
        return len(self.labels)

    @property
    def moments(self) -> list[dict[str, np.ndarray]]:
        """What was seen before each call."""
        seen = self.observations
        return [{key: seen[key][step] for key in seen} for step in range(len(self))]

    def lessons(self, first: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give mask and label of each call."""
        return zip(self.masks[:-1], self.labels, strict=True)


def task_seed(seed: int, number: int) -> int:
    """Return the seed of an episode's task; no two of a run's first 900,000 are the same."""
    first = int(np.random.default_rng(seed).integers(TRAIN_SEEDS))
    return (first + number) % TRAIN_SEEDS


def oracle_episodes(
    envs: ImageEditVectorEnv, numbers: Iterable[int], seed: int, slip: float = SLIP
) -> Iterator[OracleEpisode]:
    """Play episodes in parallel and yield each when it ends.

    An episode depends only on ``seed``, ``slip`` and its number, not on the other episodes.

    Args:
        envs: with ``autoreset_mode="Disabled"``.
        numbers: of the episodes; the next is taken when a sub-environment is free.
        seed: of tasks and slips.
        slip: share of the oracle's calls before which a wrong one is made, 0 to 1.
    """
    waiting = iter(numbers)
    players = [_Player(envs, place, seed, slip) for place in range(envs.num_envs)]
    free = list(range(envs.num_envs))
    while True:
        _begin(envs, [players[place] for place in free], waiting)
        playing = [player for player in players if player.number is not None]
        if not playing:
            return
        actions = np.zeros((len(players), 3), np.int64)
        for player in playing:
            actions[player.place] = player.decide()
        outcome = _Outcome.of(envs, actions)
        free = []
        for player in playing:
            episode = player.see(outcome)
            if episode is not None:
                free.append(player.place)
                yield episode


def _begin(envs: ImageEditVectorEnv, players: list[_Player], waiting: Iterator[int]) -> None:
    """Start the next episodes in free sub-environments."""
    begun = [player for player in players if player.take(next(waiting, None))]
    if not begun:
        return
    seeds: list[int | None] = [None] * envs.num_envs
    mask = np.zeros(envs.num_envs, np.bool_)
    for player in begun:
        seeds[player.place], mask[player.place] = player.seed, True
    first = not envs.episodes
    observation, _ = envs.reset(seed=seeds, options=None if first else {"reset_mask": mask})
    masks = envs.action_masks()
    for player in begun:
        player.begin(observation, masks)


@dataclass(frozen=True)
class _Outcome:
    """The result of a step of all sub-environments."""

    observation: dict[str, np.ndarray]
    masks: np.ndarray
    rewards: np.ndarray
    terminations: np.ndarray
    truncations: np.ndarray

    @classmethod
    def of(cls, envs: ImageEditVectorEnv, actions: np.ndarray) -> _Outcome:
        observation, rewards, terminations, truncations, _ = envs.step(actions)
        return cls(observation, envs.action_masks(), rewards, terminations, truncations)


class _Seat:
    """A sub-environment in the form that an actor asks for."""

    def __init__(self, envs: ImageEditVectorEnv, place: int) -> None:
        self._envs, self._place = envs, place
        self.unwrapped = self
        self.encode = envs.setup.codec.encode

    @property
    def workspace(self) -> Workspace:
        return self._envs.episodes[self._place].workspace


class _Player:
    """Plays the oracle in one sub-environment: makes the right call, or slips."""

    def __init__(self, envs: ImageEditVectorEnv, place: int, seed: int, slip: float) -> None:
        self.place = place
        self.number: int | None = None
        self.seed = 0
        self._seat: Any = _Seat(envs, place)
        self._codec = envs.setup.codec
        self._actor = OracleActor()
        self._run, self._slip = seed, slip

    def take(self, number: int | None) -> bool:
        """Start on an episode; False if there is none."""
        self.number = number
        if number is not None:
            self.seed = task_seed(self._run, number)
            self._rng = np.random.default_rng([self._run, number])
        return number is not None

    def begin(self, observation: dict[str, np.ndarray], masks: np.ndarray) -> None:
        """Look at the sub-environment that was reset."""
        self._planned: np.ndarray | None = None
        self._slipped = False
        self._moments = [self._moment(observation, masks)]
        self._steps: list[tuple[np.ndarray, np.ndarray, float, bool, bool]] = []
        self._actor.reset(self._seat)

    def decide(self) -> np.ndarray:
        """Return the action to carry out."""
        self._right, action = self._choose()
        self._action = action
        return action

    def see(self, outcome: _Outcome) -> OracleEpisode | None:
        """Record the result of the action; return the episode if it has ended."""
        place = self.place
        ended, cut = bool(outcome.terminations[place]), bool(outcome.truncations[place])
        reward = float(outcome.rewards[place])
        self._steps.append((self._right, self._action, reward, ended, cut))
        self._moments.append(self._moment(outcome.observation, outcome.masks))
        return self._finish() if ended or cut else None

    def _moment(self, observation: dict[str, np.ndarray], masks: np.ndarray) -> Moment:
        seen = {key: value[self.place].copy() for key, value in observation.items()}
        return seen, masks[self.place].copy()

    def _finish(self) -> OracleEpisode:
        assert self.number is not None
        seen, masks = zip(*self._moments, strict=True)
        labels, actions, rewards, ended, cut = zip(*self._steps, strict=True)
        return OracleEpisode(
            number=self.number,
            seed=self.seed,
            observations={key: np.stack([row[key] for row in seen]) for key in seen[0]},
            masks=np.stack(masks),
            labels=np.stack(labels).astype(np.int64),
            actions=np.stack(actions).astype(np.int64),
            rewards=np.array(rewards),
            terminations=np.array(ended),
            truncations=np.array(cut),
        )

    def _choose(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the right action, and the one to carry out."""
        if self._slipped:
            self._slipped = False
            undo = self._codec.encode(ToolCall(UNDO))
            return undo, undo
        if self._planned is None:
            self._planned = np.asarray(self._actor.act(None, self._seat))
        right = self._planned
        wrong = self._wrong(right) if self._rng.random() < self._slip else None
        if wrong is not None:
            self._slipped = True
            return right, self._codec.encode(wrong)
        self._planned = None
        return right, right

    def _wrong(self, action: np.ndarray) -> ToolCall | None:
        right = self._codec.decode(action)
        return wrong_call(self._rng, right, self._codec, self._seat.workspace)


def wrong_call(
    rng: np.random.Generator, right: ToolCall, codec: ActionCodec, workspace: Workspace
) -> ToolCall | None:
    """Draw a valid call other than the right one; None where there is none.

    Args:
        rng: draws the call.
        right: the oracle's call.
        codec: knows all calls.
        workspace: the state before the call.
    """
    calls = [
        call
        for call in codec.calls
        if call != right
        and call.tool not in CONTROLS
        and workspace.regions[call.region] is not None
    ]
    near = [call for call in calls if call.tool == right.tool]
    if near and rng.random() < NEAR:
        calls = near
    return calls[rng.integers(len(calls))] if calls else None
