"""A zero-shot detector as a grounder: what it reads, finds, keeps and raises."""

import copy
import pickle
import sys
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.error import DependencyNotInstalled
from tiny_detectors import DETECTORS
from trained_detector import THINGS, picture

from editenv.failure import FailureError
from editenv.grounders import Grounder, make_grounder
from editenv.imaging.boxes import box_mask, whole_pixels
from editenv.imaging.metrics import overlap
from editenv.models.grounders.detection import ZeroShotDetector, meant_name
from editenv.models.grounders.detector import DetectorGrounder
from editenv.models.grounders.segmenter import BoxSegmenter
from editenv.types import mask_box

NAMES = list(THINGS)
SHAPES = [(64, 64), (48, 96), (120, 60)]
ARCHITECTURES = pytest.mark.parametrize("name", DETECTORS)


def task_of(image, instruction="Paint the kite teal, then remove the apple and the cup."):
    """All that a detector may read. Asking it for anything else raises."""
    return SimpleNamespace(source=image, instruction=instruction)


def noise(height=48, width=96, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def labels_of(slots):
    return [region and region.label for region in slots]


@ARCHITECTURES
class TestEveryArchitecture:
    def test_it_proposes_valid_regions_of_any_shape(self, name, detectors):
        grounder = make_grounder(f"detector:{detectors[name]}?threshold=0.01&nms=0.9")
        assert isinstance(grounder, Grounder)
        for height, width in SHAPES:
            slots = grounder.propose(task_of(noise(height, width)), np.random.default_rng(0), 6)
            assert len(slots) == 6
            assert slots[0].label == "whole image"
            found = [region for region in slots[1:] if region is not None]
            assert any(region.label in NAMES for region in found)
            for region in found:
                assert region.label in (*NAMES, "background")
                assert region.mask.shape == (height, width)
                assert region.mask.dtype == np.uint8
                assert region.box == mask_box(region.mask) != (0, 0, 0, 0)
                assert 0 <= region.score <= 1

    def test_the_same_twice(self, name, detectors):
        def slots():
            grounder = DetectorGrounder(detectors[name], threshold=0.01)
            return grounder.propose(task_of(noise()), np.random.default_rng(3), 6)

        first, second = slots(), slots()
        assert labels_of(first) == labels_of(second)
        for one, two in zip(first, second, strict=True):
            assert (one is None) == (two is None)
            if one is not None:
                np.testing.assert_array_equal(one.mask, two.mask)
                assert one.score == two.score

    def test_higher_thresholds_keep_fewer(self, name, detectors):
        counts = []
        for threshold in (0.0, 0.5, 0.9, 1.0):
            detector = ZeroShotDetector(detectors[name], threshold=threshold, nms=1.0)
            found = detector.detect(noise(), NAMES)
            assert all(detection.score >= threshold for detection in found)
            counts.append(len(found))
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[-1] == 0

    def test_long_names_are_cut(self, name, detectors):
        detector = ZeroShotDetector(detectors[name], threshold=0.0)
        long = "x".join("abcdefghijklmnopqrstuvwxyz") * 8
        assert detector.detect(noise(), ["kite", long])

    def test_boxes_are_scaled_to_the_picture(self, name, detectors, monkeypatch):
        """The model's boxes are shares of what it sees; where OWLv2 pads, of the longer side."""
        detector = ZeroShotDetector(detectors[name], threshold=0.0, nms=1.0)
        model = detector._pretrained.model
        forward = model.forward

        def one_box(*arguments, **named):
            outputs = forward(*arguments, **named)
            outputs.pred_boxes = torch.zeros_like(outputs.pred_boxes)
            outputs.pred_boxes[:] = torch.tensor([0.5, 0.25, 0.5, 0.25])
            return outputs

        monkeypatch.setattr(model, "forward", one_box)
        for height, width in SHAPES:
            across = down = max(height, width)
            if name != "owlv2":
                across, down = width, height
            wanted = whole_pixels(
                (0.25 * across, 0.125 * down, 0.75 * across, 0.375 * down), height, width
            )
            found = detector.detect(noise(height, width), NAMES)
            assert {detection.box for detection in found} == {wanted}


class TestATrainedOne:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_it_finds_what_is_named_where_it_is(self, trained, shape):
        grounder = DetectorGrounder(trained, threshold=0.5, nms=0.3)
        rng, shares = np.random.default_rng(7), []
        for _ in range(20):
            image, boxes = picture(rng, *shape)
            found = grounder.propose(task_of(image), rng, 8)
            for name, box in boxes.items():
                mask = box_mask(box, *shape)
                mine = [r.mask for r in found if r is not None and r.label == name]
                shares.append(max((overlap(region, mask) for region in mine), default=0.0))
        assert np.mean(shares) > 0.55
        assert np.mean(np.array(shares) > 0.4) > 0.9

    def test_it_looks_for_nothing_else(self, trained):
        image, _ = picture(np.random.default_rng(0))
        grounder = DetectorGrounder(trained, threshold=0.5)
        rng = np.random.default_rng(0)
        only = grounder.propose(task_of(image, "Make the CUP bigger."), rng, 8)
        assert set(labels_of(only)) - {None} == {"whole image", "background", "cup"}
        nothing = grounder.propose(task_of(image, "Make it brighter."), rng, 8)
        assert set(labels_of(nothing)) - {None} == {"whole image", "background"}

    def test_labels_take_the_instructions_place(self, trained):
        image, _ = picture(np.random.default_rng(0))
        grounder = make_grounder(f"detector:{trained}?threshold=0.5&labels=kite, apple")
        found = grounder.propose(
            task_of(image, "Make the cup bigger."), np.random.default_rng(0), 8
        )
        assert set(labels_of(found)) - {None} == {
            "whole image",
            "background",
            "kite",
            "apple",
        }

    def test_what_is_not_there_is_not_found(self, trained):
        image, _ = picture(np.random.default_rng(0), names=("kite", "cup"))
        detector = ZeroShotDetector(trained, threshold=0.5)
        assert detector.detect(image, ["apple"]) == []
        assert detector.detect(image, []) == []

    def test_the_most_certain_are_kept(self, trained):
        image, _ = picture(np.random.default_rng(1))
        grounder = DetectorGrounder(trained, threshold=0.3)
        found = grounder.find(image, NAMES)
        assert len(found) > 2
        scores = [region.score for region in found]
        assert scores == sorted(scores, reverse=True)
        for slots in range(1, 6):
            dealt = grounder.propose(task_of(image), np.random.default_rng(0), slots)
            kept = [r for r in dealt[1:] if r is not None and r.label != "background"]
            assert {r.score for r in kept} == set(scores[: max(0, slots - 2)])

    def test_finds_that_overlap_are_one(self, trained):
        image, _ = picture(np.random.default_rng(1))

        def boxes(nms):
            found = ZeroShotDetector(trained, threshold=0.3, nms=nms).detect(image, NAMES)
            return [detection.box for detection in found]

        def worst(found):
            masks = [box_mask(box, *image.shape[:2]) for box in found]
            return max(overlap(a, b) for i, a in enumerate(masks) for b in masks[:i])

        assert len(boxes(1.0)) > len(boxes(0.5)) >= len(boxes(0.2)) >= 3
        assert worst(boxes(1.0)) > 0.5 >= worst(boxes(0.5))
        assert worst(boxes(0.2)) <= 0.2

    def test_the_background_is_what_is_left(self, trained):
        image, _ = picture(np.random.default_rng(2))
        found = DetectorGrounder(trained, threshold=0.5).propose(
            task_of(image), np.random.default_rng(0), 9
        )
        others = [r for r in found[1:] if r is not None and r.label != "background"]
        (background,) = (r for r in found if r is not None and r.label == "background")
        covered = np.maximum.reduce([region.mask for region in others])
        np.testing.assert_array_equal(background.mask, 255 - covered)

    def test_an_environment_plays_with_it(self, trained):
        env = gymnasium.make("ImageEdit-v0", grounder=f"detector:{trained}?labels=kite,cup")
        first, _ = env.reset(seed=1)
        again, _ = env.reset(seed=1)
        np.testing.assert_array_equal(first["regions"], again["regions"])
        env.step(env.action_space.sample())


class TestSegments:
    def test_masks_come_from_sam(self, trained, segmenter):
        image, _ = picture(np.random.default_rng(2), 48, 96)
        boxes = DetectorGrounder(trained, threshold=0.5).find(image, NAMES)
        grounder = make_grounder(f"detector:{trained}?threshold=0.5&sam={segmenter}")
        wanted = BoxSegmenter(segmenter).segment(image, [region.box for region in boxes])
        assert any(mask.any() for mask in wanted)
        for box, found, mask in zip(boxes, grounder.find(image, NAMES), wanted, strict=True):
            assert (box.label, box.score) == (found.label, found.score)
            assert mask.shape == (48, 96)
            assert set(np.unique(mask)) <= {0, 255}
            np.testing.assert_array_equal(found.mask, mask if mask.any() else box.mask)
            assert found.box == mask_box(found.mask)

    def test_sam_gets_the_boxes_in_its_own_pixels(self, segmenter, monkeypatch):
        model, seen = BoxSegmenter(segmenter), []
        inner = model._pretrained.model
        forward = inner.forward
        monkeypatch.setattr(inner, "forward", lambda **n: seen.append(n) or forward(**n))
        model.segment(noise(48, 96), [(3, 6, 30, 48)])
        # 96 x 48 pixels become 64 x 32.
        assert seen[0]["input_boxes"].tolist() == [[[2.0, 4.0, 20.0, 32.0]]]

    def test_every_box_has_its_own_in_any_batch(self, segmenter):
        model, image = BoxSegmenter(segmenter), noise(60, 40)
        boxes = [(2, 3, 20, 30), (10, 12, 39, 58)]
        both = model.segment(image, boxes)
        for box, mask in zip(boxes, both, strict=True):
            (alone,) = model.segment(image, [box])
            assert np.mean(alone != mask) < 0.01
        assert model.segment(image, []) == []

    def test_an_empty_segment_leaves_the_box(self, trained, segmenter, monkeypatch):
        image, _ = picture(np.random.default_rng(2))
        grounder = DetectorGrounder(trained, threshold=0.5, sam=segmenter)
        model = grounder._segmenter._pretrained.model
        forward = model.forward

        def empty(*arguments, **named):
            outputs = forward(*arguments, **named)
            outputs.pred_masks = torch.full_like(outputs.pred_masks, -1.0)
            return outputs

        monkeypatch.setattr(model, "forward", empty)
        for region in grounder.find(image, NAMES):
            assert (region.mask[slice(region.box[1], region.box[3])].max(axis=0) == 255).any()
            np.testing.assert_array_equal(region.mask, box_mask(region.box, 64, 64))


class TestMemory:
    def test_a_picture_is_looked_at_once(self, trained, monkeypatch):
        grounder, image = DetectorGrounder(trained), picture(np.random.default_rng(0))[0]
        model, calls = grounder._detector._pretrained, []
        forward = model.model.forward
        monkeypatch.setattr(
            model.model, "forward", lambda *a, **n: calls.append(1) or forward(*a, **n)
        )
        for seed in range(4):
            grounder.propose(task_of(image.copy()), np.random.default_rng(seed), 6)
        assert len(calls) == 1
        grounder.propose(task_of(image, "Paint the cup red."), np.random.default_rng(0), 6)
        grounder.propose(task_of(255 - image), np.random.default_rng(0), 6)
        assert len(calls) == 3

    def test_copies_share_and_pickles_find_the_same(self, trained):
        grounder, image = DetectorGrounder(trained), picture(np.random.default_rng(0))[0]
        assert copy.deepcopy(grounder) is grounder
        again = pickle.loads(pickle.dumps(grounder))
        pairs = zip(grounder.find(image, NAMES), again.find(image, NAMES), strict=True)
        assert all(one.box == two.box and one.score == two.score for one, two in pairs)

    def test_closing_frees_the_weights(self, detectors):
        grounder = DetectorGrounder(detectors["owlvit"], device="cpu", dtype="float32")
        grounder.find(noise(), NAMES)
        entry = grounder._detector._pretrained._entry
        for user in list(entry.users):
            user.close()
        assert entry.model is None
        grounder.find(noise(seed=1), NAMES)
        grounder.close()
        assert entry.model is None


class TestFailures:
    def test_what_the_model_raises_names_the_grounder(self, trained, monkeypatch):
        grounder = DetectorGrounder(trained)
        grounder._detector.load()

        def broken(*arguments, **named):
            raise torch.OutOfMemoryError("no room for 3 GiB")

        monkeypatch.setattr(grounder._detector._pretrained.model, "forward", broken)
        with pytest.raises(FailureError, match="3 GiB") as caught:
            grounder.propose(task_of(noise()), np.random.default_rng(0), 6)
        failure = caught.value.failure
        assert (failure.kind, failure.component) == ("error", "grounder:owl")

    def test_no_room_for_the_weights_is_a_failure(self, detectors, monkeypatch):
        def no_room(self):
            raise torch.OutOfMemoryError("no room")

        monkeypatch.setattr("editenv.models.pretrained.Pretrained._load_model", no_room)
        grounder = DetectorGrounder(detectors["owlv2"], dtype="float16")
        with pytest.raises(FailureError):
            grounder.find(noise(), NAMES)


class TestBadInput:
    def test_a_model_of_another_kind(self, segmenter, trained):
        with pytest.raises(ValueError, match="AutoModelForZeroShotObjectDetection"):
            make_grounder(f"detector:{segmenter}")
        with pytest.raises(ValueError, match="sam="):
            make_grounder(f"detector:{trained}?sam={trained}")

    @pytest.mark.parametrize(
        "options", ["threshold=2", "threshold=x", "nms=-1", "labels=", "labels=a,,b", "speed=1"]
    )
    def test_bad_options(self, trained, options):
        with pytest.raises(ValueError, match=options.partition("=")[0]):
            make_grounder(f"detector:{trained}?{options}")

    @pytest.mark.parametrize("spec", ["detector:", "detector", "detectors:x"])
    def test_bad_names(self, spec):
        with pytest.raises(ValueError, match="detector:FOLDER"):
            make_grounder(spec)

    def test_a_missing_package(self, trained, monkeypatch):
        monkeypatch.setitem(sys.modules, "transformers", None)
        with pytest.raises(DependencyNotInstalled, match="pip install transformers torch"):
            make_grounder(f"detector:{trained}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("red kite", "red kite"),
        ("kite", "red kite"),
        ("apple dog", "apple"),
        ("the dog", "brown dog"),
        ("", None),
        ("tree", None),
    ],
)
def test_labels_in_parts_stand_for_the_name_they_are_most_of(text, name):
    assert meant_name(text, ["red kite", "apple", "brown dog"]) == name


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ((0, 0, 6, 8), (0, 0, 6, 8)),
        ((1.9, 1.9, 2.1, 2.1), (1, 1, 3, 3)),
        ((-5, -5, 99, 99), (0, 0, 6, 8)),
        ((7, 0, 9, 9), None),
        ((3, 3, 3, 5), None),
        ((-3, -3, 0, 0), None),
        ((0, 0, float("nan"), 1), None),
    ],
)
def test_boxes_in_whole_pixels(corners, box):
    assert whole_pixels(corners, height=8, width=6) == box
