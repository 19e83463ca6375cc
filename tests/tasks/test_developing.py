"""Tasks for sliders: what is asked is hidden in the words and the picture, in neither alone."""

import numpy as np
import pytest

from editenv.develop import Sliders, develop
from editenv.imaging.metrics import mean_error
from editenv.tasks.developing import LEAST_CHANGE, LEAST_MOVE, REACH, DevelopTasks
from editenv.tasks.language.adjustments import SIDES, adjustment

SIDE = 40


def tasks(split, count):
    source = DevelopTasks(split, SIDE, SIDE)
    return [source[index] for index in range(count)]


@pytest.mark.parametrize("split", ["train", "test"])
def test_targets_are_what_the_hidden_sliders_make_of_the_source(split):
    for task in tasks(split, 12):
        sliders = task.metadata["sliders"]
        np.testing.assert_array_equal(develop(task.source, sliders), task.target)
        assert mean_error(task.source, task.target) > LEAST_CHANGE / 2
        moved = sliders.moved()
        assert 1 <= len(moved) <= 3
        for name, value in moved.items():
            assert LEAST_MOVE * 0.999 <= abs(value) / REACH[name] <= 1.001


def test_an_index_gives_the_same_task_and_another_one_another():
    source = DevelopTasks("train", SIDE, SIDE)
    first, again, other = source[3], source[3], source[4]
    assert first.instruction == again.instruction
    np.testing.assert_array_equal(first.source, again.source)
    assert not np.array_equal(first.source, other.source)


def test_every_slider_and_direction_is_about_as_frequent():
    counts = dict.fromkeys([(name, sign) for name in REACH for sign in (-1, 1)], 0)
    source, rng = DevelopTasks("train", SIDE, SIDE), np.random.default_rng(0)
    for _ in range(3000):
        for name, move in source.draw_theme(rng)[0].items():
            counts[name, int(np.sign(move))] += 1
    assert max(counts.values()) < 1.2 * min(counts.values())


def test_the_words_name_what_is_asked_and_nothing_else():
    words = {
        name: {w for f in sides.faults.by_goal.values() for w in (*f.qualities, *f.seen)}
        | set(sides.faults.nouns)
        for name, sides in SIDES.items()
    }
    rng = np.random.default_rng(0)
    for _ in range(300):
        names = sorted(rng.choice(list(SIDES), 1 + int(rng.integers(3)), replace=False))
        moves = {n: float(rng.choice([-0.9, -0.5, 0.5, 0.9])) for n in names}
        text = adjustment(rng, "train", moves).lower()
        for name in SIDES:
            assert any(w in text for w in words[name]) >= (name in names), (name, text)
    brighter = adjustment(np.random.default_rng(1), "train", {"exposure": 0.9})
    assert brighter[0].isupper() and brighter[-1] in ".?"


def test_test_says_what_train_never_says():
    rng = np.random.default_rng(0)
    said = {
        split: {adjustment(rng, split, {"exposure": m}) for _ in range(400) for m in (-0.9, 0.5)}
        for split in ("train", "validation", "test")
    }
    assert not said["train"] & said["test"] and not said["train"] & said["validation"]


def test_photographs_of_test_are_none_of_train():
    """Both share no background, as in all generated tasks."""
    shown = {
        split: DevelopTasks(split, SIDE, SIDE).arrange(np.random.default_rng(0), 0).photo
        for split in ("train", "test")
    }
    assert not np.array_equal(shown["train"], shown["test"])


def test_what_nobody_speaks_of_stays():
    source, rng = DevelopTasks("train", SIDE, SIDE), np.random.default_rng(2)
    themes = [source.draw_theme(rng) for _ in range(400)]
    liked = [theme for theme in themes if theme[1]]
    assert 0.4 < len(liked) / len(themes) < 0.6
    assert all(not set(asked) & set(spare) for asked, spare in liked)


def test_sliders_can_be_chosen():
    source = DevelopTasks("train", SIDE, SIDE, sliders=["tint"])
    assert set(source[0].metadata["sliders"].moved()) == {"tint"}
    for wrong in ([], ["haze"], ["clarity"]):
        with pytest.raises(ValueError, match="sliders="):
            DevelopTasks("train", SIDE, SIDE, sliders=wrong)


def test_all_sliders_that_are_spoken_of_have_a_reach():
    assert set(SIDES) == set(REACH)
    Sliders(**REACH)
