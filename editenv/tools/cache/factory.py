"""From the ``edit_cache`` argument of an environment to a cache."""

from __future__ import annotations

import functools
import os

from editenv.tools.cache.edit_cache import EditCache

_ACCEPTED = "'auto', 'off', None, 'disk:FOLDER' or an EditCache"


def make_edit_cache(edit_cache: str | EditCache | None = "auto") -> EditCache | None:
    """Return the cache that ``edit_cache`` stands for.

    Args:
        edit_cache: ``"auto"`` for the memory cache that all environments of a process share;
            ``"disk:FOLDER"`` for one that also keeps edits in a folder, the same object for the
            same folder; an ``EditCache``; ``"off"`` or None for none.

    Raises:
        ValueError: anything else, or a folder that cannot be used.
        gymnasium.error.DependencyNotInstalled: ``"disk:FOLDER"`` without filelock.
    """
    if edit_cache is None or isinstance(edit_cache, EditCache):
        return edit_cache
    if edit_cache == "off":
        return None
    if edit_cache == "auto":
        return _in_memory()
    if isinstance(edit_cache, str):
        kind, _, folder = edit_cache.partition(":")
        if kind == "disk" and folder:
            return _on_disk(os.path.realpath(os.path.expanduser(folder)))
    raise ValueError(f"edit_cache={edit_cache!r} is not accepted: choose from {_ACCEPTED}")


@functools.cache
def _in_memory() -> EditCache:
    return EditCache()


@functools.cache
def _on_disk(folder: str) -> EditCache:
    return EditCache(folder=folder)
