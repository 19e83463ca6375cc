"""One episode in plain values, and its pictures by name."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from editenv.envs.episode import Episode
from editenv.types import EditTask, Image, Mask
from editenv.workspace import Transition, Workspace

Pictures = dict[str, Image | Mask]
"""By file name without suffix: (H, W, 3) or (H, W) uint8."""


def digest(task: EditTask) -> str:
    """Return what tells a task from others, in 16 characters: its picture and its words."""
    found = hashlib.sha256(np.ascontiguousarray(task.source).tobytes())
    found.update(repr(task.source.shape).encode())
    found.update(task.instruction.encode())
    return found.hexdigest()[:16]


class Log:
    """Takes down one episode.

    Args:
        episode: just begun.
        seed: that it was reset with; None where the generator went on.
    """

    def __init__(self, episode: Episode, seed: int | None) -> None:
        task = episode.workspace.task
        self.pictures: Pictures = {"source": task.source}
        if task.target is not None:
            self.pictures["target"] = task.target
        self._shown, self._last = "source", task.source
        self._steps: list[dict[str, Any]] = []
        self._head = {
            "task": digest(task),
            "seed": seed,
            "instruction": task.instruction,
            "plan": [self._sub_edit(number, task) for number in range(len(task.sub_edits))],
            "target": "target" if task.target is not None else None,
        }

    def _sub_edit(self, number: int, task: EditTask) -> dict[str, Any]:
        edit, name = task.sub_edits[number], None
        if edit.mask is not None:
            name = f"edit_{number + 1}_mask"
            self.pictures[name] = edit.mask
        return {"action": edit.action, "subject": edit.subject, "goal": edit.goal, "mask": name}

    def step(self, episode: Episode) -> None:
        """Take down the call that was just carried out.

        Raises:
            RuntimeError: there was none.
        """
        if episode.last is None:
            raise RuntimeError("no call was made since the episode began")
        made, number = episode.last, len(self._steps) + 1
        verdict = made.after.verdict
        self._steps.append(
            {
                **self._call(made, episode.workspace, number),
                "picture": self._picture(made.after.canvas, number),
                "reward": episode.reward,
                "reward_terms": dict(episode.reward_terms),
                "checklist": list(verdict.done),
                "collateral": verdict.collateral,
                "distance": verdict.distance,
                "cost": made.cost.info(),
                **({"judge": made.score.info()} if made.score is not None else {}),
                **({"failure": made.failure.info()} if made.failure is not None else {}),
            }
        )

    def _call(self, made: Transition, workspace: Workspace, number: int) -> dict[str, Any]:
        call, tool = made.call, workspace.tools.get(made.call.tool)
        plain = {"tool": call.tool, "region": call.region, "option": call.option}
        words = {"action": "", "region_name": "", "option_name": "", "mask": None}
        if tool is not None and 0 <= call.region < len(made.before.regions):
            region, name = made.before.regions[call.region], f"step_{number}_mask"
            words["action"] = tool.action
            words["region_name"] = workspace.name_of(made.before, call.region)
            if 0 <= call.option < len(tool.options):
                words["option_name"] = tool.options[call.option]
            if region is not None and call.region > 0:
                self.pictures[name] = region.mask
                words["mask"] = name
        return {**plain, **words, "invalid": made.invalid}

    def _picture(self, canvas: Image, number: int) -> str:
        """Name the picture after a step; one that did not change is not kept again."""
        if canvas is not self._last:
            self._shown, self._last = f"step_{number}", canvas
            self.pictures[self._shown] = canvas
        return self._shown

    def finish(self, episode: Episode) -> dict[str, Any]:
        """Return the whole episode; pictures are named as in ``pictures``."""
        ended = "submitted" if episode.terminated else "step limit"
        return {
            **self._head,
            "solved": bool(episode.summary()["is_success"]),
            "return": float(sum(step["reward"] for step in self._steps)),
            "ended": "failure" if episode.failed else ended,
            "steps": self._steps,
        }
