"""Pure pixel functions: where they write, what they keep, and what they are for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editenv.caching import forget
from editenv.imaging import colour, compose, degrade, filters, geometry, inpaint, metrics, regions

SIDE = 48

EDITS = {
    "recolour": lambda image, mask: colour.recolour(image, mask, "teal"),
    "brightness": lambda image, mask: colour.adjust_brightness(image, mask, 0.4),
    "contrast": lambda image, mask: colour.adjust_contrast(image, mask, 1.5),
    "saturation": lambda image, mask: colour.adjust_saturation(image, mask, 0.0),
    "blur": lambda image, mask: filters.blur(image, mask, 0.05),
    "pixelate": lambda image, mask: filters.pixelate(image, mask, 4),
    "sharpen": lambda image, mask: filters.sharpen(image, mask, 1.0),
}
FILLS = {
    "mean": inpaint.inpaint_mean,
    "diffusion": inpaint.inpaint_diffusion,
    "texture": inpaint.inpaint_texture,
}

boxes = st.tuples(
    st.integers(0, SIDE - 2), st.integers(0, SIDE - 2), st.integers(1, SIDE), st.integers(1, SIDE)
).map(lambda b: (b[0], b[1], min(b[0] + b[2], SIDE), min(b[1] + b[3], SIDE)))


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def mask_of(box):
    left, top, right, bottom = box
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def smooth_picture():
    ramp = np.linspace(40, 200, SIDE).astype(np.uint8)
    return np.repeat(np.tile(ramp, (SIDE, 1))[..., None], 3, axis=2)


@pytest.mark.parametrize("name", EDITS)
@given(box=boxes, seed=st.integers(0, 2**32 - 1))
def test_edits_keep_what_is_outside_the_mask_and_their_input(name, box, seed):
    image, mask = picture(seed), mask_of(box)
    before = image.copy()
    edited = EDITS[name](image, mask)
    assert edited.shape == image.shape and edited.dtype == np.uint8
    assert edited is not image
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(edited[mask == 0], image[mask == 0])


@pytest.mark.parametrize("name", EDITS)
def test_an_empty_mask_changes_nothing(name):
    image = picture()
    np.testing.assert_array_equal(EDITS[name](image, mask_of((0, 0, 0, 0))), image)


@pytest.mark.parametrize("name", colour.COLOURS)
def test_a_recoloured_object_is_called_by_its_new_colour(name):
    mask = mask_of((8, 8, 40, 40))
    assert colour.dominant_colour(colour.recolour(smooth_picture(), mask, name), mask) == name


def test_an_unknown_colour_is_named():
    with pytest.raises(ValueError, match=r"'mauve'; accepted: .*teal"):
        colour.recolour(picture(), mask_of((0, 0, 9, 9)), "mauve")


def test_brightness_and_saturation_go_the_way_they_say():
    image, mask = picture(), mask_of((0, 0, SIDE, SIDE))
    means = [colour.adjust_brightness(image, mask, a).mean() for a in (-0.5, 0.0, 0.5)]
    assert means[0] < means[1] < means[2]
    grey = colour.adjust_saturation(image, mask, 0.0)
    assert int(np.ptp(grey.astype(int), axis=2).max()) == 0


@pytest.mark.parametrize("name", FILLS)
def test_removal_from_a_plain_wall_leaves_the_wall(name):
    wall = np.full((SIDE, SIDE, 3), (90, 120, 150), np.uint8)
    scene, mask = wall.copy(), mask_of((16, 14, 30, 30))
    scene[mask > 0] = (250, 10, 10)
    assert metrics.mean_error(FILLS[name](scene, mask), wall) < 0.01


def test_diffusion_continues_a_gradient_better_than_the_mean():
    wall, mask = smooth_picture(), mask_of((12, 12, 34, 30))
    scene = wall.copy()
    scene[mask > 0] = 0
    errors = {name: metrics.mean_error(fill(scene, mask), wall) for name, fill in FILLS.items()}
    assert errors["diffusion"] < errors["mean"]


def grainy_stripes():
    """Ground of which every row is another, with grain."""
    rows = np.random.default_rng(1).integers(100, 160, SIDE)
    wall = np.repeat(np.tile(rows[:, None], (1, SIDE))[..., None], 3, axis=2)
    grain = np.random.default_rng(2).normal(0, 6, (SIDE, SIDE, 1))
    return np.clip(wall + grain, 0, 255).astype(np.uint8)


def test_texture_carries_rows_on_better_than_the_others():
    wall, mask = grainy_stripes(), mask_of((18, 16, 28, 26))
    scene = wall.copy()
    scene[mask > 0] = 255
    errors = {name: metrics.mean_error(fill(scene, mask), wall) for name, fill in FILLS.items()}
    assert errors["texture"] < 0.8 * min(errors["diffusion"], errors["mean"])


def test_texture_carries_grain_on_and_diffusion_does_not():
    grain = np.random.default_rng(3).normal(0, 8, (SIDE, SIDE, 1))
    wall = np.repeat(np.clip(120 + grain, 0, 255), 3, axis=2).astype(np.uint8)
    mask = mask_of((16, 14, 30, 28))
    scene = wall.copy()
    scene[mask > 0] = 255
    spread = {name: fill(scene, mask)[mask > 0].std() for name, fill in FILLS.items()}
    assert spread["texture"] > 0.6 * wall.std() > spread["diffusion"]


@given(box=boxes, option=st.sampled_from(geometry.MOVE_OPTIONS))
def test_moved_boxes_keep_their_size_and_stay_inside(box, option):
    left, top, right, bottom = geometry.moved_box(box, option, SIDE, SIDE)
    assert (right - left, bottom - top) == (box[2] - box[0], box[3] - box[1])
    assert left >= 0 and top >= 0 and right <= SIDE and bottom <= SIDE


@given(box=boxes, factor=st.floats(0.3, 3.0), aspect=st.floats(0.3, 3.0))
def test_every_other_box_stays_inside_too(box, factor, aspect):
    for left, top, right, bottom in (
        geometry.scaled_box(box, factor, SIDE, SIDE),
        geometry.replaced_box(box, aspect, SIDE, SIDE),
        geometry.beside_box(box, aspect, SIDE, SIDE),
        geometry.beside_box(None, aspect, SIDE, SIDE),
    ):
        assert 0 <= left < right <= SIDE and 0 <= top < bottom <= SIDE


def test_crops_are_anchored_as_their_names_say():
    assert geometry.crop_window("left", 48, 48)[0] == 0
    assert geometry.crop_window("bottom", 48, 48)[3] == 48
    with pytest.raises(ValueError, match="'middle'"):
        geometry.crop_window("middle", 48, 48)


@given(left=st.integers(-20, SIDE + 5), top=st.integers(-20, SIDE + 5))
def test_what_is_pasted_over_the_edge_is_cut_off(left, top):
    rgba = np.full((12, 16, 4), 255, np.uint8)
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    mask = compose.stand(image, rgba, (left, top, left + 16, top + 12))
    expected = mask_of((0, 0, 0, 0))
    expected[max(top, 0) : max(top + 12, 0), max(left, 0) : max(left + 16, 0)] = 255
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(image[..., 0], expected)


def test_a_lifted_object_can_be_put_back():
    backdrop, mask = smooth_picture(), mask_of((10, 12, 30, 40))
    scene = backdrop.copy()
    scene[mask > 0] = (200, 30, 60)
    rgba, box = compose.lift(scene, backdrop, mask)
    compose.lay(backdrop, rgba[..., :3], rgba[..., 3], box[0], box[1])
    assert metrics.mean_error(backdrop, scene) < 0.005


def disc(side):
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(rows**2 + columns**2 <= (side / 2) ** 2, 255, 0).astype(np.uint8)


def shaded(left, top, coverage):
    """How much darker than 200 a wall becomes, (SIDE, SIDE)."""
    image = np.full((SIDE, SIDE, 3), 200, np.uint8)
    compose.shade(image, compose.shadow_of(coverage), left, top)
    assert (np.ptp(image, axis=2) == 0).all()
    return 200 - image[..., 0].astype(int)


def test_shadows_lie_where_things_touch_the_ground():
    darker = shaded(14, 10, disc(20))
    rows, columns = np.nonzero(darker > 5)
    assert 10 + 20 * 2 // 3 <= rows.min() and rows.max() <= 10 + 20 + 4
    assert 14 - 3 <= columns.min() and columns.max() <= 14 + 20 + 3
    assert abs(np.unravel_index(darker.argmax(), darker.shape)[1] - 23.5) <= 2
    upright = np.full((20, 20), 255, np.uint8)
    assert darker[:, :18].sum() < shaded(14, 10, upright)[:, :18].sum(), "a disc stands on a point"


@given(left=st.integers(-30, SIDE + 10), top=st.integers(-30, SIDE + 10))
def test_shadows_are_cut_off_at_the_edge(left, top):
    wide = np.full((SIDE + 80, SIDE + 80, 3), 200, np.uint8)
    compose.shade(wide, compose.shadow_of(disc(16)), left + 40, top + 40)
    inside = 200 - wide[40 : 40 + SIDE, 40 : 40 + SIDE, 0].astype(int)
    np.testing.assert_array_equal(shaded(left, top, disc(16)), inside)


def test_where_a_shadow_is_seen_can_be_told_from_the_object():
    mask = compose.spread(disc(16), 12, 20, SIDE, SIDE)
    found = compose.shadow_mask(mask, regions.bounds(mask)) > 0
    np.testing.assert_array_equal(found, shaded(12, 20, disc(16)) > 200 * 0.05)


def test_metrics_on_written_out_pictures():
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    half = np.zeros((4, 4), np.uint8)
    half[:2] = 255
    assert metrics.mean_error(black, white) == 1.0
    assert metrics.mean_error(black, white, np.zeros((4, 4), np.uint8)) == 0.0
    mixed = black.copy()
    mixed[0] = 255
    assert metrics.changed_share(black, mixed, half, 0.1) == 0.5
    assert metrics.overlap(half, half) == 1.0
    assert metrics.overlap(half, 255 - half) == 0.0


@given(box=boxes)
def test_bounds_find_the_box(box):
    assert regions.bounds(mask_of(box)) == box


@pytest.mark.parametrize("kind", ["gaussian_blur", "jpeg", "darken"])
def test_degradations_get_worse_by_level(kind):
    levels = list(
        getattr(degrade, {"gaussian_blur": "BLUR", "jpeg": "QUALITY"}.get(kind, "DARKNESS"))
    )
    image = smooth_picture()
    image[10:30, 10:30] = picture()[10:30, 10:30]
    errors = [metrics.mean_error(getattr(degrade, kind)(image, level), image) for level in levels]
    assert errors == sorted(errors) and errors[0] > 0


@given(boxes, st.integers(1, 400), st.integers(0, 9))
def test_large_pictures_are_filled_and_blended_in_strips_to_the_same_bits(box, pixels, seed):
    scene, other, mask = picture(seed), picture(seed + 10), mask_of(box)
    filled, blended = inpaint.inpaint_texture(scene, mask), regions.blend(scene, other, mask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("editenv.imaging.strips.LARGE", 1)
        patch.setattr("editenv.imaging.strips.STRIP", pixels)
        forget("editenv.imaging")
        np.testing.assert_array_equal(inpaint.inpaint_texture(scene, mask), filled)
        np.testing.assert_array_equal(regions.blend(scene, other, mask), blended)
    forget("editenv.imaging")


def test_texture_does_not_echo_what_stands_beside_the_hole():
    """Grain beside the hole is carried into it; the outline of a neighbour is not."""
    wall = np.full((SIDE, SIDE, 3), 120, np.uint8)
    scene, mask = wall.copy(), mask_of((20, 16, 28, 30))
    scene[mask > 0] = 255
    scene[:, 34:36] = 255  # a post
    filled = inpaint.inpaint_texture(scene, mask)
    assert np.abs(filled[18:28, 21:27].astype(int) - 120).max() <= 6
