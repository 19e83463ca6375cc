"""Observations: what an agent sees of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from gymnasium import spaces

from editenv.encoders import TextEncoder
from editenv.perception import Perception
from editenv.tools.cost import CostLimit
from editenv.transition import State
from editenv.types import Image, Region
from editenv.workspace import Workspace

Observation = dict[str, np.ndarray]

INSTRUCTION_FORMATS = ("tokens", "pooled")

REGION_FEATURES = 6
"""left, top, right, bottom, area, present: all in [0, 1]."""

PRIVILEGED_FEATURES = 9
"""The same, with the mean red, green and blue before ``present``."""

REMEMBERED_LABELS = 256
"""Label lists whose embeddings are kept, of 8 KiB each by default."""

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
        max_steps: calls after which none is left.
        nvec: sizes of the factored action.
        names: of the calls, by the action's first number.
        limit: what an episode may cost; None shows nothing of it.
        perception: what regions look like; None leaves ``region_embeddings`` out.
        region_labels: show the labels of regions, embedded, and their colours instead: privileged.

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
        max_steps: int,
        nvec: tuple[int, int, int],
        names: Sequence[str],
        limit: CostLimit | None = None,
        perception: Perception | None = None,
        region_labels: bool = False,
    ) -> None:
        self._limit = limit
        self._perception = perception
        self._region_labels = region_labels
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
        self._max_steps = max_steps
        self._nvec = nvec
        self._call_numbers = {name: number for number, name in enumerate(names)}
        boxes = self.space().spaces.items()
        self._layout: list[tuple[str, Any, Any]] = [(k, box.shape, box.dtype) for k, box in boxes]
        self._label_embeddings: dict[tuple[str | None, ...], np.ndarray] = {}

    def _instruction_shape(self) -> tuple[int, ...]:
        dimension = self._encoder.dimension
        return (dimension,) if self._pooled else (self._max_tokens, dimension)

    @property
    def _region_features(self) -> int:
        return PRIVILEGED_FEATURES if self._region_labels else REGION_FEATURES

    @property
    def _region_dimension(self) -> int:
        if self._region_labels or self._perception is None:
            return self._encoder.dimension
        return self._perception.dimension

    def space(self) -> spaces.Dict:
        """Build the observation space."""
        height, width = self._size
        infinity = np.inf
        instruction = spaces.Box(-infinity, infinity, self._instruction_shape(), np.float32)
        entries: dict[str, spaces.Space[Any]] = {
            "image": spaces.Box(0, 255, (height, width, 3), np.uint8),
            "instruction": instruction,
            "instruction_mask": spaces.Box(0, 1, (self._max_tokens,), np.int8),
            "regions": spaces.Box(0.0, 1.0, (self._slots, self._region_features), np.float32),
            "region_embeddings": spaces.Box(
                -infinity, infinity, (self._slots, self._region_dimension), np.float32
            ),
            "history": spaces.Box(
                EMPTY_CALL, max(self._nvec) - 1, (self._history_length, 3), np.int32
            ),
            "steps_left": spaces.Box(0.0, 1.0, (1,), np.float32),
        }
        if self._pooled:
            del entries["instruction_mask"]
        if self._perception is None:
            del entries["region_embeddings"]
        if self._limit is not None:
            entries["budget_left"] = spaces.Box(0.0, 1.0, (2,), np.float32)
        return spaces.Dict(entries)

    def build(self, workspace: Workspace) -> Observation:
        """Return a fresh observation; its arrays belong to the caller."""
        observation = self.empty()
        self.write_instruction(observation, workspace.task.instruction)
        self.write_state(observation, workspace.state)
        self.write_progress(observation, workspace)
        return observation

    def empty(self, *batch: int) -> Observation:
        """Return room for an observation, or with leading axes for a batch; not filled in."""
        return {key: np.empty((*batch, *shape), dtype) for key, shape, dtype in self._layout}

    def write_instruction(self, row: Observation, text: str) -> None:
        """Write what stays the same during an episode into ``row``."""
        if self._pooled:
            row["instruction"][:] = self._encoder.pooled(text)
            return
        tokens = self._encoder.tokens(text)[: self._max_tokens]
        row["instruction"][: len(tokens)] = tokens
        row["instruction"][len(tokens) :] = 0.0
        row["instruction_mask"][: len(tokens)] = 1
        row["instruction_mask"][len(tokens) :] = 0

    def look(self, states: Sequence[State]) -> None:
        """See several states in one batch, which is quicker than one by one."""
        if self._perception is not None and not self._region_labels:
            self._perception.look(states)

    def write_state(self, row: Observation, state: State) -> None:
        """Write what a tool can change into ``row``."""
        row["image"][:] = state.canvas
        if self._region_labels:
            row["regions"][:] = privileged_features(state)
            if self._perception is not None:
                labels = tuple(r and r.label for r in state.regions)
                row["region_embeddings"][:] = self._embed_labels(labels)
            return
        row["regions"][:] = region_features(state)
        if self._perception is not None:
            row["region_embeddings"][:] = self._perception.embeddings(state)

    def _embed_labels(self, labels: tuple[str | None, ...]) -> np.ndarray:
        """(R, D) float32, read-only; the same labels come again with every step."""
        found = self._label_embeddings.get(labels)
        if found is None:
            found = np.zeros((len(labels), self._encoder.dimension), np.float32)
            for row, label in zip(found, labels, strict=True):
                if label is not None:
                    row[:] = self._encoder.pooled(label)
            if len(self._label_embeddings) >= REMEMBERED_LABELS:
                self._label_embeddings.clear()
            self._label_embeddings[labels] = found
        return found

    def write_progress(self, row: Observation, workspace: Workspace) -> None:
        """Write what every call changes into ``row``: the last calls, and how much is left."""
        calls = workspace.history
        recent = calls[-self._history_length :]
        first = self._history_length - len(recent)
        row["history"][:first] = EMPTY_CALL
        for number, call in enumerate(recent, start=first):
            row["history"][number] = (self._call_numbers[call.tool], call.region, call.option)
        row["steps_left"][0] = max(1.0 - len(calls) / self._max_steps, 0.0)
        if self._limit is not None:
            row["budget_left"][:] = self._limit.left(workspace.spent)


def region_features(state: State) -> np.ndarray:
    """Describe each slot: (R, 6) float32 in [0, 1]; zeros where a slot is empty."""
    empty = (0.0,) * REGION_FEATURES
    rows = [empty if region is None else (*region.extent, 1.0) for region in state.regions]
    return np.array(rows, np.float32)


def privileged_features(state: State) -> np.ndarray:
    """Describe each slot with its mean colour: (R, 9) float32 in [0, 1], read-only."""
    features = _FEATURES.get(state)
    if features is None:
        features = np.array([_describe(region, state.canvas) for region in state.regions])
        features = features.astype(np.float32)
        features.setflags(write=False)
        _FEATURES[state] = features
    return features


_FEATURES: WeakKeyDictionary[State, np.ndarray] = WeakKeyDictionary()
"""Copies, undone edits and calls without effect show a state again."""


def _describe(region: Region | None, canvas: Image) -> tuple[float, ...]:
    if region is None:
        return (0.0,) * PRIVILEGED_FEATURES
    left, top, right, bottom = region.box
    mask = region.mask[top:bottom, left:right]
    red, green, blue, _ = cv2.mean(canvas[top:bottom, left:right], mask)
    return (*region.extent, red / 255.0, green / 255.0, blue / 255.0, 1.0)
