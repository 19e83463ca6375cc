"""What every remote tool can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from editenv.models.remote_tools.prompt import TEMPLATE, Template, checked_template
from editenv.tools.base import Target
from editenv.tools.cost import Cost

Outside = Literal["exact", "model"]
"""``"exact"`` keeps each pixel outside the region; ``"model"`` takes the server's picture whole."""

DECLARED = Cost(seconds=10.0)
"""A round figure where no cost is declared, no measurement."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a remote tool.

    Attributes:
        name: of the tool; None makes it from protocol, URL and model.
        action: what it does in the user's terms. After ``"remove"`` the region's mask is empty.
        target: which region slots it accepts.
        presets: by option name, the fields that the option adds to a request, such as
            ``{"low": {"quality": "low"}, "high": {"quality": "high"}}``.
        fields: that are added to every request.
        costs: by option name, or one for all; the budget reserves their money.
        template: how prompts are composed; see ``TEMPLATE``.
        outside: what becomes of the pixels outside the region.

    Raises:
        ValueError: a wrong value.
    """

    name: str | None = None
    action: str = "edit"
    target: Target = "any"
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"standard": {}})
    fields: Mapping[str, Any] = field(default_factory=dict)
    costs: Cost | Mapping[str, Cost] = DECLARED
    template: Template = TEMPLATE
    outside: Outside = "exact"

    def __post_init__(self) -> None:
        checked_template(self.template)
        for name, value, accepted in (
            ("target", self.target, get_args(Target)),
            ("outside", self.outside, get_args(Outside)),
        ):
            if value not in accepted:
                raise ValueError(f"{name}={value!r} is not accepted: choose from {accepted}")
        if not self.presets or not all(isinstance(name, str) and name for name in self.presets):
            raise ValueError(f"presets={dict(self.presets)!r} must name at least one option")
        if not isinstance(self.costs, Cost) and set(self.costs) != set(self.presets):
            raise ValueError(
                f"costs of {sorted(self.costs)} must be of the options {sorted(self.presets)}"
            )

    def cost(self, option: str) -> Cost:
        """Return the cost of an option."""
        return self.costs if isinstance(self.costs, Cost) else self.costs[option]
