"""A pool of tasks: finite, seeded, kept in memory up to a limit."""

import gymnasium
import numpy as np
import pytest

from editenv.tasks import TaskPool, TaskSource, make_tasks
from editenv.tasks.pool import _bytes_of


@pytest.fixture
def source():
    return make_tasks("direct", split="train", height=64, width=64)


def test_it_is_a_finite_source_of_the_source_s_first_tasks(source):
    pool = TaskPool(source, 5)
    assert isinstance(pool, TaskSource)
    assert len(pool) == 5
    drawn = {pool.sample(np.random.default_rng(seed)).instruction for seed in range(60)}
    assert drawn == {source[index].instruction for index in range(5)}
    with pytest.raises(IndexError, match="index=5"):
        pool[5]
    with pytest.raises(IndexError, match="index=-1"):
        pool[-1]


def test_a_task_is_made_once(source):
    pool = TaskPool(source, 5)
    assert pool[3] is pool[3]


def test_it_keeps_no_more_than_it_may(source):
    size = _bytes_of(source[0])
    pool = TaskPool(source, 20, max_bytes=4 * size)
    tasks = [pool[index] for index in range(20)]
    assert 1 <= len(pool._kept) <= 6
    assert sum(_bytes_of(task) for task in pool._kept.values()) <= 4 * size
    assert pool[0].instruction == tasks[0].instruction
    tiny = TaskPool(source, 5, max_bytes=1)
    assert tiny[2].instruction == tiny[2].instruction


@pytest.mark.parametrize("size", [0, -1, True, 2.5, "many"])
def test_wrong_sizes(source, size):
    with pytest.raises(ValueError, match="task_pool="):
        TaskPool(source, size)
    with pytest.raises(ValueError, match="from 1 to 5"):
        TaskPool(TaskPool(source, 5), 6)


def test_environments_draw_from_it_by_seed():
    env = gymnasium.make("ImageEdit-v0", task_pool=8, disable_env_checker=True)
    envs = gymnasium.make_vec("ImageEdit-v0", num_envs=3, task_pool=8)
    _, infos = envs.reset(seed=4)
    for number in range(3):
        _, info = env.reset(seed=4 + number)
        assert info["instruction"] == infos["instruction"][number]
    words = {env.reset()[1]["instruction"] for _ in range(60)}
    assert len(words) == 8
