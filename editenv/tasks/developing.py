"""A photo with sliders that stand wrong, and the user's complaint about some of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editenv.develop import Sliders, develop
from editenv.imaging.metrics import mean_error
from editenv.imaging.tone import is_natural, natural
from editenv.protocols import implements
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.language.adjustments import SIDES, adjustment
from editenv.tasks.pairs import PairTasks
from editenv.tasks.source import SPLITS, TaskSource
from editenv.types import EditTask

PAIRS_PREFIX = "pairs:"

REACH: dict[str, float] = {
    "exposure": 1.5,
    "contrast": 60.0,
    "temperature": 70.0,
    "tint": 70.0,
    "saturation": 60.0,
}
"""By slider: the largest fault, in its own unit."""

LEAST_MOVE = 0.4
"""Smallest fault, as a share of the largest."""

MOST_ASKED = 3

LIKED_SHARE = 0.5
"""How often something else about the photo is out of the ordinary, which the user wants to keep."""

LEAST_CHANGE = 0.013
"""Mean change that each move must bring, as a share of the full range: three grey levels."""


class DevelopTasks(GeneratedTasks):
    """One to three sliders to move; the words say which, and the picture how far.

    A well-made photo is developed with sliders that stand wrong. The user complains of one to three
    of them; in half of the tasks one more stands out of the ordinary, of which nobody speaks, and
    which is to stay. The target is the spoilt photo with the sliders moved back that were spoken
    of: ``task.metadata["sliders"]`` has them, so the target can be reached exactly.

    Args:
        split: one of ``SPLITS``. `test` has photographs and wording that `train` never shows.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
        material: of the scenes.
        sliders: that may stand wrong, of ``REACH``.

    Raises:
        ValueError: an unknown split, material or slider, or no slider at all.
    """

    name = "develop"

    def __init__(
        self,
        split: str,
        height: int,
        width: int,
        *,
        material: str = "photo",
        sliders: Sequence[str] = tuple(REACH),
    ) -> None:
        super().__init__(split, height, width, material=material)
        if not sliders or not set(sliders) <= set(SIDES):
            raise ValueError(f"sliders={[*sliders]} must be some of {list(SIDES)}")
        self.sliders = tuple(dict.fromkeys(sliders))

    def draw_theme(self, rng: np.random.Generator) -> tuple[dict[str, float], dict[str, float]]:
        """Choose the moves that are asked for, and those that nobody asks for, from -1 to 1."""
        count = 1 + int(rng.integers(min(MOST_ASKED, len(self.sliders))))
        spare = len(self.sliders) > count and rng.random() < LIKED_SHARE
        chosen = rng.choice(len(self.sliders), count + spare, replace=False)
        moves: dict[str, float] = {}
        for index in chosen:
            size = LEAST_MOVE + (1.0 - LEAST_MOVE) * float(rng.random())
            moves[self.sliders[int(index)]] = size if rng.random() < 0.5 else -size
        names = list(moves)
        return {n: moves[n] for n in sorted(names[:count])}, {n: moves[n] for n in names[count:]}

    def attempt(
        self, rng: np.random.Generator, theme: tuple[dict[str, float], dict[str, float]]
    ) -> EditTask | None:
        """Draw once."""
        asked, liked = theme
        scene = self.arrange(rng, int(rng.integers(0, 3)))
        photo = natural(scene.image)
        if not is_natural(photo):
            return None
        wrong = {name: -REACH[name] * move for name, move in {**asked, **liked}.items()}
        source = develop(photo, Sliders.of(wrong))
        moves = {name: REACH[name] * move for name, move in asked.items()}
        for name, move in moves.items():
            if mean_error(develop(source, Sliders.of({name: move})), source) < LEAST_CHANGE:
                return None
        wanted = Sliders.of(moves)
        target = develop(source, wanted)
        return EditTask(
            source=source,
            instruction=adjustment(rng, self.words, asked),
            stages=(target,),
            metadata={"family": self.name, "split": self.split, "sliders": wanted},
        )


def make_develop_tasks(
    tasks: str | TaskSource, *, split: str, height: int, width: int, sliders: Sequence[str]
) -> TaskSource:
    """Find or build a source of tasks for sliders.

    Args:
        tasks: ``"develop"``, ``"pairs:FOLDER"`` (see ``editenv.tasks.pairs``), or a source, whose
            tasks have a target.
        split: one of ``SPLITS``.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
        sliders: that can be moved; ``"develop"`` asks for those of them that ``REACH`` has.

    Raises:
        ValueError: an unknown name or split, or no slider that can be asked for.
        editenv.tasks.folder.TaskFolderError: a folder that cannot be used.
    """
    if split not in SPLITS:
        raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
    if isinstance(tasks, str):
        if tasks == DevelopTasks.name:
            asked = [name for name in sliders if name in REACH]
            return DevelopTasks(split, height, width, sliders=asked)
        if tasks.startswith(PAIRS_PREFIX):
            return PairTasks(tasks.removeprefix(PAIRS_PREFIX), height, width, split)
    elif implements(tasks, TaskSource):
        return tasks
    raise ValueError(
        f"tasks={tasks!r} is none of {DevelopTasks.name!r}, '{PAIRS_PREFIX}FOLDER' and a TaskSource"
    )
