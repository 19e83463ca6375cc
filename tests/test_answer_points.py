"""Things that are pointed at in place of being named."""

import numpy as np
import pytest
from answer_scorers import IDS
from hypothesis import given
from hypothesis import strategies as st

from editenv.answers import NameFinder, parse_answer, system_prompt
from editenv.answers.points import point_of, slot_at
from editenv.answers.subjects import describe_subject, find_subject
from editenv.answers.words import Impossible
from editenv.encoders import make_encoder
from editenv.envs.text import ImageEditTextEnv, reward_functions, to_dataset
from editenv.types import BACKGROUND, Region

POINTING = NameFinder(make_encoder("static"), pointing=True)
CANVAS = np.zeros((100, 200, 3), np.uint8)


def region(label, top, left, bottom, right):
    mask = np.zeros((100, 200), np.uint8)
    mask[top:bottom, left:right] = 255
    return Region.from_mask(label, mask)


REGIONS = (
    Region.whole(100, 200),
    region("table", 20, 20, 80, 180),
    region("mug", 40, 100, 60, 120),
    None,
    region(BACKGROUND, 0, 0, 100, 200),
)


def test_the_smallest_region_at_a_point_is_meant():
    assert slot_at("55 50", REGIONS) == 2
    assert slot_at("30 50", REGIONS) == 1
    assert slot_at("1 1", REGIONS) == 4
    assert slot_at("mug", REGIONS) is None
    assert slot_at("55", REGIONS) is None and slot_at("5 5 5", REGIONS) is None


@pytest.mark.parametrize(
    ("words", "reason"), [("101 5", "outside"), ("5 999", "outside"), ("90 90", "nothing at")]
)
def test_a_point_where_nothing_is(words, reason):
    with pytest.raises(Impossible, match=reason):
        slot_at(words, REGIONS[:4])


@given(st.integers(0, 79), st.integers(0, 159), st.integers(6, 20), st.integers(6, 40))
def test_a_regions_point_lies_in_it(top, left, tall, wide):
    found = region("kite", top, left, top + tall, left + wide)
    assert slot_at(point_of(found), (REGIONS[0], found, REGIONS[4])) == 1


def test_names_do_not_stand_for_things_that_have_to_be_pointed_at():
    for words in ("mug", "left mug", "the table"):
        with pytest.raises(Impossible, match="point at it"):
            find_subject(words, REGIONS, CANVAS, POINTING)
    assert find_subject(BACKGROUND, REGIONS, CANVAS, POINTING) == 4
    assert find_subject("whole image", REGIONS, CANVAS, POINTING) == 0
    assert find_subject("55 50", REGIONS, CANVAS, POINTING) == 2
    assert describe_subject(2, REGIONS, CANVAS, POINTING) == point_of(REGIONS[2])
    assert describe_subject(4, REGIONS, CANVAS, POINTING) == BACKGROUND


@pytest.mark.parametrize("env_id", IDS)
def test_the_reference_answer_points_and_solves(env_id):
    env = ImageEditTextEnv(env_id, image_size=128, subjects="points")
    for number in range(6):
        env.reset(options={"task": number})
        answer = env.reference_answer()
        for edit in parse_answer(answer).edits:
            named = edit.subject in (BACKGROUND, "whole image")
            assert named or all(0 <= int(part) <= 100 for part in edit.subject.split())
        *_, info = env.step(answer)
        assert info["is_success"], answer
        assert info["reward_terms"]["subject"] == pytest.approx(0.1)


def test_pixels_without_names_are_enough():
    env = ImageEditTextEnv(
        "ImageEdit-Direct-v0", image_size=128, subjects="points", grounder="pixels"
    )
    done = 0
    for number in range(8):
        env.reset(options={"task": number})
        *_, info = env.step(env.reference_answer())
        done += info["refusals"] == ("",)
    assert done >= 6


def test_a_model_is_told_to_point():
    env = ImageEditTextEnv(subjects="points")
    env.reset(seed=0)
    told = env.chat()[0]["content"][0]["text"]
    assert told == env.system_prompt == system_prompt(env.rules.tools, pointing=True)
    assert '"34 70"' in told and "kite" not in told
    assert "kite" in ImageEditTextEnv().system_prompt


def test_data_sets_and_their_rewards_point_too():
    (record,) = to_dataset("ImageEdit-Direct-v0", indices=[1], image_size=128, subjects="points")
    assert '"34 70"' in record["prompt"][0]["content"][0]["text"]
    score = reward_functions("outcome", subjects="points")["total"]
    (named,) = to_dataset("ImageEdit-Direct-v0", indices=[1], image_size=128)
    rewards = score([record["answer"], named["answer"]], task=[record["task"], named["task"]])
    assert rewards[0] == pytest.approx(1.0) and rewards[1] is not None and rewards[1] < 0.6
