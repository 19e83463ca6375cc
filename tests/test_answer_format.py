"""Answers in words: what is well formed, and the way back."""

import pytest
from answer_scorers import IDS, NAMES, tasks_of
from fuzzed_answers import RIGHT
from hypothesis import given, settings
from hypothesis import strategies as st

from editenv.agents import Intent
from editenv.answers import (
    Answer,
    parse_answer,
    write_answer,
)
from editenv.answers.format import MAX_CHARACTERS, MAX_EDITS, MAX_ITEM
from editenv.answers.plan import reference_answer


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
