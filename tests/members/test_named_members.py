"""Members that are named from outside: ``agents={"interpreter_0": "chat:..."}``."""

import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from remote.server import Server

from editenv import image_edit_v0
from editenv.agents.factory import MEMBER_KINDS, is_member, make_member
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.grounders.detector import DetectorGrounder
from editenv.models.members.critic import ChatCritic
from editenv.models.members.detecting import DetectingGrounder
from editenv.models.members.interpreter import ChatInterpreter

DIRECT = "ImageEdit-Direct-v0"
EMPTY = "<action></action><subject></subject><goal></goal>"


def test_every_kind_has_its_function():
    for where in MEMBER_KINDS.values():
        module, _, function = where.partition(":")
        assert callable(getattr(import_module(module), function))


def test_names():
    assert is_member("chat:x") and is_member("sb3:x") and is_member("detector:x")
    assert not any(map(is_member, ("chat", "chat:", "oracle", "random", "")))


def test_a_team_by_name(trained, llava):
    def answer(body):
        parts = [p for m in body["messages"] for p in m["content"] if isinstance(p, dict)]
        pictures = sum(part["type"] == "image_url" for part in parts)
        return "submit" if pictures == 2 else EMPTY

    with Server(answer=answer) as server:
        remote = f"openai:{server.url}#any"
        agents = {
            "interpreter_0": f"chat:{remote}",
            "grounder_0": f"detector:{trained}?threshold=0.5",
            "critic_0": f"chat:{remote}",
        }
        env = image_edit_v0.raw_env(DIRECT, learned=("selector",), agents=agents)
        members = env.rounds.members
        kinds = [type(members[name]) for name in agents]
        assert kinds == [ChatInterpreter, DetectingGrounder, ChatCritic]
        env.reset(seed=0)
        assert env.rounds.view.intent is None
        env.step(np.int64(env.action_space("selector_0").n - 1))
        assert env.rounds.over
        assert server.count("/chat/completions") == 2
        env.close()


@pytest.mark.parametrize("make", [image_edit_v0.raw_env, image_edit_v0.parallel_env])
def test_what_was_built_from_names_is_closed_and_nothing_else(make, trained, monkeypatch):
    closed = []
    for kind in (EndpointChatModel, DetectorGrounder):
        monkeypatch.setattr(kind, "close", lambda part: closed.append(part))
    remote = "openai:http://127.0.0.1:9/v1#any"
    given = ChatCritic(remote)
    agents = {
        "interpreter": f"chat:{remote}",
        "grounder": f"detector:{trained}?threshold=0.5",
        "critic": given,
    }
    env = make(DIRECT, learned=("selector",), agents=agents)
    members = env.rounds.members
    env.close()
    ours = [members["interpreter_0"]._asker.model, members["grounder_0"]._detector]
    assert sorted(map(id, closed)) == sorted(map(id, ours))
    given.close()
    assert given._asker.model in closed


def test_a_model_that_cannot_answer_fails_by_name(llava):
    """A model with random weights says nothing that can be read."""
    agents = {"critic_0": f"chat:transformers:{llava}"}
    env = image_edit_v0.raw_env(DIRECT, learned=("interpreter",), agents=agents)
    env.rounds.members["critic_0"]._asker._max_tokens = 8
    env.reset(seed=0)
    env.step(np.zeros(3, np.int64))
    failure = env.infos["interpreter_0"]["failure"]
    assert (failure["kind"], failure["component"]) == ("bad_response", "agent:critic")
    assert env.rounds.truncated and not env.rounds.terminated


def test_difference_rewards_ask_the_interpreter_once():
    """The round is played again without the learned agent; the same question has its answer."""
    plan = "<action>blur</action><subject>background</subject><goal>strong</goal>"
    with Server(answer=lambda body: plan) as server:
        agents = {"interpreter_0": f"chat:openai:{server.url}#any"}
        env = image_edit_v0.raw_env(
            DIRECT, learned=("critic",), agents=agents, reward="difference", max_cycles=3
        )
        env.reset(seed=0)
        for _ in range(2):
            env.step(np.int64(1))
        assert server.count("/chat/completions") == 1
        env.rounds.members["interpreter_0"]._asker.model.close()


class TestBadInput:
    @pytest.mark.parametrize("role", ["grounder", "selector", "editor"])
    def test_a_role_that_chat_models_do_not_play(self, role, llava):
        with pytest.raises(ValueError, match=f"role='{role}'.*interpreter.*critic"):
            make_member(f"chat:transformers:{llava}", role)

    def test_a_role_that_detectors_do_not_play(self, trained):
        with pytest.raises(ValueError, match="role='critic'"):
            make_member(f"detector:{trained}", "critic")

    @pytest.mark.parametrize("name", ["chat:", "chat:gpt", "detector:", "magic:x", "chat"])
    def test_bad_names(self, name):
        with pytest.raises(ValueError, match="critic_0"):
            image_edit_v0.raw_env(DIRECT, learned=("editor",), agents={"critic_0": name})

    def test_a_missing_package(self, trained, monkeypatch):
        monkeypatch.setitem(sys.modules, "transformers", None)
        with pytest.raises(DependencyNotInstalled, match="pip install transformers torch"):
            image_edit_v0.raw_env(
                DIRECT, learned=("editor",), agents={"grounder_0": f"detector:{trained}"}
            )


def test_names_alone_import_nothing_heavy():
    code = (
        "import sys; from editenv import image_edit_v0; image_edit_v0.raw_env();"
        "import editenv.models.members, editenv.grounders, editenv.models.chat;"
        "heavy = {'torch', 'transformers', 'httpx', 'stable_baselines3'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
