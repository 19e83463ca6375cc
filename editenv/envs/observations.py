"""Observations: what an agent sees of a workspace."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from gymnasium import spaces

from editenv.encoders import TextEncoder
from editenv.types import Image, Region, ToolCall
from editenv.workspace import Workspace

INSTRUCTION_FORMATS = ("tokens", "pooled")

REGION_FEATURES = 9
"""left, top, right, bottom, area, red, green, blue, present: all in [0, 1]."""

EMPTY_CALL = -1
"""Fills the rows of the history before the first call."""


class ObservationBuilder:
    """Builds the observation dictionary.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        slots: number of region slots.
        encoder: embeds instruction and labels.
        instruction_format: ``"tokens"`` or ``"pooled"``.
        max_tokens: tokens kept of an instruction.
        history_length: calls kept in the observation.
        nvec: sizes of the factored action.

    Raises:
        ValueError: an unknown instruction format.
    """

    def __init__(
        self,
        *,
        height: int,
        width: int,
        slots: int,
        encoder: TextEncoder,
        instruction_format: str,
        max_tokens: int,
        history_length: int,
        nvec: tuple[int, int, int],
        names: Sequence[str],
    ) -> None:
        if instruction_format not in INSTRUCTION_FORMATS:
            raise ValueError(
                f"instruction_format={instruction_format!r} is unknown: "
                f"choose from {INSTRUCTION_FORMATS}"
            )
        self._size = (height, width)
        self._slots = slots
        self._encoder = encoder
        self._pooled = instruction_format == "pooled"
        self._max_tokens = max_tokens
        self._history_length = history_length
        self._nvec = nvec
        self._call_numbers = {name: number for number, name in enumerate(names)}
        self._instruction = np.zeros(self._instruction_shape(), np.float32)
        self._instruction_mask = np.zeros(max_tokens, np.int8)

    def _instruction_shape(self) -> tuple[int, ...]:
        dimension = self._encoder.dimension
        return (dimension,) if self._pooled else (self._max_tokens, dimension)

    def space(self) -> spaces.Dict:
        """Build the observation space."""
        height, width = self._size
        infinity, dimension = np.inf, self._encoder.dimension
        instruction = spaces.Box(-infinity, infinity, self._instruction_shape(), np.float32)
        entries: dict[str, spaces.Space] = {
            "image": spaces.Box(0, 255, (height, width, 3), np.uint8),
            "instruction": instruction,
            "instruction_mask": spaces.Box(0, 1, (self._max_tokens,), np.int8),
            "regions": spaces.Box(0.0, 1.0, (self._slots, REGION_FEATURES), np.float32),
            "region_embeddings": spaces.Box(
                -infinity, infinity, (self._slots, dimension), np.float32
            ),
            "history": spaces.Box(
                EMPTY_CALL, max(self._nvec) - 1, (self._history_length, 3), np.int32
            ),
            "steps_left": spaces.Box(0.0, 1.0, (1,), np.float32),
        }
        if self._pooled:
            del entries["instruction_mask"]
        return spaces.Dict(entries)

    def start(self, instruction: str) -> None:
        """Embed the instruction of a new episode."""
        if self._pooled:
            self._instruction = self._encoder.pooled(instruction)
            return
        tokens = self._encoder.tokens(instruction)[: self._max_tokens]
        self._instruction = np.zeros(self._instruction_shape(), np.float32)
        self._instruction[: len(tokens)] = tokens
        self._instruction_mask = np.zeros(self._max_tokens, np.int8)
        self._instruction_mask[: len(tokens)] = 1

    def build(self, workspace: Workspace, steps_left: float) -> dict[str, np.ndarray]:
        """Return a fresh observation; its arrays belong to the caller."""
        observation = {
            "image": workspace.canvas.copy(),
            "instruction": self._instruction.copy(),
            "instruction_mask": self._instruction_mask.copy(),
            "regions": region_features(workspace.canvas, workspace.regions),
            "region_embeddings": self._region_embeddings(workspace.regions),
            "history": self._history(workspace.history),
            "steps_left": np.array([steps_left], np.float32),
        }
        if self._pooled:
            del observation["instruction_mask"]
        return observation

    def _region_embeddings(self, regions: Sequence[Region | None]) -> np.ndarray:
        embeddings = np.zeros((self._slots, self._encoder.dimension), np.float32)
        for slot, region in enumerate(regions):
            if region is not None:
                embeddings[slot] = self._encoder.pooled(region.label)
        return embeddings

    def _history(self, calls: Sequence[ToolCall]) -> np.ndarray:
        """The last calls, the newest in the last row."""
        rows = np.full((self._history_length, 3), EMPTY_CALL, np.int32)
        recent = calls[-self._history_length :] if self._history_length else ()
        for row, call in enumerate(recent, start=self._history_length - len(recent)):
            rows[row] = (self._call_numbers[call.tool], call.region, call.option)
        return rows


def region_features(canvas: Image, regions: Sequence[Region | None]) -> np.ndarray:
    """Describe each slot: (R, 9) float32 in [0, 1]; zeros where a slot is empty."""
    height, width = canvas.shape[:2]
    features = np.zeros((len(regions), REGION_FEATURES), np.float32)
    for slot, region in enumerate(regions):
        if region is None:
            continue
        left, top, right, bottom = region.box
        mask = region.mask[top:bottom, left:right]
        red, green, blue, _ = cv2.mean(canvas[top:bottom, left:right], mask)
        area = cv2.countNonZero(mask) / (height * width)
        features[slot] = (
            left / width,
            top / height,
            right / width,
            bottom / height,
            area,
            red / 255.0,
            green / 255.0,
            blue / 255.0,
            1.0,
        )
    return features
