"""The native vector environment against single ones, byte for byte, in every mode."""

import subprocess
import sys
from pickle import PicklingError
from types import ModuleType

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import editenv
from editenv.envs.vector import ImageEditVectorEnv
from editenv.tools import TOOL_KINDS

IDS = list(editenv.CONFIGURATIONS)
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]
DISABLED = AutoresetMode.DISABLED


def native(env_id, num_envs, **kwargs):
    return gymnasium.make_vec(env_id, num_envs=num_envs, **kwargs)


def native_in(env_id, num_envs, mode):
    return native(env_id, num_envs, autoreset_mode=mode)


def sync(env_id, num_envs, mode=AutoresetMode.NEXT_STEP, **kwargs):
    def make():
        return gymnasium.make(env_id, disable_env_checker=True, **kwargs)

    return SyncVectorEnv([make] * num_envs, autoreset_mode=mode)


def assert_same(one, two, where=""):
    """Equal in type, dtype, shape and bytes, however deep."""
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert one.keys() == two.keys(), f"{where}: {one.keys() ^ two.keys()}"
        for key in one:
            assert_same(one[key], two[key], f"{where}/{key}")
    elif isinstance(one, np.ndarray):
        assert one.dtype == two.dtype and one.shape == two.shape, where
        if one.dtype == object:
            for first, second in zip(one, two, strict=True):
                assert_same(first, second, where)
        else:
            assert one.tobytes() == two.tobytes(), where
    else:
        assert one == two, where


def assert_same_steps(first, second, actions, steps, where):
    for number in range(steps):
        action = actions.sample()
        for one, two in zip(first.step(action), second.step(action), strict=True):
            assert_same(one, two, f"{where}, step {number}")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("env_id", IDS)
def test_equals_single_environments(env_id, mode, steps=60, num_envs=4):
    first, second = native(env_id, num_envs, autoreset_mode=mode), sync(env_id, num_envs, mode)
    assert first.observation_space == second.observation_space
    assert first.action_space == second.action_space
    assert first.metadata == second.metadata
    for one, two in zip(first.reset(seed=3), second.reset(seed=3), strict=True):
        assert_same(one, two, env_id)
    first.action_space.seed(0)
    assert_same_steps(first, second, first.action_space, steps, f"{env_id}, {mode}")
    for one, two in zip(first.reset(), second.reset(), strict=True):
        assert_same(one, two, f"{env_id} again")
    first.close()


@pytest.mark.slow
@pytest.mark.parametrize("env_id", IDS)
def test_a_thousand_steps_of_eight_equal_single_environments(env_id):
    test_equals_single_environments(env_id, MODES[0], steps=1000, num_envs=8)


def test_equals_single_environments_with_other_arguments():
    arguments = {"action_format": "discrete", "instruction_format": "pooled", "grounder": "noisy"}
    first, second = native("ImageEdit-v0", 3, **arguments), sync("ImageEdit-v0", 3, **arguments)
    for one, two in zip(first.reset(seed=[5, None, 7]), second.reset(seed=[5, 1, 7]), strict=True):
        for key in ("image", "instruction", "action_mask"):
            if key in one:
                np.testing.assert_array_equal(one[key][[0, 2]], two[key][[0, 2]])
    first.reset(seed=1)
    second.reset(seed=1)
    first.action_space.seed(0)
    assert_same_steps(first, second, first.action_space, 30, "discrete")


def test_time_limit_and_submit_in_the_same_step():
    first = native("ImageEdit-Direct-v0", 2, max_episode_steps=1)
    second = sync("ImageEdit-Direct-v0", 2, max_episode_steps=1)
    first.reset(seed=0)
    second.reset(seed=0)
    submit = len(first.unwrapped.setup.codec.names) - 1
    action = np.array([[submit, 0, 0], [0, 1, 0]])
    *ours, _ = first.step(action)
    *theirs, _ = second.step(action)
    for one, two in zip(ours, theirs, strict=True):
        assert_same(one, two)
    assert ours[2].tolist() == [True, False] and ours[3].tolist() == [True, True]


def test_minus_one_is_no_limit():
    envs = native("ImageEdit-Direct-v0", 2, max_episode_steps=-1)
    envs.reset(seed=0)
    brighter = envs.unwrapped.setup.codec.names.index("brightness")
    for _ in range(9):
        *_, terminations, truncations, _ = envs.step(np.array([[brighter, 0, 0]] * 2))
        assert not (terminations | truncations).any()


@pytest.mark.parametrize("env_id", IDS)
def test_equals_single_environments_without_autoreset(env_id, steps=40):
    first, second = (make(env_id, 3, DISABLED) for make in (native_in, sync))
    for one, two in zip(first.reset(seed=3), second.reset(seed=3), strict=True):
        assert_same(one, two, env_id)
    first.action_space.seed(0)
    for number in range(steps):
        action = first.action_space.sample()
        ours, theirs = first.step(action), second.step(action)
        for one, two in zip(ours, theirs, strict=True):
            assert_same(one, two, f"{env_id}, step {number}")
        over = ours[2] | ours[3]
        if over.any():
            options = {"reset_mask": over}
            ours, theirs = first.reset(options=options), second.reset(options=dict(options))
            for one, two in zip(ours, theirs, strict=True):
                assert_same(one, two, f"{env_id}, reset after step {number}")


def test_reset_mask_restarts_only_some():
    envs = native("ImageEdit-v0", 4, autoreset_mode=AutoresetMode.DISABLED)
    before, _ = envs.reset(seed=0)
    mask = np.array([False, True, False, True])
    after, infos = envs.reset(options={"reset_mask": mask})
    assert infos["_instruction"].tolist() == mask.tolist()
    assert infos["instruction"][0] is None and infos["instruction"][1]
    same = [np.array_equal(before["image"][i], after["image"][i]) for i in range(4)]
    assert same == [True, False, True, False]


def test_without_autoreset_a_finished_copy_waits():
    envs = native("ImageEdit-Direct-v0", 2, autoreset_mode="Disabled")
    envs.reset(seed=0)
    submit = len(envs.unwrapped.setup.codec.names) - 1
    seen, *_ = envs.step(np.array([[submit, 0, 0], [0, 1, 0]]))
    again, rewards, terminations, _, infos = envs.step(np.array([[0, 1, 0], [1, 1, 0]]))
    assert_same({k: v[0] for k, v in seen.items()}, {k: v[0] for k, v in again.items()})
    assert rewards[0] == 0.0 and terminations.tolist() == [True, False]
    assert infos["_is_success"].tolist() == [False, True]
    assert len(envs.unwrapped.episodes[0].workspace.history) == 1


def test_neighbours_with_one_seed_pay_for_one_reset(monkeypatch):
    envs, drawn = native("ImageEdit-v0", 6), []
    start = envs.unwrapped.setup.start
    monkeypatch.setattr(envs.unwrapped.setup, "start", lambda *a: drawn.append(1) or start(*a))
    ours, theirs = envs, sync("ImageEdit-v0", 6)
    seeds = [3, 3, 3, 8, 8, 3]
    for one, two in zip(ours.reset(seed=seeds), theirs.reset(seed=seeds), strict=True):
        assert_same(one, two)
    assert len(drawn) == 3
    ours.reset(seed=[3, 3, 3, 8, 8, 8], options={"task": [int("1000") for _ in range(6)]})
    assert len(drawn) == 5
    theirs.reset(seed=[3, 3, 3, 8, 8, 8], options={"task": 1000})
    ours.action_space.seed(0)
    assert_same_steps(ours, theirs, ours.action_space, 25, "groups")


def test_a_list_of_tasks_gives_one_to_each_copy():
    envs = native("ImageEdit-v0", 3)
    single = gymnasium.make("ImageEdit-v0")
    _, infos = envs.reset(seed=0, options={"task": [4, 4, 9]})
    for number, index in enumerate((4, 4, 9)):
        _, info = single.reset(options={"task": index})
        assert infos["instruction"][number] == info["instruction"]
    _, infos = envs.reset(options={"task": 9})
    assert len(set(infos["instruction"])) == 1


def test_observations_belong_to_the_caller_unless_told_otherwise():
    envs = native("ImageEdit-v0", 2)
    seen, _ = envs.reset(seed=0)
    for array in seen.values():
        array[:] = 0
    fresh, _ = native("ImageEdit-v0", 2).reset(seed=0)
    assert_same(envs.unwrapped.observe(), fresh)
    shared = native("ImageEdit-v0", 2, copy=False)
    first, _ = shared.reset(seed=0)
    second, *_ = shared.step(shared.action_space.sample())
    assert first["image"] is second["image"]


def test_random_seeds_differ():
    envs = native("ImageEdit-v0", 3)
    _, infos = envs.reset()
    assert len(set(infos["instruction"])) == 3
    assert len(set(envs.unwrapped.np_random_seed)) == 3
    envs.reset(seed=11)
    assert envs.unwrapped.np_random_seed == (11, 12, 13)


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


def test_no_limit_given_is_that_of_the_id():
    envs = native("ImageEdit-Direct-v0", 1, max_episode_steps=None)
    assert envs.unwrapped.max_episode_steps == 3


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
        raise NotImplementedError

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


@pytest.mark.parametrize("mode", ["rgb_array", "ansi"])
def test_render(mode):
    envs = native("ImageEdit-Direct-v0", 2, render_mode=mode)
    with pytest.raises(RuntimeError, match="reset"):
        envs.render()
    envs.reset(seed=0)
    frames = envs.render()
    assert len(frames) == 2
    single = gymnasium.make("ImageEdit-Direct-v0", render_mode=mode)
    single.reset(seed=1)
    assert_same(frames[1], single.render())


def test_masks_are_those_of_the_information():
    envs = native("ImageEdit-v0", 3, action_format="discrete")
    _, infos = envs.reset(seed=0)
    for _ in range(20):
        masks = envs.unwrapped.action_masks()
        np.testing.assert_array_equal(masks, infos["action_mask"])
        actions = np.array([np.random.default_rng(0).choice(np.flatnonzero(m)) for m in masks])
        *_, infos = envs.step(actions)
        assert all(reason == "" for reason in infos["invalid"])


@pytest.mark.parametrize("env_id", IDS)
def test_vector_wrappers(env_id):
    wrappers = gymnasium.wrappers.vector
    envs = native(env_id, 3)
    limit = envs.spec.max_episode_steps
    envs = wrappers.NormalizeReward(wrappers.RecordEpisodeStatistics(envs))
    envs = wrappers.FlattenObservation(envs)
    observation, _ = envs.reset(seed=0)
    assert observation.shape == envs.observation_space.shape
    ended = 0
    for _ in range(3 * (limit + 1)):
        observation, rewards, _, _, infos = envs.step(envs.action_space.sample())
        assert np.isfinite(rewards).all()
        ended += int(infos.get("_episode", np.zeros(3, bool)).sum())
    assert ended >= 9


def test_spec_rebuilds_the_vector_environment():
    envs = native("ImageEdit-Direct-v0", 3, autoreset_mode="SameStep")
    again = gymnasium.make_vec(envs.spec)
    assert isinstance(again.unwrapped, ImageEditVectorEnv)
    assert again.num_envs == 3
    assert again.unwrapped.autoreset_mode is AutoresetMode.SAME_STEP
    assert again.unwrapped.max_episode_steps == 3


# Branches


def test_branches_go_on_from_the_present_state_and_leave_it_alone():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=2)
    env.action_space.seed(0)
    env.step(env.action_space.sample())
    before = env.unwrapped.observe()
    branches = env.unwrapped.branch(3)
    rows = branches.observe()
    for key, value in before.items():
        for number in range(3):
            np.testing.assert_array_equal(rows[key][number], value)
    actions = np.stack([env.action_space.sample() for _ in range(3)])
    seen, rewards, *_ = branches.step(actions)
    assert_same(env.unwrapped.observe(), before)
    for number, action in enumerate(actions):
        other = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
        other.reset(seed=2)
        other.action_space.seed(0)
        other.step(other.action_space.sample())
        single, reward, *_ = other.step(action)
        assert reward == rewards[number]
        assert_same({k: v[number] for k, v in seen.items()}, single)


def test_branches_share_the_step_limit():
    env = gymnasium.make("ImageEdit-Direct-v0", disable_env_checker=True)
    env.reset(seed=0)
    brighter = env.unwrapped.call_names.index("brightness")
    for _ in range(2):
        env.step(np.array([brighter, 0, 0]))
    branches = env.unwrapped.branch(2)
    *_, terminations, truncations, _ = branches.step(np.array([[brighter, 0, 0]] * 2))
    assert truncations.all() and not terminations.any()


def test_branches_take_the_limit_that_they_are_given():
    env = gymnasium.make("ImageEdit-Direct-v0", max_episode_steps=2, disable_env_checker=True)
    env.reset(seed=0)
    action = np.array([env.unwrapped.call_names.index("brightness"), 0, 0])
    env.step(action)
    branches = env.unwrapped.branch(2, max_episode_steps=env.spec.max_episode_steps)
    *_, truncations, _ = branches.step(np.array([action] * 2))
    assert truncations.all()
    with pytest.raises(ValueError, match="max_episode_steps=0"):
        env.unwrapped.branch(2, max_episode_steps=0)


def test_branches_of_branches_pick_copies():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=4)
    branches = env.unwrapped.branch(4)
    branches.action_space.seed(1)
    seen, *_ = branches.step(branches.action_space.sample())
    picked = branches.branch([2, 2, 0])
    rows = picked.observe()
    for row, origin in enumerate([2, 2, 0]):
        assert_same({k: v[row] for k, v in rows.items()}, {k: v[origin] for k, v in seen.items()})
    with pytest.raises(ValueError, match="count=0"):
        env.unwrapped.branch(0)


def test_branches_share_pictures():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=4)
    branches = env.unwrapped.branch(5)
    assert all(e.workspace.canvas is env.unwrapped.workspace.canvas for e in branches.episodes)


# Workers


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
