"""Caches that are bounded in bytes."""

import numpy as np
import pytest

from editenv.caching import forget, remembered
from editenv.imaging.inpaint import inpaint_diffusion
from editenv.imaging.light import DAYLIGHT
from editenv.imaging.restore import deblur
from editenv.material import library_sprites
from editenv.material.loader import library_backgrounds
from editenv.material.sized import background_at, sprite_at
from editenv.tasks.look import look_of


def counted(most_bytes):
    calls = []

    @remembered(most_bytes)
    def zeros(size):
        calls.append(size)
        return np.zeros(size, np.uint8)

    return zeros, calls


def test_results_are_remembered_and_shared():
    zeros, calls = counted(100)
    assert zeros(40) is zeros(40)
    assert calls == [40]


def test_what_one_package_remembers_can_be_forgotten():
    zeros, calls = counted(100)
    zeros(40)
    forget("editenv")
    zeros(40)
    assert calls == [40]
    forget(__name__)
    zeros(40)
    assert calls == [40, 40]


def test_the_oldest_results_make_room():
    zeros, calls = counted(100)
    for size in (40, 50, 30, 40):
        zeros(size)
    assert calls == [40, 50, 30, 40]
    zeros(30)
    assert calls == [40, 50, 30, 40]


def test_what_is_too_large_is_returned_and_not_kept():
    zeros, calls = counted(100)
    zeros(90)
    assert zeros(101).size == zeros(101).size
    zeros(90)
    assert calls == [90, 101, 101]


def test_shared_pixels_cannot_be_written_to():
    dog = library_sprites()["dog"]
    look = look_of(dog, 20, 24, True, False, DAYLIGHT, (("recolour", "teal"),))
    lake = background_at(library_backgrounds()["lake"], 32, 32)
    for pixels in (sprite_at(dog, 20, 24), look.colour, look.coverage, lake):
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0] = 0


@pytest.mark.parametrize(
    "tool", [inpaint_diffusion, lambda image, mask: deblur(image, 1.4)], ids=["fill", "deblur"]
)
def test_tools_that_remember_give_everyone_a_picture_of_their_own(tool):
    image = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    mask = np.zeros((24, 24), np.uint8)
    mask[8:14, 8:14] = 255
    first = tool(image, mask)
    expected = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(tool(image, mask), expected)
