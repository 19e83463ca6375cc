"""Tools behind a cache, and what an environment's ``info`` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from editenv.tools.base import Edited, Target, Tool
from editenv.tools.cache.edit_cache import EditCache, hit_rate
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.cache.keys import edit_keys
from editenv.types import Image, Mask


class CachedTool:
    """A tool whose edits are kept; otherwise it is the tool that it holds.

    The pictures that it returns are read-only. Edits with a ``warp`` are made every time.

    Args:
        tool: any tool. Whatever its result depends on besides picture, mask and option belongs
            into its ``version`` or ``seed``; see ``Tool``.
        cache: where its edits are kept; tools and environments may share it.

    Attributes:
        hits: how many edits this object has answered without the tool.
        misses: how many edits the tool has made for it.
    """

    def __init__(self, tool: Tool, cache: EditCache) -> None:
        self.tool = tool
        self.cache = cache
        self.hits = 0
        self.misses = 0

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def action(self) -> str:
        """The tool's action."""
        return self.tool.action

    @property
    def target(self) -> Target:
        """The tool's target."""
        return self.tool.target

    @property
    def options(self) -> tuple[str, ...]:
        """The tool's options."""
        return self.tool.options

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch; see ``Tool.apply``. The tool gets the distinct unknown edits at once."""
        made = 0

        def compute(places: list[int]) -> list[CachedEdit]:
            nonlocal made
            made += len(places)
            given = [masks[place] for place in places]
            edited = self.tool.apply(
                [images[place] for place in places], given, [options[place] for place in places]
            )
            return [CachedEdit.of(edit, mask) for edit, mask in zip(edited, given, strict=True)]

        edits = self.cache.fetch(edit_keys(self.tool, images, masks, options), compute)
        self.hits += len(edits) - made
        self.misses += made
        return [edit.onto(mask) for edit, mask in zip(edits, masks, strict=True)]

    def relabel(self, label: str, option: int) -> str:
        """What the tool says."""
        return self.tool.relabel(label, option)

    def adds(self, option: int) -> str | None:
        """What the tool says."""
        return self.tool.adds(option)


def cached_tools(tools: Sequence[Tool], cache: EditCache | None) -> tuple[Tool, ...]:
    """Put the expensive tools behind a cache.

    Args:
        tools: those with ``expensive = True`` are wrapped; a ``CachedTool`` stays as it is.
        cache: None wraps nothing.
    """
    return tuple(
        CachedTool(tool, cache) if cache is not None and _wants_cache(tool) else tool
        for tool in tools
    )


def cache_info(tools: Iterable[Tool]) -> dict[str, Any]:
    """Return ``{"edit_cache": {"hits": int, "misses": int, "hit_rate": float}}`` of some tools.

    Empty where none is cached. The counts are those of these objects, from when they were made.
    """
    cached = [tool for tool in tools if isinstance(tool, CachedTool)]
    if not cached:
        return {}
    hits, misses = sum(tool.hits for tool in cached), sum(tool.misses for tool in cached)
    return {"edit_cache": {"hits": hits, "misses": misses, "hit_rate": hit_rate(hits, misses)}}


def _wants_cache(tool: Tool) -> bool:
    return bool(getattr(tool, "expensive", False)) and not isinstance(tool, CachedTool)
