"""The meaning of an action's numbers, as far as a policy needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from editenv.tools import Tool
from editenv.workspace import CONTROLS


@dataclass(frozen=True)
class Call:
    """One value of an action's first number.

    Attributes:
        name: of the tool, or ``"undo"`` or ``"submit"``.
        target: ``"image"``, ``"region"`` or ``"any"``; ``"image"`` for ``undo`` and ``submit``.
        options: how many options it has.
    """

    name: str
    target: str
    options: int


class CallTable:
    """Which regions and options each call takes.

    Args:
        calls: by the action's first number.
        slots: number of region slots.
        options: number of options of the action space.
    """

    def __init__(self, calls: Sequence[Call], slots: int, options: int) -> None:
        self.calls = tuple(calls)
        self.sizes = (len(calls), slots, options)
        whole = torch.arange(slots) == 0
        kinds = {"image": whole, "region": ~whole, "any": torch.ones(slots, dtype=torch.bool)}
        self.regions = torch.stack([kinds[call.target] for call in calls])
        """(C, R) bool."""
        counts = torch.tensor([call.options for call in calls])
        self.options = torch.arange(options) < counts.unsqueeze(1)
        """(C, O) bool."""

    def to(self, device: torch.device) -> CallTable:
        """Bring the masks to a device, in place."""
        self.regions, self.options = self.regions.to(device), self.options.to(device)
        return self

    @property
    def mask_size(self) -> int:
        """Length of an action mask."""
        return sum(self.sizes)

    @classmethod
    def of(cls, names: Sequence[str], tools: Sequence[Tool], slots: int) -> CallTable:
        """Read the table from an environment's ``call_names`` and ``tools``."""
        known = {tool.name: Call(tool.name, str(tool.target), len(tool.options)) for tool in tools}
        calls = [Call(name, "image", 1) if name in CONTROLS else known[name] for name in names]
        return cls(calls, slots, max(call.options for call in calls))

    def as_json(self) -> dict[str, Any]:
        """Return plain values that ``from_json`` takes."""
        return {"calls": [asdict(call) for call in self.calls], "sizes": list(self.sizes)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> CallTable:
        """Undo ``as_json``."""
        _, slots, options = saved["sizes"]
        return cls([Call(**call) for call in saved["calls"]], slots, options)
