"""Learners of the team: what they collect, learn, save and load."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from editenv_policies.team import (
    TeamLearner,
    TeamPlayer,
    TeamPolicy,
    TeamVecEnv,
    learner_at_once,
)
from editenv_policies.team.buffer import RoundBuffer
from editenv_policies.team.learner import with_batches
from editenv_policies.team.policy import layout_of
from editenv_policies.team.streams import RoundCollector
from sb3_contrib import MaskablePPO
from stable_baselines3.common.utils import set_random_seed

from editenv import image_edit_v0
from editenv.agents import ROLES

DIRECT = "ImageEdit-Direct-v0"
SMALL = {"num_envs": 2, "n_steps": 4, "n_epochs": 1}
ROOT = Path(__file__).parents[2]


def make_team(**arguments):
    arguments = {"max_cycles": 2, **arguments}
    return image_edit_v0.raw_env(DIRECT, uniform_spaces="flat", image_size=64, **arguments)


def make_parallel():
    return image_edit_v0.parallel_env(DIRECT, uniform_spaces="flat", image_size=64, max_cycles=2)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


class Recorded:
    """An environment that remembers what was played in it."""

    def __init__(self):
        self.env, self.log = make_team(), []
        self.unwrapped, self.possible_agents = self, self.env.possible_agents

    def __getattr__(self, name):
        return getattr(self.env, name)

    def step(self, action):
        agent, first = self.env.agent_selection, not self.env.rounds.base.workspace.history
        self.env.step(action)
        self.log.append((agent, action, dict(self.env.rewards), self.env.rounds.over, first))


def test_decisions_are_paid_from_one_turn_of_the_agent_to_the_next():
    env = Recorded()
    collector = RoundCollector([env], seed=0)
    # Without discounted rewards to come, what is paid at the limit of rounds is the reward alone.
    learner = TeamLearner(
        make_team, sharing="independent", num_envs=1, n_steps=12, n_epochs=1, gamma=0.0
    )
    collector.collect(learner.models)
    for agent in env.possible_agents:
        buffer = learner.models[agent].rollout_buffer
        turns = [number for number, entry in enumerate(env.log) if entry[0] == agent]
        for place, (turn, following) in enumerate(itertools.pairwise(turns)):
            paid = 0.0
            for _, _, rewards, over, _ in env.log[turn:following]:
                paid += rewards[agent]
                if over:
                    break
            assert buffer.rewards[place, 0] == pytest.approx(paid, abs=1e-6)
            assert buffer.actions[place, 0, 0] == env.log[turn][1]
            ended = any(entry[3] for entry in env.log[turn:following])
            if place + 1 < 12:
                assert buffer.episode_starts[place + 1, 0] == ended


def test_the_parameters_of_a_shared_policy_are_one_model():
    shared = TeamLearner(make_team, sharing="shared", **SMALL)
    alone = TeamLearner(make_team, sharing="independent", **SMALL)
    assert len({id(model) for model in shared.models.values()}) == 1
    assert len({id(model) for model in alone.models.values()}) == 5


@pytest.mark.parametrize("sharing", ["shared", "independent"])
def test_learning_changes_every_model_and_is_repeatable(sharing):
    def weights(rounds):
        learner = TeamLearner(make_team, sharing=sharing, seed=3, **SMALL)
        if rounds:
            learner.learn(rounds)
        return [
            torch.cat([p.flatten() for p in learner.models[a].policy.action_net.parameters()])
            for a in learner.agents
        ]

    before, once, twice = weights(0), weights(16), weights(16)
    for start, one, two in zip(before, once, twice, strict=True):
        assert not torch.equal(start, one)
        assert torch.equal(one, two)


@pytest.mark.parametrize("sharing", ["shared", "independent"])
def test_saved_teams_act_alike(tmp_path, sharing):
    learner = TeamLearner(make_team, sharing=sharing, seed=1, **SMALL).learn(8)
    learner.save(tmp_path)
    again = TeamLearner(make_team, sharing=sharing, seed=2, **SMALL)
    again.load(tmp_path)
    assert again.steps == learner.steps
    for seed in range(5):
        played = [TeamPlayer(each.models).play(make_team(), seed) for each in (learner, again)]
        assert played[0] == played[1]
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        again.load(tmp_path / "elsewhere")


@pytest.mark.parametrize("rows", range(1, 400))
def test_no_batch_is_a_single_row(rows):
    size = with_batches({"n_steps": 1}, rows)["batch_size"]
    assert (size >= 2 and rows % size != 1) or rows == 1


def test_one_role_is_learned_among_frozen_members():
    def make():
        return make_team(learned=("critic",), agents="oracle", reward="difference")

    learner = TeamLearner(make, **SMALL).learn(8)
    assert learner.agents == ["critic_0"]
    solved, total, calls = TeamPlayer(learner.models).play(make(), 0)
    assert isinstance(solved, bool) and np.isfinite(total) and 1 <= calls <= 4


def test_every_role_has_its_own_part_of_the_logits():
    env = make_team()
    env.reset(seed=0)
    policy = TeamLearner(make_team, **SMALL).models["critic_0"].policy
    seen = {}
    for agent, action in zip(env.possible_agents, (1, 1, 0, 0, 0), strict=True):
        observation = env.observe(agent)
        tensor, _ = policy.obs_to_tensor(observation)
        size = env.uniform.sizes[env.role_of(agent)]
        with torch.no_grad():
            logits = policy.action_net(policy.extract_features(tensor))[0]
        assert logits.shape == (env.action_space(agent).n,)
        assert (logits[size:] == 0).all() and logits[:size].std() > 0
        seen[agent] = logits
        env.step(action)
    assert len({tuple(logits.tolist()) for logits in seen.values()}) == len(ROLES)


def test_batches_hold_whole_rounds_and_every_turn_once():
    learner = TeamLearner(make_team, num_envs=3, n_steps=4, n_epochs=1)
    learner._collector.collect(learner.models)
    buffer = learner.models["critic_0"].rollout_buffer
    assert isinstance(buffer, RoundBuffer)
    turns = 0
    for batch in buffer.get(20):
        roles = batch.observations["role"].argmax(1).view(-1, len(ROLES))
        assert (roles == torch.arange(len(ROLES))).all()
        images = batch.observations["image"].view(-1, len(ROLES), 3, 64, 64)
        assert (images[:, :4] == images[:, :1]).all()
        turns += len(batch.actions)
    assert turns == 3 * 4 * len(ROLES)


def test_what_is_read_once_is_what_everyone_would_have_read():
    policy = TeamLearner(make_team, num_envs=1, n_steps=4).models["critic_0"].policy
    env = make_team()
    env.reset(seed=0)
    rows = []
    for action in (1, 1, 0, 0, 0):
        rows.append(env.observe(env.agent_selection))
        env.step(action)
    batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    together, _ = policy.obs_to_tensor(batch)
    policy.set_training_mode(False)
    found = policy.extract_features(together)
    with torch.no_grad():
        for number, row in enumerate(rows):
            alone = policy.extract_features(policy.obs_to_tensor(row)[0])[0]
            torch.testing.assert_close(found[number], alone, rtol=1e-4, atol=1e-5)


def test_the_vector_environment_keeps_masks_and_trains_maskable_ppo():
    env = TeamVecEnv(make_parallel, 2, seed=5)
    observation = env.reset()
    masks = np.stack(env.env_method("action_masks"))
    np.testing.assert_array_equal(masks, observation["action_mask"].astype(bool))
    assert env.num_envs == 10 and env.agents == make_parallel().possible_agents
    layout = layout_of(make_parallel())
    arguments = {"n_steps": 8, "batch_size": 40, "n_epochs": 1, "seed": 0}
    model = MaskablePPO(TeamPolicy, env, policy_kwargs={"layout": layout}, **arguments)
    model.learn(160)
    assert model.num_timesteps == 160


def test_the_vector_environment_equals_its_parts_and_tells_the_end():
    env, single = TeamVecEnv(make_parallel, 1, seed=7), make_parallel()
    row = env.reset()
    parts, _ = single.reset(seed=7)
    rng, ends = np.random.default_rng(0), 0
    for _ in range(12):
        for number, agent in enumerate(env.agents):
            for key, value in parts[agent].items():
                np.testing.assert_array_equal(row[key][number], value)
        masks = env.env_method("action_masks")
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        row, rewards, dones, infos = env.step(actions)
        parts, paid, ended, cut, _ = single.step(dict(zip(env.agents, actions, strict=True)))
        np.testing.assert_allclose(rewards, list(paid.values()), rtol=1e-6)
        assert dones.all() == (not single.agents)
        if dones.all():
            ends += 1
            last = infos[0]["terminal_observation"]["image"]
            np.testing.assert_array_equal(last, parts[env.agents[0]]["image"])
            over = cut[env.agents[0]] and not ended[env.agents[0]]
            assert infos[0]["TimeLimit.truncated"] == over
            parts, _ = single.reset()
    assert ends


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="sharing='both'"):
        TeamLearner(make_team, sharing="both", **SMALL)
    with pytest.raises(ValueError, match="max_calls=3"):
        TeamLearner(lambda: make_team(max_cycles=2, max_calls=3), **SMALL)
    with pytest.raises(ValueError, match="one agent a role"):
        TeamLearner(lambda: make_team(team={"critic": 2}), **SMALL)
    with pytest.raises(ValueError, match="uniform_spaces='flat'"):
        TeamLearner(lambda: image_edit_v0.raw_env(DIRECT, max_cycles=2), **SMALL)
    with pytest.raises(ValueError, match="num_envs=0"):
        TeamVecEnv(make_parallel, 0)
    with pytest.raises(ValueError, match="spaces differ"):
        TeamVecEnv(lambda: image_edit_v0.parallel_env(DIRECT), 1)


def test_the_example_leaves_all_its_outputs_and_goes_on(tmp_path):
    command = [sys.executable, "examples/train_team.py", "--from-scratch", "--smoke"]
    command += ["--threads", "1"]
    command += ["--episodes", "2", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"team.zip", "curve.jsonl", "curve.png", "results.json", "tensorboard"} <= names
    assert "report.html" in names
    first = json.loads((tmp_path / "results.json").read_text())
    subprocess.run([*command, "--resume", "--rounds", "200"], cwd=ROOT, check=True)
    second = json.loads((tmp_path / "results.json").read_text())
    assert second["rounds"] >= 200 > first["rounds"]
    assert second["training_seconds"] > first["training_seconds"]


def weights(learner):
    return list(learner.model.policy.parameters())


def play_parallel(model, seed):
    env = make_parallel()
    return TeamPlayer(dict.fromkeys(env.possible_agents, model)).play(env, seed)


def test_a_team_that_acts_at_once_learns_saves_and_goes_on(tmp_path):
    settings = {"num_envs": 2, "n_steps": 4, "n_epochs": 1}
    learner = learner_at_once(make_parallel, seed=1, **settings).learn(8)
    assert learner.steps == 8
    learner.save(tmp_path)
    again = learner_at_once(make_parallel, seed=2, **settings)
    again.load(tmp_path)
    assert again.steps == 8
    for seed in range(3):
        played = [play_parallel(each.model, seed) for each in (learner, again)]
        assert played[0] == played[1]
    assert again.learn(16).steps == 16
    fresh = learner_at_once(make_parallel, seed=2, **settings)
    for each in (again, fresh):
        each.load(tmp_path)
        set_random_seed(0)
        each.learn(16)
    for one, two in zip(weights(again), weights(fresh), strict=True):
        assert torch.equal(one, two)
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        again.load(tmp_path / "elsewhere")
