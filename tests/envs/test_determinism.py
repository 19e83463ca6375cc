"""The same seed and actions give the same bytes, in another process too."""

import hashlib
import json
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import editenv

IDS = list(editenv.CONFIGURATIONS)

SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_determinism import digest, IDS
print(json.dumps({env_id: digest(env_id) for env_id in IDS}))
"""


def digest(env_id, seeds=(0, 1, 2)):
    """Hash of everything that an agent sees in a few episodes of seeded random actions."""
    hashed = hashlib.sha256()
    env = gymnasium.make(env_id, disable_env_checker=True)
    for seed in seeds:
        env.action_space.seed(seed)
        observation, info = env.reset(seed=seed)
        over = False
        while True:
            for key in sorted(observation):
                hashed.update(np.ascontiguousarray(observation[key]).tobytes())
            hashed.update(info["instruction"].encode() + info["action_mask"].tobytes())
            if over:
                break
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            over = terminated or truncated
            hashed.update(np.float64(reward).tobytes() + bytes([terminated, truncated]))
    env.close()
    return hashed.hexdigest()


def test_two_processes_agree(request):
    here = {env_id: digest(env_id) for env_id in IDS}
    folder = str(request.path.parent)
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(output) == here


@pytest.mark.parametrize("env_id", IDS)
def test_reset_by_seed_gives_the_same_task_again(env_id):
    env = gymnasium.make(env_id, disable_env_checker=True)
    env.reset(seed=7)
    first = env.unwrapped.task
    for _ in range(3):
        env.step(env.action_space.sample())
    env.reset(seed=8)
    other = env.unwrapped.task
    env.reset(seed=7)
    again = env.unwrapped.task
    assert first.instruction == again.instruction
    np.testing.assert_array_equal(first.source, again.source)
    np.testing.assert_array_equal(first.target, again.target)
    assert not np.array_equal(first.source, other.source)
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_index_gives_the_same_task(env_id):
    env = gymnasium.make(env_id, disable_env_checker=True)
    env.reset(seed=0, options={"task": 11})
    first = env.unwrapped.task
    env.reset(seed=99, options={"task": 11})
    assert env.unwrapped.task.instruction == first.instruction
    np.testing.assert_array_equal(env.unwrapped.task.source, first.source)
    env.close()
