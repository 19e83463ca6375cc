"""Teams: who sees what, and what the scripted and the oracle members do."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from editenv_policies.baselines import PipelineActor, TeamActor
from editenv_policies.evaluation import play

import editenv
from editenv.agents import ROLES, Intent, oracle_team, scripted_team
from editenv.agents.team import call_of, look
from editenv.encoders import CropEncoder
from editenv.perception import Perception
from editenv.types import ToolCall
from editenv.workspace import Workspace

IDS = list(editenv.CONFIGURATIONS)


def workspace(env_id="ImageEdit-v0", seed=0):
    env = gymnasium.make(env_id).unwrapped
    env.reset(seed=seed)
    return env.workspace


class Recorder:
    """Decides what it is told to, and keeps what it saw."""

    def __init__(self, decision):
        self.decision, self.sights = decision, []

    def reset(self, workspace):
        self.sights.clear()

    def decide(self, view):
        self.sights.append(view)
        return self.decision

    interpret = ground = select = edit = judge = decide


def recorded_team(verdict="accept"):
    decisions = (Intent("blur", "whole image", "soft"), 0, "blur", 1, verdict)
    return replace(scripted_team(), **dict(zip(ROLES, map(Recorder, decisions), strict=True)))


def test_everyone_sees_what_those_before_decided_and_no_more():
    team, space = recorded_team(), workspace()
    team.reset(space)
    source = space.canvas
    assert [t.call for t in team.play_round(space)] == [ToolCall("blur", 0, 1)]
    fields = ("intent", "region", "tool", "option")
    for number, role in enumerate(ROLES):
        (view,) = getattr(team, role).sights
        known = [getattr(view, field) is not None for field in fields]
        assert known == [True] * number + [False] * (4 - number)
        assert (view.canvas is source) == (role != "critic")
        assert view.before is source


def test_the_critic_takes_back_and_hands_in():
    space = workspace()
    team = recorded_team("undo")
    team.reset(space)
    source = space.canvas
    assert [t.call for t in team.play_round(space)] == [ToolCall("blur", 0, 1), ToolCall("undo")]
    assert space.canvas is source
    recorded_team("submit").play_round(space)
    assert space.submitted


@pytest.mark.parametrize("env_id", IDS)
def test_scripted_members_need_no_ground_truth(env_id):
    for seed in range(8):
        known = workspace(env_id, seed)
        task = replace(known.task, sub_edits=(), stages=(), metadata={}, regions=())
        assert not any(region.label for region in known.regions[1:] if region)
        seen = Perception(CropEncoder())
        blind = Workspace(task, list(known.tools.values()), known.regions, perception=seen)
        played = []
        for space in (known, blind):
            team, calls = scripted_team(), []
            team.reset(space)
            while not space.submitted:
                calls += [transition.call for transition in team.play_round(space)]
            played.append(calls)
        assert played[0] == played[1]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("env_id", IDS)
def test_one_oracle_among_scripted_members_ends_every_episode(env_id, role):
    member = {role: getattr(oracle_team(), role)}
    actor, env = TeamActor(replace(scripted_team(), **member)), gymnasium.make(env_id)
    for seed in range(3):
        _, _, length = play(actor, env, seed)
        assert 1 <= length <= env.spec.max_episode_steps


def test_an_oracle_interpreter_and_grounder_lift_the_pipeline_where_words_are_indirect():
    env = gymnasium.make("ImageEdit-Indirect-v0", split="test")
    oracles = oracle_team()
    lifted = replace(scripted_team(), interpreter=oracles.interpreter, grounder=oracles.grounder)
    scores = [
        np.mean([play(actor, env, seed)[0] for seed in range(40)])
        for actor in (PipelineActor(), TeamActor(lifted))
    ]
    assert scores[0] + 0.3 < scores[1]


def test_undecided_rounds_make_no_call():
    with pytest.raises(ValueError, match="option=None"):
        call_of(replace(look(workspace()), region=0, tool="blur"))


def test_an_idle_team_is_reported():
    env = gymnasium.make("ImageEdit-v0")
    env.reset(seed=0)
    idle = replace(recorded_team(), selector=Recorder(None))
    actor = TeamActor(idle)
    actor.reset(env)
    with pytest.raises(RuntimeError, match="no call in 100 rounds"):
        actor.act(None, env)


def test_an_oracle_without_an_episode_says_so():
    with pytest.raises(RuntimeError, match="reset"):
        oracle_team().interpreter.interpret(look(workspace()))
