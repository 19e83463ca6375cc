"""What is rendered in strips is what is rendered at once."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editenv.develop import Sliders, develop
from editenv.develop.pipeline import OF_THE_WHOLE, soft_mask
from editenv.develop.sliders import RANGES, WHOLE
from editenv.imaging.strips import strips

ALONE = [
    {name: 0.6 * RANGES[name].high if name != "straighten" else 7.0}
    for name in RANGES
    if name not in ("sharpening_radius", "vignette_midpoint")
]
TOGETHER = [
    {"exposure": 0.3, "temperature": 20, "contrast": 30, "saturation": 20, "hue_red": 20},
    {"sharpening": 100, "sharpening_radius": 3},
    {"noise_luminance": 50, "noise_colour": 60, "sharpening": 60, "clarity": 30, "shadows": 40},
    {"crop": (0.1, 0.25, 0.8, 0.9), "exposure": 0.4, "sharpening": 50, "vignette": -40},
    {"rotate": 1, "straighten": -3.0, "crop": (0.1, 0.25, 0.8, 0.9), "resize": 41, "shadows": 20},
    {"resize": 17},
    {"resize": 120, "sharpening": 50},
    {"curve": ((0, 0), (90, 60), (255, 255)), "vibrance": 40},
]


def pictures(height, width, dtype, seed):
    """Everything that a filter can meet: noise from black to white."""
    deep = np.random.default_rng(seed).integers(0, 2**16, (height, width, 3)).astype(np.uint16)
    return deep if dtype is np.uint16 else (deep >> 8).astype(np.uint8)


@pytest.mark.parametrize("values", [*ALONE, *TOGETHER], ids=lambda values: "-".join(values))
@settings(max_examples=5, deadline=None)
@given(
    height=st.integers(20, 80),
    width=st.integers(20, 80),
    pixels=st.integers(60, 2000),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    wide=st.sampled_from([4, 32]),
    seed=st.integers(0, 9),
)
def test_strips_give_the_same_picture(values, height, width, pixels, dtype, wide, seed):
    image, sliders = pictures(height, width, dtype, seed), Sliders(**values)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 3 :, 5 : width // 2] = 255
    masked = values.keys().isdisjoint(OF_THE_WHOLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("editenv.develop.filters.WIDE", wide)
        whole = develop(image, sliders)
        inside = develop(image, sliders, mask, 2.0) if masked else None
        patch.setattr("editenv.imaging.strips.LARGE", 1)
        patch.setattr("editenv.imaging.strips.STRIP", pixels)
        patch.setattr("editenv.develop.rendering.BLOCK", 11)
        assert_alike(develop(image, sliders), whole)
        if inside is not None:
            assert_alike(develop(image, sliders, mask, 2.0), inside)


@settings(max_examples=60, deadline=None)
@given(
    values=st.fixed_dictionaries(
        {}, optional={name: st.floats(*RANGES[name][:2]) for name in RANGES}
    ),
    crop=st.sampled_from([WHOLE, (0.1, 0.25, 0.8, 0.9)]),
    rotate=st.integers(0, 3),
    resize=st.sampled_from([0, 31, 90]),
    seed=st.integers(0, 9),
)
def test_any_sliders_go_together(values, crop, rotate, resize, seed):
    image = pictures(48, 64, np.uint8, seed)
    sliders = Sliders(**values, crop=crop, rotate=rotate, resize=resize)
    whole = develop(image, sliders)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("editenv.imaging.strips.LARGE", 1)
        patch.setattr("editenv.imaging.strips.STRIP", 300)
        assert_alike(develop(image, sliders), whole)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        {"shadows": 60},
        {"highlights": -60},
        {"clarity": 50},
        {
            "noise_luminance": 50,
            "shadows": 40,
            "clarity": -40,
            "curve": ((0, 0), (90, 60), (255, 255)),
        },
    ],
    ids="-".join,
)
def test_a_crop_is_a_part_of_the_developed_picture(monkeypatch, values, large):
    image = pictures(60, 80, np.uint8, 0)
    whole = develop(image, Sliders(**values))
    if large:
        monkeypatch.setattr("editenv.imaging.strips.LARGE", 1)
        monkeypatch.setattr("editenv.imaging.strips.STRIP", 400)
    part = develop(image, Sliders(**values, crop=(0.1, 0.25, 0.8, 0.9)))
    assert_alike(part, whole[15:54, 8:64])


def assert_alike(first, second):
    """The same, up to the rounding of sums in another order: 1 of 255, or 4 of 65,535."""
    assert first.shape == second.shape and first.dtype == second.dtype
    difference = np.abs(first.astype(int) - second)
    assert difference.max() <= (1 if first.dtype == np.uint8 else 4)


@settings(deadline=None)
@given(
    width=st.integers(1, 9000),
    height=st.integers(1, 9000),
    overlap=st.integers(0, 40),
)
def test_strips_cover_every_row_once(width, height, overlap):
    rows = [row for part in strips(width, height, overlap) for row in range(height)[part]]
    assert rows == list(range(height))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("feather", [0.0, 0.7, 3.0])
@settings(deadline=None)
@given(
    box=st.tuples(*[st.integers(0, 60)] * 4),
    value=st.floats(0.05, 1),
)
def test_a_mask_is_blurred_around_its_box_as_it_would_be_everywhere(dtype, feather, box, value):
    mask = np.zeros((60, 50), np.float32)
    mask[min(box[:2]) : max(box[:2]), min(box[2:]) : max(box[2:])] = value
    mask = (mask * 255).astype(np.uint8) if dtype is np.uint8 else mask
    shares = mask / np.float32(255 if dtype is np.uint8 else 1)
    blurred = cv2.GaussianBlur(shares, (0, 0), feather) if feather else shares
    np.testing.assert_allclose(soft_mask(mask, (60, 50), feather), blurred, atol=1e-6)
