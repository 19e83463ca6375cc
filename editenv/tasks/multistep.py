"""Two to five edits, where the order changes the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from editenv.tasks.build import build_task
from editenv.tasks.clauses import (
    Bundle,
    Way,
    can_be_done,
    compose_instruction,
    in_turn,
    plain_clause,
    plain_edits,
    shows,
)
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS, choose_step, draw_actions
from editenv.tasks.look import SPATIAL
from editenv.tasks.reference import Reference, describe, means
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, Step, apply_step
from editenv.types import EditTask

FOLLOW_UPS = ("recolour", "brightness", "saturation", "scale", "flip", "pixelate")
"""What can be asked of the thing that an earlier step put in place."""

NAME = ("name",)

ORDINAL = ("ordinal",)

GOALS = 3
"""How many goals are tried for each object."""

EXTRAS = (0.4, 0.3, 0.2, 0.1)
"""Shares of tasks with no, one, two and three further edits after the pair."""


@dataclass(frozen=True)
class Plot:
    """What a task of two dependent steps is about.

    Attributes:
        pattern: name of one of ``PATTERNS``.
        first: action of the first step, one of the pattern's.
        second: action of the second step.
        extras: actions of further edits.
    """

    pattern: str
    first: str
    second: str
    extras: tuple[str, ...] = ()


Pattern = Callable[[np.random.Generator, str, str, Scene, Plot], Iterator[Bundle]]
"""From generator, split, split of the wording, scene and plot to pairs of clauses."""


def _steps(
    rng: np.random.Generator,
    split: str,
    scene: Scene,
    action: str,
    keys: Sequence[int] | None = None,
) -> Iterator[Step]:
    """Yield steps of an action that show, up to ``GOALS`` for every object, in random order."""
    known = [o.key for o in scene.objects] if keys is None else list(keys)
    order = [known[int(number)] for number in rng.permutation(len(known))]
    yielded: list[Step] = []
    for key in order * GOALS:
        step = choose_step(rng, scene, action, key, split)
        if step is None or step in yielded:
            continue
        yielded.append(step)
        if shows(scene, step) and can_be_done(scene, (step,)):
            yield step


def new_thing_changed(
    rng: np.random.Generator, split: str, words: str, scene: Scene, plot: Plot
) -> Iterator[Bundle]:
    """Replace or add an object, then change it: it is not there before."""
    for step in _steps(rng, split, scene, plot.first):
        first = plain_clause(rng, words, scene, step, NAME)
        if first is None:
            continue
        after = apply_step(scene, step)
        # What is new is painted in front.
        for follow in _steps(rng, split, after, plot.second, [after.objects[-1].key]):
            second = plain_clause(rng, words, after, follow, NAME)
            if second is not None:
                yield first, second


def colour_splash(
    rng: np.random.Generator, split: str, words: str, scene: Scene, plot: Plot
) -> Iterator[Bundle]:
    """Take all colour out, then colour one thing: the other way round it would be grey."""
    first = plain_clause(rng, words, scene, Step("saturation", PHOTO, "black and white"), NAME)
    if first is None or not shows(scene, first.step):
        return
    after = apply_step(scene, first.step)
    for step in _steps(rng, split, after, "recolour"):
        # These three look the same whichever comes first.
        second = plain_clause(rng, words, after, step, NAME)
        if second is not None and step.goal not in ("black", "white", "grey"):
            yield first, second


def changed_extreme(
    rng: np.random.Generator, split: str, words: str, scene: Scene, plot: Plot
) -> Iterator[Bundle]:
    """Change which object is the leftmost (largest, ...), then change the one that is it now."""
    for step in _steps(rng, split, scene, plot.first):
        first = plain_clause(rng, words, scene, step, NAME)
        if first is None:
            continue
        after = apply_step(scene, step)
        for key in (o.key for o in after.objects):

            def is_news(reference: Reference, key: int = key) -> bool:
                return not means(scene, reference, key)

            if describe(after, after.find(key), ORDINAL, rng, is_news) is None:
                continue
            for follow in _steps(rng, split, after, plot.second, [key]):
                second = plain_clause(rng, words, after, follow, ORDINAL, is_news)
                if second is not None:
                    yield first, second


def landmark_removed(
    rng: np.random.Generator, split: str, words: str, scene: Scene, plot: Plot
) -> Iterator[Bundle]:
    """Change the thing left of the dog, then remove the dog: afterwards the name means nothing."""
    for landmark in _steps(rng, split, scene, plot.second):
        label = scene.find(landmark.key).label

        def starts_there(reference: Reference, label: str = label) -> bool:
            return reference.attribute is not None and reference.attribute[2] == label

        others = [o.key for o in scene.objects if o.key != landmark.key]
        for step in _steps(rng, split, scene, plot.first, others):
            first = plain_clause(rng, words, scene, step, ("relation",), starts_there)
            if first is None:
                continue
            after = apply_step(scene, step)
            for follow in _steps(rng, split, after, plot.second, [landmark.key]):
                second = plain_clause(rng, words, after, follow, NAME)
                if second is not None:
                    yield first, second


def turned_around(
    rng: np.random.Generator, split: str, words: str, scene: Scene, plot: Plot
) -> Iterator[Bundle]:
    """Mirror the whole photo, then change what is now on that side."""
    first = plain_clause(rng, words, scene, Step("flip", PHOTO, "horizontal"), NAME)
    if first is None or not shows(scene, first.step):
        return
    after = apply_step(scene, first.step)
    for step in _steps(rng, split, after, plot.second):
        second = plain_clause(rng, words, after, step, ("outermost",))
        if second is not None:
            yield first, second


PATTERNS: dict[str, tuple[Pattern, tuple[str, ...], tuple[str, ...]]] = {
    "new_thing_changed": (new_thing_changed, ("replace", "add"), FOLLOW_UPS),
    "colour_splash": (colour_splash, ("saturation",), ("recolour",)),
    "changed_extreme": (changed_extreme, ("remove", "move", "scale"), FOLLOW_UPS),
    "landmark_removed": (landmark_removed, FOLLOW_UPS, ("remove",)),
    "turned_around": (turned_around, ("flip",), FOLLOW_UPS),
}
"""Pairs of steps that do not commute, and the actions of the first and the second one. A new one
is a function and a line here."""

SHARES = (0.26, 0.11, 0.26, 0.26, 0.11)
"""How often each pattern is asked for: those with few combinations of actions less often."""


_THIRD = len(ACTIONS) // 6

KEPT_APART = {
    pattern: ACTIONS[start : start + _THIRD] + ACTIONS[start + 3 * _THIRD : start + 4 * _THIRD]
    for pattern, start in (
        ("new_thing_changed", 0),
        ("changed_extreme", _THIRD),
        ("landmark_removed", 2 * _THIRD),
    )
}
"""By pattern: further edits that `train` never has beside it. The three are equally frequent and
each leaves out another third, so that all actions stay equally frequent."""


OPEN_SHARE = 0.6
"""Share of the tasks of `test` and `novel` that may combine what `train` never does."""


def combined_as(rng: np.random.Generator, split: str) -> str:
    """Return the split whose combinations of actions a task is to have."""
    return split if rng.random() < OPEN_SHARE else "train"


def draw_plot(rng: np.random.Generator, split: str, extras: int) -> Plot:
    """Draw what a task is about; in every split all plots are equally frequent."""
    name = list(PATTERNS)[int(rng.choice(len(PATTERNS), p=SHARES))]
    _, firsts, seconds = PATTERNS[name]
    first = firsts[int(rng.integers(len(firsts)))]
    second = seconds[int(rng.integers(len(seconds)))]
    plot = Plot(name, first, second)
    further = draw_actions(rng, split, extras, left_out(split, plot)) if extras else ()
    return replace(plot, extras=further)


def left_out(split: str, plot: Plot) -> tuple[str, ...]:
    """Actions that are not asked for beside a plot: what it spoils, and what is kept apart."""
    spoiled = spoiled_by(plot.first, plot.second)
    if split not in ("train", "validation"):
        return spoiled
    return (*spoiled, *KEPT_APART.get(plot.pattern, ()))


def spoiled_by(first: str, second: str) -> tuple[str, ...]:
    """Actions that make no sense after two others.

    A photo in black and white has no colours to make stronger, and what was blurred keeps a rim of
    its old surroundings.
    """
    grey = ("saturation",) if first == "saturation" and second == "recolour" else ()
    return (*grey, "background") if not SPATIAL.isdisjoint((first, second)) else grey


class MultiStepTasks(GeneratedTasks):
    """A pair of steps that do not commute, with up to three further edits after it.

    What must be seen: which thing has the name in the instruction, and how the picture looks after
    each edit: what is the leftmost, the largest or the nearest thing by then, what has been put
    in place, and what stood left of a thing that is to go.
    """

    name = "multistep"

    def draw_theme(self, rng: np.random.Generator) -> Plot:
        """Every pattern and number of edits keeps its share."""
        combined = combined_as(rng, self.split)
        return draw_plot(rng, combined, int(rng.choice(len(EXTRAS), p=EXTRAS)))

    def attempt(self, rng: np.random.Generator, theme: Plot) -> EditTask | None:
        """Draw once."""
        # Nothing is left to be changed afterwards where every thing has its edit.
        count = min(2 + len(theme.extras) + int(rng.integers(2)), 5)
        asked = (theme.first, theme.second, *theme.extras)
        scene = self.arrange(rng, count, actions=asked)
        if len(scene.objects) < 2:
            return None
        extras = [further_way(rng, self, action) for action in theme.extras]
        clauses = in_turn(scene, [pattern_way(rng, self, theme), *extras], checked=True)
        if clauses is None:
            return None
        text = compose_instruction(rng, self.words, scene, clauses)
        metadata = {
            "family": self.name,
            "split": self.split,
            "pattern": theme.pattern,
            "clauses": tuple(clauses),
            "scene": scene,
        }
        return build_task(scene, [clause.step for clause in clauses], text, metadata)


def pattern_way(rng: np.random.Generator, family: GeneratedTasks, plot: Plot) -> Way:
    """Pairs of clauses of a plot."""

    def way(scene: Scene, used: frozenset[int]) -> Iterator[Bundle]:
        return PATTERNS[plot.pattern][0](rng, family.split, family.words, scene, plot)

    return way


def further_way(rng: np.random.Generator, family: GeneratedTasks, action: str) -> Way:
    """Edits of things that were left alone so far; the photo is not turned around any more."""

    def way(scene: Scene, used: frozenset[int]) -> Iterator[Bundle]:
        for clause in plain_edits(rng, family.split, family.words, scene, action, NAME, used=used):
            if (clause.step.action, clause.step.key) != ("flip", PHOTO):
                yield (clause,)

    return way
