"""Many environments in one process: the native vector environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, cast

import gymnasium
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from editenv.envs.actions import checked_actions
from editenv.envs.arguments import check_at_least, check_flag
from editenv.envs.episode import Episode, play
from editenv.envs.infos import batch_infos
from editenv.envs.observations import Observation
from editenv.envs.rendering import METADATA
from editenv.envs.resets import Resets
from editenv.envs.setup import EditSetup, SetupViews

RENDER_MODES = (None, "rgb_array", "ansi")


class ImageEditVectorEnv(SetupViews, VectorEnv[Observation, np.ndarray, np.ndarray]):
    """N sub-environments of ``ImageEditEnv`` that share tasks, tools and encoders.

    Seed for seed and action for action it gives the bytes that N single environments give, in
    ``gymnasium.vector.SyncVectorEnv``'s form. Each tool is called once a step with all pictures
    that it has to edit, observations are written into one buffer, and only what a call changed is
    written anew.

    Args:
        setup: what the sub-environments share.
        num_envs: how many sub-environments, at least 1.
        max_episode_steps: step limit of each sub-environment; None for no limit.
        autoreset_mode: ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``. Where it is disabled, a
            sub-environment whose episode has ended waits for
            ``reset(options={"reset_mask": mask})``: actions for it are ignored, its reward is 0,
            its flags and observation stay, and ``info`` has no entry for it.
        copy: whether observations belong to the caller. Without, the next step overwrites them.
        render_mode: None, ``"rgb_array"`` or ``"ansi"``.
        buffer: where observations are written, of the batched space's shapes and dtypes; None
            for new arrays.
        owns_setup: whether ``close`` closes the setup too; branches only borrow theirs.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.

    Attributes:
        setup: what the sub-environments share.
        episodes: the running episode of each sub-environment; empty before the first reset.
    """

    def __init__(
        self,
        setup: EditSetup,
        num_envs: int,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
        buffer: Observation | None = None,
        owns_setup: bool = False,
    ) -> None:
        check_at_least("num_envs", num_envs, 1)
        if max_episode_steps is not None:
            check_at_least("max_episode_steps", max_episode_steps, 1)
        check_flag("copy", copy)
        if render_mode not in RENDER_MODES:
            raise ValueError(f"render_mode={render_mode!r} is unknown: choose from {RENDER_MODES}")
        self.setup = setup
        self.num_envs = num_envs
        self.max_episode_steps = max_episode_steps
        self.autoreset_mode = _parse_mode(autoreset_mode)
        self.metadata = {**METADATA, "autoreset_mode": self.autoreset_mode}
        self.render_mode = render_mode
        self.copy = copy
        self.single_observation_space = setup.observation_space
        self.single_action_space = setup.action_space
        self.observation_space = batch_space(setup.observation_space, num_envs)
        self.action_space = batch_space(setup.action_space, num_envs)
        self.episodes: list[Episode] = []
        self._generators: list[np.random.Generator | None] = [None] * num_envs
        self._seeds: list[int | None] = [None] * num_envs
        self._owns_setup = owns_setup
        self._buffer = buffer or setup.observations.empty(num_envs)
        self._rows = self._rows_of(self._buffer)
        self._masks = np.zeros((num_envs, setup.codec.mask_size), np.int8)
        self._terminations = np.zeros(num_envs, np.bool_)
        self._truncations = np.zeros(num_envs, np.bool_)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Let the rows show the buffer again: a pickle and a deep copy part them from it."""
        self.__dict__.update(state)
        self._rows = self._rows_of(self._buffer)

    def _rows_of(self, buffer: Observation) -> list[Observation]:
        return [{key: rows[n] for key, rows in buffer.items()} for n in range(self.num_envs)]

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of each sub-environment."""
        return tuple(self._generator(number) for number in range(self.num_envs))

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each sub-environment's generator."""
        self.np_random  # noqa: B018 (a generator that was never asked for has no seed yet)
        return tuple(seed for seed in self._seeds if seed is not None)

    def _generator(self, number: int) -> np.random.Generator:
        generator = self._generators[number]
        if generator is None:
            generator, self._seeds[number] = seeding.np_random()
            self._generators[number] = generator
        return generator

    @property
    def over(self) -> np.ndarray:
        """Whose episode has ended and has not been started anew, (N,) bool."""
        return self._terminations | self._truncations

    def action_masks(self) -> np.ndarray:
        """Which numbers may be valid now: (N, ``mask_size``) bool, as ``info["action_mask"]``."""
        return self._masks.astype(bool)

    def reset(  # type: ignore[override]
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode in every sub-environment, or in those of a mask.

        Args:
            seed: reseeds them with ``seed``, ``seed + 1`` and so on, or each with its own.
                Neighbours with the same seed and task form a group that pays for one reset.
            options: ``"task"``: an ``EditTask`` or an index into the source, or a list with one
                for each sub-environment; ``"reset_mask"``: (N,) bool, those that start
                anew.

        Raises:
            ValueError: a list of the wrong length, a mask that is all False, or an unknown option.
            TypeError: a mask that is no bool array.
        """
        resets = Resets.parse(seed, options, self.num_envs)
        if not self.episodes:
            resets.check_all()
        numbers = np.flatnonzero(resets.mask).tolist()
        try:
            self._begin_all(numbers, lambda number: self._restart(number, resets))
        except BaseException:
            if len(self.episodes) < self.num_envs:
                self.episodes.clear()
            raise
        return self._observation(), self._infos(numbers)

    def _begin_all(self, numbers: Sequence[int], begin: Callable[[int], None]) -> None:
        """Begin in several and show them; where one cannot, those before it are shown."""
        begun: list[int] = []
        try:
            for number in numbers:
                begin(number)
                begun.append(number)
        finally:
            self._show(begun)

    def _restart(self, number: int, resets: Resets) -> None:
        if resets.repeats(number) and resets.mask[number - 1]:
            self._repeat(number)
        else:
            self._reseed(number, resets.seeds[number])
            self._start(number, resets.tasks[number])

    def _reseed(self, number: int, seed: int | None) -> None:
        if seed is not None:
            self._generators[number], self._seeds[number] = seeding.np_random(seed)

    def _repeat(self, number: int) -> None:
        """Start as the sub-environment before: the members of a group pay for one task together."""
        self._generators[number] = deepcopy(self._generators[number - 1])
        self._seeds[number] = self._seeds[number - 1]
        self._begin(number, self.episodes[number - 1].copy())

    def _start(self, number: int, task: Any = None) -> None:
        self._begin(number, self.setup.start(self._generator(number), task))

    def _begin(self, number: int, episode: Episode) -> None:
        if number == len(self.episodes):
            self.episodes.append(episode)
        else:
            self.episodes[number] = episode
        self._terminations[number] = self._truncations[number] = False

    def _show(self, numbers: Sequence[int]) -> None:
        """Write all observations of those that have begun; they are seen in one batch."""
        self._look(numbers)
        for number in numbers:
            instruction = self.episodes[number].workspace.task.instruction
            self.setup.observations.write_instruction(self._rows[number], instruction)
            self._write(number, changed=True)

    def _look(self, numbers: Sequence[int]) -> None:
        self.setup.observations.look([self.episodes[n].workspace.state for n in numbers])

    def _write(self, number: int, changed: bool) -> None:
        workspace, row = self.episodes[number].workspace, self._rows[number]
        self.setup.observations.write_progress(row, workspace)
        if changed:
            self.setup.observations.write_state(row, workspace.state)
        self.setup.codec.write_mask(self._masks[number], workspace)

    def step(
        self, actions: Any
    ) -> tuple[Observation, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Carry out one call in every sub-environment.

        Args:
            actions: (N, 3) int, with ``action_format="discrete"`` (N,) int.

        Returns:
            Observations, rewards (N,) float64, terminations and truncations (N,) bool, infos.

        Raises:
            InvalidAction: the actions are not in the action space.
            RuntimeError: before the first reset.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        self._check_begun()
        over = self.over
        space = cast(gymnasium.Space[Any], self.action_space)  # pyright: ignore[reportUnknownMemberType]
        actions = checked_actions(space, actions, over)
        restarting = self.autoreset_mode is AutoresetMode.NEXT_STEP
        begun = np.flatnonzero(over).tolist() if restarting else []
        self._begin_all(begun, self._start)
        acting = np.flatnonzero(~over).tolist()
        rewards = np.zeros(self.num_envs)
        self._play(acting, actions, rewards)
        told = acting if self.autoreset_mode is AutoresetMode.DISABLED else range(self.num_envs)
        terminations, truncations = self._terminations.copy(), self._truncations.copy()
        infos = self._restart_finished() if self.autoreset_mode is AutoresetMode.SAME_STEP else {}
        infos.update(self._infos(told))
        return self._observation(), rewards, terminations, truncations, infos

    def _play(self, numbers: Sequence[int], actions: np.ndarray, rewards: np.ndarray) -> None:
        plain, decode = actions.tolist(), self.setup.codec.decode
        episodes = [self.episodes[number] for number in numbers]
        transitions = play(self.setup, episodes, [decode(plain[n]) for n in numbers])
        changed = [t.after is not t.before for t in transitions]
        self._look([number for number, new in zip(numbers, changed, strict=True) if new])
        for number, episode, transition in zip(numbers, episodes, transitions, strict=True):
            rewards[number] = episode.reward
            self._terminations[number] = episode.terminated
            self._truncations[number] = self._is_over(episode)
            self._write(number, changed=transition.after is not transition.before)

    def _is_over(self, episode: Episode) -> bool:
        limit = self.max_episode_steps
        return episode.failed or (limit is not None and len(episode.workspace.history) >= limit)

    def _restart_finished(self) -> dict[str, Any]:
        """Start anew where an episode has ended; return what ``info`` says of its end."""
        numbers = np.flatnonzero(self.over).tolist()
        if not numbers:
            return {}
        final = np.full(self.num_envs, None, dtype=object)
        ended = np.zeros(self.num_envs, np.bool_)
        infos = {"final_info": self._infos(numbers), "_final_info": ended}
        for number in numbers:
            ended[number] = True
            final[number] = {key: value.copy() for key, value in self._rows[number].items()}
        self._begin_all(numbers, self._start)
        return {**infos, "final_obs": final, "_final_obs": ended.copy()}

    def _observation(self) -> Observation:
        if not self.copy:
            return dict(self._buffer)
        return {key: value.copy() for key, value in self._buffer.items()}

    def _infos(self, numbers: Sequence[int]) -> dict[str, Any]:
        infos = batch_infos(self.episodes, numbers, self._masks)
        for number in numbers:
            rare = self.episodes[number].rare()
            if rare:
                infos = self._add_info(infos, rare, number)
        return infos

    def branch(self, numbers: Sequence[int]) -> ImageEditVectorEnv:
        """Return a vector environment that goes on from present states of this one.

        Pictures are shared, none is copied. Nothing that happens in a branch is seen here. Its
        ``autoreset_mode`` is ``"Disabled"``; each sub-environment has its own copy of its
        origin's generator.

        Args:
            numbers: which sub-environments to branch, as often as wanted: ``[0, 0, 0, 5]``.

        Raises:
            ValueError: no number, or one that is not a sub-environment's.
            RuntimeError: before the first reset.
        """
        self._check_begun()
        found = np.asarray(numbers)
        ordinary = found.ndim == 1 and found.size > 0 and found.dtype.kind in "iu"
        if not ordinary or found.min() < 0 or found.max() >= self.num_envs:
            raise ValueError(f"numbers={numbers!r} must be some of 0 to {self.num_envs - 1}")
        chosen: list[int] = found.tolist()
        return branch_of(
            self.setup,
            [self.episodes[n] for n in chosen],
            [self._generator(n) for n in chosen],
            max_episode_steps=self.max_episode_steps,
            render_mode=self.render_mode,
        )

    def _resume(
        self, episodes: Sequence[Episode], generators: Sequence[np.random.Generator]
    ) -> None:
        """Go on from episodes in progress, each copied."""
        self.episodes = [episode.copy() for episode in episodes]
        self._generators = [deepcopy(generator) for generator in generators]
        self._seeds = [-1] * self.num_envs
        for number, episode in enumerate(self.episodes):
            self._terminations[number] = episode.terminated
            self._truncations[number] = self._is_over(episode)
        self._show(range(self.num_envs))

    def observe(self) -> Observation:
        """Return the observations of this moment.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        return self._observation()

    def _check_begun(self) -> None:
        if not self.episodes:
            raise RuntimeError("call reset() first: there are no tasks yet")

    def close_extras(self, **kwargs: Any) -> None:
        """Close what was built from names: models and connections."""
        if self._owns_setup:
            self.setup.close()

    def render(self) -> tuple[Any, ...] | None:
        """Return a frame (H', W', 3) uint8 or a text of each; None without a mode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self.render_mode is None:
            return None
        self._check_begun()
        if self.render_mode == "ansi":
            return tuple(episode.text() for episode in self.episodes)
        return tuple(episode.frame() for episode in self.episodes)


def branch_of(
    setup: EditSetup,
    episodes: Sequence[Episode],
    generators: Sequence[np.random.Generator],
    *,
    max_episode_steps: int | None,
    render_mode: str | None = None,
) -> ImageEditVectorEnv:
    """Build a vector environment that goes on from episodes in progress."""
    branches = ImageEditVectorEnv(
        setup,
        len(episodes),
        max_episode_steps=max_episode_steps,
        autoreset_mode=AutoresetMode.DISABLED,
        render_mode=render_mode if render_mode in RENDER_MODES else None,
    )
    branches._resume(episodes, generators)
    return branches


def _parse_mode(mode: str | AutoresetMode) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        accepted = [m.value for m in AutoresetMode]
        raise ValueError(f"autoreset_mode={mode!r} is unknown: choose from {accepted}") from None
