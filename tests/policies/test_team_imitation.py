"""A team cloned from oracles: what is collected, that it learns, and that stops change nothing."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from editenv_policies import trained
from editenv_policies.imitation import collect, train, training
from editenv_policies.imitation.parts import collect_into, load
from editenv_policies.imitation.training import TrainSettings
from editenv_policies.team import TeamPlayer
from editenv_policies.team.actor import play_side_by_side
from editenv_policies.team.imitation import TeamClone, TeamPlan, TurnLessons
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.team.imitation.finetune import learner_from
from editenv_policies.team.imitation.teacher import NOTHING, team_episodes

from editenv.agents import ROLES, VERDICTS

DIRECT = "ImageEdit-Direct-v0"
SMALL = {"image_size": 64}
CRITIC = ROLES.index("critic")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def collected(episodes, seed=0):
    return collect(TeamPlan(DIRECT, episodes, seed, env_kwargs=SMALL), progress=False)


@pytest.fixture(scope="module")
def data():
    return collected(80, seed=3)


def played(slip, count=12):
    env = make_team_env(DIRECT, split="train", **SMALL)
    return list(team_episodes(env, range(count), 3, slip))


def make_clone(seed=0):
    torch.manual_seed(seed)
    return TeamClone.for_env(make_team_env(DIRECT, **SMALL), width=32, layers=1)


def arrays(data):
    found = {field.name: getattr(data, field.name) for field in fields(data)}
    return {**found.pop("steps"), **found}


def learn(clone, data, settings, **arguments):
    return train(TurnLessons(clone, data, progress=False), settings, progress=False, **arguments)


def take_from(clone, learner):
    clone.take_from(learner.models["critic_0"].policy)


def weights(clone):
    return torch.cat([p.detach().flatten() for p in clone.network.parameters()])


def solved(clone, count, split="train"):
    env = make_team_env(DIRECT, split=split, **SMALL)
    actor = TeamPlayer(dict.fromkeys(env.possible_agents, clone))
    return sum(actor.play(env, seed)[0] for seed in range(1_000_000, 1_000_000 + count))


def test_without_slips_every_turn_is_the_oracles():
    for episode in played(slip=0.0):
        assert episode.solved
        assert [turn.role for turn in episode.turns] == list(range(5))
        assert all(turn.label == turn.action for turn in episode.turns)
        assert VERDICTS[episode.turns[-1].action] == "submit"


def test_labels_are_legal_and_a_critic_takes_slips_back():
    undone = wrong = misspoken = 0
    for episode in played(slip=0.6, count=30):
        for turn in episode.turns:
            assert turn.mask[turn.action]
            assert turn.label == NOTHING or turn.mask[turn.label]
            other = turn.label not in (NOTHING, turn.action)
            wrong += other
            misspoken += other and turn.role == 0
            undone += turn.role == CRITIC and VERDICTS[turn.label] == "undo"
    assert wrong > misspoken > 0 and undone > 5


def test_a_slip_is_no_step_towards_the_next_sub_edit():
    """After undo the interpreter's lesson is the one that it had in the round before."""
    for episode in played(slip=0.6, count=30):
        said = [turn for turn in episode.turns if turn.role == 0]
        assert len({turn.label for turn in said}) <= 2
        verdicts = [VERDICTS[t.label] for t in episode.turns if t.role == CRITIC]
        assert verdicts[-1:] != ["accept"] or not episode.solved


def test_collecting_is_repeated_by_its_seed(data):
    again = collected(80, seed=3)
    other = collected(5, seed=4)
    for name, array in arrays(data).items():
        np.testing.assert_array_equal(array, arrays(again)[name], err_msg=name)
    assert not np.array_equal(other.actions[:25], data.actions[:25])
    for number in range(len(data.roles)):
        assert data.legal(np.array([number]))[0, data.actions[number]]


def test_what_is_kept_is_what_the_agents_see(data):
    (episode,) = played(slip=0.15, count=1)
    env = make_team_env(DIRECT, split="train", **SMALL)
    env.reset(seed=episode.seed)
    for number, turn in enumerate(episode.turns):
        seen = env.observe(env.agent_selection)
        row = np.flatnonzero(data.roles == turn.role)[0] if number < 5 else None
        np.testing.assert_array_equal(turn.numbers, seen["round"])
        np.testing.assert_array_equal(turn.mask, seen["action_mask"].astype(bool))
        if row is not None and turn.label != NOTHING:
            kept = data.observation(data.moment[[row]])
            np.testing.assert_array_equal(kept["image"][0], seen["image"])
            np.testing.assert_array_equal(kept["history"][0], seen["history"])
            np.testing.assert_array_equal(data.rounds[row], seen["round"])
        env.step(turn.action)


def test_parts_join_to_what_is_collected_at_once(tmp_path, data):
    plan = TeamPlan(DIRECT, 80, 3, env_kwargs=SMALL, part=32)
    joined = collect_into(tmp_path, plan, progress=False)
    assert len(list(tmp_path.glob("*.npz"))) == 3
    for name, array in arrays(joined).items():
        np.testing.assert_array_equal(array, arrays(data)[name], err_msg=name)
    with pytest.raises(ValueError, match=r"slip=0\.5"):
        collect_into(tmp_path, TeamPlan(DIRECT, 80, 3, 0.5, SMALL, 32), progress=False)
    with pytest.raises(ValueError, match="at least one file"):
        load([], type(joined))


def test_cloning_raises_the_likelihood_and_solves_more_than_nothing_learnt():
    data = collected(300)
    clone = make_clone()
    assert solved(clone, 20) <= 1
    settings = TrainSettings(batch=64, epochs=6)
    first = learn(make_clone(), data, TrainSettings(batch=64, epochs=0.1))
    done = learn(clone, data, settings)
    before, after = (dict(zip(ROLES, each.losses, strict=True)) for each in (first, done))
    # An editor that hears the right goal knows its option without having learnt anything.
    for role in ("interpreter", "grounder", "selector", "critic"):
        assert after[role] < 0.8 * before[role], role
    assert solved(clone, 20) >= 3


def test_a_clone_that_was_stopped_equals_an_unbroken_one(tmp_path, monkeypatch, data):
    settings = TrainSettings(batch=16, epochs=1)
    whole = make_clone()
    learn(whole, data, settings, seed=1)
    monkeypatch.setattr(training, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    stopped, update, made = make_clone(), training._update, []

    def stop(*arguments):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(update(*arguments))

    path = tmp_path / "clone.pt"
    monkeypatch.setattr(training, "_update", stop)
    with pytest.raises(KeyboardInterrupt):
        learn(stopped, data, settings, seed=1, checkpoint=path)
    monkeypatch.setattr(training, "_update", update)
    resumed = make_clone(seed=9)
    done = learn(resumed, data, settings, seed=1, checkpoint=path)
    assert done.updates > 3
    assert torch.equal(weights(whole), weights(resumed))
    assert not torch.equal(weights(whole), weights(make_clone()))


def test_saved_teams_act_alike(tmp_path):
    clone = make_clone()
    clone.notes["seed"] = 0
    clone.save(tmp_path)
    again = TeamClone.load(tmp_path)
    assert torch.equal(weights(clone), weights(again)) and again.notes == clone.notes
    env = make_team_env(DIRECT, **SMALL)
    env.reset(seed=0)
    while not env.rounds.over:
        seen = env.observe(env.agent_selection)
        action, _ = clone.predict(seen)
        assert action == again.predict(seen)[0] and seen["action_mask"][action]
        batch = {key: np.stack([value, value]) for key, value in seen.items()}
        assert (clone.predict(batch)[0] == action).all()
        drawn, _ = clone.predict(batch, deterministic=False)
        assert seen["action_mask"][drawn].all()
        env.step(int(action))


def test_tasks_that_are_played_side_by_side_go_as_one_by_one(data):
    clone = make_clone()
    learn(clone, data, TrainSettings(batch=16, epochs=1))
    envs = [make_team_env(DIRECT, **SMALL) for _ in range(3)]
    actor = TeamPlayer(dict.fromkeys(envs[0].possible_agents, clone))
    alone = [actor.play(envs[0], seed) for seed in range(7)]
    assert play_side_by_side(clone, envs, range(7)) == alone


def make_learner(clone):
    return learner_from(
        clone, DIRECT, num_envs=2, seed=1, smoke=True, split="train", max_cycles=2, **SMALL
    )


class Stop(Exception):
    pass


def test_reinforcement_learning_that_was_stopped_equals_unbroken(tmp_path):
    clone, whole = make_clone(), []
    unbroken = make_learner(clone).learn(64, on_iteration=whole.append)
    stopped, lines = make_learner(clone), []

    def stop(line):
        lines.append(line)
        if len(lines) == 2:
            stopped.save(tmp_path)
            raise Stop

    with pytest.raises(Stop):
        stopped.learn(64, on_iteration=stop)
    torch.randn(3)
    resumed = make_learner(make_clone(seed=5))
    resumed.load(tmp_path)
    resumed.learn(64, on_iteration=lines.append)
    assert [{**line, "seconds": 0} for line in whole] == [{**line, "seconds": 0} for line in lines]
    one, two = make_clone(), make_clone()
    take_from(one, unbroken)
    take_from(two, resumed)
    assert torch.equal(weights(one), weights(two))
    assert not torch.equal(weights(one), weights(clone))


def test_at_first_only_values_are_learnt():
    clone, heard = make_clone(), []
    learner = make_learner(clone)
    learner._values_first = 0.5
    policy = learner.models["critic_0"].policy

    def hear(line):
        after = make_clone(seed=2)
        take_from(after, learner)
        value = torch.cat([p.detach().flatten() for p in policy.value_net.parameters()])
        heard.append((line["steps"], weights(after), value))

    value = torch.cat([p.detach().flatten() for p in policy.value_net.parameters()])
    learner.learn(64, on_iteration=hear)
    assert torch.equal(heard[0][1], weights(clone)) and not torch.equal(heard[0][2], value)
    assert not torch.equal(heard[-1][1], weights(clone))


def test_the_limit_of_rounds_ends_an_episode():
    learner = make_learner(make_clone())
    collector = learner._collector
    for agent in collector.agents:
        collector._earned[agent][:] = 0.0
    for env in collector.envs:
        env.rounds.truncated = True
    collector._expect_more(learner.models)
    assert all((collector._earned[agent] == 0.0).all() for agent in collector.agents)


def test_a_team_begins_with_what_a_coordinator_knows():
    env = make_team_env("ImageEdit-v0", split="test", history_length=8)
    coordinator, clone = trained.load("ImageEdit-v0"), TeamClone.for_env(env)
    clone.take_coordinator(coordinator)
    with torch.no_grad():
        clone.network.head.idle.bias.fill_(-8.0)
        for layer in (clone.network.extractor.role, *clone.network.extractor.numbers):
            layer.weight.zero_()
    agreed = 0
    for seed in range(1_000_000, 1_000_006):
        env.reset(seed=seed)
        seen = env.observe("interpreter_0")
        own = {key: seen[key] for key in env.rounds.base.observation_space.spaces}
        own["history"] = own["history"][-4:]
        (call, region, _), _ = coordinator.predict(own)
        for _ in range(4):
            action, _ = clone.predict(env.observe(env.agent_selection))
            env.step(int(action))
        made = env.rounds.base.workspace.history[-1]
        agreed += (made.tool, made.region) == (env.rounds.base.call_names[call], region)
    assert agreed >= 5
    with pytest.raises(ValueError, match="other calls"):
        TeamClone.for_env(make_team_env("ImageEdit-Retouch-v0")).take_coordinator(coordinator)
    with pytest.raises(ValueError, match="must be the same"):
        TeamClone.for_env(env, width=32).take_coordinator(coordinator)
