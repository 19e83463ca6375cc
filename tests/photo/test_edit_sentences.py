"""What people say, on a drawn photo whose things are known: the right pixels change."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_photo import BALL, CUP, mask_of
from PIL import Image

from editenv.develop import Sliders, develop

ELSEWHERE = (slice(85, 100), slice(0, 80))
FIND = ("--grounder", "detector:a-folder")


@pytest.fixture
def edit(run, scene, detector):
    """Run a sentence on the drawn photo; return exit code, report, picture before and after."""

    def call(instruction):
        code, report, after = run(instruction, *FIND, path=scene)
        before = np.asarray(Image.open(scene))
        assert detector.closed
        return code, report, before, after

    return call


@pytest.mark.parametrize(
    "instruction", ["sharpen everything except the cup", "make it brighter, but not the cup"]
)
def test_all_but_a_thing(edit, instruction):
    code, report, before, after = edit(instruction)
    assert (code, report["status"]) == (0, "done")
    np.testing.assert_array_equal(after[CUP], before[CUP])
    changed = np.abs(after.astype(int) - before).max(axis=2) > 0
    assert changed[BALL].mean() > 0.5 and changed[ELSEWHERE].mean() > 0.5
    assert report["calls"][0]["intents"][0]["spared"] == ["cup"]


def test_a_tool_leaves_alone_what_is_spared_too(edit):
    code, _, before, after = edit("pixelate everything except the ladybug")
    assert code == 0
    np.testing.assert_array_equal(after[BALL], before[BALL])
    assert (after[CUP] != before[CUP]).mean() > 0.5


def test_a_little_contrast_and_nothing_brighter(edit):
    _, report, before, after = edit("don't make it too bright, just add a little contrast")
    assert [call["sliders"] for call in report["calls"]] == [{"contrast": 15.0}]
    assert after.std() > before.std() and after.mean() < before.mean() + 3


def test_only_sharper(edit):
    _, report, before, after = edit("do not change the colours, only sharpen it")
    assert [call["sliders"] for call in report["calls"]] == [{"sharpening": 60.0}]
    np.testing.assert_allclose(after.mean(axis=(0, 1)), before.mean(axis=(0, 1)), atol=1.5)


def test_a_square(edit):
    assert edit("crop to a square")[3].shape == (100, 100, 3)


def test_less_saturation_by_a_fifth(edit):
    _, _, before, after = edit("reduce saturation by 20 %")
    spread = [np.ptp(picture[BALL].mean(axis=(0, 1))) for picture in (before, after)]
    assert spread[1] == pytest.approx(0.8 * spread[0], rel=0.05)


@pytest.mark.parametrize(
    ("instruction", "brighter"), [("not so bright please", -1), ("this came out too dark", 1)]
)
def test_brightness(edit, instruction, brighter):
    _, _, before, after = edit(instruction)
    assert brighter * (after.mean() - before.mean()) > 10


def test_less_warm(edit):
    _, _, before, after = edit("less warm")
    red, _, blue = after.mean(axis=(0, 1)) - before.mean(axis=(0, 1))
    assert red < -2 and blue > 2


def test_slightly_what(edit):
    code, report, _, after = edit("slightly")
    assert code == 3 and after is None
    assert report["not_done"][0]["reason"] == "say what: such as 'make it slightly brighter'"


def test_the_ladybug_blue_instead_of_red(edit):
    _, report, before, after = edit("make the ladybug blue instead of red")
    assert report["calls"][0]["tool"] == "recolour"
    red, _, blue = after[BALL].mean(axis=(0, 1))
    assert blue > red + 40
    np.testing.assert_array_equal(after[CUP], before[CUP])


def test_the_white_balance_of_a_photo_with_a_known_cast(run, tmp_path):
    rng = np.random.default_rng(0)
    grey = np.clip(rng.normal(120, 40, (60, 90, 1)) + rng.normal(0, 3, (60, 90, 3)), 5, 240)
    cast = develop(grey.astype(np.uint8), Sliders(temperature=45, tint=-20))
    Image.fromarray(cast).save(tmp_path / "cast.png")
    code, report, result = run("can you fix the white balance?", path=tmp_path / "cast.png")
    assert code == 0
    assert report["calls"][0]["sliders"]["temperature"] == pytest.approx(-45, abs=6)
    assert report["calls"][0]["sliders"]["tint"] == pytest.approx(20, abs=6)
    means = result.reshape(-1, 3).mean(axis=0)
    assert np.ptp(means) < 5 < 20 < np.ptp(cast.reshape(-1, 3).mean(axis=0))
    code, report, _ = run("fix the white balance", path=tmp_path / "cast-edited.png")
    assert code == 3 and "neutral already" in report["not_done"][0]["reason"]


def horizon(degrees):
    """Draw sea and sky with a house, turned clockwise."""
    drawn = np.full((300, 420, 3), (150, 180, 220), np.uint8)
    drawn[160:] = (60, 90, 110)
    drawn[90:160, 150:230] = (120, 60, 50)
    noise = np.random.default_rng(0).normal(0, 4, drawn.shape)
    noisy = np.clip(drawn + noise, 0, 255).astype(np.uint8)
    return develop(noisy, Sliders(straighten=degrees))


def test_a_crooked_photo_of_a_known_angle(run, tmp_path):
    Image.fromarray(horizon(4.0)).save(tmp_path / "sea.png")
    code, report, result = run("the photo is crooked, straighten it", path=tmp_path / "sea.png")
    assert code == 0
    assert report["calls"][0]["sliders"]["straighten"] == pytest.approx(-4.0, abs=0.3)
    rows = np.abs(np.diff(result[..., 0].astype(int), axis=0)).argmax(axis=0)
    edges = rows[5 : result.shape[1] // 4], rows[-result.shape[1] // 4 : -5]
    assert abs(np.median(edges[0]) - np.median(edges[1])) <= 2
    Image.fromarray(horizon(0.0)).save(tmp_path / "level.png")
    code, report, _ = run("straighten it", path=tmp_path / "level.png")
    assert code == 3 and "it is level already" in report["not_done"][0]["reason"]


def test_sliders_follow_a_thing_that_was_moved(edit):
    _, _, before, after = edit("move the cup to the right and make the cup much darker")
    moved = mask_of((slice(20, 60), slice(64, 80))) > 0
    assert after[moved].mean() < before[CUP].mean() - 20
    assert after[30:50, 22:30].mean() > before[CUP].mean() - 20
