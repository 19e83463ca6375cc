"""The native vector environment as a ``VecEnv`` of Stable-Baselines3."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from editenv.envs.vector import ImageEditVectorEnv
from editenv_policies.sb3.bootstrap import value_after
from editenv_policies.sb3.in_flight import InFlight
from editenv_policies.sb3.unfamiliar import Unfamiliar

SPACES = ("action_space", "observation_space")
"""Attributes that SB3 reads from one sub-environment, but that concern all of them."""

MASKS = "action_masks"
"""What sb3-contrib calls the method that returns the masks."""


class ImageEditVecEnv(VecEnv):
    """Lets SB3's algorithms learn in an ``ImageEditVectorEnv``.

    It keeps the episodes' returns and lengths as SB3's ``Monitor`` does (``info["episode"]``) and
    answers ``env_method("action_masks")`` for MaskablePPO.

    Args:
        envs: with ``autoreset_mode="SameStep"``, as SB3's algorithms expect, or ``"Disabled"``:
            then a sub-environment whose episode has ended waits for ``reset``, and stays done.
        seed: of the first sub-environment; the next ones count up.
        unfamiliar: changes observations; None leaves them as they are.
        limit_ends: treat the step limit, but not a failure, as the end of the episode. Right if
            success is judged within the limit, which ``steps_left`` shows (Pardo et al., 2018,
            "Time Limits in Reinforcement Learning"); otherwise a policy may wait forever for the
            reward of submitting.

    Raises:
        ValueError: ``autoreset_mode="NextStep"``.
    """

    def __init__(
        self,
        envs: ImageEditVectorEnv,
        *,
        seed: int | None = None,
        unfamiliar: Unfamiliar | None = None,
        limit_ends: bool = False,
    ) -> None:
        if envs.autoreset_mode is AutoresetMode.NEXT_STEP:
            envs.close()
            raise ValueError("autoreset_mode='NextStep': SB3 needs 'SameStep' or 'Disabled'")
        self.envs = envs
        self._in_flight = InFlight(envs, unfamiliar)
        self._to_take: dict[str, Any] | None = None
        self.render_mode = envs.render_mode
        self._critic: BaseAlgorithm | None = None
        self._limit_ends = limit_ends
        self._start = time.monotonic()
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)
        self.metadata = envs.metadata
        self.seed(seed)

    def reset(self) -> Any:
        """Start an episode everywhere; seeded the first time and after ``seed``.

        After ``take_state`` the episodes of that state continue instead.
        """
        if self._to_take is not None:
            state, self._to_take = self._to_take, None
            self._reset_seeds()
            return self._in_flight.play_again(state)
        self._in_flight.before_reset(self._seeds)
        tasks = [options.get("task") for options in self._options]
        observation, infos = self.envs.reset(seed=self._seeds, options={"task": tasks})
        self.reset_infos = [_info_of(infos, number) for number in range(self.num_envs)]
        self._in_flight.after_reset()
        self._reset_seeds()
        self._reset_options()
        return self._in_flight.shown(observation)

    def state(self) -> dict[str, Any]:
        """Return what ``take_state`` takes, in plain values."""
        return self._in_flight.state()

    def take_state(self, state: dict[str, Any]) -> None:
        """Let the next ``reset`` continue from the state of another such environment.

        Raises:
            ValueError: that one had another number of sub-environments.
        """
        if (there := len(state["calls"])) != self.num_envs:
            raise ValueError(f"num_envs={self.num_envs}, but the checkpoint has {there}")
        self._to_take = state

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Carry out one call in each sub-environment; ended episodes are reset."""
        observation, rewards, terminations, truncations, batched = self.envs.step(self._actions)
        dones = terminations | truncations
        self._in_flight.after_step(self._actions, rewards, dones)
        infos = [self._info(n, bool(dones[n]), observation, batched) for n in range(self.num_envs)]
        cut = np.flatnonzero(truncations & ~terminations).tolist()
        late = [number for number in cut if self._goes_on(infos[number])]
        if self._critic is None:
            for number in late:
                infos[number]["TimeLimit.truncated"] = True
        elif late:
            last = [infos[number]["terminal_observation"] for number in late]
            rewards[late] += value_after(self._critic, last)
        return self._in_flight.shown(observation), rewards.astype(np.float32), dones, infos

    def _goes_on(self, info: dict[str, Any]) -> bool:
        """Whether something would have come after an episode that was cut."""
        # A sub-environment that waits for its reset has reported its end before.
        just_cut = "terminal_observation" in info
        return just_cut and (not self._limit_ends or "failure" in info)

    def bootstrap_with(self, model: BaseAlgorithm) -> None:
        """Let an on-policy model estimate the value after every step limit at once.

        SB3 adds the discounted value of the last observation to the reward where an episode was
        truncated, one observation at a time, which took a fifth of PPO's time here. With this the
        rewards already include it, computed in one batch, and ``"TimeLimit.truncated"`` is never
        set.

        Args:
            model: PPO, A2C or MaskablePPO, which learns in this environment.
        """
        self._critic = model

    def _info(
        self, number: int, done: bool, observation: Any, batched: dict[str, Any]
    ) -> dict[str, Any]:
        """The ``info`` that SB3 gets of a sub-environment, with its end if it has just ended."""
        ended = done and "final_info" in batched
        info = _info_of(batched["final_info"] if ended else batched, number)
        info["TimeLimit.truncated"] = False
        if done and len(info) > 1:
            rows = batched["final_obs"][number] if ended else _row(observation, number)
            info["terminal_observation"] = rows
            info["episode"] = self._finish_record(number)
        if ended:
            self.reset_infos[number] = _info_of(batched, number)
        return info

    def _finish_record(self, number: int) -> dict[str, float]:
        running = self._in_flight
        record = {
            "r": round(float(running.returns[number]), 6),
            "l": int(running.lengths[number]),
            "t": round(time.monotonic() - self._start, 6),
        }
        running.returns[number] = running.lengths[number] = 0
        return record

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Return each sub-environment's mask or frame, or call a shared method."""
        numbers = list(self._get_indices(indices))
        found = getattr(self.envs, method_name)(*method_args, **method_kwargs)
        if method_name in (MASKS, "render") and found is not None:
            return [found[number] for number in numbers]
        return [found] * len(numbers)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Read an attribute of each sub-environment's episode, or a shared one."""
        numbers = list(self._get_indices(indices))
        if attr_name in ("np_random", "np_random_seed"):
            return [getattr(self.envs, attr_name)[number] for number in numbers]
        episodes = self.envs.episodes
        for parts in (episodes, [episode.workspace for episode in episodes]):
            if parts and hasattr(parts[0], attr_name):
                return [getattr(parts[number], attr_name) for number in numbers]
        shared = f"single_{attr_name}" if attr_name in SPACES else attr_name
        return [getattr(self.envs, shared)] * len(numbers)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Not supported: the sub-environments share their attributes.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(f"attr_name={attr_name!r}: shared by all; make new environments")

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """No sub-environment is wrapped; this class does the work of ``Monitor``."""
        from stable_baselines3.common.monitor import Monitor

        wrapped = issubclass(Monitor, wrapper_class)
        return [wrapped for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[Any]:
        """One frame per sub-environment; None for each without a render mode."""
        return self.envs.render() or [None] * self.num_envs

    def close(self) -> None:
        """Close the vector environment."""
        self.envs.close()


def make_sb3_vec_env(
    env_id: str,
    num_envs: int,
    *,
    seed: int | None = None,
    autoreset_mode: str = AutoresetMode.SAME_STEP.value,
    unfamiliar: Unfamiliar | None = None,
    limit_ends: bool = False,
    **arguments: Any,
) -> ImageEditVecEnv:
    """Make a vector environment of an id for SB3.

    Args:
        env_id: a registered id.
        num_envs: number of sub-environments.
        seed: of the first one.
        autoreset_mode: ``"SameStep"`` or ``"Disabled"``.
        unfamiliar: changes observations, in training only.
        limit_ends: see ``ImageEditVecEnv``.
        arguments: of ``gymnasium.make_vec``, such as ``max_episode_steps``.

    Raises:
        ValueError: ``autoreset_mode="NextStep"``, or ``num_workers``.
    """
    envs = gymnasium.make_vec(env_id, num_envs=num_envs, autoreset_mode=autoreset_mode, **arguments)
    if not isinstance(envs, ImageEditVectorEnv):
        envs.close()
        raise ValueError(
            f"env_id={env_id!r} with {arguments} is a {type(envs).__name__}, but SB3 learns in the "
            f"native vector environment of this process: leave out num_workers"
        )
    return ImageEditVecEnv(envs, seed=seed, unfamiliar=unfamiliar, limit_ends=limit_ends)


def _info_of(infos: dict[str, Any], number: int) -> dict[str, Any]:
    """The ``info`` of one sub-environment, as a single environment gives it."""
    return {
        key: _info_of(value, number) if isinstance(value, dict) else value[number]
        for key, value in infos.items()
        if not key.startswith(("_", "final_")) and _has(infos, key, number)
    }


def _row(observation: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    return {key: value[number].copy() for key, value in observation.items()}


def _has(infos: dict[str, Any], key: str, number: int) -> bool:
    return bool(infos[f"_{key}"][number])
