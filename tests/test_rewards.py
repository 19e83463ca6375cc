"""Reward terms: they add up, cannot be farmed, and bad weights are refused."""

from dataclasses import replace
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

import editenv  # noqa: F401  registers the ids
from editenv.agents import oracle_team
from editenv.judges import Score
from editenv.rewards import PRESETS, TERMS, Reward, make_reward
from editenv.success import COLLATERAL_LIMIT
from editenv.tools import Edited, make_tools
from editenv.types import EditTask, Region, SubEdit, ToolCall
from editenv.workspace import CONTROLS, SUBMIT, UNDO, Workspace


def play(env_id, seed, calls, **kwargs):
    env = gymnasium.make(env_id, disable_env_checker=True, **kwargs)
    env.reset(seed=seed)
    results = [env.step(env.unwrapped.encode(call)) for call in calls]
    env.close()
    return results


def test_terms_add_up_to_the_reward():
    calls = [ToolCall("blur", 0, 0), ToolCall("undo"), ToolCall("undo"), ToolCall("submit")]
    for _, reward, _, _, info in play("ImageEdit-v0", 0, calls):
        assert set(info["reward_terms"]) == set(PRESETS["shaped"])
        assert reward == pytest.approx(sum(info["reward_terms"].values()))


def test_going_forth_and_back_earns_nothing_but_the_step_cost():
    (_, first, *_), (_, second, *_), (_, third, *_), (_, fourth, *_) = play(
        "ImageEdit-v0",
        1,
        [ToolCall("blur", 0, 1), ToolCall("undo"), ToolCall("blur", 0, 1), ToolCall("undo")],
        reward={"distance": 1.0, "sub_edits": 1.0, "collateral": 1.0},
    )
    assert first + second == pytest.approx(0.0)
    assert third + fourth == pytest.approx(0.0)
    assert first < 0, "blurring everything is damage"


DIFFERENCES = ("distance", "sub_edits", "collateral")
"""Terms that depend on the pictures before and after, not on the way between them."""


def wander(seed):
    """Transitions of the oracle's calls, with others by chance and undo among them."""
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=seed)
    rng, space = np.random.default_rng(seed), env.unwrapped.workspace.copy()
    team, other = oracle_team(), space.copy()
    team.reset(other)
    plan, made = team.play_round(other, 0)[:1], []
    calls = [call for call in env.unwrapped.calls if call.tool not in CONTROLS]
    for _ in range(3):
        valid = [call for call in calls if space.why_invalid(call) is None]
        made.append(space.apply(valid[rng.integers(len(valid))]))
        made += [space.apply(ToolCall(UNDO)), *(space.apply(step.call) for step in plan)]
    return made


@pytest.mark.parametrize("name", DIFFERENCES)
def test_undiscounted_the_way_does_not_matter(name):
    sums, parts = [], []
    for seed in range(3):
        made = wander(seed)
        at_once = replace(made[-1], before=made[0].before)
        parts += [TERMS[name](transition) for transition in made]
        sums.append(sum(TERMS[name](transition) for transition in made))
        assert sums[-1] == pytest.approx(TERMS[name](at_once), abs=1e-9)
    # Nothing at the end makes up for it, as a potential of 0 there would.
    assert max(map(abs, sums)) > 1e-3 and sum(map(abs, parts)) > 2 * abs(sum(sums))


def test_discounted_a_loop_is_worth_a_share_of_what_it_gains():
    """What is not claimed: the terms have no discount of their own."""
    damage, undone = (
        step[1]
        for step in play(
            "ImageEdit-v0", 1, [ToolCall("blur", 0, 1), ToolCall("undo")], reward={"distance": 1.0}
        )
    )
    discount = 0.9
    assert damage + discount * undone == pytest.approx((1 - discount) * damage)
    assert abs(damage) > 1e-3


def test_sparse_pays_only_for_submitting():
    results = play(
        "ImageEdit-Direct-v0", 2, [ToolCall("blur", 0, 0), ToolCall("submit")], reward="sparse"
    )
    assert [r[1] for r in results] == [0.0, -0.1]


def test_a_weight_of_two_doubles_the_term():
    calls = [ToolCall("blur", 0, 0)]
    single = play("ImageEdit-v0", 3, calls, reward={"distance": 1.0})[0][1]
    double = play("ImageEdit-v0", 3, calls, reward={"distance": 2.0})[0][1]
    assert double == pytest.approx(2 * single)


@pytest.mark.parametrize(
    ("reward", "words"),
    [
        ("dense", "reward='dense'"),
        ({"beauty": 1.0}, "'beauty'"),
        ({"step": float("nan")}, "finite"),
        ({"step": "much"}, "must be a number"),
    ],
)
def test_bad_rewards_are_named(reward, words):
    with pytest.raises(ValueError, match=words):
        make_reward(reward)


def test_presets_use_known_terms():
    for weights in PRESETS.values():
        assert set(weights) <= set(TERMS)
        assert isinstance(make_reward(weights), Reward)
        assert np.isfinite(list(weights.values())).all()


BOX = np.zeros((64, 64), np.uint8)
BOX[8:28, 8:28] = 255


def grey_box_to_teal():
    """A task that recolours a box, and a workspace's regions for it."""
    source = np.random.default_rng(0).integers(90, 110, (64, 64, 3), np.uint8)
    target = source.copy()
    target[BOX > 0] = (0, 128, 128)
    edit = SubEdit("recolour", "box", "teal", BOX, BOX)
    task = EditTask(source, "Make the box teal.", (edit,), (target,))
    return task, (Region.whole(64, 64), Region.from_mask("box", BOX))


class Finish:
    """Paints what was asked for and, by its option, some pixels that nobody asked for."""

    name, action, target, options = "finish", "finish", "image", ("0", "3", "9")

    def __init__(self, wanted):
        self.wanted = wanted

    def apply(self, images, masks, options):
        made = [self.wanted.copy() for _ in images]
        for image, option in zip(made, options, strict=True):
            side = int(self.options[option])
            image[50 : 50 + side, 50 : 50 + side] = 255
        return [Edited(image, mask) for image, mask in zip(made, masks, strict=True)]

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


@pytest.mark.parametrize(("option", "paid"), [(0, 1.0), (1, 1.0), (2, -0.1)])
def test_submit_pays_nothing_where_too_much_else_has_changed(option, paid):
    task, regions = grey_box_to_teal()
    workspace = Workspace(task, [Finish(task.target)], regions)
    verdict = workspace.apply(ToolCall("finish", 0, option)).after.verdict
    assert verdict.done == (True,)
    assert (verdict.collateral > COLLATERAL_LIMIT) == (paid < 0)
    assert TERMS["submit"](workspace.apply(ToolCall(SUBMIT))) == paid


def test_plan_pays_for_a_new_best_and_takes_nothing_back():
    task, regions = grey_box_to_teal()
    tools = make_tools(["recolour", "blur"])
    workspace = Workspace(task, tools, regions)
    teal = tools[0].options.index("teal")
    calls = {
        ToolCall("recolour", 1, teal - 1): 2 / 3,
        ToolCall("blur", 0, 0): 0.0,
        ToolCall("recolour", 1, teal): 1 / 3,
        ToolCall("blur", 1, 1): 0.0,
    }
    for call, gain in calls.items():
        assert TERMS["plan"](workspace.apply(call)) == pytest.approx(gain), call


def one_call(tool="blur", *, before=(0.2, ()), after=(0.2, ()), **more):
    """A transition by hand; a state is its distance and which sub-edits are done."""

    def state(distance, done, known=True, success=False):
        verdict = SimpleNamespace(distance=distance, done=done, known=known, success=success)
        return SimpleNamespace(verdict=verdict)

    usual = {"invalid": None, "submitted": tool == SUBMIT, "score": None}
    return SimpleNamespace(
        call=ToolCall(tool),
        start=state(0.2, ()),
        before=state(*before),
        after=state(*after),
        **usual | more,
    )


@pytest.mark.parametrize(
    ("term", "transition", "worth"),
    [
        ("step", one_call(), -1.0),
        ("invalid", one_call(), 0.0),
        ("invalid", one_call(invalid="no such region"), -1.0),
        ("sub_edits", one_call(), 0.0),
        ("sub_edits", one_call(before=(0.2, (False, False)), after=(0.1, (True, False))), 0.5),
        ("distance", one_call(after=(0.05, ())), 0.75),
        # Four times the source's distance, of which the tail is 2 % at most: 0.02 * (1 - 1/4).
        ("distance", one_call(after=(0.8, ())), -0.015),
        ("distance", one_call(before=(0.8, ()), after=(0.2, ())), 0.015),
        ("submit", one_call("blur"), 0.0),
        ("submit", one_call("blur", submitted=True, after=(0.0, (), True, True)), 0.0),
        ("submit", one_call("zoom", submitted=True, after=(0.0, (), True, True)), 0.0),
        ("submit", one_call("submit", after=(0.2, ())), -0.1),
        ("submit", one_call("submit", after=(0.0, (), True, True)), 1.0),
        ("submit", one_call("submit", after=(0.2, (), False)), 0.0),
        ("judge", one_call(), 0.0),
        ("judge", one_call("submit", score=Score(7.5)), 0.75),
    ],
)
def test_terms_by_hand(term, transition, worth):
    assert TERMS[term](transition) == pytest.approx(worth)


def test_presets_are_what_results_were_measured_with():
    assert PRESETS == {
        "shaped": {
            "distance": 0.25,
            "sub_edits": 1.0,
            "plan": 1.0,
            "collateral": 0.1,
            "step": 0.01,
            "invalid": 0.1,
            "submit": 1.0,
        },
        "sparse": {"submit": 1.0},
        "judged": {"judge": 1.0, "step": 0.01, "invalid": 0.1},
    }
