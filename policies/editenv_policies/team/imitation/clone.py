"""A team's policy that imitates: predicts like an SB3 model, is saved without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces

from editenv_policies.imitation.clone import Clone, as_tensors
from editenv_policies.imitation.saved import STEM, open_boxes, read_policy, write_policy
from editenv_policies.team.imitation.network import TeamNetwork
from editenv_policies.team.policy import layout_of

ARRAYS = ("pairs", "actions", "goals", "subjects")
"""What of a layout is an array, beside the action embeddings."""

EMBEDDINGS = ("calls", "options")

PREFIX = "layout."

HISTORY = "history.project.weight"
"""The extractor's weights whose number depends on how many calls are remembered."""


class TeamClone:
    """A team's network as one policy for all roles, with ``uniform_spaces="flat"``.

    Attributes:
        network: what learns.
        size: width and layers.

    Args:
        space: of any agent's observations.
        layout: what ``layout_of`` returns.
        numbers: size of the action space.
        width: of the network's vectors.
        layers: of its transformer.
        notes: plain values that are saved with it: data, seed, figures.
    """

    def __init__(
        self,
        space: spaces.Dict,
        layout: dict[str, Any],
        numbers: int,
        *,
        width: int = 96,
        layers: int = 2,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        self.notes = dict(notes or {})
        self.size = {"width": width, "layers": layers}
        self._space, self._layout, self._numbers = space, layout, numbers
        self.network = TeamNetwork(space, layout, numbers, width, layers)

    @classmethod
    def for_env(cls, env: Any, **arguments: Any) -> TeamClone:
        """Build one for ``image_edit_v0.raw_env(..., uniform_spaces="flat")``.

        Raises:
            ValueError: other spaces.
        """
        layout, agent = layout_of(env), env.possible_agents[0]
        numbers = int(env.action_space(agent).n)
        return cls(env.observation_space(agent), layout, numbers, **arguments)

    def take_coordinator(self, coordinator: Clone) -> None:
        """Begin with the weights of a cloned coordinator: what it reads, and its calls.

        Raises:
            ValueError: it makes other calls, or is of another size.
        """
        extractor, heads = self.network.extractor, self.network.head.heads
        if coordinator.table.as_json() != self.network.head.table.as_json():
            raise ValueError("coordinator makes other calls than the team's tools do")
        try:
            state = dict(coordinator.network.extractor.state_dict())
            state[HISTORY] = _lengthened(state[HISTORY], extractor.history.project.in_features)
            extractor.load_state_dict(state, strict=False)
            heads.load_state_dict(coordinator.network.heads.state_dict())
        except RuntimeError as error:
            raise ValueError(
                f"coordinator has width and layers {coordinator.size}, the team {self.size}, or "
                "they see other things: they must be the same"
            ) from error

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
            deterministic: the most probable action; otherwise by chance.
            action_masks: (..., n) bool; None takes the observation's own.

        Returns:
            () or (N,) int64, and None.
        """
        masks = observation["action_mask"] if action_masks is None else action_masks
        single = observation["steps_left"].ndim == 1
        if single:
            observation = {key: value[None] for key, value in observation.items()}
            masks = masks[None]
        self.network.eval()
        with torch.no_grad():
            chances = self.network(
                as_tensors(observation), torch.from_numpy(np.asarray(masks, bool))
            )
        drawn = chances.argmax(1) if deterministic else torch.multinomial(chances.exp(), 1)[:, 0]
        actions = drawn.numpy()
        return (actions[0] if single else actions), None

    def save(
        self, folder: str | Path, stem: str = STEM, dtype: torch.dtype = torch.float32
    ) -> None:
        """Write ``model.safetensors`` and ``model.json``, or those of another stem.

        Args:
            folder: made if it is not there.
            stem: of the files' names.
            dtype: of the weights in the file; ``load`` makes float32 of them.
        """
        layout = self._layout
        arrays = {name: layout[name] for name in ARRAYS}
        arrays |= dict(zip(EMBEDDINGS, layout["action_embeddings"], strict=True))
        tensors = dict(self.network.state_dict())
        tensors |= {f"{PREFIX}{name}": torch.from_numpy(array) for name, array in arrays.items()}
        settings = {
            "format": 1,
            "observation": {key: list(box.shape or ()) for key, box in self._space.items()},
            "round": np.asarray(self._space["round"].high).tolist(),  # type: ignore[attr-defined]
            "numbers": self._numbers,
            "calls": layout["calls"],
            "together": layout["together"],
            "network": self.size,
            "notes": self.notes,
        }
        write_policy(folder, stem, tensors, settings, dtype)

    @classmethod
    def load(cls, folder: str | Path, stem: str = STEM) -> TeamClone:
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: no such file.
        """
        settings, tensors = read_policy(folder, stem)
        found = {name: tensors.pop(f"{PREFIX}{name}").numpy() for name in (*ARRAYS, *EMBEDDINGS)}
        layout: dict[str, Any] = {name: found[name] for name in ARRAYS}
        layout["action_embeddings"] = tuple(found[name] for name in EMBEDDINGS)
        layout["calls"], layout["together"] = settings["calls"], settings["together"]
        layout["action_sizes"] = tuple(settings["calls"]["sizes"])
        boxes = open_boxes(settings["observation"])
        highest = np.array(settings["round"], np.int32)
        boxes["round"] = spaces.Box(np.full_like(highest, -1), highest, dtype=np.int32)
        clone = cls(
            spaces.Dict(boxes),
            layout,
            settings["numbers"],
            notes=settings["notes"],
            **settings["network"],
        )
        clone.network.load_state_dict(tensors)
        return clone


def _lengthened(weights: torch.Tensor, inputs: int) -> torch.Tensor:
    """(width, F) to (width, inputs): zeros for the earlier calls, which come first."""
    more = torch.zeros(len(weights), max(inputs - weights.shape[1], 0))
    return torch.cat([more, weights], dim=1)
