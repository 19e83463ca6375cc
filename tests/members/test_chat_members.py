"""An interpreter and a critic that ask a chat model: what they ask, read, remember and raise."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from editenv_policies.small_vlm import SHORT_PROMPT, model_folder
from remote.calls import FAST
from remote.faults import Faults
from remote.handler import REFUSAL
from remote.server import Server

from editenv.agents import Intent, scripted_team
from editenv.agents.team import look, look_again
from editenv.answers import system_prompt
from editenv.envs.image_edit import ImageEditEnv
from editenv.failure import Failure, FailureError
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.chat.local import LocalChatModel
from editenv.models.members.asking import Unreadable
from editenv.models.members.critic import SYSTEM, ChatCritic, read_verdict
from editenv.models.members.interpreter import ChatInterpreter
from editenv.types import ToolCall

ONCE = replace(FAST, attempts=1)
TWO = "<action>recolor; remove</action>\n<subject>kite; apple</subject>\n<goal>Navy; none</goal>"
EMPTY = "<action></action><subject></subject><goal></goal>"


class Recites:
    """A chat model that gives the answers it was given, in their order, and keeps the questions."""

    name = "recites"

    def __init__(self, *answers):
        self.answers, self.chats = list(answers), []

    def complete(self, chats, *, max_tokens=512, temperature=0.0, seed=0):
        assert temperature == 0
        self.chats += chats
        return [self.answers.pop(0) for _ in chats]


@pytest.fixture
def workspace():
    env = ImageEditEnv(tasks="direct", image_size=64)
    env.reset(seed=0)
    return env.workspace


def words_of(message):
    return [part["text"] for part in message["content"] if part["type"] == "text"]


def pictures_of(message):
    return [part["image"] for part in message["content"] if part["type"] == "image"]


class TestInterpreter:
    def test_it_asks_once_and_hands_out_one_edit_a_round(self, workspace):
        model = Recites(TWO)
        agent = ChatInterpreter(model)
        agent.reset(workspace)
        said = [agent.interpret(look(workspace, cycle)) for cycle in range(4)]
        assert [intent and (intent.action, intent.subject) for intent in said] == [
            ("recolour", "kite"),
            ("remove", "apple"),
            None,
            None,
        ]
        assert len(model.chats) == 1

    def test_actions_and_goals_are_called_as_the_tools_do(self, workspace):
        answer = (
            "<action>Recolor; remove; white-balance; juggle; recolour</action>"
            "<subject>kite; apple; photo; ball; cup</subject>"
            "<goal>TEAL; none; much_warmer; high; fluffy</goal>"
        )
        agent = ChatInterpreter(Recites(answer))
        env = ImageEditEnv(tasks="direct", image_size=64, tools="all")
        env.reset(seed=0)
        agent.reset(env.workspace)
        view = look(env.workspace)
        said = [agent.interpret(view) for _ in range(6)]
        (only,) = view.tools["remove_diffusion"].options
        assert said == [
            Intent("recolour", "kite", "teal"),
            Intent("remove", "apple", only),
            Intent("white_balance", "photo", "much warmer"),
            Intent("juggle", "ball", "high"),
            Intent("recolour", "cup", "fluffy"),
            None,
        ]

    def test_what_no_tool_knows_changes_nothing(self, workspace):
        answer = "<action>juggle</action><subject>ball</subject><goal>high</goal>"
        team = replace(scripted_team(), interpreter=ChatInterpreter(Recites(answer)))
        team.reset(workspace)
        assert team.play_round(workspace) == ()

    def test_it_shows_the_canvas_the_words_and_the_format(self, workspace):
        model = Recites(EMPTY)
        agent = ChatInterpreter(model)
        agent.reset(workspace)
        view = look(workspace)
        assert agent.interpret(view) is None
        ((system, user),) = model.chats
        assert words_of(system) == [system_prompt(list(view.tools.values()))]
        assert words_of(user) == [view.instruction]
        assert pictures_of(user)[0] is view.canvas

    def test_another_system_prompt_or_none(self, workspace):
        for system, count in (("List the edits.", 2), ("", 1)):
            model = Recites(EMPTY)
            ChatInterpreter(model, system=system).interpret(look(workspace))
            assert len(model.chats[0]) == count
            assert words_of(model.chats[0][0]) == [system or workspace.task.instruction]

    def test_a_malformed_answer_is_shown_to_the_model_once(self, workspace):
        model = Recites("Sure! Here you go.", TWO)
        agent = ChatInterpreter(model)
        assert agent.interpret(look(workspace)).subject == "kite"
        first, second = model.chats
        assert second[: len(first)] == first
        assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
        assert words_of(second[-2]) == ["Sure! Here you go."]
        assert "<action> is missing" in words_of(second[-1])[0]

    def test_then_it_is_a_failure_and_no_empty_plan(self, workspace):
        agent = ChatInterpreter(Recites("no", "<action>a</action>", TWO))
        with pytest.raises(FailureError) as caught:
            agent.interpret(look(workspace))
        failure = caught.value.failure
        assert (failure.kind, failure.component) == ("bad_response", "agent:interpreter")
        assert failure.attempts == 2
        assert "<subject> is missing" in failure.detail
        # Nothing of it is remembered: the next episode asks again.
        agent.reset(workspace)
        assert agent.interpret(look(workspace)).subject == "kite"

    def test_a_failure_of_the_model_is_the_agents(self, workspace):
        agent = ChatInterpreter(Recites(Failure("timeout", "recites", 3, "no answer")))
        with pytest.raises(FailureError) as caught:
            agent.interpret(look(workspace))
        assert caught.value.failure == Failure("timeout", "agent:interpreter", 3, "no answer")

    def test_the_same_question_is_not_asked_again(self, workspace):
        model = Recites(TWO, EMPTY)
        agent = ChatInterpreter(model)
        for _ in range(3):
            agent.reset(workspace)
            assert agent.interpret(look(workspace)).subject == "kite"
        assert len(model.chats) == 1
        other = replace(look(workspace), instruction="Something else")
        agent.reset(workspace)
        assert agent.interpret(other) is None

    def test_a_copy_has_its_own_plan_and_the_same_model(self, workspace):
        model = Recites(TWO)
        agent = ChatInterpreter(model)
        agent.reset(workspace)
        early = copy.deepcopy(agent)
        view = look(workspace)
        agent.interpret(view)
        late = copy.deepcopy(agent)
        assert [a.interpret(view).subject for a in (early, early, late, agent)] == [
            "kite",
            "apple",
            "apple",
            "apple",
        ]
        assert len(model.chats) == 1
        assert early._asker.model is model

    @pytest.mark.parametrize("option", [{"max_tokens": 0}, {"retries": -1}, {"retries": True}])
    def test_bad_arguments(self, option):
        with pytest.raises(ValueError, match=next(iter(option))):
            ChatInterpreter(Recites(), **option)

    def test_a_bad_model(self):
        with pytest.raises(ValueError, match="model='gpt'"):
            ChatInterpreter("gpt")


class TestCritic:
    @pytest.mark.parametrize("verdict", ["accept", "undo", "submit"])
    def test_one_word_is_the_verdict(self, verdict, workspace):
        for text in (
            verdict,
            f" {verdict.upper()}\n",
            f"<think>The kite is {verdict}</think>{verdict}",
        ):
            assert ChatCritic(Recites(text)).judge(look(workspace)) == verdict

    @pytest.mark.parametrize(
        "text",
        ["", "accept.", "I accept", "accept undo", "<think>accept", "submit it", "akzeptiert"],
    )
    def test_anything_else_is_none(self, text, workspace):
        with pytest.raises(Unreadable, match=r"not one of|never closed"):
            read_verdict(text)
        critic = ChatCritic(Recites(text, text))
        with pytest.raises(FailureError) as caught:
            critic.judge(look(workspace))
        failure = caught.value.failure
        assert (failure.kind, failure.component, failure.attempts) == (
            "bad_response",
            "agent:critic",
            2,
        )

    def test_a_second_chance(self, workspace):
        model = Recites("I would undo that.", "undo")
        assert ChatCritic(model).judge(look(workspace)) == "undo"
        assert "'I would undo that.' is not one of the words" in words_of(model.chats[1][-1])[0]

    def test_it_shows_before_canvas_and_instruction(self, workspace):
        model = Recites("accept", "submit")
        view = look(workspace).after(intent=Intent("blur", "whole image", "strong"))
        slot = next(n for n, region in enumerate(workspace.regions) if n and region is not None)
        workspace.apply(ToolCall("blur", slot, 0))
        critic = ChatCritic(model)
        assert critic.judge(look_again(view, workspace)) == "accept"
        ((system, user),) = model.chats
        assert words_of(system) == [SYSTEM]
        before, canvas = pictures_of(user)
        assert before is view.before
        assert canvas is workspace.canvas
        told = "\n".join(words_of(user))
        assert workspace.task.instruction in told
        assert "blur, whole image, strong" in told
        idle = look(workspace)
        assert critic.judge(idle) == "submit"
        assert "nothing was changed; the team sees nothing left" in words_of(model.chats[1][-1])[0]

    def test_copies_share_everything(self):
        critic = ChatCritic(Recites())
        assert copy.deepcopy(critic) is critic


class TestBehindAnEndpoint:
    def ask(self, url):
        return EndpointChatModel(f"{url}#any", limits=FAST)

    def test_a_round_with_both(self, workspace):
        seen = (r.label for r in workspace.named_regions[1:] if r is not None)
        label = next(name for name in seen if name != "background")
        plan = f"<action>blur</action><subject>{label}</subject><goal>strong</goal>"

        def answer(body):
            seen = [
                p["type"] for m in body["messages"] for p in m["content"] if isinstance(p, dict)
            ]
            return "submit" if seen.count("image_url") == 2 else plan

        with Server(answer=answer) as server:
            model = self.ask(server.url)
            team = replace(
                scripted_team(), interpreter=ChatInterpreter(model), critic=ChatCritic(model)
            )
            team.reset(workspace)
            start = workspace.canvas
            done = team.play_round(workspace)
            model.close()
        assert [transition.call.tool for transition in done] == ["blur", "submit"]
        assert workspace.submitted
        assert not np.array_equal(workspace.canvas, start)
        assert server.count("/chat/completions") == 2

    def test_with_faults_every_verdict_is_right_or_a_failure(self, workspace):
        names = ("accept", "undo", "submit")

        def answer(body):
            (text, *_) = (p["text"] for p in body["messages"][-1]["content"] if "text" in p)
            return names[int(text.splitlines()[0].split()[-1]) % 3]

        found = []
        with Server(answer=answer, faults=Faults(0.2)) as server:
            critic = ChatCritic(EndpointChatModel(f"{server.url}#any", limits=ONCE))
            for number in range(60):
                view = replace(look(workspace), instruction=f"number {number}")
                try:
                    assert critic.judge(view) == names[number % 3]
                    found.append("right")
                except FailureError as error:
                    assert error.failure.component == "agent:critic"
                    found.append(error.failure.kind)
            critic._asker.model.close()
        assert found.count("right") > 30
        assert len(set(found)) > 2

    def test_a_refusal_is_a_failure(self, workspace):
        def refuse(body):
            message = {"role": "assistant", "content": None, "refusal": REFUSAL}
            return {"choices": [{"message": message, "finish_reason": "stop"}]}

        with Server(answer=refuse) as server:
            model = self.ask(server.url)
            with pytest.raises(FailureError) as caught:
                ChatCritic(model).judge(look(workspace))
            model.close()
        assert caught.value.failure.component == "agent:critic"
        assert caught.value.failure.kind == "refusal"

    def test_a_server_that_is_not_there_is_a_failure(self, workspace):
        with Server() as server:
            address = server.url
        model = self.ask(address)
        with pytest.raises(FailureError) as caught:
            ChatInterpreter(model).interpret(look(workspace))
        model.close()
        assert caught.value.failure.component == "agent:interpreter"
        assert caught.value.failure.kind == "connection"


def test_the_small_model_solves_direct_tasks_as_an_interpreter():
    """Of the train split; docs/neural_members.md has more."""
    model = LocalChatModel(model_folder())
    interpreter = ChatInterpreter(model, system=SHORT_PROMPT, max_tokens=96)
    team = replace(scripted_team(), interpreter=interpreter)
    env = ImageEditEnv(tasks="direct", image_size=128, region_labels=True)
    solved = 0
    for number in range(10):
        env.reset(options={"task": number})
        team.reset(env.workspace)
        for cycle in range(3):
            if not env.workspace.submitted:
                team.play_round(env.workspace, cycle)
        solved += env.workspace.submitted and env.workspace.state.verdict.success
    assert solved >= 8
