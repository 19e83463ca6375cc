"""Tasks: pictures, instructions and what the finished picture looks like."""

from editenv.tasks.pool import TaskPool
from editenv.tasks.registry import TASK_SOURCES, make_tasks, register_tasks
from editenv.tasks.source import SPLITS, TaskSource

__all__ = ["SPLITS", "TASK_SOURCES", "TaskPool", "TaskSource", "make_tasks", "register_tasks"]
