"""Tools behind a cache, and what an environment's ``info`` says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from editenv.failure import Failure
from editenv.tools.base import Edited, Prompt, PromptedTool, Target, Tool, Wording
from editenv.tools.cache.edit_cache import EditCache, hit_rate
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.cache.keys import edit_keys
from editenv.tools.priced import Priced
from editenv.tools.run import is_prompted
from editenv.types import Image, Mask

Make = Callable[[list[int]], Sequence[Edited | Failure]]
"""Makes the edits at some places of a batch."""


class CachedTool:
    """A tool whose edits are kept; otherwise it is the tool that it holds.

    The pictures that it returns are read-only. Edits with a ``warp`` are made every time, and so
    are those that failed.

    Args:
        tool: any tool. Whatever its result depends on besides picture, mask and option belongs
            into its ``version`` or ``seed``; see ``Tool``.
        cache: where its edits are kept; tools and environments may share it.

    Raises:
        ValueError: a tool that takes words, which is for ``CachedPromptedTool``.

    Attributes:
        hits: how many edits this object has answered without the tool.
        misses: how many edits the tool has made for it.
    """

    def __init__(self, tool: Tool, cache: EditCache) -> None:
        if is_prompted(tool) != hasattr(self, "apply_prompted"):
            kinds = (CachedTool.__name__, CachedPromptedTool.__name__)
            raise ValueError(
                f"tool={tool.name!r} in a {type(self).__name__}: of {kinds} the first is for tools "
                "that take no words, the second for those that do"
            )
        self.tool = tool
        self.name, self.action = tool.name, tool.action
        self.target: Target = tool.target
        self.options = tool.options
        self.relabel, self.adds = tool.relabel, tool.adds
        # Who makes the edits: its class, version and seed tell them from others.
        self._maker = tool
        while isinstance(self._maker, (CachedTool, Priced)):
            self._maker = self._maker.tool
        self.cache = cache
        self.hits = 0
        self.misses = 0
        # An edit that is found costs the same: the price is the call's, not the machine's.
        for price in ("cost", "cost_per_megapixel"):
            if hasattr(tool, price):
                setattr(self, price, getattr(tool, price))

    def apply(
        self, images: list[Image], masks: list[Mask], options: list[int]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch; see ``Tool.apply``. The tool gets the distinct unknown edits at once."""

        def make(places: list[int]) -> Sequence[Edited | Failure]:
            return self.tool.apply(*_picked(places, images, masks, options))

        return self._fetch(edit_keys(self._maker, images, masks, options), masks, make)

    def _fetch(
        self, keys: Sequence[bytes], masks: list[Mask], make: Make
    ) -> list[Edited | Failure]:
        made = 0

        def compute(places: list[int]) -> list[CachedEdit | Failure]:
            nonlocal made
            made += len(places)
            return [
                edit if isinstance(edit, Failure) else CachedEdit.of(edit, masks[place])
                for place, edit in zip(places, make(places), strict=True)
            ]

        edits = self.cache.fetch(keys, compute)
        self.hits += len(edits) - made
        self.misses += made
        return [
            edit if isinstance(edit, Failure) else edit.onto(mask)
            for edit, mask in zip(edits, masks, strict=True)
        ]

    def close(self) -> None:
        """Close the tool, if it can be closed; the cache stays open."""
        getattr(self.tool, "close", lambda: None)()


class CachedPromptedTool(CachedTool):
    """The same for a tool that takes words: prompt and seed are part of the edit."""

    tool: PromptedTool

    def compose(self, wording: Wording, option: int) -> str:
        """What the tool says."""
        return self.tool.compose(wording, option)

    def apply_prompted(
        self, images: list[Image], masks: list[Mask], options: list[int], prompts: list[Prompt]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch; see ``PromptedTool.apply_prompted``."""

        def make(places: list[int]) -> Sequence[Edited | Failure]:
            return self.tool.apply_prompted(*_picked(places, images, masks, options, prompts))

        keys = edit_keys(self._maker, images, masks, options, prompts)
        return self._fetch(keys, masks, make)


def _picked(places: list[int], *columns: list[Any]) -> list[list[Any]]:
    return [[column[place] for place in places] for column in columns]


def cached_tools(tools: Sequence[Tool], cache: EditCache | None) -> tuple[Tool, ...]:
    """Put the expensive tools behind a cache.

    Args:
        tools: those with ``expensive = True`` are wrapped; a ``CachedTool`` stays as it is.
        cache: None wraps nothing.
    """
    return tuple(
        _cached(tool, cache) if cache is not None and _wants_cache(tool) else tool for tool in tools
    )


def _cached(tool: Tool, cache: EditCache) -> CachedTool:
    return CachedPromptedTool(tool, cache) if is_prompted(tool) else CachedTool(tool, cache)


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
