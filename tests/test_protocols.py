"""What a user gives is taken for what it does, also where it hands that on."""

import gymnasium
import pytest

import editenv  # noqa: F401
from editenv.encoders.base import TextEncoder
from editenv.grounders import Grounder, SceneGrounder
from editenv.protocols import implements
from editenv.tasks import TaskSource, make_tasks
from editenv.tools import Tool, make_tool


class Wrapper:
    """Hands everything on."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._wrapped, name)


@pytest.mark.parametrize(
    ("thing", "protocol"),
    [
        (make_tool("blur"), Tool),
        (SceneGrounder(), Grounder),
        (Wrapper(make_tool("blur")), Tool),
        (Wrapper(SceneGrounder()), Grounder),
    ],
)
def test_objects_and_their_wrappers(thing, protocol):
    assert implements(thing, protocol)
    assert not implements(type(thing), protocol)
    assert not implements(thing, TextEncoder)


def test_tasks_need_no_methods_of_a_base_class():
    tasks = make_tasks("direct", split="train", height=64, width=64)
    assert implements(tasks, TaskSource) and implements([1], TaskSource) is False


def test_what_the_language_looks_for_in_the_class_must_be_there():
    tasks = make_tasks("direct", split="train", height=64, width=64)
    assert not implements(Wrapper(tasks), TaskSource)


def test_wrapped_parts_play():
    tools = [Wrapper(make_tool(name)) for name in ("blur", "flip")]
    env = gymnasium.make("ImageEdit-v0", tools=tools, grounder=Wrapper(SceneGrounder()))
    _, info = env.reset(seed=0)
    assert info["instruction"]
    env.step(env.action_space.sample())
    with pytest.raises(ValueError, match="neither a name nor a Tool"):
        gymnasium.make("ImageEdit-v0", tools=[Wrapper(SceneGrounder())])
