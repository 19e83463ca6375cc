"""A network as a policy, on disk as safetensors and JSON: nothing is pickled."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from gymnasium import spaces
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from editenv_policies.checkpoints import MODEL

PICTURES = ("image", "before")
"""Keys of observations that are pictures."""

SCALE = ".scale"
"""Ends the name of the tensor by which an eight-bit one is multiplied."""


class SavedPolicy(ABC):
    """A network that predicts like an SB3 model and is saved without pickle.

    Attributes:
        network: the trained network. It has an ``extractor``; called with observations and masks,
            it returns something with SB3's ``get_actions``.
        size: plain arguments of the network, such as its width.
        shapes: of its observations, by key.
        notes: plain values to save with it: data, seed, figures.
    """

    network: Any

    def __init__(
        self, space: spaces.Dict, size: Mapping[str, Any], notes: Mapping[str, Any] | None
    ) -> None:
        self.shapes = {key: list(box.shape or ()) for key, box in space.items()}
        self.size = dict(size)
        self.notes = dict(notes or {})

    @property
    @abstractmethod
    def heads(self) -> nn.Module:
        """The part of the network that chooses: the ``action_net`` of an SB3 policy."""

    @abstractmethod
    def _built_from(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the plain values and the arrays, by name, that ``_build`` takes."""

    @classmethod
    @abstractmethod
    def _build(cls, settings: dict[str, Any], tensors: dict[str, Tensor]) -> Self:
        """Build an untrained one; take out of ``tensors`` what is not a weight."""

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
            deterministic: take the most probable action; otherwise sample.
            action_masks: (..., M) bool, which numbers may be valid; None takes the observation's
                own, or if it has none the regions that are present.

        Returns:
            (...) int64, and None: three numbers for a coordinator, one for a team.
        """
        masks = observation.get("action_mask") if action_masks is None else action_masks
        single = observation["steps_left"].ndim == 1
        if single:
            observation = {key: value[None] for key, value in observation.items()}
            masks = None if masks is None else masks[None]
        with torch.no_grad():
            actions = self._distribution(observation, masks).get_actions(deterministic).numpy()
        return (actions[0] if single else actions), None

    def _distribution(self, observation: Mapping[str, np.ndarray], masks: np.ndarray | None) -> Any:
        self.network.eval()
        mask = None if masks is None else torch.from_numpy(np.asarray(masks, bool))
        return self.network(as_tensors(self._shown(observation)), mask)

    def _shown(self, observation: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        return observation

    def give_to(self, policy: Any) -> None:
        """Copy the weights into an SB3 policy of the same extractor and heads."""
        policy.features_extractor.load_state_dict(self.network.extractor.state_dict())
        policy.action_net.load_state_dict(self.heads.state_dict())

    def take_from(self, policy: Any) -> None:
        """Copy the weights of an SB3 policy that ``give_to`` gave them to."""
        self.network.extractor.load_state_dict(policy.features_extractor.state_dict())
        self.heads.load_state_dict(policy.action_net.state_dict())

    def save(
        self, folder: str | Path, stem: str = MODEL, dtype: torch.dtype = torch.float32
    ) -> None:
        """Write ``model.safetensors`` and ``model.json``, or those of another stem.

        Args:
            folder: made if it is not there.
            stem: of the files' names.
            dtype: of the floating-point tensors in the file; with ``torch.int8``, matrices have a
                scale for each row (``NAME.scale``) and the rest is float16.
        """
        plain, arrays = self._built_from()
        tensors = dict(self.network.state_dict())
        tensors |= {name: torch.from_numpy(array) for name, array in arrays.items()}
        settings = {"format": 1, "observation": self.shapes, **plain}
        settings |= {"network": self.size, "notes": self.notes}
        write_policy(folder, stem, tensors, settings, dtype)

    @classmethod
    def load(cls, folder: str | Path, stem: str = MODEL) -> Self:
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: no such file.
        """
        settings, tensors = read_policy(folder, stem)
        policy = cls._build(settings, tensors)
        policy.notes = settings["notes"]
        policy.network.load_state_dict(tensors)
        return policy


def write_policy(
    folder: str | Path,
    stem: str,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    dtype: torch.dtype,
) -> None:
    """Write ``STEM.safetensors`` and ``STEM.json``; see ``SavedPolicy.save``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        kept |= _rounded(name, tensor, dtype) if tensor.is_floating_point() else {name: tensor}
    kept = {name: tensor.contiguous() for name, tensor in kept.items()}
    save_file(kept, folder / f"{stem}.safetensors")
    # Last, so that a policy whose settings are there is whole.
    (folder / f"{stem}.json").write_text(json.dumps(settings, indent=1) + "\n")


def read_policy(folder: str | Path, stem: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return settings and tensors; floating-point ones are float32.

    Raises:
        FileNotFoundError: no such file.
    """
    folder = Path(folder)
    settings = json.loads((folder / f"{stem}.json").read_text())
    kept = load_file(folder / f"{stem}.safetensors")
    scales = {name: kept.pop(name).float() for name in list(kept) if name.endswith(SCALE)}
    tensors = {n: t.float() if t.is_floating_point() else t for n, t in kept.items()}
    for name, scale in scales.items():
        matrix = name.removesuffix(SCALE)
        tensors[matrix] = tensors[matrix] * scale
    return settings, tensors


def _rounded(name: str, tensor: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
    if dtype != torch.int8:
        return {name: tensor.to(dtype)}
    if tensor.ndim < 2:
        return {name: tensor.half()}
    scale = (tensor.abs().amax(-1, keepdim=True) / 127).clamp(min=1e-6).half()
    return {name: (tensor / scale).round().clamp(-127, 127).to(torch.int8), name + SCALE: scale}


def open_boxes(shapes: Mapping[str, Sequence[int]]) -> dict[str, spaces.Space[Any]]:
    """Return unbounded float32 spaces: a network reads only the shape of a space."""
    return {key: spaces.Box(-np.inf, np.inf, tuple(s), np.float32) for key, s in shapes.items()}


def as_tensors(observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Turn a batch of observations into the network's input."""
    return {
        key: as_pictures(value) if key in PICTURES else torch.from_numpy(value).float()
        for key, value in observation.items()
    }


def as_pictures(pictures: np.ndarray) -> Tensor:
    """Turn (N, H, W, 3) uint8 into (N, 3, H, W) float in [0, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().float().div(255.0)
