"""Search over branches: it finds what a policy would have to learn, and leaves the state alone."""

import gymnasium
import numpy as np
import pytest
from editenv_policies.evaluation import evaluate
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.vec_env import make_sb3_vec_env
from editenv_policies.search import (
    CriticScorer,
    ModelProposer,
    Plan,
    RandomProposer,
    RewardScorer,
    SearchActor,
    beam_search,
    best_of_n,
)

from editenv.types import ToolCall

DIRECT = "ImageEdit-Direct-v0"
QUICK = {"image_size": 64, "disable_env_checker": True}


class EveryCall:
    """Proposes all calls, so that the search is exhaustive."""

    def propose(self, envs, count):
        calls = [envs.setup.codec.encode(call) for call in envs.setup.codec.calls][:count]
        return np.repeat(np.array(calls)[None], envs.num_envs, axis=0)


@pytest.fixture(scope="module")
def env():
    return gymnasium.make(DIRECT, split="test", **QUICK)


def test_an_exhaustive_beam_with_the_rewards_solves_every_task(env):
    breadth = len(env.unwrapped.calls)

    def search(base):
        return beam_search(base, EveryCall(), RewardScorer(), width=2, breadth=breadth)

    score = evaluate(SearchActor(search), env, 4)
    assert score.successes == 4
    assert score.mean_length == 2.0


def test_more_tries_find_more(env):
    def search(n):
        return lambda base: best_of_n(base, RandomProposer(1), RewardScorer(), n)

    few = evaluate(SearchActor(search(1)), env, 8)
    many = evaluate(SearchActor(search(24)), env, 8)
    assert many.mean_return > few.mean_return + 0.3


def test_the_search_leaves_the_episode_alone_and_its_plan_repeats_its_score(env):
    env.reset(seed=3)
    before, random = env.unwrapped.observe(), env.unwrapped.np_random.bit_generator.state
    plan = beam_search(env.unwrapped, RandomProposer(), RewardScorer(), width=3, breadth=8)
    after = env.unwrapped.observe()
    for key in before:
        np.testing.assert_array_equal(before[key], after[key])
    assert env.unwrapped.np_random.bit_generator.state == random
    total = sum(env.step(env.unwrapped.encode(call))[1] for call in plan.calls)
    assert total == pytest.approx(plan.score)
    assert 1 <= len(plan.calls) <= env.spec.max_episode_steps


@pytest.mark.parametrize("limit", [2, 20])
def test_the_limit_of_the_environment_holds(limit):
    env = gymnasium.make("ImageEdit-v0", max_episode_steps=limit, **QUICK)

    def search(wrapped):
        return best_of_n(wrapped, RandomProposer(1), RewardScorer(), 2)

    assert 1 <= evaluate(SearchActor(search), env, 6).mean_length <= limit
    env.reset(seed=0)
    assert len(search(env).calls) <= limit


def test_a_plan_that_ends_before_the_episode_is_handed_in():
    env = gymnasium.make(DIRECT, max_episode_steps=-1, **QUICK)
    brighter = ToolCall("brightness", 0, 0)
    actor = SearchActor(lambda wrapped: Plan((brighter,), 0.0, 1))
    assert evaluate(actor, env, 2).mean_length == 2.0


def test_after_the_end_there_is_nothing_to_search():
    env = gymnasium.make(DIRECT, **QUICK)
    env.reset(seed=0)
    env.step(np.array([len(env.unwrapped.call_names) - 1, 0, 0]))
    plan = best_of_n(env, RandomProposer(), RewardScorer(), 2)
    assert plan.calls == () and plan.steps == 0


def test_wrong_arguments_are_named(env):
    env.reset(seed=0)
    with pytest.raises(ValueError, match="n=0"):
        best_of_n(env, RandomProposer(), RewardScorer(), 0)
    for wrong in ({"width": 0, "breadth": 3}, {"width": 2, "breadth": 0}):
        name = next(key for key, value in wrong.items() if value == 0)
        with pytest.raises(ValueError, match=f"{name}=0"):
            beam_search(env, RandomProposer(), RewardScorer(), **wrong)


def test_the_model_proposes_and_judges(env):
    model = make_model("ppo", make_sb3_vec_env(DIRECT, 2, seed=0, image_size=64), seed=0)
    env.reset(seed=1)
    proposer, branches = ModelProposer(model), env.unwrapped.branch(2)
    actions = proposer.propose(branches, 5)
    assert actions.shape == (2, 5, 3)
    best, _ = model.predict(branches.observe(), deterministic=True)
    np.testing.assert_array_equal(actions[:, 0], best)
    plan = beam_search(env.unwrapped, proposer, CriticScorer(model), width=2, breadth=4)
    assert plan.steps >= 4 and np.isfinite(plan.score)
