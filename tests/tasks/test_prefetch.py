"""Tasks that other processes draw ahead are the tasks of the same seeds."""

import os
import pickle
import signal
import time

import gymnasium
import numpy as np
import pytest

import editenv
from editenv.tasks import make_tasks
from editenv.tasks.prefetch import MOST_AHEAD, PrefetchedTasks

ENDLESS = sorted(set(editenv.CONFIGURATIONS) - {"ImageEdit-Develop-v0"})


@pytest.fixture
def source():
    return make_tasks("retouch", split="train", height=32, width=32)


@pytest.fixture
def ahead(source):
    tasks = PrefetchedTasks(source, 1)
    yield tasks
    tasks.close()


def processes(tasks):
    return [*tasks._pool._processes] if tasks._pool else []


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def same(first, second):
    np.testing.assert_array_equal(first.source, second.source)
    np.testing.assert_array_equal(first.target, second.target)
    return first.instruction == second.instruction


def drawn(tasks, rng, count):
    found = []
    for _ in range(count):
        found.append(tasks.sample(rng))
        tasks.expect(rng)
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("env_id", ENDLESS)
def test_every_id_plays_the_same_episodes(env_id):
    kwargs = {"image_size": 48, "region_embeddings": False, "disable_env_checker": True}
    plain, ahead = (gymnasium.make(env_id, prefetch=n, **kwargs) for n in (0, 1))
    for seed in (3, None, None, 7, None):
        (first, told), (second, heard) = plain.reset(seed=seed), ahead.reset(seed=seed)
        assert told["instruction"] == heard["instruction"]
        for name, value in first.items():
            np.testing.assert_array_equal(second[name], value, err_msg=name)
        assert same(plain.unwrapped.task, ahead.unwrapped.task)
        time.sleep(0.1)
    tasks = ahead.unwrapped.tasks
    assert tasks.hits + tasks.misses == 5 and tasks.hits >= 1
    workers = processes(tasks)
    plain.close()
    ahead.close()
    assert workers and not any(map(alive, workers))


def test_copies_of_a_vector_environment_draw_their_own():
    kwargs = {"num_envs": 3, "image_size": 48, "region_embeddings": False}
    plain, ahead = (gymnasium.make_vec("ImageEdit-v0", prefetch=n, **kwargs) for n in (0, 2))
    for seed in (1, None, None):
        told, heard = plain.reset(seed=seed)[1], ahead.reset(seed=seed)[1]
        assert [*told["instruction"]] == [*heard["instruction"]]
        time.sleep(0.2)
    assert ahead.tasks.hits > 0
    plain.close()
    ahead.close()


def test_the_generator_is_left_as_it_would_be(source, ahead):
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    plain = [source.sample(first) for _ in range(4)]
    assert all(map(same, plain, drawn(ahead, second, 4)))
    assert first.random() == second.random()
    assert ahead.hits >= 1 and same(ahead[7], source[7])


def test_another_state_than_expected_gives_its_own_task(source, ahead):
    ahead.expect(np.random.default_rng(1))
    assert same(ahead.sample(np.random.default_rng(2)), source.sample(np.random.default_rng(2)))
    assert ahead.misses == 1


def test_a_worker_that_dies_is_replaced(source, ahead):
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    plain = [source.sample(first) for _ in range(6)]
    found = drawn(ahead, second, 2)
    (worker,) = processes(ahead)
    os.kill(worker, signal.SIGKILL)
    with pytest.warns(RuntimeWarning, match="it is replaced"):
        time.sleep(0.2)
        found += drawn(ahead, second, 4)
    assert all(map(same, plain, found))
    assert processes(ahead) != [worker]


def test_what_is_never_asked_for_does_not_pile_up(ahead):
    for seed in range(MOST_AHEAD + 10):
        ahead.expect(np.random.default_rng(seed))
    assert len(ahead._ahead) == MOST_AHEAD


def test_a_copy_has_workers_of_its_own(source, ahead):
    drawn(ahead, np.random.default_rng(0), 2)
    copy = pickle.loads(pickle.dumps(ahead))
    assert not processes(copy)
    assert same(copy.sample(np.random.default_rng(0)), source.sample(np.random.default_rng(0)))


@pytest.mark.parametrize("number", [-1, 1.5, "two", True])
def test_wrong_numbers(number):
    with pytest.raises(ValueError, match="prefetch="):
        gymnasium.make("ImageEdit-v0", prefetch=number)


def test_where_it_does_not_fit():
    with pytest.raises(ValueError, match="is for tasks without an end: this source has 4"):
        gymnasium.make("ImageEdit-v0", prefetch=1, task_pool=4)
    with pytest.raises(ValueError, match="does not go with num_workers=2"):
        gymnasium.make_vec("ImageEdit-v0", num_envs=2, num_workers=2, prefetch=1)
