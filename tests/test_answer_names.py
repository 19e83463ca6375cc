"""How names in answers are understood: spelling and synonyms."""

import pytest
from answer_scorers import NAMES

from editenv.answers.words import normal

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
