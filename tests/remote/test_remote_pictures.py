"""Pictures that come back, and how they fit."""

import io
import tracemalloc
import warnings

import numpy as np
import pytest
from PIL import Image
from remote.server import huge_png

from editenv.models.remote.frame import frame_of
from editenv.models.remote.pictures import bytes_of_base64, data_url, picture, png, rgb
from editenv.models.remote.reply import ProblemError

PICTURE = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
MEGAPIXEL = 2**20


def saved(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def test_there_and_back():
    assert np.array_equal(rgb(picture(png(PICTURE), MEGAPIXEL), PICTURE), PICTURE)
    data = bytes_of_base64(data_url(PICTURE))
    assert np.array_equal(rgb(picture(data, MEGAPIXEL), PICTURE), PICTURE)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "1", "I;16", "CMYK"])
def test_other_modes_become_rgb(mode):
    grey = Image.fromarray(PICTURE).convert("L")
    image = Image.fromarray(np.uint16(PICTURE[..., 0]) * 256) if mode == "I;16" else grey
    image = image if mode == "I;16" else image.convert(mode)
    form = "JPEG" if mode == "CMYK" else "PNG"
    back = rgb(picture(saved(image, form), MEGAPIXEL), PICTURE)
    assert back.shape == PICTURE.shape and back.dtype == np.uint8


def test_where_it_is_transparent_the_old_picture_shows():
    alpha = np.zeros((12, 20), np.uint8)
    alpha[:, :5] = 255
    back = rgb(picture(png(255 - PICTURE, alpha), MEGAPIXEL), PICTURE)
    assert np.array_equal(back[:, :5], 255 - PICTURE[:, :5])
    assert np.array_equal(back[:, 5:], PICTURE[:, 5:])


def test_100_megapixels_are_refused_undecoded():
    data = huge_png()
    assert len(data) < 200_000
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ProblemError, match="10000 x 10000 pixels, more than") as caught:
            picture(data, MEGAPIXEL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.problem.kind == "bad_response"
    assert peak < 2**20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        png(PICTURE)[:-40],
        png(PICTURE)[:60] + bytes(60) + png(PICTURE)[120:],
        saved(Image.fromarray(PICTURE), "JPEG")[:200],
        saved(Image.fromarray(PICTURE), "GIF"),
    ],
)
def test_no_picture(data):
    with pytest.raises(ProblemError) as caught:
        picture(data, MEGAPIXEL)
    assert caught.value.problem.kind == "bad_response"


@pytest.mark.parametrize("text", [None, 3, "a", "ü", "data:image/png,abc", "****"])
def test_no_base64(text):
    with pytest.raises(ProblemError):
        bytes_of_base64(text)


def test_a_frame_of_another_shape():
    frame = frame_of("64x64", PICTURE)
    assert frame.asked == "64x64" and frame.box == (0, 13, 64, 38)
    placed = frame.place(PICTURE)
    assert placed.shape == (64, 64, 3)
    assert np.array_equal(placed[0], placed[13]) and np.array_equal(placed[63], placed[50])
    mask = np.zeros((12, 20), np.uint8)
    mask[3, 7] = 1
    placed_mask = frame.place_mask(mask)
    assert set(np.unique(placed_mask)) == {0, 255}
    assert not placed_mask[:13].any() and not placed_mask[51:].any()

    smooth = np.uint8(np.mgrid[:12, :20].sum(axis=0)[..., None] * np.array([3, 5, 8]))
    back = frame.take(frame.place(smooth))
    assert back.shape == smooth.shape and abs(back.astype(int) - smooth).max() <= 3


def test_a_frame_that_changes_nothing():
    for size in ("picture", "auto", "20x12"):
        frame = frame_of(size, PICTURE)
        assert np.array_equal(frame.place(PICTURE), PICTURE)
        assert np.array_equal(frame.take(PICTURE), PICTURE)


def test_sides_may_be_rounded_but_not_the_shape():
    frame = frame_of("picture", PICTURE)
    assert frame.take(np.zeros((616, 1024, 3), np.uint8)).shape == PICTURE.shape
    with pytest.raises(ProblemError, match="another shape"):
        frame.take(np.zeros((1024, 1024, 3), np.uint8))
