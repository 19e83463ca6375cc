"""What every remote tool can be told, in code and by the options of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from editenv.models.remote import limits
from editenv.models.remote.address import FIELD
from editenv.models.remote.client import arguments_of_process
from editenv.options import Readers
from editenv.tools.base import Target, Wording
from editenv.tools.cost import Cost
from editenv.types import WHOLE_IMAGE

Outside = Literal["exact", "model"]
"""``"exact"`` keeps each pixel outside the region; ``"model"`` takes the server's picture whole."""

Template = str | Callable[[Wording, str], str]
"""A text with ``FIELDS``, or a function of the wording and the option's name."""

FIELDS = ("words", "where", "label", "instruction", "option")

TEMPLATE = "{words}{where}"
"""The default. ``{words}`` is the one edit to do now where somebody has taken the instruction
apart, else all that the user said; ``{where}`` names the region where there is one."""

DECLARED = Cost(seconds=10.0)
"""A round figure where no cost is declared, no measurement."""

_WHERE = " Change only the marked region ({label}) and leave everything else as it is."

_PLAIN = ("name", "action", "target", "template", "outside")
READERS: Readers = {
    **dict.fromkeys((*_PLAIN, "quality", "money", "seconds", FIELD), str),
    **limits.READERS,
}
"""Options of every remote tool's name; ``field.NAME=VALUE`` adds a field to each request."""


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
        for name, value, accepted in (
            ("target", self.target, get_args(Target)),
            ("outside", self.outside, get_args(Outside)),
        ):
            if value not in accepted:
                raise ValueError(f"{name}={value!r} is not accepted: choose from {accepted}")
        if not callable(self.template) and not _is_template(self.template):
            raise ValueError(
                f"template={self.template!r} is not accepted: give a text with fields among "
                f"{FIELDS} or a function of wording and option"
            )
        if not self.presets or not all(isinstance(name, str) and name for name in self.presets):
            raise ValueError(f"presets={dict(self.presets)!r} must name at least one option")
        if not isinstance(self.costs, Cost) and set(self.costs) != set(self.presets):
            raise ValueError(
                f"costs of {sorted(self.costs)} must be of the options {sorted(self.presets)}"
            )

    def cost(self, option: str) -> Cost:
        """Return the cost of an option."""
        return self.costs if isinstance(self.costs, Cost) else self.costs[option]

    def compose(self, wording: Wording, option: str) -> str:
        """Fill in the template."""
        if not isinstance(self.template, str):
            return self.template(wording, option)
        words = (wording.words or wording.instruction).strip()
        if words and words[-1] not in ".!?":
            words += "."
        label = wording.label
        where = "" if label in ("", WHOLE_IMAGE) else _WHERE.format(label=label)
        values = (words, where, label, wording.instruction, option)
        return self.template.format(**dict(zip(FIELDS, values, strict=True)))


def arguments_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a tool's constructor takes, by the options of its name and the environment.

    Raises:
        ValueError: a wrong option.
    """
    presets = {name: {"quality": name} for name in options.get("quality", "").split(",") if name}
    presets = presets or {"standard": {}}
    seconds, money = (
        _numbers(name, options.get(name), getattr(DECLARED, name), [*presets])
        for name in ("seconds", "money")
    )
    settings = Settings(
        presets=presets,
        costs={name: Cost(*pair) for name, *pair in zip(presets, seconds, money, strict=True)},
        fields=options.get(FIELD, {}),
        **{name: options[name] for name in _PLAIN if name in options},
    )
    return {"settings": settings, **arguments_of_process(options)}


def _numbers(name: str, text: str | None, default: float, options: list[str]) -> list[float]:
    try:
        values = [default] if text is None else [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (1, len(options)):
        raise ValueError(
            f"{name}={text!r} must be one number, or one for each of {options}, by comma"
        )
    return values if len(values) == len(options) else values * len(options)


def _is_template(text: object) -> bool:
    try:
        return isinstance(text, str) and isinstance(text.format(**dict.fromkeys(FIELDS, "")), str)
    except (KeyError, IndexError, ValueError):
        return False
