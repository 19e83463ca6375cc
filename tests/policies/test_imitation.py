"""Cloning an oracle: what is kept, what is hidden, and that it learns."""

from dataclasses import replace
from itertools import islice

import gymnasium
import numpy as np
import pytest
import torch
from editenv_policies.baselines import RandomActor
from editenv_policies.evaluation import ModelActor, evaluate, play_side_by_side, score
from editenv_policies.imitation import CallLessons, Clone, collect, hide, train, training
from editenv_policies.imitation.collect import Plan, play_parts
from editenv_policies.imitation.demonstrations import Demonstrations, Recorder
from editenv_policies.imitation.finetune import learner_from
from editenv_policies.imitation.parts import PartFolder, collect_into, save
from editenv_policies.imitation.training import TrainSettings
from editenv_policies.sb3.learning import ModelLearner
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.sb3.vec_env import make_sb3_vec_env

from editenv.workspace import SUBMIT, UNDO

RETOUCH = "ImageEdit-Retouch-v0"


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def demonstrations():
    return collect(Plan("ImageEdit-Direct-v0", 12, seed=3, slip=0.5), progress=False)


def learn(clone, data, settings, **arguments):
    return train(CallLessons(clone, data, progress=False), settings, progress=False, **arguments)


def held_out(env_id, count, **kwargs):
    return gymnasium.make_vec(
        env_id, num_envs=count, split="test", autoreset_mode="Disabled", **kwargs
    )


def test_the_lessons_are_the_oracles_calls_and_undo_after_every_slip(demonstrations):
    names = gymnasium.make("ImageEdit-Direct-v0").unwrapped.call_names
    calls = [names[number] for number in demonstrations.actions[:, 0]]
    last = demonstrations.steps["history"][:, -1, 0]
    assert demonstrations.count == 12
    assert len(demonstrations) == len(demonstrations.episodes) == len(demonstrations.masks)
    assert UNDO in calls and SUBMIT in calls
    for number, name in enumerate(calls):
        allowed = demonstrations.masks[number][demonstrations.actions[number, 0]]
        assert allowed, (number, name)
        if name == UNDO:
            before = demonstrations.episodes[:number] == demonstrations.episodes[number]
            right = demonstrations.actions[:number][before][-1]
            made = demonstrations.steps["history"][number, -1]
            assert last[number] >= 0 and not np.array_equal(made, right)


def test_without_slips_every_episode_is_the_oracles():
    data = collect(Plan("ImageEdit-Direct-v0", 5, seed=0, slip=0.0), progress=False)
    names = gymnasium.make("ImageEdit-Direct-v0").unwrapped.call_names
    for episode in range(5):
        calls = [names[n] for n in data.actions[data.episodes == episode, 0]]
        assert len(calls) == 2 and calls[-1] == SUBMIT and UNDO not in calls


def test_demonstrations_give_the_observations_of_the_environment_back():
    data = collect(Plan("ImageEdit-Direct-v0", 1, seed=0, slip=0.0), progress=False)
    seed = int(np.random.default_rng(0).integers(900_000))
    env = gymnasium.make("ImageEdit-Direct-v0")
    seen, _ = env.reset(seed=seed)
    kept = {key: value[0] for key, value in data.observation(np.array([0])).items()}
    count = len(kept["instruction"])
    assert count == seen["instruction_mask"].sum()
    np.testing.assert_allclose(kept["instruction"], seen["instruction"][:count], atol=2e-3)
    np.testing.assert_array_equal(kept["image"], seen["image"])
    np.testing.assert_allclose(kept["region_embeddings"], seen["region_embeddings"], atol=2e-3)
    for key in ("regions", "history", "steps_left"):
        np.testing.assert_array_equal(kept[key], seen[key])
    assert "image" not in data.observation(np.array([0]), pictures=False)


def test_collecting_is_repeated_by_its_seed():
    first, second, other = (collect(Plan(RETOUCH, 3, s), progress=False) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.actions, second.actions)
    np.testing.assert_array_equal(first.steps["image"], second.steps["image"])
    assert first.steps["image"].shape != other.steps["image"].shape or not np.array_equal(
        first.steps["image"], other.steps["image"]
    )


def test_hiding_blanks_what_it_says_and_nothing_else():
    env = gymnasium.make("ImageEdit-Direct-v0")
    seen, _ = env.reset(seed=0)
    before = {key: value.copy() for key, value in seen.items()}
    blind = hide(seen, ["picture"])
    assert (blind["image"] == 128).all() and not blind["region_embeddings"].any()
    deaf = hide(seen, ["instruction"])
    assert not deaf["instruction"].any()
    for key, value in before.items():
        np.testing.assert_array_equal(seen[key], value)
        if key not in ("image", "region_embeddings"):
            np.testing.assert_array_equal(blind[key], value)
        if key != "instruction":
            np.testing.assert_array_equal(deaf[key], value)
    assert env.observation_space.contains(blind) and env.observation_space.contains(deaf)
    with pytest.raises(ValueError, match="hidden='history'"):
        hide(seen, ["history"])


@pytest.mark.parametrize(
    ("hidden", "keys"),
    [(["picture"], ["image", "region_embeddings"]), (["instruction"], ["instruction"])],
)
def test_a_blind_clone_acts_alike_whatever_is_there(hidden, keys):
    envs = held_out("ImageEdit-Direct-v0", 12)
    seen, _ = envs.reset(seed=0)
    changed = dict(seen)
    for key in keys:
        changed[key] = seen[key][::-1].copy()
    torch.manual_seed(0)
    clone = Clone.for_env(envs, hidden=hidden)
    seeing = Clone.for_env(envs)
    seeing.network.load_state_dict(clone.network.state_dict())
    masks = envs.action_masks()

    def chances(model, observation):
        return model.log_chances(observation, masks)

    np.testing.assert_array_equal(chances(clone, seen), chances(clone, changed))
    assert not np.array_equal(chances(seeing, seen), chances(seeing, changed))


@pytest.mark.parametrize("greedy", [True, False])
def test_untrained_clones_make_valid_calls_only(greedy):
    envs = held_out("ImageEdit-Complex-v0", 12)
    seen, _ = envs.reset(seed=0)
    clone = Clone.for_env(envs)
    actions, _ = clone.predict(seen, deterministic=greedy, action_masks=envs.action_masks())
    envs.step(actions)
    for episode in envs.episodes:
        assert episode.summary()["invalid"] == ""
    without, _ = clone.predict(seen)
    with_masks, _ = clone.predict(seen, action_masks=np.ones((12, clone.table.mask_size), bool))
    assert without.shape == with_masks.shape == (12, 3)


def test_a_small_clone_beats_chance_and_acts_the_same_when_loaded(tmp_path):
    data = collect(Plan("ImageEdit-Direct-v0", 150), progress=False)
    envs = held_out("ImageEdit-Direct-v0", 40)
    torch.manual_seed(0)
    clone = Clone.for_env(envs, width=48, layers=1, notes={"seed": 0})
    before = score(play_side_by_side(clone, envs, 40)).rate
    done = learn(clone, data, TrainSettings(epochs=12, batch=32, rate=3e-3))
    after = score(play_side_by_side(clone, envs, 40))
    env = gymnasium.make("ImageEdit-Direct-v0", split="test")
    chance = evaluate(RandomActor(), env, 40)
    assert not done.cut and sum(done.losses) < 3.0, done
    assert after.interval[0] > max(before, chance.interval[1]), (before, after, chance)

    clone.save(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".safetensors", ".json"}
    loaded = Clone.load(tmp_path)
    assert loaded.notes == {"seed": 0}
    seen, _ = envs.reset(seed=5)
    masks = envs.action_masks()
    np.testing.assert_array_equal(clone.log_chances(seen, masks), loaded.log_chances(seen, masks))
    # One by one, as a single environment asks, the same tasks end in the same way.
    one = evaluate(ModelActor(loaded, masked=True), env, 20)
    assert one.successes == score(play_side_by_side(clone, envs, 20)).successes


def test_training_stops_when_its_time_is_up(demonstrations):
    clone = Clone.for_env(gymnasium.make("ImageEdit-Direct-v0"), width=32, layers=1)
    settings = TrainSettings(epochs=10_000, seconds=0.5)
    done = learn(clone, demonstrations, settings)
    assert done.cut and 0 < done.updates < 10_000
    assert done.seconds < 5


def test_wrong_arguments_are_named():
    for arguments, words in (
        ({"episodes": 0}, "episodes=0 must be at least 1"),
        ({"episodes": 1, "slip": 2.0}, "slip=2.0 must be from 0 to 1"),
        ({"episodes": 1, "seed": -1}, "seed=-1 must be at least 0"),
    ):
        with pytest.raises(ValueError, match=words):
            Plan(RETOUCH, **arguments)
    with pytest.raises(ValueError, match="hidden='sound'"):
        Clone.for_env(gymnasium.make("ImageEdit-Direct-v0"), hidden=["sound"])


def test_a_learner_begins_as_the_clone_and_gives_its_weights_back():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 4, seed=0, image_size=64)
    clone = Clone.for_env(env.envs, width=32, layers=1)
    model = learner_from(clone, env, seed=0, smoke=True)
    seen = env.reset()
    masks = np.stack(env.env_method("action_masks"))
    before, _ = clone.predict(seen, action_masks=masks)
    chosen, _ = model.predict(seen, deterministic=True, action_masks=masks)
    np.testing.assert_array_equal(chosen, before)
    shown, _ = model.policy.obs_to_tensor(seen)
    with torch.no_grad():
        found = model.policy.get_distribution(shown, action_masks=masks)
    np.testing.assert_allclose(found.calls, clone.log_chances(seen, masks), atol=1e-4)
    weights = [value.clone() for value in clone.network.parameters()]
    ModelLearner(model, values_first=0.5).learn(256)
    clone.take_from(model.policy)
    after, _ = model.predict(seen, deterministic=True, action_masks=masks)
    np.testing.assert_array_equal(clone.predict(seen, action_masks=masks)[0], after)
    changed = zip(weights, clone.network.parameters(), strict=True)
    assert any((old != new).any() for old, new in changed)


def test_at_first_only_the_critic_learns():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 4, seed=0, image_size=64)
    model = learner_from(Clone.for_env(env.envs, width=32, layers=1), env, seed=0, smoke=True)

    def values(part):
        return torch.cat([value.detach().flatten() for value in part.parameters()])

    def hear(line):
        heard.append((values(model.policy.action_net), values(model.policy.value_net)))

    heard = [(values(model.policy.action_net), values(model.policy.value_net))]
    ModelLearner(model, values_first=0.8).learn(256, on_iteration=hear)
    (heads, critic), first, last = heard
    assert torch.equal(first[0], heads) and not torch.equal(first[1], critic)
    assert not torch.equal(last[0], heads)


@pytest.mark.parametrize("stops", [[1], [1, 3]])
def test_collecting_goes_on_where_it_was_stopped(tmp_path, stops):
    plan = Plan(RETOUCH, 7, seed=2, slip=0.3, part=2)
    for stop in stops:
        parts = play_parts(plan, plan.parts, progress=False)
        kept = PartFolder(tmp_path, plan, ".npz")
        for played in islice(parts, stop):
            recorder = Recorder(Demonstrations)
            for episode in played:
                recorder.add(episode)
            part = recorder.finish()
            kept.keep([played[0].number], lambda path, part=part: save(part, path))
        parts.close()
    (tmp_path / "partial").write_text("a crash left this behind")
    assert len(kept.missing) == 4 - stops[-1]
    found = collect_into(tmp_path, plan, progress=False)
    undisturbed = collect(Plan(RETOUCH, 7, seed=2, slip=0.3), progress=False)
    for name in ("actions", "masks", "words", "starts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(undisturbed, name))
    np.testing.assert_array_equal(found.steps["image"], undisturbed.steps["image"])
    with pytest.raises(ValueError, match="episodes=8, but"):
        collect_into(tmp_path, replace(plan, episodes=8))


def test_a_collection_that_is_out_of_time_is_not_begun_again(tmp_path):
    plan = Plan(RETOUCH, 40, part=20)
    found = collect_into(tmp_path, plan, seconds=1e-6, progress=False)
    assert 1 <= found.count < 20
    again = collect_into(tmp_path, plan, seconds=1e-6, progress=False)
    np.testing.assert_array_equal(found.actions, again.actions)


def test_training_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(
    demonstrations, tmp_path, monkeypatch
):
    env, settings = gymnasium.make("ImageEdit-Direct-v0"), TrainSettings(epochs=8, batch=32)
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    update, made = training._update, []

    def fail_late(*arguments):
        made.append(1)
        if len(made) == 5:
            raise KeyboardInterrupt
        return update(*arguments)

    def new():
        torch.manual_seed(0)
        return Clone.for_env(env, width=16, layers=1)

    whole, stopped = new(), new()
    done = learn(whole, demonstrations, settings)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "_update", fail_late)
        learn(stopped, demonstrations, settings, checkpoint=tmp_path / "c.pt")
    later = new()
    again = learn(later, demonstrations, settings, checkpoint=tmp_path / "c.pt")
    assert done.updates == again.updates > 5 and done.losses == again.losses
    pairs = zip(whole.network.parameters(), later.network.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("key", ["region_embeddings", "instruction"])
def test_unfamiliar_embeddings_stay_near_and_empty_slots_stay_empty(key: str):
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(6, 5, 16)).astype(np.float32)
    plain[:, 4] = 0.0
    shown = {name: plain for name in ("region_embeddings", "instruction", "instruction_mask")}
    mixed = Unfamiliar(seed=1)(shown)[key]
    assert mixed.dtype == np.float32 and not mixed[:, 4].any()
    length = np.linalg.norm(plain[:, :4], axis=2)
    np.testing.assert_allclose(np.linalg.norm(mixed[:, :4], axis=2), length, rtol=1e-5)
    likeness = (mixed * plain).sum(2)[:, :4] / length**2
    assert 0.3 < likeness.min() < 0.99 and np.isclose(likeness, 1.0).any()
    np.testing.assert_array_equal(Unfamiliar(seed=1)(shown)[key], mixed)
    assert not np.array_equal(Unfamiliar(seed=2)(shown)[key], mixed)


def test_a_mean_of_words_stays_as_it_is():
    shown = {name: np.ones((4, 3, 8), np.float32) for name in ("region_embeddings", "instruction")}
    assert Unfamiliar()(shown)["instruction"] is shown["instruction"]
