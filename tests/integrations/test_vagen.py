"""VAGEN's four methods; VAGEN itself is not needed to call them as its rollouts do."""

import asyncio
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from editenv.answers import write_answer
from editenv.tasks import make_tasks, register_tasks
from editenv.tasks.registry import TASK_SOURCES
from editenv.text import ImageEditTextEnv

FOLDER = Path(__file__).parents[2] / "integrations" / "vagen"
sys.path.insert(0, str(FOLDER))

from editenv_vagen import ImageEdit  # noqa: E402

CONFIG = {"tasks": "ImageEdit-MultiStep-v0", "image_size": 64, "max_turns": 3}
EMPTY = write_answer(())


def text_env(**arguments):
    return ImageEditTextEnv(**{**CONFIG, **arguments})


def content_of(observation):
    """What VAGEN makes of an observation: it asserts that placeholders and pictures match."""
    pictures = observation.get("multi_modal_input", {}).get("<image>", [])
    assert observation["obs_str"].count("<image>") == len(pictures)
    assert "<video>" not in observation["obs_str"]
    return re.split("<image>", observation["obs_str"]), pictures


def play(answers, seed=2, config=CONFIG):
    """A rollout as VAGEN's agent loop makes it: until the environment is done."""

    async def rollout():
        env = ImageEdit(env_config=config)
        steps = [(*(await env.reset(seed=seed)),)]
        prompt = await env.system_prompt()
        for answer in answers:
            steps.append(await env.step(answer))
            if steps[-1][2]:
                break
        await env.close()
        return prompt, steps

    return asyncio.run(rollout())


def test_an_episode_is_the_text_environments():
    env = text_env()
    expected, _ = env.reset(options={"task": 2})
    answers = [env.reference_answer(), EMPTY]
    prompt, ((first, info), *steps) = play(answers)
    assert prompt == {"obs_str": env.system_prompt}
    (_, text), (picture,) = content_of(first)
    assert text.strip() == expected["text"]
    np.testing.assert_array_equal(np.array(picture), expected["image"])
    assert info["success"] is False
    assert len(steps) == len(answers)
    for (observation, reward, done, info), answer in zip(steps, answers, strict=True):
        expected, own_reward, own_done, _, own_info = env.step(answer)
        (_, text), (picture,) = content_of(observation)
        assert text.strip() == expected["text"].strip()
        np.testing.assert_array_equal(np.array(picture), expected["image"])
        assert (reward, done, info["success"]) == (own_reward, own_done, own_info["is_success"])
    assert sum(step[1] for step in steps) == pytest.approx(1.0)


def test_an_episode_ends_after_its_turns():
    _, (_, *steps) = play(["I don't know."] * 9)
    assert [done for _, _, done, _ in steps] == [False, False, True]
    assert "malformed" in steps[0][0]["obs_str"]


def test_a_seed_is_the_number_of_a_task():
    instructions = [play([], seed)[1][0][1]["instruction"] for seed in (0, 1, 0)]
    assert instructions[0] == instructions[2] != instructions[1]
    assert instructions[1] == text_env().tasks[1].instruction


class Tricky:
    """Tasks whose instructions look like VAGEN's placeholders; there are three."""

    def __init__(self, *size_and_split):
        self._tasks = make_tasks("direct", split="train", height=64, width=64)

    def sample(self, rng):
        return self[0]

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return replace(self._tasks[index], instruction=f"Number {index} of <image> and <video>.")


def test_no_text_counts_as_a_picture_and_finite_sources_are_counted_around():
    if "tricky" not in TASK_SOURCES:
        register_tasks("tricky", Tricky)
    config = {"tasks": "tricky", "image_size": 64}
    _, ((first, _), (second, *_)) = play(["<image>"], seed=4, config=config)
    for observation in (first, second):
        assert "Number 1 of image and video." in content_of(observation)[0][1]


def test_rollouts_at_the_same_time_do_not_mix():
    async def one(seed):
        env = ImageEdit(env_config=CONFIG)
        _, info = await env.reset(seed=seed)
        await asyncio.sleep(0)
        observation, reward, *_ = await env.step(answers[seed])
        return info["instruction"], reward, observation["obs_str"]

    env, answers = text_env(), {}
    for seed in range(4):
        env.reset(options={"task": seed})
        answers[seed] = env.reference_answer()

    async def all_of_them():
        return await asyncio.gather(*map(one, range(4)))

    for instruction, reward, text in asyncio.run(all_of_them()):
        assert instruction in text
        assert reward == pytest.approx(1.0)


def test_wrong_use_is_refused():
    with pytest.raises(ValueError, match="split='dev'"):
        ImageEdit(env_config={"split": "dev"})
    with pytest.raises(TypeError, match="colour"):
        ImageEdit(env_config={"colour": "red"})
    with pytest.raises(RuntimeError, match=r"reset\(\)"):
        asyncio.run(ImageEdit(env_config=CONFIG).step(EMPTY))


@pytest.mark.parametrize("name", ["train.yaml", "val.yaml"])
def test_the_configurations_name_arguments_that_exist(name):
    yaml = pytest.importorskip("yaml")
    (env,) = yaml.safe_load((FOLDER / name).read_text())["envs"]
    assert env["max_turns"] == env["config"]["max_turns"]
    assert json.dumps(env["config"])
    ImageEdit(env_config={**env["config"], "image_size": 64})
