"""A wrong tool or a wrong amount does not pass; what a person would not mind does."""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import editenv
from editenv.imaging.metrics import worst_patch
from editenv.success import Checklist
from editenv.types import EditTask, SubEdit

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from wrong_calls import collect

IDS = list(editenv.CONFIGURATIONS)


@pytest.mark.parametrize("env_id", IDS)
def test_wrong_calls_fail_and_right_ones_pass(env_id):
    solved, made = collect(env_id, 40, 64)
    passed = [(attempt.asked, attempt.done) for attempt in made if attempt.passed]
    assert len(passed) <= 2, passed
    assert solved >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("env_id", IDS)
def test_at_most_two_wrong_calls_in_a_hundred_pass(env_id):
    solved, made = collect(env_id, 360, 128)
    passed = [(attempt.asked, attempt.done) for attempt in made if attempt.passed]
    assert len(passed) <= 0.02 * len(made), passed
    assert solved >= 0.98


def removal(shade=0.0, smear=0.0):
    """A task that removes a dark ball with a shadow, and the target with some of either left."""
    side = 128
    rng = np.random.default_rng(0)
    empty = np.clip(rng.normal(150, 6, (side, side, 3)), 0, 255).astype(np.uint8)
    ball, shadow = (np.zeros((side, side), np.uint8) for _ in range(2))
    cv2.circle(ball, (64, 60), 18, 255, -1)
    cv2.ellipse(shadow, (64, 80), (22, 6), 0, 0, 360, 255, -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 2.0)

    def painted(shade, smear):
        dark = empty * (1 - 0.45 * shade * shadow[..., None] / 255.0)
        cover = smear * ball[..., None] / 255.0
        return np.rint(dark * (1 - cover) + 40 * cover).astype(np.uint8)

    mask = cv2.dilate(cv2.bitwise_or(ball, np.uint8(255) * (shadow > 20)), np.ones((5, 5)))
    edit = SubEdit("remove", "ball", "", mask, ball)
    task = EditTask(painted(1.0, 1.0), "Remove the ball.", (edit,), (empty,))
    return task, painted(shade, smear)


@pytest.mark.parametrize(
    ("shade", "smear", "accepted"),
    [(0.0, 0.0, True), (0.25, 0.0, True), (0.0, 0.35, False), (1.0, 1.0, False)],
)
def test_a_faint_shadow_may_stay_and_a_smear_may_not(shade, smear, accepted):
    task, canvas = removal(shade, smear)
    assert Checklist(task).verdict(canvas).success is accepted


def test_a_small_thing_put_elsewhere_is_damage():
    task, canvas = removal()
    canvas = canvas.copy()
    cv2.circle(canvas, (14, 110), 7, (40, 40, 40), -1)
    verdict = Checklist(task).verdict(canvas)
    assert verdict.done == (True,) and not verdict.success


def test_worst_patch_finds_the_small_difference():
    first = np.full((64, 64, 3), 100, np.uint8)
    second = first.copy()
    second[30:35, 30:35] += 100
    assert worst_patch(first, second, None, 5) == pytest.approx(100 / 255, abs=0.01)
    elsewhere = np.zeros((64, 64), np.uint8)
    elsewhere[:20] = 255
    assert worst_patch(first, second, elsewhere, 5) == 0.0


def test_a_later_edit_of_the_whole_photo_does_not_make_the_earlier_one_stricter():
    task, _ = removal()
    (edit,), (empty,) = task.sub_edits, task.stages
    harder = cv2.convertScaleAbs(empty, alpha=1.6, beta=-90)
    whole = np.full(edit.mask.shape, 255, np.uint8)
    photo = SubEdit("contrast", "whole image", "much punchier", whole, whole)
    longer = replace(task, sub_edits=(edit, photo), stages=(empty, harder))
    _, faint = removal(shade=0.25)
    assert Checklist(task).verdict(faint).success
    checklist = Checklist(longer)
    assert checklist.verdict(cv2.convertScaleAbs(faint, alpha=1.6, beta=-90)).done[0]
    item = checklist._items[0]
    assert item.final_tolerance > 1.3 * item.change.tolerance, "values and errors are spread"


def test_noise_over_grey_ground_is_no_ground():
    """Smoothed it is as grey as what should be there."""
    task, clean = removal()
    noise = np.random.default_rng(1).integers(45, 256, task.source.shape).astype(np.uint8)
    covered = np.where(task.sub_edits[0].mask[..., None] > 0, noise, clean)
    assert Checklist(task).verdict(clean).success
    assert not Checklist(task).verdict(covered).done[0]


def test_of_a_photo_edit_only_what_looks_like_no_stage_is_damage():
    """Undone is not damaged: a quarter of the pixels here is as it was, a quarter is neither."""
    side = 32
    source, target = (np.full((side, side, 3), level, np.uint8) for level in (100, 160))
    whole = np.full((side, side), 255, np.uint8)
    task = EditTask(
        source, "Make it brighter.", (SubEdit("exposure", "photo", "+", whole),), (target,)
    )
    canvas = target.copy()
    canvas[:8], canvas[8:16] = 100, 10
    verdict = Checklist(task).verdict(canvas)
    assert verdict.collateral == pytest.approx(0.25)
    assert not verdict.success and not verdict.done[0]


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize(("columns", "excused"), [(3, False), (5, False), (6, True), (10, True)])
def test_an_inexact_later_edit_excuses_what_it_covers_more_than_half_of(before, columns, excused):
    side = 64
    areas = [np.s_[40:50, 10 * n : 10 * n + 10] for n in range(before)]
    areas += [np.s_[:10, :10], np.s_[:10, :columns]]
    pictures, edits = [np.full((side, side, 3), 90, np.uint8)], []
    for number, area in enumerate(areas):
        mask, picture = np.zeros((side, side), np.uint8), pictures[-1].copy()
        mask[area], picture[area] = 255, 130 + 30 * number
        pictures.append(picture)
        edits.append(SubEdit("recolour", "box", "grey", mask, mask))
    edits[-1] = replace(edits[-1], action="remove", tolerance=0.3)
    checklist = Checklist(EditTask(pictures[0], "x", tuple(edits), tuple(pictures[1:])))
    item = checklist._items[before]
    assert item.final_tolerance == pytest.approx(0.3 if excused else item.change.tolerance)
    assert checklist.verdict(pictures[-1]).distance == 0.0


def test_a_small_part_that_is_left_is_seen():
    """In the mean over the mask it is next to nothing."""
    task, clean = removal()
    left = clean.copy()
    left[56:64, 60:68] = 40
    change = Checklist(task).changes[0]
    error = np.abs(left.astype(int) - clean)[change.mask > 0].mean() / 255
    assert error < 0.5 * change.tolerance
    assert not Checklist(task).verdict(left).done[0]
