"""A cloned policy: it predicts like an SB3 model and is saved without pickle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor

from editenv_policies.imitation.blind import check_hidden, hide
from editenv_policies.imitation.network import CoordinatorNetwork
from editenv_policies.imitation.saved import STEM, open_boxes, read_policy, write_policy
from editenv_policies.sb3.calls import CallTable

PICTURES = ("image", "before")
"""Keys of observations that are pictures."""

ACTION_NAMES = ("action_embeddings.calls", "action_embeddings.options")
"""Beside the weights, the embeddings from which the network is built anew."""


class Clone:
    """The coordinator's network as a policy for ``ImageEditEnv``.

    Attributes:
        network: the trained network.
        size: width, layers and whether the heads are conditioned.
        shapes: of its observations, by key.

    Args:
        space: of the environment's observations.
        table: the meaning of an action's numbers.
        action_embeddings: what ``ImageEditEnv.action_embeddings`` returns.
        hidden: names of ``editenv_policies.imitation.HIDEABLE`` that it never sees, neither in
            training nor later.
        width: of the network's vectors.
        layers: of its transformer.
        conditioned: whether a choice depends on the earlier ones; see ``ConditionedHead``.
        notes: plain values to save with it: data, seed, figures.
    """

    def __init__(
        self,
        space: spaces.Dict,
        table: CallTable,
        action_embeddings: tuple[np.ndarray, np.ndarray],
        *,
        hidden: Iterable[str] = (),
        width: int = 96,
        layers: int = 2,
        conditioned: bool = True,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        self.hidden = check_hidden(hidden)
        self.table = table
        self.notes = dict(notes or {})
        self.shapes = {key: list(box.shape or ()) for key, box in space.items()}
        self._embeddings = action_embeddings
        self.size = {"width": width, "layers": layers, "conditioned": conditioned}
        self.network = CoordinatorNetwork(space, table, action_embeddings, **self.size)

    @classmethod
    def for_env(cls, env: Any, **arguments: Any) -> Clone:
        """Build one for an environment, single or native vector."""
        base = env.unwrapped
        space = getattr(base, "single_observation_space", base.observation_space)
        table = CallTable.of(base.call_names, base.tools, base.setup.slots)
        return cls(space, table, base.action_embeddings(), **arguments)

    def predict(
        self,
        observation: Mapping[str, np.ndarray],
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = True,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, None]:
        """Choose an action, as SB3's models do.

        Args:
            observation: one, or a batch with one leading axis.
            state: not used.
            episode_start: not used.
            deterministic: take the most probable call, region and option; otherwise sample.
            action_masks: (..., sum(nvec)) bool, which numbers may be valid; None takes the
                regions that are present.

        Returns:
            (3,) or (N, 3) int64, and None.
        """
        single = observation["steps_left"].ndim == 1
        if single:
            observation = {key: value[None] for key, value in observation.items()}
            action_masks = None if action_masks is None else action_masks[None]
        seen, mask = self._see(observation, action_masks)
        with torch.no_grad():
            actions = self.network(seen, mask).get_actions(deterministic).numpy()
        return (actions[0] if single else actions), None

    def log_chances(
        self, observation: Mapping[str, np.ndarray], action_masks: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the log-probability of each call for a batch of observations: (N, C) float32."""
        with torch.no_grad():
            return self.network(*self._see(observation, action_masks)).calls.numpy()

    def _see(
        self, observation: Mapping[str, np.ndarray], masks: np.ndarray | None
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        self.network.eval()
        seen = as_tensors(hide(observation, self.hidden))
        return seen, None if masks is None else torch.from_numpy(np.asarray(masks, bool))

    def save(
        self, folder: str | Path, stem: str = STEM, dtype: torch.dtype = torch.float32
    ) -> None:
        """Write ``model.safetensors`` and ``model.json``, or those of another stem.

        Args:
            folder: made if it is not there.
            stem: of the files' names.
            dtype: of the weights in the file; ``load`` converts them to float32.
        """
        tensors = dict(self.network.state_dict())
        for name, array in zip(ACTION_NAMES, self._embeddings, strict=True):
            tensors[name] = torch.from_numpy(array)
        settings = {
            "format": 1,
            "observation": self.shapes,
            "actions": self.table.as_json(),
            "network": self.size,
            "hidden": list(self.hidden),
            "notes": self.notes,
        }
        write_policy(folder, stem, tensors, settings, dtype)

    @classmethod
    def load(cls, folder: str | Path, stem: str = STEM) -> Clone:
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: no such file.
        """
        settings, tensors = read_policy(folder, stem)
        calls, options = (tensors.pop(name).numpy() for name in ACTION_NAMES)
        clone = cls(
            spaces.Dict(open_boxes(settings["observation"])),
            CallTable.from_json(settings["actions"]),
            (calls, options),
            hidden=settings["hidden"],
            notes=settings["notes"],
            **settings["network"],
        )
        clone.network.load_state_dict(tensors)
        return clone


def as_tensors(observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Turn a batch of observations into the network's input."""
    return {
        key: as_pictures(value) if key in PICTURES else torch.from_numpy(value).float()
        for key, value in observation.items()
    }


def as_pictures(pictures: np.ndarray) -> Tensor:
    """Turn (N, H, W, 3) uint8 into (N, 3, H, W) float in [0, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().float().div(255.0)
