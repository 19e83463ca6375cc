"""What answers consist of: the tokens of their own of the small model's tokenizer."""

from __future__ import annotations

from editenv.tools import make_tools
from editenv_policies.small_vlm.points import NUMBERS
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, object_names


def phrases() -> tuple[str, ...]:
    """Return names of things, of colours, of actions and of goals, and the numbers of points."""
    found = [*object_names()[1:], *COLOUR_NAMES, *NUMBERS]
    for tool in make_tools("all"):
        found += [tool.action, *tool.options]
    return tuple(dict.fromkeys(found))
