"""A cache of edits: equal edits of equal pictures are paid for once. See ``docs/edit_cache.md``."""

from editenv.tools.cache.cached_tool import CachedPromptedTool, CachedTool
from editenv.tools.cache.edit_cache import EditCache

__all__ = ["CachedPromptedTool", "CachedTool", "EditCache"]
