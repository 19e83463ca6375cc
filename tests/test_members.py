"""Random members and saved policies as members of a team."""

import json
import zipfile

import numpy as np
import pytest
import torch
from sb3_contrib import MaskablePPO
from shared_tasks import shared
from stable_baselines3 import A2C, DQN, PPO

from editenv import image_edit_v0
from editenv.agents import ROLES, scripted_team
from editenv.agents.random import RandomAgent
from editenv.agents.roles import VERDICTS, Turn

DIRECT = "ImageEdit-Direct-v0"
ON_POLICY = {"n_steps": 8, "policy_kwargs": {"net_arch": [16]}}
SETTINGS = {
    PPO: {**ON_POLICY, "batch_size": 8, "n_epochs": 1},
    MaskablePPO: {**ON_POLICY, "batch_size": 8, "n_epochs": 1},
    A2C: ON_POLICY,
    DQN: {"buffer_size": 50, "learning_starts": 4, "policy_kwargs": {"net_arch": [16]}},
}
ALGORITHMS = pytest.mark.parametrize("algorithm", SETTINGS, ids=lambda a: a.__name__)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_model(algorithm, role, env_id=DIRECT):
    env = image_edit_v0.as_gymnasium(role, env_id)
    return algorithm("MultiInputPolicy", env, seed=0, device="cpu", **SETTINGS[algorithm])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A grounder by algorithm, with the path that it was saved at."""
    folder, made = tmp_path_factory.mktemp("grounders"), {}
    for algorithm in SETTINGS:
        model, path = make_model(algorithm, "grounder"), folder / f"{algorithm.__name__}.zip"
        model.learn(16)
        model.save(path)
        made[algorithm] = model, path
    return made


@pytest.fixture(scope="module")
def policies(tmp_path_factory):
    """By role the path of a saved policy."""
    folder = tmp_path_factory.mktemp("roles")
    for role in ROLES:
        make_model(MaskablePPO, role).save(folder / f"{role}.zip")
    return {role: f"sb3:{folder / role}.zip" for role in ROLES}


def predict(model, observation, mask):
    masks = {"action_masks": mask} if isinstance(model, MaskablePPO) else {}
    return model.predict(observation, deterministic=True, **masks)[0]


@ALGORITHMS
def test_a_saved_grounder_decides_as_predict_does(algorithm, trained):
    model, path = trained[algorithm]
    learned = image_edit_v0.as_gymnasium("grounder", DIRECT)
    members = {"grounder_0": f"sb3:{path}"}
    frozen = image_edit_v0.as_gymnasium("critic", DIRECT, agents=members)
    for seed in range(8):
        observation, info = learned.reset(seed=seed)
        regions, over = [], False
        while not over:
            action = predict(model, observation, info["action_mask"])
            regions.append(int(action))
            observation, _, terminated, truncated, info = learned.step(action)
            over = terminated or truncated
        observation, _ = frozen.reset(seed=seed)
        judge, taken, over = scripted_team().critic.judge, [], False
        while not over:
            taken.append(int(observation["round"][3]))
            verdict = VERDICTS.index(judge(frozen.rounds.view))
            observation, _, terminated, truncated, _ = frozen.step(np.int64(verdict))
            over = terminated or truncated
        assert taken == regions
        workspaces = [env.rounds.base.workspace for env in (learned, frozen)]
        assert workspaces[0].history == workspaces[1].history
        np.testing.assert_array_equal(workspaces[0].canvas, workspaces[1].canvas)


@ALGORITHMS
def test_a_saved_member_sees_what_its_environment_shows(algorithm, trained, monkeypatch):
    model, path = trained[algorithm]
    env = image_edit_v0.raw_env(
        DIRECT, learned=("critic",), agents={"grounder": f"sb3:{path}"}, max_cycles=2
    )
    alone, asked = image_edit_v0.as_gymnasium("grounder", DIRECT, max_cycles=2), []
    member = env.rounds.members["grounder_0"]._agent._model
    monkeypatch.setattr(
        member,
        "predict",
        lambda observation, **how: asked.append((observation, how)) or model.predict(observation),
    )
    env.reset(seed=5)
    observation, info = alone.reset(seed=5)
    ((seen, how),) = asked
    assert set(seen) == set(observation)
    for name, value in observation.items():
        np.testing.assert_array_equal(seen[name], value)
    assert how.pop("deterministic") is True
    if algorithm is MaskablePPO:
        np.testing.assert_array_equal(how.pop("action_masks"), info["action_mask"])
    assert how == {}


def test_a_masked_member_keeps_to_its_mask(policies):
    members = {role: policies[role] for role in ("grounder", "selector", "editor")}
    env = image_edit_v0.raw_env(learned=("critic",), agents=members, env_id=DIRECT)
    tools = set()
    for seed in range(12):
        env.reset(seed=seed)
        while not env.rounds.over:
            assert env.last()[4]["invalid"] == ""
            tools.add(env.rounds.view.tool)
            env.step(np.int64(0))
    assert tools - {None}


class TestBadFiles:
    def raises(self, path):
        with pytest.raises(ValueError, match=path.name) as caught:
            image_edit_v0.raw_env(learned=("critic",), agents={"grounder_0": f"sb3:{path}"})
        assert "Stable-Baselines3" in str(caught.value)

    def test_missing(self, tmp_path):
        self.raises(tmp_path / "nowhere.zip")

    def test_a_folder(self, tmp_path):
        (tmp_path / "folder.zip").mkdir()
        self.raises(tmp_path / "folder.zip")

    def test_text(self, tmp_path):
        (tmp_path / "text.zip").write_text("a grounder")
        self.raises(tmp_path / "text.zip")

    def test_an_archive_of_something_else(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
            archive.writestr("picture.png", b"")
        self.raises(tmp_path / "other.zip")

    def test_an_archive_whose_data_is_no_json(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "bytes.zip", "w") as archive:
            archive.writestr("data", b"\x80\x04")
        self.raises(tmp_path / "bytes.zip")

    def test_a_cut_off_model(self, tmp_path, trained):
        _, path = trained[PPO]
        (tmp_path / "half.zip").write_bytes(path.read_bytes()[:2000])
        self.raises(tmp_path / "half.zip")

    def test_an_archive_whose_data_is_something_else(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "json.zip", "w") as archive:
            archive.writestr("data", json.dumps({"grounder": 1}))
        self.raises(tmp_path / "json.zip")


def play(env, seed, decide):
    """Play to the end; return the calls and the final picture."""
    observation, info = env.reset(seed=seed)
    over = False
    while not over:
        assert env.observation_space.contains(observation)
        assert info["illegal"] == 0
        observation, _, terminated, truncated, info = env.step(decide(info["action_mask"]))
        over = terminated or truncated
    workspace = env.rounds.base.workspace
    return workspace.history, workspace.canvas


def first_legal(env, rng):
    if env.role == "interpreter":
        return lambda mask: rng.integers(env.action_space.nvec)
    return lambda mask: np.int64(rng.choice(np.flatnonzero(mask)))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("members", ["random", "sb3", "both"])
def test_one_role_among_them_plays_whole_episodes(role, members, policies):
    others = [other for other in ROLES if other != role]
    agents = {
        "random": "random",
        "sb3": {other: policies[other] for other in others},
        "both": {**dict.fromkeys(others, "random"), others[0]: policies[others[0]]},
    }[members]
    env = image_edit_v0.as_gymnasium(role, DIRECT, agents=agents)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        history, _ = play(env, seed, first_legal(env, rng))
        rng = np.random.default_rng(seed)
        again, _ = play(env, seed, first_legal(env, rng))
        assert history == again


def test_random_members_follow_the_seed():
    def runs(seeds):
        env = image_edit_v0.as_gymnasium("critic", agents="random", max_calls=6)
        return [play(env, seed, lambda mask: np.int64(0))[0] for seed in seeds]

    first, second = runs(range(6)), runs(range(6))
    assert first == second
    assert len(set(first)) == 6


@pytest.mark.parametrize("env_id", [DIRECT, "ImageEdit-Complex-v0"])
def test_random_members_do_only_what_is_valid(env_id):
    arguments = {"learned": ("interpreter",), "agents": "random", **shared(env_id)}
    env = image_edit_v0.raw_env(env_id, **arguments)
    tools = set()
    for seed in range(10):
        env.reset(seed=seed)
        while not env.rounds.over:
            env.step(np.zeros(3, np.int64))
            assert env.last()[4]["invalid"] == ""
        tools |= {call.tool for call in env.rounds.base.workspace.history}
    assert len(tools) > 6 and {"undo", "submit"} <= tools


def test_a_random_agent_draws_everything_that_is_allowed_and_nothing_else():
    env = image_edit_v0.raw_env(DIRECT)
    rng = np.random.default_rng(0)
    mask = np.array([0, 1, 0, 1, 1, 0, 0, 0], np.int8)
    turn = Turn({}, env.action_space("grounder_0"), mask, rng)
    assert {int(RandomAgent().act(turn)) for _ in range(100)} == {1, 3, 4}
    turn = Turn({}, env.action_space("interpreter_0"), None, rng)
    said = [RandomAgent().act(turn) for _ in range(200)]
    assert all(turn.action_space.contains(numbers) for numbers in said)
    assert {int(numbers[0]) for numbers in said} == set(
        range(env.action_space("interpreter_0").nvec[0])
    )


def test_an_own_numeric_agent_may_play_a_role():
    class Last:
        def act(self, turn):
            return np.int64(np.flatnonzero(turn.action_mask)[-1])

    env = image_edit_v0.raw_env(DIRECT, learned=("selector",), agents={"grounder": Last()})
    for seed in range(5):
        env.reset(seed=seed)
        present = [i for i, region in enumerate(env.rounds.view.regions) if region is not None]
        assert env.rounds.view.region == present[-1]


def test_an_object_plays_everyone_who_is_left():
    env = image_edit_v0.raw_env(learned=("critic",), agents=RandomAgent())
    env.reset(seed=0)
    assert {type(member).__name__ for member in env.rounds.members.values()} == {"NumericMember"}


def test_an_agents_own_entry_stands_above_its_roles():
    agents = {"critic_1": "random", "critic": "oracle"}
    for order in (agents, dict(reversed(agents.items()))):
        env = image_edit_v0.raw_env(learned=("editor",), team={"critic": 2}, agents=order)
        found = [type(env.rounds.members[name]).__name__ for name in ("critic_0", "critic_1")]
        assert found == ["OracleCritic", "NumericMember"]


@pytest.mark.parametrize("member", [None, 5, object()], ids=["none", "number", "object"])
def test_what_cannot_play_is_named(member):
    with pytest.raises(ValueError, match=r"agents\['critic'\]="):
        image_edit_v0.raw_env(learned=("editor",), agents={"critic": member})
