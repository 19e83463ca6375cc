"""What people say about their photos, and what is made of it."""

from __future__ import annotations

import numpy as np
import pytest
from editenv_policies.photo.finding import candidates, find_slot
from editenv_policies.photo.understanding import Beyond, understand

from editenv.tools import TOOL_PRESETS, TOOLS
from editenv.types import Region

WHOLE = {
    "make it brighter": [("brightness", "brighter")],
    "Brighten this up a bit!": [("brightness", "brighter")],
    "It's way too dark.": [("brightness", "much brighter")],
    "warmer please": [("white_balance", "warmer")],
    "make the photo a lot warmer": [("white_balance", "much warmer")],
    "it's a bit too yellow, can you fix that?": [("white_balance", "cooler")],
    "more contrast": [("contrast", "punchier")],
    "increase brightness and contrast": [("brightness", "brighter"), ("contrast", "punchier")],
    "reduce the contrast and boost the colours": [("contrast", "flatter"), ("saturation", "vivid")],
    "less saturated": [("saturation", "muted")],
    "make it pop": [("saturation", "vivid")],
    "turn this into black and white": [("saturation", "black and white")],
    "make it b&w": [("saturation", "black and white")],
    "crop it": [("crop", "centre")],
    "crop out the right side": [("crop", "left")],
    "mirror it": [("flip", "horizontal")],
    "remove the noise": [("denoise", "light")],
    "lighten the shadows": [("low_light", "lift")],
    "the picture is a bit blurry, can you sharpen it?": [("deblur", "light")],
    "brighter, warmer, more contrast": [
        ("brightness", "brighter"),
        ("white_balance", "warmer"),
        ("contrast", "punchier"),
    ],
}
THINGS = {
    "remove the cup": [("remove", "fill", "cup")],
    "remove cup": [("remove", "fill", "cup")],
    "Could you please get rid of that ugly red spoon?": [("remove", "fill", "ugly red spoon")],
    "get rid of all of the people in the background": [("remove", "fill", "people")],
    "remove the cup and the spoon": [("remove", "fill", "cup"), ("remove", "fill", "spoon")],
    "remove the flat tyre": [("remove", "fill", "flat tyre")],
    "remove the cup and make it brighter": [
        ("remove", "fill", "cup"),
        ("brightness", "brighter", ""),
    ],
    "make the cup red": [("recolour", "red", "cup")],
    "turn the red car green": [("recolour", "green", "red car")],
    "paint the walls in light blue": [("recolour", "blue", "walls")],
    "change the colour of the cup to green": [("recolour", "green", "cup")],
    "I want the sky to be brighter": [("brightness", "brighter", "sky")],
    "brighten up the left side of the photo": [("brightness", "brighter", "left side")],
    "erase the red thing on the right": [("remove", "fill", "red thing on the right")],
    "blur the background": [("blur", "soft", "background")],
    "make the background darker and blur it": [
        ("brightness", "darker", "background"),
        ("blur", "soft", "background"),
    ],
    "don't touch the cat but blur everything else": [("blur", "soft", "background")],
    "keep the cat as it is and blur the background": [("blur", "soft", "background")],
    "swap the cup for a teapot": [("replace", "teapot", "cup")],
    "put a teddy bear on the chair": [("add", "teddy bear", "chair")],
    "add a lemon next to the cup": [("add", "lemon", "cup")],
    "replace the background with mountains": [("background", "mountains", "background")],
    "move the spoon to the left": [("move", "left", "spoon")],
    "make the cup bigger": [("scale", "larger", "cup")],
}
BEYOND = {
    "rotate it by 90 degrees": "no tool at hand does this",
    "make it look like a painting": "no tool at hand does this",
    "give it a vintage look": "no tool at hand does this",
    "change the sky to a sunset": "no tool at hand does this",
    "fix the exposure": "say which way: brighter or darker",
    "replace the dog with a cat": "'replace' knows only: apple",
    "change the background to a beach": "'background' knows only: city",
    "make it blue": "say what is to be blue",
    "make it bigger": "changes the size of the picture",
    "remove the background": "nothing would be left",
}


@pytest.mark.parametrize("instruction", WHOLE)
def test_wishes_for_the_whole_photo(instruction):
    found = understand(instruction, TOOLS)
    assert [(w.action, w.goal, w.subject) for w in found] == [
        (action, goal, "") for action, goal in WHOLE[instruction]
    ]


@pytest.mark.parametrize("instruction", THINGS)
def test_wishes_for_a_thing(instruction):
    found = understand(instruction, TOOLS)
    assert [(w.action, w.goal, w.subject) for w in found] == THINGS[instruction]


@pytest.mark.parametrize("instruction", BEYOND)
def test_what_is_beyond_the_tools_is_said(instruction):
    (found,) = understand(instruction, TOOLS)
    assert isinstance(found, Beyond)
    assert BEYOND[instruction] in found.reason


def test_only_the_tools_at_hand_count():
    restore = {name: TOOLS[name] for name in TOOL_PRESETS["restore"]}
    (found,) = understand("make it warmer", restore)
    assert found.reason == "no tool at hand does 'white_balance'"


@pytest.mark.parametrize(
    "instruction", ["", "please", "can you edit my photo", "leave the cat alone"]
)
def test_what_asks_for_nothing(instruction):
    assert understand(instruction, TOOLS) == []


def regions(*labels):
    def region(number, label):
        mask = np.zeros((20, 20), np.uint8)
        mask[: 4 + number, number : number + 3] = 255
        return Region.from_mask(label, mask)

    return (Region.whole(20, 20), *(region(n, label) for n, label in enumerate(labels)), None)


def test_a_thing_is_found_by_its_name():
    there = regions("coffee cup", "spoon", "background")
    assert find_slot("cup", there) == 1
    assert find_slot("old coffee cup", there) == 1
    assert find_slot("spoons", there) == 2
    assert find_slot("background", there) == 3
    assert find_slot("dog", there) is None
    assert find_slot("ground", there) is None


def test_of_things_of_one_name_the_place_decides():
    there = regions("cup", "plate", "cup")
    assert find_slot("cup on the left", there) == 1
    assert find_slot("cup on the right", there) == 3
    assert find_slot("small cup", there) == 1


def test_nameless_things_are_found_by_colour_and_place_if_that_tells_them_apart():
    there = regions("red thing on the right", "red thing on the left", "black thing at the top")
    assert find_slot("red thing on the right", there) == 1
    assert find_slot("red object on the left", there) == 2
    assert find_slot("black thing", there) == 3
    assert find_slot("red thing", there) is None
    assert candidates("red thing", there) == [1, 2]
    assert find_slot("red cup on the right", there) is None
    assert find_slot("thing", there) is None
