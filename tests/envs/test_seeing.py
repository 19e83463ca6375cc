"""What is told of regions, and what must be seen: names stay out of every observation."""

import copy
import hashlib
import pickle
import subprocess
import sys
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from shared_tasks import shared
from vector_checks import DISABLED, MODES, assert_same, assert_same_steps, native, sync

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES
from editenv.grounders import ProposalGrounder
from editenv.types import BACKGROUND, WHOLE_IMAGE

IDS = list(editenv.CONFIGURATIONS)
DEFAULT, DIRECT = "ImageEdit-v0", "ImageEdit-Direct-v0"
SCENES = [i for i in IDS if editenv.CONFIGURATIONS[i][1].get("slots") != 1]
NOT_NAMES = {BACKGROUND, WHOLE_IMAGE}


def make(env_id=DEFAULT, **arguments):
    return gymnasium.make(env_id, disable_env_checker=True, **arguments)


def renamed(task):
    """The same picture and words, in which everything is called by another name."""

    def other(name):
        return name if name in NOT_NAMES else f"unicorn {name}"

    regions = tuple(replace(region, label=other(region.label)) for region in task.regions)
    edits = tuple(replace(edit, subject=other(edit.subject)) for edit in task.sub_edits)
    return replace(task, regions=regions, sub_edits=edits, metadata={})


def some_task(env_id, number=0):
    arguments = shared(env_id)
    return arguments["tasks"][number], {"image_size": arguments["image_size"]}


@pytest.mark.parametrize("env_id", SCENES)
def test_two_tasks_that_differ_in_names_look_alike(env_id):
    for number in range(3):
        task, size = some_task(env_id, number)
        envs = [make(env_id, **size) for _ in range(2)]
        tasks = (task, renamed(task))
        results = [
            env.reset(seed=number, options={"task": task})
            for env, task in zip(envs, tasks, strict=True)
        ]
        for one, two in zip(*results, strict=True):
            assert_same(one, two, "reset")
        envs[0].action_space.seed(number)
        for step in range(envs[0].spec.max_episode_steps):
            action = envs[0].action_space.sample()
            results = [env.step(action) for env in envs]
            for one, two in zip(*results, strict=True):
                assert_same(one, two, f"step {step}")
            if results[0][2]:
                break


def test_named_regions_are_named_by_their_looks():
    task, size = some_task(DEFAULT)
    named = []
    for known in (task, renamed(task)):
        env = make(**size)
        env.reset(seed=0, options={"task": known})
        workspace = env.unwrapped.workspace
        labels = [region.label for region in workspace.regions if region is not None]
        assert set(labels) <= {"", WHOLE_IMAGE}
        named.append([r and (r.label, r.box) for r in workspace.named_regions])
        assert all(r is None or r.label for r in workspace.named_regions)
        for one, other in zip(workspace.regions, workspace.named_regions, strict=True):
            assert (one is None) == (other is None)
            assert one is None or (one.mask is other.mask and one.box == other.box)
    assert named[0] == named[1]


@pytest.mark.parametrize("env_id", SCENES)
def test_with_labels_the_same_tasks_look_different_and_info_says_so(env_id):
    task, size = some_task(env_id)
    seen = []
    for known in (task, renamed(task)):
        env = make(env_id, region_labels=True, **size)
        assert env.observation_space["regions"].shape[1] == 9
        observation, info = env.reset(seed=0, options={"task": known})
        assert env.observation_space.contains(observation)
        assert info["privileged"] is True
        assert env.step(env.action_space.sample())[-1]["privileged"] is True
        seen.append(observation)
    np.testing.assert_array_equal(seen[0]["regions"], seen[1]["regions"])
    assert not np.array_equal(seen[0]["region_embeddings"], seen[1]["region_embeddings"])


@pytest.mark.parametrize(
    ("grounder", "told"),
    [("scene", 1), ("noisy", 1), ("proposals", 0), ("pixels", 0)],
)
def test_who_is_given_the_ground_truth_by_a_grounder_is_privileged(grounder, told):
    env = make("ImageEdit-Direct-v0", grounder=grounder)
    _, info = env.reset(seed=0)
    assert info.get("privileged", False) == told


@pytest.mark.parametrize("env_id", IDS)
def test_who_is_told_nothing_is_not_privileged(env_id):
    env = make(env_id)
    _, info = env.reset(seed=0)
    assert "privileged" not in info
    assert "privileged" not in env.step(env.action_space.sample())[-1]


def test_labels_are_exact_names_embedded_and_colours():
    env = make(region_labels=True)
    observation, _ = env.reset(seed=3)
    workspace, setup = env.unwrapped.workspace, env.unwrapped.setup
    told = {region.label: region for region in env.unwrapped.task.regions}
    shown = [r for r in workspace.regions[1:] if r is not None]
    assert len(shown) == len(env.unwrapped.task.regions), "no distractors"
    assert {region.label for region in shown} == set(told)
    for slot, region in enumerate(workspace.regions):
        row, embedding = observation["regions"][slot], observation["region_embeddings"][slot]
        if region is None:
            assert not row.any() and not embedding.any()
            continue
        np.testing.assert_array_equal(embedding, setup.encoder.pooled(region.label))
        left, top, right, bottom = region.box
        window = slice(top, bottom), slice(left, right)
        colour = workspace.canvas[window][region.mask[window] > 0].mean(axis=0) / 255
        np.testing.assert_allclose(row[5:8], colour, atol=1e-5)
        assert row[8] == 1.0


@pytest.mark.parametrize("workers", [None, 2])
def test_vectors_say_who_is_privileged(workers):
    for told in (False, True):
        arguments = {} if workers is None else {"num_workers": workers}
        envs = native(DIRECT, 3, region_labels=told, image_size=64, **arguments)
        _, infos = envs.reset(seed=0)
        assert ("privileged" in infos) == told
        *_, infos = envs.step(envs.action_space.sample())
        assert ("privileged" in infos) == told
        if told:
            assert infos["privileged"].tolist() == infos["_privileged"].tolist() == [True] * 3
        envs.close()


# Teams


def play_team(kind, task, size, **arguments):
    """Everything that anyone sees of an episode of seeded actions."""
    env = {"aec": image_edit_v0.raw_env, "parallel": image_edit_v0.parallel_env}[kind](
        DEFAULT, max_cycles=3, **size, **arguments
    )
    rng, seen = np.random.default_rng(0), []

    def action(agent):
        space = env.action_space(agent)
        return rng.integers(space.nvec) if hasattr(space, "nvec") else rng.integers(space.n)

    if kind == "parallel":
        seen.append(env.reset(seed=0, options={"task": task}))
        while env.agents:
            seen.append(env.step({agent: action(agent) for agent in env.agents}))
        return seen
    env.reset(seed=0, options={"task": task})
    while not env.rounds.over:
        seen.append(env.last())
        env.step(action(env.agent_selection))
    return seen


def assert_all_same(one, two):
    assert len(one) == len(two)
    for number, (first, second) in enumerate(zip(one, two, strict=True)):
        for part, other in zip(first, second, strict=True):
            assert_same(part, other, f"at {number}")


@pytest.mark.parametrize("uniform", [False, True, "flat"], ids=["own", "nested", "flat"])
@pytest.mark.parametrize("learned", [ROLES, ("critic",), ("grounder", "editor")], ids="+".join)
@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_teams_are_told_no_names(kind, learned, uniform):
    for number in range(2):
        task, size = some_task(DEFAULT, number)
        arguments = {"learned": learned, "uniform_spaces": uniform}
        played = [play_team(kind, known, size, **arguments) for known in (task, renamed(task))]
        assert_all_same(*played)
        assert "privileged" not in str(played[0])


@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_teams_may_be_told(kind):
    task, size = some_task(DEFAULT)
    seen = play_team(kind, task, size, region_labels=True)
    infos = [part[-1] for part in seen]
    infos = infos if kind == "aec" else [info for step in infos for info in step.values()]
    assert infos and all(info["privileged"] is True for info in infos)


def test_masks_of_a_team_fit_what_is_observed():
    env = image_edit_v0.raw_env(DEFAULT, **shared(DEFAULT))
    for number, agent in enumerate(env.possible_agents):
        env.action_space(agent).seed(number)
    for seed in range(6):
        env.reset(seed=seed)
        for agent in env.agent_iter():
            seen, _, terminated, truncated, _ = env.last()
            over = terminated or truncated
            # Once it is over nobody acts: the mask stays that of the last round.
            if agent == "grounder_0" and not over:
                present = seen["observation"]["regions"][:, -1] > 0
                np.testing.assert_array_equal(seen["action_mask"], present)
                shown = seen["observation"]["region_embeddings"].any(axis=1)
                np.testing.assert_array_equal(shown, present)
            mask = seen.get("action_mask")
            action = env.action_space(agent).sample(mask) if not over else None
            env.step(action)


# Without embeddings


class Counted:
    """An image encoder that counts its batches."""

    def __init__(self, encoder):
        self.encoder, self.batches = encoder, []
        self.dimension = encoder.dimension

    def encode(self, pictures, regions):
        self.batches.append(len(pictures))
        return self.encoder.encode(pictures, regions)

    def names(self, embeddings):
        return self.encoder.names(embeddings)


def count_batches(env):
    perception = env.unwrapped.setup.perception
    perception.encoder = Counted(perception.encoder)
    return perception.encoder.batches


def without(observation):
    return {key: value for key, value in observation.items() if key != "region_embeddings"}


@pytest.mark.parametrize("env_id", IDS)
def test_embeddings_can_be_left_out(env_id):
    blind, seeing = make(env_id, region_embeddings=False), make(env_id)
    spaces = without(seeing.observation_space.spaces)
    assert blind.observation_space.spaces == spaces
    batches = count_batches(blind)
    assert_same(blind.reset(seed=1)[0], without(seeing.reset(seed=1)[0]))
    seeing.action_space.seed(0)
    for _ in range(3):
        action = seeing.action_space.sample()
        ours, theirs = blind.step(action), seeing.step(action)
        assert blind.observation_space.contains(ours[0])
        assert_same(ours[0], without(theirs[0]))
        assert ours[1:4] == theirs[1:4]
        if ours[2]:
            break
    assert batches == [], "nobody looks where nothing is shown"


@pytest.mark.parametrize("workers", [None, 2])
@pytest.mark.parametrize("mode", MODES)
def test_vectors_can_leave_embeddings_out(mode, workers):
    arguments = {} if workers is None else {"num_workers": workers}
    size = {"image_size": 64, "region_embeddings": False, "autoreset_mode": mode}
    blind = native(DIRECT, 3, **size, **arguments)
    alone = sync(DIRECT, 3, mode, image_size=64, region_embeddings=False)
    assert "region_embeddings" not in blind.observation_space.spaces
    assert blind.observation_space == alone.observation_space
    assert_same(blind.reset(seed=1)[0], alone.reset(seed=1)[0])
    blind.action_space.seed(0)
    assert_same_steps(blind, alone, blind.action_space, 8, "without embeddings")
    blind.close()


@pytest.mark.parametrize("uniform", [False, True, "flat"], ids=["own", "nested", "flat"])
def test_teams_can_leave_embeddings_out(uniform):
    arguments = {"uniform_spaces": uniform, "region_embeddings": False, **shared(DEFAULT)}
    env, together = image_edit_v0.env(**arguments), image_edit_v0.parallel_env(**arguments)
    for each in (env, together):
        for agent in each.possible_agents:
            space = each.observation_space(agent)
            inner = space if uniform == "flat" else space["observation"]
            assert "region_embeddings" not in inner.spaces and "regions" in inner.spaces
    env.reset(seed=0)
    for agent in env.agent_iter(6):
        seen, _, terminated, truncated, _ = env.last()
        assert env.observation_space(agent).contains(seen)
        over = terminated or truncated
        env.step(None if over else env.action_space(agent).sample(seen.get("action_mask")))
    seen, _ = together.reset(seed=0)
    while together.agents:
        assert all(together.observation_space(a).contains(s) for a, s in seen.items())
        seen = together.step({a: together.action_space(a).sample() for a in together.agents})[0]


def test_one_role_can_leave_embeddings_out():
    env = image_edit_v0.as_gymnasium("grounder", DIRECT, region_embeddings=False)
    observation, _ = env.reset(seed=0)
    assert "region_embeddings" not in observation
    assert env.observation_space.contains(observation)


def test_labels_without_embeddings_are_boxes_and_colours():
    env = make(region_labels=True, region_embeddings=False)
    assert "region_embeddings" not in env.observation_space.spaces
    observation, info = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert observation["regions"].shape == (10, 9) and info["privileged"]


# In batches


def test_one_environment_looks_once_at_each_picture():
    env = make()
    batches = count_batches(env)
    env.reset(seed=0)
    assert batches == [1]
    brightness = env.unwrapped.call_names.index("brightness")
    undo = env.unwrapped.call_names.index("undo")
    env.step(np.array([brightness, 0, 0]))
    assert batches == [1, 1]
    env.step(np.array([undo, 0, 0]))
    env.step(np.array([undo, 0, 0]))
    env.unwrapped.observe()
    assert batches == [1, 1], "an old picture and a call without effect need no look"


@pytest.mark.parametrize("env_id", IDS)
def test_vectors_look_at_all_copies_in_one_batch(env_id, num_envs=4, steps=12):
    envs = native(env_id, num_envs, autoreset_mode=DISABLED, image_size=128)
    alone = sync(env_id, num_envs, DISABLED, image_size=128)
    batches = count_batches(envs)
    ours, theirs = envs.reset(seed=0)[0], alone.reset(seed=0)[0]
    assert ours["region_embeddings"].tobytes() == theirs["region_embeddings"].tobytes()
    assert ours["region_embeddings"].any()
    assert batches == [num_envs]
    envs.action_space.seed(0)
    changed = 0
    for _ in range(steps):
        before = [episode.workspace.state for episode in envs.unwrapped.episodes]
        batches.clear()
        actions = envs.action_space.sample()
        ours, _, terminated, truncated, _ = envs.step(actions)
        theirs, *_ = alone.step(actions)
        assert ours["region_embeddings"].tobytes() == theirs["region_embeddings"].tobytes()
        after = [episode.workspace.state for episode in envs.unwrapped.episodes]
        new = sum(one is not two for one, two in zip(before, after, strict=True))
        assert len(batches) <= 1 and sum(batches) <= new
        changed += new
        over = terminated | truncated
        if over.any():
            batches.clear()
            options = {"reset_mask": over}
            ours, theirs = (each.reset(options=dict(options))[0] for each in (envs, alone))
            assert ours["region_embeddings"].tobytes() == theirs["region_embeddings"].tobytes()
            assert batches == [over.sum()]
    assert changed > steps / 2


@pytest.mark.parametrize("mode", MODES)
def test_copies_that_begin_anew_are_one_more_batch(mode):
    envs = native(DIRECT, 6, autoreset_mode=mode, image_size=64)
    batches = count_batches(envs)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    for _ in range(20):
        batches.clear()
        envs.step(envs.action_space.sample())
        assert len(batches) <= 2


def test_a_group_is_looked_at_once():
    envs = native(DEFAULT, 5, image_size=64)
    batches = count_batches(envs)
    seen, _ = envs.reset(seed=[7] * 5)
    assert sum(batches) == 1
    for row in seen["region_embeddings"]:
        np.testing.assert_array_equal(row, seen["region_embeddings"][0])


# Copies and other processes


def test_perception_pickles_and_copies_without_what_it_has_seen():
    env = make()
    env.reset(seed=0)
    perception, state = env.unwrapped.setup.perception, env.unwrapped.workspace.state
    wanted = perception.embeddings(state)
    data = pickle.dumps(perception)
    assert len(data) < 1000
    for other in (pickle.loads(data), copy.copy(perception), copy.deepcopy(perception)):
        assert other is not perception and other.dimension == perception.dimension
        assert other.embeddings(state).tobytes() == wanted.tobytes()
        assert [r and r.label for r in other.named(state)] == [
            r and r.label for r in perception.named(state)
        ]


def test_branches_see_as_their_origin():
    env = make()
    env.reset(seed=0)
    batches = count_batches(env)
    branches = env.unwrapped.branch(3)
    assert batches == [], "what was seen is shared"
    action = np.array([env.unwrapped.call_names.index("flip"), 0, 0])
    seen, *_ = branches.step(np.stack([action] * 3))
    alone, *_ = env.step(action)
    for row in seen["region_embeddings"]:
        np.testing.assert_array_equal(row, alone["region_embeddings"])


def digest(num_workers=None):
    """Hash of what a vector environment with parts given as objects shows in a few steps."""
    arguments = {} if num_workers is None else {"num_workers": num_workers}
    envs = gymnasium.make_vec(DIRECT, num_envs=3, grounder=ProposalGrounder(), **arguments)
    envs.action_space.seed(0)
    seen, _ = envs.reset(seed=0)
    hashed = hashlib.sha256()
    for _ in range(5):
        for key in sorted(seen):
            hashed.update(seen[key].tobytes())
        seen, *_ = envs.step(envs.action_space.sample())
    envs.close()
    return hashed.hexdigest()


SCRIPT = """
import multiprocessing, sys
sys.path[:0] = sys.argv[2:]
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    from test_seeing import digest
    print(digest(num_workers=2))
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_see_what_one_process_sees(method, request):
    folder = request.path.parent
    line = [sys.executable, "-c", SCRIPT, method, str(folder), str(folder.parent)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest()
