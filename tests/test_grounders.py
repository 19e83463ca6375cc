"""Grounders: slots, noise, segmentation of plain scenes and errors."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from editenv.grounders import (
    NoisyGrounder,
    PixelGrounder,
    SceneGrounder,
    into_slots,
    make_grounder,
)
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


@pytest.mark.parametrize("spec", ["scene", "noisy", "pixels"])
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


@pytest.mark.parametrize("spec", ["scene", "noisy:jitter=0.3", "pixels"])
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
    with pytest.raises(ValueError, match=r"grounder=.*not accepted; give 'scene'"):
        make_grounder(spec)


def test_make_grounder_refuses_a_rate_above_one():
    with pytest.raises(ValueError, match=r"jitter=2\.0"):
        make_grounder("noisy:jitter=2")
