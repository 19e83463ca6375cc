"""The native vector environment in several processes."""

import subprocess
import sys
from pickle import PicklingError

import gymnasium
import numpy as np
import pytest
from vector_checks import IDS, assert_same, assert_same_steps, native


@pytest.fixture
def workers():
    envs = native("ImageEdit-v0", 5, num_workers=2, autoreset_mode="SameStep")
    yield envs
    envs.close()


def test_workers_give_what_one_process_gives(workers):
    one = native("ImageEdit-v0", 5, autoreset_mode="SameStep")
    for ours, theirs in zip(workers.reset(seed=3), one.reset(seed=3), strict=True):
        assert_same(ours, theirs)
    workers.action_space.seed(0)
    assert_same_steps(workers, one, workers.action_space, 40, "workers")
    np.testing.assert_array_equal(workers.unwrapped.action_masks(), one.unwrapped.action_masks())
    mask = np.array([False, False, False, False, True])
    for envs in (workers, one):
        _, infos = envs.reset(seed=9, options={"reset_mask": mask, "task": [None] * 4 + [7]})
        assert infos["_instruction"].tolist() == mask.tolist()
    assert_same_steps(workers, one, workers.action_space, 5, "after a masked reset")


@pytest.mark.parametrize("env_id", IDS)
def test_workers_play_every_id(env_id):
    one, two = native(env_id, 3), native(env_id, 3, num_workers=2)
    assert_same(one.reset(seed=5)[0], two.reset(seed=5)[0])
    one.action_space.seed(0)
    assert_same_steps(one, two, one.action_space, 20, env_id)
    two.close()


def test_workers_tell_their_seeds_and_refuse_a_masked_first_reset(workers):
    with pytest.raises(ValueError, match="first reset"):
        workers.reset(options={"reset_mask": np.array([True, False, True, True, True])})
    one = native("ImageEdit-v0", 5)
    for envs in (workers, one):
        envs.reset(seed=3)
        assert envs.unwrapped.np_random_seed == (3, 4, 5, 6, 7)
    ours, theirs = workers.unwrapped.np_random, one.unwrapped.np_random
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.bit_generator.state == other.bit_generator.state


def test_an_error_in_a_worker_is_raised_here_and_the_workers_go_on(workers):
    with pytest.raises(RuntimeError, match="reset"):
        workers.step(workers.action_space.sample())
    workers.reset(seed=0)
    one = native("ImageEdit-v0", 5, autoreset_mode="SameStep")
    one.reset(seed=0)
    for envs in (workers, one):
        with pytest.raises(IndexError):
            envs.reset(options={"task": [10, 11, 12, 13, -1]})
    np.testing.assert_array_equal(workers.unwrapped.action_masks(), one.unwrapped.action_masks())
    with pytest.raises((AttributeError, TypeError, PicklingError)):
        workers.reset(options={"task": lambda: 0})
    workers.step(workers.action_space.sample())


def test_copies_that_a_failed_reset_has_started_act_again():
    envs = native("ImageEdit-Direct-v0", 4, num_workers=2, autoreset_mode="Disabled")
    one = native("ImageEdit-Direct-v0", 4, autoreset_mode="Disabled")
    submit = envs.single_action_space.nvec[0] - 1
    for each in (envs, one):
        each.reset(seed=0)
        each.step(np.array([[submit, 0, 0]] * 4))
        with pytest.raises(IndexError):
            each.reset(options={"task": [10, 11, 12, -1]})
    ours, theirs = (each.step(np.array([[3, 0, 0]] * 4)) for each in (envs, one))
    assert ours[1].any()
    for mine, other in zip(ours, theirs, strict=True):
        assert_same(mine, other)
    envs.close()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_begin_by_every_start_method(method):
    code = (
        "import multiprocessing, gymnasium, editenv\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    envs = gymnasium.make_vec('ImageEdit-Direct-v0', num_envs=3, num_workers=2)\n"
        "    print(envs.reset(seed=0)[1]['instruction'][2])\n"
        "    envs.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    _, info = gymnasium.make("ImageEdit-Direct-v0").reset(seed=2)
    assert done.stdout.strip() == info["instruction"]


def test_a_dead_worker_is_reported_and_leaves_nothing_behind(workers):
    workers.reset(seed=0)
    processes = workers.unwrapped._processes
    processes[0].kill()
    with pytest.raises(RuntimeError, match=r"worker has died \(exit codes \[-9, "):
        for _ in range(3):
            workers.step(workers.action_space.sample())
    assert not any(process.is_alive() for process in processes)
    with pytest.raises(RuntimeError, match="closed"):
        workers.step(workers.action_space.sample())


def test_workers_render_and_close_twice():
    envs = native("ImageEdit-Direct-v0", 3, num_workers=2, render_mode="ansi")
    envs.reset(seed=0)
    assert len(envs.render()) == 3
    envs.close()
    envs.close()
    with pytest.raises(ValueError, match=r"num_workers=4.*num_envs=3"):
        native("ImageEdit-Direct-v0", 3, num_workers=4)
    with pytest.raises(ValueError, match="tasks='none'"):
        native("ImageEdit-Direct-v0", 3, num_workers=2, tasks="none")
