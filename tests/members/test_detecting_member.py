"""A grounder of a team that asks a detector where the subject is."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from trained_detector import picture

from editenv.agents import Intent, scripted_team
from editenv.agents.team import look
from editenv.failure import FailureError
from editenv.imaging.boxes import box_mask
from editenv.models.grounders.detector import DetectorGrounder
from editenv.models.members.detecting import DetectingGrounder
from editenv.tools import make_tools
from editenv.types import BACKGROUND, EditTask, Region
from editenv.workspace import Workspace

SIDE = 64
THINGS = ("kite", "apple", "cup")


def scene(seed, names=THINGS):
    """A workspace whose regions have labels that say nothing, and the slot of each name."""
    rng = np.random.default_rng(seed)
    image, boxes = picture(rng, names=names)
    slots = {name: slot for slot, name in enumerate(boxes, start=1)}
    regions = [Region.from_mask("thing", box_mask(box, SIDE, SIDE)) for box in boxes.values()]
    left = 255 - np.maximum.reduce([region.mask for region in regions])
    background = Region.from_mask(BACKGROUND, left)
    task = EditTask(image, "Make the kite blue.")
    tools = make_tools(["recolour", "remove_diffusion", "background", "exposure"])
    whole = Region.whole(SIDE, SIDE)
    return Workspace(task, tools, (whole, *regions, background, None)), slots


@pytest.fixture(scope="module")
def member(trained):
    return DetectingGrounder(DetectorGrounder(trained, threshold=0.5, nms=0.3))


def ground(member, workspace, action, subject):
    member.reset(workspace)
    return member.ground(look(workspace).after(intent=Intent(action, subject, "blue")))


def test_it_takes_the_region_of_what_is_meant_whatever_its_label(member):
    right = []
    for seed in range(15):
        workspace, slots = scene(seed)
        for name in THINGS:
            right.append(ground(member, workspace, "recolour", name) == slots[name])
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("subject", ["the cup", "Cup", "small cup", "make the cup blue"])
def test_a_subject_may_be_a_name_or_a_clause(member, subject):
    workspace, slots = scene(3)
    assert ground(member, workspace, "recolour", subject) == slots["cup"]


def test_attributes_choose_among_several(trained):
    detector = DetectorGrounder(trained, threshold=0.5, nms=0.3)
    member = DetectingGrounder(detector)
    image = np.full((SIDE, SIDE, 3), 125, np.uint8)
    image[8:28, 4:24] = image[36:56, 40:60] = (50, 80, 220)
    boxes = [(4, 8, 24, 28), (40, 36, 60, 56)]
    regions = [Region.from_mask("thing", box_mask(box, SIDE, SIDE)) for box in boxes]
    workspace = Workspace(
        EditTask(image, ""), make_tools(["recolour"]), (Region.whole(SIDE, SIDE), *regions, None)
    )
    assert ground(member, workspace, "recolour", "left cup") == 1
    assert ground(member, workspace, "recolour", "right cup") == 2
    assert ground(member, workspace, "recolour", "bottom cup") == 2


def test_the_whole_image_is_taken_only_where_it_is_meant(member):
    workspace, _ = scene(0)
    assert ground(member, workspace, "exposure", "anything") == 0
    assert ground(member, workspace, "recolour", "the whole image") == 0
    assert member.ground(look(workspace)) == 0


def test_the_background_is_the_one_that_is_proposed(member):
    workspace, slots = scene(0)
    background = len(slots) + 1
    assert ground(member, workspace, "background", "something") == background
    assert ground(member, workspace, "recolour", "background") == background


def test_what_is_not_found_gets_an_empty_slot_so_that_nothing_changes(member):
    workspace, slots = scene(0, names=("apple", "cup"))
    empty = len(slots) + 2
    assert workspace.regions[empty] is None
    assert ground(member, workspace, "recolour", "kite") == empty
    team = replace(scripted_team(), grounder=member)
    team.reset(workspace)
    # The scripted interpreter says "Make the kite blue." and the picture has none.
    assert team.play_round(workspace) == ()


def test_what_no_region_shows_gets_an_empty_slot(member):
    workspace, slots = scene(0)
    others = [None if slot == slots["kite"] else r for slot, r in enumerate(workspace.regions)]
    other = Workspace(workspace.task, list(workspace.tools.values()), others)
    assert other.regions[ground(member, other, "recolour", "kite")] is None


def test_a_team_edits_what_it_sees(member):
    team = replace(scripted_team(), grounder=member)
    workspace, slots = scene(1)
    region, start = workspace.regions[slots["kite"]], workspace.canvas
    team.reset(workspace)
    (done,) = team.play_round(workspace)
    assert (done.call.tool, done.call.region) == ("recolour", slots["kite"])
    changed = (workspace.canvas != start).any(axis=2)
    assert changed[region.mask > 127].mean() > 0.9
    assert not changed[region.mask == 0].any()


def test_a_failure_of_the_detector_is_the_agents(trained, monkeypatch):
    detector = DetectorGrounder(trained)
    member, (workspace, _) = DetectingGrounder(detector), scene(2)
    detector._detector.load()

    def broken(**inputs):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(detector._detector._pretrained.model, "forward", broken)
    with pytest.raises(FailureError) as caught:
        ground(member, workspace, "recolour", "kite")
    failure = caught.value.failure
    assert (failure.kind, failure.component) == ("error", "agent:grounder")


def test_copies_share_everything(member):
    assert copy.deepcopy(member) is member
