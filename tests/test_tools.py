"""Every tool: shapes, determinism, batches, locality, distinguishable options, odd masks."""

import ast
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import editenv.tools
from editenv.imaging import degrade
from editenv.imaging.colour import COLOURS, dominant_colour
from editenv.imaging.inpaint import hole_of
from editenv.imaging.metrics import mean_error
from editenv.imaging.regions import solid_bounds
from editenv.material import load_backgrounds, load_sprites
from editenv.tasks.arrange import arrange
from editenv.tools import OPERATIONS, TOOL_PRESETS, TOOLS, make_tool, make_tools, register_tool

NAMES = sorted(TOOLS)
SIZES = [(64, 64), (32, 48), (130, 96)]
LEVELS = ("light", "medium", "strong")


def picture(height=64, width=64, seed=0):
    """A scene, its picture, and the mask of one object."""
    scene = arrange(np.random.default_rng(seed), "train", height, width, count=3)
    item = scene.objects[0]
    return scene, scene.image, scene.mask_of(item.key)


def mask_for(tool, height, width, seed=0):
    if tool.target == "image":
        return np.full((height, width), 255, np.uint8)
    return picture(height, width, seed)[2]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_shapes_determinism_and_batches(name, size):
    tool = make_tool(name)
    _, image, _ = picture(*size)
    mask = mask_for(tool, *size)
    image_before, mask_before = image.copy(), mask.copy()
    options = list(range(len(tool.options)))
    batch = tool.apply([image] * len(options), [mask] * len(options), options)
    for option, edited in zip(options, batch, strict=True):
        (single,) = tool.apply([image], [mask], [option])
        assert edited.image.shape == image.shape and edited.image.dtype == np.uint8
        assert edited.mask.shape == mask.shape and edited.mask.dtype == np.uint8
        assert edited.image is not image
        np.testing.assert_array_equal(edited.image, single.image)
        np.testing.assert_array_equal(edited.mask, single.mask)
    np.testing.assert_array_equal(image, image_before)
    np.testing.assert_array_equal(mask, mask_before)


@pytest.mark.parametrize("name", NAMES)
def test_options_differ(name):
    tool = make_tool(name)
    _, image, _ = picture(seed=4)
    mask = mask_for(tool, 64, 64, seed=4)
    options = list(range(len(tool.options)))
    results = [e.image for e in tool.apply([image] * len(options), [mask] * len(options), options)]
    for i in options:
        assert mean_error(results[i], image) > 0, f"{name} {tool.options[i]} does nothing"
        for j in range(i):
            assert not np.array_equal(results[i], results[j])


@pytest.mark.parametrize("name", [n for n in NAMES if TOOLS[n].target != "image"])
@settings(max_examples=20, deadline=None)
@given(
    left=st.integers(0, 63),
    top=st.integers(0, 63),
    wide=st.integers(0, 64),
    tall=st.integers(0, 64),
    value=st.sampled_from([1, 9, 128, 255]),
    data=st.data(),
)
def test_any_mask_is_survived(name, left, top, wide, tall, value, data):
    tool = make_tool(name)
    mask = np.zeros((64, 64), np.uint8)
    mask[top : top + tall, left : left + wide] = value
    image = load_backgrounds("train")[0].image[:64, :64].copy()
    option = data.draw(st.integers(0, len(tool.options) - 1))
    (edited,) = tool.apply([image], [mask], [option])
    assert edited.image.shape == (64, 64, 3) and edited.mask.shape == (64, 64)
    tool.relabel("thing", option)
    if not mask.any():
        np.testing.assert_array_equal(edited.image, image)


@pytest.mark.parametrize("name", ["recolour", "brightness", "saturation", "blur", "pixelate"])
def test_pixel_tools_stay_inside_their_mask(name):
    tool = make_tool(name)
    _, image, mask = picture(seed=2)
    (edited,) = tool.apply([image], [mask], [1])
    np.testing.assert_array_equal(edited.image[mask == 0], image[mask == 0])


@pytest.mark.parametrize("name", ["remove_texture", "remove_diffusion", "remove_mean"])
def test_removing_touches_the_hole_only_and_object_is_gone(name):
    left = []
    for seed in range(12):
        scene, image, mask = picture(seed=seed)
        (edited,) = make_tool(name).apply([image], [mask], [0])
        outside = hole_of(mask) == 0
        np.testing.assert_array_equal(edited.image[outside], image[outside])
        assert not edited.mask.any()
        clean = scene.without(scene.objects[0].key).image
        left.append(mean_error(edited.image, clean, mask) / mean_error(image, clean, mask))
    assert np.mean(left) < 0.7


def test_the_hole_holds_the_shadow():
    for seed in range(12):
        scene, image, mask = picture(seed=seed)
        item = scene.objects[0]
        shaded = np.abs(image.astype(int) - scene.without(item.key).image).max(axis=2) > 25
        assert shaded[hole_of(mask) == 0].sum() <= 0.02 * shaded.sum()


def test_each_rival_is_best_somewhere():
    rivals = ("remove_texture", "remove_diffusion", "remove_mean")
    wins = dict.fromkeys(rivals, 0)
    for seed in range(60):
        scene, image, mask = picture(seed=seed)
        clean = scene.without(scene.objects[0].key).image
        errors = {
            name: mean_error(make_tool(name).apply([image], [mask], [0])[0].image, clean, mask)
            for name in rivals
        }
        wins[min(errors, key=errors.__getitem__)] += 1
    assert all(count >= 3 for count in wins.values()), wins


@pytest.mark.parametrize("colour", COLOURS)
def test_recoloured_objects_have_that_colour(colour):
    tool = make_tool("recolour")
    right = 0
    sprites = load_sprites("train")[:40]
    for sprite in sprites:
        patch = np.ascontiguousarray(sprite.rgba[..., :3])
        cover = np.ascontiguousarray(sprite.rgba[..., 3])
        (edited,) = tool.apply([patch], [cover], [tool.options.index(colour)])
        right += dominant_colour(edited.image, cover) == colour
    assert right >= 0.8 * len(sprites), right


@pytest.mark.parametrize("name", ["move", "scale", "replace", "add"])
def test_a_soft_rim_does_not_change_where_things_go(name):
    tool, image = make_tool(name), picture(seed=7)[1]
    hard = np.zeros((64, 64), np.uint8)
    hard[30:46, 20:32] = 255
    soft = np.maximum(cv2.dilate(hard, np.ones((5, 5), np.uint8)) // 4, hard)
    for option in range(len(tool.options)):
        boxes = []
        for mask in (hard, soft):
            (edited,) = tool.apply([image], [mask], [option])
            boxes.append(solid_bounds(edited.mask))
        np.testing.assert_allclose(*boxes, atol=1)


def test_adding_and_replacing_name_what_they_bring():
    _, image, mask = picture(seed=1)
    add, replace = make_tool("add"), make_tool("replace")
    assert add.adds(3) == add.options[3]
    assert replace.relabel("cup", 2) == replace.options[2]
    assert add.apply([image], [mask], [3])[0].mask.any()


def test_flipping_the_whole_image_moves_other_masks():
    _, image, mask = picture(seed=3)
    whole = np.full_like(mask, 255)
    (edited,) = make_tool("flip").apply([image], [whole], [0])
    np.testing.assert_array_equal(edited.image, image[:, ::-1])
    np.testing.assert_array_equal(edited.warp(mask), mask[:, ::-1])


@pytest.mark.parametrize(
    ("name", "damage", "most"),
    [
        ("denoise_guided", degrade.gaussian_noise, 0.6),
        ("denoise_median", degrade.impulse_noise, 0.6),
        ("deblur", lambda image, level, rng: degrade.gaussian_blur(image, level), 0.75),
        ("low_light", lambda image, level, rng: degrade.darken(image, level), 0.05),
        ("deblock", lambda image, level, rng: degrade.jpeg(image, level), 0.97),
    ],
)
@pytest.mark.parametrize("option", range(len(LEVELS)), ids=LEVELS)
def test_restoration_tools_undo_their_damage(name, damage, most, option):
    before, after = [], []
    for seed in range(12):
        clean = picture(seed=seed)[1]
        rng = np.random.default_rng(seed)
        spoiled = damage(clean, LEVELS[option], rng)
        mask = np.full((64, 64), 255, np.uint8)
        (edited,) = make_tool(name).apply([spoiled], [mask], [option])
        before.append(mean_error(spoiled, clean))
        after.append(mean_error(edited.image, clean))
    assert np.mean(after) < most * np.mean(before)


@pytest.mark.parametrize("option", range(len(LEVELS)), ids=LEVELS)
def test_median_beats_guided_on_impulses_and_guided_on_grain(option):
    errors = {}
    for kind in (degrade.impulse_noise, degrade.gaussian_noise):
        for name in ("denoise_median", "denoise_guided"):
            found = []
            for seed in range(12):
                clean = picture(seed=seed)[1]
                noisy = kind(clean, LEVELS[option], np.random.default_rng(seed))
                mask = np.full((64, 64), 255, np.uint8)
                (edited,) = make_tool(name).apply([noisy], [mask], [option])
                found.append(mean_error(edited.image, clean))
            errors[kind.__name__, name] = np.mean(found)
    impulse, grain = "impulse_noise", "gaussian_noise"
    assert errors[impulse, "denoise_median"] < errors[impulse, "denoise_guided"]
    assert errors[grain, "denoise_guided"] < errors[grain, "denoise_median"]


@pytest.mark.parametrize("name", ["pixelate", "sharpen"])
def test_what_is_known_of_a_tool_stands_in_its_file(name):
    """And in the registry: its pixels may come from ``editenv.imaging``."""
    folder = Path(editenv.tools.__file__).parents[1]
    own = {folder / "tools" / f"{name}.py", folder / "tools" / "__init__.py"}
    for path in sorted(set(folder.rglob("*.py")) - own):
        constants = (
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)
        )
        assert not any(constant.value == name for constant in constants), path


@pytest.mark.parametrize("name", TOOL_PRESETS["all"])
def test_the_page_has_a_row_for_every_tool(name):
    page = (Path(__file__).parents[1] / "docs" / "tools.md").read_text()
    tool = TOOLS[name]
    works_on = {
        "image": "the whole image (slot 0)", "region": "a region (slots above 0)", "any": "either",
    }[tool.target]  # fmt: skip
    row = f"| `{name}` | {tool.action} | {works_on} | {', '.join(tool.options)} |"
    assert row in page.splitlines(), f"docs/tools.md needs: {row}"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_speaks_of_options_that_its_tools_have(operation):
    options = {o for tool in TOOLS.values() if tool.action == operation.name for o in tool.options}
    phrases, faults, keywords = operation.phrases, operation.faults, operation.keywords
    said = [keywords.goals if keywords else {}]
    if phrases:
        said += [phrases.goals or {}, phrases.goal_forms, phrases.hint_goals, phrases.purposes]
        said += [phrases.like_goals]
    if faults:
        said += [faults.by_goal, faults.opposites]
    for table in said:
        assert set(table) <= options | {""}, operation.name
    assert options, operation.name


def test_presets_and_errors():
    for preset, names in TOOL_PRESETS.items():
        assert tuple(tool.name for tool in make_tools(preset)) == tuple(names)
    assert len(TOOL_PRESETS["all"]) >= 20
    with pytest.raises(ValueError, match="tools='hammers'"):
        make_tools("hammers")
    with pytest.raises(ValueError, match="'hammer' is unknown"):
        make_tools(["hammer"])
    with pytest.raises(ValueError, match="has a name twice"):
        make_tools(["crop", "crop"])
    with pytest.raises(ValueError, match="empty"):
        make_tools([])
    with pytest.raises(ValueError, match="neither a name nor a Tool"):
        make_tools([object()])
    with pytest.raises(ValueError, match="taken"):
        register_tool(TOOLS["blur"])
