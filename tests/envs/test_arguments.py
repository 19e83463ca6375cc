"""Bad input gets one clear error that names it; the import stays light."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction

import editenv
from editenv.types import EditTask


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"tasks": "portraits"}, "tasks='portraits'"),
        ({"split": "dev"}, "split='dev'"),
        ({"tools": "hammers"}, "tools='hammers'"),
        ({"tools": ["blur", "hammer"]}, "'hammer'"),
        ({"grounder": "psychic"}, "psychic"),
        ({"encoder": "morse"}, "morse"),
        ({"reward": "gold"}, "reward='gold'"),
        ({"image_size": 16}, "image_size=16"),
        ({"image_size": 2000}, "image_size=2000"),
        ({"image_size": (64,)}, "image_size="),
        ({"image_size": (64, 64.0)}, "image_size="),
        ({"action_format": "words"}, "action_format='words'"),
        ({"instruction_format": "sung"}, "instruction_format='sung'"),
        ({"slots": 0}, "slots=0"),
        ({"max_tokens": -1}, "max_tokens=-1"),
        ({"history_length": 0}, "history_length=0"),
        ({"render_mode": "hologram"}, "render_mode='hologram'"),
        ({"tasks": "folder:/nowhere/at/all"}, "/nowhere/at/all"),
    ],
)
def test_the_error_names_the_argument(kwargs, words):
    with pytest.raises(ValueError) as caught:
        gymnasium.make("ImageEdit-v0", **kwargs).unwrapped  # noqa: B018
    assert words in str(caught.value)


def test_actions_outside_the_space_are_named():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True).unwrapped
    with pytest.raises(RuntimeError, match="reset"):
        env.step(env.action_space.sample())
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match=r"action=\[99"):
        env.step([99, 0, 0])


def test_tasks_given_by_hand():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=0)
    task = env.unwrapped.task
    env.reset(seed=5, options={"task": task})
    assert env.unwrapped.task is task
    with pytest.raises(ValueError, match="must be an EditTask or an index"):
        env.reset(options={"task": "this one"})
    small = EditTask(np.zeros((32, 32, 3), np.uint8), "Do nothing.")
    with pytest.raises(ValueError, match=r"shape \(32, 32, 3\)"):
        env.reset(options={"task": small})


def test_a_task_without_ground_truth_can_be_edited():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    plain = EditTask(np.full((64, 64, 3), 90, np.uint8), "Brighten the photo.")
    _, info = env.reset(options={"task": plain})
    assert info["checklist"] == ()
    brightness = env.unwrapped.call_names.index("brightness")
    _, _, _, _, info = env.step(np.array([brightness, 0, 3]))
    assert not info["is_success"]
    assert env.unwrapped.workspace.canvas.mean() > 100


def test_other_arguments_are_honoured():
    env = gymnasium.make(
        "ImageEdit-v0",
        image_size=(48, 80),
        slots=5,
        instruction_format="pooled",
        grounder="noisy:missing=0.2",
        history_length=2,
        tools=["blur", "move"],
    )
    observation, _ = env.reset(seed=0)
    assert observation["image"].shape == (48, 80, 3)
    assert observation["instruction"].shape == (256,)
    assert observation["regions"].shape == (5, 9)
    assert observation["history"].shape == (2, 3)
    assert env.unwrapped.call_names == ("blur", "move", "undo", "submit")


def test_import_is_light():
    code = (
        "import sys, editenv; editenv.CONFIGURATIONS; "
        "heavy = {'torch', 'transformers', 'diffusers', 'cv2', 'skimage', 'matplotlib'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"


def test_stepping_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None\n"
        "import gymnasium\n"
        "env = gymnasium.make('editenv:ImageEdit-v0'); env.reset(seed=0)\n"
        "env.step(env.action_space.sample()); print('stepped')"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "stepped"


def test_random_steps_over_all_ids_raise_nothing():
    for env_id in editenv.CONFIGURATIONS:
        env = gymnasium.make(env_id, disable_env_checker=True)
        env.action_space.seed(0)
        env.reset(seed=0)
        for _ in range(400):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            if terminated or truncated:
                env.reset()
        env.close()
