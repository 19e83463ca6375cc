"""What every slider does to a picture: nothing at rest, its own thing elsewhere."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editenv.develop import Sliders, develop, ratio_box
from editenv.develop.geometry import inner_share
from editenv.develop.histogram import CHANNELS, histogram
from editenv.develop.pipeline import soft_mask
from editenv.develop.sliders import RANGES
from editenv.develop.transfer import decode, encode, luminance, to_light, to_pixels

SIDE = 40
MOVING = [n for n in RANGES if n not in ("sharpening_radius", "vignette_midpoint", "straighten")]
GEOMETRY = ("vignette", "rotate", "straighten", "crop", "resize")
TYPES = (np.uint8, np.uint16)


def picture(dtype=np.uint8, seed=0):
    """Smooth colours, an edge, some grain; all levels from dark to bright."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0.03, 0.97, (5, 5, 3)).astype(np.float32)
    image = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    image[:, SIDE // 2 :] *= 0.7
    image += rng.normal(0, 0.02, image.shape)
    return (np.clip(image, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def grey(image):
    return luminance(to_light(image))


values = {name: st.floats(low, high) for name, (low, high, _, _) in RANGES.items()}


@pytest.mark.parametrize("dtype", TYPES)
def test_sliders_at_rest_change_nothing(dtype):
    image = picture(dtype)
    result = develop(image, Sliders())
    assert result.dtype == dtype and result is not image
    np.testing.assert_array_equal(result, image)
    # Through the whole computation too, and not only past it.
    again = to_pixels(to_light(image), image.dtype)
    np.testing.assert_array_equal(again, image)


@pytest.mark.parametrize("name", ["sharpening_radius", "vignette_midpoint"])
def test_what_only_shapes_another_slider_changes_nothing_alone(name):
    image = picture()
    np.testing.assert_array_equal(develop(image, Sliders(**{name: RANGES[name].low})), image)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", MOVING)
def test_every_slider_changes_a_picture_that_has_everything(name, dtype):
    hues = np.linspace(0, 360, SIDE, endpoint=False, dtype=np.float32)
    rows = np.linspace(0.1, 1.0, SIDE, dtype=np.float32)
    hsv = np.stack(np.broadcast_arrays(hues[None], np.float32(0.7), rows[:, None]), axis=-1)
    rgb = cv2.cvtColor(np.ascontiguousarray(hsv, np.float32), cv2.COLOR_HSV2RGB)
    rgb += np.random.default_rng(1).normal(0, 0.02, rgb.shape)
    image = (np.clip(rgb, 0, 1) * np.iinfo(dtype).max).astype(dtype)
    before = image.copy()
    result = develop(image, Sliders(**{name: RANGES[name].high}))
    assert result.dtype == dtype and result.shape == image.shape
    assert np.abs(result.astype(int) - image).mean() > 0.001 * np.iinfo(dtype).max
    np.testing.assert_array_equal(image, before)


@settings(max_examples=40, deadline=None)
@given(low=st.floats(-5, 5), high=st.floats(-5, 5), seed=st.integers(0, 20))
def test_more_exposure_never_darkens_a_pixel(low, high, seed):
    image = picture(np.uint16, seed)
    low, high = sorted((low, high))
    dark, bright = (grey(develop(image, Sliders(exposure=ev))) for ev in (low, high))
    assert (bright - dark).min() > -1e-3


def test_a_stop_doubles_the_light():
    image = np.full((4, 4, 3), 20_000, np.uint16)
    twice = to_light(develop(image, Sliders(exposure=1.0))) / to_light(image)
    np.testing.assert_allclose(twice, 2.0, rtol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["contrast", "whites", "blacks", "highlights", "shadows", "exposure"]),
    share=st.floats(-1, 1),
)
def test_tone_sliders_keep_the_order_of_greys(name, share):
    ramp = np.repeat(np.linspace(0, 65535, 256).astype(np.uint16)[None, :, None], 3, axis=2)
    image = np.repeat(ramp, 8, axis=0)
    result = develop(image, Sliders(**{name: share * RANGES[name].high})).astype(int)
    assert np.diff(result[4, :, 1]).min() >= -1


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_greys_stay_grey_but_for_white_balance(data):
    names = [n for n in MOVING if n not in ("temperature", "tint")]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    sliders = Sliders(**{name: data.draw(values[name]) for name in chosen})
    image = np.repeat(picture(np.uint16)[..., :1], 3, axis=2)
    result = develop(image, sliders).astype(int)
    assert np.ptp(result, axis=2).max() <= 40, chosen


@settings(max_examples=40, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(TYPES), feather=st.floats(0, 3))
def test_outside_a_mask_nothing_changes(data, dtype, feather):
    names = [n for n in MOVING if n not in GEOMETRY]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    sliders = Sliders(**{name: data.draw(values[name]) for name in chosen})
    image, mask = picture(dtype), np.zeros((SIDE, SIDE), np.uint8)
    mask[8:20, 6:30] = 255
    outside = soft_mask(mask, mask.shape, feather) == 0
    assert outside.any()
    result = develop(image, sliders, mask, feather)
    np.testing.assert_array_equal(result[outside], image[outside])
    inside = soft_mask(mask, mask.shape, feather) == 1
    whole = develop(image, sliders)
    assert np.abs(result[inside].astype(int) - whole[inside]).max(initial=0) <= 1


def test_a_soft_edge_lies_between_the_picture_and_the_edit():
    image = np.full((SIDE, SIDE, 3), 90, np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, SIDE // 2 :] = 255
    row = develop(image, Sliders(exposure=1.5), mask, feather=4.0)[10, :, 0].astype(int)
    assert (np.diff(row) >= 0).all() and len(set(row.tolist())) > 8


@pytest.mark.parametrize("name", GEOMETRY)
def test_geometry_inside_a_mask_is_refused_by_name(name):
    value = {"rotate": 1, "crop": (0.1, 0.1, 0.9, 0.9), "resize": 20}.get(name, 10.0)
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    with pytest.raises(ValueError, match=name):
        develop(picture(), Sliders(**{name: value}), mask)


@pytest.mark.parametrize("dtype", TYPES)
def test_geometry_gives_the_shape_that_it_says(dtype):
    image = picture(dtype)[:30]
    shapes = {
        (40, 30): Sliders(rotate=1),
        (30, 20): Sliders(crop=(0.25, 0.0, 0.75, 1.0)),
        (60, 80): Sliders(resize=80),
        (9, 12): Sliders(resize=12),
    }
    for shape, sliders in shapes.items():
        result = develop(image, sliders)
        assert result.shape[:2] == shape and result.dtype == dtype
    np.testing.assert_array_equal(develop(image, Sliders(rotate=3)), np.rot90(image))
    np.testing.assert_array_equal(
        develop(image, Sliders(crop=(0.25, 0.0, 0.75, 1.0))), image[:, 10:30]
    )


@given(angle=st.floats(-45, 45), width=st.integers(2, 4000), height=st.integers(2, 4000))
def test_what_is_straightened_has_no_empty_corner(angle, width, height):
    share = inner_share(width, height, angle)
    across, down = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    for x, y in ((1, 1), (1, -1)):
        x, y = x * share * width / 2, y * share * height / 2
        assert abs(x * across + y * down) <= width / 2 + 1e-6
        assert abs(y * across - x * down) <= height / 2 + 1e-6


def test_straightening_turns_clockwise():
    image = np.zeros((61, 61, 3), np.uint8)
    image[30, 45:] = 255  # a line to the right of the middle sinks
    result = develop(image, Sliders(straighten=15.0))[..., 0].astype(float)
    rows, columns = np.nonzero(result > 60)
    assert rows[columns > 40].mean() > result.shape[0] / 2 + 2


@given(ratio=st.floats(0.2, 5), width=st.integers(1, 4000), height=st.integers(1, 4000))
def test_ratio_boxes_have_the_ratio_and_touch_two_sides(ratio, width, height):
    left, top, right, bottom = ratio_box(width, height, ratio, (0.9, 0.2))
    assert 0 <= left < right <= 1 + 1e-9 and 0 <= top < bottom <= 1 + 1e-9
    assert (right - left) * width / ((bottom - top) * height) == pytest.approx(ratio)
    assert max(right - left, bottom - top) == pytest.approx(1.0)


def test_a_gradient_of_16_bits_keeps_its_steps():
    ramp = np.repeat(np.arange(30_000, 31_024, dtype=np.uint16)[None, :, None], 3, axis=2)
    image = np.repeat(ramp, 4, axis=0)
    result = develop(image, Sliders(exposure=0.5, contrast=20))
    assert len(np.unique(result)) > 1000, "8 bits would leave five of 1,024 steps"


@given(st.lists(st.floats(0, 4), min_size=1, max_size=20))
def test_encoding_comes_back(numbers):
    light = np.array(numbers, np.float32)[None, :, None].repeat(3, axis=2)
    np.testing.assert_allclose(decode(encode(light)), light, rtol=2e-4, atol=1e-6)


def test_a_clipped_colour_keeps_its_hue():
    orange = np.full((2, 2, 3), (240, 150, 60), np.uint8)
    (red, green, blue) = develop(orange, Sliders(exposure=1.0))[0, 0].astype(int)
    assert red > green > blue and green < 253


@pytest.mark.parametrize(
    ("name", "value"),
    [("exposure", 5.1), ("contrast", float("nan")), ("rotate", 4), ("crop", (0.5, 0, 0.5, 1)),
     ("resize", -1), ("curve", ((0, 0), (0, 9), (255, 255))), ("curve", ((0, 0), (255, 256)))],
)  # fmt: skip
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name}="):
        Sliders(**{name: value})


def test_pictures_and_masks_of_other_types_are_named():
    with pytest.raises(ValueError, match=r"image .*float32"):
        develop(np.zeros((4, 4, 3), np.float32), Sliders())
    with pytest.raises(ValueError, match=r"mask .*\(3, 4\)"):
        develop(picture(), Sliders(exposure=1), np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match="feather=-1"):
        develop(picture(), Sliders(), np.zeros((SIDE, SIDE), np.uint8), -1)


names = st.lists(st.sampled_from(list(RANGES)), min_size=1, max_size=8, unique=True)


@given(data=st.data(), names=names)
def test_vectors_come_back(data, names):
    vector = np.array([data.draw(st.floats(-1, 1)) for _ in names], np.float32)
    sliders = Sliders.from_vector(vector, names)
    np.testing.assert_allclose(sliders.to_vector(names), vector, atol=1e-5)
    again = Sliders(tint=7.0).with_vector(vector, names)
    assert ("tint" in names) or again.tint == 7.0


def test_a_vector_of_zeros_is_at_rest_where_both_sides_are_equal():
    even = [n for n, (low, high, rest, _) in RANGES.items() if (low + high) / 2 == rest]
    assert len(even) == len(RANGES) - 4
    assert Sliders.from_vector(np.zeros(len(even)), even) == Sliders()


def test_limits_narrow_a_slider():
    sliders = Sliders.from_vector([1.0], ["exposure"], {"exposure": (-2.0, 2.0)})
    assert sliders.exposure == 2.0
    assert Sliders(exposure=5).to_vector(["exposure"], {"exposure": (-2, 2)}) == 1.0
    with pytest.raises(ValueError, match="limits"):
        Sliders().to_vector(["exposure"], {"exposure": (-9, 9)})
    with pytest.raises(ValueError, match="'haze'"):
        Sliders().to_vector(["haze"])
    with pytest.raises(ValueError, match="vector has the shape"):
        Sliders.from_vector([0.0, 0.0], ["tint"])


@pytest.mark.parametrize("dtype", TYPES)
def test_a_histogram_counts_every_pixel(dtype):
    image = picture(dtype)
    counts = histogram(image, 16)
    assert counts.shape == (len(CHANNELS), 16) and counts.dtype == np.float32
    np.testing.assert_allclose(counts.mean(axis=1), 1.0, rtol=1e-5)
    black = histogram(np.zeros_like(image), 16)
    assert (black[:, 0] == 16).all() and black[:, 1:].sum() == 0
    with pytest.raises(ValueError, match="bins=1"):
        histogram(image, 1)
