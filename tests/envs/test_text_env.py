"""The environment for language models: API, turns, groups, and what is exported for trainers."""

import hashlib
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction
from gymnasium.utils.env_checker import check_env
from PIL import Image

import editenv
from editenv.answers import Answer, parse_answer, write_answer
from editenv.envs.text import reward_functions, to_dataset
from editenv.envs.text.rewards import completion_text
from editenv.envs.text.space import UnicodeText
from editenv.types import EditTask

sys.path.insert(0, str(Path(__file__).parent.parent))
from fuzzed_answers import fuzzed

ID = "ImageEditText-v0"
IDS = list(editenv.CONFIGURATIONS)
EMPTY = write_answer(())


def make(**kwargs):
    return gymnasium.make(ID, disable_env_checker=True, **{"image_size": 128, **kwargs})


def edits_of(env):
    return parse_answer(env.unwrapped.reference_answer()).edits


# The API


@pytest.mark.parametrize("max_turns", [1, 3])
def test_gymnasium_check_env(max_turns):
    env = gymnasium.make(ID, max_turns=max_turns, image_size=128, render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_the_tasks_and_tools_of_any_id(env_id):
    kwargs = editenv.CONFIGURATIONS[env_id][1]
    for name in (env_id, kwargs["tasks"]):
        env = make(tasks=name)
        own = gymnasium.make(env_id, disable_env_checker=True).unwrapped
        assert env.unwrapped.rules.tools == own.tools
        observation, info = env.reset(options={"task": 3})
        assert env.observation_space.contains(observation)
        assert observation["text"] == info["instruction"] == own.tasks[3].instruction
        np.testing.assert_array_equal(observation["image"], own.tasks[3].source)


def test_one_answer_ends_the_episode():
    env = make()
    env.reset(seed=4)
    observation, reward, terminated, truncated, info = env.step(env.unwrapped.reference_answer())
    assert env.observation_space.contains(observation)
    assert terminated and not truncated and info["is_success"]
    assert type(reward) is float and reward == pytest.approx(1.0)
    assert sum(info["reward_terms"].values()) == pytest.approx(reward)
    assert info["problem"] == "" and set(info["refusals"]) == {""}
    assert env.unwrapped.conversation.workspace.submitted


def test_any_string_is_accepted_and_nothing_else():
    env = make(max_turns=16)
    env.reset(seed=0)
    base = env.unwrapped
    for text in fuzzed(300, seed=2, huge_every=100):
        observation, _, terminated, truncated, _ = env.step(text)
        assert env.observation_space.contains(observation)
        observation["text"].encode()
        assert isinstance(base.conversation.view()["last_call_text"], str)
        if terminated or truncated:
            env.reset()
    for action in (None, 3, b"<action>", ["<action>"], np.zeros(3)):
        with pytest.raises(InvalidAction, match="must be a string"):
            base.step(action)


def test_malformed_is_a_low_reward():
    env = make()
    env.reset(seed=0)
    for text in ("", "make the kite teal", "\ud800" * 20_000):
        env.reset(seed=0)
        _, reward, terminated, _, info = env.step(text)
        assert (reward, terminated, info["is_success"]) == (0.0, True, False)
        assert info["problem"]


def test_after_the_end_nothing_happens():
    env = make().unwrapped
    env.reset(seed=0)
    env.step(EMPTY)
    _, reward, terminated, _, info = env.step(env.reference_answer())
    assert (reward, terminated) == (0.0, True)
    assert info["problem"] == "the picture has been handed in"


def test_before_the_first_reset():
    with pytest.raises(RuntimeError, match="reset"):
        make().unwrapped.step("")


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"tasks": "portraits"}, "tasks='portraits'"),
        ({"split": "dev"}, "split='dev'"),
        ({"tools": "hammers"}, "tools='hammers'"),
        ({"reward": "gold"}, "reward='gold'"),
        ({"reward": {"beauty": 1}}, "'beauty'"),
        ({"max_turns": 0}, "max_turns=0"),
        ({"image_size": 16}, "image_size=16"),
        ({"subjects": "colours"}, "subjects='colours'"),
        ({"grounder": "psychic"}, "psychic"),
        ({"encoder": "morse"}, "morse"),
        ({"render_mode": "hologram"}, "render_mode='hologram'"),
    ],
)
def test_the_error_names_the_argument(kwargs, words):
    with pytest.raises(ValueError) as caught:
        make(**kwargs)
    assert words in str(caught.value)


def test_the_spec_serialises():
    spec = gymnasium.spec(ID)
    again = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
    one, _ = gymnasium.make(spec).reset(seed=5)
    two, _ = gymnasium.make(again).reset(seed=5)
    assert one["text"] == two["text"]
    np.testing.assert_array_equal(one["image"], two["image"])
    assert one["image"].shape == (224, 224, 3)


def test_the_space_of_all_texts():
    space = UnicodeText(20, seed=1)
    assert space.contains("å\n🙂\ud800") and space.contains("")
    assert not space.contains("a" * 21) and not space.contains(3)
    assert all(space.contains(space.sample()) for _ in range(20))
    assert pickle.loads(pickle.dumps(space)) == space != UnicodeText(21)
    assert isinstance(space, gymnasium.spaces.Text)


@pytest.mark.parametrize("mode", ["rgb_array", "ansi"])
def test_rendering(mode):
    env = make(render_mode=mode, max_turns=3)
    _, info = env.reset(seed=0)
    frames = [env.render()]
    for text in (
        "\ud800\x00",
        "<action>\u202ea</action><subject>🙂</subject><goal>c</goal>",
        EMPTY,
    ):
        env.step(text)
        frames.append(env.render())
    if mode == "ansi":
        assert info["instruction"] in frames[0] and "malformed" in frames[1]
    else:
        assert {frame.shape for frame in frames} == {frames[0].shape}
        assert frames[0].dtype == np.uint8
    env.close()


def test_a_vector_of_them():
    envs = gymnasium.make_vec(ID, num_envs=2, vectorization_mode="sync", image_size=128)
    observation, _ = envs.reset(seed=1)
    assert observation["image"].shape == (2, 128, 128, 3) and len(observation["text"]) == 2
    _, reward, terminated, _, _ = envs.step((EMPTY, "no idea"))
    assert reward.tolist() == [0.1, 0.0] and terminated.all()
    envs.close()


# Determinism


def digest():
    hashed = hashlib.sha256()
    for kwargs in ({}, {"tasks": "complex", "max_turns": 3}, {"grounder": "noisy"}):
        env = make(**kwargs)
        for seed in range(3):
            observation, info = env.reset(seed=seed)
            answers = iter([*fuzzed(2, seed=seed), env.unwrapped.reference_answer()])
            over = False
            while not over:
                hashed.update(observation["image"].tobytes() + observation["text"].encode())
                observation, reward, over, _, info = env.step(next(answers))
                hashed.update(repr((reward, info)).encode("utf-8", "backslashreplace"))
            hashed.update(observation["image"].tobytes())
    return hashed.hexdigest()


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from test_text_env import digest
print(digest())
"""


def test_two_processes_agree(request):
    line = [sys.executable, "-c", SCRIPT, str(request.path.parent)]
    there = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()
    assert there == digest()


def test_groups_start_alike():
    env = make()
    first, _ = env.reset(seed=7)
    task = env.unwrapped.task
    for again, _ in (env.reset(seed=7), env.reset(seed=9, options={"task": task})):
        assert again["text"] == first["text"]
        np.testing.assert_array_equal(again["image"], first["image"])
    one, _ = env.reset(options={"task": 11})
    two, _ = env.reset(seed=1, options={"task": 11})
    np.testing.assert_array_equal(one["image"], two["image"])
    with pytest.raises(ValueError, match="must be an EditTask or an index"):
        env.reset(options={"task": "this one"})


# Several turns


def test_several_turns():
    env = make(tasks="multistep", max_turns=4)
    source, _ = env.reset(seed=3)
    first, *rest = edits_of(env)
    observation, reward, terminated, _, info = env.step("Sure! I'll do that.")
    assert (reward, terminated, info["turn"]) == (0.0, False, 1)
    assert "malformed: <action> is missing" in observation["text"]
    observation, reward, terminated, _, info = env.step(write_answer([first]))
    assert reward > 0 and not terminated
    assert "done" in observation["text"] and info["instruction"] in observation["text"]
    assert not np.array_equal(observation["image"], source["image"])
    observation, _, terminated, _, info = env.step(write_answer(rest))
    assert not terminated and all(info["checklist"]) and not info["is_success"]
    observation, _, terminated, _, info = env.step(EMPTY)
    assert terminated and info["is_success"]
    assert "handed in" in observation["text"]


def test_the_last_turn_hands_in():
    env = make(max_turns=2)
    env.reset(seed=0)
    assert not env.step("one")[2]
    assert env.step("two")[2]


def test_the_turns_of_an_episode_earn_what_one_turn_would():
    env = make(tasks="multistep", max_turns=16, reward={"action": 1, "goal": 1, "image": 1})
    for seed in range(5):
        env.reset(seed=seed)
        edits = edits_of(env)
        total = sum(env.step(write_answer([edit]))[1] for edit in edits)
        (at_once,) = env.unwrapped.score_answers(env.unwrapped.task, [write_answer(edits)])
        assert total == pytest.approx(at_once["reward"])


def test_refusals_are_told():
    env = make(max_turns=2)
    env.reset(seed=0)
    text = "<action>recolour; fly</action><subject>unicorn; kite</subject><goal>teal; up</goal>"
    observation, _, _, _, info = env.step(text)
    assert info["edits"] == (("recolour", "unicorn", "teal"), ("fly", "kite", "up"))
    assert info["refusals"] == ("there is no 'unicorn' in the picture", "no tool does 'fly'")
    assert all(refusal in observation["text"] for refusal in info["refusals"])


def test_snapshots():
    env = make(tasks="multistep", max_turns=4)
    env.reset(seed=1)
    base, (first, *rest) = env.unwrapped, edits_of(env)
    start = base.snapshot()
    env.step(write_answer([first]))
    middle = base.snapshot()
    one = env.step(write_answer(rest))
    base.restore(middle)
    two = env.step(write_answer(rest))
    np.testing.assert_array_equal(one[0]["image"], two[0]["image"])
    assert one[1:] == two[1:]
    base.restore(start)
    assert base.conversation.standing.answers == 0


# Scoring a group


@pytest.mark.parametrize("env_id", IDS)
def test_a_group_scores_as_the_environment_does(env_id):
    env = make(tasks=env_id)
    for index in range(3):
        env.reset(options={"task": index})
        edits = edits_of(env)
        answers = [
            write_answer(edits),
            write_answer(edits[:1]),
            write_answer(edits[::-1]),
            "",
            EMPTY,
        ]
        scored = env.unwrapped.score_answers(index, answers)
        assert env.unwrapped.conversation.standing.answers == 0
        for answer, result in zip(answers, scored, strict=True):
            env.reset(options={"task": index})
            _, reward, _, _, info = env.step(answer)
            assert result == {"reward": reward, **info}


def test_a_group_shares_its_work(monkeypatch):
    env = make(tasks="multistep").unwrapped
    env.reset(options={"task": 0})
    edits = edits_of(env)
    calls = []
    monkeypatch.setattr(
        "editenv.answers.scorer.apply_intent", lambda workspace, edit, names: calls.append(edit)
    )
    env.score_answers(1, [write_answer(edits)] * 8 + [write_answer(edits[:1])])
    assert len(calls) == len(edits)


def test_only_strings_are_scored():
    with pytest.raises(InvalidAction, match="no string"):
        make().unwrapped.score_answers(0, [None])


# For trainers


@pytest.mark.parametrize("env_id", IDS)
def test_exported_prompts(env_id):
    records = to_dataset(env_id, split="test", indices=range(2, 5), image_size=(96, 128))
    env = make(tasks=env_id, split="test", image_size=(96, 128)).unwrapped
    assert [record["task"]["index"] for record in records] == [2, 3, 4]
    for record in records:
        json.dumps([record["prompt"], record["task"]])
        observation, _ = env.reset(options={"task": record["task"]["index"]})
        assert record["prompt"] == env.chat()
        np.testing.assert_array_equal(np.asarray(record["image"]), observation["image"])
        assert env.step(record["answer"])[1] > 0.5


def test_exported_emoji_are_scored_as_emoji():
    records = to_dataset("direct", indices=range(3), image_size=64, material="emoji")
    photos = to_dataset("direct", indices=range(3), image_size=64)
    total = reward_functions()["total"]
    answers = [record["answer"] for record in records]
    right = total(answers, task=[record["task"] for record in records])
    wrong = total(answers, task=[record["task"] for record in photos])
    assert min(right) > 0.9 and min(wrong) < 0.5


def test_exported_bytes():
    (record,) = to_dataset("direct", indices=[0], image_size=64, images="png")
    picture = Image.open(io.BytesIO(record["image"]))
    assert picture.mode == "RGB" and picture.size == (64, 64)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"images": "gif"}, "images='gif'"),
        ({"tasks": object()}, "must be a name"),
        ({"tasks": "portraits"}, "tasks='portraits'"),
    ],
)
def test_bad_exports_are_named(kwargs, words):
    with pytest.raises(ValueError, match=words):
        to_dataset(**{"indices": [], "image_size": 64, **kwargs})


@pytest.mark.parametrize("reward", ["paper", "outcome", {"image": 2.0}])
def test_reward_functions_equal_the_environment(reward):
    records = to_dataset("multistep", indices=range(2), image_size=128)
    columns = {key: [record[key] for record in records for _ in range(3)] for key in records[0]}
    texts = [text for record in records for text in (record["answer"], EMPTY, "hm")]
    functions = reward_functions(reward)
    env = make(tasks="multistep", reward=reward)
    wanted = []
    for text, task in zip(texts, columns["task"], strict=True):
        env.reset(options={"task": task["index"]})
        _, total, _, _, info = env.step(text)
        wanted.append({"total": total, **info["reward_terms"]})
    chats = [[{"role": "assistant", "content": text}] for text in texts]
    for name, function in functions.items():
        assert function.__name__ == name
        for completions in (texts, chats):
            got = function(completions=completions, completion_ids=None, **columns)
            assert got == [terms[name] for terms in wanted]
    assert set(functions) == set(wanted[0])


def test_reward_functions_need_the_task():
    with pytest.raises(ValueError, match="must hold 'task'"):
        reward_functions()["total"](["x"], prompts=["y"])


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("hi", "hi"),
        ([{"role": "assistant", "content": "hi"}], "hi"),
        ([{"role": "assistant", "content": [{"type": "text", "text": "hi"}]}], "hi"),
        ([{"role": "assistant", "content": None}], ""),
        ([{"role": "assistant", "tool_calls": []}], ""),
        ([], ""),
    ],
)
def test_what_a_model_wrote(completion, text):
    assert completion_text(completion) == text


def test_a_task_of_ones_own():
    env = make()
    plain = EditTask(
        np.full((128, 128, 3), 90, np.uint8), "Brighten the photo, s'il te plaît. \u2603"
    )
    observation, _ = env.reset(options={"task": plain})
    observation["text"].encode()
    assert parse_answer(env.unwrapped.reference_answer()) == Answer()
    text = "<action>brightness</action><subject>photo</subject><goal>brighter</goal>"
    observation, reward, _, _, info = env.step(text)
    assert observation["image"].mean() > 90 and info["checklist"] == ()
    assert reward == pytest.approx(0.1)
