"""``editenv edit`` with models and trained coordinators, that work and that fail."""

from __future__ import annotations

import pytest
from editenv_policies import trained

from editenv.agents import Intent
from editenv.failure import Failure, FailureError
from editenv.tools import TOOL_PRESETS, TOOLS, Cost, Edited

SESSION = "editenv_policies.photo.session."

CUP = "--region=40,5,65,65=cup"


class Painter:
    """Stands for a model that takes any wish in words; fails where it is told to."""

    name, action, target, options = "painter", "edit", "any", ("default",)

    def __init__(self, fails=False):
        self.fails, self.prompts, self.closed = fails, [], False

    def compose(self, wording, option):
        return f"{wording.words} | {wording.label}"

    def apply(self, images, masks, options):
        raise AssertionError("the engine must call apply_prompted")

    def apply_prompted(self, images, masks, options, prompts):
        self.prompts += [(prompt.text, prompt.seed) for prompt in prompts]
        if self.fails:
            return [Failure("timeout", "tool:painter", 3)] * len(images)
        return [Edited(255 - image, mask) for image, mask in zip(images, masks, strict=True)]

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None

    def cost(self, option):
        return Cost(seconds=2.0, money=0.04)

    def close(self):
        self.closed = True


@pytest.fixture
def painter(monkeypatch):
    painter = Painter()
    monkeypatch.setitem(TOOLS, "painter", painter)
    return painter


def test_a_model_does_what_the_classical_tools_cannot(run, painter):
    code, report, _ = run(
        "make it warmer and make it look like a painting", "--tool", "painter", "--seed", "7"
    )
    assert code == 0
    assert report["calls"][0]["sliders"] == {"temperature": 30.0}
    assert [call["tool"] for call in report["calls"]] == [None, "painter"]
    assert painter.prompts == [("make it look like a painting | whole image", 7)]
    assert report["calls"][1]["cost"] == {"seconds": 2.0, "money": 0.04, "memory": 0.0}
    assert painter.closed


def test_what_a_model_did_is_said(say, painter):
    code, said = say("make it look like a painting", "--tool", "painter")
    assert code == 0 and "1. painter, on the whole photo" in said


def test_with_models_alone_everything_goes_to_them(run, painter):
    code, report, _ = run("make it warmer", "--tool", "painter", "--no-classical")
    assert code == 0
    assert [call["tool"] for call in report["calls"]] == ["painter"]


def test_a_model_that_fails_is_named_and_what_was_done_before_is_kept(run, painter):
    painter.fails = True
    code, report, _ = run("make it brighter and paint it like klimt", "--tool", "painter")
    assert code == 5
    assert report["status"] == "failed"
    failure = {"kind": "timeout", "component": "tool:painter", "attempts": 3}
    assert [call["failure"] for call in report["calls"]] == [None, failure]
    assert painter.closed


def test_a_failure_is_said(say, painter):
    painter.fails = True
    code, said = say("paint it like klimt", "--tool", "painter")
    assert code == 5 and "FAILED: tool:painter failed (timeout, 3 attempts)" in said


class Reader:
    """Stands for an interpreter that asks a chat model."""

    def __init__(self, *intents):
        self.intents = list(intents)

    def reset(self, workspace):
        pass

    def interpret(self, view):
        if not self.intents:
            return None
        intent = self.intents.pop(0)
        if isinstance(intent, Failure):
            raise FailureError(intent)
        return intent


@pytest.fixture
def read(run, monkeypatch):
    def call(*intents, more=()):
        monkeypatch.setattr(SESSION + "make_member", lambda name, role: Reader(*intents))
        return run("whatever", "--interpreter", "chat:a-model", *more)

    return call


def test_an_interpreter_that_asks_a_model(read):
    code, report, _ = read(
        Intent("recolour", "cup", "blue"), Intent("contrast", "whole image", "punchier"), more=[CUP]
    )
    assert code == 0
    assert report["calls"][0]["tool"] == "recolour"
    assert report["calls"][1]["sliders"] == {"contrast": 30.0}


def test_intents_that_nobody_can_carry_out(read):
    code, report, _ = read(
        Intent("recolour", "cup", "blue"),
        Intent("dance", "whole image", "90"),
        Intent("recolour", "cup", "beige"),
        Intent("crop", "whole image", "centre"),
    )
    assert code == 4
    reasons = [row["reason"] for row in report["not_done"]]
    assert "I could not find 'cup'" in reasons[0]
    assert reasons[1].startswith("I do not understand this; the nearest thing I can do is")
    assert "I could not find 'cup'" in reasons[2]


def test_an_interpreter_that_fails(read):
    code, report, result = read(Failure("connection", "agent:interpreter", 2))
    assert code == 5
    assert result is None
    assert report["calls"][0]["failure"]["component"] == "agent:interpreter"


def test_a_grounder_that_fails(run, monkeypatch):
    class Blind:
        def propose(self, task, rng, slots):
            raise FailureError(Failure("error", "grounder:blind"))

    monkeypatch.setattr(SESSION + "make_grounder", lambda name: Blind())
    code, report, _ = run("make the dog brighter", "--grounder", "detector:x")
    assert code == 5
    assert report["calls"][0]["failure"]["component"] == "grounder:blind"


@pytest.mark.parametrize("instruction", ["brighter", "make the cup brighter"])
def test_nothing_is_looked_for_where_all_is_known(run, monkeypatch, instruction):
    class Unasked:
        def propose(self, task, rng, slots):
            raise AssertionError("nobody asked for a thing that has no box")

    monkeypatch.setattr(SESSION + "make_grounder", lambda name: Unasked())
    code, report, _ = run(instruction, "--grounder", "detector:x", "--region=40,5,65,65=cup")
    assert code == 0 and report["regions"] == ["cup", "background"]


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """An untrained coordinator, saved as examples/train_ppo.py saves one."""
    from editenv_policies.sb3.models import make_model
    from editenv_policies.sb3.state import save_model
    from editenv_policies.sb3.vec_env import make_sb3_vec_env

    env = make_sb3_vec_env("ImageEdit-Retouch-v0", 1, seed=0)
    path = tmp_path_factory.mktemp("policy") / "model.zip"
    save_model(make_model("maskable", env, seed=0, smoke=True), path)
    env.close()
    return path


def test_a_trained_coordinator_decides_on_a_small_copy_and_the_photo_gets_its_calls(run, policy):
    code, report, result = run("make it warmer", "--policy", str(policy))
    assert code in (0, 3, 4)
    assert 1 <= len(report["calls"]) + (code == 3) <= 9
    assert {call["tool"] for call in report["calls"]} <= {*TOOL_PRESETS["photo"], "submit", "undo"}
    assert report["size"] == {"width": 150, "height": 100}
    assert result is None or result.shape == (100, 150, 3)
    again = run("make it warmer", "--policy", str(policy), "--policy-env", "ImageEdit-Retouch-v0")
    assert [c["tool"] for c in again[1]["calls"]] == [c["tool"] for c in report["calls"]]


def test_a_coordinator_of_another_id_is_refused(run, policy):
    code, said, _ = run("x y", "--policy", str(policy), "--policy-env", "ImageEdit-v0")
    assert code == 2
    assert "was trained for other tools, slots or sizes than those of ImageEdit-v0" in said


def test_the_coordinator_that_comes_with_an_id_edits_a_photo(run):
    code, report, result = run("this is much too dark", "--policy", "ImageEdit-Retouch-v0")
    assert code in (0, 4) and result.shape == (100, 150, 3)
    assert "exposure" in {call["tool"] for call in report["calls"]}


def test_an_id_without_a_coordinator_is_refused(run, monkeypatch):
    monkeypatch.setattr(trained, "available", lambda folder: [])
    code, said, _ = run("x y", "--policy", "ImageEdit-Complex-v0")
    assert code == 2 and "'ImageEdit-Complex-v0' has no trained coordinator" in said


def test_what_a_coordinator_has_not_learnt_is_refused(run):
    words = ["--policy", "ImageEdit-Retouch-v0", "--policy-env", "ImageEdit-v0"]
    code, said, _ = run("x y", *words)
    assert code == 2
    assert "is not what the coordinator of ImageEdit-Retouch-v0 has learnt" in said
