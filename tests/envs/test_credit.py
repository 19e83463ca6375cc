"""Who is paid for what: errors by hand, counterfactual rewards by brute force."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from shared_tasks import shared

from editenv import image_edit_v0
from editenv.agents import ROLES, Intent
from editenv.agents.oracle import oracle_team
from editenv.agents.roles import VERDICTS
from editenv.agents.team import METHODS
from editenv.tools import make_tools

DIRECT, COMPLEX = "ImageEdit-Direct-v0", "ImageEdit-Complex-v0"
INDIRECT = "ImageEdit-Indirect-v0"
SUBSETS = [ROLES, ("critic",), ("interpreter", "editor"), ("grounder", "critic")]
TWO_OF_EACH = dict.fromkeys(ROLES, 2)
ALL_TOOLS = [tool.name for tool in make_tools("all")]
TWO_EDITORS = {"editor": [ALL_TOOLS[::2], ALL_TOOLS[1::2]]}
ACCEPT, UNDO, SUBMIT = range(3)
EXACT = {"sub_edits": 1.0, "plan": 1.0, "step": 0.01, "invalid": 0.1, "submit": 1.0}


def draw(env, agent, rng):
    """One action in ten is nonsense, the others may be masked."""
    if rng.random() < 0.1:
        return None
    space = env.action_space(agent)
    return rng.integers(space.nvec) if hasattr(space, "nvec") else rng.integers(space.n)


def draw_all(env, rng, rounds=12):
    return [{agent: draw(env, agent, rng) for agent in env.possible_agents} for _ in range(rounds)]


def default(env, agent):
    role = env.role_of(agent)
    if role == "interpreter":
        return np.zeros(3, np.int64)
    return env.action_space(agent).n - 1 if role == "selector" else np.int64(0)


def make(kind, env_id="ImageEdit-v0", **kwargs):
    kinds = {"aec": image_edit_v0.raw_env, "parallel": image_edit_v0.parallel_env}
    return kinds[kind](env_id, **shared(env_id), **kwargs)


def play(env, seed, actions, watch=lambda earned: None):
    """Play on, round by round; return the calls' rewards by round, and who decided in which."""
    brought, turns, apply_call = Counter(), set(), env.rounds.base.apply_call

    def count(call):
        transition = apply_call(call)
        brought[env.rounds.cycles] += sum(env.rounds.base.reward_terms.values())
        return transition

    env.rounds.base.apply_call = count
    env.reset(seed=seed)
    if isinstance(env, image_edit_v0.parallel_env):
        while env.agents:
            cycle = env.rounds.cycles
            turns |= {(cycle, agent) for agent in env.agents}
            watch(env.step(actions[cycle])[1])
    else:
        watch(env.rewards)
        while not env.rounds.over:
            turns.add((env.rounds.cycles, env.agent_selection))
            env.step(actions[env.rounds.cycles][env.agent_selection])
            watch(env.rewards)
    return brought, turns


CASES = [
    (DIRECT, {"max_cycles": 3}),
    (COMPLEX, {"max_cycles": 2, "team": TWO_EDITORS}),
    (COMPLEX, {"max_cycles": 2, "team": TWO_OF_EACH}),
    (INDIRECT, {"learned": ("interpreter",)}),
    (COMPLEX, {"learned": ("interpreter", "grounder"), "agents": "oracle", "max_calls": 3}),
    ("ImageEdit-Retouch-v0", {"learned": ("selector",), "max_calls": 3}),
    ("ImageEdit-MultiStep-v0", {"learned": ("editor",), "agents": "oracle", "max_calls": 4}),
    ("ImageEdit-v0", {"learned": ("critic",), "agents": "oracle", "max_cycles": 4}),
    (DIRECT, {"learned": ("grounder", "critic"), "agents": "random", "max_cycles": 3}),
    (COMPLEX, {"learned": ("editor_1", "critic"), "team": TWO_EDITORS, "max_cycles": 3}),
]


def check_brute_force(kind, env_id, arguments, seeds):
    """Rerun the whole episode without one agent's decision, for every round and agent."""
    found = 0
    for seed in seeds:

        def new(reward):
            return make(kind, env_id, reward=reward, **arguments)

        env, rng = new("team"), np.random.default_rng(seed)
        agents, actions = env.possible_agents, draw_all(env, rng)
        brought, turns = play(env, seed, actions)
        rounds = 1 + max(cycle for cycle, _ in turns)
        wanted = np.zeros((rounds, len(agents)))
        for cycle, agent in sorted(turns):
            others = [dict(row) for row in actions]
            for other in agents:
                if other == agent or (cycle, other) not in turns:
                    others[cycle][other] = default(env, other)
            without, _ = play(new("team"), seed, others)
            wanted[cycle, agents.index(agent)] = brought[cycle] - without[cycle]
        env, earned = new("difference"), np.zeros(len(agents))

        def compare(rewards):
            nonlocal earned
            earned = earned + [rewards[agent] for agent in agents]  # noqa: B023
            played = rounds if env.rounds.over else env.rounds.cycles  # noqa: B023
            np.testing.assert_allclose(earned, wanted[:played].sum(0), atol=1e-9)  # noqa: B023

        play(env, seed, actions, compare)
        found += np.count_nonzero(abs(wanted) > 1e-6)
    assert found, "a test that only ever compares zeros"


@pytest.mark.parametrize("kind", ["aec", "parallel"])
@pytest.mark.parametrize(("env_id", "arguments"), CASES)
def test_difference_is_what_a_rerun_without_the_decision_says(kind, env_id, arguments):
    check_brute_force(kind, env_id, arguments, range(3))


def test_difference_asks_the_judge_about_what_would_have_been_handed_in():
    check_brute_force("aec", DIRECT, {"judge": "l1"}, range(8))


def test_difference_of_an_episode_that_the_limit_of_calls_cuts_off():
    check_brute_force("aec", DIRECT, {"max_calls": 2}, range(8))


def test_difference_with_random_members_behind_a_selector():
    arguments = {"learned": ("selector",), "agents": "random", "max_cycles": 3}
    check_brute_force("aec", DIRECT, arguments, range(6))


def test_difference_with_a_frozen_critic_that_the_limit_of_calls_cuts_off():
    arguments = {"learned": ("grounder",), "agents": {"critic": Hasty()}, "max_calls": 1}
    check_brute_force("aec", DIRECT, arguments, range(16))


def test_parallel_difference_of_an_episode_that_the_limit_of_calls_cuts_off():
    check_brute_force("parallel", DIRECT, {"max_calls": 1}, range(6))


class Hasty:
    def reset(self, workspace):
        pass

    def judge(self, view):
        return "submit"


@cache
def recolouring_task():
    """A task of one recolouring, not to the first colour."""
    env = image_edit_v0.raw_env(DIRECT, image_size=64)
    first = make_tools(["recolour"])[0].options[0]
    for seed in range(200):
        env.reset(seed=seed)
        (edit,) = env.rounds.base.task.sub_edits
        if edit.action == "recolour" and edit.goal != first:
            return env.rounds.base.task
    raise AssertionError("no such task")


def recolouring(reward, **arguments):
    """An environment with that task, its sub-edit, and the four actions of the right call.

    Regions are exact, so that whoever is right is wholly right.
    """
    arguments = {"region_labels": True, "image_size": 64, **arguments}
    env = image_edit_v0.raw_env(DIRECT, reward=reward, **arguments)
    env.reset(seed=0, options={"task": recolouring_task()})
    workspace = env.rounds.base.workspace
    (edit,) = workspace.task.sub_edits
    colours = workspace.tools["recolour"].options
    (slot,) = (i for i, r in enumerate(workspace.regions) if r and r.label == edit.subject)
    words = env.rounds.vocabulary
    intent = np.array(words.encode(Intent("recolour", edit.subject, edit.goal)))
    tool = list(workspace.tools).index("recolour")
    return env, edit, [intent, np.int64(slot), np.int64(tool), colours.index(edit.goal)]


def differences(verdict):
    env, _, right = recolouring("difference", terms=EXACT)
    for action in [*right, verdict]:
        env.step(np.asarray(action))
    return dict(zip(ROLES, env.rewards.values(), strict=True))


def test_differences_of_a_right_call_by_hand():
    # plan 1 + sub-edits 1 - step 0.01 = 1.99, and the team has nothing else.
    earned = differences(ACCEPT)
    assert earned["selector"] == pytest.approx(1.99)  # without it: no call
    assert earned["grounder"] == pytest.approx(1.99 + 0.11)  # slot 0: step and invalid
    # Option 0 is another colour: two thirds of the plan, no sub-edit, a step.
    assert earned["editor"] == pytest.approx(1.99 - (2 / 3 - 0.01))
    assert earned["interpreter"] == earned["critic"] == 0.0


def test_differences_of_a_critic_that_hands_in_solved_work_by_hand():
    # The call as above, and submit 1 - step 0.01: 2.98.
    earned = differences(SUBMIT)
    assert earned["critic"] == pytest.approx(1.0 - 0.01)
    assert earned["selector"] == pytest.approx(2.98 + 0.11)  # hands in nothing: -0.1, a step
    assert earned["grounder"] == pytest.approx(2.98 + 0.22)  # the invalid call, and the same
    assert earned["editor"] == pytest.approx(2.98 - (2 / 3 - 0.01 - 0.11))
    assert earned["interpreter"] == 0.0


def test_differences_of_a_critic_that_takes_back_the_right_call_by_hand():
    # The call 1.99, undo -1 - 0.01: what the plan brought is not taken back.
    earned = differences(UNDO)
    assert earned["critic"] == pytest.approx(-1.01)
    assert earned["selector"] == pytest.approx(0.98 + 0.11)  # nothing to undo: invalid, a step
    assert earned["grounder"] == pytest.approx(0.98 + 0.22)
    assert earned["editor"] == pytest.approx(0.98 - (2 / 3 - 0.01 - 0.01))


@pytest.mark.parametrize("env_id", [DIRECT, COMPLEX])
def test_the_interpreter_of_a_learned_team_changes_nothing(env_id):
    rng = np.random.default_rng(0)
    for seed in range(5):
        env = make("aec", env_id, reward="difference")

        def nothing(rewards):
            assert rewards["interpreter_0"] == 0.0

        brought, _ = play(env, seed, draw_all(env, rng, rounds=20), nothing)
        assert any(brought.values())


@pytest.mark.parametrize("reward", ["role", "difference"])
@pytest.mark.parametrize("agents", ["scripted", "random"])
@pytest.mark.parametrize("learned", SUBSETS, ids="+".join)
@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_terms_add_up_to_the_reward(kind, learned, agents, reward):
    env = make(kind, learned=learned, agents=agents, reward=reward)
    rng, paid = np.random.default_rng(0), 0
    for seed in range(3):
        if kind == "aec":
            env.reset(seed=seed)
            for agent in env.agent_iter():
                _, gain, terminated, truncated, info = env.last()
                assert sum(info["reward_terms"].values()) == pytest.approx(gain)
                paid += gain != 0.0
                env.step(None if terminated or truncated else draw(env, agent, rng))
            continue
        env.reset(seed=seed)
        while env.agents:
            *_, rewards, _, _, infos = env.step({a: draw(env, a, rng) for a in env.agents})
            for agent, gain in rewards.items():
                assert sum(infos[agent]["reward_terms"].values()) == pytest.approx(gain)
                paid += gain != 0.0
    assert paid


@pytest.mark.parametrize("learned", SUBSETS, ids="+".join)
@pytest.mark.parametrize("reward", ["role", "difference"])
@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_rewards_leave_the_engine_alone(kind, reward, learned):
    arguments = {"learned": learned, "agents": "random", "max_cycles": 3}
    plain = make(kind, COMPLEX, reward="team", **arguments)
    other = make(kind, COMPLEX, reward=reward, **arguments)
    rng = np.random.default_rng(0)
    for seed in range(3):
        returns = Counter(), Counter()
        seen = [env.reset(seed=seed) for env in (plain, other)]
        actions = draw_all(plain, rng)
        while not plain.rounds.over:
            cycle = plain.rounds.cycles
            for i, env in enumerate((plain, other)):
                if kind == "parallel":
                    seen[i], _, *_, infos = env.step(actions[cycle])
                    for agent, info in infos.items():
                        returns[i][agent] += team_reward(info["reward_terms"])
                else:
                    agent = env.agent_selection
                    returns[i][agent] += team_reward(env.infos[agent]["reward_terms"])
                    env.step(actions[cycle][agent])
                    seen[i] = env.observe(env.agent_selection)
            workspaces = [env.rounds.base.workspace for env in (plain, other)]
            np.testing.assert_array_equal(workspaces[0].canvas, workspaces[1].canvas)
            assert workspaces[0].history == workspaces[1].history
            assert workspaces[0].can_undo == workspaces[1].can_undo
            assert data_equivalence(seen[0], seen[1])
            states = [env.rounds.base.np_random.bit_generator.state for env in (plain, other)]
            assert states[0] == states[1]
            ends = [(env.rounds.terminated, env.rounds.truncated) for env in (plain, other)]
            assert ends[0] == ends[1]
        if kind == "aec":
            for i, env in enumerate((plain, other)):
                for agent in env.agents:
                    returns[i][agent] += team_reward(env.infos[agent]["reward_terms"])
        assert returns[0] == pytest.approx(returns[1])


def team_reward(terms):
    """What the calls brought, whichever way it is shared."""
    own = {"role", "default"}
    return sum(value for name, value in terms.items() if name not in own)


@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_role_takes_the_error_of_those_who_decided_off_the_team_s_reward(kind):
    plain, other = (make(kind, reward=r, team=TWO_OF_EACH) for r in ("team", "role"))
    rng, errors = np.random.default_rng(0), []
    for seed in range(5):
        plain.reset(seed=seed)
        other.reset(seed=seed)
        actions = draw_all(plain, rng)
        while not plain.rounds.over:
            cycle = plain.rounds.cycles
            deciding = {f"{role}_{cycle % 2}" for role in ROLES}
            if kind == "aec":
                deciding = {plain.agent_selection}
                action = actions[cycle][plain.agent_selection]
                plain.step(action)
                other.step(action)
                gains = plain.rewards, other.rewards
            else:
                gains = plain.step(actions[cycle])[1], other.step(actions[cycle])[1]
            for agent in other.possible_agents:
                error = gains[0][agent] - gains[1][agent]
                assert -1e-9 <= error <= (1.0 + 1e-9 if agent in deciding else 1e-9)
                errors.append(error)
    assert max(errors) == pytest.approx(1.0)


def as_action(env, role, decision):
    if role == "interpreter":
        return np.array(env.rounds.vocabulary.encode(decision))
    if role == "selector":
        return np.int64([*env.rounds.base.workspace.tools, None].index(decision))
    return np.int64(VERDICTS.index(decision) if role == "critic" else decision)


@pytest.mark.parametrize("name", ["Direct", "MultiStep", "Indirect", "Retouch"])
def test_who_is_right_pays_nothing(name, seeds=8):
    env_id = f"ImageEdit-{name}-v0"
    env = image_edit_v0.raw_env(
        env_id, reward="role", region_labels=True, **shared(env_id, side=128)
    )
    for seed in range(seeds):
        env.reset(seed=seed)
        team = oracle_team()
        team.reset(env.rounds.base.workspace)
        for agent in env.agent_iter():
            *_, terminated, truncated, info = env.last()
            paid = -info["reward_terms"].get("role", 0.0)
            # Regions follow the edits by what the tools say, which is right to a pixel of the rim.
            followed = agent == "grounder_0" and env.rounds.cycles > 0
            assert 0.0 <= paid <= (0.02 if followed else 0.0)
            if terminated or truncated:
                env.step(None)
                continue
            role = env.role_of(agent)
            decision = getattr(getattr(team, role), METHODS[role])(env.rounds.view)
            if role == "critic":  # the oracle waits one round longer than it must
                solved = env.rounds.base.workspace.state.verdict.success
                decision = "submit" if solved else "accept"
            env.step(as_action(env, role, decision))
        assert info["is_success"]


def error_of(role, number, *, before=()):
    """What a decision costs, with the right ones before it where nothing else is said."""
    env, _, right = recolouring("role", terms={})
    decisions = [*right, ACCEPT]
    for index, changed in before:
        decisions[index] = changed
    index = ROLES.index(role)
    for action in decisions[:index]:
        env.step(np.asarray(action))
    env.step(np.asarray(number))
    return -env.rewards[f"{role}_0"]


def test_an_interpreter_pays_for_each_wrong_third():
    env, _, (intent, *_) = recolouring("role")
    action, subject, goal = intent
    sizes = env.rounds.vocabulary.nvec
    other = [(n + 1) % size or 1 for n, size in zip(intent, sizes, strict=True)]
    costs = [
        ((action, subject, goal), 0),
        ((action, subject, other[2]), 1 / 3),
        ((other[0], subject, goal), 1 / 3),
        ((action, other[1], other[2]), 2 / 3),
        ((other[0], other[1], other[2]), 1),
        ((0, 0, 0), 1),
    ]
    for numbers, cost in costs:
        assert error_of("interpreter", numbers) == pytest.approx(cost), numbers


def test_a_grounder_pays_for_what_does_not_overlap():
    env, edit, (_, slot, *_) = recolouring("role")
    regions = env.rounds.base.workspace.regions
    subject = edit.subject_mask > 127
    assert error_of("grounder", slot) == 0.0
    assert error_of("grounder", regions.index(None)) == 1.0
    assert error_of("grounder", 0) == pytest.approx(1.0 - subject.mean())
    for other, region in enumerate(regions[1:], 1):
        if region is not None and other != slot:
            inside = region.mask > 127
            cost = 1.0 - (inside & subject).sum() / (inside | subject).sum()
            assert error_of("grounder", other) == pytest.approx(cost)
            assert cost > 0.9


def test_a_selector_pays_for_every_tool_of_another_action():
    env, _, (_, _, right, _) = recolouring("role")
    for number in range(env.action_space("selector_0").n):
        assert error_of("selector", number) == float(number != right)


def test_an_editor_pays_for_every_other_option():
    env, _, (*_, right) = recolouring("role")
    for number in range(env.action_space("editor_0").n):
        assert error_of("editor", number) == float(number != right)
    nothing = (2, env.action_space("selector_0").n - 1)
    assert error_of("editor", right, before=[nothing]) == 0.0


def test_a_critic_pays_for_every_wrong_verdict():
    env, _, (*_, right) = recolouring("role")
    none = (2, env.action_space("selector_0").n - 1)
    other = (3, (right + 6) % 12)
    cases = [([], SUBMIT), ([none], ACCEPT), ([other], farther(right, other[1]))]
    for before, wanted in cases:
        for verdict in (ACCEPT, UNDO, SUBMIT):
            assert error_of("critic", verdict, before=before) == float(verdict != wanted)


def farther(right, other):
    """Undo is right for a colour that is farther from the wanted one than the first was."""
    env, _, decisions = recolouring("team")
    assert decisions[3] == right
    target, source = env.rounds.base.task.target, env.rounds.base.task.source
    for action in [*decisions[:3], other]:
        env.step(np.asarray(action))
    canvas = env.rounds.base.workspace.canvas

    def distance(picture):
        return np.abs(picture.astype(int) - target.astype(int)).mean()

    return UNDO if distance(canvas) > distance(source) else ACCEPT


@pytest.mark.parametrize("reward", ["role", "difference"])
@pytest.mark.parametrize("role", ROLES)
def test_one_role_as_gymnasium_is_paid_as_in_the_team(role, reward):
    arguments = {"env_id": INDIRECT, "reward": reward, **shared(INDIRECT)}
    single = image_edit_v0.as_gymnasium(role, **arguments)
    team = image_edit_v0.raw_env(learned=(role,), **arguments)
    rng = np.random.default_rng(0)
    for seed in range(4):
        single.reset(seed=seed)
        team.reset(seed=seed)
        over = False
        while not over:
            action = None
            while action is None:
                action = draw(team, f"{role}_0", rng)
            _, gain, terminated, truncated, info = single.step(action)
            team.step(action)
            assert gain == pytest.approx(team.last()[1])
            assert sum(info["reward_terms"].values()) == pytest.approx(gain)
            over = terminated or truncated
        assert team.rounds.over
