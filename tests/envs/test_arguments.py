"""Bad input gets one clear error that names it; the import stays light."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction
from shared_tasks import shared

import editenv
from editenv.material import load_sprites
from editenv.types import BACKGROUND, EditTask


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"tasks": "portraits"}, "tasks='portraits'"),
        ({"split": "dev"}, "split='dev'"),
        ({"tools": "hammers"}, "tools='hammers'"),
        ({"tools": ["blur", "hammer"]}, "'hammer'"),
        ({"material": "clay"}, "material='clay'"),
        ({"material": "folder:/nowhere/at/all"}, "/nowhere/at/all"),
        ({"grounder": "psychic"}, "psychic"),
        ({"region_labels": "yes"}, "region_labels='yes'"),
        ({"region_embeddings": 1}, "region_embeddings=1"),
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
    plain = EditTask(np.full((128, 128, 3), 90, np.uint8), "Brighten the photo.")
    _, info = env.reset(options={"task": plain})
    assert info["checklist"] == ()
    brightness = env.unwrapped.call_names.index("brightness")
    _, _, _, _, info = env.step(np.array([brightness, 0, 3]))
    assert not info["is_success"]
    assert env.unwrapped.workspace.canvas.mean() > 100


def test_other_arguments_are_honoured():
    env = gymnasium.make(
        "ImageEdit-v0",
        image_size=(64, 96),
        slots=5,
        instruction_format="pooled",
        grounder="noisy:missing=0.2",
        history_length=2,
        tools=["blur", "move"],
    )
    observation, _ = env.reset(seed=0)
    assert observation["image"].shape == (64, 96, 3)
    assert observation["instruction"].shape == (256,)
    assert observation["regions"].shape == (5, 6)
    assert observation["region_embeddings"].shape == (5, 256)
    assert observation["history"].shape == (2, 3)
    assert env.unwrapped.call_names == ("blur", "move", "undo", "submit")


@pytest.mark.parametrize("split", ["train", "validation", "test", "novel"])
@pytest.mark.parametrize("env_id", editenv.CONFIGURATIONS)
def test_every_split_plays(env_id, split):
    env = gymnasium.make(env_id, split=split, disable_env_checker=True)
    env.action_space.seed(0)
    for seed in range(2):
        observation, info = env.reset(seed=seed)
        assert env.observation_space.contains(observation) and info["instruction"]
        env.step(env.action_space.sample())


@pytest.mark.parametrize("size", [64, 96, 256, 512, (96, 160)])
def test_every_size_plays(size):
    env = gymnasium.make("ImageEdit-v0", image_size=size, disable_env_checker=True)
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    shape = size if isinstance(size, tuple) else (size, size)
    assert observation["image"].shape == (*shape, 3)
    assert env.observation_space.contains(env.step(env.action_space.sample())[0])


def test_emoji_stay_as_a_material():
    env = gymnasium.make("ImageEdit-Direct-v0", material="emoji", disable_env_checker=True)
    names = {sprite.name for sprite in load_sprites("train")}
    for seed in range(5):
        env.reset(seed=seed)
        labels = {region.label for region in env.unwrapped.task.regions} - {BACKGROUND}
        assert labels and labels <= names


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
        env = gymnasium.make(env_id, disable_env_checker=True, **shared(env_id))
        env.action_space.seed(0)
        env.reset(seed=0)
        for _ in range(400):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            if terminated or truncated:
                env.reset()
        env.close()
