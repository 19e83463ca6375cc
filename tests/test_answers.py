"""Answers in words: the format and its parser, names, subjects, and how answers are scored."""

import hashlib
import json
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from fuzzed_answers import RIGHT, fuzzed
from hypothesis import given, settings
from hypothesis import strategies as st

import editenv
from editenv.agents import Intent
from editenv.agents.looking import has_impulses
from editenv.answers import (
    PRESETS,
    TERMS,
    Answer,
    AnswerRules,
    Scorer,
    chat_prompt,
    make_answer_reward,
    parse_answer,
    system_prompt,
    write_answer,
)
from editenv.answers.format import MAX_CHARACTERS, MAX_EDITS, MAX_ITEM
from editenv.answers.plan import plan_of, reference_answer
from editenv.answers.subjects import Impossible, find_subject
from editenv.answers.words import NameFinder, normal
from editenv.encoders import make_encoder
from editenv.imaging.degrade import gaussian_noise, impulse_noise
from editenv.tasks import make_tasks
from editenv.tools import make_tools
from editenv.types import BACKGROUND, EditTask, Region, SubEdit

NAMES = NameFinder(make_encoder("static"))
IDS = list(editenv.CONFIGURATIONS)


def tasks_of(env_id, count, split="train"):
    kwargs = editenv.CONFIGURATIONS[env_id][1]
    source = make_tasks(kwargs["tasks"], split=split, height=64, width=64)
    return [source[index] for index in range(count)], make_tools(kwargs.get("tools", "objects"))


def scorer_of(task, tools, reward="outcome", encoder="static"):
    rules = AnswerRules(tools, make_encoder(encoder), make_answer_reward(reward))
    whole = Region.whole(*task.source.shape[:2])
    return Scorer(task, (whole, *task.regions, *[None] * 8), rules)


def values(scorer, *answers):
    standing = scorer.begin()
    for text in answers:
        standing = standing.after(parse_answer(text))
    return standing.values


# The format


def test_an_answer_is_read():
    edits = (Intent("recolour", "left kite", "teal"), Intent("remove", "apple"))
    assert parse_answer(RIGHT) == Answer(edits)
    assert parse_answer(write_answer(edits)) == Answer(edits)


def test_three_empty_lists_hand_in():
    assert parse_answer(write_answer(())).hands_in
    assert parse_answer(" <action> </action><subject></subject>\n<goal></goal> ").hands_in
    assert not parse_answer("").hands_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "<action> is missing"),
        ("recolour the kite", "<action> is missing"),
        ("<action>a</action><goal>c</goal><subject>b</subject>", "<subject> is missing"),
        ("<action>a</action><subject>b</subject>", "<goal> is missing"),
        ("<action>a</action> and <subject>b</subject><goal>c</goal>", "<subject> is missing"),
        ("<action>a<subject>b</subject><goal>c</goal>", "<action> is never closed"),
        ("<action>a<b></action><subject>b</subject><goal>c</goal>", "tag inside <action>"),
        ("<think>hm", "<think> is never closed"),
        (
            "<action>a;</action><subject>b;b</subject><goal>c;c</goal>",
            "item 2 of <action> is empty",
        ),
        ("<action>a;a</action><subject>b</subject><goal>c</goal>", "2 in action, 1 in subject"),
        ("<action>a</action><subject>b</subject><goal>c</goal>!", "text after </goal>"),
        (f"<action>{'a' * (MAX_ITEM + 1)}</action>", "longer than 100"),
        (f"<action>{'a;' * MAX_EDITS}a</action>", "more than 16"),
        (" " * (MAX_CHARACTERS + 1), "16385 characters"),
        ("<ACTION>a</ACTION><subject>b</subject><goal>c</goal>", "<action> is missing"),
    ],
)
def test_what_is_malformed_and_why(text, words):
    answer = parse_answer(text)
    assert words in answer.problem
    assert answer.edits == ()
    assert not answer.hands_in


@pytest.mark.parametrize(
    "edits",
    [
        [Intent("", "kite", "teal")],
        [Intent("recolour", "a;b", "teal")],
        [Intent("recolour", "<kite>", "teal")],
        [Intent("recolour", "two  spaces", "teal")],
        [Intent("recolour", "kite", "none")],
        [Intent("recolour", "kite", "teal")] * (MAX_EDITS + 1),
    ],
)
def test_what_cannot_be_written(edits):
    with pytest.raises(ValueError, match="edits="):
        write_answer(edits)
    with pytest.raises(ValueError, match="edits="):
        write_answer([], thoughts="</think>")


ITEMS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=MAX_ITEM)
ITEMS = ITEMS.filter(lambda item: not set(";<>") & set(item) and item != "none")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(Intent, ITEMS, ITEMS, ITEMS | st.just("")), max_size=MAX_EDITS))
def test_round_trip_of_any_edits(edits):
    assert parse_answer(write_answer(edits)) == Answer(tuple(edits))


@pytest.mark.parametrize("env_id", IDS)
def test_round_trip_of_all_decompositions(env_id):
    tasks, tools = tasks_of(env_id, 20)
    for task in tasks:
        said = parse_answer(reference_answer(task, tools, NAMES))
        assert not said.problem
        wanted = [(edit.action, edit.goal) for edit in task.sub_edits]
        assert [(edit.action, edit.goal) for edit in said.edits] == wanted
        for edit, sub_edit in zip(said.edits, task.sub_edits, strict=True):
            assert edit.subject.endswith(sub_edit.subject)


# The parser under attack


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_string_is_read_without_an_exception(text):
    for whole in (text, f"<action>{text}</action><subject>b</subject><goal>c</goal>"):
        assert parse_answer(whole) == parse_answer(whole)


def digest(count):
    hashed = hashlib.sha256()
    for text in fuzzed(count):
        for limit in (MAX_CHARACTERS, 10**7):
            answer = parse_answer(text, limit)
            assert bool(answer.problem) <= (answer.edits == ())
            hashed.update(repr(answer).encode("utf-8", "backslashreplace"))
    return hashed.hexdigest()


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from test_answers import digest
print(digest(int(sys.argv[2])))
"""


def test_fuzzed_answers_are_read_alike_in_two_processes(request):
    count = 100_000
    line = [sys.executable, "-c", SCRIPT, str(request.path.parent), str(count)]
    there = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()
    assert there == digest(count)


def test_some_fuzzed_answers_are_well_formed():
    good = sum(not parse_answer(text).problem for text in fuzzed(2_000, huge_every=10**9))
    assert 20 < good < 1_980


def seconds(text):
    def once():
        start = time.process_time()
        parse_answer(text, max_characters=len(text))
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("", "<think>"),
        ("<think>", "</thin"),
        ("<think>", "<think></think"),
        ("<action>", "</actio"),
        ("<action>", "a;"),
        ("<action>", " "),
        ("<action>", "\u0345"),
        ("<action>a</action><subject>", "</action>"),
        ("", "\ud800"),
        ("", " "),
    ],
)
def test_ten_times_the_length_takes_about_ten_times_as_long(head, unit):
    short, long = (head + unit * (size // len(unit)) for size in (300_000, 3_000_000))
    # A quadratic parser would take 100 times as long. Below a millisecond the clock decides.
    assert seconds(long) <= 30 * max(seconds(short), 1e-3)


# Names

SYNONYMS = [
    ("gray", "grey"),
    ("bigger", "larger"),
    ("sail boat", "sailboat"),
    ("bike", "bicycle"),
    ("center", "centre"),
    ("woods", "forest"),
    ("automobile", "car"),
    ("twice the size", "double size"),
    ("puppy", "dog"),
    ("kitten", "cat"),
    ("couch", "sofa"),
    ("donut", "doughnut"),
]
STRANGERS = [
    ("cat", "dog"),
    ("car", "bicycle"),
    ("red", "blue"),
    ("red", "orange"),
    ("teal", "blue"),
    ("darker", "brighter"),
    ("up", "down"),
    ("left", "right"),
    ("cup", "bowl"),
    ("tree", "flower"),
    ("apple", "pear"),
    ("duck", "bird"),
    ("forest", "meadow"),
]


@pytest.mark.parametrize(("words", "name"), SYNONYMS)
def test_synonyms_are_found(words, name):
    assert NAMES.find(words, ["helicopter", name]) == name


@pytest.mark.parametrize(("words", "name"), STRANGERS)
def test_other_things_are_not(words, name):
    assert NAMES.find(words, [name]) is None


def test_the_nearest_name_is_meant():
    options = ("much darker", "darker", "brighter", "much brighter")
    assert [NAMES.find(option, options) for option in options] == list(options)


@pytest.mark.parametrize(
    ("words", "plain"),
    [("White_Balance", "white balance"), ("recolor", "recolour"), (" +1  EV ", "+1 ev")],
)
def test_spelling(words, plain):
    assert normal(words) == plain


@pytest.mark.parametrize("words", ["", "\ud800", "\x00", "\u0345" * 100, "🙂", "\u202e"])
def test_odd_words_are_nothings_name(words):
    assert NAMES.find(words, ["kite", "dog"]) is None


# Subjects


def block(label, left, top, side, colour, canvas):
    mask = np.zeros(canvas.shape[:2], np.uint8)
    mask[top : top + side, left : left + side] = 255
    canvas[mask > 0] = colour
    return Region.from_mask(label, mask)


@pytest.fixture
def picture():
    canvas = np.full((64, 64, 3), 120, np.uint8)
    regions = (
        Region.whole(64, 64),
        block("kite", 40, 4, 16, (212, 34, 38), canvas),
        block("kite", 4, 40, 8, (36, 88, 212), canvas),
        block("orange", 30, 44, 10, (246, 130, 28), canvas),
        None,
        Region.from_mask(BACKGROUND, np.full((64, 64), 255, np.uint8)),
    )
    return regions, canvas


@pytest.mark.parametrize(
    ("words", "slot"),
    [
        ("whole image", 0),
        ("the photo", 0),
        ("background", 5),
        ("left kite", 2),
        ("The Right Kite", 1),
        ("leftmost kite", 2),
        ("small kite", 2),
        ("biggest kite", 1),
        ("top kite", 1),
        ("lower kite", 2),
        ("red kite", 1),
        ("small blue kite", 2),
        ("orange", 3),
        ("small orange", 3),
        ("green orange", 3),
    ],
)
def test_subjects_are_found(picture, words, slot):
    assert find_subject(words, *picture, NAMES) == slot


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("kite", "there are 2"),
        ("green kite", "no kite in the picture is green"),
        ("unicorn", "there is no 'unicorn'"),
        ("thing left of the kite", "there is no"),
        ("thing above kite", "there is no"),
        ("left", "there is no 'left'"),
        ("the", "there is no 'the'"),
        ("\ud800", "there is no"),
    ],
)
def test_subjects_that_mean_nothing(picture, words, reason):
    with pytest.raises(Impossible, match=reason):
        find_subject(words, *picture, NAMES)


def test_a_label_may_look_like_an_attribute(picture):
    regions, canvas = picture
    named = (*regions, Region.from_mask("little top hat", regions[3].mask))
    assert find_subject("the little top hat", named, canvas, NAMES) == 6


@pytest.mark.parametrize("env_id", ["ImageEdit-v0", "ImageEdit-Complex-v0"])
def test_twins_are_told_apart_as_the_instruction_means_it(env_id):
    tasks, tools = tasks_of(env_id, 60)
    twins = 0
    for task in tasks:
        for stage in plan_of(task, tools, NAMES):
            assert stage.slot is not None
            assert stage.same_subject(stage.edit, NAMES)
            twins += " " in stage.edit.subject.removesuffix(stage.regions[stage.slot].label)
    assert twins > 0


# Scores


@pytest.mark.parametrize("seed", range(10))
def test_the_selector_sees_the_kind_of_noise(seed):
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(40, 216, (6, 6, 3), np.uint8), (64, 64))
    for level in ("light", "strong"):
        assert has_impulses(impulse_noise(picture, level, rng))
        assert not has_impulses(gaussian_noise(picture, level, rng))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(
    ("env_id", "least"),
    [
        ("ImageEdit-v0", 0.95),
        ("ImageEdit-Direct-v0", 0.95),
        ("ImageEdit-MultiStep-v0", 0.95),
        ("ImageEdit-Indirect-v0", 0.95),
        ("ImageEdit-Complex-v0", 0.95),
        ("ImageEdit-Retouch-v0", 0.95),
        ("ImageEdit-Restore-v0", 0.9),
    ],
)
def test_the_reference_scores_best(env_id, least, split):
    tasks, tools = tasks_of(env_id, 40, split)
    solved = 0
    for task in tasks:
        scorer = scorer_of(task, tools, dict.fromkeys(TERMS, 1.0))
        got = values(scorer, reference_answer(task, tools, NAMES))
        assert [got[name] for name in ("format", "action", "subject", "goal")] == [1.0] * 4
        solved += got["image"] == 1.0
    assert solved >= least * len(tasks)


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
    assert set(PRESETS) == {"paper", "outcome"}
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


# What a model is told


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
