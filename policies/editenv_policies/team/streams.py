"""Collects what each agent of several teams saw, did and earned, turn by turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.vec_env import VecTransposeImage

from editenv_policies.sb3.bootstrap import value_after
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.team.decision import Decision
from editenv_policies.team.in_flight import EpisodeLog

SEEDS_APART = 10_000
"""How far the environments' seeds of two runs' seeds are apart."""

RECENT = 100
"""Episodes behind the mean reward and success."""


class RoundCollector:
    """Plays AEC environments in step, role by role, and fills the models' rollout buffers.

    A decision's reward is all that its agent earns from it to its next decision, as in PettingZoo's
    ``last()``; a decision goes into the buffer when the next one is made. At the limit of rounds
    what was expected to come after it is added, as SB3 does, unless ``limit_ends``. An environment
    in which something fails waits for the end of the round; nothing is learned from its last
    decisions.

    Args:
        envs: of ``image_edit_v0`` with ``uniform_spaces="flat"``.
        seed: the environments' first seeds are ``seed * 10_000`` and on.
        unfamiliar: what observations go through; None leaves them as they are.
        limit_ends: nothing comes after the limit of rounds, see ``ImageEditVecEnv``.

    Raises:
        ValueError: several agents of a role, or a limit of calls that can end a round early.
    """

    def __init__(
        self,
        envs: Sequence[Any],
        seed: int,
        *,
        unfamiliar: Unfamiliar | None = None,
        limit_ends: bool = False,
    ) -> None:
        self._unfamiliar, self._limit_ends = unfamiliar, limit_ends
        self.envs = [env.unwrapped for env in envs]
        rounds = self.envs[0].rounds
        self.agents: list[str] = list(self.envs[0].possible_agents)
        roles = {rounds.roster.role_of[agent] for agent in rounds.roster.agents}
        if len(roles) < len(rounds.roster.agents):
            raise ValueError(f"team={rounds.roster.agents}: one agent a role, all play in step")
        if rounds.max_calls < 2 * rounds.max_cycles:
            raise ValueError(
                f"max_calls={rounds.max_calls} must be at least twice max_cycles="
                f"{rounds.max_cycles}, so that every round ends with its critic"
            )
        self._episodes: deque[tuple[float, bool]] = deque(maxlen=RECENT)
        self._logs = [EpisodeLog(env) for env in self.envs]
        self.reseed(seed * SEEDS_APART)

    def reseed(self, seed: int) -> None:
        """Drop the running episodes and start new ones, with seeds from ``seed`` on."""
        count = len(self.envs)
        self._pending: dict[str, Decision] = {}
        self._earned = {agent: np.zeros(count, np.float32) for agent in self.agents}
        self._start = {agent: np.ones(count, np.float32) for agent in self.agents}
        self._void = {agent: np.zeros(count, np.bool_) for agent in self.agents}
        for number, log in enumerate(self._logs):
            log.reset(seed=seed + number)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return what ``take_state`` takes: plain values, and arrays by ``"AGENT/WHAT"``."""
        arrays: dict[str, np.ndarray] = {}
        for agent in self.agents:
            parts = {name: kept[agent].copy() for name, kept in self._kept().items()}
            if agent in self._pending:
                parts |= self._pending[agent].arrays()
            arrays |= {f"{agent}/{name}": part for name, part in parts.items()}
        plain = {"logs": [log.state() for log in self._logs], "episodes": list(self._episodes)}
        if self._unfamiliar is not None:
            plain["mixing"] = self._unfamiliar.random_state
        return plain, arrays

    def take_state(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from where another collector was.

        Raises:
            ValueError: it had more environments, or fewer.
        """
        logs = plain["logs"]
        if len(logs) != len(self.envs):
            raise ValueError(f"num_envs={len(self.envs)}, but the checkpoint has {len(logs)}")
        for log, state in zip(self._logs, logs, strict=True):
            log.play_again(state)
        self._episodes = deque(((r, solved) for r, solved in plain["episodes"]), maxlen=RECENT)
        if self._unfamiliar is not None:
            self._unfamiliar.random_state = plain["mixing"]
        self._pending = {}
        for agent in self.agents:
            first = f"{agent}/"
            parts = {k.removeprefix(first): v for k, v in arrays.items() if k.startswith(first)}
            for name, kept in self._kept().items():
                kept[agent] = parts.pop(name)
            if parts:
                self._pending[agent] = Decision.of(parts)

    def _kept(self) -> dict[str, dict[str, np.ndarray]]:
        return {"earned": self._earned, "first": self._start, "void": self._void}

    def recent(self) -> dict[str, float]:
        """Mean return of the team and success of the last episodes; 0 before the first one ends."""
        if not self._episodes:
            return {"reward": 0.0, "success": 0.0}
        rewards, solved = zip(*self._episodes, strict=True)
        return {"reward": float(np.mean(rewards)), "success": float(np.mean(solved))}

    def collect(self, models: Mapping[str, MaskablePPO]) -> int:
        """Fill every model's buffer; return the number of rounds, over all environments."""
        distinct = list(dict.fromkeys(models.values()))
        for model in distinct:
            model.rollout_buffer.reset()
            model.policy.set_training_mode(False)
        rounds = 0
        while not all(model.rollout_buffer.full for model in distinct):
            self._play_round(models)
            rounds += len(self.envs)
        return rounds

    def _play_round(self, models: Mapping[str, MaskablePPO]) -> None:
        ready: dict[MaskablePPO, list[tuple[Decision, np.ndarray, Decision]]] = {}
        for agent in self.agents:
            model = models[agent]
            decision = self._decide(model, agent)
            if agent in self._pending:
                earned = self._paid(agent)
                ready.setdefault(model, []).append((self._pending[agent], earned, decision))
            self._pending[agent] = decision
            self._earned[agent][:] = 0.0
            self._start[agent][:] = 0.0
            for number, (env, action) in enumerate(zip(self.envs, decision.action, strict=True)):
                if env.rounds.over:
                    # Something has failed in the middle of the round.
                    self._void[agent][number] = True
                    continue
                self._logs[number].step(int(action[0]))
                self._earn(number, env.rewards)
        self._expect_more(models)
        self._start_anew()
        for model, decisions in ready.items():
            _fill(model, decisions)

    def _paid(self, agent: str) -> np.ndarray:
        """(N,) float32: what the pending decision has earned.

        Where something failed, it is what was expected of the decision: the advantage is then 0,
        and nothing is learned from it.
        """
        expected = self._pending[agent].value.numpy()
        earned = np.where(self._void[agent], expected, self._earned[agent])
        self._void[agent][:] = False
        return earned

    def _decide(self, model: MaskablePPO, agent: str) -> Decision:
        seen = stack([env.observe(agent) for env in self.envs])
        mask = seen["action_mask"].astype(bool)
        self._make_unfamiliar(agent, seen)
        wrapper = model.get_env()
        assert isinstance(wrapper, VecTransposeImage)
        seen = wrapper.transpose_observations(seen)
        assert isinstance(seen, dict)
        tensors = {key: torch.as_tensor(value) for key, value in seen.items()}
        with torch.no_grad():
            action, value, log_prob = model.policy(tensors, action_masks=mask)
        numbers = action.numpy().reshape(-1, 1)
        start = self._start[agent].copy()
        return Decision(seen, numbers, value.flatten(), log_prob, mask, start)

    def _make_unfamiliar(self, agent: str, seen: dict[str, np.ndarray]) -> None:
        """Mix embeddings anew where something new is seen: those before the tool see alike."""
        if self._unfamiliar is None:
            return
        new = agent == self.agents[0] or self.envs[0].role_of(agent) == "critic"
        if new:
            self._mixed = self._unfamiliar(seen)
        seen |= {key: self._mixed[key] for key in ("region_embeddings", "instruction")}

    def _earn(self, number: int, rewards: Mapping[str, float]) -> None:
        """Whoever has not decided in this episode yet has nothing to be paid for."""
        for agent, reward in rewards.items():
            if not self._start[agent][number]:
                self._earned[agent][number] += reward

    def _expect_more(self, models: Mapping[str, MaskablePPO]) -> None:
        """At the limit of rounds, pay what was expected to come after it."""
        if self._limit_ends:
            return
        late = [
            number
            for number, env in enumerate(self.envs)
            if env.rounds.truncated and not env.rounds.terminated
            if not env.rounds.base.episode.failed
        ]
        for agent in self.agents if late else ():
            last = [self.envs[number].observe(agent) for number in late]
            self._earned[agent][late] += value_after(models[agent], last)

    def _start_anew(self) -> None:
        for number, env in enumerate(self.envs):
            rounds = env.rounds
            if rounds.over:
                failed = rounds.base.episode.failed
                if not failed:
                    info = rounds.info({})
                    self._episodes.append((rounds.team_return, info["is_success"]))
                self._logs[number].reset()
                for agent in self.agents:
                    self._void[agent][number] |= failed
                    self._start[agent][number] = 1.0


def _fill(model: MaskablePPO, decisions: Sequence[tuple[Decision, np.ndarray, Decision]]) -> None:
    """Add one round of one or several agents as the rows of a buffer."""
    old = [before for before, _, _ in decisions]
    buffer = model.rollout_buffer
    buffer.add(
        {key: np.concatenate([d.observation[key] for d in old]) for key in old[0].observation},
        np.concatenate([d.action for d in old]),
        np.concatenate([earned for _, earned, _ in decisions]),
        np.concatenate([d.start for d in old]),
        torch.cat([d.value for d in old]),
        torch.cat([d.log_prob for d in old]),
        action_masks=np.concatenate([d.mask for d in old]),  # type: ignore[call-arg]
    )
    if buffer.full:
        new = [after for _, _, after in decisions]
        buffer.compute_returns_and_advantage(
            torch.cat([d.value for d in new]), np.concatenate([d.start for d in new])
        )


def stack(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Stack observations to a batch."""
    return {key: np.stack([row[key] for row in rows]) for key in rows[0]}
