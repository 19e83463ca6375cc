"""Tools: what the team can do to a picture. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Sequence

from editenv import entry_points
from editenv.entry_points import EntryPoint
from editenv.protocols import implements
from editenv.tools import (
    add,
    background,
    blur,
    brightness,
    contrast,
    crop,
    deblock,
    deblur,
    denoise,
    exposure,
    flip,
    low_light,
    move,
    pixelate,
    recolour,
    remove,
    replace,
    saturation,
    scale,
    sharpen,
    white_balance,
)
from editenv.tools.base import Edited, Prompt, PromptedTool, Target, Tool, Wording
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation

_OWN: tuple[tuple[Operation, *tuple[Tool, ...]], ...] = (
    (recolour.OPERATION, recolour.TOOL),
    (brightness.OPERATION, brightness.TOOL),
    (contrast.OPERATION, contrast.TOOL),
    (saturation.OPERATION, saturation.TOOL),
    (blur.OPERATION, blur.TOOL),
    (pixelate.OPERATION, pixelate.TOOL),
    (sharpen.OPERATION, sharpen.TOOL),
    (remove.OPERATION, remove.TEXTURE, remove.DIFFUSION, remove.MEAN),
    (move.OPERATION, move.TOOL),
    (scale.OPERATION, scale.TOOL),
    (flip.OPERATION, flip.TOOL),
    (replace.OPERATION, replace.TOOL),
    (add.OPERATION, add.TOOL),
    (background.OPERATION, background.TOOL),
    (crop.OPERATION, crop.TOOL),
    (white_balance.OPERATION, white_balance.TOOL),
    (exposure.OPERATION, exposure.TOOL),
    (denoise.OPERATION, denoise.MEDIAN, denoise.GUIDED),
    (deblur.OPERATION, deblur.TOOL),
    (deblock.OPERATION, deblock.TOOL),
    (low_light.OPERATION, low_light.TOOL),
)
"""What comes with the package: a line for each file, an operation and the tools that do it."""

TOOLS: dict[str, Tool] = {tool.name: tool for _, *tools in _OWN for tool in tools}
"""Every tool by name. Tools hold no state, so one instance serves all environments."""

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation, *_ in _OWN}
"""Every operation by name, which is the ``action`` of the tools that do it."""

DEMANDS: dict[str, Demand] = {name: o.demand for name, o in OPERATIONS.items() if o.demand}
"""By operation: how the package's own tasks ask for it. Those that users register have no part in
it: a seed must give the same task with and without them."""

TOOL_PRESETS: dict[str, tuple[str, ...]] = {
    "objects": (
        "recolour",
        "brightness",
        "saturation",
        "blur",
        "pixelate",
        "remove_texture",
        "remove_diffusion",
        "remove_mean",
        "move",
        "scale",
        "flip",
        "replace",
        "add",
        "background",
    ),
    "photo": (
        "exposure",
        "contrast",
        "white_balance",
        "saturation",
        "brightness",
        "crop",
        "sharpen",
    ),
    "restore": (
        "denoise_median",
        "denoise_guided",
        "deblur",
        "deblock",
        "low_light",
        "exposure",
    ),
    "all": (
        "recolour",
        "brightness",
        "contrast",
        "saturation",
        "blur",
        "pixelate",
        "sharpen",
        "remove_texture",
        "remove_diffusion",
        "remove_mean",
        "move",
        "scale",
        "flip",
        "replace",
        "add",
        "background",
        "crop",
        "white_balance",
        "exposure",
        "denoise_median",
        "denoise_guided",
        "deblur",
        "deblock",
        "low_light",
    ),
}
"""Names of tools by preset, written out: registered ids have them, and must not drift when a tool
is added."""

TOOL_KINDS: dict[str, EntryPoint] = {
    "diffusers": "editenv.models.diffusion:make_diffusion_tool",
    "openai": "editenv.models.remote_tools:make_images_edit_tool",
    "json": "editenv.models.remote_tools:make_json_tool",
    "ray": "editenv.models.ray_tools.tool:make_ray_tool",
}
"""By prefix, as in ``"diffusers:PATH"``: what builds a tool from the rest."""


def register_tool(tool: Tool) -> None:
    """Add a tool that ``tools=[tool.name, ...]`` then finds.

    Raises:
        ValueError: the name is taken, or the object is no tool.
    """
    _check_tool(tool)
    if tool.name in TOOLS:
        raise ValueError(f"tool.name={tool.name!r} is taken")
    TOOLS[tool.name] = tool


def register_operation(operation: Operation) -> None:
    """Add what is known of an operation beside the pixels of its tools.

    Tasks that come with the package don't ask for it, so that what they ask for stays the same;
    the keyword pipeline knows its words, and success has its tolerance.

    Raises:
        ValueError: the name is taken.
    """
    if operation.name in OPERATIONS:
        raise ValueError(f"operation.name={operation.name!r} is taken")
    OPERATIONS[operation.name] = operation


def find_operation(name: str) -> Operation:
    """Return what is known of an operation; of one that is not registered, the defaults."""
    return OPERATIONS.get(name) or Operation(name)


def register_tool_kind(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of tool that ``tools=["KIND:WHERE"]`` then builds.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from WHERE to a ``Tool``.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(TOOL_KINDS, kind, entry_point)


def make_tool(name: str) -> Tool:
    """Find a tool by name, or build one from ``"KIND:WHERE"``.

    Raises:
        ValueError: an unknown name or kind.
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    kind, _, where = name.partition(":")
    if where and kind in TOOL_KINDS:
        return _built(kind, where)
    if kind in TOOL_KINDS and name not in TOOLS:
        raise ValueError(f"tools has {name!r}, which names nothing: give '{kind}:' and a place")
    if name not in TOOLS:
        accepted = [*sorted(TOOLS), *(f"{kind}:..." for kind in TOOL_KINDS)]
        raise ValueError(f"tool {name!r} is unknown: choose from {accepted}")
    return TOOLS[name]


def _built(kind: str, where: str) -> Tool:
    try:
        return entry_points.load(TOOL_KINDS[kind])(where)
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        # The name itself is not repeated: it may hold what is better not logged.
        raise ValueError(f"tools has '{kind}:...', which cannot be built: {error}") from error


def make_tools(tools: str | Sequence[str | Tool]) -> tuple[Tool, ...]:
    """Find the tools of an environment.

    Args:
        tools: a preset's name, or names and tools, at least one.

    Raises:
        ValueError: an unknown preset or name, an object that is no tool, a tool given twice, or
            nothing at all.
    """
    if isinstance(tools, str):
        if tools not in TOOL_PRESETS:
            raise ValueError(f"tools={tools!r} is unknown: choose from {sorted(TOOL_PRESETS)}")
        tools = TOOL_PRESETS[tools]
    # What a set has first depends on the hash seed, and with it what an action means.
    if not isinstance(tools, Sequence):
        raise ValueError(
            f"tools={tools!r} must be one of {sorted(TOOL_PRESETS)} or a sequence of names and "
            "tools, whose order is that of the actions"
        )
    if not tools:
        raise ValueError("tools=[] is empty: give at least one tool")
    found = tuple(make_tool(t) if isinstance(t, str) else _check_tool(t) for t in tools)
    names = [tool.name for tool in found]
    if len(set(names)) < len(names):
        raise ValueError(f"tools={names} has a name twice: each tool may be given once")
    return found


def _check_tool(tool: Tool) -> Tool:
    if not implements(tool, Tool):
        raise ValueError(f"tools has {tool!r}, which is neither a name nor a Tool")
    return tool


__all__ = [
    "DEMANDS",
    "OPERATIONS",
    "TOOLS",
    "TOOL_KINDS",
    "TOOL_PRESETS",
    "Cost",
    "Demand",
    "Edited",
    "Keywords",
    "Operation",
    "Prompt",
    "PromptedTool",
    "Target",
    "Tool",
    "Wording",
    "find_operation",
    "make_tool",
    "make_tools",
    "register_operation",
    "register_tool",
    "register_tool_kind",
]
