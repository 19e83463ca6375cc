"""Actor-critic policies whose region head points at the region slots."""

from __future__ import annotations

from typing import Any

import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from torch import Tensor, nn

from policies.sb3.extractor import CoordinatorExtractor, Features


class PointerHead(nn.Module):
    """Logits of (call, region, option) from the extractor's features.

    Args:
        sizes: number of calls, region slots and options.
        width: of the extractor's vectors.
    """

    def __init__(self, sizes: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.sizes = sizes
        calls, _, options = sizes
        self.summary = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
        self.calls = _small(nn.Linear(width, calls))
        # What an option means depends on the tool, so every call has option logits of its own.
        self.options = _small(nn.Linear(width, calls * options))
        self.point = nn.Sequential(
            nn.LayerNorm(2 * width),
            nn.Linear(2 * width, width),
            nn.GELU(),
            _small(nn.Linear(width, 1)),
        )
        # How far the words themselves are trusted; learnt, and for options by call.
        self.trust_label = nn.Parameter(torch.tensor(3.0))
        self.trust_option = nn.Parameter(torch.full((calls, 1), 0.5))
        # A call is meant where its own name is in the words, or one of its options' names.
        self.hints = nn.Linear(2 * calls, calls, bias=False)
        with torch.no_grad():
            self.hints.weight.copy_(torch.cat([0.3 * torch.eye(calls), 0.2 * torch.eye(calls)], 1))

    def parts(self, parts: Features) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits of calls (N, C), regions (N, R), and options of every call (N, C, O)."""
        beside = parts.summary.unsqueeze(1).expand_as(parts.regions)
        pointed = self.point(torch.cat([parts.regions, beside], dim=2)).squeeze(2)
        pointed = pointed + self.trust_label * parts.likeness
        read = self.summary(parts.summary)
        hints = torch.cat([parts.calls, parts.options.amax(2)], dim=1)
        calls = self.calls(read) + self.hints(hints)
        options = self.options(read).unflatten(1, (self.sizes[0], self.sizes[2]))
        return calls, pointed, options + self.trust_option * parts.options

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, calls + slots + options) logits."""
        calls, pointed, options = self.parts(Features.unpack(features, self.sizes))
        weights = calls.detach().softmax(dim=1).unsqueeze(2)
        return torch.cat([calls, pointed, (weights * options).sum(1)], dim=1)


class ValueHead(nn.Module):
    """Value from the summary and the mean region."""

    def __init__(self, sizes: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.layers = nn.Sequential(
            nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 1) values."""
        parts = Features.unpack(features, self.sizes)
        return self.layers(torch.cat([parts.summary, parts.regions.mean(1)], dim=1))


def _small(layer: nn.Linear) -> nn.Linear:
    """Start near the uniform policy."""
    nn.init.orthogonal_(layer.weight, gain=0.01)
    nn.init.zeros_(layer.bias)
    return layer


class _PointerHeads:
    """Puts the coordinator's extractor and heads into an SB3 actor-critic policy."""

    def __init__(self, observation_space: Any, action_space: Any, lr_schedule: Any, **kwargs: Any):
        sizes = action_sizes(action_space)
        kwargs.setdefault("features_extractor_class", CoordinatorExtractor)
        kwargs["features_extractor_kwargs"] = {
            **(kwargs.get("features_extractor_kwargs") or {}),
            "action_sizes": sizes,
        }
        kwargs["net_arch"] = []
        # SB3's orthogonal initialisation with gain sqrt(2) is for plain MLPs, not transformers.
        kwargs["ortho_init"] = False
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)  # type: ignore[call-arg]

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)  # type: ignore[misc]
        extractor: CoordinatorExtractor = self.features_extractor  # type: ignore[attr-defined]
        sizes = action_sizes(self.action_space)  # type: ignore[attr-defined]
        self.action_net = PointerHead(sizes, extractor.width)
        self.value_net = ValueHead(sizes, extractor.width)
        self.optimizer = self.optimizer_class(  # type: ignore[attr-defined]
            self.parameters(),  # type: ignore[attr-defined]
            lr=lr_schedule(1),
            **self.optimizer_kwargs,  # type: ignore[attr-defined]
        )


def action_sizes(action_space: spaces.Space) -> tuple[int, int, int]:
    """Read (calls, slots, options) off the action space.

    Raises:
        ValueError: a space that is not the factored one.
    """
    if not isinstance(action_space, spaces.MultiDiscrete) or len(action_space.nvec) != 3:
        raise ValueError(
            f"action_space={action_space!r}: this policy needs action_format='multi_discrete'"
        )
    calls, slots, options = (int(size) for size in action_space.nvec)
    return calls, slots, options


class CoordinatorPolicy(_PointerHeads, MultiInputActorCriticPolicy):
    """For PPO and A2C: ``PPO(CoordinatorPolicy, env)``."""


class MaskableCoordinatorPolicy(_PointerHeads, MaskableMultiInputActorCriticPolicy):
    """For MaskablePPO: ``MaskablePPO(MaskableCoordinatorPolicy, env)``."""
