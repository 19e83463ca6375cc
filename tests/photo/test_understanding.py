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
    "keep the cat as it is and blur the background": [("blur", "soft", "background")],
    "swap the cup for a teapot": [("replace", "teapot", "cup")],
    "put a teddy bear on the chair": [("add", "teddy bear", "chair")],
    "add a lemon next to the cup": [("add", "lemon", "cup")],
    "replace the background with mountains": [("background", "mountains", "background")],
    "move the spoon to the left": [("move", "left", "spoon")],
    "make the cup bigger": [("scale", "larger", "cup")],
}
BEYOND = {
    "make it look like a painting": "I do not understand this; the nearest thing I can do is '",
    "give it a vintage look": "I do not understand this; the nearest thing I can do is '",
    "change the sky to a sunset": "I do not understand this; the nearest thing I can do is '",
    "fix the exposure": "say which way: brighter or darker",
    "replace the dog with a cat": "I do not have that; the nearest I have is '",
    "change the background to a beach": "I do not have that; the nearest I have is 'lake'",
    "make it blue": "say what is to be blue",
    "make it bigger": "say how large",
    "remove the background": "nothing would be left",
    "slightly": "say what: such as 'make it slightly brighter'",
    "crop to a square": "without the sliders I can only crop to a side or to the middle",
}
SPARING = {
    "sharpen everything except the cup": [("sharpen", "gentle", "", ("cup",))],
    "make it brighter, but not the cup": [("brightness", "brighter", "", ("cup",))],
    "brighten everything but the cup and the spoon": [
        ("brightness", "brighter", "", ("cup", "spoon"))
    ],
    "except the cup, make everything darker": [("brightness", "darker", "", ("cup",))],
    "brighten it but leave the face alone": [("brightness", "brighter", "", ("face",))],
    "keep the sky as it is and make it warmer": [("white_balance", "warmer", "", ("sky",))],
    "don't touch the cat but blur everything else": [("blur", "soft", "", ("cat",))],
    "make the cup red and don't change the spoon": [("recolour", "red", "cup", ())],
    "don't make it too bright, just add a little contrast": [("contrast", "punchier", "", ())],
    "do not change the colours, only sharpen it": [("sharpen", "gentle", "", ())],
    "keep the colours natural but make it brighter": [("brightness", "brighter", "", ())],
    "please don't remove the dog, remove the cat": [("remove", "fill", "cat", ())],
}
SLIDERS = {
    "crop to a square": ("crop", "1:1", None),
    "crop to 16:9": ("crop", "16:9", None),
    "crop 10 % off the left": ("crop", "right", (10, "%")),
    "reduce saturation by 20 %": ("saturation", "muted", (20, "%")),
    "slightly brighter": ("brightness", "brighter", (0.5, "times")),
    "brighter, slightly": ("brightness", "brighter", (0.5, "times")),
    "less warm": ("white_balance", "cooler", None),
    "not so bright please": ("brightness", "darker", None),
    "this came out too dark": ("brightness", "brighter", None),
    "it's a bit dark": ("brightness", "brighter", (0.5, "times")),
    "it isn't very sharp": ("sharpen", "gentle", None),
    "the lighting is too warm": ("white_balance", "cooler", None),
    "the shadows are too dark": ("low_light", "lift", None),
    "the highlights are too bright": ("highlights", "darker", None),
    "can you fix the white balance?": ("white_balance", "neutral", None),
    "make the ladybug blue instead of red": ("recolour", "blue", None),
    "the photo is crooked, straighten it": ("straighten", "level", None),
    "rotate it 3 degrees to the left": ("straighten", "left", (3, "degrees")),
    "rotate it by 90 degrees": ("rotate", "right", (90, "degrees")),
    "increase the exposure by half a stop": ("brightness", "brighter", (0.5, "stops")),
    "contrast -20": ("contrast", "flatter", (20, "")),
    "too much contrast": ("contrast", "flatter", None),
    "add a vignette": ("vignette", "darker corners", None),
    "remove the vignette": ("vignette", "lighter corners", None),
    "resize it to 1200 pixels": ("resize", "", (1200, "pixels")),
}


@pytest.mark.parametrize("instruction", SPARING)
def test_what_is_spared_and_what_is_not_to_be_done(instruction):
    found = understand(instruction, TOOLS)
    assert [(w.action, w.goal, w.subject, w.spared) for w in found] == SPARING[instruction]


@pytest.mark.parametrize("instruction", SLIDERS)
def test_amounts_and_what_only_sliders_can_do(instruction):
    (found,) = understand(instruction, TOOLS, sliders=True)
    amount = found.amount and (found.amount.size, found.amount.unit)
    assert (found.action, found.goal, amount) == SLIDERS[instruction]


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
    assert found.reason == "no tool at hand does 'white balance'"


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
