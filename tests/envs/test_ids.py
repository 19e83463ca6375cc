"""Registered ids do not drift: what an agent was trained with stays as it is."""

import gymnasium
import numpy as np
import pytest

import editenv
from editenv import image_edit_v0
from editenv.tools import TOOL_PRESETS, TOOLS, Edited, register_tool

OBJECTS = (
    *("recolour", "brightness", "saturation", "blur", "pixelate"),
    *("remove_texture", "remove_diffusion", "remove_mean"),
    *("move", "scale", "flip", "replace", "add", "background"),
)
PHOTO = ("exposure", "contrast", "white_balance", "saturation", "brightness", "crop", "sharpen")
RESTORE = ("denoise_median", "denoise_guided", "deblur", "deblock", "low_light", "exposure")
ALL = (
    *("recolour", "brightness", "contrast", "saturation", "blur", "pixelate", "sharpen"),
    *("remove_texture", "remove_diffusion", "remove_mean"),
    *("move", "scale", "flip", "replace", "add", "background", "crop", "white_balance"),
    *("exposure", "denoise_median", "denoise_guided", "deblur", "deblock", "low_light"),
)
TOOLS_OF = {
    "ImageEdit-v0": OBJECTS,
    "ImageEdit-Direct-v0": OBJECTS,
    "ImageEdit-MultiStep-v0": OBJECTS,
    "ImageEdit-Indirect-v0": OBJECTS,
    "ImageEdit-Retouch-v0": PHOTO,
    "ImageEdit-Restore-v0": RESTORE,
    "ImageEdit-Complex-v0": ALL,
}
SIZES = {
    "ImageEdit-v0": (16, 10, 12),
    "ImageEdit-Direct-v0": (16, 10, 12),
    "ImageEdit-MultiStep-v0": (16, 10, 12),
    "ImageEdit-Indirect-v0": (16, 10, 12),
    "ImageEdit-Retouch-v0": (9, 1, 5),
    "ImageEdit-Restore-v0": (8, 1, 4),
    "ImageEdit-Complex-v0": (26, 10, 12),
}
"""Calls, region slots, options."""

TOKENS = {
    "ImageEdit-v0": 64,
    "ImageEdit-Direct-v0": 32,
    "ImageEdit-MultiStep-v0": 96,
    "ImageEdit-Indirect-v0": 64,
    "ImageEdit-Retouch-v0": 64,
    "ImageEdit-Restore-v0": 64,
    "ImageEdit-Complex-v0": 128,
}
IDS = list(editenv.CONFIGURATIONS)


class Stamp:
    """A tool that the package does not have, with more options than any other."""

    name, action, target = "stamp", "stamp", "any"
    options = tuple(f"motif {number}" for number in range(30))

    def apply(self, images, masks, options):
        return [Edited(image.copy(), mask) for image, mask in zip(images, masks, strict=True)]

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


def spaces_of(env_id):
    """Every space that a learner could have been built for."""
    found = []
    for action_format in ("multi_discrete", "discrete"):
        env = gymnasium.make(env_id, action_format=action_format, disable_env_checker=True)
        found += [env.observation_space, env.action_space]
        found += [call.tool for call in env.unwrapped.calls]
    for uniform in (False, "flat"):
        team = image_edit_v0.parallel_env(env_id, uniform_spaces=uniform)
        for agent in team.possible_agents:
            found += [team.observation_space(agent), team.action_space(agent)]
    return found


@pytest.mark.parametrize("env_id", IDS)
def test_tools_and_spaces_are_those_that_are_written_here(env_id):
    env = gymnasium.make(env_id, disable_env_checker=True)
    assert tuple(tool.name for tool in env.unwrapped.tools) == TOOLS_OF[env_id]
    assert env.unwrapped.call_names == (*TOOLS_OF[env_id], "undo", "submit")
    assert tuple(env.action_space.nvec) == SIZES[env_id]
    calls, slots, options = SIZES[env_id]
    highest = max(calls, slots, options) - 1
    boxes = {
        "image": ((128, 128, 3), np.uint8, 0, 255),
        "instruction": ((TOKENS[env_id], 256), np.float32, -np.inf, np.inf),
        "instruction_mask": ((TOKENS[env_id],), np.int8, 0, 1),
        "regions": ((slots, 6), np.float32, 0, 1),
        "region_embeddings": ((slots, 256), np.float32, -np.inf, np.inf),
        "history": ((4, 3), np.int32, -1, highest),
        "steps_left": ((1,), np.float32, 0, 1),
    }
    assert set(env.observation_space.spaces) == set(boxes)
    for key, (shape, dtype, low, high) in boxes.items():
        wanted = gymnasium.spaces.Box(low, high, shape, dtype)
        assert env.observation_space[key] == wanted, key


def test_presets_are_those_that_are_written_here():
    wanted = {"objects": OBJECTS, "photo": PHOTO, "restore": RESTORE, "all": ALL}
    assert {name: tuple(tools) for name, tools in TOOL_PRESETS.items()} == wanted


def test_every_argument_of_an_id_is_written_out():
    """No argument that the package could change on its own decides which tools an id has."""
    for env_id, (_, kwargs) in editenv.CONFIGURATIONS.items():
        assert kwargs.get("tools", "objects") in TOOL_PRESETS, env_id


@pytest.fixture
def stamp():
    yield register_tool(Stamp())
    del TOOLS["stamp"]


@pytest.mark.parametrize("env_id", IDS)
def test_a_new_tool_changes_no_space_of_an_id(env_id, request):
    before = spaces_of(env_id)
    request.getfixturevalue("stamp")
    assert "stamp" in TOOLS
    assert spaces_of(env_id) == before
    with_it = gymnasium.make(env_id, tools=["blur", "stamp"], disable_env_checker=True)
    assert with_it.unwrapped.call_names == ("blur", "stamp", "undo", "submit")
