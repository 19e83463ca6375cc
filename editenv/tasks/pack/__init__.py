"""Packs: tasks that were drawn once and are read from disk, without copying, by all processes."""

from editenv.tasks.pack.source import PackTasks

__all__ = ["PackTasks"]
