"""What answers are worth."""

import json

import cv2
import numpy as np
import pytest
from answer_scorers import IDS, NAMES, scorer_of, tasks_of, values
from fuzzed_answers import fuzzed

from editenv.agents import Intent
from editenv.agents.looking import has_impulses
from editenv.answers import (
    PRESETS,
    TERMS,
    chat_prompt,
    make_answer_reward,
    parse_answer,
    system_prompt,
    write_answer,
)
from editenv.answers.plan import reference_answer
from editenv.imaging.degrade import gaussian_noise, impulse_noise
from editenv.tools import make_tools
from editenv.types import BACKGROUND, EditTask, SubEdit


@pytest.mark.parametrize("seed", range(10))
def test_the_selector_sees_the_kind_of_noise(seed):
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(40, 216, (6, 6, 3), np.uint8), (64, 64))
    for level in ("light", "strong"):
        assert has_impulses(impulse_noise(picture, level, rng))
        assert not has_impulses(gaussian_noise(picture, level, rng))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("env_id", IDS)
def test_the_reference_scores_best(env_id, split):
    tasks, tools = tasks_of(env_id, 40, split)
    solved = 0
    for task in tasks:
        scorer = scorer_of(task, tools, dict.fromkeys(TERMS, 1.0))
        got = values(scorer, reference_answer(task, tools, NAMES))
        assert [got[name] for name in ("format", "action", "subject", "goal")] == [1.0] * 4
        solved += got["image"] == 1.0
    assert solved >= 0.95 * len(tasks)


@pytest.fixture(scope="module")
def two_edits():
    tasks, tools = tasks_of("ImageEdit-v0", 60)
    for task in tasks:
        edits = parse_answer(reference_answer(task, tools, NAMES)).edits
        if len(edits) == 2 and len({e.action for e in edits}) == len({e.goal for e in edits}) == 2:
            if "" not in {e.goal for e in edits}:
                return scorer_of(task, tools, dict.fromkeys(TERMS, 1.0)), edits
    raise AssertionError("no such task")


def test_nothing_is_worth_nothing(two_edits):
    scorer, _ = two_edits
    assert set(scorer.begin().values.values()) == {0.0}
    assert values(scorer, write_answer(())) == dict.fromkeys(TERMS, 0.0) | {"format": 1.0}
    assert set(values(scorer, "what?").values()) == {0.0}


def test_f1_counts_parts_whatever_their_order(two_edits):
    scorer, (first, second) = two_edits
    both = values(scorer, write_answer([second, first]))
    assert (both["action"], both["subject"], both["goal"]) == (1.0, 1.0, 1.0)
    one = values(scorer, write_answer([first]))
    assert (one["action"], one["subject"], one["goal"]) == pytest.approx((2 / 3,) * 3)
    four = values(scorer, write_answer([first, second, first, second]))
    assert four["action"] == pytest.approx(2 / 3)


def test_a_goal_counts_only_with_its_own_edit(two_edits):
    scorer, (first, second) = two_edits
    swapped = [Intent(first.action, first.subject, second.goal), second]
    got = values(scorer, write_answer(swapped))
    assert (got["action"], got["subject"]) == (1.0, 1.0)
    assert got["goal"] == 0.5


def test_several_answers_count_like_one(two_edits):
    scorer, (first, second) = two_edits
    one = values(scorer, write_answer([first, second]))
    assert values(scorer, write_answer([first]), write_answer([second])) == one
    again = values(scorer, "hm", write_answer([first, second]))
    assert again == one | {"format": 0.5}


def test_impossible_edits_change_nothing(two_edits):
    scorer, (first, second) = two_edits
    odd = [
        Intent("fly", "kite", "high"),
        Intent("recolour", "unicorn", "teal"),
        Intent("recolour", "whole image", "teal"),
        Intent(first.action, first.subject, "rhubarb"),
    ]
    played = scorer.play((*odd, first, second))
    assert all(played.refusals[:4]) and played.refusals[4:] == ("", "")
    np.testing.assert_array_equal(
        played.workspace.canvas, scorer.play((first, second)).workspace.canvas
    )
    assert len(played.workspace.history) == 2


def test_the_picture_is_worth_more_the_more_is_done_and_less_when_damaged():
    tasks, tools = tasks_of("ImageEdit-MultiStep-v0", 15)
    for task in tasks:
        scorer = scorer_of(task, tools, {"image": 1.0})
        edits = parse_answer(reference_answer(task, tools, NAMES)).edits
        part = values(scorer, write_answer(edits[:1]))["image"]
        whole = values(scorer, write_answer(edits))["image"]
        damage = Intent("blur", BACKGROUND, "strong")
        damaged = values(scorer, write_answer([*edits, damage]))["image"]
        assert 0.0 <= part <= whole <= 1.0
        assert damaged < whole or any(e.subject in (BACKGROUND, "whole image") for e in edits)


def test_fuzzed_answers_score_within_bounds(two_edits):
    scorer, _ = two_edits
    for text in fuzzed(400, seed=1, huge_every=100):
        for value in values(scorer, text).values():
            assert 0.0 <= value <= 1.0


def test_tasks_without_ground_truth_pay_for_the_format_only():
    tools = make_tools("objects")
    plain = EditTask(np.full((64, 64, 3), 90, np.uint8), "Brighten the photo.")
    scorer = scorer_of(plain, tools, dict.fromkeys(TERMS, 1.0))
    got = values(scorer, write_answer([Intent("brightness", "photo", "brighter")]))
    assert got == dict.fromkeys(TERMS, 0.0) | {"format": 1.0}


def test_annotations_without_masks_and_regions_are_compared_by_words():
    edits = (SubEdit("recolour", "coat", "scarlet"), SubEdit("recolour", "hair", "copper red"))
    task = EditTask(np.full((64, 64, 3), 90, np.uint8), "Change coat and hair.", edits)
    scorer = scorer_of(task, make_tools("objects"), "paper")
    said = [Intent("recolor", "hair", "copper red"), Intent("recolour", "the coat", "scarlet")]
    assert sum(values(scorer, write_answer(said)).values()) == pytest.approx(1.0)


def test_presets_use_known_terms_and_sum_to_one():
    assert set(PRESETS) == {"paper", "outcome", "judged"}
    assert "image" not in PRESETS["paper"]
    for weights in PRESETS.values():
        assert set(weights) <= set(TERMS)
        assert sum(weights.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("reward", "words"),
    [("gold", "reward='gold'"), ({"beauty": 1.0}, "'beauty'"), ({"image": "much"}, "a number")],
)
def test_bad_rewards_are_named(reward, words):
    with pytest.raises(ValueError, match=words):
        make_answer_reward(reward)


@pytest.mark.parametrize("preset", ["objects", "photo", "restore", "all"])
def test_the_prompt_names_every_action_and_goal_and_its_example_is_an_answer(preset):
    tools = make_tools(preset)
    text = system_prompt(tools)
    for tool in tools:
        assert f"- {tool.action} (" in text
        assert len(tool.options) == 1 or all(option in text for option in tool.options)
    example = text[text.index("<action>") : text.index("</goal>") + len("</goal>")]
    assert len(parse_answer(example).edits) in (1, 2)


def test_chat_messages_are_plain_data():
    messages = chat_prompt("Make the kite teal.", make_tools("objects"))
    assert json.loads(json.dumps(messages)) == messages
    assert [m["role"] for m in messages] == ["system", "user"]
    assert messages[1]["content"][0] == {"type": "image"}
