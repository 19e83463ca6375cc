"""Group Relative Policy Optimization for any Gymnasium environment, as an SB3 algorithm."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import (
    MaskableActorCriticCnnPolicy,
    MaskableActorCriticPolicy,
    MaskableMultiInputActorCriticPolicy,
)
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import (
    ActorCriticCnnPolicy,
    ActorCriticPolicy,
    BasePolicy,
    MultiInputActorCriticPolicy,
)
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule
from stable_baselines3.common.utils import safe_mean, update_learning_rate

from editenv_policies.grpo.copies import copies_of
from editenv_policies.grpo.episodes import Episodes
from editenv_policies.grpo.groups import SCALE_REWARDS, advantages
from editenv_policies.grpo.losses import policy_loss
from editenv_policies.grpo.rollouts import Recorder, gather, play_round, start_at
from editenv_policies.grpo.settings import LossSettings, LossType

SelfGRPO = TypeVar("SelfGRPO", bound="GRPO")

StartOptions = Callable[[np.random.Generator], dict[str, Any]]

CREDITS = ("episode", "step")

LARGEST_SEED = 2**31 - 1


class GRPO(BaseAlgorithm):
    """Group Relative Policy Optimization (Shao et al., 2024, *DeepSeekMath*, arXiv:2402.03300).

    Several episodes begin at the same state, and each is judged by how much better it went than
    the others of its group: no critic is needed. A "token" of the paper is a step here. The
    loss is the one that ``editenv_policies.grpo_vlm`` uses.

    Args:
        policy: an actor-critic policy class of SB3 or sb3-contrib, or its name: ``"MlpPolicy"``,
            ``"CnnPolicy"``, ``"MultiInputPolicy"``, and with ``"Maskable"`` before it, for
            environments with ``action_masks``. Its critic is never trained.
        env: a vector environment whose ``num_envs`` is a multiple of ``group_size``, or a single
            environment or id, which is made as often as needed.
        learning_rate: a number, or a function of the progress that remains (1 to 0).
        group_size: episodes that begin at one state, at least 2.
        num_groups: groups per iteration.
        clip_range: how far below 1 the ratio of probabilities counts.
        clip_range_high: how far above 1; None: as ``clip_range`` (Yu et al., 2025, *DAPO*,
            arXiv:2503.14476, set it higher).
        kl_coef: weight of the divergence from the policy at the start of ``learn``, of the first
            one where ``reset_num_timesteps=False``; 0 keeps no copy of it.
        ent_coef: weight of the entropy bonus.
        scale_rewards: ``"group"``, ``"batch"`` or ``"none"``: what advantages are divided by.
        gamma: discount of a reward for each step that it comes later, above 0 and at most 1. Below
            1, reaching something at once is worth more than reaching it a step later.
        credit: ``"episode"``: all steps of an episode share the advantage of its return.
            ``"step"``: a step has that of the rewards from it on, compared with those of the
            group's other episodes from the same step on; for environments that reward every step.
        loss_type: ``"grpo"``, ``"dr_grpo"``, ``"dapo"``, ``"gspo"``; see
            ``editenv_policies.grpo.losses``.
        max_length: the longest possible episode in steps, which ``"dr_grpo"`` divides by.
        epochs: passes over the episodes of an iteration.
        num_minibatches: of whole episodes, in each pass.
        max_grad_norm: gradients are scaled down to this length.
        start_options: draws the options of ``reset`` for a group, such as
            ``lambda rng: {"task": int(rng.integers(100))}``; None draws a seed only.
        stats_window_size: episodes that the logged means are over.
        tensorboard_log: folder, or None.
        policy_kwargs: of the policy.
        verbose: 0 silent, 1 information.
        seed: of weights, sampling and starts.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``.
        _init_setup_model: build the networks at once.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
    """

    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {
        "MlpPolicy": ActorCriticPolicy,
        "CnnPolicy": ActorCriticCnnPolicy,
        "MultiInputPolicy": MultiInputActorCriticPolicy,
        "MaskableMlpPolicy": MaskableActorCriticPolicy,
        "MaskableCnnPolicy": MaskableActorCriticCnnPolicy,
        "MaskableMultiInputPolicy": MaskableMultiInputActorCriticPolicy,
    }

    policy: ActorCriticPolicy | MaskableActorCriticPolicy

    def __init__(
        self,
        policy: str | type[BasePolicy],
        env: GymEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        group_size: int = 8,
        num_groups: int = 8,
        clip_range: float = 0.2,
        clip_range_high: float | None = None,
        kl_coef: float = 0.0,
        ent_coef: float = 0.0,
        scale_rewards: str = "group",
        gamma: float = 1.0,
        credit: str = "episode",
        loss_type: LossType = "grpo",
        max_length: int | None = None,
        epochs: int = 4,
        num_minibatches: int = 4,
        max_grad_norm: float = 0.5,
        start_options: StartOptions | None = None,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: torch.device | str = "auto",
        _init_setup_model: bool = True,
    ) -> None:
        if scale_rewards not in SCALE_REWARDS:
            raise ValueError(f"scale_rewards={scale_rewards!r}: choose from {SCALE_REWARDS}")
        if credit not in CREDITS:
            raise ValueError(f"credit={credit!r}: choose from {CREDITS}")
        if not 0 < gamma <= 1:
            raise ValueError(f"gamma={gamma!r} must be above 0 and at most 1")
        for name, value, least in (
            ("group_size", group_size, 2),
            ("num_groups", num_groups, 1),
            ("epochs", epochs, 1),
            ("num_minibatches", num_minibatches, 1),
        ):
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ValueError(f"{name}={value!r} must be an integer of at least {least}")
        self.group_size = group_size
        self.num_groups = num_groups
        super().__init__(
            policy,
            copies_of(env, group_size),
            learning_rate,
            policy_kwargs=policy_kwargs,
            stats_window_size=stats_window_size,
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
            supported_action_spaces=(
                spaces.Box,
                spaces.Discrete,
                spaces.MultiDiscrete,
                spaces.MultiBinary,
            ),
        )
        self.loss_settings = LossSettings(
            loss_type=loss_type,
            clip_range=clip_range,
            clip_range_high=clip_range_high,
            kl_coef=kl_coef,
            max_length=max_length,
        )
        self.ent_coef = ent_coef
        self.gamma = gamma
        self.credit = credit
        self.scale_rewards: Any = scale_rewards
        self.epochs = epochs
        self.num_minibatches = num_minibatches
        self.max_grad_norm = max_grad_norm
        self.start_options = start_options
        self._reference: ActorCriticPolicy | MaskableActorCriticPolicy | None = None
        self._check_copies()
        if _init_setup_model:
            self._setup_model()

    def _check_copies(self) -> None:
        if self.env is not None and self.n_envs % self.group_size:
            raise ValueError(
                f"env has {self.n_envs} copies: it needs a multiple of group_size={self.group_size}"
            )

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.starts = np.random.default_rng(self.seed)
        self.policy = self.policy_class(  # type: ignore[assignment]
            self.observation_space, self.action_space, self.lr_schedule, **self.policy_kwargs
        )
        self.policy = self.policy.to(self.device)
        if self.loss_settings.kl_coef:
            self._reference = deepcopy(self.policy).requires_grad_(False)

    def set_env(self, env: GymEnv, force_reset: bool = True) -> None:
        """Learn in another environment of the same spaces; see ``__init__`` for what fits."""
        copies = copies_of(env, self.group_size)
        assert copies is not None
        super().set_env(copies, force_reset)
        self._check_copies()

    @property
    def masked(self) -> bool:
        """Whether the policy takes action masks."""
        return isinstance(self.policy, MaskableActorCriticPolicy)

    def learn(
        self: SelfGRPO,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "GRPO",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> SelfGRPO:
        """Play groups and learn from them until ``total_timesteps`` steps were made.

        Args:
            total_timesteps: steps of episodes, over all sub-environments.
            callback: called at every step.
            log_interval: iterations between logs.
            tb_log_name: of the TensorBoard run.
            reset_num_timesteps: whether to count from 0.
            progress_bar: show one.
        """
        total_timesteps, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        if self._reference is not None and reset_num_timesteps:
            self._reference.load_state_dict(self.policy.state_dict())
        callback.on_training_start(locals(), globals())
        iteration = 0
        while self.num_timesteps < total_timesteps:
            callback.on_rollout_start()
            episodes = self._play_groups(callback)
            if episodes is None:
                break
            callback.on_rollout_end()
            iteration += 1
            self._update_current_progress_remaining(self.num_timesteps, total_timesteps)
            self.train(episodes)
            if iteration % log_interval == 0:
                self._log(iteration)
        callback.on_training_end()
        return self

    def _play_groups(self, callback: Any) -> Episodes | None:
        """Play ``num_groups`` groups; None when the callback stops the training."""
        assert self.env is not None
        self.policy.set_training_mode(False)
        together = self.n_envs // self.group_size
        recorders: list[Recorder] = []
        for _ in range(-(-self.num_groups // together)):
            seeds = self.starts.integers(LARGEST_SEED, size=together)
            draw = self.start_options or (lambda rng: {})
            options = [draw(self.starts) for _ in range(together)]
            seen = start_at(
                self.env,
                np.repeat(seeds, self.group_size).tolist(),
                [option for option in options for _ in range(self.group_size)],
            )
            recorder = play_round(
                self.env, self.policy, seen, callback, self.masked, self._count_steps
            )
            if recorder is None:
                return None
            recorders.append(recorder)
        return gather(recorders)

    def _count_steps(self, acting: np.ndarray, dones: np.ndarray, infos: list[dict]) -> None:
        self.num_timesteps += len(acting)
        self._update_info_buffer([infos[n] for n in acting], dones[acting])

    def train(self, episodes: Episodes) -> None:
        """Improve the policy on the episodes of one iteration."""
        self.policy.set_training_mode(True)
        update_learning_rate(
            self.policy.optimizer, self.lr_schedule(self._current_progress_remaining)
        )
        returns = episodes.returns
        worth = self._judge(episodes)
        # Episodes that teach nothing (a group that went equally well, or no score) cost time only.
        useful = worth.flatten(1).any(1).nonzero().flatten()
        self.logger.record("train/useful_episodes", len(useful) / len(returns))
        self.logger.record("train/unscored_episodes", int(returns.isnan().sum()))
        if len(useful) == 0:
            return
        logged: list[dict[str, float]] = []
        for _ in range(self.epochs):
            order = useful[torch.randperm(len(useful))]
            for part in order.chunk(min(self.num_minibatches, len(useful))):
                logged.append(self._update(episodes, worth, part))
        for name in logged[0]:
            self.logger.record(f"train/{name}", float(np.mean([line[name] for line in logged])))
        self.logger.record("train/learning_rate", self.policy.optimizer.param_groups[0]["lr"])

    def _judge(self, episodes: Episodes) -> torch.Tensor:
        """The advantages, (B, 1) or (B, T)."""
        columns = episodes.returns_to_go(self.gamma)
        if self.credit == "episode":
            columns = columns[:, :1]
        judged = [
            advantages(column, self.group_size, self.scale_rewards) for column in columns.unbind(1)
        ]
        return torch.stack(judged, dim=1)

    def _update(
        self, episodes: Episodes, worth: torch.Tensor, chosen: torch.Tensor
    ) -> dict[str, float]:
        """One step of the optimiser on some episodes."""
        rows = episodes.rows_of(chosen)
        log_probs, entropy = self._evaluate(self.policy, episodes, rows)
        reference = None
        if self._reference is not None:
            with torch.no_grad():
                reference, _ = self._evaluate(self._reference, episodes, rows)

        def pad(values: torch.Tensor) -> torch.Tensor:
            return episodes.padded(values, rows, chosen)

        found = policy_loss(
            self.loss_settings,
            pad(log_probs),
            pad(episodes.log_probs[rows]),
            worth[chosen] if self.credit == "step" else worth[chosen, 0],
            pad(torch.ones(len(rows), dtype=torch.bool)),
            ref_log_probs=None if reference is None else pad(reference),
        )
        loss = found.loss - self.ent_coef * entropy.mean()
        self.policy.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        return {
            "loss": float(loss.detach()),
            "entropy": float(entropy.detach().mean()),
            "kl": 0.0 if found.kl is None else float(found.kl),
            "clip_fraction": float(found.clip_fraction),
        }

    def _evaluate(
        self, policy: Any, episodes: Episodes, rows: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        seen = episodes.observations_at(rows)
        seen = {k: v.to(self.device) for k, v in seen.items()} if isinstance(seen, dict) else seen
        actions = episodes.actions[rows].to(self.device)
        if isinstance(self.action_space, spaces.Discrete):
            actions = actions.long().flatten()
        _, log_probs, entropy = policy.evaluate_actions(seen, actions, **episodes.masks_at(rows))
        return log_probs.cpu(), (-log_probs if entropy is None else entropy).cpu()

    def _log(self, iteration: int) -> None:
        self.logger.record("time/iterations", iteration)
        self.logger.record("time/total_timesteps", self.num_timesteps)
        if self.ep_info_buffer:
            for name, key in (("ep_rew_mean", "r"), ("ep_len_mean", "l")):
                mean = safe_mean([info[key] for info in self.ep_info_buffer])
                self.logger.record(f"rollout/{name}", mean)
        if self.ep_success_buffer:
            self.logger.record("rollout/success_rate", safe_mean(self.ep_success_buffer))
        self.logger.dump(step=self.num_timesteps)

    def predict(  # type: ignore[override]
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Choose actions; see ``BaseAlgorithm.predict``.

        Args:
            observation: one, or a batch.
            state: passed on.
            episode_start: passed on.
            deterministic: take the most probable action.
            action_masks: which numbers may be valid, for maskable policies.
        """
        masks = {"action_masks": action_masks} if self.masked else {}
        return self.policy.predict(observation, state, episode_start, deterministic, **masks)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_reference"]

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        reference = [] if self._reference is None else ["_reference"]
        return ["policy", "policy.optimizer", *reference], []
