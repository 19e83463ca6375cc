"""Tasks and tools from the arguments of a text environment."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.registration import CONFIGURATIONS
from editenv.tasks import TaskSource
from editenv.tools import Tool

Tasks = str | TaskSource
Tools = str | Sequence[str | Tool] | None

OTHER_TOOLS = "all"
"""The tools for tasks that no registered id has."""


def tasks_and_tools(tasks: Tasks, tools: Tools) -> tuple[Tasks, str | Sequence[str | Tool]]:
    """Look up an id, and the tools of its tasks if none are given.

    Args:
        tasks: a registered id, a task source by name, or a source.
        tools: as in ``ImageEditEnv``; None takes those of the id that has these tasks.
    """
    by_tasks = {kwargs["tasks"]: kwargs for _, kwargs in CONFIGURATIONS.values()}
    if isinstance(tasks, str) and tasks in CONFIGURATIONS:
        tasks = str(CONFIGURATIONS[tasks][1]["tasks"])
    if tools is not None:
        return tasks, tools
    if isinstance(tasks, str) and tasks in by_tasks:
        return tasks, by_tasks[tasks].get("tools", "objects")
    return tasks, OTHER_TOOLS
