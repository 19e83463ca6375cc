"""What vector environments refuse, and what is left after it."""

import sys
from types import ModuleType

import numpy as np
import pytest
from gymnasium.error import InvalidAction
from vector_checks import assert_same, native

from editenv.tools import TOOL_KINDS, Edited


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_envs": 0}, "num_envs=0"),
        ({"max_episode_steps": 0}, "max_episode_steps=0"),
        ({"autoreset_mode": "never"}, "autoreset_mode='never'.*NextStep"),
        ({"render_mode": "human"}, "render_mode='human'.*rgb_array"),
        ({"tasks": "none"}, "tasks='none'"),
    ],
)
def test_wrong_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        native("ImageEdit-v0", **{"num_envs": 2, **change})


def test_wrong_calls():
    envs = native("ImageEdit-v0", 2)
    with pytest.raises(RuntimeError, match="reset"):
        envs.step(envs.action_space.sample())
    with pytest.raises(RuntimeError, match="reset"):
        envs.unwrapped.branch([0])
    with pytest.raises(ValueError, match="first reset"):
        envs.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(ValueError, match="seed has 3 entries"):
        envs.reset(seed=[1, 2, 3])
    envs.reset(seed=0)
    with pytest.raises(InvalidAction):
        envs.step(np.array([[99, 0, 0], [0, 0, 0]]))
    with pytest.raises(InvalidAction):
        envs.step(np.zeros((3, 3), int))
    with pytest.raises(TypeError, match="reset_mask"):
        envs.reset(options={"reset_mask": [True, False]})
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": np.array([False, False])})
    with pytest.raises(ValueError, match=r"numbers=\[2\]"):
        envs.unwrapped.branch([2])


def test_a_first_reset_that_fails_half_way_is_none():
    envs = native("ImageEdit-Direct-v0", 3)
    with pytest.raises(IndexError):
        envs.reset(seed=0, options={"task": [0, -1, 1]})
    for call in (lambda: envs.step(envs.action_space.sample()), envs.unwrapped.observe):
        with pytest.raises(RuntimeError, match=r"reset\(\) first"):
            call()
    with pytest.raises(ValueError, match="first reset"):
        envs.reset(options={"reset_mask": np.array([False, False, True])})
    assert_same(envs.reset(seed=0)[0], native("ImageEdit-Direct-v0", 3).reset(seed=0)[0])


def test_what_a_reset_that_fails_half_way_has_begun_is_shown():
    envs = native("ImageEdit-Direct-v0", 3)
    envs.reset(seed=0)
    with pytest.raises(IndexError):
        envs.reset(options={"task": [5, 6, -1]})
    seen, masks = envs.unwrapped.observe(), envs.unwrapped.action_masks()
    setup = envs.unwrapped.setup
    for number, episode in enumerate(envs.unwrapped.episodes):
        alone = setup.observations.build(episode.workspace)
        assert_same({key: value[number] for key, value in seen.items()}, alone)
        np.testing.assert_array_equal(masks[number], setup.codec.mask(episode.workspace))
    assert [episode.workspace.history for episode in envs.unwrapped.episodes] == [()] * 3


@pytest.mark.parametrize("seed", [1.5, "7", {1: 2}])
def test_wrong_seeds_are_named(seed):
    with pytest.raises(ValueError, match="seed="):
        native("ImageEdit-Direct-v0", 2).reset(seed=seed)


@pytest.mark.parametrize("numbers", [[], [0.5], [True], [[0, 1]], 0, [-1], [2]])
def test_wrong_branches_are_named(numbers):
    envs = native("ImageEdit-Direct-v0", 2)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="numbers="):
        envs.unwrapped.branch(numbers)


@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_actions_of_copies_that_do_not_act_are_not_looked_at(mode, num_workers):
    envs = native("ImageEdit-Direct-v0", 2, autoreset_mode=mode, num_workers=num_workers)
    envs.reset(seed=0)
    wrong = np.array([[-1, -1, -1], [0, 1, 0]])
    with pytest.raises(InvalidAction):
        envs.step(wrong)
    submit = envs.single_action_space.nvec[0] - 1
    envs.step(np.array([[submit, 0, 0], [0, 1, 0]]))
    _, rewards, *_ = envs.step(wrong)
    assert rewards[0] == 0 and rewards[1] != 0
    if mode == "NextStep":
        with pytest.raises(InvalidAction):
            envs.step(wrong)
    envs.close()


class Closable:
    name, action, target, options = "closable", "blur", "image", ("a",)

    def __init__(self, opened):
        self.opened = opened
        opened.append(self)

    def apply(self, images, masks, options):
        return [Edited(image, mask) for image, mask in zip(images, masks, strict=True)]

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None

    def close(self):
        self.opened.remove(self)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reward": "none"},
        {"judge": "none"},
        {"encoder": "none"},
        {"action_format": "none"},
        {"max_episode_steps": 0},
        {"render_mode": "human"},
        {"num_envs": 0},
    ],
)
@pytest.mark.parametrize("num_workers", [0, 1])
def test_nothing_stays_open_where_building_fails(wrong, num_workers, monkeypatch):
    opened = []
    module = ModuleType("closable_tools")
    module.make = lambda where: Closable(opened)
    monkeypatch.setitem(sys.modules, "closable_tools", module)
    monkeypatch.setitem(TOOL_KINDS, "closable", "closable_tools:make")
    arguments = {"num_envs": 2, "tools": ["closable:x"], "num_workers": num_workers, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        native("ImageEdit-v0", **arguments)
    assert opened == []
