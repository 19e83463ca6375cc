"""What the playground does, without its page."""

from importlib.util import find_spec

import gymnasium
import numpy as np
import pytest
from editenv_policies.playground import page
from editenv_policies.playground.session import Session, fitted

PHOTO = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype(np.uint8)


@pytest.fixture
def task():
    session = Session.of_task("ImageEdit-v0", "test", 3)
    yield session
    session.close()


def test_a_task_is_edited_by_hand_and_taken_back(task):
    before = task.canvas.copy()
    call = task.apply("brightness", "much darker", 0)
    assert (call.by, call.place, call.refused) == ("hand", "whole picture", "")
    assert call.reward is not None and (task.canvas != before).any()
    undone = task.undo()
    assert undone.tool == "undo" and (task.canvas == before).all()
    assert task.undo().refused == "there is nothing to undo"
    assert task.solved is False and not task.over


def test_the_oracle_solves_what_a_policy_may_play_to_the_end(task):
    assert "oracle" in task.policies
    first = task.step("oracle")
    assert first.by == "oracle" and len(task.calls) == 1
    task.run("oracle")
    assert task.solved and task.over and task.calls[-1].tool == "submit"
    with pytest.raises(ValueError, match="handed in"):
        task.step("oracle")
    exported = task.export()
    assert exported["solved"] and len(exported["calls"]) == len(task.calls)


def test_a_policy_goes_on_from_what_was_done_by_hand(task):
    task.step("oracle")
    task.apply("blur", "strong", 0)
    task.run("oracle")
    assert task.calls[1].by == "hand" and task.calls[-1].tool == "submit"


def test_a_click_chooses_the_smallest_region_there(task):
    regions = task._base.workspace.regions
    slot = next(s for s, r in enumerate(regions) if s and r and 50 < (r.mask > 127).sum() < 2000)
    y, x = np.argwhere(regions[slot].mask > 127)[0]
    chosen = task.region_at(int(x), int(y))
    assert chosen > 0 and (regions[chosen].mask > 127).sum() <= (regions[slot].mask > 127).sum()
    assert task.place_of(chosen) not in ("", "whole picture")
    assert (task.outlined(chosen) != task.canvas).any()
    assert task.outlined(0) is task.canvas


def test_a_photo_keeps_its_shape_and_has_no_target():
    session = Session.of_photo(PHOTO, "make it much brighter")
    assert session.canvas.shape == PHOTO.shape and session.solved is None
    assert "oracle" not in session.policies and "pipeline" in session.policies
    made = session.run("pipeline")
    assert made[0].tool in ("brightness", "exposure") and made[0].reward is None
    assert session.canvas.mean() > PHOTO.mean()
    folder = session.folder
    assert folder.is_dir()
    session.close()
    assert not folder.exists()


def test_photos_are_made_as_large_as_a_page_can_show():
    assert fitted(np.zeros((1000, 2000, 3), np.uint8)).shape == (384, 768, 3)
    with pytest.raises(ValueError, match="too narrow"):
        fitted(np.zeros((10, 2000, 3), np.uint8))
    with pytest.raises(ValueError, match="must be"):
        fitted(np.zeros((64, 64), np.uint8))


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda s: s.apply("hammer", "", 0), "tool='hammer' is unknown"),
        (lambda s: s.apply("blur", "softest", 0), "option='softest'"),
        (lambda s: s.step("nobody"), "policy='nobody'"),
        (lambda s: Session.of_task("x", "test", 0), "id='x' is unknown"),
        (lambda s: Session.of_task("ImageEdit-v0", "x", 0), "split='x'"),
        (lambda s: Session.of_photo(PHOTO, " "), "instruction='' is empty"),
    ],
)
def test_bad_input(task, do, words):
    with pytest.raises(ValueError, match=words):
        do(task)


@pytest.mark.skipif(find_spec("gradio") is not None, reason="gradio is there")
def test_the_page_says_what_is_missing():
    with pytest.raises(gymnasium.error.DependencyNotInstalled, match=r"editenv\[play\]"):
        page.make_page()
