"""A cache of edits: equal edits of equal pictures are paid for once. See ``docs/edit_cache.md``."""

from editenv.tools.cache.cached_tool import CachedPromptedTool, CachedTool, cache_info, cached_tools
from editenv.tools.cache.edit_cache import EditCache
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.cache.factory import make_edit_cache
from editenv.tools.cache.keys import edit_keys

__all__ = [
    "CachedEdit",
    "CachedPromptedTool",
    "CachedTool",
    "EditCache",
    "cache_info",
    "cached_tools",
    "edit_keys",
    "make_edit_cache",
]
