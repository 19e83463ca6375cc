"""Recorded trajectories: what a change of the code must leave as it was.

``python tests/envs/test_golden.py --write`` records them anew, which only a change on purpose of
tasks, tools or reward may ask for. ``--digest`` prints one exact hash an id, of every byte that an
agent sees: for comparing two versions on one machine, since another processor may round otherwise.
"""

import hashlib
import json
import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest

import editenv

IDS = [*editenv.CONFIGURATIONS, "ImageEditText-v0"]
RECORD = Path(__file__).with_name("golden.json")
SEEDS = (0, 1, 2)

PIXEL_TOLERANCE = 0.5
"""Of a channel's mean, of 255."""

REWARD_TOLERANCE = 2e-3


def drawn(env, rng):
    """A call that may be valid, drawn among the mask's numbers."""
    numbers, start = [], 0
    mask = env.unwrapped.action_masks()
    for size in env.action_space.nvec:
        allowed = np.flatnonzero(mask[start : start + size])
        numbers.append(int(rng.choice(allowed)))
        start += size
    return np.array(numbers)


def answered(env, rng):
    """What a model might say: now the right answer, now one that makes no sense."""
    text = env.unwrapped
    return text.reference_answer() if rng.random() < 0.5 else text.task.instruction


def episodes(env_id):
    """Play a few episodes; yields observation, reward, whether it is over, info."""
    env = gymnasium.make(env_id, disable_env_checker=True)
    act = answered if env_id == "ImageEditText-v0" else drawn
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        observation, info = env.reset(seed=seed)
        yield observation, 0.0, False, info
        over = False
        while not over:
            observation, reward, terminated, truncated, info = env.step(act(env, rng))
            over = terminated or truncated
            yield observation, float(reward), over, info
    env.close()


def picture(observation):
    return observation["image"] if isinstance(observation, dict) else observation


def trajectory(env_id):
    """What is recorded of every step; all of it may differ a little between machines."""
    return [
        {
            "instruction": info["instruction"],
            "mean": np.asarray(picture(observation)).mean((0, 1)).round(2).tolist(),
            "reward": round(reward, 4),
            "over": over,
        }
        for observation, reward, over, info in episodes(env_id)
    ]


def hash_of(value, hashed):
    """Feed anything into a hash, by its type and content."""
    if isinstance(value, dict):
        for key in sorted(value):
            hashed.update(str(key).encode())
            hash_of(value[key], hashed)
    elif isinstance(value, (list, tuple)):
        for part in value:
            hash_of(part, hashed)
    elif isinstance(value, np.ndarray):
        hashed.update(f"{value.dtype}{value.shape}".encode())
        hashed.update(np.ascontiguousarray(value).tobytes())
    else:
        hashed.update(repr(value).encode())


def digest(env_id):
    """One hash of all observations, rewards, ends and infos, exact to the bit."""
    hashed = hashlib.sha256()
    for step in episodes(env_id):
        hash_of(step, hashed)
    return hashed.hexdigest()[:16]


@pytest.mark.parametrize("env_id", IDS)
def test_trajectories_are_as_recorded(env_id):
    recorded, played = json.loads(RECORD.read_text())[env_id], trajectory(env_id)
    assert len(played) == len(recorded)
    for now, then in zip(played, recorded, strict=True):
        assert (now["instruction"], now["over"]) == (then["instruction"], then["over"])
        assert now["reward"] == pytest.approx(then["reward"], abs=REWARD_TOLERANCE)
        assert now["mean"] == pytest.approx(then["mean"], abs=PIXEL_TOLERANCE)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        record = {env_id: trajectory(env_id) for env_id in IDS}
        RECORD.write_text(json.dumps(record, indent=1) + "\n")
    elif sys.argv[1:] == ["--digest"]:
        for env_id in IDS:
            print(digest(env_id), env_id)
    else:
        sys.exit("usage: python tests/envs/test_golden.py --write | --digest")
