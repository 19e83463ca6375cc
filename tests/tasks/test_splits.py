"""What the splits share, and what only the test split shows.

Every attempt at a task is about one theme, and a task whose attempt fails is tried anew with the
same theme: what is asked for, and how often, can be counted on themes without drawing a picture.
A theme is given up after very many attempts only; a test holds that this is rare.
"""

from collections import Counter
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from editenv.material import load_cutouts
from editenv.tasks import make_tasks
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS, held_out, is_kept_apart
from editenv.tasks.mixed import Theme as MixedTheme
from editenv.tasks.multistep import KEPT_APART, PATTERNS, SHARES, Plot

OBJECT_FAMILIES = ["direct", "mixed", "indirect", "multistep", "complex"]
SEVERAL = ["mixed", "indirect", "multistep", "complex"]
SPLITS = ["train", "validation", "test"]
THEMES = 1500
TASKS = {"direct": 60, "mixed": 40, "multistep": 12}
UNLIKELY = 2.33
"""Deviate that a table of equal frequencies exceeds once in a hundred times; seeds are fixed."""


def source(family, split, size=128):
    return make_tasks(family, split=split, height=size, width=size)


def plot_actions(plot):
    return (plot.first, plot.second, *plot.extras) if plot else ()


def actions_of(theme):
    """What a theme asks for, one entry an edit of an object, the background or the photo."""
    if isinstance(theme, str):
        return (theme,)
    if isinstance(theme, tuple):
        return theme
    if isinstance(theme, Plot):
        return plot_actions(theme)
    if isinstance(theme, MixedTheme):
        again = theme.actions[theme.grouped : theme.grouped + 1] * max(theme.count - 1, 0)
        return theme.actions + again
    grouped = (theme.grouped, theme.grouped) if theme.grouped else ()
    return (*plot_actions(theme.plot), *(action for action, _ in theme.actions), *grouped)


def plot_of(theme):
    return theme if isinstance(theme, Plot) else getattr(theme, "plot", None)


@cache
def themes(family, split):
    rng = np.random.default_rng([SPLITS.index(split), 7])
    tasks = source(family, split)
    return [tasks.draw_theme(rng) for _ in range(THEMES)]


@cache
def drawn(family, split):
    tasks = source(family, split)
    return [tasks[i] for i in range(TASKS[family])]


def unlike(counters):
    """Chi-square of a table of counts over its degrees of freedom, as a normal deviate."""
    keys = sorted({key for counter in counters for key in counter})
    table = np.array([[counter[key] for key in keys] for counter in counters], float)
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    chi2 = ((table - expected) ** 2 / expected).sum()
    freedom = (len(counters) - 1) * (len(keys) - 1)
    # Wilson and Hilferty: the cube root is nearly normal.
    spread = 2.0 / (9.0 * freedom)
    return ((chi2 / freedom) ** (1 / 3) - (1 - spread)) / spread**0.5


@pytest.mark.parametrize("family", OBJECT_FAMILIES)
def test_operations_are_equally_frequent_in_every_split(family):
    counters = [
        Counter(action for theme in themes(family, split) for action in actions_of(theme))
        for split in SPLITS
    ]
    assert set(counters[0]) == set(ACTIONS)
    assert unlike(counters) < UNLIKELY, counters


@pytest.mark.parametrize("family", SEVERAL)
def test_numbers_of_edits_are_equally_frequent_in_every_split(family):
    counters = [
        Counter(len(actions_of(theme)) for theme in themes(family, split)) for split in SPLITS
    ]
    assert len(counters[0]) >= 2
    assert unlike(counters) < UNLIKELY, counters


FAIR = {"direct": 0.75, "mixed": 0.75, "indirect": 0.75, "multistep": 0.2, "complex": 0.4}
"""By family: the least share of an action, of an equal one. Pairs that depend on their order are
made of some actions only."""


@pytest.mark.parametrize("family", FAIR)
@pytest.mark.parametrize("split", SPLITS)
def test_every_action_keeps_a_fair_share(family, split):
    counted = Counter(a for theme in themes(family, split) for a in actions_of(theme))
    shares = {action: counted[action] * len(ACTIONS) / counted.total() for action in ACTIONS}
    assert min(shares.values()) >= FAIR[family], shares
    assert max(shares.values()) <= 2.2, shares


@pytest.mark.parametrize("family", OBJECT_FAMILIES)
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_task_asks_for_what_its_theme_says(family, split):
    tasks = source(family, split)
    told = []
    draw = tasks.draw_theme
    tasks.draw_theme = lambda rng: told.append(draw(rng)) or told[-1]
    for index in range(12):
        task = tasks[index]
        asked = Counter(clause.step.action for clause in task.metadata["clauses"])
        assert asked == Counter(actions_of(told[-1]))
    assert len(told) <= 13, "themes are given up"


@pytest.mark.parametrize("family", ["mixed", "multistep", "complex"])
@pytest.mark.parametrize("split", SPLITS)
def test_no_combination_of_actions_dominates(family, split):
    asked = [tuple(sorted(actions_of(theme))) for theme in themes(family, split)]
    several = [actions for actions in asked if len(actions) > 1]
    assert Counter(several).most_common(1)[0][1] <= 0.15 * len(several)


def combinations_of(theme):
    """Pairs of free actions, and each free action with the pattern that it stands beside."""
    plot = plot_of(theme)
    if isinstance(theme, Plot):
        free = theme.extras
    else:
        free = actions_of(theme)[2 if plot else 0 :]
    pairs = {tuple(sorted(pair)) for pair in combinations(set(free), 2)}
    return pairs | ({(plot.pattern, action) for action in free} if plot else set())


@pytest.mark.parametrize("family", SEVERAL)
def test_a_small_share_of_combinations_is_kept_from_train(family):
    known = set().union(*map(combinations_of, themes(family, "train")))
    known |= set().union(*map(combinations_of, themes(family, "validation")))
    assert not any(is_kept_apart(pair) for pair in known)
    found = [combinations_of(theme) for theme in themes(family, "test")]
    several = [pairs for pairs in found if pairs]
    new = sum(not pairs <= known for pairs in several) / len(several)
    assert 0.03 <= new
    assert new * len(several) / len(found) <= 0.25


def test_patterns_leave_out_each_action_equally_often():
    left_out = Counter(action for actions in KEPT_APART.values() for action in actions)
    assert left_out == Counter(ACTIONS)
    shares = dict(zip(PATTERNS, SHARES, strict=True))
    assert len({shares[pattern] for pattern in KEPT_APART}) == 1


def pairs_of(family, split):
    """(Subject, goal) of every edit of an object, as the scene calls the subject."""
    found = set()
    for task in drawn(family, split):
        for edit in task.sub_edits:
            if edit.goal and edit.subject not in ("background", "whole image"):
                found.add((edit.subject, edit.goal))
    return found


@pytest.mark.parametrize("family", TASKS)
def test_train_never_asks_for_held_out_pairs_and_test_does(family):
    for split in ("train", "validation"):
        assert not any(held_out(*pair) for pair in pairs_of(family, split))
    assert any(held_out(*pair) for pair in pairs_of(family, "test"))


def names(split):
    return {sprite.name for sprite in load_cutouts(split)}


def shown(family, split):
    """What stands in the scenes of some tasks: name and picture."""
    things = [o.sprite for task in drawn(family, split) for o in task.metadata["scene"].objects]
    return {(sprite.name, sprite.rgba.tobytes()) for sprite in things}


def pictures(split):
    return {(sprite.name, sprite.rgba.tobytes()) for sprite in load_cutouts(split)}


def test_every_name_in_test_occurs_in_train_and_novel_names_never():
    assert names("test") <= names("train") and names("validation") <= names("train")
    assert not names("novel") & (names("train") | names("validation") | names("test"))
    for split in (*SPLITS, "novel"):
        assert shown("mixed", split) <= pictures(split)


def test_test_pictures_differ_where_a_name_has_several():
    train, test = pictures("train"), pictures("test")
    fresh = {name for name, _ in test - train}
    assert len(fresh) >= 20
    assert all(thing not in train for thing in test if thing[0] in fresh)


def test_photographs_are_not_shared():
    def photos(split):
        return {task.metadata["scene"].stage.background.photo for task in drawn("mixed", split)}

    assert not photos("train") & photos("test")


def test_groups_are_asked_for_now_and_then():
    for split in SPLITS:
        grouped = [theme for theme in themes("mixed", split) if theme.count]
        assert 0.03 <= len(grouped) / THEMES <= 0.12


class Numbers(GeneratedTasks):
    """Tells what the generator of a task gives."""

    name = "numbers"

    def attempt(self, rng, theme):
        return int(rng.integers(2**62))


def test_task_numbers_of_different_splits_have_different_seeds():
    made = {(split, i): Numbers(split, 64, 64)[i] for split in (*SPLITS, "novel") for i in range(3)}
    assert len(set(made.values())) == len(made)
    assert all(Numbers(split, 64, 64)[i] == number for (split, i), number in made.items())
