"""Arguments of the wrong kind: one ``ValueError`` that names them, in every environment."""

import gymnasium
import numpy as np
import pytest

from editenv import image_edit_v0
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.text import ImageEditTextEnv
from editenv.rewards import make_reward
from editenv.tasks import TaskPool

HUGE = 10**400
SMALL = {"image_size": 64}


def vector(**arguments):
    return gymnasium.make_vec("ImageEdit-v0", **{"num_envs": 1, **arguments})


def refused(make, arguments, argument, accepted):
    with pytest.raises(ValueError) as caught:
        make(**arguments)
    assert argument in str(caught.value) and accepted in str(caught.value)


COMMON = [
    ({"image_size": None}, "image_size=None", "(height, width)"),
    ({"image_size": 64.0}, "image_size=64.0", "32 to 1024"),
    ({"image_size": {64, 96}}, "image_size={", "32 to 1024"),
    ({"tools": object()}, "tools=<object", "'objects'"),
    ({"tools": {"blur", "move"}}, "tools={", "sequence"),
    ({"tools": {"blur": 1}}, "tools={'blur': 1}", "sequence"),
    ({"tools": iter(["blur"])}, "tools=<list_iterator", "sequence"),
    ({"tools": ["json:"]}, "tools has 'json:'", "a place"),
    ({"tools": ["json:#model"]}, "tools has 'json:...'", "http://"),
    ({"tools": ["openai:nowhere"]}, "tools has 'openai:...'", "http://"),
    ({"judge": "json:"}, "judge='json:'", "vlm:MODEL"),
    ({"task_pool": 10**12}, "task_pool=1000000000000", "from 1 to"),
    ({"on_error": "nope"}, "on_error='nope'", "'skip'"),
    ({"material": None}, "material=None", "'emoji'"),
    ({"budget": {"seconds": HUGE}}, "budget['seconds']", "number above 0"),
]


@pytest.mark.parametrize(("arguments", "argument", "accepted"), COMMON)
@pytest.mark.parametrize(
    "make", [ImageEditEnv, ImageEditTextEnv, vector, image_edit_v0.parallel_env]
)
def test_every_environment_names_them(make, arguments, argument, accepted):
    refused(make, arguments, argument, accepted)


@pytest.mark.parametrize("make", [ImageEditEnv, ImageEditTextEnv, vector])
def test_rewards_of_the_wrong_kind_are_named(make):
    term = "format" if make is ImageEditTextEnv else "distance"
    refused(make, {"reward": []}, "reward=[]", "weights by term")
    refused(make, {"reward": {term: HUGE}}, f"{term}=1000", "finite")


def test_weights_whose_sum_is_infinite_are_refused():
    for weights in ({"distance": 1e308, "plan": 1e308}, {"distance": 1e308, "plan": -1e308}):
        with pytest.raises(ValueError, match=r"reward weights .* finite sum"):
            make_reward(weights)
    assert make_reward({"distance": np.float32(0.5)}).weights == {"distance": 0.5}


@pytest.mark.parametrize("make", [ImageEditEnv, vector, image_edit_v0.parallel_env])
@pytest.mark.parametrize("name", ["slots", "max_tokens", "history_length"])
def test_sizes_have_an_upper_bound(make, name):
    for wrong in (10**9, 0, 2.0, True, None):
        refused(make, {name: wrong}, f"{name}={wrong}", "from 1 to")


def test_other_limits_have_an_upper_bound():
    refused(ImageEditEnv, {"max_steps": HUGE}, "max_steps=1000", "from 1 to")
    refused(ImageEditTextEnv, {"max_turns": HUGE}, "max_turns=1000", "from 1 to")
    for name in ("max_calls", "max_cycles"):
        refused(image_edit_v0.raw_env, {name: HUGE}, f"{name}=1000", "from 1 to")
    source = ImageEditEnv(**SMALL).tasks
    assert len(TaskPool(source, 10_000_000)) == 10_000_000


@pytest.mark.parametrize("make", [ImageEditEnv, ImageEditTextEnv, vector])
def test_numpy_integers_are_integers(make):
    env = make(image_size=np.int64(64), task_pool=np.int32(3))
    assert env.reset(seed=0)[0]["image"].shape[-3:] == (64, 64, 3)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"copy": "no"}, "copy='no'"),
        ({"copy": None, "num_workers": 1}, "copy=None"),
        ({"num_workers": "two"}, "num_workers='two'"),
        ({"num_workers": -1}, "num_workers=-1"),
        ({"num_envs": 2.0}, "num_envs=2.0"),
        ({"max_episode_steps": "few"}, "max_episode_steps='few'"),
    ],
)
def test_arguments_of_a_vector_environment(arguments, argument):
    refused(vector, arguments, argument, "must be")


TEAM = [
    ({"agents": "nope"}, "agents='nope'", "'oracle'"),
    ({"agents": 5}, "agents=5", "act()"),
    ({"agents": {"critic": "nope"}}, "agents['critic']='nope'", "'oracle'"),
    ({"agents": {"critic": None}}, "agents['critic']=None", "act()"),
    ({"learned": 5}, "learned=5", "'critic'"),
    ({"learned": [["critic"]]}, "learned=[['critic']]", "'critic'"),
    ({"learned": {"critic": 1}}, "learned={'critic': 1}", "'critic'"),
    ({"team": 5}, "team=5", "'critic'"),
    ({"team": {"editor": 5.0}}, "team['editor']=5.0", "number"),
    ({"team": {"editor": [5]}}, "team['editor']=[5]", "lists of tools' names"),
    ({"subjects": 5}, "subjects=5", "sequence"),
    ({"subjects": "dog"}, "subjects='dog'", "sequence"),
    ({"subjects": {"dog", "cat"}}, "subjects={", "sequence"),
    ({"subjects": []}, "subjects=[]", "at least one"),
    ({"uniform_spaces": 1}, "uniform_spaces=1", "'flat'"),
    ({"env_id": []}, "env_id=[]", "'ImageEdit-v0'"),
]


@pytest.mark.parametrize(("arguments", "argument", "accepted"), TEAM)
@pytest.mark.parametrize("make", [image_edit_v0.env, image_edit_v0.parallel_env])
def test_arguments_of_a_team(make, arguments, argument, accepted):
    refused(make, arguments, argument, accepted)


def test_members_of_a_role_environment():
    with pytest.raises(ValueError, match=r"agents='nope'.*'oracle'"):
        image_edit_v0.as_gymnasium("critic", agents="nope")


MAKERS = {
    "single": lambda: ImageEditEnv("direct", **SMALL),
    "text": lambda: ImageEditTextEnv("direct", **SMALL),
    "vector": lambda: vector(tasks="direct", **SMALL),
    "workers": lambda: vector(tasks="direct", num_workers=1, **SMALL),
    "turns": lambda: image_edit_v0.env("ImageEdit-Direct-v0", **SMALL),
    "parallel": lambda: image_edit_v0.parallel_env("ImageEdit-Direct-v0", **SMALL),
    "role": lambda: image_edit_v0.as_gymnasium("critic", "ImageEdit-Direct-v0", **SMALL),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_options_of_reset(make):
    env = make()
    for options, named in (
        (5, "options=5"),
        (["task"], r"options=\['task'\]"),
        ({"tsk": 3}, "unknown key 'tsk'"),
        ({"task": "first"}, r"options\['task'\]='first'"),
    ):
        with pytest.raises(ValueError, match=named):
            env.reset(seed=0, options=options)
    env.reset(seed=0, options={"task": 3})
    env.close()
