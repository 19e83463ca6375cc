"""The image encoder of regions: what it gives, remembers and recognises."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from editenv.encoders import (
    CropEncoder,
    ImageEncoder,
    StaticTextEncoder,
    make_encoder,
    make_image_encoder,
)
from editenv.encoders import crops as crops_module
from editenv.encoders.crops import SIDE, as_channels, crop_of, known_names
from editenv.grounders import ProposalGrounder
from editenv.imaging.colour import recolour
from editenv.tasks.arrange import arrange
from editenv.types import BACKGROUND, EditTask, Region


def _proposed(seed, size=128, slots=9, split="test"):
    """Return a picture and proposals on it."""
    rng = np.random.default_rng(seed)
    scene = arrange(rng, split, size, size, count=3)
    task = EditTask(scene.image, "", regions=scene.regions())
    return scene.image, ProposalGrounder().propose(task, rng, slots)


@pytest.fixture
def counted(monkeypatch):
    """An encoder that notes how many crops each run gets."""
    sizes = []
    run = CropEncoder.run
    monkeypatch.setattr(CropEncoder, "run", lambda self, c: sizes.append(len(c)) or run(self, c))
    return CropEncoder(), sizes


def test_vectors_are_bounded_and_empty_slots_are_zeros():
    image, regions = _proposed(0, slots=12)
    assert None in regions
    (rows,) = CropEncoder().encode([image], [regions])
    assert rows.shape == (12, 256)
    assert rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    for region, row, length in zip(regions, rows, lengths, strict=True):
        if region is None:
            assert not row.any()
        else:
            assert length == pytest.approx(1, abs=1e-5)
    assert np.abs(rows).max() <= 1


def test_a_batch_of_pictures_of_several_sizes_is_the_singles_to_the_bit(counted):
    encoder, sizes = counted
    pairs = [_proposed(seed, size) for seed, size in enumerate((64, 96, 128, 256, 128))]
    pictures, regions = zip(*pairs, strict=True)
    together = encoder.encode(pictures, regions)
    assert len(sizes) == 1
    for (picture, slots), rows in zip(pairs, together, strict=True):
        for slot, region in enumerate(slots):
            (alone,) = CropEncoder().encode([picture], [[region]])
            assert alone[0].tobytes() == rows[slot].tobytes()


def test_a_crop_is_encoded_once_and_an_edit_only_where_it_shows(counted):
    encoder, sizes = counted
    image = np.full((64, 64, 3), 120, np.uint8)
    image[10:20, 10:20], image[40:50, 40:50] = (200, 0, 0), (0, 0, 200)
    regions = [Region.whole(64, 64), _square(10), None, _square(40)]
    (before,) = encoder.encode([image], [regions])
    (again,) = encoder.encode([image.copy()], [regions])
    assert sizes == [3]
    np.testing.assert_array_equal(before, again)
    edited = recolour(image, regions[1].mask, "green")
    (after,) = encoder.encode([edited], [regions])
    assert sizes == [3, 2]  # the whole picture and the square that was painted
    assert np.array_equal(before[3], after[3])
    assert not np.array_equal(before[1], after[1])
    before[:] = 0  # what it returns is the caller's own
    np.testing.assert_array_equal(encoder.encode([image], [regions])[0], again)


def test_what_is_remembered_is_bounded_and_can_be_cleared():
    encoder = CropEncoder(remembered=2)
    image, regions = _proposed(1)
    encoder.encode([image], [regions])
    assert len(encoder._vectors) == 2
    encoder.clear()
    assert len(encoder._vectors) == 0
    with pytest.raises(ValueError, match="remembered=0"):
        CropEncoder(remembered=0)


def _square(start, side=10, size=64):
    mask = np.zeros((size, size), np.uint8)
    mask[start : start + side, start : start + side] = 255
    return Region.from_mask("", mask)


def test_a_crop_shows_the_box_with_a_margin_and_the_mask():
    image = np.zeros((64, 64, 3), np.uint8)
    image[20:30, 20:30] = (250, 100, 50)
    pixels = as_channels(crop_of(image, _square(20)))
    assert pixels.shape == (SIDE, SIDE, 4)
    assert pixels[16, 16].tolist() == [250, 100, 50, 255]
    assert not pixels[0, 0].any()


@pytest.mark.parametrize(
    "region",
    [
        Region.whole(64, 64),
        _square(0, 1),
        _square(63, 1),
        Region("", np.zeros((64, 64), np.uint8), (0, 0, 0, 0)),
    ],
)
def test_regions_at_the_border_of_one_pixel_and_of_none(region):
    (rows,) = CropEncoder().encode([np.full((64, 64, 3), 9, np.uint8)], [[region]])
    assert rows.any() == (region.box != (0, 0, 0, 0))


def test_no_pictures_and_no_slots():
    assert CropEncoder().encode([], []) == []
    (rows,) = CropEncoder().encode([np.zeros((8, 8, 3), np.uint8)], [[]])
    assert rows.shape == (0, 256)
    assert CropEncoder().names(rows) == []


def test_names_are_the_nearest_words_of_the_vocabulary():
    pooled = StaticTextEncoder().pooled
    names = [*known_names()[:5], BACKGROUND]
    rows = np.stack([*(pooled(name) for name in names), np.zeros(256, np.float32)])
    assert CropEncoder().names(rows) == [*names, None]


def test_objects_of_the_test_split_are_recognised():
    """A floor far below what ``docs/perception.md`` reports: 60 scenes say little more."""
    pooled = StaticTextEncoder().pooled
    encoder, rng = CropEncoder(), np.random.default_rng(11)
    right, grounds, colours = [], [], []
    for _ in range(60):
        scene = arrange(rng, "test", 128, 128, count=2)
        regions = scene.regions()
        (rows,) = encoder.encode([scene.image], [regions])
        for region, name in zip(regions, encoder.names(rows), strict=True):
            (grounds if region.label == BACKGROUND else right).append(name == region.label)
        red, blue = (
            encoder.encode([recolour(scene.image, regions[-1].mask, c)], [regions])[0][-1]
            for c in ("red", "blue")
        )
        colours += [red @ pooled("red") > blue @ pooled("red")]
        colours += [blue @ pooled("blue") > red @ pooled("blue")]
    assert np.mean(right) > 0.75
    assert np.mean(grounds) > 0.9
    assert np.mean(colours) > 0.9


def test_a_pickled_encoder_is_small_and_gives_the_same():
    image, regions = _proposed(2)
    encoder = CropEncoder(remembered=100)
    (rows,) = encoder.encode([image], [regions])
    packed = pickle.dumps(encoder)
    assert len(packed) < 1000
    copy = pickle.loads(packed)
    assert copy.remembered == 100
    np.testing.assert_array_equal(copy.encode([image], [regions])[0], rows)


def test_the_model_is_small_and_loaded_only_when_used():
    file = crops_module.resources.files("editenv.encoders") / "data" / "crops.onnx"
    assert len(file.read_bytes()) < 5_000_000
    code = (
        "import sys, editenv; from editenv.encoders import make_encoder, make_image_encoder; "
        "make_image_encoder('static', make_encoder('static')); "
        "print([m for m in ('torch', 'onnxruntime', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_onnxruntime_is_named_with_the_pip_command(monkeypatch):
    crops_module._session.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    image, regions = _proposed(3)
    with pytest.raises(DependencyNotInstalled, match="pip install onnxruntime"):
        CropEncoder().encode([image], [regions])


def test_make_image_encoder_shares_one_for_each_text_encoder():
    text = make_encoder("static")
    encoder = make_image_encoder("static", text)
    assert isinstance(encoder, CropEncoder)
    assert isinstance(encoder, ImageEncoder)
    assert encoder.dimension == text.dimension
    assert make_image_encoder(text, text) is encoder


class _Letters:
    """A text encoder that knows only words: counts of letters."""

    dimension = 26

    def tokens(self, text):
        counts = [text.count(chr(97 + i)) for i in range(26)]
        return np.array([counts], np.float32) / max(len(text), 1)

    def pooled(self, text):
        row = self.tokens(text)[0]
        return row / max(np.linalg.norm(row), 1e-6)


def test_a_text_encoder_alone_gets_the_names_of_what_is_seen():
    text = make_encoder(_Letters())
    encoder = make_image_encoder(text, text)
    image, regions = _proposed(4)
    (rows,) = encoder.encode([image], [regions])
    seen = CropEncoder().names(CropEncoder().encode([image], [regions])[0])
    assert rows.shape == (9, 26)
    np.testing.assert_array_equal(rows[0], text.pooled("whole picture"))
    for row, name in list(zip(rows, seen, strict=True))[1:]:
        np.testing.assert_array_equal(row, np.zeros(26) if name is None else text.pooled(name))
    assert [n is None for n in encoder.names(rows)] == [r is None for r in regions]


def test_an_image_encoder_of_one_s_own_is_taken_if_it_fits():
    own = CropEncoder()
    assert make_image_encoder(own, make_encoder("static")) is own
    with pytest.raises(ValueError, match=r"256 numbers .* 26"):
        make_image_encoder(own, make_encoder(_Letters()))
