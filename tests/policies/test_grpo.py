"""GRPO as an SB3 algorithm: groups from one start, all spaces, saving, resuming, learning."""

import gymnasium
import numpy as np
import pytest
import torch
from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.grpo.episodes import Episodes
from editenv_policies.grpo.rollouts import Recorder, gather
from editenv_policies.sb3.models import network_arguments
from editenv_policies.sb3.policy import MaskableCoordinatorPolicy
from editenv_policies.sb3.vec_env import make_sb3_vec_env
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

OBSERVATIONS = {
    "box": spaces.Box(-1.0, 1.0, (3,), np.float32),
    "dict": spaces.Dict(
        {"a": spaces.Box(-1.0, 1.0, (3,), np.float32), "b": spaces.Box(0, 255, (2,), np.uint8)}
    ),
}
ACTIONS = {
    "box": spaces.Box(-0.2, 0.2, (2,), np.float32),
    "discrete": spaces.Discrete(3),
    "multi_discrete": spaces.MultiDiscrete([3, 2]),
    "multi_binary": spaces.MultiBinary(3),
}


class Guess(gymnasium.Env):
    """Earns 1 a step where the action is the sign of what is seen; three steps an episode."""

    def __init__(self, observation="box", action="discrete", fail=False):
        self.observation_space = OBSERVATIONS[observation]
        self.action_space = ACTIONS[action]
        self._fail = fail

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._count = 0
        self.start = (options or {}).get("start")
        self.seen = self._draw()
        return self.seen, {}

    def _draw(self):
        row = self.np_random.uniform(-1, 1, 3).astype(np.float32)
        if self.start is not None:
            row[:] = self.start
        if isinstance(self.observation_space, spaces.Dict):
            return {"a": row, "b": np.zeros(2, np.uint8)}
        return row

    def step(self, action):
        assert self.action_space.contains(action)
        row = self.seen["a"] if isinstance(self.seen, dict) else self.seen
        wanted = int(row[0] > 0)
        reward = float(int(np.ravel(action)[0] > 0) == wanted)
        self._count += 1
        self.seen = self._draw()
        over = self._count == 3
        info = {"failure": "the judge is down"} if over and self._fail else {}
        return self.seen, reward, over, False, info


def guess(count=8, **arguments):
    return make_vec_env(lambda: Guess(**arguments), count, seed=0)


def make(env=None, **changes):
    policy = "MultiInputPolicy" if env and isinstance(env.observation_space, spaces.Dict) else None
    settings = {"group_size": 4, "num_groups": 4, "seed": 0, "learning_rate": 3e-3, **changes}
    return GRPO(policy or "MlpPolicy", env or guess(), **settings)


class Collect(BaseCallback):
    """Keeps what the algorithm played."""

    def __init__(self):
        super().__init__()
        self.starts, self.calls = [], []

    def _on_rollout_start(self):
        self.calls.append("start")

    def _on_rollout_end(self):
        self.calls.append("end")

    def _on_step(self):
        recorder = self.locals["recorder"]
        if (recorder.lengths == 1).all():
            self.starts.append(recorder.steps[0][2])
        return True


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("action", ACTIONS)
def test_all_spaces_save_and_load(observation, action, tmp_path):
    env = guess(observation=observation, action=action)
    model = make(env)
    model.learn(100)
    seen = env.reset()
    expected, _ = model.predict(seen, deterministic=True)
    model.save(tmp_path / "model.zip")
    loaded = GRPO.load(tmp_path / "model.zip", env=env)
    np.testing.assert_array_equal(loaded.predict(seen, deterministic=True)[0], expected)
    assert loaded.num_timesteps == model.num_timesteps
    loaded.learn(50, reset_num_timesteps=False)
    assert loaded.num_timesteps > model.num_timesteps


def test_the_members_of_a_group_begin_at_one_state_and_groups_differ():
    collect = Collect()
    make().learn(96, callback=collect)
    for rows in collect.starts:
        first, second = rows[:4], rows[4:]
        assert (first == first[0]).all() and (second == second[0]).all()
        assert not np.array_equal(first[0], second[0])
    assert len({rows[0].tobytes() for rows in collect.starts}) == len(collect.starts)
    assert collect.calls == ["start", "end"] * (len(collect.calls) // 2)


def test_groups_may_begin_by_options():
    collect = Collect()
    starts = iter([0.25, -0.5] * 100)
    make(start_options=lambda rng: {"start": next(starts)}).learn(48, callback=collect)
    for rows in collect.starts:
        np.testing.assert_allclose(rows[:, 0], [0.25] * 4 + [-0.5] * 4)


@pytest.mark.parametrize("loss_type", ["grpo", "dr_grpo", "dapo", "gspo"])
def test_it_learns(loss_type):
    extra = {"max_length": 3} if loss_type == "dr_grpo" else {}
    model = make(guess(16), num_groups=16, loss_type=loss_type, **extra).learn(9_000)
    env = guess(50)
    seen = env.reset()
    actions, _ = model.predict(seen, deterministic=True)
    assert np.mean((actions > 0) == (seen[:, 0] > 0)) > 0.9


def test_the_divergence_from_the_start_holds_the_policy_back():
    def moved(kl_coef):
        model = make(kl_coef=kl_coef)
        before = [p.detach().clone() for p in model.policy.action_net.parameters()]
        model.learn(1_000)
        after = model.policy.action_net.parameters()
        return sum(float((a - b).norm()) for a, b in zip(after, before, strict=True))

    assert moved(50.0) < 0.7 * moved(0.0)


def test_what_could_not_be_scored_teaches_nothing():
    model = make(guess(fail=True))
    before = [p.detach().clone() for p in model.policy.parameters()]
    model.learn(100)
    assert all(torch.equal(a, b) for a, b in zip(model.policy.parameters(), before, strict=True))


def test_the_critic_is_never_trained():
    model = make()
    before = [p.detach().clone() for p in model.policy.value_net.parameters()]
    model.learn(200)
    after = model.policy.value_net.parameters()
    assert all(torch.equal(a, b) for a, b in zip(after, before, strict=True))


def test_the_same_seed_gives_the_same_policy():
    one, two = (make(seed=3).learn(300) for _ in range(2))
    for a, b in zip(one.policy.parameters(), two.policy.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_single_environment_is_copied():
    model = GRPO("MlpPolicy", gymnasium.make("CartPole-v1"), group_size=4, num_groups=2, seed=0)
    assert model.n_envs == 4
    model.learn(100)
    assert GRPO("MlpPolicy", "CartPole-v1", group_size=3).n_envs == 3
    with pytest.raises(ValueError, match="no spec"):
        GRPO("MlpPolicy", Guess(), group_size=2)


def test_a_callback_may_stop_it():
    class Stop(BaseCallback):
        def _on_step(self):
            return self.n_calls < 2

    model = make().learn(10_000, callback=Stop())
    assert model.num_timesteps <= 16


def test_masks_and_a_shared_reset_in_the_native_environment():
    env = make_sb3_vec_env(
        "ImageEdit-Direct-v0", 4, seed=0, image_size=64, autoreset_mode="Disabled"
    )
    model = GRPO(
        MaskableCoordinatorPolicy,
        env,
        group_size=4,
        num_groups=2,
        epochs=1,
        policy_kwargs=network_arguments(env),
        seed=0,
    )
    collect = Collect()
    model.learn(20, callback=collect)
    assert model.masked
    for rows in collect.starts:
        assert (rows["image"] == rows["image"][0]).all()
    seen = env.reset()
    masks = np.stack(env.env_method("action_masks"))
    actions, _ = model.predict(seen, action_masks=masks)
    assert all(env.action_space.contains(action) for action in actions)


def test_episodes_are_laid_out_by_episode_and_step():
    recorder = Recorder(3)
    for step in range(3):
        rows = np.arange(3) * 10 + step
        recorder.add(rows[:, None].astype(np.float32), rows, rows / 100, None)
        recorder.reward(np.ones(3), np.array([step == 0, step == 2, step == 1]), [{}] * 3)
    episodes = gather([recorder])
    assert isinstance(episodes, Episodes) and episodes.length == 3
    assert episodes.returns.tolist() == [1.0, 3.0, 2.0]
    chosen = torch.tensor([2, 0])
    rows = episodes.rows_of(chosen)
    table = episodes.padded(episodes.actions[rows], rows, chosen)
    assert table.tolist() == [[20, 21, 0], [0, 0, 0]]
    table = episodes.padded(episodes.actions[rows] + 1, rows, chosen)
    assert table.tolist() == [[21, 22, 0], [1, 0, 0]]


def test_returns_to_go_end_with_the_episode():
    recorder = Recorder(3)
    for step, rewards in enumerate(([1.0, 2.0, 3.0], [10.0, 20.0, 30.0])):
        rows = np.arange(3)
        recorder.add(np.zeros((3, 1), np.float32), rows, rows / 1.0, None)
        failed = [{}, {}, {"failure": "no judge"}]
        recorder.reward(np.array(rewards), np.array([True, step == 1, step == 1]), failed)
    for gamma, first in ((1.0, 22.0), (0.5, 12.0)):
        table = gather([recorder]).returns_to_go(gamma)
        expected = torch.tensor([[1.0, np.nan], [first, 20.0], [np.nan, np.nan]])
        torch.testing.assert_close(table, expected, equal_nan=True)


def test_credit_by_step_tells_good_steps_from_bad_ones_in_one_episode():
    model = make(guess(16), num_groups=16, credit="step", scale_rewards="batch").learn(6_000)
    seen = guess(50).reset()
    actions, _ = model.predict(seen, deterministic=True)
    assert np.mean((actions > 0) == (seen[:, 0] > 0)) > 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group_size": 1}, "group_size=1"),
        ({"group_size": 3}, "8 copies.*group_size=3"),
        ({"num_groups": 0}, "num_groups=0"),
        ({"epochs": 0}, "epochs=0"),
        ({"loss_type": "ppo"}, "ppo"),
        ({"credit": "none"}, "credit='none'"),
        ({"gamma": 0.0}, "gamma=0.0"),
        ({"scale_rewards": "all"}, "scale_rewards='all'"),
        ({"loss_type": "dr_grpo"}, "max_length"),
    ],
)
def test_wrong_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        make(**change)
