"""Which region of the picture an answer's subject means."""

import numpy as np
import pytest
from answer_scorers import NAMES, tasks_of

from editenv.answers.plan import plan_of
from editenv.answers.subjects import find_subject
from editenv.answers.words import Impossible
from editenv.types import BACKGROUND, Region


def block(label, left, top, side, colour, canvas):
    mask = np.zeros(canvas.shape[:2], np.uint8)
    mask[top : top + side, left : left + side] = 255
    canvas[mask > 0] = colour
    return Region.from_mask(label, mask)


@pytest.fixture
def picture():
    canvas = np.full((64, 64, 3), 120, np.uint8)
    regions = (
        Region.whole(64, 64),
        block("kite", 40, 4, 16, (212, 34, 38), canvas),
        block("kite", 4, 40, 8, (36, 88, 212), canvas),
        block("orange", 30, 44, 10, (246, 130, 28), canvas),
        None,
        Region.from_mask(BACKGROUND, np.full((64, 64), 255, np.uint8)),
    )
    return regions, canvas


@pytest.mark.parametrize(
    ("words", "slot"),
    [
        ("whole image", 0),
        ("the photo", 0),
        ("background", 5),
        ("left kite", 2),
        ("The Right Kite", 1),
        ("leftmost kite", 2),
        ("small kite", 2),
        ("biggest kite", 1),
        ("top kite", 1),
        ("lower kite", 2),
        ("red kite", 1),
        ("small blue kite", 2),
        ("orange", 3),
        ("small orange", 3),
        ("green orange", 3),
        ("70 20", 1),
        ("(70, 20)", 1),
        ("10 70", 2),
        ("55.5, 77", 3),
        ("0 0", 5),
        ("100 100", 5),
    ],
)
def test_subjects_are_found(picture, words, slot):
    assert find_subject(words, *picture, NAMES) == slot


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("kite", "there are 2"),
        ("green kite", "no kite in the picture is green"),
        ("unicorn", "there is no 'unicorn'"),
        ("thing left of the kite", "there is no"),
        ("thing above kite", "there is no"),
        ("left", "there is no 'left'"),
        ("the", "there is no 'the'"),
        ("\ud800", "there is no"),
    ],
)
def test_subjects_that_mean_nothing(picture, words, reason):
    with pytest.raises(Impossible, match=reason):
        find_subject(words, *picture, NAMES)


def test_a_label_may_look_like_an_attribute(picture):
    regions, canvas = picture
    named = (*regions, Region.from_mask("little top hat", regions[3].mask))
    assert find_subject("the little top hat", named, canvas, NAMES) == 6


@pytest.mark.parametrize("env_id", ["ImageEdit-v0", "ImageEdit-Complex-v0"])
def test_twins_are_told_apart_as_the_instruction_means_it(env_id):
    tasks, tools = tasks_of(env_id, 40)
    twins = 0
    for task in tasks:
        for stage in plan_of(task, tools, NAMES):
            assert stage.slot is not None
            assert stage.same_subject(stage.edit, NAMES)
            twins += " " in stage.edit.subject.removesuffix(stage.regions[stage.slot].label)
    assert twins > 0
