"""Drafts of tasks, and scenes that are arranged for what will be asked for."""

import numpy as np
import pytest

from editenv.imaging.calm import CalmPlaces
from editenv.imaging.metrics import mean_error
from editenv.material import load_cutouts
from editenv.success import Checklist
from editenv.tasks.arrange import NEED_ROOM, arrange
from editenv.tasks.build import LEAST_CHANGE, Draft
from editenv.tasks.goals import possible_steps
from editenv.tasks.steps import PHOTO, Step
from editenv.tasks.suited import shown_options, suits
from editenv.tools import DEMANDS, make_tool

SHOWN = [name for name, demand in DEMANDS.items() if demand.must_show]


def scene(seed, *actions, count=2):
    return arrange(np.random.default_rng(seed), "train", 128, 128, count=count, actions=actions)


def first_draft(action, seeds=range(30)):
    """A scene, and the draft after the first edit in it that can be done."""
    for seed in seeds:
        start = Draft(scene(seed, action))
        for step in possible_steps(np.random.default_rng(seed), start.scene, action):
            after = start.after(step)
            if after is not None:
                return start, step, after
    raise AssertionError(f"no draft for {action}")


@pytest.mark.parametrize("action", ["remove", "flip", "scale", "recolour", "replace"])
def test_a_draft_goes_on_only_by_edits_that_are_seen_and_that_tools_can_do(action):
    start, step, after = first_draft(action)
    assert mean_error(start.scene.image, after.scene.image, after.edit.mask) >= LEAST_CHANGE
    task = after.task("do it", {})
    assert task is not None
    assert Checklist(task).verdict(after.canvas).success
    assert start.after(step) is after, "what was tried is remembered"


def test_what_failed_once_is_not_tried_again(monkeypatch):
    start, _, after = first_draft("recolour")
    grey = Step("saturation", 99, "muted")
    tried = []
    monkeypatch.setattr(Draft, "_try", lambda draft, step: tried.append(step))
    assert start.after(grey) is None and after.after(grey) is None
    assert tried == [grey]


def test_nothing_is_drafted_from_what_tools_could_not_do():
    start, _, after = first_draft("recolour")
    photo = Step("brightness", PHOTO, "much darker")
    assert after.after(photo) is not None
    impossible = Draft(after.scene, start, after.change)
    impossible.__dict__["canvas"] = None
    assert impossible.after(photo) is None


@pytest.mark.parametrize("action", ["flip", *SHOWN, "move", "add", "remove"])
def test_something_stands_there_for_every_action(action):
    found = [scene(seed, action) for seed in range(12)]
    meant = [s.find(s.subjects[action]) for s in found if action in s.subjects]
    assert len(meant) >= 9
    if action in ("flip", *SHOWN):
        fits = [suits(item.sprite, action) for item in meant]
        assert np.mean(fits) > 0.9
    tall = np.array([item.box[3] - item.box[1] for item in meant]) / 128
    assert np.mean(tall >= DEMANDS[action].least_height - 0.02) > 0.7, "wide things may be lower"
    assert tall.max() <= 0.5 or action not in NEED_ROOM


def test_options_that_do_not_show_on_a_thing_are_not_asked_for():
    sprites = load_cutouts("train")
    shown = {sprite: shown_options(sprite, "saturation") for sprite in sprites}
    assert any(not options for options in shown.values()), "grey things"
    assert any(len(options) == len(make_tool("saturation").options) for options in shown.values())


def test_calm_ground_is_what_lies_on_straight_lines():
    photo = np.zeros((128, 128, 3), np.uint8)
    photo[:] = np.arange(128, dtype=np.uint8)[None, :, None]
    photo[40:80, 60:70] = 255
    calm = CalmPlaces(photo)
    assert calm.unrest((10, 90, 50, 120)) < 2.0
    assert calm.unrest((40, 40, 90, 80)) > 10.0
