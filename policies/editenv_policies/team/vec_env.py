"""A team that acts at once: an SB3 vector environment with a row for each agent, and a learner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sb3_contrib import MaskablePPO
from stable_baselines3.common.vec_env import VecEnv

from editenv_policies.sb3.learning import ModelLearner
from editenv_policies.sb3.models import OPTIMIZER
from editenv_policies.team.in_flight import EpisodeLog
from editenv_policies.team.learner import ENTROPY, with_batches
from editenv_policies.team.policy import TeamPolicy, layout_of
from editenv_policies.team.streams import RECENT, SEEDS_APART, stack

MASKS = "action_masks"
"""What sb3-contrib calls the method that returns the masks."""


class TeamVecEnv(VecEnv):
    """Parallel team environments side by side; all agents act at once and share one policy.

    Rows are agents: those of the first environment, then those of the second, and so on.
    SuperSuit's vector environment does the same but loses ``action_masks``, which MaskablePPO asks
    for. At the end of an episode ``info["episode"]`` has the team's return and number of calls.

    Args:
        make_env: builds ``image_edit_v0.parallel_env(..., uniform_spaces="flat")``.
        num_envs: how many of them.
        seed: of the first one; the next ones count on.

    Raises:
        ValueError: fewer than one environment, or agents with different spaces.
    """

    def __init__(self, make_env: Callable[[], Any], num_envs: int, seed: int = 0) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs={num_envs!r} must be at least 1")
        self._envs = [make_env() for _ in range(num_envs)]
        self._logs = [EpisodeLog(env) for env in self._envs]
        self._to_take: list[dict[str, Any]] | None = None
        first = self._envs[0]
        self._agents = list(first.possible_agents)
        spaces = {id(first.action_space(agent)) for agent in self._agents}
        if len(spaces) > 1:
            raise ValueError("the agents' spaces differ: pass uniform_spaces='flat'")
        agent = self._agents[0]
        self.render_mode = first.render_mode
        super().__init__(
            num_envs * len(self._agents), first.observation_space(agent), first.action_space(agent)
        )
        self.seed(seed)

    @property
    def agents(self) -> list[str]:
        """The agent of each row of one environment."""
        return list(self._agents)

    def reset(self) -> Any:
        """Start an episode everywhere; seeded the first time and after ``seed``.

        After ``take_state`` the episodes of that state go on instead.
        """
        if self._to_take is not None:
            states, self._to_take = self._to_take, None
            self._reset_seeds()
            seen = [log.play_again(s)[0] for log, s in zip(self._logs, states, strict=True)]
            return stack([each[agent] for each in seen for agent in self._agents])
        rows = []
        for number in range(len(self._envs)):
            row = number * len(self._agents)
            rows += self._start(number, seed=self._seeds[row], options=self._options[row] or None)
        self._reset_seeds()
        self._reset_options()
        return stack(rows)

    def state(self) -> list[dict[str, Any]]:
        """Return what ``take_state`` takes, in plain values."""
        return [log.state() for log in self._logs]

    def take_state(self, state: list[dict[str, Any]]) -> None:
        """Let the next ``reset`` go on from where other environments of the kind were.

        Raises:
            ValueError: those were more, or fewer.
        """
        if len(state) != len(self._envs):
            raise ValueError(f"num_envs={len(self._envs)}, but the checkpoint has {len(state)}")
        self._to_take = state

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset: ``seed`` for the first environment, the next ones count on."""
        if seed is None:
            seed = int(np.random.randint(2**31 - self.num_envs))
        self._seeds = [seed + row // len(self._agents) for row in range(self.num_envs)]
        return self._seeds

    def _start(self, number: int, **arguments: Any) -> list[dict[str, np.ndarray]]:
        observations, infos = self._logs[number].reset(**arguments)
        first = number * len(self._agents)
        self.reset_infos[first : first + len(self._agents)] = [infos[a] for a in self._agents]
        return [observations[agent] for agent in self._agents]

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions, one a row."""
        self._actions = np.asarray(actions).reshape(len(self._envs), len(self._agents))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Play a round in every environment; one that has ended starts anew."""
        rows, rewards, dones, infos = [], [], [], []
        for number, (env, actions) in enumerate(zip(self._envs, self._actions, strict=True)):
            seen, gained, terminated, truncated, told = self._logs[number].step(
                dict(zip(self._agents, actions.tolist(), strict=True))
            )
            over, rounds = not env.agents, env.rounds
            record = {"r": rounds.team_return, "l": len(rounds.base.workspace.history)}
            rows += self._start(number) if over else [seen[agent] for agent in self._agents]
            for agent in self._agents:
                info = {**told[agent]}
                info["TimeLimit.truncated"] = truncated[agent] and not terminated[agent]
                if over:
                    info |= {"terminal_observation": seen[agent], "episode": record}
                rewards.append(gained[agent])
                dones.append(over)
                infos.append(info)
        return stack(rows), np.array(rewards, np.float32), np.array(dones), infos

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of each row's environment, or ask for each row's mask."""
        rows = self._get_indices(indices)
        if method_name == MASKS:
            return [self._mask(row) for row in rows]
        return [getattr(self._env(r), method_name)(*method_args, **method_kwargs) for r in rows]

    def _env(self, row: int) -> Any:
        return self._envs[row // len(self._agents)]

    def _mask(self, row: int) -> np.ndarray:
        return self._env(row).action_mask(self._agents[row % len(self._agents)]).astype(bool)

    def has_attr(self, attr_name: str) -> bool:
        """Whether the environments have it; masks they always have."""
        return attr_name == MASKS or all(hasattr(env, attr_name) for env in self._envs)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Read an attribute of each row's environment."""
        return [getattr(self._env(row), attr_name) for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of each row's environment."""
        for row in self._get_indices(indices):
            setattr(self._env(row), attr_name, value)

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """PettingZoo's parallel environments have no Gymnasium wrappers."""
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[Any]:
        """One frame an environment."""
        return [env.render() for env in self._envs]

    def close(self) -> None:
        """Close all of them."""
        for env in self._envs:
            env.close()


def learner_at_once(
    make_env: Callable[[], Any], *, num_envs: int = 32, seed: int = 0, **changes: Any
) -> ModelLearner:
    """Make a learner of one policy for all agents, who act on what the last round left.

    A step of it is a round.

    Args:
        make_env: builds ``image_edit_v0.parallel_env(..., uniform_spaces="flat")``.
        num_envs: environments side by side.
        seed: of weights, sampling and tasks.
        changes: settings of MaskablePPO, in place of ``editenv_policies.team.learner.SETTINGS``.
    """
    env = TeamVecEnv(make_env, num_envs)
    agents = len(env.agents)
    model = MaskablePPO(
        TeamPolicy,
        env,
        seed=seed,
        policy_kwargs={"layout": layout_of(make_env()), **OPTIMIZER},
        device="cpu",
        stats_window_size=RECENT * agents,
        **with_batches(changes, env.num_envs),
    )
    # MaskablePPO has just seeded the environments with its own seed, close to the next run's.
    env.seed(seed * SEEDS_APART)
    return ModelLearner(model, ENTROPY, rows=agents)
