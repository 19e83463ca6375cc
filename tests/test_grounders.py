"""Grounders: slots, proposals, noise, segmentation of plain scenes and errors."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from skimage import data

from editenv.grounders import (
    NoisyGrounder,
    PixelGrounder,
    ProposalGrounder,
    SceneGrounder,
    into_slots,
    make_grounder,
)
from editenv.grounders.proposals import noisy_proposals
from editenv.tasks.folder import FolderTasks
from editenv.types import EditTask, Region, mask_box

PLAIN = [
    ((220, 40, 40), (20, 30), 11),
    ((40, 90, 220), (90, 60), 14),
    ((250, 210, 40), (45, 95), 9),
]
"""Colour, (x, y) centre and radius of the discs of a scene of 128 x 128."""


def _disc(height, width, centre, radius):
    mask = np.zeros((height, width), np.uint8)
    cv2.circle(mask, centre, radius, 255, -1)
    return mask


def _task(height=128, width=128, photo=False):
    """Return discs on a grey gradient, or on a real photograph of the sky."""
    shade = np.linspace(120, 190, height)[:, None] * np.ones(width)
    source = np.repeat(shade[..., None], 3, axis=2).astype(np.uint8)
    if photo:
        sky = data.rocket()[:250, 300:550]
        source = cv2.resize(sky, (width, height), interpolation=cv2.INTER_AREA)
    regions = []
    for index, (colour, (x, y), radius) in enumerate(PLAIN):
        centre = (x * width // 128, y * height // 128)
        mask = _disc(height, width, centre, radius * min(height, width) // 128)
        source[mask > 0] = colour
        regions.append(Region.from_mask(f"disc {index}", mask))
    return EditTask(source, "make it blue", regions=tuple(regions))


def _iou(one, other):
    a, b = one > 127, other > 127
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


def _labels(slots):
    return [region.label if region else None for region in slots]


@pytest.mark.parametrize("spec", ["proposals", "scene", "noisy", "pixels"])
@pytest.mark.parametrize("slots", [1, 2, 5, 9])
def test_slots_have_the_whole_image_first_and_the_asked_length(spec, slots):
    dealt = make_grounder(spec).propose(_task(48, 80), np.random.default_rng(0), slots)
    assert len(dealt) == slots
    assert dealt[0].label == "whole image"
    assert dealt[0].mask.shape == (48, 80)
    for region in filter(None, dealt):
        assert region.mask.dtype == np.uint8
        assert region.mask.shape == (48, 80)
        assert region.box == mask_box(region.mask)
        assert 0 <= region.score <= 1


@pytest.mark.parametrize("spec", ["proposals", "scene", "noisy:jitter=0.3", "pixels"])
def test_same_seed_same_slots(spec):
    task = _task()
    one, two = (make_grounder(spec).propose(task, np.random.default_rng(3), 8) for _ in range(2))
    assert _labels(one) == _labels(two)
    for a, b in zip(one, two, strict=True):
        assert (a is None) == (b is None)
        if a and b:
            np.testing.assert_array_equal(a.mask, b.mask)


def test_scene_deals_every_region_as_it_is_into_changing_slots():
    task = _task()
    rng = np.random.default_rng(0)
    rounds = [SceneGrounder().propose(task, rng, 8) for _ in range(40)]
    for dealt in rounds:
        assert {id(r) for r in dealt[1:] if r} == {id(r) for r in task.regions}
    places = {dealt.index(task.regions[0]) for dealt in rounds}
    assert places == set(range(1, 8))


def test_more_regions_than_slots_keeps_the_largest():
    dealt = SceneGrounder().propose(_task(), np.random.default_rng(0), 3)
    assert set(_labels(dealt[1:])) == {"disc 0", "disc 1"}


def test_scene_without_regions_gives_only_the_whole_image():
    task = EditTask(np.zeros((40, 32, 3), np.uint8), "make it brighter")
    assert _labels(SceneGrounder().propose(task, np.random.default_rng(0), 4)) == [
        "whole image", None, None, None,
    ]  # fmt: skip


def test_no_slots_is_refused():
    with pytest.raises(ValueError, match="slots=0"):
        into_slots([], 8, 8, np.random.default_rng(0), 0)


def test_noise_of_zero_is_the_scene():
    task = _task()
    dealt = NoisyGrounder(0, 0, 0).propose(task, np.random.default_rng(0), 6)
    masks = {r.label: r.mask for r in dealt[1:] if r}
    assert len(masks) == 3
    for region in task.regions:
        np.testing.assert_array_equal(masks[region.label], region.mask)


def test_noise_rates_are_kept():
    task = _task()
    rng = np.random.default_rng(0)
    grounder = NoisyGrounder(jitter=0.2, wrong_label=0.3, missing=0.4, labels=("cup", "hat"))
    seen = [r for _ in range(400) for r in grounder.propose(task, rng, 6)[1:] if r]
    assert len(seen) / 1200 == pytest.approx(0.6, abs=0.05)
    wrong = [r.label in ("cup", "hat") for r in seen]
    assert np.mean(wrong) == pytest.approx(0.3, abs=0.05)


def test_jitter_shakes_masks_and_the_score_is_the_overlap():
    task = _task()
    truth = {r.label: r.mask for r in task.regions}
    rng = np.random.default_rng(1)
    grounder = NoisyGrounder(jitter=0.3, wrong_label=0, missing=0)
    seen = [r for _ in range(30) for r in grounder.propose(task, rng, 6)[1:] if r]
    overlaps = [_iou(r.mask, truth[r.label]) for r in seen]
    assert min(overlaps) > 0.2
    assert 0.4 < np.mean(overlaps) < 0.9
    np.testing.assert_allclose([r.score for r in seen], overlaps)


def test_wrong_label_is_never_the_right_one_and_vanished_masks_are_put_back():
    mask = np.zeros((32, 32), np.uint8)
    mask[0, 0] = 255
    task = EditTask(np.zeros((32, 32, 3), np.uint8), "x", regions=(Region.from_mask("cup", mask),))
    grounder = NoisyGrounder(jitter=1, wrong_label=1, missing=0, labels=("cup", "hat"))
    rng = np.random.default_rng(0)
    for _ in range(30):
        (region,) = filter(None, grounder.propose(task, rng, 3)[1:])
        assert region.label == "hat"
        assert (region.mask > 127).any()


@pytest.mark.parametrize("name", ["jitter", "wrong_label", "missing"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "high", None])
def test_noise_rates_are_validated(name, value):
    with pytest.raises(ValueError, match=f"{name}=.*from 0 to 1"):
        NoisyGrounder(**{name: value})


@pytest.mark.parametrize("labels", [("cup",), ("cup", "cup"), "cup"])
def test_noise_vocabulary_needs_two_labels(labels):
    with pytest.raises(ValueError, match="labels="):
        NoisyGrounder(labels=labels)


@pytest.mark.parametrize("shape", [(128, 128), (64, 64), (96, 160)])
@pytest.mark.parametrize("photo", [False, True])
def test_pixels_finds_the_discs_of_a_simple_scene(shape, photo):
    task = _task(*shape, photo=photo)
    dealt = PixelGrounder().propose(task, np.random.default_rng(0), 7)
    for region in task.regions:
        assert max(_iou(region.mask, r.mask) for r in dealt[1:] if r) > 0.5, region.label


def test_pixels_names_colour_and_place_and_the_background():
    dealt = PixelGrounder().propose(_task(), np.random.default_rng(0), 8)
    labels = {label for label in _labels(dealt[1:]) if label}
    assert {"red thing at the top left", "blue thing on the right", "background"} <= labels
    (background,) = (r for r in dealt[1:] if r and r.label == "background")
    assert background.mask[5, 64] == 255
    assert background.mask[30, 20] == 0


def test_pixels_tells_equal_names_apart_by_size():
    source = np.full((128, 128, 3), 200, np.uint8)
    for centre, radius in (((20, 48), 7), ((24, 80), 14)):
        source[_disc(128, 128, centre, radius) > 0] = (200, 30, 30)
    dealt = PixelGrounder().propose(EditTask(source, "x"), np.random.default_rng(0), 6)
    labels = {label for label in _labels(dealt[1:]) if label}
    assert labels == {"large red thing on the left", "small red thing on the left", "background"}


@pytest.mark.parametrize("shape", [(32, 32), (33, 200), (300, 40)])
@pytest.mark.parametrize("kind", ["flat", "noise"])
def test_pixels_survives_pictures_without_objects(shape, kind):
    rng = np.random.default_rng(0)
    source = np.full((*shape, 3), 90, np.uint8)
    if kind == "noise":
        source = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    dealt = PixelGrounder().propose(EditTask(source, "x"), rng, 5)
    assert "background" in _labels(dealt)
    if kind == "flat":
        assert sum(r is not None for r in dealt) == 2


def test_make_grounder_reads_rates_and_takes_objects():
    grounder = make_grounder("noisy:jitter=0.2, missing=0")
    assert (grounder.jitter, grounder.wrong_label, grounder.missing) == (0.2, 0.1, 0.0)
    assert make_grounder(grounder) is grounder


@pytest.mark.parametrize(
    "spec",
    [
        "scenes", "", "scene:1", "noisy:", "noisy:jitter", "noisy:jitter=a", "noisy:shake=0.1",
        "noisy:jitter=0.1,jitter=0.2", None, 3, NoisyGrounder,
    ],
)  # fmt: skip
def test_make_grounder_names_argument_value_and_accepted(spec):
    with pytest.raises(ValueError, match=r"grounder=.*not accepted; give 'proposals'"):
        make_grounder(spec)


def test_make_grounder_refuses_a_rate_above_one():
    with pytest.raises(ValueError, match=r"jitter=2\.0"):
        make_grounder("noisy:jitter=2")


def _scene(count=3, size=128):
    """Return a scene's true regions, background included, as generated tasks bring them."""
    task = _task(size, size)
    covered = np.maximum.reduce([region.mask for region in task.regions[:count]])
    regions = (Region.from_mask("background", 255 - covered), *task.regions[:count])
    return EditTask(task.source, "make it blue", regions=regions)


def _found(mask, dealt):
    """The slot of the proposal that overlaps a mask most."""
    return max((_iou(mask, r.mask), slot) for slot, r in enumerate(dealt) if r and slot)[1]


@pytest.mark.parametrize("slots", [2, 4, 6, 10])
def test_proposals_keep_every_object_that_has_a_slot(slots):
    task, rng = _scene(), np.random.default_rng(0)
    for _ in range(40):
        dealt = ProposalGrounder().propose(task, rng, slots)
        close = [max(_iou(t.mask, r.mask) for r in dealt[1:] if r) for t in task.regions[1:]]
        assert sum(overlap >= 0.8 for overlap in close) >= min(3, slots - 1)
        assert all(r.label == "" and r.score == 1 for r in dealt[1:] if r)
        assert all(r.box == mask_box(r.mask) for r in dealt if r)


def test_proposals_have_distractors_the_background_and_a_free_slot():
    task, rng = _scene(), np.random.default_rng(1)
    counts = set()
    for _ in range(100):
        dealt = ProposalGrounder().propose(task, rng, 10)
        others = [
            r for r in dealt[1:] if r and max(_iou(t.mask, r.mask) for t in task.regions) < 0.7
        ]
        counts.add(len(others))
        (backdrop,) = (r for r in dealt[1:] if r and r.backdrop)
        assert _iou(backdrop.mask, task.regions[0].mask) > 0.9
    assert counts == {1, 2, 3, 4}


def test_proposals_shake_masks_but_do_not_give_them_as_they_are():
    task, rng = _scene(), np.random.default_rng(2)
    dealt = ProposalGrounder().propose(task, rng, 10)
    for truth in task.regions:
        assert not any(np.array_equal(truth.mask, r.mask) for r in dealt[1:] if r)


def test_the_slot_of_a_proposal_says_nothing():
    task, rng = _scene(), np.random.default_rng(3)
    places = [
        [_found(region.mask, dealt) for region in task.regions]
        for dealt in (ProposalGrounder().propose(task, rng, 6) for _ in range(600))
    ]
    for slots in np.transpose(places):
        counts = np.bincount(slots, minlength=6)[1:]
        # Of 600 draws with chance 1/5 all but one in a million lie within five deviations of 120.
        assert np.abs(counts - 120).max() < 50


def test_proposals_come_from_the_rng_alone():
    one, two, other = (
        ProposalGrounder().propose(_scene(), np.random.default_rng(seed), 9) for seed in (7, 7, 8)
    )
    assert all((a is None) == (b is None) for a, b in zip(one, two, strict=True))
    masks = [[r.mask.tobytes() for r in dealt if r] for dealt in (one, two, other)]
    assert masks[0] == masks[1] != masks[2]


def test_kinds_of_distractors_and_what_they_are_made_of():
    task, rng = _scene(), np.random.default_rng(4)
    seen = set()
    for _ in range(100):
        for proposal in noisy_proposals(task.regions, rng, 9):
            seen.add(proposal.kind)
            whole = [task.regions[index].mask > 127 for index in proposal.of]
            inside = proposal.region.mask > 127
            if proposal.kind == "part":
                share = np.count_nonzero(inside & whole[0]) / np.count_nonzero(whole[0])
                assert 0.1 < share < 0.8
            if proposal.kind == "pair":
                assert all(np.count_nonzero(inside & w) > 0.8 * np.count_nonzero(w) for w in whole)
            if proposal.kind == "piece":
                assert np.count_nonzero(inside & (task.regions[0].mask <= 127)) < 0.1 * inside.sum()
    assert seen == {"object", "background", "part", "pair", "piece"}


@pytest.mark.parametrize("size", [32, 48, 200])
def test_proposals_of_a_picture_without_objects_and_of_tiny_ones(size):
    rng = np.random.default_rng(5)
    source = np.full((size, size, 3), 90, np.uint8)
    tiny = np.zeros((size, size), np.uint8)
    tiny[3:5, 4:6] = 255
    ground = Region.from_mask("background", 255 - tiny)
    for regions in ((ground,), (ground, Region.from_mask("pin", tiny))):
        for _ in range(30):
            dealt = ProposalGrounder().propose(EditTask(source, "x", regions=regions), rng, 8)
            assert len(dealt) == 8
            assert sum(r is not None for r in dealt) >= 1 + len(regions)


def test_no_region_of_a_folder_task_is_the_hidden_mask(tmp_path):
    """Pixels cannot give a mask that crosses the one thing in the picture and plain ground."""
    source = np.full((96, 96, 3), 180, np.uint8)
    thing = _disc(96, 96, (30, 40), 12)
    source[thing > 0] = (30, 60, 200)
    hidden = np.zeros((96, 96), np.uint8)
    hidden[40:80, 30:75] = 255
    for name, pixels in (("source", source), ("hidden", hidden), ("target", 255 - source)):
        Pillow.fromarray(pixels).save(tmp_path / f"{name}.png")
    line = {"source": "source.png", "instruction": "change it", "target": "target.png"}
    (tmp_path / "tasks.jsonl").write_text(json.dumps(line | {"mask": "hidden.png"}))
    task = FolderTasks(tmp_path, image_size=(96, 96))[0]
    np.testing.assert_array_equal(task.sub_edits[0].mask, hidden)
    assert task.regions == ()
    dealt = ProposalGrounder().propose(task, np.random.default_rng(0), 8)
    assert all(_iou(hidden, r.mask) < 0.5 for r in dealt[1:] if r)
    assert {r.label for r in dealt[1:] if r} == {""}
    assert max(_iou(thing, r.mask) for r in dealt[1:] if r) > 0.7
    # What is proposed does not depend on the mask at all.
    (tmp_path / "tasks.jsonl").write_text(json.dumps(line))
    bare = FolderTasks(tmp_path, image_size=(96, 96))[0]
    again = ProposalGrounder().propose(bare, np.random.default_rng(0), 8)
    for one, other in zip(dealt, again, strict=True):
        assert (one is None and other is None) or np.array_equal(one.mask, other.mask)
    # The privileged grounder is the one that is told.
    (told,) = filter(None, SceneGrounder().propose(task, np.random.default_rng(0), 8)[1:])
    assert told.label == "masked area"
    np.testing.assert_array_equal(told.mask, hidden)


def test_make_grounder_proposes_by_default():
    assert isinstance(make_grounder(), ProposalGrounder)
    assert isinstance(make_grounder("proposals"), ProposalGrounder)
