"""White balance and tilt, read off drawn pictures of which both are known."""

import numpy as np
import pytest

from editenv.develop import Sliders, develop
from editenv.develop.automatic import horizon_tilt, neutral_balance


def still_life(seed=0):
    """Draw grey and coloured tiles under white light."""
    rng = np.random.default_rng(seed)
    tiles = np.repeat(rng.uniform(30, 220, (6, 9, 1)), 3, axis=2)
    tiles[::2, ::2] = rng.uniform(30, 220, tiles[::2, ::2].shape)
    drawn = tiles.repeat(20, axis=0).repeat(20, axis=1) + rng.normal(0, 3, (120, 180, 3))
    return np.clip(drawn, 2, 245).astype(np.uint8)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("cast", [(40, 0), (-35, 15), (0, -30)])
def test_a_cast_of_known_size_is_found(cast, depth):
    photo = still_life().astype(depth) * (1 if depth is np.uint8 else 257)
    before = np.array(neutral_balance(photo))
    tinted = develop(photo, Sliders(temperature=cast[0], tint=cast[1]))
    found = np.array(neutral_balance(tinted))
    np.testing.assert_allclose(found - before, [-cast[0], -cast[1]], atol=6)
    np.testing.assert_allclose(before, 0, atol=15)


def test_a_picture_that_tells_nothing_is_left_alone():
    assert neutral_balance(np.full((40, 60, 3), 255, np.uint8)) == (0.0, 0.0)
    assert neutral_balance(np.zeros((40, 60, 3), np.uint8)) == (0.0, 0.0)


def street(degrees, seed=0):
    """Draw houses at the sea, turned clockwise."""
    rng = np.random.default_rng(seed)
    drawn = np.full((400, 600, 3), (150, 180, 220), np.float64)
    drawn[210:] = (60, 90, 110)
    for left in range(40, 540, 130):
        drawn[int(rng.integers(60, 160)) : 210, left : left + 70] = rng.integers(40, 220, 3)
    noisy = np.clip(drawn + rng.normal(0, 5, drawn.shape), 0, 255).astype(np.uint8)
    return develop(noisy, Sliders(straighten=degrees))


@pytest.mark.parametrize("degrees", [-11.0, -3.5, -1.0, 0.0, 2.0, 6.3])
def test_a_tilt_of_known_size_is_found(degrees):
    assert horizon_tilt(street(degrees)) == pytest.approx(degrees, abs=0.4)


def test_where_there_are_no_lines_there_is_no_tilt():
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    assert horizon_tilt(noise) is None
    assert horizon_tilt(np.full((200, 300, 3), 90, np.uint8)) is None


def test_lines_that_do_not_agree_tell_no_tilt():
    import cv2

    drawn = np.full((400, 400, 3), 90, np.uint8)
    for degrees in range(0, 180, 4):
        across, down = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        ends = [(int(200 + r * across), int(200 + r * down)) for r in (40, 190)]
        cv2.line(drawn, *ends, (200, 200, 200), 2)
    assert horizon_tilt(drawn) is None
