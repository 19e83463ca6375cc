"""Which things an instruction names."""

import gymnasium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import editenv  # noqa: F401
from editenv.material.plurals import plural_of
from editenv.models.grounders.mentions import LONGEST, Mention, find_mentions
from editenv.types import BACKGROUND, WHOLE_IMAGE


def words_of(text):
    return [mention.words for mention in find_mentions(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Make the small kite teal, then get rid of the apple.", ["small kite", "apple"]),
        ("remove cat", ["cat"]),
        ("Replace the dog with a cat.", ["dog", "cat"]),
        ("Turn the red car blue.", ["red car"]),
        ("Turn the left-hand mirror upside down", ["left mirror"]),
        ("Mirror the photo, and mirror the light bulb.", ["light bulb"]),
        ("Paint the butterfly rose pink.", ["butterfly"]),
        ("Remove the orange and the lime.", ["orange", "lime"]),
        ("Tint the orange orange.", ["orange"]),
        ("Could you delete all the people from the beach?", ["people", "beach"]),
        ("Add a vase of flowers on the wooden table.", ["vase", "flowers", "wooden table"]),
        ("Erase the text on the t-shirt of the boy.", ["text", "t-shirt", "boy"]),
        ("Put a boat next to the old wooden pier", ["boat", "old wooden pier"]),
        ("Change the woman's coat and hair to scarlet or copper red.", ["woman coat", "hair"]),
        ("The photo is far too dark. Please fix that.", []),
        ("Make it black and white.", []),
        ("", []),
        ("!!! 123 ...", []),
    ],
)
def test_names_and_what_tells_twins_apart(text, names):
    assert words_of(text) == names


def test_attributes_stand_apart_from_the_name():
    assert find_mentions("Move the tiny green toy car up") == (
        Mention("toy car", ("tiny", "green")),
    )


def test_a_thing_that_is_named_twice_is_one():
    assert words_of("Flip the cup, then paint the cup red and the left cup blue.") == [
        "cup",
        "left cup",
    ]


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_has_short_names(text):
    for mention in find_mentions(text):
        assert mention.name == mention.name.strip() != ""
        assert len(mention.name.split()) <= LONGEST or not mention.name.isascii()


@pytest.mark.parametrize(
    ("env_id", "count"), [("ImageEdit-v0", 40), ("ImageEdit-MultiStep-v0", 30)]
)
@pytest.mark.parametrize("split", ["train", "test"])
def test_what_generated_instructions_name_is_found(env_id, count, split):
    env = gymnasium.make(env_id, split=split).unwrapped
    named, found = 0, 0
    for number in range(count):
        env.reset(options={"task": number})
        text = env.task.instruction.lower()
        names = {mention.name for mention in find_mentions(text)}
        for edit in env.task.sub_edits:
            if edit.subject not in (WHOLE_IMAGE, BACKGROUND) and edit.subject in text:
                named += 1
                # "both parrots" names one kind of thing, twice.
                found += edit.subject in names or plural_of(edit.subject) in names
    assert named > 40
    assert found / named > 0.97
