"""The engine by itself: calls, undo, snapshot, regions; with small tools made for the test."""

import gc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

from editenv.success import Checklist, checklist_of, keep_checklist
from editenv.tools.base import Edited
from editenv.types import BACKGROUND, EditTask, Region, SubEdit, ToolCall
from editenv.workspace import Workspace


@dataclass(frozen=True)
class Paint:
    """Sets the region to a grey level."""

    name: str = "paint"
    action: str = "paint"
    target: str = "any"
    options: tuple = ("black", "white")

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            image = image.copy()
            image[mask > 127] = 255 * option
            edited.append(Edited(image, mask))
        return edited

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


@dataclass(frozen=True)
class ShiftRight:
    """Moves the region four pixels to the right and leaves black behind."""

    name: str = "shift"
    action: str = "move"
    target: str = "region"
    options: tuple = ("right",)

    def apply(self, images, masks, options):
        edited = []
        for image, mask, _ in zip(images, masks, options, strict=True):
            moved = np.roll(mask, 4, axis=1)
            after = image.copy()
            after[mask > 127] = 0
            after[moved > 127] = image[mask > 127]
            edited.append(Edited(after, moved))
        return edited

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


@dataclass(frozen=True)
class Mirror(Paint):
    """Turns the whole picture around."""

    name: str = "mirror"
    target: str = "whole"
    options: tuple = ("horizontal",)

    def apply(self, images, masks, options):
        return [
            Edited(image[:, ::-1].copy(), mask, warp=lambda other: other[:, ::-1].copy())
            for image, mask in zip(images, masks, strict=True)
        ]


def square(left, top, size, side=16):
    mask = np.zeros((side, side), np.uint8)
    mask[top : top + size, left : left + size] = 255
    return mask


@pytest.fixture
def task():
    source = np.full((16, 16, 3), 100, np.uint8)
    mask = square(2, 2, 4)
    target = source.copy()
    target[mask > 0] = 255
    edit = SubEdit("paint", "box", "white", mask, mask)
    return EditTask(source, "Paint the box white.", (edit,), (target,))


@pytest.fixture
def workspace(task):
    box = Region.from_mask("box", square(2, 2, 4))
    background = Region.from_mask(BACKGROUND, 255 - square(2, 2, 4))
    regions = (Region.whole(16, 16), box, None, background)
    return Workspace(task, (Paint(), ShiftRight()), regions)


def test_the_right_call_solves_the_task(workspace):
    transition = workspace.apply(ToolCall("paint", 1, 1))
    assert transition.invalid is None
    assert workspace.state.verdict.success
    assert workspace.state.verdict.done == (True,)
    assert transition.agreement_gain == 1.0
    assert workspace.apply(ToolCall("submit")).submitted


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (ToolCall("paint", 2, 0), "slot 2 is empty"),
        (ToolCall("paint", 9, 0), "slot 9 is empty"),
        (ToolCall("paint", 1, 2), "no option 2"),
        (ToolCall("shift", 0, 0), "needs a region"),
        (ToolCall("erase", 1, 0), "no tool 'erase'"),
        (ToolCall("undo"), "nothing to undo"),
    ],
)
def test_invalid_calls_change_nothing_but_the_history(workspace, call, reason):
    before = workspace.state
    transition = workspace.apply(call)
    assert reason in transition.invalid
    assert workspace.state is before
    assert workspace.history == (call,)
    assert not transition.submitted


def test_nothing_is_accepted_after_submit(workspace):
    workspace.apply(ToolCall("submit"))
    assert "submitted" in workspace.apply(ToolCall("paint", 1, 1)).invalid
    assert workspace.submitted


def test_undo_takes_back_canvas_and_regions(workspace):
    start = workspace.state
    workspace.apply(ToolCall("shift", 1, 0))
    workspace.apply(ToolCall("paint", 1, 1))
    workspace.apply(ToolCall("undo"))
    assert workspace.can_undo
    workspace.apply(ToolCall("undo"))
    assert workspace.state is start
    assert not workspace.can_undo
    assert len(workspace.history) == 4


def test_snapshot_shares_images_and_restores_everything(workspace):
    workspace.apply(ToolCall("shift", 1, 0))
    snapshot = workspace.snapshot()
    assert snapshot.state.canvas is workspace.canvas
    canvas = workspace.canvas.copy()
    workspace.apply(ToolCall("paint", 0, 0))
    workspace.apply(ToolCall("submit"))
    for _ in range(2):
        workspace.restore(snapshot)
        np.testing.assert_array_equal(workspace.canvas, canvas)
        assert workspace.history == (ToolCall("shift", 1, 0),)
        assert workspace.can_undo and not workspace.submitted


def test_regions_follow_the_object_and_the_background_grows_back(workspace):
    workspace.apply(ToolCall("shift", 1, 0))
    box, background = workspace.regions[1], workspace.regions[3]
    assert box.box == (6, 2, 10, 6)
    assert background.mask[3, 3] == 255, "where the box was is background now"
    assert background.mask[3, 7] == 0, "where the box is now is not"


def test_every_region_turns_with_the_picture(task):
    corners = [Region.from_mask(name, square(left, 0, 4)) for left, name in ((0, "a"), (4, "b"))]
    workspace = Workspace(task, (Mirror(),), (Region.whole(16, 16), *corners))
    workspace.apply(ToolCall("mirror", 0, 0))
    assert [region.box for region in workspace.regions] == [
        (0, 0, 16, 16),
        (12, 0, 16, 4),
        (8, 0, 12, 4),
    ]


@pytest.mark.parametrize(("label", "right"), [("box", 1.0), ("ball", 2 / 3), ("boxes", 2 / 3)])
def test_without_a_mask_the_subject_is_what_has_its_name(task, label, right):
    edit = SubEdit("paint", "box", "white", square(2, 2, 4))
    task = EditTask(task.source, "Paint the box white.", (edit,), task.stages)
    regions = (Region.whole(16, 16), Region.from_mask(label, square(2, 2, 4)))
    workspace = Workspace(task, (Paint(),), regions)
    gain = workspace.apply(ToolCall("paint", 1, 1)).agreement_gain
    assert gain == pytest.approx(right)


def test_damage_elsewhere_is_collateral_and_spoils_success(workspace):
    workspace.apply(ToolCall("paint", 1, 1))
    workspace.apply(ToolCall("paint", 3, 0))
    verdict = workspace.state.verdict
    assert verdict.done == (True,)
    assert verdict.collateral > 0.5
    assert not verdict.success


def test_doing_nothing_is_no_success(task):
    assert not Checklist(task).verdict(task.source).success


def test_a_kept_checklist_goes_with_its_task(task):
    bare = EditTask(task.source, "Do something nice.")
    assert checklist_of(bare) is not checklist_of(bare), "nobody asked to keep it"
    kept = keep_checklist(bare)
    assert checklist_of(bare) is kept
    gone = weakref.ref(bare)
    del bare
    gc.collect()
    assert gone() is None, "the checklist must not hold the task"


def test_agreement_only_counts_new_bests(workspace):
    first = workspace.apply(ToolCall("paint", 1, 0)).agreement_gain
    assert first == pytest.approx(2 / 3)
    assert workspace.apply(ToolCall("paint", 1, 0)).agreement_gain == 0.0
    assert workspace.apply(ToolCall("paint", 1, 1)).agreement_gain == pytest.approx(1 / 3)


def test_tools_must_have_names_of_their_own(task):
    with pytest.raises(ValueError, match="unique names"):
        Workspace(task, (Paint(), Paint()), (Region.whole(16, 16),))
    with pytest.raises(ValueError, match="unique names"):
        Workspace(task, (Paint(name="submit"),), (Region.whole(16, 16),))


def test_a_task_without_ground_truth_is_never_judged(task):
    bare = EditTask(task.source, "Do something nice.")
    workspace = Workspace(bare, (Paint(),), (Region.whole(16, 16),))
    transition = workspace.apply(ToolCall("paint", 0, 1))
    assert not transition.after.verdict.known
    assert not transition.after.verdict.success
