"""Probes are what their names say, and absent where they could not be told apart."""

import gymnasium
import numpy as np
import pytest

from editenv import CONFIGURATIONS
from editenv.models.audit.plan import played
from editenv.models.audit.probes import NAMES, call_probes, picture_probes
from editenv.success import checklist_of
from editenv.workspace import UNDO

SEEDS = range(4)


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def started(request):
    """By id: workspaces with their probes by calls and by pictures."""
    # The regions of an audit are exact, as those of ``editenv.models.audit.samples.Stage`` are.
    exact = {"split": "test", "grounder": "scene"}
    env = gymnasium.make(request.param, disable_env_checker=True, **exact)
    rows = []
    for seed in SEEDS:
        env.reset(seed=seed)
        work = env.unwrapped.workspace
        probes = [make(work, np.random.default_rng(seed)) for make in (call_probes, picture_probes)]
        rows.append((work, *probes))
    env.close()
    return rows


def test_every_task_has_the_probes_that_need_no_room(started):
    for _, called, pictured in started:
        assert {"perfect", "detour", "no_op"} <= set(called) <= set(NAMES) - {"noise"}
        assert {"perfect", "no_op", "noise"} <= set(pictured) <= set(NAMES) - {"detour"}


def test_calls_lead_to_the_picture(started):
    for work, called, _ in started:
        for probe in called.values():
            after = played(work, probe.calls)
            assert after is not None
            assert np.array_equal(after.canvas, probe.picture)
        assert work.history == (), "the workspace itself is not touched"


def test_perfect_is_solved_and_nothing_else_is_the_target(started):
    for work, called, pictured in started:
        verdict = checklist_of(work.task).verdict
        assert verdict(called["perfect"].picture).success
        assert np.array_equal(pictured["perfect"].picture, work.task.target)
        assert np.array_equal(called["detour"].picture, called["perfect"].picture)
        assert UNDO in [call.tool for call in called["detour"].calls]
        assert np.array_equal(pictured["no_op"].picture, work.task.source)
        for name in set(pictured) - {"perfect"}:
            assert not np.array_equal(pictured[name].picture, work.task.target)


def test_half_is_half(started):
    for work, called, pictured in started:
        count = len(work.task.sub_edits)
        if "half" in called:
            assert len(called["half"].calls) == count // 2
            assert called["half"].calls == called["perfect"].calls[: count // 2]
        if count == 1:
            assert "half" not in pictured


def test_wrong_goal_and_wrong_object_differ_from_the_plan_in_just_that(started):
    for work, called, _ in started:
        plan = called["perfect"].calls
        if "wrong_goal" in called:
            pairs = list(zip(called["wrong_goal"].calls, plan, strict=True))
            assert all((a.tool, a.region) == (b.tool, b.region) for a, b in pairs)
            assert any(a.option != b.option for a, b in pairs)
        if "wrong_object" in called:
            right = {call.region for call in plan}
            assert not right & {call.region for call in called["wrong_object"].calls}
            done = checklist_of(work.task).verdict(called["wrong_object"].picture).done
            assert not any(done)


def test_damage_is_outside_the_masks(started):
    from editenv.judges.reference import edited_pixels

    for work, _, pictured in started:
        if "collateral" in pictured:
            touched = (pictured["collateral"].picture != work.task.target).any(2)
            assert 0.03 < touched.mean() < 0.15
            inside = edited_pixels(work.task) > 0
            assert inside.all() or not touched[inside].any()


def test_the_same_generator_gives_the_same_probes(started):
    work, called, pictured = started[0]
    again = picture_probes(work, np.random.default_rng(SEEDS[0]))
    assert all(np.array_equal(again[n].picture, pictured[n].picture) for n in pictured)
    assert {n: p.calls for n, p in call_probes(work, np.random.default_rng(0)).items()} == {
        n: p.calls for n, p in called.items()
    }
