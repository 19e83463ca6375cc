"""Two to five edits, where the order changes the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from editenv.tasks.build import Draft
from editenv.tasks.clauses import (
    Bundle,
    Way,
    compose_instruction,
    in_turn,
    plain_clause,
    plain_edits,
)
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS, choose_step, draw_actions
from editenv.tasks.reference import Reference, describe, means
from editenv.tasks.steps import PHOTO, Step
from editenv.tools import DEMANDS, find_operation
from editenv.types import EditTask

FOLLOW_UPS = tuple(
    sorted(
        (name for name, demand in DEMANDS.items() if demand.follows),
        key=lambda name: find_operation(name).spatial,
    )
)
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


Pattern = Callable[[np.random.Generator, str, str, Draft, Plot], Iterator[Bundle]]
"""From generator, split, split of the wording, draft and plot to pairs of clauses."""


def _steps(
    rng: np.random.Generator,
    split: str,
    draft: Draft,
    action: str,
    keys: Sequence[int] | None = None,
) -> Iterator[tuple[Step, Draft]]:
    """Yield steps of an action that tools can do, and what is after them, in random order.

    There are up to ``GOALS`` for every object.
    """
    known = [o.key for o in draft.scene.objects] if keys is None else list(keys)
    order = [known[int(number)] for number in rng.permutation(len(known))]
    yielded: list[Step] = []
    for key in order * GOALS:
        step = choose_step(rng, draft.scene, action, key, split)
        if step is None or step in yielded:
            continue
        yielded.append(step)
        after = draft.after(step)
        if after is not None:
            yield step, after


def new_thing_changed(
    rng: np.random.Generator, split: str, words: str, draft: Draft, plot: Plot
) -> Iterator[Bundle]:
    """Replace or add an object, then change it: it is not there before."""
    for step, after in _steps(rng, split, draft, plot.first):
        first = plain_clause(rng, words, draft.scene, step, NAME)
        if first is None:
            continue
        # What is new is painted in front.
        for follow, _ in _steps(rng, split, after, plot.second, [after.scene.objects[-1].key]):
            second = plain_clause(rng, words, after.scene, follow, NAME)
            if second is not None:
                yield first, second


def colour_splash(
    rng: np.random.Generator, split: str, words: str, draft: Draft, plot: Plot
) -> Iterator[Bundle]:
    """Take all colour out, then colour one thing: the other way round it would be grey."""
    grey = Step("saturation", PHOTO, "black and white")
    first, after = plain_clause(rng, words, draft.scene, grey, NAME), draft.after(grey)
    if first is None or after is None:
        return
    for step, _ in _steps(rng, split, after, "recolour"):
        # These three look the same whichever comes first.
        second = plain_clause(rng, words, after.scene, step, NAME)
        if second is not None and step.goal not in ("black", "white", "grey"):
            yield first, second


def changed_extreme(
    rng: np.random.Generator, split: str, words: str, draft: Draft, plot: Plot
) -> Iterator[Bundle]:
    """Change which object is the leftmost (largest, ...), then change the one that is it now."""
    for step, after in _steps(rng, split, draft, plot.first):
        first = plain_clause(rng, words, draft.scene, step, NAME)
        if first is None:
            continue
        for item in after.scene.objects:

            def is_news(reference: Reference, key: int = item.key) -> bool:
                return not means(draft.scene, reference, key)

            if describe(after.scene, item, ORDINAL, rng, is_news) is None:
                continue
            for follow, _ in _steps(rng, split, after, plot.second, [item.key]):
                second = plain_clause(rng, words, after.scene, follow, ORDINAL, is_news)
                if second is not None:
                    yield first, second


def landmark_removed(
    rng: np.random.Generator, split: str, words: str, draft: Draft, plot: Plot
) -> Iterator[Bundle]:
    """Change the thing left of the dog, then remove the dog: afterwards the name means nothing."""
    for landmark, _ in _steps(rng, split, draft, plot.second):
        label = draft.scene.find(landmark.key).label

        def starts_there(reference: Reference, label: str = label) -> bool:
            return reference.attribute is not None and reference.attribute[2] == label

        others = [o.key for o in draft.scene.objects if o.key != landmark.key]
        for step, after in _steps(rng, split, draft, plot.first, others):
            first = plain_clause(rng, words, draft.scene, step, ("relation",), starts_there)
            if first is None:
                continue
            for follow, _ in _steps(rng, split, after, plot.second, [landmark.key]):
                second = plain_clause(rng, words, after.scene, follow, NAME)
                if second is not None:
                    yield first, second


def turned_around(
    rng: np.random.Generator, split: str, words: str, draft: Draft, plot: Plot
) -> Iterator[Bundle]:
    """Mirror the whole photo, then change what is now on that side."""
    turn = Step("flip", PHOTO, "horizontal")
    first, after = plain_clause(rng, words, draft.scene, turn, NAME), draft.after(turn)
    if first is None or after is None:
        return
    for step, _ in _steps(rng, split, after, plot.second):
        second = plain_clause(rng, words, after.scene, step, ("outermost",))
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
    blurred = find_operation(first).spatial or find_operation(second).spatial
    return (*grey, "background") if blurred else grey


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
        found = in_turn(Draft(scene), [pattern_way(rng, self, theme), *extras])
        if found is None:
            return None
        clauses, draft = found
        text = compose_instruction(rng, self.words, scene, clauses)
        return draft.task(text, self.metadata(scene, clauses, pattern=theme.pattern))


def pattern_way(rng: np.random.Generator, family: GeneratedTasks, plot: Plot) -> Way:
    """Pairs of clauses of a plot."""

    def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
        return PATTERNS[plot.pattern][0](rng, family.split, family.words, draft, plot)

    return way


def further_way(rng: np.random.Generator, family: GeneratedTasks, action: str) -> Way:
    """Edits of things that were left alone so far; the photo is not turned around any more."""

    def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
        for clause in plain_edits(
            rng, family.split, family.words, draft.scene, action, NAME, used=used
        ):
            if (clause.step.action, clause.step.key) != ("flip", PHOTO):
                yield (clause,)

    return way
