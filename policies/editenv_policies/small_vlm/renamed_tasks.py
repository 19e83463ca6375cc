"""Tasks whose objects have names that nobody has seen: rewards for copying a name."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from editenv.tasks import TaskSource
from editenv.types import BACKGROUND, WHOLE_IMAGE, EditTask
from editenv_policies.small_vlm.renaming import invented_name


class RenamedTasks:
    """The tasks of a source, in some of which the objects that the user names are called anew.

    Instruction, regions and sub-edits have the new name; the picture stays. A policy that is
    rewarded on these learns to write down what was said, where with the train split's 311 names it
    learns to choose among them.

    Args:
        source: of the tasks.
        share: of the tasks that are renamed, 0 to 1.

    Raises:
        ValueError: ``share`` is none.
    """

    def __init__(self, source: TaskSource, share: float = 1.0) -> None:
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share={share} must be from 0 to 1")
        self._source, self._share = source, share

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task and names."""
        return self._renamed(rng, self._source.sample(rng))

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index``, always with the same names.

        Raises:
            IndexError: an index that the source does not have.
        """
        return self._renamed(np.random.default_rng(index), self._source[index])

    def _renamed(self, rng: np.random.Generator, task: EditTask) -> EditTask:
        if rng.random() >= self._share:
            return task
        # A thing that an edit puts in is known to the tools by its name.
        kept = {BACKGROUND, WHOLE_IMAGE, *(edit.goal for edit in task.sub_edits)}
        for label in sorted({region.label for region in task.regions}):
            pattern = re.compile(rf"\b{re.escape(label)}\b")
            if label not in kept and pattern.search(task.instruction):
                task = _with_name(task, pattern, label, invented_name(rng))
        return task


def _with_name(task: EditTask, pattern: re.Pattern[str], label: str, name: str) -> EditTask:
    return replace(
        task,
        instruction=pattern.sub(name, task.instruction),
        regions=tuple(replace(r, label=name) if r.label == label else r for r in task.regions),
        sub_edits=tuple(
            replace(e, subject=name) if e.subject == label else e for e in task.sub_edits
        ),
    )
