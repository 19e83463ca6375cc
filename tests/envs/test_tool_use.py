"""Editing by tool calls: sessions, the class of TRL's environment_factory, and its rows."""

import inspect
import pickle
import re

import numpy as np
import pytest

import editenv
from editenv.agents.roles import Intent
from editenv.answers import write_answer
from editenv.envs.text.keys import EnvsByKey
from editenv.envs.tool_use.signatures import signatures_of
from editenv.failure import DOWN_AFTER, ComponentDown, Failure
from editenv.text import EditSessions, ImageEditTextEnv, ImageEditTools, rows
from editenv.tools import make_tools
from editenv.tools.pixel_tool import PixelTool

IDS = list(editenv.CONFIGURATIONS)
SIZE = 64


def environment_at(env_id, index, **arguments):
    (row,) = rows(env_id, indices=[index], image_size=SIZE)
    environment = ImageEditTools(env_id, **arguments)()
    return environment, environment.reset(**row)


def call(environment, action, subject, goal):
    """Call a method as a model does, with the parameters that it has."""
    method = getattr(environment, action)
    given = {"subject": subject, "goal": goal}
    return method(**{name: given[name] for name in inspect.signature(method).parameters})


def tool_names(environment):
    members = inspect.getmembers(type(environment), predicate=inspect.isfunction)
    names = {name for name, _ in members if not name.startswith("_")}
    return names - {"reset", "get_reward"}


# The environment class


@pytest.mark.parametrize("env_id", IDS)
def test_the_methods_are_the_actions_of_the_id(env_id):
    environment = ImageEditTools(env_id)()
    tools = ImageEditTextEnv(env_id, image_size=64).rules.tools
    assert tool_names(environment) == {tool.action for tool in tools} | {"hand_in"}
    for name in tool_names(environment):
        method = getattr(environment, name)
        assert inspect.getdoc(method)
        for parameter in inspect.signature(method).parameters:
            assert parameter in method.__annotations__
            assert re.search(rf"^ +{parameter}: ", method.__doc__, re.MULTILINE)


@pytest.mark.parametrize("env_id", IDS)
def test_calling_what_the_task_needs_earns_what_the_text_environment_pays(env_id):
    environment, (picture, instruction) = environment_at(env_id, 1)
    text = ImageEditTextEnv(env_id, image_size=SIZE, max_turns=16)
    observation, info = text.reset(options={"task": 1})
    np.testing.assert_array_equal(picture["image"], observation["image"])
    assert instruction == {"type": "text", "text": info["instruction"]}
    earned = 0.0
    for edit in environment._session.reference_calls():
        shown, said = call(environment, *edit)
        observation, reward, *_ = text.step(_one(edit))
        earned += reward
        np.testing.assert_array_equal(shown["image"], observation["image"])
        assert said["text"].endswith(": done")
    earned += text.step(write_answer(()))[1]
    assert environment.get_reward() == pytest.approx(earned)
    assert environment._session.info["is_success"] == text.conversation.summary()["is_success"]


def _one(edit):
    return write_answer([Intent(*edit)])


def test_who_calls_nothing_earns_nothing():
    environment, _ = environment_at("ImageEdit-Direct-v0", 4)
    assert environment.get_reward() == 0.0


def test_a_wrong_call_changes_nothing_and_is_told_why():
    environment, (before, _) = environment_at("ImageEdit-Direct-v0", 4)
    after, said = environment.remove(subject="giraffe")
    np.testing.assert_array_equal(before["image"], after["image"])
    assert said["text"] == "remove giraffe: there is no 'giraffe' in the picture"
    _, said = environment.recolour(subject="squash", goal="loud")
    assert said["text"] == "recolour squash -> loud: 'recolour' has no goal 'loud'"


@pytest.mark.parametrize("subject", ["", "a; b", "</action>", "x" * 101])
def test_words_that_no_edit_can_have_raise_and_cost_no_call(subject):
    environment, _ = environment_at("ImageEdit-Direct-v0", 4, max_calls=1)
    with pytest.raises(ValueError, match="each must be 1 to 100 characters"):
        environment.remove(subject=subject)
    _, said = environment.remove(subject="squash")
    assert said["text"] == "remove squash: done\nThe picture was handed in."


def test_a_picture_is_handed_in_once():
    environment, _ = environment_at("ImageEdit-Direct-v0", 4)
    environment.remove(subject="squash")
    environment.hand_in()
    with pytest.raises(RuntimeError, match="handed in"):
        environment.hand_in()
    assert environment.get_reward() == environment.get_reward() == 1.0


def test_a_judge_sees_what_was_never_handed_in():
    environment, _ = environment_at("ImageEdit-Direct-v0", 4, judge="l1")
    environment.remove(subject="squash")
    assert environment.get_reward() > 0.5


def test_pictures_that_were_returned_stay_as_they_were():
    environment, (before, _) = environment_at("ImageEdit-Direct-v0", 4)
    kept = np.array(before["image"])
    environment.remove(subject="squash")
    np.testing.assert_array_equal(before["image"], kept)


def test_a_reset_forgets_the_last_episode():
    environment, _ = environment_at("ImageEdit-Direct-v0", 4)
    environment.remove(subject="squash")
    environment.reset(**rows("ImageEdit-Direct-v0", indices=[4], image_size=SIZE)[0])
    assert environment.get_reward() == 0.0


def test_environments_of_a_factory_are_of_one_class_and_do_not_mix():
    factory = ImageEditTools("ImageEdit-Direct-v0")
    first, second = factory(), factory()
    assert type(first) is type(second)
    (row,) = rows("ImageEdit-Direct-v0", indices=[4], image_size=SIZE)
    first.reset(**row)
    second.reset(**row)
    first.remove(subject="squash")
    second.remove(subject="giraffe")
    assert first.get_reward() == 1.0
    assert second.get_reward() < 0.5


def test_a_factory_can_be_pickled():
    factory = pickle.loads(pickle.dumps(ImageEditTools("ImageEdit-Direct-v0", max_calls=3)))
    environment = factory()
    environment.reset(**rows("ImageEdit-Direct-v0", indices=[4], image_size=SIZE)[0])
    environment.remove(subject="squash")
    assert environment.get_reward() == 1.0


def test_what_an_environment_is_told_wrongly():
    environment = ImageEditTools("ImageEdit-Direct-v0")()
    with pytest.raises(RuntimeError, match=r"reset\(\)"):
        environment.hand_in()
    with pytest.raises(ValueError, match="'task'"):
        environment.reset(prompt=[])
    with pytest.raises(ValueError, match="other tasks"):
        environment.reset(**rows("ImageEdit-v0", indices=[0])[0])
    with pytest.raises(ValueError, match="needs judge="):
        environment_at("ImageEdit-Direct-v0", 4, reward={"judge": 1.0})
    with pytest.raises(ValueError, match="'shred' is unknown"):
        ImageEditTools("ImageEdit-Direct-v0", tools=["shred"])


# Failures


class Broken(PixelTool):
    """A tool that answers with a failure."""

    def apply(self, images, masks, options):
        return [Failure("timeout", f"tool:{self.name}") for _ in images]


def test_a_failure_is_told_and_not_learned_from():
    tool = Broken("smudge", "smudge", "any", None, {"a little": 1, "a lot": 2})
    environment, _ = environment_at("ImageEdit-Direct-v0", 4, tools=["flip", tool])
    _, said = environment.smudge(subject="squash", goal="a lot")
    assert said["text"].startswith("Nothing more can be done: ")
    with pytest.raises(RuntimeError, match="Nothing more can be done"):
        environment.hand_in()
    assert environment.get_reward() is None


def test_a_tool_that_is_down_stops_the_run():
    tool = Broken("smudge", "smudge", "any", None, {"a little": 1, "a lot": 2})
    factory = ImageEditTools("ImageEdit-Direct-v0", tools=["flip", tool])
    (row,) = rows("ImageEdit-Direct-v0", indices=[4], image_size=SIZE)
    environment = factory()
    for _ in range(DOWN_AFTER - 1):
        environment.reset(**row)
        environment.smudge(subject="squash", goal="a lot")
        assert environment.get_reward() is None
    environment.reset(**row)
    with pytest.raises(ComponentDown):
        environment.smudge(subject="squash", goal="a lot")
    with pytest.raises(ComponentDown):
        environment.get_reward()


# Sessions


def test_sessions_side_by_side_share_the_start_and_nothing_else():
    sessions = EditSessions(ImageEditTextEnv("ImageEdit-Direct-v0", image_size=SIZE, max_turns=4))
    first, second = sessions.start(4), sessions.start(4)
    first.edit("remove", "squash")
    assert first.reward == 0.1 * 4 + 0.6
    assert (second.reward, second.is_open, first.is_open) == (0.0, True, True)
    assert not np.array_equal(first.image, second.image)


def test_a_seed_draws_a_task():
    sessions = EditSessions(ImageEditTextEnv("ImageEdit-v0", image_size=SIZE))
    one, same, other = (sessions.start(seed=seed) for seed in (7, 7, 8))
    assert one.instruction == same.instruction
    np.testing.assert_array_equal(one.image, same.image)
    assert not np.array_equal(one.image, other.image)


# Signatures


def test_a_function_must_have_a_name_of_its_own():
    def tool(action):
        return PixelTool(f"my {action}", action, "any", None, {"on": 1})

    names = [signature.name for signature in signatures_of([tool("sky-glow"), tool("2 tones")])]
    assert names == ["sky_glow", "do_2_tones"]
    for wrong in ([tool("hand_in")], [tool("sky-glow"), tool("sky glow")]):
        with pytest.raises(ValueError, match="is taken"):
            signatures_of(wrong)


def test_rivals_are_one_function_and_single_outcomes_need_no_goal():
    by_name = {s.name: s for s in signatures_of(make_tools("all"))}
    assert "goal" not in by_name["remove"].annotations
    assert list(by_name["background"].annotations) == ["goal"]
    assert list(by_name["crop"].parameters) == ["goal"]
    schema = by_name["blur"].schema()
    assert schema["required"] == ["subject", "goal"]
    assert schema["properties"]["goal"]["enum"] == ["soft", "strong"]


# Rows


@pytest.mark.parametrize("env_id", IDS)
def test_rows_of_any_id_find_their_tasks(env_id):
    found = rows(env_id, split="test", indices=[2, 5], image_size=(64, 96))
    assert [row["task"]["index"] for row in found] == [2, 5]
    env = EnvsByKey().find(found[0]["task"])
    environment = ImageEditTools(env_id)()
    picture, instruction = environment.reset(**found[1])
    assert picture["image"].size == (96, 64)
    assert instruction["text"] == env.tasks[5].instruction


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"tasks": object()}, ValueError, "must be a name"),
        ({"tasks": "nothing"}, ValueError, "is unknown"),
        ({"split": "dev"}, ValueError, "split='dev'"),
        ({"image_size": 3}, ValueError, "image_size"),
        ({"indices": [-1]}, IndexError, "indices has -1"),
    ],
)
def test_wrong_rows_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        rows(**arguments)
